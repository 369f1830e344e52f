//! The truths of masters with known faults, as of the date for which the zoo is made.

use std::path::Path;

use kubepki::inventory::Inventory;
use kubepki::kubernetes::component::Component;
use kubepki::running::{Observation, Remedy, ServerVerdict, kubeconfig_views, obstacle, statuses};
use tempfile::TempDir;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::kubeadm_masters::read;
use crate::support::zoo::{self, MADE};
use crate::truth_masters::process;

/// A master, and each port that needs another certificate, with a part of the sentence why.
const CASES: [(&str, &[(&str, &str)]); 18] = [
    ("healthy-ecdsa-136", &[]),
    ("healthy-split-master", &[]),
    ("healthy-cfssl", &[]),
    ("healthy-k3s", &[]),
    ("healthy-intermediate-ca", &[]),
    ("healthy-worker", &[]),
    (
        "expired-etcd-server",
        &[("etcd", "server.crt on the disk expired on 2026-11-2")],
    ),
    (
        "expired-sni-pair",
        &[("kube-apiserver", "public.crt, for other names, expired on ")],
    ),
    (
        "kubelet-serving-expired",
        &[("kubelet", "kubelet.crt on the disk expired on ")],
    ),
    (
        "keymis-etcd-peer",
        &[(
            "etcd-peer",
            "/etc/kubernetes/pki/etcd/peer.key is not the key of peer.crt",
        )],
    ),
    ("camis-etcd-cafile-other", &[]),
    ("camis-admin-conf", &[]),
    ("bootstrap-ca-mismatch", &[]),
    (
        "san-service-cidr-changed",
        &[(
            "kube-apiserver",
            "is not taken by pods: 172.30.0.1 is not among its names",
        )],
    ),
    (
        "san-etcd-no-localhost",
        &[(
            "etcd",
            "is not taken by kube-apiserver: 127.0.0.1 is not among its names",
        )],
    ),
    ("san-kubeconfig-server-host", &[]),
    (
        "usage-apiserver-client-only",
        &[(
            "kube-apiserver",
            "it is not for servers (extended key usage)",
        )],
    ),
    (
        "missing-dangling-apiserver",
        &[(
            "kube-apiserver",
            "it is a link to /mnt/secrets/apiserver.crt, which does not exist",
        )],
    ),
];

#[test]
fn known_faults_are_told() {
    let folder = TempDir::new().expect("a folder");
    let made = folder.path().join("zoo");
    let names: Vec<&str> = CASES
        .iter()
        .map(|(name, _)| *name)
        .chain(["camis-controller-manager-conf"])
        .collect();
    if zoo::make(&made, MADE, &names).is_none() {
        return;
    }
    let moment = OffsetDateTime::parse(MADE, &Rfc3339).expect("a date");
    for (name, expected) in CASES {
        let found = statuses(&read(&made.join(name)), &Observation::default(), moment);
        let replaced: Vec<(&str, &str)> = found
            .iter()
            .filter(|truth| truth.remedy != Remedy::Nothing)
            .map(|truth| (&*truth.name, truth.why.as_str()))
            .collect();
        let fits = replaced.len() == expected.len()
            && replaced
                .iter()
                .zip(expected)
                .all(|(found, (port, why))| found.0 == *port && found.1.contains(why));
        assert!(fits, "{name}: {replaced:?}");
    }
    views(&made, moment);
    obstacles(&made, moment);
    joined(&read(&made.join("healthy-worker")));
    // The certificate is good: another one would be refused in the same way.
    let found = statuses(
        &read(&made.join("camis-etcd-cafile-other")),
        &Observation::default(),
        moment,
    );
    let why = "; another CA is trusted by kube-apiserver: it is signed by another CN=etcd-ca than the trusted one";
    assert!(
        found
            .iter()
            .any(|truth| &*truth.name == "etcd" && truth.why.contains(why)),
        "{found:?}"
    );
}

/// A kubelet wrote its files after its start: it joined, wrote its kubeconfig, got its certificate,
/// made the pair of its port.
fn joined(worker: &Inventory) {
    let began = OffsetDateTime::parse(MADE, &Rfc3339).expect("a date");
    let held =
        |written, certified, user: &str| held(worker, began + written, began + certified, user);
    let (soon, later) = (Duration::seconds(2), Duration::seconds(9));
    assert_eq!(held(soon, later, "default-auth"), [""; 0]);
    // What somebody wrote there after the kubelet had its certificate, or under other names, is not
    // its own.
    let kubeconfig = "/etc/kubernetes/kubelet.conf";
    assert_eq!(held(later, soon, "default-auth"), [kubeconfig]);
    assert_eq!(held(soon, later, "system:node:worker-7"), [kubeconfig]);
    // A start is known to a hundredth of a second.
    assert_eq!(
        held(Duration::ZERO, -later, "default-auth"),
        [kubeconfig],
        "of the same moment"
    );
    assert_eq!(
        held(-Duration::milliseconds(1), -later, "default-auth"),
        [""; 0]
    );
}

/// The files that such a kubelet is said to hold, by when its kubeconfig and its certificate were
/// written.
fn held(
    worker: &Inventory,
    written: OffsetDateTime,
    certified: OffsetDateTime,
    user: &str,
) -> Vec<String> {
    let began = OffsetDateTime::parse(MADE, &Rfc3339).expect("a date");
    let mut inventory = worker.clone();
    for item in &mut inventory.items {
        let is_own = item.path.starts_with("/var/lib/kubelet/pki/");
        item.changed_at = Some(if is_own {
            certified
        } else {
            began - Duration::hours(1)
        });
    }
    let kubeconfig = inventory
        .kubeconfigs
        .iter_mut()
        .find(|one| one.path.ends_with("/kubelet.conf"))
        .expect("it");
    assert_eq!(
        (&*kubeconfig.current, &*kubeconfig.users[0].name),
        ("default-context", "default-auth")
    );
    kubeconfig.changed_at = Some(written);
    user.clone_into(&mut kubeconfig.contexts[0].user);
    user.clone_into(&mut kubeconfig.users[0].name);
    let processes = Some(vec![process(Component::Kubelet, began)]);
    let statuses = statuses(
        &inventory,
        &Observation {
            processes,
            ..Observation::default()
        },
        began,
    );
    let truth = statuses
        .iter()
        .find(|truth| truth.component == Some(Component::Kubelet))
        .expect("the kubelet");
    truth
        .stale
        .iter()
        .map(|held| held.path.to_string())
        .collect()
}

/// A component that runs and could not start again with what lies there.
fn obstacles(made: &Path, moment: OffsetDateTime) {
    let components = Component::RESTARTED;
    let alive = Observation {
        processes: Some(components.map(|one| process(one, moment)).to_vec()),
        ..Observation::default()
    };
    for (name, _) in CASES {
        let inventory = read(&made.join(name));
        let found: Vec<_> = components
            .iter()
            .filter_map(|it| Some((*it, obstacle(&inventory, &alive, *it, moment)?)))
            .collect();
        let expected = match name {
            "keymis-etcd-peer" => (
                Component::Etcd,
                "/etc/kubernetes/pki/etcd/peer.key is not the key of peer.crt",
            ),
            "missing-dangling-apiserver" => (
                Component::KubeApiserver,
                "/etc/kubernetes/pki/apiserver.crt: it is a link to /mnt/secrets/apiserver.crt",
            ),
            _ => {
                assert!(found.is_empty(), "{name}: {found:?}");
                continue;
            }
        };
        assert!(
            found.len() == 1 && found[0].0 == expected.0 && found[0].1.starts_with(expected.1),
            "{name}: {found:?}"
        );
        let dead = Observation::default();
        assert_eq!(
            obstacle(&inventory, &dead, expected.0, moment),
            None,
            "{name}: it cannot become worse"
        );
    }
}

/// A kubeconfig with a wrong name or CA is refused by the files alone.
fn views(made: &Path, moment: OffsetDateTime) {
    for (name, path, expected) in [
        (
            "san-kubeconfig-server-host",
            "/root/.kube/config",
            "bastion.example.net is not among its names",
        ),
        (
            "camis-controller-manager-conf",
            "/etc/kubernetes/controller-manager.conf",
            "it is signed by CN=kubernetes",
        ),
    ] {
        let views = kubeconfig_views(&read(&made.join(name)), &Observation::default(), moment);
        let refused: Vec<_> = views
            .iter()
            .filter_map(|view| match &view.on_disk {
                ServerVerdict::Refused(why) => Some((&*view.path, why.as_str())),
                _ => None,
            })
            .collect();
        assert!(
            matches!(refused[..], [(found, why)] if found == path && why.starts_with(expected)),
            "{refused:?}"
        );
    }
}
