//! A setup where something is already: what fits is kept, what does not is named, nothing is overwritten unasked.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::support::changing::differing;
use crate::support::ground::{Ground, ONE, THREE};
use crate::support::program::{Run, texts};
use crate::support::{succeed, text, tool};

const APISERVER: &str = "/etc/kubernetes/pki/apiserver.crt";

const KEY: &str = "/etc/kubernetes/pki/apiserver.key";

/// A master that was set up.
fn set_up() -> Ground {
    let ground = Ground::new();
    again(&ground, &[]).ends_with(0);
    ground
}

/// The same setup once more.
fn again(ground: &Ground, more: &[&str]) -> Run {
    ground.setup(&[&ONE[..], &["--yes"], more].concat())
}

fn remove(ground: &Ground, paths: &[&str]) {
    for path in paths {
        fs::remove_file(ground.master.file(path)).expect("removed");
    }
}

/// The setup is refused, these words are said, and nothing changes.
fn refused(ground: &Ground, more: &[&str], words: &[&str]) {
    let before = ground.everything();
    let run = again(ground, more);
    run.ends_with(4);
    for word in words {
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
    assert_eq!(differing(&before, &ground.everything()), Vec::<String>::new());
}

#[test]
fn what_does_not_fit_is_named_and_kept() {
    let ground = set_up();
    fs::write(ground.master.file(APISERVER), "no certificate").expect("written");
    refused(&ground, &[], &[APISERVER, "--replace"]);
    let ground = set_up();
    remove(&ground, &[KEY]);
    refused(&ground, &[], &[APISERVER, KEY]);
    let ground = set_up();
    remove(&ground, &[APISERVER]);
    fs::create_dir(ground.master.file(APISERVER)).expect("a folder");
    refused(&ground, &[], &[APISERVER, "directory"]);
    let ground = set_up();
    refused(&ground, &["--san", "more.example.org"], &[APISERVER, "more.example.org", "--replace"]);
    let ground = set_up();
    let other = set_up();
    fs::copy(other.master.file("/etc/kubernetes/admin.conf"), ground.master.file("/etc/kubernetes/admin.conf"))
        .expect("copied");
    refused(&ground, &[], &["/etc/kubernetes/admin.conf"]);
}

#[test]
fn what_is_missing_is_made_and_all_else_is_kept() {
    let ground = set_up();
    let before = ground.master.tree();
    remove(&ground, &[APISERVER, KEY, "/etc/kubernetes/scheduler.conf"]);
    again(&ground, &[]).ends_with(0);
    let changed =
        ["etc/kubernetes/pki/apiserver.crt", "etc/kubernetes/pki/apiserver.key", "etc/kubernetes/scheduler.conf"];
    let mut differs = differing(&before, &ground.master.tree());
    differs.sort();
    assert_eq!(differs, changed);
    let Some(openssl) = tool("openssl") else { return };
    let authority = ground.master.file("/etc/kubernetes/pki/ca.crt");
    succeed(&openssl, &["verify", "-x509_strict", "-CAfile", text(&authority), text(&ground.master.file(APISERVER))]);
}

#[test]
fn only_what_is_named_is_replaced() {
    let ground = set_up();
    let before = ground.master.tree();
    for path in [APISERVER, "pki/apiserver.crt", "apiserver.crt"] {
        let old = fs::read(ground.master.file(APISERVER)).expect("a certificate");
        again(&ground, &["--replace", path, "--san", "more.example.org"]).ends_with(0);
        assert_ne!(fs::read(ground.master.file(APISERVER)).expect("a certificate"), old, "{path}");
    }
    let differs = differing(&before, &ground.master.tree());
    assert_eq!(differs, ["etc/kubernetes/pki/apiserver.crt", "etc/kubernetes/pki/apiserver.key"]);
    let run = again(&ground, &["--replace", "/etc/passwd"]);
    run.ends_with(64);
    assert!(run.stderr.contains("/etc/passwd"), "{run:?}");
    // What a new CA had signed is made anew with it, and that is said.
    refused(
        &ground,
        &["--replace", "pki/ca.crt"],
        &["pki/ca.crt is not made anew without its key", "another CA", "pki/ca.key"],
    );
    let plan = ground.setup(&[&ONE[..], &["--replace", "pki/ca.key", "--dry-run", "-o", "json"]].concat()).json();
    let issued: Vec<&str> =
        plan["issues"].as_array().expect("issues").iter().filter_map(|issue| issue["id"].as_str()).collect();
    for id in ["ca", "apiserver", "admin.conf"] {
        assert!(issued.contains(&id), "{id} is not in {issued:?}");
    }
    assert!(!issued.contains(&"etcd-server") && !plan["warnings"].as_array().expect("warnings").is_empty(), "{plan}");
}

#[test]
fn no_second_pki_is_made_beside_one_of_another_layout() {
    let here = "another PKI is here already";
    let ground = Ground::new();
    ground.setup(&[&ONE[..], &["--layout", "single-ca", "--yes"]].concat()).ends_with(0);
    refused(&ground, &["--layout", "kubeadm"], &[here, "single-ca", "/etc/kubernetes/ssl/", "--layout single-ca"]);
    refused(&ground, &["--layout", "split", "--cluster-name", "other"], &[here, "--layout single-ca"]);
    ground.setup(&[&ONE[..], &["--layout", "single-ca", "--dry-run"]].concat()).ends_with(0);
    let ground = set_up();
    refused(&ground, &["--layout", "single-ca"], &[here, "kubeadm", "--layout kubeadm"]);
    let ground = Ground::new();
    let server = ground.master.file("/var/lib/rancher/k3s/server/tls");
    fs::create_dir_all(&server).expect("a folder");
    fs::copy(set_up().master.file("/etc/kubernetes/pki/ca.crt"), server.join("server-ca.crt")).expect("copied");
    for layout in ["kubeadm", "split", "single-ca"] {
        refused(&ground, &["--layout", layout], &[here, "k3s", "server-ca.crt"]);
    }
    // Nothing is written here where all nodes are elsewhere.
    ground.setup(&[&ONE[..], &["--here", "none", "--yes"]].concat()).ends_with(0);
}

#[test]
fn a_ca_of_ones_own_where_the_layout_has_it_is_no_other_pki() {
    let (ground, other) = (Ground::new(), set_up());
    for file in ["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.key"] {
        fs::create_dir_all(ground.master.file("/etc/kubernetes/pki")).expect("a folder");
        fs::copy(other.master.file(file), ground.master.file(file)).expect("copied");
    }
    again(&ground, &["--layout", "split"]).ends_with(0);
}

#[test]
fn the_answers_of_another_cluster_are_not_lost() {
    let ground = Ground::new();
    let elsewhere = |flags: &[&str]| ground.setup(&[&["--here", "none", "--yes"], flags].concat());
    elsewhere(&ONE).ends_with(0);
    fs::rename(ground.archive("kubernetes-master-1"), ground.folder.path().join("sent")).expect("sent");
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
    assert_eq!(ground.master.kubepki(&["setup", "list", "-o", "name"]).stdout, "kubernetes\nother\n");
}

#[test]
fn a_name_that_fits_several_files_replaces_none() {
    let ground = set_up();
    let before = ground.everything();
    let run = again(&ground, &["--replace", "ca.key"]);
    run.ends_with(64);
    for word in ["ambiguous", "/etc/kubernetes/pki/ca.key", "/etc/kubernetes/pki/etcd/ca.key"] {
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
    assert_eq!(differing(&before, &ground.everything()), Vec::<String>::new());
    // In the folder of one of them that one is meant.
    let flags = [&["setup", "--replace", "ca.key", "--yes", "--root", text(&ground.master.root)][..], &ONE].concat();
    let run = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .args(flags)
        .args(["--key-algorithm", "ECDSA-P256", "--state-dir", text(&ground.master.state)])
        .current_dir(ground.master.file("/etc/kubernetes/pki/etcd"))
        .output()
        .expect("kubepki runs");
    assert!(run.status.success(), "{run:?}");
    let differs = differing(&before, &ground.everything());
    assert!(differs.contains(&"root/etc/kubernetes/pki/etcd/ca.key".to_owned()), "{differs:?}");
    assert!(!differs.contains(&"root/etc/kubernetes/pki/ca.key".to_owned()), "{differs:?}");
}

#[test]
fn files_of_this_machine_are_not_overwritten_either() {
    let ground = Ground::new();
    let page = ground.folder.path().join("my archives").join("page.md");
    fs::write(&page, "mine").expect("written");
    let before = ground.everything();
    let flags = [&ONE[..], &["--guide", text(&page), "--yes"]].concat();
    let run = ground.setup(&flags);
    run.ends_with(4);
    assert!(run.stderr.contains("page.md"), "{run:?}");
    assert_eq!(differing(&before, &ground.everything()), Vec::<String>::new());
    ground.setup(&[&flags[..], &["--replace", text(&page)]].concat()).ends_with(0);
    assert!(fs::read_to_string(&page).expect("a page").starts_with("# "));
    ground.master.kubepki(&["undo", "--yes"]).ends_with(0);
    assert_eq!(differing(&before, &ground.everything()), Vec::<String>::new());
}

#[test]
fn what_is_for_other_machines_may_lie_below_a_folder_that_the_setup_makes() {
    let ground = Ground::new();
    let before = ground.everything();
    let folder = ground.master.file("/etc/kubernetes/for others");
    let page = ground.master.file("/etc/kubernetes/page.md");
    let set_up = |page: &Path| {
        let flags = ["--nodes", "-", "--yes", "--key-algorithm", "ECDSA-P256", "--endpoint", "api.example.org"];
        let written = ["--archives", text(&folder), "--guide", text(page)];
        ground.master.kubepki_with_input(&[&["setup"], &flags[..], &written].concat(), THREE.as_bytes())
    };
    let run = set_up(&ground.master.file("/etc/kubernetes/admin.conf"));
    run.ends_with(4);
    assert!(run.stderr.contains("two changes") && run.stderr.contains("admin.conf"), "{run:?}");
    assert_eq!(differing(&before, &ground.everything()), Vec::<String>::new());
    set_up(&page).ends_with(0);
    assert!(page.is_file() && folder.join("kubernetes-master-2.tar").is_file());
    let mode = |folder: &Path| fs::metadata(folder).expect("a folder").permissions().mode() & 0o7777;
    assert_eq!((mode(folder.parent().expect("a folder")), mode(&folder)), (0o755, 0o700));
    ground.master.kubepki(&["undo", "--yes"]).ends_with(0);
    assert_eq!(ground.master.tree().len(), 0, "nothing is left");
}

#[test]
fn a_ca_of_ones_own_signs() {
    let (Some(openssl), ground) = (tool("openssl"), Ground::new()) else { return };
    let pki = ground.master.file("/etc/kubernetes/pki");
    fs::create_dir_all(&pki).expect("a folder");
    let (key, certificate) = (pki.join("ca.key"), pki.join("ca.crt"));
    let pass = "pass:hunter2";
    let cipher = ["genpkey", "-algorithm", "RSA", "-aes-256-cbc", "-pass", pass, "-out", text(&key)];
    succeed(&openssl, &cipher);
    let own =
        ["req", "-x509", "-key", text(&key), "-passin", pass, "-out", text(&certificate), "-subj", "/CN=kubernetes"];
    let usual = ["-days", "4000", "-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign"];
    succeed(&openssl, &[&own[..], &usual].concat());
    let old = fs::read(&key).expect("a key");
    refused(&ground, &[], &["ca.key", "encrypted"]);
    let secrets = ground.folder.path().join("passphrases");
    fs::write(&secrets, "hunter2\n").expect("written");
    let warnings = |keys: &str| {
        let flags = ["--passphrase-file", text(&secrets), "--authority-keys", keys, "--dry-run", "-o", "json"];
        texts(&ground.setup(&[&ONE[..], &flags].concat()).json(), "warnings").join("\n")
    };
    let sealed = "/etc/kubernetes/pki/ca.key is encrypted";
    assert_eq!(["every-master", "here", "apart"].map(|keys| warnings(keys).contains(sealed)), [true, true, false]);
    again(&ground, &["--passphrase-file", text(&secrets)]).ends_with(0);
    assert_eq!(fs::read(&key).expect("a key"), old);
    succeed(&openssl, &["verify", "-x509_strict", "-CAfile", text(&certificate), text(&ground.master.file(APISERVER))]);
}
