//! Masters whose certificates have expired, renewed by the program: openssl, a real etcd and
//! kubectl accept the result, and an undo brings back every byte, mode, owner and link.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::changing::{self, Master};
use crate::support::etcd::{self, Etcd};
use crate::support::judges::{
    assert_same_key, kubectl_reads, openssl_accepts, pair_in, renew, undone,
};
use crate::support::pair::Pair;
use crate::support::program::{self, by_id};
use crate::support::{expired, is_root, succeed, text, tool};

/// What an etcd serves its clients and peers with, who the API server is to it, and whom it trusts.
struct EtcdFiles {
    server: Pair,
    peer: Pair,
    client: Pair,
    authority: PathBuf,
}

impl EtcdFiles {
    /// etcd serves clients and peers with these files, and only those who show a certificate.
    fn serve(&self, openssl: &Path, etcd: &Path) {
        let Self {
            server,
            peer,
            client,
            authority,
        } = self;
        let etcd = Etcd::start(etcd, server, peer, authority);
        let ask = |port: u16, path: &str, client: Option<&Pair>| {
            etcd::get(openssl, port, path, authority, client)
        };
        let health = ask(etcd.client_port, "/health", Some(client));
        assert!(health.contains("\"health\":\"true\""), "{health}");
        let version = ask(etcd.peer_port, "/version", Some(peer));
        assert!(version.contains("etcdserver"), "{version}");
        assert!(
            !ask(etcd.client_port, "/health", None).contains("health\":"),
            "without a certificate"
        );
        assert!(
            !ask(etcd.peer_port, "/version", None).contains("etcdserver"),
            "without a certificate"
        );
    }
}

fn pair(master: &Master, certificate: &str, key: &str) -> Pair {
    Pair {
        certificate: master.file(certificate),
        key: master.file(key),
    }
}

/// Nothing in use is expired, but for the kubelet's own serving certificate, which the kubelet
/// makes itself.
fn nothing_is_due(master: &Master) {
    let list = by_id(&master.kubepki(&["list", "-o", "json"]).json());
    let is_bad = |item: &&Value| item["inUse"] == true && item["status"] != "ok";
    let bad: Vec<&Value> = list
        .values()
        .filter(is_bad)
        .map(|item| &item["path"])
        .collect();
    assert!(
        bad.iter().all(|path| path
            .as_str()
            .is_some_and(|path| path.ends_with("/kubelet.crt"))),
        "{bad:?}"
    );
    let run = master.kubepki(&["renew", "--due", "--yes"]);
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", "")
    );
}

/// A file with an owner and a mode of its own, as far as this user may, as rootless control planes
/// have them.
fn odd_owner(master: &Master, path: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let manifest = master.file("/etc/kubernetes/manifests/etcd.yaml");
    fs::create_dir_all(manifest.parent().expect("a folder")).expect("made");
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  securityContext: {runAsUser: 4242, runAsGroup: 4243}\n  containers:\n  - name: \
               etcd\n    command: [etcd, --data-dir=/var/lib/etcd]\n";
    fs::write(manifest, pod).expect("written");
    let path = master.file(path);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("a mode");
    // Only root may give a file away; for others the mode alone is odd.
    let _ = std::os::unix::fs::chown(&path, Some(4242), Some(4243));
}

/// What is due on a master of kubeadm, but for the kubelet's own.
const DUE: [&str; 11] = [
    "apiserver",
    "apiserver-kubelet-client",
    "apiserver-etcd-client",
    "front-proxy-client",
    "etcd-server",
    "etcd-peer",
    "etcd-healthcheck-client",
    "admin.conf",
    "super-admin.conf",
    "controller-manager.conf",
    "scheduler.conf",
];

#[test]
fn an_expired_kubeadm_master() {
    let (Some(openssl), Some(etcd)) = (tool("openssl"), tool("etcd")) else {
        return;
    };
    for case in ["healthy-kubelet-absolute-link", "healthy-ecdsa-136"] {
        let folder = TempDir::new().expect("a folder");
        let Some(master) = expired::master(folder.path(), case) else {
            return;
        };
        odd_owner(&master, "/etc/kubernetes/pki/etcd/server.key");
        let before = master.tree();
        let operation = renew(&master, "--due");
        let renewed = openssl_accepts(&openssl, &master, &operation);
        for id in DUE {
            assert!(
                renewed.iter().any(|one| one == id),
                "{id} is not in {renewed:?}"
            );
        }
        nothing_is_due(&master);
        let pki = |name: &str| format!("/etc/kubernetes/pki/{name}");
        let own = |name: &str| {
            pair(
                &master,
                &pki(&format!("{name}.crt")),
                &pki(&format!("{name}.key")),
            )
        };
        let authority = master.file(&pki("etcd/ca.crt"));
        let (server, peer, client) = (
            own("etcd/server"),
            own("etcd/peer"),
            own("apiserver-etcd-client"),
        );
        EtcdFiles {
            server,
            peer,
            client,
            authority,
        }
        .serve(&openssl, &etcd);
        kubelet_is_somebody(&openssl, &master);
        assert!(kubectl_reads(&master) >= 5);
        undone(&master, &before);
    }
}

/// kubelet.conf, by whatever it names, is an identity that the API server's CA vouches for now.
fn kubelet_is_somebody(openssl: &Path, master: &Master) {
    let text_of =
        fs::read_to_string(master.file("/etc/kubernetes/kubelet.conf")).expect("kubelet.conf");
    let named = text_of
        .lines()
        .find_map(|line| line.trim().strip_prefix("client-certificate: "));
    let folder = tempfile::tempdir().expect("a folder");
    let path = named.unwrap_or("/etc/kubernetes/kubelet.conf");
    let pair = pair_in(master, path, path, &folder.path().join("kubelet"));
    let authority = master.file("/etc/kubernetes/pki/ca.crt");
    succeed(
        openssl,
        &[
            "verify",
            "-x509_strict",
            "-purpose",
            "sslclient",
            "-CAfile",
            text(&authority),
            text(&pair.certificate),
        ],
    );
    assert_same_key(openssl, &pair);
    let subject = succeed(
        openssl,
        &[
            "x509",
            "-noout",
            "-subject",
            "-nameopt",
            "RFC2253",
            "-in",
            text(&pair.certificate),
        ],
    );
    assert!(
        subject.contains("CN=system:node:") && subject.contains("O=system:nodes"),
        "{subject}"
    );
}

#[test]
fn an_expired_split_master() {
    let (Some(openssl), Some(etcd)) = (tool("openssl"), tool("etcd")) else {
        return;
    };
    let folder = TempDir::new().expect("a folder");
    let Some(master) = expired::master(folder.path(), "healthy-split-master") else {
        return;
    };
    let before = master.tree();
    let operation = renew(&master, "--due");
    assert!(openssl_accepts(&openssl, &master, &operation).len() >= 9);
    nothing_is_due(&master);
    let own = |name: &str| {
        pair(
            &master,
            &format!("/etc/etcd/pki/{name}.crt"),
            &format!("/etc/etcd/pki/{name}.key"),
        )
    };
    let client = "/etc/kubernetes/pki/apiserver-etcd-client";
    let client = pair(&master, &format!("{client}.crt"), &format!("{client}.key"));
    let authority = master.file("/etc/etcd/pki/ca.crt");
    EtcdFiles {
        server: own("server"),
        peer: own("peer"),
        client,
        authority,
    }
    .serve(&openssl, &etcd);
    assert!(kubectl_reads(&master) >= 3);
    undone(&master, &before);
}

#[test]
fn a_single_ca_master() {
    let (Some(openssl), Some(etcd)) = (tool("openssl"), tool("etcd")) else {
        return;
    };
    let folder = TempDir::new().expect("a folder");
    let Some(master) = expired::master(folder.path(), "expired-cfssl-admin") else {
        return;
    };
    let before = master.tree();
    let due = renew(&master, "--due");
    let renewed = openssl_accepts(&openssl, &master, &due);
    assert!(renewed.contains(&"admin".to_owned()), "{renewed:?}");
    nothing_is_due(&master);
    undone(&master, &before);
    // Its certificates live for five years: the others are renewed because somebody wants it.
    let all = renew(&master, "--all");
    openssl_accepts(&openssl, &master, &all);
    let shared = pair(
        &master,
        "/etc/kubernetes/ssl/kubernetes.pem",
        "/etc/kubernetes/ssl/kubernetes-key.pem",
    );
    let authority = master.file("/etc/kubernetes/ssl/ca.pem");
    EtcdFiles {
        server: shared.clone(),
        peer: shared.clone(),
        client: shared,
        authority,
    }
    .serve(&openssl, &etcd);
    // One file, several programs: all are named.
    let issue = all["plan"]["issues"].as_array().expect("issues").iter();
    let issue = issue
        .clone()
        .find(|issue| issue["path"] == "/etc/kubernetes/ssl/kubernetes.pem")
        .expect("kubernetes.pem");
    assert!(
        issue["subject"]
            .as_str()
            .is_some_and(|subject| subject.contains("L=BeiJing,ST=BeiJing,C=CN")),
        "{issue}"
    );
    let restarts = all["plan"]["restarts"].as_array().expect("restarts");
    for component in ["etcd", "kube-apiserver"] {
        assert!(
            restarts
                .iter()
                .any(|restart| restart["component"] == component),
            "{component}: {restarts:?}"
        );
    }
    assert!(kubectl_reads(&master) >= 2);
    undone(&master, &before);
}

/// A timer that ends with 0 and in silence means that all is well.
#[test]
fn what_is_due_and_cannot_be_renewed_is_a_failure_that_names_it() {
    let folder = TempDir::new().expect("a folder");
    let Some(master) = expired::master(folder.path(), "healthy-external-ca") else {
        return;
    };
    let before = master.tree();
    let run = master.kubepki(&["renew", "--due", "--yes"]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{run:?}");
    for id in ["apiserver", "front-proxy-client", "admin.conf"] {
        assert!(run.stderr.contains(id), "{id}: {run:?}");
    }
    assert!(
        run.stderr.contains("is not on this master") && !run.stderr.contains("kubelet-serving"),
        "{run:?}"
    );
    assert_eq!(
        changing::differing(&before, &master.tree()),
        Vec::<String>::new()
    );
}

/// One CA has ended, the others have not: what can be renewed is, and the rest is named.
#[test]
fn what_can_be_renewed_is_and_the_rest_is_named() {
    let folder = TempDir::new().expect("a folder");
    let Some(master) = expired::master(folder.path(), "expired-ca") else {
        return;
    };
    let run = master.kubepki(&["renew", "--due", "--yes"]);
    assert!(run.code == 4 && run.stdout.contains(": done"), "{run:?}");
    assert!(
        run.stderr.contains("! apiserver and ")
            && run.stderr.contains(" are expired and stay so: the CA "),
        "{run:?}"
    );
    assert!(
        run.stderr
            .lines()
            .any(|line| line.trim().starts_with("admin.conf: the CA ")),
        "{run:?}"
    );
}

/// sudo may keep HOME or not: root's history is one and the same.
#[test]
fn the_history_of_root_does_not_hang_on_home() {
    // Only root's state lies below the master's root.
    if !is_root() {
        return;
    }
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let homes = ["/root", "/home/ann"];
    let with = |home: &str, arguments: &[&str]| {
        let mut all = arguments.to_vec();
        all.extend(["--root", text(&master.root)]);
        program::kubepki_with_variables(&all, &[("HOME", home), ("SUDO_USER", "ann")])
    };
    for home in homes {
        with(home, &["renew", "apiserver", "--yes"]).ends_with(0);
    }
    let [one, other] = homes.map(|home| with(home, &["history", "-o", "json"]).json());
    assert_eq!(one, other);
    let items = one["items"].as_array().expect("items");
    assert_eq!(items.len(), 2);
    assert!(
        items.iter().all(|item| item["by"]["sudoUser"] == "ann"),
        "{one}"
    );
    assert!(master.file("/var/lib/kubepki/operations").is_dir());
    // The index is nothing but that.
    for entry in fs::read_dir(master.file("/var/lib/kubepki")).expect("the state folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            fs::remove_file(path).expect("removed");
        }
    }
    assert_eq!(with("/root", &["history", "-o", "json"]).json(), one);
}
