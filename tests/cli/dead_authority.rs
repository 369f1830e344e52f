//! A certificate is as dead as the CAs above it: who verifies it minds their dates too. openssl
//! judges.

use std::fs;

use kubepki::pki::issue::{CertificateSpec, Issuer, issue};
use kubepki::pki::{ExtendedKeyUsage, Name};
use serde_json::Value;
use time::OffsetDateTime;

use crate::support::authority::days;
use crate::support::changing::differing;
use crate::support::ground::Ground;
use crate::support::lives::{
    OF_ETCD, again, certificate, due, key, list, path, relive, verifies, with_status,
};

fn day(moment: OffsetDateTime) -> String {
    moment.date().to_string()
}

#[test]
fn what_an_expired_ca_signed_is_dead() {
    let ground = Ground::set_up();
    let life = days(-4000, -3);
    relive(&ground, "etcd/ca", life);
    assert_ne!(
        verifies(&ground, "etcd/ca.crt", "etcd/server.crt", &[]),
        Some(true)
    );
    let items = list(&ground, &[]);
    assert_eq!(
        (
            with_status(&items, "dead-authority"),
            with_status(&items, "expired")
        ),
        (OF_ETCD.into(), vec!["etcd-ca"])
    );
    let server = &items["etcd-server"];
    assert_eq!(
        server["why"],
        format!("its CA etcd-ca expired on {}", day(life.1))
    );
    // What the certificate says of itself stays.
    assert!(
        server["daysLeft"].as_i64() > Some(300) && server["notAfter"].as_str() > Some("2027"),
        "{server}"
    );
    assert_eq!(
        (&server["endsWith"], server["worksUntil"].as_str()),
        (&"etcd-ca".into(), items["etcd-ca"]["notAfter"].as_str())
    );
    assert_eq!(
        (
            &items["apiserver"]["status"],
            &items["apiserver"]["endsWith"]
        ),
        (&"ok".into(), &Value::Null)
    );
    let within = ground
        .master
        .kubepki(&["list", "--expires-within", "1d", "-o", "name"]);
    assert_eq!(within.stdout.lines().count(), 5, "{within:?}");
    let table = ground.master.kubepki(&["list"]);
    let rows: Vec<&str> = table.stdout.lines().skip(1).take(5).collect();
    assert!(
        rows[0].contains("expired") && rows[1..].iter().all(|row| row.contains("✗ dead-authority")),
        "{table:?}"
    );
    assert!(
        rows[1].contains("expired 3 d") && rows[1].contains("its CA etcd-ca expired on"),
        "{table:?}"
    );
    let show = ground.master.kubepki(&["show", "etcd-server"]);
    assert!(
        show.stdout.contains("dead-authority") && show.stdout.contains("the end of its CA etcd-ca"),
        "{show:?}"
    );
}

#[test]
fn a_timer_says_that_a_ca_is_dead() {
    let ground = Ground::set_up();
    let life = days(-4000, -3);
    relive(&ground, "etcd/ca", life);
    let before = ground.everything();
    for arguments in [
        &["renew", "--due", "--yes"][..],
        &["renew", "--due", "--dry-run"],
        &["renew", "--due"],
    ] {
        let run = ground.master.kubepki(arguments);
        run.ends_with(4);
        assert_eq!(run.stdout, "");
        let said = run.stderr;
        assert!(
            said.contains("4 certificates are dead, and none of them can be renewed here"),
            "{said}"
        );
        assert!(
            said.contains(&format!("the CA etcd-ca expired on {}", day(life.1))),
            "{said}"
        );
        assert!(
            OF_ETCD.iter().all(|id| said.contains(id)) && said.contains("--replace"),
            "{said}"
        );
    }
    let json = ground
        .master
        .kubepki(&["renew", "--due", "--yes", "-o", "json"]);
    json.ends_with(4);
    assert_eq!(json.json()["kind"], "Error");
    assert_eq!(
        differing(&before, &ground.everything()),
        Vec::<String>::new()
    );
}

#[test]
fn what_can_be_renewed_is_and_the_rest_is_said() {
    let ground = Ground::set_up();
    let life = days(-4000, -3);
    relive(&ground, "front-proxy-ca", life);
    relive(&ground, "etcd/ca", days(-4000, 2000));
    let made = {
        let (authority, own) = (
            certificate(&ground, "etcd/ca"),
            certificate(&ground, "etcd/peer"),
        );
        let subject = Name::from_der(own.subject_der()).expect("a name");
        let names = own.details().subject_alt_names;
        let spec = CertificateSpec::leaf(
            subject,
            names,
            &[ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth],
            days(-400, -1),
        );
        let issuer = Issuer {
            certificate: &authority,
            key: &key(&ground, "etcd/ca"),
        };
        issue(&spec, key(&ground, "etcd/peer").public(), issuer).expect("a certificate")
    };
    fs::write(path(&ground, "etcd/peer.crt"), made.to_pem()).expect("written");
    let run = due(&ground);
    run.ends_with(4);
    assert!(run.stdout.contains("Renew etcd-peer: done"), "{run:?}");
    let said = format!(
        "front-proxy-client: the CA front-proxy-ca expired on {}",
        day(life.1)
    );
    assert!(run.stderr.contains(&said), "{run:?}");
    let again = due(&ground);
    again.ends_with(4);
    assert!(
        again.stdout.is_empty() && again.stderr.contains("front-proxy-client is dead"),
        "{again:?}"
    );
}

#[test]
fn a_ca_that_has_not_begun_is_dead_too() {
    let ground = Ground::set_up();
    let life = days(2, 4000);
    relive(&ground, "front-proxy-ca", life);
    let items = list(&ground, &[]);
    assert_eq!(
        with_status(&items, "dead-authority"),
        ["front-proxy-client"]
    );
    assert_eq!(with_status(&items, "not-yet-valid"), ["front-proxy-ca"]);
    let why = format!("its CA front-proxy-ca is valid only from {}", day(life.0));
    assert_eq!(items["front-proxy-client"]["why"], why.as_str());
    let run = due(&ground);
    run.ends_with(4);
    assert!(
        run.stderr
            .contains(&format!("is valid only from {}", day(life.0))),
        "{run:?}"
    );
    // Once it has begun nothing is wrong; before its leaf had begun, nothing is the CA's fault.
    let later = list(&ground, &["--at", "+3d"]);
    assert_eq!(
        (
            with_status(&later, "dead-authority"),
            later["front-proxy-client"]["status"].as_str()
        ),
        (vec![], Some("ok"))
    );
    let before = list(&ground, &["--at", "-3d"]);
    assert_eq!(before["front-proxy-client"]["status"], "not-yet-valid");
}

#[test]
fn a_leaf_ends_with_its_ca() {
    let ground = Ground::set_up();
    let life = days(-4000, 10);
    relive(&ground, "ca", life);
    let items = list(&ground, &[]);
    let server = &items["apiserver"];
    assert_eq!(
        (&server["status"], &server["endsWith"]),
        (&"expiring".into(), &"ca".into())
    );
    assert_eq!(server["why"], format!("its CA ca ends on {}", day(life.1)));
    assert_eq!(items["etcd-server"]["status"], "ok");
    let soon = ground
        .master
        .kubepki(&["list", "--expires-within", "15d", "-o", "name"]);
    assert!(
        soon.stdout.lines().any(|id| id == "apiserver") && !soon.stdout.contains("etcd-server"),
        "{soon:?}"
    );
    // What would be renewed would end with it as well: it is no cure, and no silence.
    let before = ground.everything();
    let run = due(&ground);
    run.ends_with(4);
    assert!(
        run.stderr
            .contains(&format!("its CA ca ends on {}", day(life.1))),
        "{run:?}"
    );
    assert_eq!(
        differing(&before, &ground.everything()),
        Vec::<String>::new()
    );
    assert_eq!(
        list(&ground, &["--at", "+11d"])["apiserver"]["status"],
        "dead-authority"
    );
}

#[test]
fn kubeconfigs_die_with_their_ca() {
    let ground = Ground::set_up();
    relive(&ground, "ca", days(-4000, -3));
    let items = list(&ground, &["--kind", "kubeconfig"]);
    assert!(
        items.len() >= 4
            && items
                .values()
                .all(|item| item["status"] == "dead-authority"),
        "{items:?}"
    );
    let table = ground.master.kubepki(&["kubeconfig", "list"]);
    assert!(
        table.stdout.matches("expired 3 d").count() >= 4,
        "{table:?}"
    );
}

#[test]
fn a_kubeconfig_that_trusts_a_dead_ca_is_broken() {
    use base64::Engine as _;
    let ground = Ground::set_up();
    let life = days(-4000, -3);
    let dead = again(&ground, "ca", life).to_pem();
    let data = base64::engine::general_purpose::STANDARD.encode(dead);
    let file = ground.master.file("/etc/kubernetes/admin.conf");
    let text = fs::read_to_string(&file).expect("a kubeconfig");
    let trusted = text
        .lines()
        .find(|line| line.contains("certificate-authority-data: "))
        .expect("its CA");
    let field = &trusted[..trusted.find(": ").expect("a field")];
    fs::write(&file, text.replace(trusted, &format!("{field}: {data}"))).expect("written");
    let items = list(&ground, &[]);
    let why = format!(
        "the CA that it trusts expired on {}: kubectl takes no server with it",
        day(life.1)
    );
    assert_eq!(
        (&items["admin.conf"]["status"], &items["admin.conf"]["why"]),
        (&"broken".into(), &why.as_str().into())
    );
    assert_eq!(items["super-admin.conf"]["status"], "ok");
    let run = due(&ground);
    assert!(
        run.stderr
            .contains(&format!("admin.conf is broken and stays so: {why}")),
        "{run:?}"
    );
    // With one that lives beside it nothing is wrong.
    let both = [
        again(&ground, "ca", life).to_pem(),
        certificate(&ground, "ca").to_pem(),
    ]
    .concat();
    let data = base64::engine::general_purpose::STANDARD.encode(both);
    fs::write(&file, text.replace(trusted, &format!("{field}: {data}"))).expect("written");
    assert_eq!(list(&ground, &[])["admin.conf"]["status"], "ok");
}

#[test]
fn a_ca_without_its_key_is_no_secret() {
    let ground = Ground::set_up();
    relive(&ground, "etcd/ca", days(-4000, -3));
    fs::remove_file(path(&ground, "etcd/ca.key")).expect("removed");
    assert_eq!(with_status(&list(&ground, &[]), "dead-authority"), OF_ETCD);
    let run = due(&ground);
    run.ends_with(4);
    assert!(run.stderr.contains("the CA etcd-ca expired on"), "{run:?}");
}
