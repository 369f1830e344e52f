//! What others than root write names files of root's, keys and CAs: that gives them nothing, and
//! takes nothing away.

use std::fs;
use std::os::unix::fs::chown;

use kubepki::pki::{Certificate, ExtendedKeyUsage};

use crate::support::authority::root;
use crate::support::planting::{PKI, call, kubeadm, leaf, own, plant, read, signed_by};
use crate::support::program::kubepki_with_variables;
use crate::support::renewing::Master;
use crate::support::text;

/// A kubeconfig of alice's, the sudo user, with these users; what a run for her made of the master.
fn renewed_for_alice(master: &Master, users: &str) -> (i32, String) {
    let folder = master.path("/home/alice/.kube");
    fs::create_dir_all(&folder).expect("a folder");
    let config = format!("apiVersion: v1\nkind: Config\nusers:\n{users}");
    fs::write(folder.join("config"), &config).expect("written");
    fs::write(
        master.path("/etc/passwd"),
        "alice:x:1000:1000::/home/alice:/bin/sh\n",
    )
    .expect("written");
    for path in [
        folder.parent().expect("a home"),
        &folder,
        &folder.join("config"),
    ] {
        chown(path, Some(1000), Some(1000)).expect("given");
    }
    let run = kubepki_with_variables(
        &["--root", text(&master.root), "renew", "--all", "--yes"],
        &[("SUDO_USER", "alice")],
    );
    assert_eq!(
        fs::read_to_string(folder.join("config")).expect("it"),
        config,
        "her file was changed: {run:?}"
    );
    (run.code, run.stderr)
}

#[test]
fn who_names_a_certificate_gets_no_key() {
    for key in ["", ", client-key-data: anVuaw=="] {
        let Some(master) = kubeadm() else { return };
        let names = [
            "apiserver",
            "apiserver-kubelet-client",
            "front-proxy-client",
            "etcd/healthcheck-client",
        ];
        let user = |name: &str| {
            format!("- name: {name}\n  user: {{client-certificate: {PKI}/{name}.crt{key}}}\n")
        };
        let users: String = names.iter().map(|name| user(name)).collect();
        let before = read(&master, "apiserver");
        let (code, said) = renewed_for_alice(&master, &users);
        assert_eq!(code, 0, "{said}");
        assert_ne!(
            read(&master, "apiserver"),
            before,
            "the rest is renewed all the same: {said}"
        );
    }
}

#[test]
fn an_account_that_names_a_certificate_gets_no_key() {
    let Some(master) = kubeadm() else { return };
    fs::write(master.path("/etc/passwd"), "kube:x:995:995::/:/bin/false\n").expect("written");
    let path = master.path("/etc/kubernetes/scheduler.conf");
    let old = fs::read_to_string(&path).expect("text");
    let user = format!(
        "users:\n- name: x\n  user:\n    client-certificate: {PKI}/apiserver-kubelet-client.crt\n"
    );
    fs::write(&path, old.replace("users:\n", &user)).expect("written");
    chown(&path, Some(995), Some(995)).expect("given");
    call(&master, &["renew", "--all", "--yes"]).ends_with(0);
    let new = fs::read_to_string(&path).expect("text");
    assert_eq!(
        new.matches("client-key-data").count(),
        1,
        "its own key alone"
    );
}

#[test]
fn who_names_a_ca_with_a_key_of_his_own_takes_it_from_nobody() {
    let Some(master) = kubeadm() else { return };
    let home = master.path("/home/alice");
    fs::create_dir_all(&home).expect("a folder");
    root("x").write(&home, "own", &[]);
    let user = |name: &str| {
        format!(
            "- name: {name}\n  user: {{client-certificate: {PKI}/{name}.crt, client-key: /home/alice/own.key}}\n"
        )
    };
    let before = read(&master, "apiserver");
    let users: String = ["ca", "etcd/ca", "front-proxy-ca"].map(user).concat();
    let (code, said) = renewed_for_alice(&master, &users);
    assert_eq!(code, 0, "{said}");
    assert_ne!(read(&master, "apiserver"), before);
}

#[test]
fn who_names_a_key_ties_it_to_nothing() {
    let Some(master) = kubeadm() else { return };
    let home = master.path("/home/alice");
    fs::create_dir_all(&home).expect("a folder");
    let own = root("x").write(&home, "own", &[]);
    assert!(own.certificate.exists());
    let user = |name: &str| {
        format!(
            "- name: {name}\n  user: {{client-certificate: /home/alice/own.crt, client-key: {PKI}/{name}.key}}\n"
        )
    };
    let before = read(&master, "apiserver");
    let (code, said) = renewed_for_alice(
        &master,
        &["apiserver", "front-proxy-client"].map(user).concat(),
    );
    assert_eq!(code, 0, "{said}");
    assert_ne!(read(&master, "apiserver"), before, "{said}");
}

/// The folder of etcd belongs to its account.
fn of_etcd(master: &Master) {
    fs::write(master.path("/etc/passwd"), "etcd:x:994:994::/:/bin/false\n").expect("written");
    for entry in fs::read_dir(master.path(&format!("{PKI}/etcd")))
        .expect("a folder")
        .flatten()
    {
        chown(entry.path(), Some(994), Some(994)).expect("given");
    }
    chown(master.path(&format!("{PKI}/etcd")), Some(994), Some(994)).expect("given");
}

#[test]
fn an_account_cannot_make_another_ca_its_own() {
    let Some(master) = kubeadm() else { return };
    plant(
        &master,
        "etcd/server",
        &leaf(
            &own(&master, "ca"),
            ("alice", &["dev"]),
            &[ExtendedKeyUsage::ClientAuth],
        ),
    );
    fs::copy(
        master.path(&format!("{PKI}/ca.crt")),
        master.path(&format!("{PKI}/etcd/ca.crt")),
    )
    .expect("a copy");
    of_etcd(&master);
    let before = read(&master, "etcd/server");
    let run = call(&master, &["renew", "--due", "--yes"]);
    run.ends_with(4);
    assert_eq!(
        read(&master, "etcd/server"),
        before,
        "the cluster's CA has signed it: {run:?}"
    );
}

#[test]
fn a_crowd_of_one_name_hides_no_ca() {
    let Some(master) = kubeadm() else { return };
    let crowd: String = (0..300)
        .map(|_| root("kubernetes").certificate)
        .map(|one: Certificate| one.to_pem())
        .collect();
    fs::write(master.path(&format!("{PKI}/etcd/a.pem")), crowd).expect("written");
    of_etcd(&master);
    let before = read(&master, "apiserver");
    call(&master, &["renew", "--all", "--yes"]).ends_with(0);
    assert_ne!(read(&master, "apiserver"), before);
    assert!(signed_by(&master, "ca", "apiserver"));
}

#[test]
fn a_second_name_of_one_file_keeps_nothing_else_from_being_renewed() {
    let Some(master) = kubeadm() else { return };
    of_etcd(&master);
    let etcd = master.path(&format!("{PKI}/etcd"));
    fs::hard_link(etcd.join("peer.crt"), etcd.join("zz")).expect("a second name");
    let (apiserver, peer) = (read(&master, "apiserver"), read(&master, "etcd/peer"));
    let run = call(&master, &["renew", "--all", "--yes"]);
    assert_ne!(read(&master, "apiserver"), apiserver, "{run:?}");
    assert_eq!(read(&master, "etcd/peer"), peer);
}
