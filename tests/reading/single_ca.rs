//! The layout of a hand-made master with one CA and environment files, built as the guides have it,
//! and read.

use kubepki::inventory::{Inventory, Item};
use tempfile::TempDir;

use crate::hand_made::{KeyPair, Maker, at_folder, at_root, config, read, readers, roles};
use crate::support::tool;

const API_ARGS: &str = "--token-auth-file=/etc/kubernetes/token.csv --tls-cert-file=/etc/kubernetes/ssl/kubernetes.pem \
--tls-private-key-file=/etc/kubernetes/ssl/kubernetes-key.pem --client-ca-file=/etc/kubernetes/ssl/ca.pem \
--service-account-key-file=/etc/kubernetes/ssl/ca-key.pem --etcd-cafile=/etc/kubernetes/ssl/ca.pem \
--etcd-certfile=/etc/kubernetes/ssl/kubernetes.pem --etcd-keyfile=/etc/kubernetes/ssl/kubernetes-key.pem \
--kubelet-client-certificate=/etc/kubernetes/ssl/kubernetes.pem --kubelet-client-key=/etc/kubernetes/ssl/kubernetes-key.pem";

const ETCD: &str = "# etcd\nETCD_CERT_FILE=/etc/kubernetes/ssl/kubernetes.pem\nETCD_KEY_FILE=/etc/kubernetes/ssl/kubernetes-key.pem\n\
ETCD_TRUSTED_CA_FILE=/etc/kubernetes/ssl/ca.pem\nETCD_PEER_CERT_FILE=/etc/kubernetes/ssl/kubernetes.pem\n\
ETCD_PEER_KEY_FILE=/etc/kubernetes/ssl/kubernetes-key.pem\nETCD_PEER_TRUSTED_CA_FILE=/etc/kubernetes/ssl/ca.pem\n";

/// Environment files and tokens.
const CONFIGURATION: [(&str, &str); 7] = [
    (
        "etc/kubernetes/token.csv",
        "0123456789abcdef0123456789abcdef,kubelet-bootstrap,10001,\"system:kubelet-bootstrap\"\n",
    ),
    (
        "etc/kubernetes/config",
        "KUBE_LOGTOSTDERR=\"--logtostderr=true\"\n",
    ),
    (
        "etc/kubernetes/controller-manager",
        "KUBE_CONTROLLER_MANAGER_ARGS=\"--cluster-name=north \
        --cluster-signing-cert-file=/etc/kubernetes/ssl/ca.pem --cluster-signing-key-file=/etc/kubernetes/ssl/ca-key.pem \
        --service-account-private-key-file=/etc/kubernetes/ssl/ca-key.pem \
        --root-ca-file=/etc/kubernetes/ssl/ca.pem\"\n",
    ),
    (
        "etc/kubernetes/scheduler",
        "KUBE_SCHEDULER_ARGS=\"--leader-elect=true\"\n",
    ),
    (
        "etc/kubernetes/kubelet",
        "KUBELET_HOSTNAME=\"--hostname-override=n1\"\nKUBELET_ARGS=\"--bootstrap-kubeconfig=/etc/kubernetes/bootstrap.kubeconfig \
        --kubeconfig=/etc/kubernetes/kubelet.kubeconfig \
        --cert-dir=/etc/kubernetes/ssl \
        --client-ca-file=/etc/kubernetes/ssl/ca.pem\"\n",
    ),
    (
        "etc/kubernetes/proxy",
        "KUBE_PROXY_ARGS=\"--kubeconfig=/etc/kubernetes/kube-proxy.kubeconfig\"\n",
    ),
    ("etc/etcd/etcd.conf", ETCD),
];

const CA: KeyPair<'_> = KeyPair {
    certificate: "etc/kubernetes/ssl/ca.pem",
    key: "etc/kubernetes/ssl/ca-key.pem",
};

/// What the authority signs for: file, organization, common name, usages.
const LEAVES: [(&str, &str, &str, &str); 3] = [
    ("kubernetes", "k8s", "kubernetes", "serverAuth,clientAuth"),
    ("admin", "system:masters", "admin", "clientAuth"),
    ("kube-proxy", "k8s", "system:kube-proxy", "clientAuth"),
];

fn subject(organization: &str, name: &str) -> String {
    format!("/C=CN/ST=BeiJing/L=BeiJing/O={organization}/OU=System/CN={name}")
}

fn build_single_ca(maker: &Maker) {
    maker.authority(CA, &subject("k8s", "kubernetes"));
    for (name, organization, common, usages) in LEAVES {
        let (certificate, key) = (
            format!("etc/kubernetes/ssl/{name}.pem"),
            format!("etc/kubernetes/ssl/{name}-key.pem"),
        );
        let pair = KeyPair {
            certificate: &certificate,
            key: &key,
        };
        maker.leaf(pair, &subject(organization, common), usages, CA);
    }
    let [client, serving] = ["kubelet-client", "kubelet"]
        .map(|name| ["crt", "key"].map(|ending| format!("etc/kubernetes/ssl/{name}.{ending}")));
    let client = KeyPair {
        certificate: &client[0],
        key: &client[1],
    };
    maker.leaf(
        client,
        "/O=system:nodes/CN=system:node:n1",
        "clientAuth",
        CA,
    );
    maker.authority(
        KeyPair {
            certificate: &serving[0],
            key: &serving[1],
        },
        "/CN=n1@1700000000",
    );
    build_kubeconfigs(maker);
    for (path, content) in CONFIGURATION {
        maker.write(path, content);
    }
    maker.write(
        "etc/kubernetes/apiserver",
        &format!("# the API server\nKUBE_API_ADDRESS=\"--bind-address=10.0.0.1\"\nKUBE_API_ARGS=\"{API_ARGS}\"\n"),
    );
    build_units(maker);
}

fn build_kubeconfigs(maker: &Maker) {
    let embedded = format!(
        "certificate-authority-data: {}",
        maker.base64(CA.certificate)
    );
    maker.write(
        "etc/kubernetes/bootstrap.kubeconfig",
        &config(&embedded, "token: 0123456789abcdef0123456789abcdef"),
    );
    maker.kubeconfig(
        "etc/kubernetes/kube-proxy.kubeconfig",
        &subject("k8s", "system:kube-proxy"),
        CA,
    );
    maker.write(
        "etc/kubernetes/kubelet.kubeconfig",
        &config(
            &embedded,
            "client-certificate: ssl/kubelet-client.crt\n    client-key: ssl/kubelet-client.key",
        ),
    );
}

fn build_units(maker: &Maker) {
    for (unit, command, variables) in [
        (
            "kube-apiserver",
            "kube-apiserver",
            "$KUBE_API_ADDRESS $KUBE_API_ARGS",
        ),
        (
            "kube-controller-manager",
            "kube-controller-manager",
            "$KUBE_CONTROLLER_MANAGER_ARGS",
        ),
        ("kubelet", "kubelet", "$KUBELET_HOSTNAME $KUBELET_ARGS"),
        ("kube-proxy", "kube-proxy", "$KUBE_PROXY_ARGS"),
    ] {
        let file = unit.strip_prefix("kube-").unwrap_or(unit);
        let text = format!(
            "[Service]\nEnvironmentFile=-/etc/kubernetes/config\nEnvironmentFile=-/etc/kubernetes/{file}\nExecStart=/usr/bin/{command} \\\n  $KUBE_LOGTOSTDERR \\\n  {variables}\n"
        );
        maker.write(&format!("usr/lib/systemd/system/{unit}.service"), &text);
    }
    maker.write(
        "usr/lib/systemd/system/etcd.service",
        "[Service]\nEnvironmentFile=-/etc/etcd/etcd.conf\nExecStart=/usr/bin/etcd\n",
    );
}

#[test]
fn single_ca_has_files_of_many_roles() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = TempDir::new().expect("a temporary folder");
    let maker = Maker {
        openssl,
        folder: folder.path().to_owned(),
    };
    build_single_ca(&maker);
    check_single_ca(&read(&at_root(folder.path())));
    // On the admin's machine only /etc was copied: no units tell who reads the environment files.
    check_single_ca(&read(&at_folder(&folder.path().join("etc"))));
}

fn check_single_ca(inventory: &Inventory) {
    assert_eq!(
        (inventory.layout.as_str(), inventory.unread.len()),
        ("single-ca", 0)
    );
    assert_eq!(
        (inventory.cluster.as_deref(), inventory.node.as_deref()),
        (Some("north"), Some("n1"))
    );
    check_the_shared_certificate(inventory);
    check_certificates(inventory);
    check_the_shared_key(inventory);
    let bootstrap = inventory
        .kubeconfigs
        .iter()
        .find(|it| it.path.ends_with("bootstrap.kubeconfig"))
        .expect("it");
    assert_eq!(
        bootstrap.users[0].identity.as_deref(),
        Some("kubelet-bootstrap")
    );
    assert_eq!(bootstrap.users[0].groups, ["system:kubelet-bootstrap"]);
}

fn item<'a>(inventory: &'a Inventory, name: &str) -> &'a Item {
    inventory
        .items
        .iter()
        .find(|item| item.path.ends_with(name))
        .unwrap_or_else(|| panic!("{name}"))
}

/// One certificate is that of every component.
fn check_the_shared_certificate(inventory: &Inventory) {
    let kubernetes = item(inventory, "ssl/kubernetes.pem");
    assert_eq!(
        roles(kubernetes),
        "apiserver apiserver-kubelet-client apiserver-etcd-client etcd-server etcd-peer"
    );
    let mut read_by = readers(&kubernetes.read_by);
    read_by.sort();
    let expected = [
        "etcd cert-file",
        "etcd peer-cert-file",
        "kube-apiserver etcd-certfile",
        "kube-apiserver kubelet-client-certificate",
        "kube-apiserver tls-cert-file",
    ];
    assert_eq!(read_by, expected);
    let place = |flag: &str| {
        let reader = kubernetes
            .read_by
            .iter()
            .find(|reader| &*reader.flag == flag)?;
        Some((reader.file.to_string(), reader.line))
    };
    assert_eq!(
        place("tls-cert-file"),
        Some(("/etc/kubernetes/apiserver".to_owned(), 3))
    );
    assert_eq!(
        place("peer-cert-file"),
        Some(("/etc/etcd/etcd.conf".to_owned(), 5))
    );
}

fn check_certificates(inventory: &Inventory) {
    assert_eq!(roles(item(inventory, "ssl/ca.pem")), "ca etcd-ca");
    for (name, expected, components) in [
        ("ssl/admin.pem", "admin", "kubectl"),
        ("ssl/kube-proxy.pem", "kube-proxy-client", "kube-proxy"),
        (
            "ssl/kubelet-client.crt",
            "kubelet-client",
            "kubelet client-certificate",
        ),
        ("ssl/kubelet.crt", "kubelet-serving", "kubelet"),
        (
            "/kube-proxy.kubeconfig",
            "kube-proxy.conf",
            "kube-proxy kubeconfig",
        ),
    ] {
        let item = item(inventory, name);
        assert_eq!(roles(item), expected, "{name}");
        assert_eq!(readers(&item.read_by), [components], "{name}");
    }
    assert!(
        inventory
            .items
            .iter()
            .all(|item| item.in_use && item.key.matches == Some(true)),
        "{:?}",
        inventory.items
    );
}

/// The CA's key signs the tokens of service accounts too.
fn check_the_shared_key(inventory: &Inventory) {
    let [key] = &inventory.keys[..] else {
        panic!("{:?}", inventory.keys)
    };
    assert_eq!(&*key.path, "/etc/kubernetes/ssl/ca-key.pem");
    assert_eq!(
        key.roles.iter().map(|role| role.name).collect::<Vec<_>>(),
        ["ca", "etcd-ca", "sa"]
    );
    let mut read_by = readers(&key.read_by);
    read_by.sort();
    let expected = [
        "kube-apiserver service-account-key-file",
        "kube-controller-manager cluster-signing-key-file",
        "kube-controller-manager service-account-private-key-file",
    ];
    assert_eq!(read_by, expected);
}
