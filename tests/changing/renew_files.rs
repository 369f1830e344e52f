//! Renewal: the files. What is shared, kept, refused and said beforehand.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki::engine::change::FailureKind;
use kubepki::kubernetes::component::Component;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{self, PlanContext, RenewRequest, Request, SanChange};
use kubepki::record::Settings;

use crate::support::planned::{ADMIN, CA, CA_KEY, CRT, KEY, left, made_now, paths, warned, write};
use crate::support::renewing::{Master, due, identity, items, verify};
use crate::support::{succeed, text, tool};

#[test]
fn a_shared_certificate_names_every_program() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::of_zoo("healthy-cfssl", &made_now()) else {
        return;
    };
    let (pem, key) = (
        "/etc/kubernetes/ssl/kubernetes.pem",
        "/etc/kubernetes/ssl/kubernetes-key.pem",
    );
    let before = identity(&openssl, &master.path(pem));
    let plan = master.plan(items(&["apiserver"]));
    let [issue] = &plan.summary.issues[..] else {
        panic!("one certificate")
    };
    assert_eq!(issue.programs, [Component::Etcd, Component::KubeApiserver]);
    assert!(issue.roles.len() > 2, "{:?}", issue.roles);
    assert_eq!(paths(&plan), [key, pem]);
    let ask = plan.summary.ask().expect("a reason to look");
    assert!(ask.contains("is read by etcd and kube-apiserver"), "{ask}");
    assert!(warned(
        &plan,
        "this is one of 3 masters (--etcd-servers of kube-apiserver in /etc/kubernetes/apiserver:"
    ));
    master.apply(&plan);
    assert_eq!(identity(&openssl, &master.path(pem)), before);
    verify(
        &openssl,
        &master.path("/etc/kubernetes/ssl/ca.pem"),
        &master.path(pem),
        "sslserver",
    );
    for restart in plan.summary.must_restart() {
        assert_eq!(
            restart.how,
            [format!("systemctl restart {}", restart.component)]
        );
    }
}

#[test]
fn a_name_that_goes_is_missed_by_those_who_use_it() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let text = String::from_utf8(master.content(ADMIN)).expect("text");
    let server = text
        .split("server: https://")
        .nth(1)
        .and_then(|rest| rest.split(':').next())
        .expect("a server");
    let remove = |name: &str| RenewRequest {
        sans: vec![SanChange::Remove(name.to_owned())],
        ..items(&["apiserver"])
    };
    let plan = master.plan(remove(server));
    let first = plan.summary.warnings.first().expect("a warning");
    assert!(
        first.contains(server)
            && first.contains("admin.conf")
            && first.contains("reach the API server"),
        "{first}"
    );
    assert!(
        plan.summary
            .ask()
            .as_ref()
            .is_some_and(|ask| ask.starts_with(first)),
        "{:?}",
        plan.summary.ask()
    );
    assert!(warned(
        &master.plan(remove("kubernetes.default")),
        "apiserver is reached by it"
    ));
    master.read();
}

#[test]
fn what_is_broken_is_said_to_be_and_a_new_key_heals_it() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let other = master.content(CA_KEY);
    write(
        &mut master,
        "/etc/kubernetes/pki/front-proxy-client.key",
        &other,
    );
    master.moment = master
        .item("front-proxy-client")
        .certificate()
        .expect("one")
        .not_before()
        + time::Duration::days(9);
    let plan = master.plan(due());
    assert!(
        plan.changes.is_empty() && warned(&plan, "front-proxy-client is broken and stays so"),
        "{plan:?}"
    );
    assert!(
        left(&plan, "front-proxy-client").contains("is not its private key"),
        "{plan:?}"
    );
    let plan = master.plan(items(&["front-proxy-client"]));
    assert!(
        plan.summary
            .ask()
            .as_deref()
            .is_some_and(|ask| ask.contains("front-proxy-client is broken")),
        "{plan:?}"
    );
}

/// Another CA of this name, as a kubeconfig has it.
fn authority_data(openssl: &Path, master: &Master, name: &str) -> String {
    let (key, crt) = (
        master.folder.path().join("other.key"),
        master.folder.path().join("other.crt"),
    );
    let subject = format!("/CN={name}");
    let made = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "9",
        "-subj",
        &subject,
    ];
    let files = ["-keyout", text(&key), "-out", text(&crt)];
    succeed(
        openssl,
        &[&["req", "-x509", "-batch"], &made[..], &files].concat(),
    );
    STANDARD.encode(fs::read(crt).expect("made"))
}

#[test]
fn authority_data_follows_the_signer_and_no_other() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let ca = STANDARD.encode(master.content(CA));
    let (namesake, foreign) = (
        authority_data(&openssl, &master, "kubernetes"),
        authority_data(&openssl, &master, "rancher"),
    );
    let text = String::from_utf8(master.content(ADMIN)).expect("text");
    write(&mut master, ADMIN, text.replace(&ca, &namesake));
    let scheduler = "/etc/kubernetes/scheduler.conf";
    let text = String::from_utf8(master.content(scheduler)).expect("text");
    write(&mut master, scheduler, text.replace(&ca, &foreign));
    let plan = master.plan(items(&["admin.conf", "scheduler.conf"]));
    assert_eq!(
        plan.changes[0].summary,
        "new client certificate and key, CA data"
    );
    assert_eq!(plan.changes[1].summary, "new client certificate and key");
    let why = left(
        &plan,
        "/etc/kubernetes/scheduler.conf: certificate-authority-data of kubernetes",
    );
    assert_eq!(
        why,
        "it holds rancher, which does not sign the client's certificate"
    );
    master.apply(&plan);
    assert!(
        String::from_utf8(master.content(ADMIN))
            .expect("text")
            .contains(&ca)
    );
    assert!(
        String::from_utf8(master.content(scheduler))
            .expect("text")
            .contains(&foreign)
    );
}

#[test]
fn everything_but_the_leaf_stays_in_its_file() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::sample("kubeadm-1.36-rsa") else {
        return;
    };
    let (leaf, ca) = (master.content(CRT), master.content(CA));
    let chained = [
        b"Subject: the API server\r\n",
        &leaf[..],
        b"# its CA\n",
        &ca,
        b"\n\n",
    ]
    .concat();
    write(&mut master, CRT, &chained);
    let key = master.folder.path().join("pkcs8.key");
    succeed(
        &openssl,
        &[
            "pkcs8",
            "-topk8",
            "-nocrypt",
            "-in",
            text(&master.path(KEY)),
            "-out",
            text(&key),
        ],
    );
    write(&mut master, KEY, fs::read(key).expect("made"));
    let plan = master.plan(items(&["apiserver"]));
    assert_eq!(plan.summary.issues[0].paths, [CRT, KEY]);
    master.apply(&plan);
    let new = master.content(CRT);
    assert!(new.starts_with(b"Subject: the API server\r\n-----BEGIN"));
    assert!(new.ends_with(&[b"-----END CERTIFICATE-----\n# its CA\n", &ca[..], b"\n\n"].concat()));
    assert_ne!(new, chained);
    assert!(
        master
            .content(KEY)
            .starts_with(b"-----BEGIN PRIVATE KEY-----")
    );
    verify(&openssl, &master.path(CA), &master.path(CRT), "sslserver");
}

#[test]
fn files_that_changed_meanwhile_are_refused() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let peer = master.content("/etc/kubernetes/pki/etcd/peer.crt");
    fs::write(master.path(CRT), &peer).expect("written");
    let refused = master.try_plan(items(&["apiserver"])).expect_err("refused");
    assert_eq!(
        refused.problem.what,
        format!("{CRT} has changed since it was looked at")
    );
    fs::write(
        master.path(CA_KEY),
        master.content("/etc/kubernetes/pki/etcd/ca.key"),
    )
    .expect("written");
    let refused = master
        .try_plan(items(&["scheduler.conf"]))
        .expect_err("refused");
    assert_eq!(
        refused.problem.why,
        ["it does not hold the key of the CA's certificate"]
    );
    fs::remove_file(master.path(CA_KEY)).expect("removed");
    assert_eq!(
        master
            .try_plan(items(&["scheduler.conf"]))
            .expect_err("refused")
            .kind,
        FailureKind::Refused
    );
}

#[test]
fn needs_name_what_a_plan_takes() {
    let Some(master) = Master::sample("kubeadm-1.36-rsa") else {
        return;
    };
    let settings = Settings {
        lifetime_days: Some(30),
        ..Settings::default()
    };
    let around = PlanContext {
        moment: master.moment,
        settings: &settings,
        approval: &kubepki::record::Approval::default(),
    };
    let request = Request::Renew(items(&["apiserver", "admin.conf"]));
    let needs = plan::needs(&master.inventory, &request, around).expect("needs");
    assert_eq!(needs.new_keys, [KeyAlgorithm::Rsa2048; 2]);
    assert_eq!(needs.files, [CA_KEY, CA, CRT, KEY, ADMIN]);
    let plan = master.plan(items(&["apiserver", "admin.conf"]));
    let read: Vec<&str> = plan
        .made_from
        .iter()
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(read, [CA, CA_KEY]);
}

#[test]
fn what_stands_in_the_way_is_said_before_anybody_says_yes() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let plan = master.plan(items(&["apiserver"]));
    assert!(
        !warned(&plan, "cannot be done now"),
        "{:?}",
        plan.summary.warnings
    );
    // A link in a folder to which others may write is not followed.
    let (pki, other) = (
        master.path("/etc/kubernetes/pki"),
        master.path("/etc/kubernetes/pki-real"),
    );
    fs::rename(&pki, &other).expect("moved");
    symlink("/etc/kubernetes/pki-real", &pki).expect("linked");
    fs::set_permissions(
        master.path("/etc/kubernetes"),
        Permissions::from_mode(0o777),
    )
    .expect("set");
    master.read();
    let refused = master.try_plan(items(&["apiserver"])).expect_err("refused");
    assert!(
        refused
            .problem
            .why
            .iter()
            .any(|why| why.contains("is a link")),
        "{refused:?}"
    );
}
