//! What is never signed unasked: what no CA here has signed, rights that a role never had, and what
//! only a claim names.

use std::fs;
use std::os::unix::fs::chown;
use std::path::PathBuf;

use kubepki::pki::ExtendedKeyUsage;

use crate::support::authority::root;
use crate::support::planting::{
    PKI, call, certificate, is_left, kubeadm, leaf, own, plant, read, signed_by,
};
use crate::support::renewing::{Master, items};
use crate::support::{succeed, text, tool};

#[test]
fn what_no_ca_here_has_signed_is_signed_by_name_alone() {
    let Some(master) = kubeadm() else { return };
    let forger = root("kubernetes");
    plant(
        &master,
        "apiserver-kubelet-client",
        &leaf(
            &forger,
            ("mallory", &["system:masters"]),
            &[ExtendedKeyUsage::ClientAuth],
        ),
    );
    is_left(
        &master,
        "apiserver-kubelet-client",
        "no CA here has signed it",
    );
    let run = call(&master, &["renew", "apiserver-kubelet-client", "--yes"]);
    run.ends_with(4);
    for told in [
        "--confirm apiserver-kubelet-client",
        "O=system:masters",
        "would be signed by ca",
    ] {
        assert!(run.stderr.contains(told), "{told:?} in {run:?}");
    }
    call(
        &master,
        &[
            "renew",
            "apiserver-kubelet-client",
            "--yes",
            "--confirm",
            "ca",
        ],
    )
    .ends_with(4);
    assert!(!signed_by(&master, "ca", "apiserver-kubelet-client"));
    call(
        &master,
        &[
            "renew",
            "apiserver-kubelet-client",
            "--yes",
            "--confirm",
            "apiserver-kubelet-client",
        ],
    )
    .ends_with(0);
    assert!(
        signed_by(&master, "ca", "apiserver-kubelet-client"),
        "whoever names it gets it"
    );
}

#[test]
fn a_server_without_rights_needs_no_second_word() {
    let Some(master) = kubeadm() else { return };
    plant(
        &master,
        "apiserver",
        &leaf(
            &root("kubernetes"),
            ("kube-apiserver", &[]),
            &[ExtendedKeyUsage::ServerAuth],
        ),
    );
    is_left(&master, "apiserver", "no CA here has signed it");
    call(&master, &["renew", "apiserver", "--yes"]).ends_with(0);
    assert!(signed_by(&master, "ca", "apiserver"));
}

#[test]
fn the_ca_is_that_of_the_role_whatever_the_old_file_says() {
    let Some(master) = kubeadm() else { return };
    plant(
        &master,
        "etcd/server",
        &leaf(
            &root("kubernetes"),
            ("etcd", &[]),
            &[ExtendedKeyUsage::ClientAuth],
        ),
    );
    is_left(&master, "etcd/server", "no CA here has signed it");
    let run = call(&master, &["renew", "etcd-server", "--yes"]);
    run.ends_with(4);
    assert!(run.stderr.contains("would be signed by etcd-ca"), "{run:?}");
    call(
        &master,
        &["renew", "etcd-server", "--yes", "--confirm", "etcd-server"],
    )
    .ends_with(0);
    assert!(
        signed_by(&master, "etcd/ca", "etcd/server") && !signed_by(&master, "ca", "etcd/server")
    );
}

#[test]
fn a_ca_that_only_lies_there_proves_nothing() {
    let Some(master) = kubeadm() else { return };
    let forger = root("kubernetes");
    fs::write(
        master.path(&format!("{PKI}/former-ca.crt")),
        forger.certificate.to_pem(),
    )
    .expect("written");
    plant(
        &master,
        "front-proxy-client",
        &leaf(
            &forger,
            ("front-proxy-client", &[]),
            &[ExtendedKeyUsage::ClientAuth],
        ),
    );
    is_left(&master, "front-proxy-client", "no CA here has signed it");
}

#[test]
fn what_cannot_be_checked_is_not_signed() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(master) = Master::sample("kubeadm-1.36-rsa") else {
        return;
    };
    let at = |name: &str| text(&master.folder.path().join(name)).to_owned();
    let made = |arguments: &[&str]| drop(succeed(&openssl, arguments));
    let (ca, ca_key, request) = (at("forged.crt"), at("forged.key"), at("request"));
    made(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=kubernetes",
        "-keyout",
        &ca_key,
        "-out",
        &ca,
    ]);
    let key = at("leaf.key");
    made(&[
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/O=system:masters/CN=x",
        "-keyout",
        &key,
        "-out",
        &request,
    ]);
    let crt = at("leaf.crt");
    // MD5 is a signature that nobody checks any more.
    made(&[
        "x509", "-req", "-md5", "-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-days", "1",
        "-out", &crt,
    ]);
    let name = "apiserver-kubelet-client";
    for (ending, from) in [("crt", &crt), ("key", &key)] {
        fs::copy(from, master.path(&format!("{PKI}/{name}.{ending}"))).expect("a copy");
    }
    let before = read(&master, name);
    for what in ["--due", "--all"] {
        call(&master, &["renew", what, "--yes"]);
        assert_eq!(read(&master, name), before, "{what} has signed it");
    }
    let run = call(&master, &["renew", name, "--yes"]);
    run.ends_with(4);
    assert!(run.stderr.contains("no CA here has signed it"), "{run:?}");
}

#[test]
fn a_right_that_its_role_never_had_is_asked_for() {
    let Some(master) = kubeadm() else { return };
    let cluster = own(&master, "ca");
    plant(
        &master,
        "apiserver-kubelet-client",
        &leaf(
            &cluster,
            ("x", &["system:nodes"]),
            &[ExtendedKeyUsage::ClientAuth],
        ),
    );
    is_left(
        &master,
        "apiserver-kubelet-client",
        "it gives the right of system:nodes, which its role never had",
    );
    call(&master, &["renew", "apiserver-kubelet-client", "--yes"]).ends_with(4);
    // What old releases had is renewed as it is (kubeadm before 1.29).
    let old = leaf(
        &cluster,
        ("kube-apiserver-kubelet-client", &["system:masters"]),
        &[ExtendedKeyUsage::ClientAuth],
    );
    plant(&master, "apiserver-kubelet-client", &old);
    call(&master, &["renew", "--due", "--yes"]).ends_with(0);
    let new = certificate(&read(&master, "apiserver-kubelet-client"));
    assert_eq!(new.details().subject.organizations(), ["system:masters"]);
}

/// A home in which mallory says, by a file that root's unit of the API server reads, which
/// certificate is a master's.
fn home_of_mallory(master: &Master) -> PathBuf {
    let forged = leaf(
        &root("kubernetes"),
        ("mallory", &["system:masters"]),
        &[ExtendedKeyUsage::ClientAuth],
    );
    let genuine = leaf(
        &own(master, "ca"),
        ("mallory", &["system:masters"]),
        &[ExtendedKeyUsage::ClientAuth],
    );
    let home = master.path("/home/mallory");
    fs::create_dir_all(&home).expect("a folder");
    for (name, made) in [("forged", &forged), ("genuine", &genuine)] {
        made.write(&home, name, &[]);
    }
    let flags = "ARGS=--kubelet-client-certificate=/home/mallory/genuine.crt --kubelet-client-key=/home/mallory/genuine.key\n";
    fs::write(home.join("env"), flags).expect("written");
    for name in [
        "",
        "/env",
        "/forged.crt",
        "/forged.key",
        "/genuine.crt",
        "/genuine.key",
    ] {
        chown(
            master.path(&format!("/home/mallory{name}")),
            Some(1000),
            Some(1000),
        )
        .expect("given");
    }
    fs::create_dir_all(master.path("/etc/systemd/system")).expect("a folder");
    let unit = "[Service]\nEnvironmentFile=/home/mallory/env\nExecStart=/bin/kube-apiserver --secure-port=6443 $ARGS\n";
    fs::write(
        master.path("/etc/systemd/system/kube-apiserver.service"),
        unit,
    )
    .expect("written");
    home
}

#[test]
fn flags_in_a_file_that_others_write_are_claims() {
    let Some(mut master) = kubeadm() else { return };
    let home = home_of_mallory(&master);
    let before = fs::read(home.join("genuine.crt")).expect("it");
    call(&master, &["renew", "--due", "--yes"]).ends_with(0);
    assert_eq!(fs::read(home.join("genuine.crt")).expect("it"), before);
    master.read();
    let claimed: Vec<_> = master
        .inventory
        .claims
        .iter()
        .map(|fact| &*fact.flag)
        .collect();
    assert_eq!(
        claimed,
        ["kubelet-client-certificate", "kubelet-client-key"]
    );
    assert!(
        master
            .inventory
            .flags
            .iter()
            .any(|fact| fact.flag == "secure-port"),
        "root's own line counts"
    );
    let show = call(&master, &["show", "/home/mallory/genuine.crt"]);
    assert!(
        show.stdout.contains("nothing of root's confirms it"),
        "{show:?}"
    );
    // By its name, seen and confirmed, it is the administrator's will.
    let id = "/home/mallory/genuine.crt";
    assert!(master.try_plan(items(&[id])).is_err(), "nothing uses it");
}
