//! Files that cannot stay, each with the reason, and a way out that is hinted at.

use std::fs;

use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::plan::SetupRequest;
use kubepki::setup::ClusterSpec;

use crate::support::new_cluster::{PKI, Stage, listing, master, one_master, words};

type Damage = fn(&Stage, &mut ClusterSpec);

fn write(stage: &Stage, path: &str, content: impl AsRef<[u8]>) {
    fs::write(stage.file(path), content).expect("written");
}

fn copy(stage: &Stage, from: &str, to: &str) {
    fs::copy(
        stage.file(&format!("{PKI}/{from}")),
        stage.file(&format!("{PKI}/{to}")),
    )
    .expect("copied");
}

/// A file, why it cannot stay, and how it came to that.
const DAMAGED: [(&str, &str, Damage); 18] = [
    (
        "apiserver.crt",
        "its subject alternative names lack DNS:more.example.com",
        |_, cluster| {
            cluster.api_server_sans.push("more.example.com".to_owned());
        },
    ),
    (
        "apiserver-etcd-client.crt",
        "the CA etcd-ca here did not sign it",
        |stage, _| {
            copy(
                stage,
                "apiserver-kubelet-client.crt",
                "apiserver-etcd-client.crt",
            );
            copy(
                stage,
                "apiserver-kubelet-client.key",
                "apiserver-etcd-client.key",
            );
        },
    ),
    (
        "apiserver.crt",
        "its subject alternative names lack",
        |stage, _| {
            copy(stage, "apiserver-kubelet-client.crt", "apiserver.crt");
            copy(stage, "apiserver-kubelet-client.key", "apiserver.key");
        },
    ),
    (
        "apiserver.key",
        "it is not the key of the certificate beside it",
        |stage, _| {
            copy(stage, "sa.key", "apiserver.key");
        },
    ),
    (
        "ca.key",
        "it is not the key of the certificate beside it",
        |stage, _| copy(stage, "sa.key", "ca.key"),
    ),
    (
        "sa.pub",
        "it is not the public half of the key beside it",
        |stage, _| {
            let other = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
            write(stage, "/etc/kubernetes/pki/sa.pub", other.public_pem());
        },
    ),
    (
        "sa.pub",
        "its private half /etc/kubernetes/pki/sa.key is not",
        |stage, _| {
            stage.remove("/etc/kubernetes/pki/sa.key");
        },
    ),
    ("ca.crt", "it is not a CA", |stage, _| {
        copy(stage, "apiserver.crt", "ca.crt");
    }),
    (
        "front-proxy-ca.key",
        "the CA's certificate /etc/kubernetes/pki/front-proxy-ca.crt is not",
        |stage, _| {
            stage.remove("/etc/kubernetes/pki/front-proxy-ca.crt");
        },
    ),
    (
        "apiserver.key",
        "its certificate /etc/kubernetes/pki/apiserver.crt is not",
        |stage, _| {
            stage.remove("/etc/kubernetes/pki/apiserver.crt");
        },
    ),
    (
        "apiserver.crt",
        "its key /etc/kubernetes/pki/apiserver.key is not",
        |stage, _| {
            stage.remove("/etc/kubernetes/pki/apiserver.key");
        },
    ),
    ("etcd/peer.crt", "", |stage, _| {
        write(stage, "/etc/kubernetes/pki/etcd/peer.crt", "");
    }),
    ("etcd/peer.key", "it holds no private key", |stage, _| {
        write(stage, "/etc/kubernetes/pki/etcd/peer.key", "\0\0");
    }),
    ("ca.crt", "", |stage, _| {
        write(
            stage,
            "/etc/kubernetes/pki/ca.crt",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        );
    }),
    (
        "../admin.conf",
        "the CA in it is not the one here",
        |stage, _| {
            let kubeconfig =
                fs::read_to_string(stage.file("/etc/kubernetes/admin.conf")).expect("read");
            let other =
                fs::read_to_string(stage.file("/etc/kubernetes/pki/etcd/ca.crt")).expect("read");
            let other = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, other);
            let line = kubeconfig
                .lines()
                .find(|line| line.contains("certificate-authority-data"))
                .expect("a line");
            let data = line.rsplit(' ').next().expect("data");
            write(
                stage,
                "/etc/kubernetes/admin.conf",
                kubeconfig.replace(data, &other),
            );
        },
    ),
    ("../admin.conf", "", |stage, _| {
        write(stage, "/etc/kubernetes/admin.conf", "{[");
    }),
    (
        "apiserver.crt",
        "its subject alternative names lack DNS:m2",
        |_, cluster| {
            "m2".clone_into(&mut cluster.nodes[0].name);
        },
    ),
    (
        "apiserver.crt",
        "its subject alternative names lack IP:10.0.0.2",
        |_, cluster| {
            cluster.nodes[0].addresses = vec!["10.0.0.2".parse().expect("an address")];
        },
    ),
];

#[test]
fn what_does_not_fit_is_named_with_the_reason() {
    for (name, why, damage) in DAMAGED {
        let (stage, mut cluster) = master("kubeadm");
        let nodes = cluster.nodes.clone();
        damage(&stage, &mut cluster);
        let before = listing(&stage.root);
        let failure = stage.plan(stage.request(&cluster)).expect_err(name);
        let said = words(&failure);
        let path = name.strip_prefix("../").map_or_else(
            || format!("{PKI}/{name}"),
            |name| format!("/etc/kubernetes/{name}"),
        );
        assert!(
            said.contains(&path) && said.contains(why),
            "{name}, {why}: {said}"
        );
        assert_eq!(listing(&stage.root), before, "{name}");
        let hinted = said
            .split("--replace ")
            .nth(1)
            .and_then(|rest| rest.split([' ', '\n', '\'', ')']).next());
        let replace = vec![
            hinted
                .unwrap_or_else(|| panic!("{name}: no hint in {said}"))
                .to_owned(),
        ];
        let plan = stage.plan(SetupRequest {
            replace: replace.clone(),
            ..stage.request(&cluster)
        });
        // Another name or address of the node is more than one file's fault.
        let is_way_out = cluster.nodes != nodes || plan.is_ok_and(|plan| !plan.changes.is_empty());
        assert!(is_way_out, "{name}, {why}: {replace:?} is no way out");
    }
}

#[test]
fn a_certificate_of_another_node_is_told_by_its_name() {
    let (stage, mut cluster) = (Stage::new(), one_master("kubeadm"));
    let both = ["m1", "m2"].map(str::to_owned);
    cluster.api_server_sans = both.to_vec();
    cluster.etcd.server_sans = both.to_vec();
    stage.set_up(&cluster);
    "m2".clone_into(&mut cluster.nodes[0].name);
    let said = words(
        &stage
            .plan(stage.request(&cluster))
            .expect_err("it is another node's"),
    );
    assert!(
        said.contains(&format!("{PKI}/etcd/server.crt"))
            && said.contains("its CN is \"m1\", not \"m2\""),
        "{said}"
    );
}
