//! The ports of masters as they lie on disks: kubeadm's own, and the other layouts of the zoo.

use std::fmt::Write as _;

use kubepki::inventory::Inventory;
use kubepki::running::{Port, Trust, ports};
use tempfile::TempDir;

use crate::kubeadm_masters::{read, sample};
use crate::support::zoo::{self, MADE};

/// A port in a line, its callers in one each.
fn lines(inventory: &Inventory) -> Vec<String> {
    let mut lines = Vec::new();
    for port in ports(inventory) {
        let Port {
            rule,
            number,
            local,
            remote,
            on_disk,
            ..
        } = &port;
        let on_disk: Vec<&str> = on_disk
            .iter()
            .map(|index| &*inventory.item(*index).expect("an item").path)
            .collect();
        lines.push(format!(
            "{} {number} local {} remote {} disk {}",
            rule.name,
            local.join(","),
            remote.join(","),
            on_disk.join(",")
        ));
        lines.extend(port.callers.iter().map(|caller| {
            let mut line = format!("  {} dials {}", caller.who, caller.dials.join(","));
            match &caller.trust {
                Trust::Anchors { anchors, file } if **file == *caller.who => {
                    write!(line, " {} CAs", anchors.len())
                }
                Trust::Anchors { anchors, file } => {
                    write!(line, " {} CAs of {file}", anchors.len())
                }
                Trust::Everything => write!(line, " everything"),
                Trust::Unknown(why) => write!(line, " {why}"),
            }
            .expect("text");
            line
        }));
    }
    lines
}

#[test]
fn a_master_of_kubeadm_has_five_ports() {
    let Some(sample) = sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let inventory = read(&sample.root);
    assert_eq!(
        lines(&inventory),
        [
            "etcd 2379 local 127.0.0.1,10.0.0.10 remote 10.0.0.10 disk /etc/kubernetes/pki/etcd/server.crt",
            "  kube-apiserver dials 127.0.0.1 1 CAs of /etc/kubernetes/pki/etcd/ca.crt",
            "etcd-peer 2380 local 10.0.0.10 remote 10.0.0.10 disk /etc/kubernetes/pki/etcd/peer.crt",
            "  etcd dials 10.0.0.10 1 CAs of /etc/kubernetes/pki/etcd/ca.crt",
            "kube-apiserver 6443 local 127.0.0.1 remote 10.0.0.10 disk /etc/kubernetes/pki/apiserver.crt",
            "  /etc/kubernetes/admin.conf dials k8s.example.com 1 CAs",
            "  /etc/kubernetes/controller-manager.conf dials 10.0.0.10 1 CAs",
            "  /etc/kubernetes/kubelet.conf dials 10.0.0.10 1 CAs",
            "  /etc/kubernetes/scheduler.conf dials 10.0.0.10 1 CAs",
            "  /etc/kubernetes/super-admin.conf dials k8s.example.com 1 CAs",
            "  pods dials kubernetes.default.svc,10.96.0.1 1 CAs of /etc/kubernetes/pki/ca.crt",
            "kube-controller-manager 10257 local 127.0.0.1 remote  disk ",
            "kube-scheduler 10259 local 127.0.0.1 remote  disk ",
            "kubelet 10250 local 127.0.0.1 remote 10.0.0.10 disk ",
            "  kube-apiserver dials 10.0.0.10 everything",
        ]
    );
    let told: Vec<_> = ports(&inventory)
        .into_iter()
        .map(|port| port.told.map(|told| (told.flag, told.file)))
        .collect();
    assert_eq!(
        told[2],
        Some((
            "secure-port".into(),
            "/etc/kubernetes/manifests/kube-apiserver.yaml".into()
        )),
        "{told:?}"
    );
}

/// Of each master the lines that begin with one of these, in order.
const CASES: [(&str, &[&str]); 5] = [
    (
        "healthy-split-master",
        &[
            "etcd 2379 local 127.0.0.1,10.0.0.10 remote 10.0.0.10 disk /etc/etcd/pki/server.crt",
            // The other members' addresses stand in their own certificates.
            "  kube-apiserver dials 10.0.0.10 1 CAs of /etc/etcd/pki/ca.crt",
            "  /etc/kubernetes/auth/admin.conf dials 10.0.0.100 1 CAs",
        ],
    ),
    (
        "healthy-cfssl",
        &[
            "etcd 2379 local 172.20.0.112 remote 172.20.0.112 disk /etc/kubernetes/ssl/kubernetes.pem",
            "kube-apiserver 6443 local 172.20.0.112 remote 172.20.0.112 disk /etc/kubernetes/ssl/kubernetes.pem",
            "  pods dials kubernetes.default.svc,10.254.0.1 1 CAs of /etc/kubernetes/ssl/ca.pem",
            "kubelet 10250 local 172.20.0.112 remote 172.20.0.112 disk /etc/kubernetes/ssl/kubelet.crt",
        ],
    ),
    (
        "healthy-k3s",
        &[
            "etcd 2379 local 127.0.0.1 remote  disk /var/lib/rancher/k3s/server/tls/etcd/server-client.crt",
            "  kube-apiserver dials  1 CAs of /var/lib/rancher/k3s/server/tls/etcd/server-ca.crt",
            // 6443 is k3s's own.
            "kube-apiserver 6444 local 127.0.0.1 remote  disk /var/lib/rancher/k3s/server/tls/serving-kube-apiserver.crt",
            "kubelet 10250 local 127.0.0.1 remote  disk /var/lib/rancher/k3s/agent/serving-kubelet.crt",
            "  kube-apiserver dials  1 CAs of /var/lib/rancher/k3s/agent/server-ca.crt",
        ],
    ),
    (
        "expired-sni-pair",
        &[
            "kube-apiserver 6443 local 127.0.0.1 remote 10.11.12.13 disk /etc/kubernetes/pki/apiserver.crt,/etc/kubernetes/tls/sni/public.crt",
        ],
    ),
    (
        "healthy-worker",
        &["kubelet 10250 local 127.0.0.1 remote  disk /var/lib/kubelet/pki/kubelet.crt"],
    ),
];

#[test]
fn other_layouts_have_their_ports() {
    let folder = TempDir::new().expect("a folder");
    let made = folder.path().join("zoo");
    let names: Vec<&str> = CASES.iter().map(|(name, _)| *name).collect();
    if zoo::make(&made, MADE, &names).is_none() {
        return;
    }
    for (name, expected) in CASES {
        let found = lines(&read(&made.join(name)));
        let mut rest = found.iter();
        for line in expected {
            assert!(
                rest.any(|found| found == line),
                "{name}: {line}\n{}",
                found.join("\n")
            );
        }
    }
    let worker = lines(&read(&made.join("healthy-worker")));
    assert_eq!(worker.len(), 1, "a worker has no other port: {worker:?}");
}
