use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::release::Release;
use crate::pki::key::KeyAlgorithm;
use crate::setup::check::{node, nodes};
use crate::setup::{AuthorityKeys, ClusterSpec, Etcd, ExternalEtcd};

fn good(text: &str) -> ClusterSpec {
    let endpoint = (text.lines().count() > 1).then(|| "api.example.com".to_owned());
    ClusterSpec {
        nodes: nodes(text).expect("nodes"),
        control_plane_endpoint: endpoint,
        ..ClusterSpec::default()
    }
}

/// The first fault, as it is told.
fn fault(change: impl FnOnce(&mut ClusterSpec)) -> String {
    let mut cluster = good("m1 10.0.0.1\nm2 10.0.0.2\nm3 10.0.0.3\nw 10.0.0.9 worker\n");
    change(&mut cluster);
    cluster
        .faults()
        .first()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn told(found: &str, expected: &str) {
    assert!(found.starts_with(expected), "{expected}: {found}");
}

#[test]
fn answers_that_do_not_fit_together() {
    assert_eq!(fault(|_| {}), "");
    for (found, expected) in [
        (
            fault(|cluster| cluster.control_plane_endpoint = None),
            "controlPlaneEndpoint: kubeadm join takes a second control plane node only where there is one",
        ),
        (
            fault(|cluster| {
                (cluster.control_plane_endpoint, cluster.layout) = (None, "split".to_owned());
            }),
            "",
        ),
        (
            fault(|cluster| cluster.nodes.clear()),
            "nodes: no machine is a control plane node",
        ),
        (
            fault(|cluster| cluster.nodes[1].name = "m1".into()),
            "nodes: m1 stands there twice",
        ),
        (
            fault(|cluster| cluster.nodes[1].addresses.clear()),
            "nodes: m2 has no address",
        ),
        (
            fault(|cluster| cluster.nodes[0].roles.clear()),
            "nodes: m1 has no role",
        ),
        (
            fault(|cluster| drop(cluster.nodes.remove(0))),
            "nodes: etcd would have 2 members: they bear the loss of 0, no more than 1 would; take 1 or 3",
        ),
        (
            fault(|cluster| cluster.service_subnet = "10.0.0.0/24".into()),
            "serviceSubnet: 10.0.0.1 (m1) lies in 10.0.0.0/24",
        ),
        (
            fault(|cluster| cluster.pod_subnet = "10.100.0.0/16".into()),
            "podSubnet: 10.100.0.0/16 (pods) and 10.96.0.0/12 (services) overlap",
        ),
        (
            fault(|cluster| cluster.pod_subnet = "10.0.0.0/16".into()),
            "podSubnet: 10.0.0.1 (m1) lies in 10.0.0.0/16",
        ),
        (
            fault(|cluster| cluster.control_plane_endpoint = Some("10.96.0.5".into())),
            "serviceSubnet: 10.96.0.5 (the control plane endpoint)",
        ),
        (
            fault(|cluster| cluster.service_subnet = "fd00::/112,10.96.0.0/12".into()),
            "serviceSubnet: fd00::/112 comes first and m1",
        ),
    ] {
        told(&found, expected);
    }
}

#[test]
fn keys_and_authorities_that_do_not_fit_together() {
    for (found, expected) in [
        (
            fault(|cluster| cluster.bind_port = 0),
            "bindPort: the port is",
        ),
        (
            fault(|cluster| cluster.certificate_hours = 99_999),
            "certificateHours: a certificate would outlive its CA",
        ),
        (
            fault(|cluster| cluster.certificate_hours = 0),
            "certificateHours: a certificate lives for an hour at least",
        ),
        (
            fault(|cluster| cluster.key_algorithm = KeyAlgorithm::Ed25519),
            "keyAlgorithm: kubeadm and etcd read no",
        ),
        (
            fault(|cluster| cluster.etcd.external = Some(ExternalEtcd::default())),
            "etcd.external.endpoints: an etcd that somebody else keeps has",
        ),
        (
            fault(|cluster| (cluster.one_authority, cluster.etcd.peer_authority) = (true, true)),
            "etcd.peerAuthority: one CA signs",
        ),
        (
            fault(|cluster| cluster.api_server_sans = vec!["a_b".into()]),
            "apiServerSans: \"a_b\" is neither",
        ),
        (
            fault(|cluster| {
                cluster.kubernetes_version = Release {
                    major: 1,
                    minor: 18,
                    patch: 0,
                }
            }),
            "kubernetesVersion: 1.18.0 is not",
        ),
    ] {
        told(&found, expected);
    }
}

#[test]
fn answers_that_do_not_fit_the_layout() {
    for (found, expected) in [
        (
            fault(|cluster| {
                (cluster.layout, cluster.external_authority) = ("single-ca".into(), true);
            }),
            "externalAuthority: in single-ca",
        ),
        (
            fault(|cluster| {
                (cluster.layout, cluster.authority_keys) =
                    ("single-ca".into(), AuthorityKeys::Here);
            }),
            "authorityKeys: in single-ca",
        ),
        (
            fault(|cluster| cluster.subject = vec![("O".into(), "x".into())]),
            "subject: only single-ca",
        ),
        (
            fault(|cluster| {
                (cluster.layout, cluster.certificates_directory) =
                    ("split".into(), Some("/x".into()));
            }),
            "certificatesDirectory: only kubeadm",
        ),
    ] {
        told(&found, expected);
    }
}

#[test]
fn faults_stand_in_the_order_in_which_the_answers_are_asked() {
    let mut cluster = good("m1 10.0.0.1\nm2 10.0.0.2\nm3 10.0.0.3\nm4 10.0.0.4\n");
    cluster.authority_hours = 0;
    cluster.key_algorithm = KeyAlgorithm::Ed25519;
    cluster.etcd.server_sans = vec!["a_b".into()];
    cluster.control_plane_endpoint = None;
    cluster.name = String::new();
    let fields: Vec<String> = cluster
        .faults()
        .iter()
        .map(|fault| fault.field.to_string())
        .collect();
    let expected = [
        "name",
        "nodes",
        "controlPlaneEndpoint",
        "etcd.serverSans",
        "keyAlgorithm",
        "authorityHours",
    ];
    assert_eq!(fields, expected);
}

#[test]
fn numbers_of_members() {
    for (count, faults) in [
        (1, 0),
        (2, 1),
        (3, 0),
        (4, 1),
        (5, 0),
        (6, 1),
        (7, 0),
        (8, 1),
        (9, 1),
    ] {
        let lines: Vec<String> = (1..=count)
            .map(|number| format!("m{number} 10.0.0.{number}"))
            .collect();
        let cluster = good(&lines.join("\n"));
        assert_eq!(
            cluster.faults().len(),
            faults,
            "{count} {:?}",
            cluster.faults()
        );
        assert_eq!(
            cluster.faults_while_growing().len(),
            usize::from(count > 7),
            "{count}"
        );
    }
    assert_eq!(
        good("m1 10.0.0.1\nm2 10.0.0.2\ne1 10.0.0.3 etcd\n").faults(),
        []
    );
}

#[test]
fn an_etcd_of_somebody_else() {
    let with = |endpoint: &str, files: [&str; 3]| {
        let mut cluster = good("m 10.0.0.1\nm2 10.0.0.2\n");
        let [ca_file, cert_file, key_file] = files.map(str::to_owned);
        cluster.etcd.external = Some(ExternalEtcd {
            endpoints: vec![endpoint.to_owned()],
            ca_file,
            cert_file,
            key_file,
        });
        cluster
            .faults()
            .into_iter()
            .map(|fault| fault.why)
            .collect::<Vec<_>>()
            .join("; ")
    };
    for (found, expected) in [
        (with("https://10.0.0.9:2379", ["/ca", "/c", "/k"]), ""),
        (with("http://10.0.0.9:2379", ["", "", ""]), ""),
        (with("https://10.0.0.9:2379", ["/ca", "", ""]), ""),
        (
            with("http://10.0.0.9:2379", ["/ca", "/c", "/k"]),
            "plain HTTP",
        ),
        (
            with("https://10.0.0.9:2379", ["/ca", "/c", ""]),
            "belong together",
        ),
        (
            with("https://10.0.0.9:2379", ["", "/c", "/k"]),
            "without the CA",
        ),
        (
            with("https://10.0.0.9:2379", ["ca", "/c", "/k"]),
            "no absolute path",
        ),
        (with("10.0.0.9", ["/ca", "/c", "/k"]), "no URL"),
    ] {
        assert!(
            found.contains(expected) && found.is_empty() == expected.is_empty(),
            "{expected}: {found}"
        );
    }
}

#[test]
fn what_can_surprise_is_said() {
    let warned = |change: &dyn Fn(&mut ClusterSpec)| {
        let mut cluster = good("m1 10.0.0.1\n");
        change(&mut cluster);
        assert_eq!(cluster.faults_while_growing(), []);
        cluster.warnings().join("\n")
    };
    assert_eq!(warned(&|_| {}), "");
    for (found, expected) in [
        (
            warned(&|cluster| {
                cluster.api_server_sans = (0..200).map(|n| format!("n{n}.example.com")).collect();
            }),
            "200 names",
        ),
        (
            warned(&|cluster| cluster.api_server_sans = vec!["a".into(), "DNS:a".into()]),
            "DNS:a stands twice",
        ),
        (
            warned(&|cluster| cluster.certificate_hours = 20_000),
            "longer than kubeadm's 365d",
        ),
        (
            warned(&|cluster| cluster.authority_hours = 90_000),
            "longer than kubeadm's 3650d",
        ),
        (
            warned(&|cluster| cluster.nodes.push(node("m2 10.0.0.2").expect("a node"))),
            "no control plane endpoint",
        ),
        (
            warned(&|cluster| {
                cluster.nodes[0].addresses = vec![core::net::Ipv4Addr::LOCALHOST.into()];
            }),
            "loopback",
        ),
        (
            warned(&|cluster| cluster.nodes[0].name = "n".repeat(60)),
            "longer than a CN",
        ),
        (
            warned(&|cluster| {
                cluster.kubernetes_version = Release {
                    major: 1,
                    minor: 99,
                    patch: 0,
                }
            }),
            "newer than what is known",
        ),
    ] {
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn answers_are_kept_as_yaml() {
    let mut cluster = good("m1 10.0.0.1,fd00::1 master,etcd\nw 10.0.0.2 worker\n");
    for (name, kept) in [
        ("usual", cluster.clone()),
        ("yes", {
            cluster.control_plane_endpoint = Some("[fd00::9]:6443".into());
            cluster.certificates_directory = Some("/srv/my pki".into());
            cluster.etcd = Etcd {
                server_sans: vec!["1e3".into()],
                peer_authority: true,
                ..Etcd::default()
            };
            cluster.service_account_key_algorithm = Some(KeyAlgorithm::EcdsaP384);
            cluster.kubernetes_version = Release {
                major: 1,
                minor: 30,
                patch: u16::MAX,
            };
            cluster.authority_keys = AuthorityKeys::Apart;
            cluster.bootstrap = BootstrapIdentity::Bootstrapper;
            cluster.subject = vec![("O".into(), "null".into())];
            cluster.api_server_sans = vec!["on".into(), "12:30".into()];
            cluster.clone()
        }),
    ] {
        let kept = ClusterSpec {
            name: name.into(),
            ..kept
        };
        let text = serde_yaml::to_string(&kept).expect("YAML");
        assert_eq!(
            serde_yaml::from_str::<ClusterSpec>(&text).map_err(|error| error.to_string()),
            Ok(kept),
            "{text}"
        );
    }
    assert!(serde_yaml::from_str::<ClusterSpec>("nmae: x\n").is_err());
    assert_eq!(
        serde_yaml::from_str::<ClusterSpec>("name: x\n")
            .map(|read| read.bind_port)
            .ok(),
        Some(6443)
    );
}

#[test]
fn an_etcd_over_https_without_a_client_certificate_is_a_surprise() {
    let warned = |endpoint: &str, ca: &str, client: &str| {
        let mut cluster = good("m1 10.0.0.1\n");
        cluster.etcd.external = Some(ExternalEtcd {
            endpoints: vec![endpoint.to_owned()],
            ca_file: ca.to_owned(),
            cert_file: client.to_owned(),
            key_file: client.to_owned(),
        });
        assert_eq!(cluster.faults(), []);
        cluster.warnings().join("\n")
    };
    let https = "https://10.0.0.9:2379";
    assert!(warned(https, "", "").contains("--etcd-cafile, -certfile and -keyfile"));
    assert!(warned(https, "/etc/etcd/ca.crt", "").contains("--etcd-certfile and -keyfile"));
    assert_eq!(
        warned(https, "/etc/etcd/ca.crt", "/etc/etcd/client.pem"),
        ""
    );
    assert_eq!(warned("http://10.0.0.9:2379", "", ""), "");
}
