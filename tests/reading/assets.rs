//! The assets hold together: each layout finds its own master, whole or in part.

use kubepki::kubernetes::layout::{PlacePart, detect, layout, layouts, mount};

/// The files of a tree in shell notation, one folder a line: `folder: names`.
fn files(tree: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in tree.lines().filter(|line| !line.trim().is_empty()) {
        let (folder, names) = line.trim().split_once(": ").expect("folder: names");
        for name in names.split_whitespace() {
            let (stem, endings) = name
                .split_once('{')
                .map_or((name, ""), |(stem, rest)| (stem, rest));
            for ending in endings.trim_end_matches('}').split(',') {
                found.push(format!("{folder}/{stem}{ending}"));
            }
        }
    }
    found
}

const KUBEADM: &str = "
    /etc/kubernetes: admin.conf super-admin.conf controller-manager.conf kubelet.conf scheduler.conf
    /etc/kubernetes/manifests: etcd.yaml kube-apiserver.yaml kube-controller-manager.yaml kube-scheduler.yaml
    /etc/kubernetes/pki: ca.{crt,key} apiserver.{crt,key} apiserver-kubelet-client.{crt,key} sa.{key,pub}
    /etc/kubernetes/pki: front-proxy-ca.{crt,key} front-proxy-client.{crt,key} apiserver-etcd-client.{crt,key}
    /etc/kubernetes/pki/etcd: ca.{crt,key} server.{crt,key} peer.{crt,key} healthcheck-client.{crt,key}
    /var/lib/kubelet/pki: kubelet-client-current.pem kubelet-client-2026-08-17-01-07-32.pem kubelet.{crt,key}";
const WORKER: &str = "
    /etc/kubernetes: kubelet.conf
    /etc/kubernetes/pki: ca.crt
    /var/lib/kubelet/pki: kubelet-client-current.pem kubelet.{crt,key}";
const SPLIT: &str = "
    /etc/etcd/pki: ca.{crt,key,srl} peer.{crt,key} server.{crt,key}
    /etc/kubernetes/auth: admin.conf controller-manager.conf scheduler.conf
    /etc/kubernetes/pki: apiserver.{crt,key} apiserver-etcd-client.{crt,key} apiserver-kubelet-client.{crt,key}
    /etc/kubernetes/pki: ca.{crt,key,srl} front-proxy-ca.{crt,key,srl} front-proxy-client.{crt,key} sa.{key,pub}
    /etc/kubernetes: token.csv";
const SPLIT_NODE: &str = "
    /etc/kubernetes/auth: bootstrap.conf kube-proxy.conf
    /etc/kubernetes/pki: ca.crt";
const SINGLE_CA: &str = "
    /etc/kubernetes/ssl: ca{.pem,-key.pem} kubernetes{.pem,-key.pem} admin{.pem,-key.pem} kube-proxy{.pem,-key.pem}
    /etc/kubernetes/ssl: kubelet-client.{crt,key} kubelet.{crt,key}
    /etc/kubernetes: token.csv bootstrap.kubeconfig kube-proxy.kubeconfig kubelet.kubeconfig
    /etc/kubernetes: config apiserver controller-manager scheduler kubelet proxy";
const SINGLE_CA_NODE: &str = "
    /etc/kubernetes/ssl: ca.pem kube-proxy{.pem,-key.pem} kubelet-client.{crt,key} kubelet.{crt,key}
    /etc/kubernetes: bootstrap.kubeconfig kube-proxy.kubeconfig kubelet.kubeconfig config kubelet proxy";
const RKE1: &str = "
    /etc/kubernetes/ssl: kube-ca{.pem,-key.pem} kube-apiserver{.pem,-key.pem} kube-node{.pem,-key.pem}
    /etc/kubernetes/ssl: kube-etcd-10-0-0-10{.pem,-key.pem} kube-proxy{.pem,-key.pem} kubecfg-kube-admin.yaml";
const K3S: &str = "
    /var/lib/rancher/k3s/server/tls: client-ca.{crt,key} server-ca.{crt,key} client-admin.{crt,key} service.key
    /var/lib/rancher/k3s/server/tls/etcd: server-ca.{crt,key} peer-ca.{crt,key} client.{crt,key}
    /etc/rancher/k3s: k3s.yaml";

const TREES: [(&str, &str); 9] = [
    ("kubeadm", KUBEADM),
    ("kubeadm", WORKER),
    ("split", SPLIT),
    ("split", SPLIT_NODE),
    ("single-ca", SINGLE_CA),
    ("single-ca", SINGLE_CA_NODE),
    ("rke1", RKE1),
    ("k3s", K3S),
    ("directory", "/srv/certificates: a.crt b.pem ca.crt"),
];

#[test]
fn each_layout_finds_its_master() {
    for (name, tree) in TREES {
        assert_eq!(detect(layouts(), &files(tree)).name, name, "{tree}");
    }
    let rke2: Vec<String> = files(K3S)
        .iter()
        .map(|file| file.replace("k3s", "rke2"))
        .collect();
    assert_eq!(detect(layouts(), &rke2).name, "rke2");
    assert_eq!(detect(layouts(), &[]).name, "directory");
    assert_eq!(detect(&[], &files(KUBEADM)).name, "directory");
}

#[test]
fn every_file_of_the_trees_by_hand_has_its_place() {
    for (name, tree) in TREES.iter().filter(|(name, _)| *name != "directory") {
        let layout = layout(name).expect("a layout of this name");
        for file in files(tree) {
            let places: Vec<_> = layout.places_of(&file).collect();
            assert_eq!(places.len(), 1, "{file} in {name}: {places:?}");
            let without_role = [
                PlacePart::Environment,
                PlacePart::TokenFile,
                PlacePart::Manifest,
            ];
            assert_eq!(
                places[0].roles.is_empty(),
                without_role.contains(&places[0].part),
                "{file}"
            );
        }
    }
}

#[test]
fn a_part_of_a_master_is_found_too() {
    for (at, name, tree) in [
        ("/", "kubeadm", KUBEADM),
        ("/etc", "split", SPLIT),
        ("/etc", "split", SPLIT_NODE),
        ("/etc", "single-ca", SINGLE_CA),
        ("/etc/kubernetes", "kubeadm", KUBEADM),
        ("/etc/kubernetes", "single-ca", SINGLE_CA),
        ("/etc/kubernetes/pki", "kubeadm", KUBEADM),
        ("/etc/kubernetes/ssl", "single-ca", SINGLE_CA),
        ("/etc/kubernetes/ssl", "rke1", RKE1),
        ("/var/lib/rancher/k3s/server/tls", "k3s", K3S),
        ("/var/lib/rancher", "k3s", K3S),
    ] {
        let prefix = if at == "/" { "" } else { at };
        let below: Vec<String> = files(tree)
            .iter()
            .filter_map(|file| file.strip_prefix(prefix).map(str::to_owned))
            .collect();
        let found = mount(layouts(), &below);
        assert_eq!(
            (found.at, found.layout.name.as_str()),
            (at, name),
            "{below:?}"
        );
    }
}

#[test]
fn a_folder_of_certificates_is_no_master() {
    for tree in [
        "/x: ca.crt",
        "/: ca.{crt,key}",
        "/: a.pem b.pem",
        "/: server.{crt,key} ca.crt",
        "/cp1/etc/kubernetes: admin.conf",
    ] {
        let below: Vec<String> = files(tree)
            .iter()
            .map(|file| file.replace("//", "/"))
            .collect();
        let found = mount(layouts(), &below);
        assert_eq!(
            (found.at, found.layout.name.as_str()),
            ("/", "directory"),
            "{tree}"
        );
    }
}

#[test]
fn layouts_are_sound() {
    for layout in layouts() {
        for (index, place) in layout.places.iter().enumerate() {
            let twice = layout.places[..index]
                .iter()
                .any(|other| other.path == place.path);
            assert!(!twice, "{} stands twice in {}", place.path, layout.name);
            let below = |folder: &String| place.path.starts_with(&format!("{folder}/"));
            let scanned = !place.telling
                || place.part == PlacePart::Kubeconfig
                || place.part == PlacePart::Manifest;
            assert!(
                scanned || layout.folders.iter().any(below),
                "{} is in no folder of {}",
                place.path,
                layout.name
            );
        }
    }
}
