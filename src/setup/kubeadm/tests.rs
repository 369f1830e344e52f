mod round_trip;

use super::*;
use crate::kubernetes::release::Release;
use crate::pki::key::KeyAlgorithm;
use crate::setup::{Etcd, ExternalEtcd, Node, NodeRole};

const INIT: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n";
const CLUSTER: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";

fn cluster(text: &str) -> Result<ClusterSpec, String> {
    read(text, "here")
        .map(|read| read.cluster)
        .map_err(|error| error.to_string())
}

fn notes(text: &str) -> Vec<String> {
    read(text, "here")
        .map(|read| read.notes)
        .unwrap_or_default()
}

#[test]
fn everything_that_a_pki_asks_is_read() {
    let text = "\u{feff}apiVersion: kubeadm.k8s.io/v1beta4\r\nkind: InitConfiguration\r\nlocalAPIEndpoint: {advertiseAddress: 'fd00::a', bindPort: 7443}\r\n\
        nodeRegistration: {name: cp1}\r\n---\r\napiVersion: kubeadm.k8s.io/v1beta4\r\nkind: ClusterConfiguration\r\nclusterName: prod\r\n\
        kubernetesVersion: v1.35.1\r\ncontrolPlaneEndpoint: fd00::1\r\ncertificatesDir: /srv/pki\r\n\
        networking: {serviceSubnet: 'fd00:10:96::/112,10.96.0.0/12', podSubnet: 10.244.0.0/16, dnsDomain: k8s.lan}\r\n\
        apiServer: {certSANs: [a.example.com, 192.0.2.1]}\r\netcd: {local: {serverCertSANs: [s], peerCertSANs: [p]}}\r\n\
        encryptionAlgorithm: ECDSA-P384\r\ncertificateValidityPeriod: 2160h0m0s\r\ncaCertificateValidityPeriod: 43800h\r\n\
        ---\r\nkind: KubeletConfiguration\r\napiVersion: kubelet.config.k8s.io/v1beta1\r\n";
    let expected = ClusterSpec {
        name: "prod".into(),
        kubernetes_version: "1.35.1".parse().unwrap_or(Release::NEWEST),
        nodes: vec![Node {
            name: "cp1".into(),
            addresses: vec!["fd00::a".parse().expect("an address")],
            roles: vec![NodeRole::ControlPlane],
        }],
        control_plane_endpoint: Some("[fd00::1]".into()),
        bind_port: 7443,
        service_subnet: "fd00:10:96::/112,10.96.0.0/12".into(),
        pod_subnet: "10.244.0.0/16".into(),
        dns_domain: "k8s.lan".into(),
        api_server_sans: vec!["a.example.com".into(), "192.0.2.1".into()],
        certificates_directory: Some("/srv/pki".into()),
        etcd: Etcd {
            server_sans: vec!["s".into()],
            peer_sans: vec!["p".into()],
            ..Etcd::default()
        },
        key_algorithm: KeyAlgorithm::EcdsaP384,
        certificate_hours: 2160,
        authority_hours: 43_800,
        ..ClusterSpec::default()
    };
    assert_eq!(cluster(text), Ok(expected.clone()));
    assert_eq!(notes(text), Vec::<String>::new());
    assert_eq!(expected.faults(), []);
}

#[test]
fn what_is_absent_is_kubeadms_default_and_told_where_it_matters() {
    let read = cluster(CLUSTER).unwrap_or_default();
    assert_eq!(
        (read.nodes[0].name.as_str(), read.nodes[0].addresses.len()),
        ("here", 0)
    );
    let faults = read.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].why.contains("here has no address"), "{faults:?}");
    for (text, expected) in [
        (format!("{CLUSTER}kubernetesVersion: stable-1.35\n"), "1.35"),
        (format!("{CLUSTER}kubernetesVersion: latest\n"), "1.36.2"),
        (CLUSTER.replace("v1beta4", "v1beta3"), "1.36.2"),
    ] {
        assert_eq!(
            cluster(&text)
                .map(|read| read.kubernetes_version.to_string())
                .as_deref(),
            Ok(expected),
            "{text}"
        );
    }
    let gate = format!(
        "{}featureGates: {{PublicKeysECDSA: true}}\n",
        CLUSTER.replace("v1beta4", "v1beta3")
    );
    assert_eq!(
        cluster(&gate).map(|read| read.key_algorithm),
        Ok(KeyAlgorithm::EcdsaP256)
    );
    let any = format!("{INIT}localAPIEndpoint: {{advertiseAddress: 0.0.0.0}}\n");
    assert_eq!(
        cluster(&any).map(|read| read.nodes[0].addresses.len()),
        Ok(0)
    );
}

#[test]
fn what_means_nothing_here_is_noted() {
    for (text, expected) in [
        (
            format!("{CLUSTER}kubernetesVersion: stable\n"),
            "kubernetesVersion: stable is looked up",
        ),
        (
            format!("{INIT}bootstrapTokens: [{{token: abcdef.0123456789abcdef}}]\n"),
            "bootstrapTokens: passed over",
        ),
        (
            format!("{CLUSTER}newThing: 1\n"),
            "newThing: no field of kubeadm",
        ),
        (
            format!("{CLUSTER}apiServer: {{extraArgs: [{{name: tls-cert-file, value: /x}}]}}\n"),
            "apiServer.extraArgs: --tls-cert-file",
        ),
        (
            format!("{CLUSTER}apiServer: {{extraArgs: {{client-ca-file: /x}}}}\n"),
            "apiServer.extraArgs: --client-ca-file",
        ),
        (
            format!("{CLUSTER}---\nkind: JoinConfiguration\n"),
            "JoinConfiguration: passed over",
        ),
    ] {
        let notes = notes(&text);
        assert!(
            notes.iter().any(|note| note.starts_with(expected)),
            "{text}: {notes:?}"
        );
        assert!(
            !notes.iter().any(|note| note.contains("0123456789abcdef")),
            "{notes:?}"
        );
    }
}

/// None of these texts is taken, and each is told why.
fn refused<const N: usize>(cases: [(String, &str); N]) {
    for (text, expected) in cases {
        let shown: String = text.chars().take(200).collect();
        match cluster(&text) {
            Err(error) => assert!(error.starts_with(expected), "{shown}: {error}"),
            Ok(_) => panic!("taken: {shown}"),
        }
    }
}

#[test]
fn what_is_no_configuration_of_kubeadm_is_refused() {
    refused([
        (String::new(), "this is no configuration of kubeadm"),
        ("garbage".to_owned(), "this is no configuration of kubeadm"),
        (
            "kind: JoinConfiguration\napiVersion: kubeadm.k8s.io/v1beta4\n".to_owned(),
            "a JoinConfiguration says nothing",
        ),
        (
            CLUSTER.replace("v1beta4", "v1beta2"),
            "ClusterConfiguration.apiVersion: v1beta2 is too old: `kubeadm config migrate",
        ),
        (
            CLUSTER.replace("v1beta4", "v2"),
            "ClusterConfiguration.apiVersion: \"v2\" is not known here",
        ),
        (
            CLUSTER.replace("kubeadm.k8s.io/", ""),
            "ClusterConfiguration.apiVersion: \"v1beta4\" is not kubeadm's",
        ),
        (
            format!("{CLUSTER}---\n{CLUSTER}"),
            "ClusterConfiguration stands there twice",
        ),
        ("x".repeat(10 << 20), "the text is longer than 4 MiB"),
        ("\0\u{1}\n".to_owned(), "invalid YAML"),
    ]);
}

#[test]
fn what_cannot_be_taken_says_where_and_why() {
    let in_cluster = |text: &str| format!("{CLUSTER}{text}\n");
    refused([
        (in_cluster("clusterName: a\nclusterName: b"), "invalid YAML"),
        (
            in_cluster("kubernetesVersion: 1.30"),
            "kubernetesVersion: a text belongs there: write it in quotes",
        ),
        (
            in_cluster("kubernetesVersion: newest"),
            "kubernetesVersion: \"newest\" is no release",
        ),
        (
            in_cluster("apiServer: {certSans: [a]}"),
            "apiServer.certSans: there is no such field: certSANs is meant?",
        ),
        (
            in_cluster("networking: {serviceSubnets: x}"),
            "networking.serviceSubnets: there is no such field: serviceSubnet is",
        ),
        (
            in_cluster("apiServer: {certSANs: a}"),
            "apiServer.certSANs: a list of texts belongs there",
        ),
        (
            in_cluster("networking: 10.96.0.0/12"),
            "networking: fields belong there",
        ),
        (
            in_cluster("encryptionAlgorithm: Ed25519"),
            "encryptionAlgorithm: kubeadm and etcd read no Ed25519 keys",
        ),
        (
            in_cluster("certificateValidityPeriod: 1 year"),
            "certificateValidityPeriod: \"1 year\" is no lifetime",
        ),
        (
            in_cluster("etcd: {local: {}, external: {}}"),
            "etcd.external: etcd is local or external, not both",
        ),
        (
            format!("{INIT}localAPIEndpoint: {{advertiseAddress: master}}\n"),
            "localAPIEndpoint.advertiseAddress: \"master\" is no IP",
        ),
        (
            format!("{INIT}localAPIEndpoint: {{bindPort: 66000}}\n"),
            "localAPIEndpoint.bindPort: the port is a number",
        ),
    ]);
}

#[test]
fn anchors_and_merges_are_followed() {
    let text = format!(
        "{CLUSTER}networking: &n {{serviceSubnet: 10.9.0.0/16}}\n---\n{INIT}nodeRegistration: &r {{name: a}}\nlocalAPIEndpoint:\n  <<: {{bindPort: 7000}}\n"
    );
    assert_eq!(
        cluster(&text).map(|read| (read.bind_port, read.service_subnet)),
        Ok((7000, "10.9.0.0/16".to_owned()))
    );
}

#[test]
fn own_members_are_an_external_etcd_for_kubeadm() {
    let node = |line: &str| crate::setup::check::node(line).expect("a node");
    let cluster = ClusterSpec {
        nodes: vec![
            node("m 10.0.0.1"),
            node("e1 fd00::2 etcd"),
            node("e2 10.0.0.3 etcd"),
            node("e3 10.0.0.4 etcd"),
        ],
        ..ClusterSpec::default()
    };
    let external = read(&write(&cluster), "")
        .map(|read| read.cluster.etcd.external)
        .unwrap_or_default();
    let expected = ExternalEtcd {
        endpoints: vec![
            "https://[fd00::2]:2379".into(),
            "https://10.0.0.3:2379".into(),
            "https://10.0.0.4:2379".into(),
        ],
        ca_file: "/etc/kubernetes/pki/etcd/ca.crt".into(),
        cert_file: "/etc/kubernetes/pki/apiserver-etcd-client.crt".into(),
        key_file: "/etc/kubernetes/pki/apiserver-etcd-client.key".into(),
    };
    assert_eq!(external, Some(expected));
    let old = ClusterSpec {
        kubernetes_version: "1.30.1".parse().expect("a release"),
        key_algorithm: KeyAlgorithm::EcdsaP256,
        ..ClusterSpec::default()
    };
    let text = write(&old);
    assert!(
        text.contains("v1beta3") && !text.contains("encryptionAlgorithm"),
        "{text}"
    );
    assert_eq!(
        read(&text, "").map(|read| read.cluster.key_algorithm),
        Ok(KeyAlgorithm::EcdsaP256)
    );
}
