//! Where nothing of a PKI is found, or nothing of it is in use, that is said and is no success: a
//! timer on a disk that is not mounted must not look like health.

use std::fs;

use crate::support::ground::Ground;
use crate::support::program::kubepki;
use crate::support::{changing, text};

#[test]
fn an_empty_disk_is_no_health() {
    let ground = Ground::new();
    let before = ground.everything();
    for arguments in [
        &["list"][..],
        &["list", "--expires-within", "30d"],
        &["list", "-o", "name"],
        &["kubeconfig", "list"],
        &["renew", "--due", "--yes"],
        &["renew", "--due", "--dry-run"],
        &["renew", "--all", "--yes"],
    ] {
        let run = ground.master.kubepki(arguments);
        run.ends_with(3);
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert_eq!(run.stderr.matches("/etc/kubernetes").count(), 1, "{run:?}");
        assert!(
            run.stderr.contains(&format!(
                "no PKI was found below {}",
                text(&ground.master.root)
            )),
            "{run:?}"
        );
        for folder in [
            "/etc/kubernetes",
            "/var/lib/rancher/k3s/server/tls",
            "/var/lib/rancher/rke2/server/tls",
        ] {
            assert!(run.stderr.contains(folder), "{folder}: {run:?}");
        }
    }
    let one = ground.master.kubepki(&["list", "--layout", "k3s"]);
    assert!(
        one.stderr.contains("/var/lib/rancher/k3s") && !one.stderr.contains("rke2"),
        "{one:?}"
    );
    assert_eq!(
        changing::differing(&before, &ground.everything()),
        Vec::<String>::new()
    );
}

#[test]
fn a_script_gets_its_document_of_an_empty_disk() {
    let ground = Ground::new();
    let before = ground.everything();
    let list = ground.master.kubepki(&["list", "-o", "json"]);
    list.ends_with(3);
    let document = list.json();
    assert_eq!(
        (
            &document["kind"],
            document["items"].as_array().map(Vec::len)
        ),
        (&"CertificateList".into(), Some(0))
    );
    let due = ground
        .master
        .kubepki(&["renew", "--due", "--yes", "-o", "json"]);
    due.ends_with(3);
    assert_eq!(due.json()["kind"], "Error");
    assert_eq!(
        changing::differing(&before, &ground.everything()),
        Vec::<String>::new()
    );
}

#[test]
fn what_is_for_an_empty_machine_goes_on() {
    let ground = Ground::new();
    ground.master.kubepki(&["list"]).ends_with(3);
    ground.again(&[]).ends_with(0);
    ground.master.kubepki(&["list"]).ends_with(0);
    let due = ground.master.kubepki(&["renew", "--due", "--yes"]);
    assert_eq!(
        (due.code, due.stdout.as_str(), due.stderr.as_str()),
        (0, "", "")
    );
}

#[test]
fn a_named_folder_without_certificates_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    for content in [None, Some("a recipe")] {
        if let Some(content) = content {
            fs::write(folder.path().join("notes.txt"), content).expect("written");
        }
        let run = kubepki(&["list", text(folder.path())]);
        run.ends_with(3);
        assert!(
            run.stderr.contains(&format!(
                "nothing of a PKI was found in {}",
                text(folder.path())
            )),
            "{run:?}"
        );
    }
    let run = kubepki(&["list", text(&folder.path().join("typo"))]);
    run.ends_with(3);
}

#[test]
fn a_filter_that_lets_nothing_through_is_health() {
    let ground = Ground::set_up();
    let run = ground.master.kubepki(&["list", "--expires-within", "30d"]);
    run.ends_with(0);
    assert!(
        run.stderr.contains("certificates matches") && run.stdout.is_empty(),
        "{run:?}"
    );
    let names = ground
        .master
        .kubepki(&["list", "--expires-within", "30d", "-o", "name"]);
    assert_eq!(
        (names.code, names.stdout.as_str(), names.stderr.as_str()),
        (0, "", "")
    );
}

#[test]
fn what_nobody_uses_is_not_due_and_not_health() {
    let ground = Ground::set_up();
    let kubernetes = ground.master.file("/etc/kubernetes");
    // All that is left is a backup, and the keys of service accounts.
    let pki = kubernetes.join("pki");
    fs::rename(&pki, kubernetes.join("moved")).expect("moved");
    fs::create_dir(&pki).expect("a folder");
    fs::rename(kubernetes.join("moved"), pki.join("old")).expect("moved");
    for name in ["sa.key", "sa.pub"] {
        fs::rename(pki.join("old").join(name), pki.join(name)).expect("moved");
    }
    for name in [
        "admin",
        "super-admin",
        "controller-manager",
        "scheduler",
        "kubelet",
    ] {
        fs::remove_file(kubernetes.join(format!("{name}.conf"))).expect("removed");
    }
    ground.master.kubepki(&["list"]).ends_with(0);
    for arguments in [
        &["renew", "--due", "--yes"][..],
        &["renew", "--all", "--dry-run"],
    ] {
        let run = ground.master.kubepki(arguments);
        run.ends_with(3);
        assert!(
            run.stderr
                .contains("no certificate that is in use could be judged"),
            "{run:?}"
        );
    }
    // Manifests name what is not there.
    let manifests = kubernetes.join("manifests");
    fs::create_dir(&manifests).expect("a folder");
    fs::remove_dir_all(pki.join("old")).expect("removed");
    let manifest = "spec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt\n    - --tls-private-key-file=/etc/kubernetes/pki/apiserver.key\n";
    fs::write(manifests.join("kube-apiserver.yaml"), manifest).expect("written");
    let list = ground.master.kubepki(&["list"]);
    list.ends_with(0);
    assert!(list.stdout.contains("does not exist"), "{list:?}");
    ground
        .master
        .kubepki(&["renew", "--due", "--yes"])
        .ends_with(3);
}

#[test]
fn a_worker_is_no_empty_machine() {
    let ground = Ground::set_up();
    let kubernetes = ground.master.file("/etc/kubernetes");
    let kept = ["kubelet.conf"];
    for entry in fs::read_dir(&kubernetes).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() && !kept.iter().any(|name| path.ends_with(name)) {
            fs::remove_file(path).expect("removed");
        }
    }
    let authority = fs::read(kubernetes.join("pki/ca.crt")).expect("a CA");
    fs::remove_dir_all(kubernetes.join("pki")).expect("removed");
    fs::create_dir(kubernetes.join("pki")).expect("a folder");
    fs::write(kubernetes.join("pki/ca.crt"), authority).expect("written");
    let list = ground.master.kubepki(&["list", "-o", "name"]);
    assert_eq!((list.code, list.stderr.as_str()), (0, ""));
    assert!(list.stdout.contains("kubelet.conf"), "{list:?}");
    let due = ground.master.kubepki(&["renew", "--due", "--yes"]);
    assert_eq!(
        (due.code, due.stdout.as_str(), due.stderr.as_str()),
        (0, "", "")
    );
}

#[test]
fn nothing_is_due_is_not_said_of_what_is_broken() {
    let ground = Ground::set_up();
    let well = ground.master.kubepki(&["renew", "--due"]);
    assert!(
        well.stderr.starts_with("Nothing is due: nothing to do\n"),
        "{well:?}"
    );
    // A CA's key is another's: no leaf is broken, and none could be renewed.
    let pki = ground.master.file("/etc/kubernetes/pki");
    fs::copy(pki.join("front-proxy-ca.key"), pki.join("etcd/ca.key")).expect("copied");
    let run = ground.master.kubepki(&["renew", "--due"]);
    assert!(
        run.stderr
            .starts_with("Nothing is due, yet 1 is broken: nothing to do"),
        "{run:?}"
    );
    assert!(
        run.stderr.contains("etcd-ca is broken and stays so"),
        "{run:?}"
    );
    let quiet = ground.master.kubepki(&["renew", "--due", "--yes"]);
    assert!(
        quiet.stderr.contains("etcd-ca is broken and stays so"),
        "{quiet:?}"
    );
    // What cannot be read is not judged.
    fs::remove_file(pki.join("etcd/ca.key")).expect("removed");
    fs::remove_file(pki.join("apiserver.crt")).expect("removed");
    std::os::unix::fs::symlink("apiserver.crt", pki.join("apiserver.crt")).expect("a link");
    let run = ground.master.kubepki(&["renew", "--due"]);
    assert!(!run.stderr.contains("Nothing is due:"), "{run:?}");
}
