//! What the embedded layouts say.

use super::*;
use crate::kubernetes::component::Component;

fn roles(layout: &Layout, path: &str) -> Vec<String> {
    layout
        .places_of(path)
        .map(|place| {
            let names: Vec<_> = place.roles.iter().map(|role| role.name).collect();
            format!(
                "{:?} {}{}",
                place.part,
                names.join(","),
                if place.in_use { "" } else { " unused" }
            )
        })
        .collect()
}

/// Each path is what it is in the layout of this name.
fn placed(cases: &[(&str, &str, &str)]) {
    for (name, path, expected) in cases {
        let found = layout(name).map(|layout| roles(layout, path));
        assert_eq!(found, Some(vec![(*expected).to_owned()]), "{path}");
    }
}

#[test]
fn places_have_roles() {
    placed(&[
        ("kubeadm", "/etc/kubernetes/pki/etcd/ca.key", "Key etcd-ca"),
        ("kubeadm", "/etc/kubernetes/pki/sa.pub", "PublicKey sa"),
        (
            "kubeadm",
            "/var/lib/kubelet/pki/kubelet-client-current.pem",
            "CertificateAndKey kubelet-client",
        ),
        (
            "kubeadm",
            "/var/lib/kubelet/pki/kubelet-client-2026-07-11-01-07-32.pem",
            "CertificateAndKey kubelet-client unused",
        ),
        ("kubeadm", "/home/ann/.kube/config", "Kubeconfig "),
        (
            "kubeadm",
            "/etc/kubernetes/manifests/etcd.yaml",
            "Manifest ",
        ),
    ]);
}

#[test]
fn places_of_other_layouts_have_roles() {
    placed(&[
        ("split", "/etc/etcd/pki/ca.srl", "Serial etcd-ca"),
        (
            "split",
            "/etc/kubernetes/pki/apiserver-etcd-client.crt",
            "Certificate apiserver-etcd-client",
        ),
        (
            "split",
            "/etc/kubernetes/auth/bootstrap.conf",
            "Kubeconfig bootstrap-kubelet.conf",
        ),
        (
            "single-ca",
            "/etc/kubernetes/ssl/ca.pem",
            "Certificate ca,etcd-ca",
        ),
        (
            "single-ca",
            "/etc/kubernetes/ssl/ca-key.pem",
            "Key ca,etcd-ca,sa",
        ),
        (
            "single-ca",
            "/etc/kubernetes/ssl/kubernetes.pem",
            "Certificate apiserver,apiserver-kubelet-client,apiserver-etcd-client,etcd-server,etcd-peer",
        ),
        ("single-ca", "/etc/kubernetes/proxy", "Environment "),
        (
            "rke1",
            "/etc/kubernetes/ssl/kube-etcd-10-0-0-10.pem",
            "Certificate etcd-server,etcd-peer",
        ),
        (
            "rke1",
            "/etc/kubernetes/ssl/kube-etcd-10-0-0-10-key.pem",
            "Key etcd-server,etcd-peer",
        ),
        (
            "rke1",
            "/etc/kubernetes/ssl/kube-etcd-client-key.pem",
            "Key apiserver-etcd-client",
        ),
        (
            "rke2",
            "/var/lib/rancher/rke2/server/tls/etcd/peer-ca.crt",
            "Certificate etcd-peer-ca",
        ),
        (
            "rke2",
            "/var/lib/rancher/rke2/agent/client-rke2-controller.crt",
            "Certificate k3s-controller",
        ),
    ]);
}

#[test]
fn the_layouts_have_an_order_and_names_of_their_own() {
    let names: Vec<&str> = layouts()
        .iter()
        .map(|layout| layout.name.as_str())
        .collect();
    // Others may come between them.
    let ours = [
        "kubeadm",
        "split",
        "single-ca",
        "k3s",
        "rke2",
        "rke1",
        "directory",
    ];
    assert_eq!(
        names
            .iter()
            .copied()
            .filter(|name| ours.contains(name))
            .collect::<Vec<_>>(),
        ours
    );
    let fallbacks: Vec<&str> = layouts()
        .iter()
        .filter(|layout| layout.fallback)
        .map(|layout| layout.name.as_str())
        .collect();
    assert_eq!(
        (fallbacks.as_slice(), names.last()),
        (&["directory"][..], Some(&"directory"))
    );
    let different: std::collections::BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(different.len(), names.len());
}

#[test]
fn the_programs_of_all_layouts_are_known_before_one_is_chosen() {
    let mut programs: Vec<&str> = crate::kubernetes::distribution::programs()
        .iter()
        .map(String::as_str)
        .collect();
    programs.sort_unstable();
    let mut of_layouts: Vec<&str> = layouts()
        .iter()
        .flat_map(|layout| &layout.programs)
        .map(String::as_str)
        .collect();
    of_layouts.sort_unstable();
    assert_eq!((&programs, programs.is_empty()), (&of_layouts, false));
}

#[test]
fn lifetimes_are_those_of_the_makers() {
    // kubeadm constants.go: 8760h; rke pki/pki.go: ten years; layouts that say nothing have
    // kubeadm's.
    for (name, days) in [
        ("kubeadm", 365),
        ("rke1", 3650),
        ("k3s", 365),
        ("directory", 365),
    ] {
        assert_eq!(
            layout(name).map(|layout| layout.lifetime_days),
            Some(days),
            "{name}"
        );
    }
}

#[test]
fn a_star_stays_in_its_segment() {
    for (pattern, path, expected) in [
        ("/home/*/.kube/config", "/home/ann/.kube/config", true),
        ("/home/*/.kube/config", "/home/ann/x/.kube/config", false),
        ("/home/*/.kube/config", "/home/.kube/config", false),
        ("/a/*.csr", "/a/.csr", false),
        ("/a/*.csr", "/a/b.csr", true),
        ("/a/*.csr", "/a/b.csr/c", false),
        ("/a/x*y*z", "/a/x1y2z", true),
        ("/a/x*y*z", "/a/x12z", false),
        ("/a/x*x", "/a/x", false),
    ] {
        let place = Place {
            path: pattern.into(),
            roles: vec![],
            part: PlacePart::Key,
            in_use: true,
            telling: true,
            setup: None,
        };
        assert_eq!(place.matches(path), expected, "{pattern} {path}");
    }
}

#[test]
fn a_flag_names_the_role_that_the_layout_has() {
    let fact = |component: Component, flag: &str| FlagFact {
        component,
        flag: flag.to_owned(),
        value: "/x".to_owned(),
        file: "/f".to_owned(),
        line: 1,
    };
    for (name, component, flag, expected) in [
        ("kubeadm", Component::KubeApiserver, "client-ca-file", "ca"),
        (
            "rke2",
            Component::KubeApiserver,
            "client-ca-file",
            "client-ca",
        ),
        ("rke2", Component::Etcd, "trusted-ca-file", "etcd-ca"),
        (
            "rke2",
            Component::Etcd,
            "peer-trusted-ca-file",
            "etcd-ca,etcd-peer-ca",
        ),
        ("rke1", Component::Etcd, "peer-trusted-ca-file", "etcd-ca"),
        (
            "directory",
            Component::KubeApiserver,
            "tls-cert-file",
            "apiserver",
        ),
        (
            "directory",
            Component::KubeApiserver,
            "client-ca-file",
            "ca",
        ),
    ] {
        let found: Vec<_> = layout(name)
            .into_iter()
            .flat_map(|layout| layout.roles_by_flag(&fact(component, flag)))
            .map(|(role, _)| role.name)
            .collect();
        assert_eq!(found.join(","), expected, "{name} {flag}");
    }
}
