//! A setup where something is already: what fits is kept, what does not is named, nothing is
//! overwritten unasked.

use std::fs;
use std::path::Path;

use crate::support::changing::differing;
use crate::support::ground::{Ground, ONE};
use crate::support::pair::Pair;
use crate::support::program::texts;
use crate::support::{succeed, text, tool};

const APISERVER: &str = "/etc/kubernetes/pki/apiserver.crt";

const KEY: &str = "/etc/kubernetes/pki/apiserver.key";

fn remove(ground: &Ground, paths: &[&str]) {
    for path in paths {
        fs::remove_file(ground.master.file(path)).expect("removed");
    }
}

#[test]
fn what_does_not_fit_is_named_and_kept() {
    let ground = Ground::set_up();
    fs::write(ground.master.file(APISERVER), "no certificate").expect("written");
    ground.refuses(&[], &[APISERVER, "--replace"]);
    let ground = Ground::set_up();
    remove(&ground, &[KEY]);
    ground.refuses(&[], &[APISERVER, KEY]);
    let ground = Ground::set_up();
    remove(&ground, &[APISERVER]);
    fs::create_dir(ground.master.file(APISERVER)).expect("a folder");
    ground.refuses(&[], &[APISERVER, "directory"]);
    let ground = Ground::set_up();
    ground.refuses(
        &["--san", "more.example.org"],
        &[APISERVER, "more.example.org", "--replace"],
    );
    let ground = Ground::set_up();
    let other = Ground::set_up();
    fs::copy(
        other.master.file("/etc/kubernetes/admin.conf"),
        ground.master.file("/etc/kubernetes/admin.conf"),
    )
    .expect("copied");
    ground.refuses(&[], &["/etc/kubernetes/admin.conf"]);
}

#[test]
fn what_is_missing_is_made_and_all_else_is_kept() {
    let ground = Ground::set_up();
    let before = ground.master.tree();
    remove(&ground, &[APISERVER, KEY, "/etc/kubernetes/scheduler.conf"]);
    ground.again(&[]).ends_with(0);
    let changed = [
        "etc/kubernetes/pki/apiserver.crt",
        "etc/kubernetes/pki/apiserver.key",
        "etc/kubernetes/scheduler.conf",
    ];
    let mut differs = differing(&before, &ground.master.tree());
    differs.sort();
    assert_eq!(differs, changed);
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let authority = ground.master.file("/etc/kubernetes/pki/ca.crt");
    succeed(
        &openssl,
        &[
            "verify",
            "-x509_strict",
            "-CAfile",
            text(&authority),
            text(&ground.master.file(APISERVER)),
        ],
    );
}

#[test]
fn no_second_pki_is_made_beside_one_of_another_layout() {
    let here = "another PKI is here already";
    let ground = Ground::new();
    ground
        .setup(&[&ONE[..], &["--layout", "single-ca", "--yes"]].concat())
        .ends_with(0);
    ground.refuses(
        &["--layout", "kubeadm"],
        &[
            here,
            "single-ca",
            "/etc/kubernetes/ssl/",
            "--layout single-ca",
        ],
    );
    ground.refuses(
        &["--layout", "split", "--cluster-name", "other"],
        &[here, "--layout single-ca"],
    );
    ground
        .setup(&[&ONE[..], &["--layout", "single-ca", "--dry-run"]].concat())
        .ends_with(0);
    let ground = Ground::set_up();
    ground.refuses(
        &["--layout", "single-ca"],
        &[here, "kubeadm", "--layout kubeadm"],
    );
    let ground = Ground::new();
    let server = ground.master.file("/var/lib/rancher/k3s/server/tls");
    fs::create_dir_all(&server).expect("a folder");
    fs::copy(
        Ground::set_up().master.file("/etc/kubernetes/pki/ca.crt"),
        server.join("server-ca.crt"),
    )
    .expect("copied");
    for layout in ["kubeadm", "split", "single-ca"] {
        ground.refuses(&["--layout", layout], &[here, "k3s", "server-ca.crt"]);
    }
    // Nothing is written here where all nodes are elsewhere.
    ground
        .setup(&[&ONE[..], &["--here", "none", "--yes"]].concat())
        .ends_with(0);
}

#[test]
fn a_ca_of_ones_own_where_the_layout_has_it_is_no_other_pki() {
    let (ground, other) = (Ground::new(), Ground::set_up());
    for file in ["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.key"] {
        fs::create_dir_all(ground.master.file("/etc/kubernetes/pki")).expect("a folder");
        fs::copy(other.master.file(file), ground.master.file(file)).expect("copied");
    }
    ground.again(&["--layout", "split"]).ends_with(0);
}

#[test]
fn the_answers_of_another_cluster_are_not_lost() {
    let ground = Ground::new();
    let elsewhere = |flags: &[&str]| ground.setup(&[&["--here", "none", "--yes"], flags].concat());
    elsewhere(&ONE).ends_with(0);
    fs::rename(
        ground.archive("kubernetes-master-1"),
        ground.folder.path().join("sent"),
    )
    .expect("sent");
    let answers = ground.master.state.join("clusters/kubernetes.yaml");
    let before = fs::read(&answers).expect("answers");
    let other = ["--node", "n1", "--address", "10.0.0.20"];
    let split = [&ONE[..], &["--layout", "split"]].concat();
    for (flags, why) in [(&other[..], "master-1"), (&split, "kubeadm")] {
        let run = elsewhere(flags);
        run.ends_with(4);
        for word in ["another cluster", why, "--cluster-name"] {
            assert!(run.stderr.contains(word), "{word}: {run:?}");
        }
    }
    assert_eq!(fs::read(&answers).expect("answers"), before);
    elsewhere(&[&other[..], &["--cluster-name", "other"]].concat()).ends_with(0);
    assert_eq!(
        ground
            .master
            .kubepki(&["setup", "list", "-o", "name"])
            .stdout,
        "kubernetes\nother\n"
    );
}

/// A CA that openssl made, its key encrypted with "hunter2": key and certificate.
fn own_authority(openssl: &Path, ground: &Ground) -> Pair {
    let pki = ground.master.file("/etc/kubernetes/pki");
    fs::create_dir_all(&pki).expect("a folder");
    let own = Pair {
        certificate: pki.join("ca.crt"),
        key: pki.join("ca.key"),
    };
    let (key, pass) = (text(&own.key), "pass:hunter2");
    succeed(
        openssl,
        &[
            "genpkey",
            "-algorithm",
            "RSA",
            "-aes-256-cbc",
            "-pass",
            pass,
            "-out",
            key,
        ],
    );
    let request = [
        "req",
        "-x509",
        "-key",
        key,
        "-passin",
        pass,
        "-out",
        text(&own.certificate),
    ];
    let usage = "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign";
    let usual = ["-subj", "/CN=kubernetes", "-days", "4000", "-addext", usage];
    succeed(openssl, &[&request[..], &usual].concat());
    own
}

#[test]
fn a_ca_of_ones_own_signs() {
    let (Some(openssl), ground) = (tool("openssl"), Ground::new()) else {
        return;
    };
    let own = own_authority(&openssl, &ground);
    let old = fs::read(&own.key).expect("a key");
    ground.refuses(&[], &["ca.key", "encrypted"]);
    let secrets = ground.folder.path().join("passphrases");
    fs::write(&secrets, "hunter2\n").expect("written");
    ground
        .again(&["--passphrase-file", text(&secrets)])
        .ends_with(0);
    assert_eq!(fs::read(&own.key).expect("a key"), old);
    let leaf = ground.master.file(APISERVER);
    succeed(
        &openssl,
        &[
            "verify",
            "-x509_strict",
            "-CAfile",
            text(&own.certificate),
            text(&leaf),
        ],
    );
}

#[test]
fn a_key_that_stays_encrypted_is_warned_of_where_it_is_needed() {
    let (Some(openssl), ground) = (tool("openssl"), Ground::new()) else {
        return;
    };
    own_authority(&openssl, &ground);
    let secrets = ground.folder.path().join("passphrases");
    fs::write(&secrets, "hunter2\n").expect("written");
    let is_warned = |keys: &str| {
        let flags = [
            "--passphrase-file",
            text(&secrets),
            "--authority-keys",
            keys,
            "--dry-run",
            "-o",
            "json",
        ];
        let plan = ground.setup(&[&ONE[..], &flags].concat()).json();
        texts(&plan, "warnings")
            .iter()
            .any(|one| one.contains("/etc/kubernetes/pki/ca.key is encrypted"))
    };
    assert_eq!(
        ["every-master", "here", "apart"].map(is_warned),
        [true, true, false]
    );
}
