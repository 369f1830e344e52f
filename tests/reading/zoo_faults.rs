//! The faults of the zoo's masters that reading alone shows.

use kubepki::inventory::state::{State, Status};
use kubepki::inventory::tree::Issuer;
use kubepki::inventory::{Inventory, Source};
use kubepki::kubernetes::role::RoleKind;

/// Case, end of the item's path, words of why it is broken.
const BROKEN: &[(&str, &str, &str)] = &[
    ("mal-garbage-10mb", "pki/apiserver.crt", "too large"),
    (
        "mal-directory",
        "pki/apiserver-kubelet-client.crt",
        "a directory",
    ),
    ("mal-zero-bytes", "pki/ca.crt", "zero bytes"),
    (
        "mal-empty-key",
        "etcd/peer.crt",
        "cannot be read as a private key",
    ),
    (
        "mal-crt-key-swapped",
        "pki/front-proxy-client.crt",
        "holds a private key",
    ),
    (
        "mal-truncated-der",
        "pki/front-proxy-client.crt",
        "not a certificate",
    ),
    (
        "missing-dangling-apiserver",
        "pki/apiserver.crt",
        "a link to /mnt/secrets/apiserver.crt",
    ),
    (
        "missing-kubelet-link-target",
        "pki/kubelet-client-current.pem",
        "which does not exist",
    ),
    (
        "missing-etcd-ca",
        "pki/etcd/ca.crt",
        "does not exist: --peer-trusted-ca-file of etcd names it in /etc/kubernetes/manifests/etcd.yaml:",
    ),
    (
        "kubelet-client-ca-missing",
        "pki/ca-kubelet.crt",
        "does not exist",
    ),
    (
        "missing-split-etcd-conf-path",
        "etcd/ssl/server.crt",
        "does not exist",
    ),
    (
        "issuer-bad-signature",
        "pki/apiserver-kubelet-client.crt",
        "does not verify",
    ),
    (
        "keymis-etcd-peer",
        "etcd/peer.crt",
        "is not its private key",
    ),
    (
        "keymis-front-proxy-type",
        "pki/front-proxy-client.crt",
        "is not its private key",
    ),
    (
        "keymis-admin-conf",
        "kubernetes/admin.conf",
        "the private key in it belongs to another certificate",
    ),
    (
        "keymis-cfssl-ca-key",
        "ssl/ca.pem",
        "is not its private key",
    ),
    (
        "missing-etcd-client-key",
        "pki/apiserver-etcd-client.crt",
        "does not exist: --etcd-keyfile of kube-apiserver",
    ),
    (
        "missing-ca-key-with-signer",
        "pki/ca.crt",
        "does not exist: --cluster-signing-key-file of kube-controller",
    ),
    (
        "issuer-etcd-client-by-cluster-ca",
        "pki/apiserver-etcd-client.crt",
        "signed by ca, its role",
    ),
    (
        "issuer-split-etcd-client",
        "pki/apiserver-etcd-client.crt",
        "wants etcd-ca",
    ),
    (
        "mal-kubeconfig-dup-user",
        "kubernetes/admin.conf",
        "stands twice",
    ),
    (
        "mal-kubeconfig-double-base64",
        "kubernetes/scheduler.conf",
        "base64 twice",
    ),
];

/// The faults that reading alone shows.
pub(crate) fn assert_broken_are_found(case: &str, inventory: &Inventory, states: &[State]) {
    let why = |path: &str| {
        let found = inventory
            .items
            .iter()
            .zip(states)
            .find(|(item, _)| item.path.ends_with(path));
        found.map(|(_, state)| (state.status, state.why.clone()))
    };
    for (_, path, word) in BROKEN.iter().filter(|(id, ..)| *id == case) {
        let (found, why) = why(path).unwrap_or_else(|| panic!("{case}: no item for {path}"));
        assert!(
            found == Status::Broken && why.contains(word),
            "{case}: {found:?} {why}"
        );
    }
    assert_kubeconfigs_are_faulty(case, inventory);
    assert_the_case_is_seen(case, inventory);
}

fn assert_kubeconfigs_are_faulty(case: &str, inventory: &Inventory) {
    let faults: Vec<String> = inventory
        .kubeconfigs
        .iter()
        .filter_map(|it| it.fault.as_ref().map(ToString::to_string))
        .collect();
    for (id, word) in [
        ("mal-kubeconfig-double-base64", "base64 twice"),
        ("mal-kubeconfig-dup-user", "stands twice"),
    ] {
        assert!(
            case != id || faults.iter().any(|fault| fault.contains(word)),
            "{id}: {faults:?}"
        );
    }
}

/// What shows in a single case.
fn assert_the_case_is_seen(case: &str, inventory: &Inventory) {
    if case == "layout-manifest-broken" {
        assert!(
            inventory
                .unread
                .iter()
                .any(|unread| unread.path.contains("/manifests/")),
            "{:?}",
            inventory.unread
        );
    }
    if case == "stale-pki-bak" {
        let old = inventory
            .items
            .iter()
            .filter(|item| item.path.contains("/pki.bak/"));
        assert!(
            old.clone().count() == 10
                && old
                    .clone()
                    .all(|item| !item.in_use && item.roles.is_empty())
        );
    }
    if case == "healthy-k3s" {
        assert_authorities_stand_once(inventory);
    }
    if case == "mal-hostile-filename" {
        let bytes = inventory
            .items
            .iter()
            .filter(|item| item.path_bytes.is_some());
        assert_eq!(
            bytes.map(|item| &*item.path).collect::<Vec<_>>(),
            ["/etc/kubernetes/pki/bad-\\xff\\xfe.crt"]
        );
    }
}

/// k3s writes the CA behind each leaf: that is no other CA, and nobody's parent.
fn assert_authorities_stand_once(inventory: &Inventory) {
    let authorities = inventory
        .items
        .iter()
        .filter(|item| item.is_authority() && item.source == Source::File);
    let repeated: Vec<&str> = authorities
        .filter(|item| item.index > 0)
        .map(|item| &*item.id)
        .collect();
    assert_eq!(repeated, [] as [&str; 0]);
    for (index, item) in inventory.indexed().filter(|(_, item)| !item.is_authority()) {
        let Issuer::Item(parent) = inventory.tree.issuer(index) else {
            continue;
        };
        let parent = inventory.item(parent).expect("an item");
        assert!(
            parent
                .roles
                .iter()
                .any(|role| role.kind == RoleKind::Authority),
            "{} under {}",
            item.id,
            parent.id
        );
    }
    let proxy = inventory
        .items
        .iter()
        .find(|item| &*item.id == "front-proxy-ca")
        .expect("the request header CA");
    assert!(
        proxy
            .copies
            .iter()
            .any(|copy| copy.ends_with("/client-auth-proxy.crt")),
        "{:?}",
        proxy.copies
    );
}
