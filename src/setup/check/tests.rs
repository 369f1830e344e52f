use proptest::prelude::*;

use super::*;
use crate::pki::key::KeyAlgorithm;
use crate::setup::{ClusterSpec, Node, NodeRole};

/// Asserts that each text is refused with a sentence that has these words.
fn refused<T: std::fmt::Debug>(check: impl Fn(&str) -> Result<T, String>, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        match check(text) {
            Err(why) => {
                assert!(why.contains(expected), "{text:?}: {why}");
                assert!(!why.ends_with('.') && !why.contains('\u{1b}'), "{why:?}");
            }
            Ok(taken) => panic!("{text:?} is taken: {taken:?}"),
        }
    }
}

fn taken<T>(check: impl Fn(&str) -> Result<T, String>, texts: &[&str]) {
    for text in texts {
        assert_eq!(check(text).err(), None, "{text:?}");
    }
}

#[test]
fn names() {
    taken(
        name,
        &[
            "kubernetes",
            "prod eu",
            "Кластер",
            "a.b-c_d",
            &"x".repeat(63),
        ],
    );
    refused(
        name,
        &[
            ("", "has a name"),
            (" ", "has a name"),
            ("a/b", "no \"/\" in it"),
            ("a\x1b[31m", "no \"\\\\u{1b}\""),
            ("..", "begins with"),
            ("-rf", "begins with"),
            ("a ", "ends with no space"),
            (&"x".repeat(64), "63 bytes"),
        ],
    );
    taken(node_name, &["master-1", "a", "m1.example.com", "1a"]);
    refused(
        node_name,
        &[
            ("", "it is empty"),
            ("my_node", "an underscore"),
            ("Master", "lower-case letters"),
            ("-a", "begins and ends with"),
            ("a..b", "begins and ends with"),
            ("a b", "are allowed"),
            ("мастер", "are allowed"),
            ("10.0.0.1", "it is an address"),
            ("a.1", "its last part is a number"),
            (&"a".repeat(64), "at most 63"),
            (&["a".repeat(60).as_str(); 5].join("."), "at most 253"),
        ],
    );
    taken(layout, &["kubeadm", "split", "single-ca"]);
    refused(
        layout,
        &[
            ("k3s", "made by k3s itself"),
            ("kubeadmin", "no layout"),
            ("", "no layout"),
        ],
    );
    taken(version, &["1.22", "v1.36.2", "1.40.1", "1.36"]);
    refused(
        version,
        &[
            ("1.21.9", "1.22"),
            ("latest", "no release"),
            ("2.0", "not set up here"),
        ],
    );
}

#[test]
fn endpoints() {
    taken(
        endpoint,
        &[
            "api.example.com",
            "api.example.com:6443",
            "10.0.0.1",
            "10.0.0.1:443",
            "[fd00::1]",
            "[fd00::1]:6443",
        ],
    );
    refused(
        endpoint,
        &[
            ("fd00::1", "stands in brackets"),
            ("fd00::1:6443", "stands in brackets"),
            ("https://api:6443", "no scheme"),
            ("api/path", "no path"),
            ("api:66000", "HOST or HOST:PORT"),
            ("api:0", "1 to 65535"),
            ("api:", "HOST or HOST:PORT"),
            (" api", "HOST or HOST:PORT"),
            ("", "HOST or HOST:PORT"),
            ("[fd00::1", "HOST or HOST:PORT"),
            ("[api]:6443", "in brackets is no IPv6"),
            ("my_api", "an underscore"),
            ("10.0.0.300", "its last part is a number"),
            ("0.0.0.0:6443", "of no machine"),
            ("224.0.0.1", "of no machine"),
            ("[::ffff:10.0.0.1]", "write 10.0.0.1"),
            ("API.example.com", "lower-case"),
        ],
    );
}

#[test]
fn ports() {
    taken(port, &["1", "6443", " 65535 "]);
    refused(
        port,
        &[
            ("0", "1 to 65535"),
            ("65536", "1 to 65535"),
            ("x", "1 to 65535"),
            ("", "1 to 65535"),
        ],
    );
}

#[test]
fn etcd_endpoints() {
    taken(
        etcd_endpoint,
        &[
            "https://10.0.0.1:2379",
            "http://[fd00::1]:2379",
            "https://etcd.example.com",
        ],
    );
    refused(
        etcd_endpoint,
        &[
            ("10.0.0.1:2379", "no URL"),
            ("ftp://x", "no URL"),
            ("https://", "no URL"),
            ("https://a_b:1", "an underscore"),
        ],
    );
}

#[test]
fn subnets() {
    taken(
        service_subnet,
        &[
            "10.96.0.0/12",
            "10.96.0.0/28",
            "fd00:10:96::/112",
            "10.96.0.0/16, fd00::/108",
        ],
    );
    refused(
        service_subnet,
        &[
            ("", "have a subnet"),
            ("10.96.0.0", "no subnet"),
            ("10.96.0.1/12", "write 10.96.0.0/12"),
            ("10.0.0.0/8", "/12 is the largest"),
            ("fd00::/64", "/108 is the largest"),
            ("10.96.0.0/29", "too small"),
            ("10.96.0.0/33", "no subnet"),
            ("10.96.0.0/12,10.0.0.0/16", "one of IPv4 and one of IPv6"),
            ("10.96.0.0/12,fd00::/112,fd01::/112", "at most two"),
            ("10.96.0.0/12,", "no subnet"),
        ],
    );
    taken(pod_subnet, &["", "10.244.0.0/16", "10.0.0.0/8,fd00::/48"]);
    taken(dns_domain, &["", "cluster.local", "k8s"]);
    refused(
        dns_domain,
        &[
            ("Cluster.local", "lower-case"),
            ("a_b", "underscore"),
            (".local", "begins and ends"),
        ],
    );
}

#[test]
fn server_names() {
    taken(
        san,
        &[
            "10.0.0.1",
            "::1",
            "a.example.com",
            "*.example.com",
            "DNS:a",
            "IP:10.0.0.1",
        ],
    );
    refused(
        san,
        &[
            ("a_b.example.com", "an underscore"),
            ("A.example.com", "lower-case"),
            ("ann@example.com", "no name of a server"),
            ("https://a", "no name of a server"),
            ("10.0.0", "last part is a number"),
            ("*", "neither"),
            ("a.*.b", "neither"),
            ("", "neither"),
            ("0.0.0.0", "of no machine"),
        ],
    );
}

#[test]
fn algorithms_that_kubeadm_and_etcd_read() {
    assert_eq!(key_algorithm("ecdsa-p256"), Ok(KeyAlgorithm::EcdsaP256));
    refused(
        key_algorithm,
        &[
            ("Ed25519", "read no Ed25519"),
            ("ECDSA-P521", "makes no ECDSA-P521"),
            ("RSA-1024", "no key algorithm"),
        ],
    );
}

#[test]
fn paths_of_files() {
    taken(file, &["/etc/kubernetes/pki", "/a b/c"]);
    refused(
        file,
        &[
            ("etc", "no absolute path"),
            ("/a/../b", "no absolute"),
            ("/a/", "no absolute"),
            ("", "no absolute"),
            ("/", "no"),
        ],
    );
}

#[test]
fn parts_of_a_subject() {
    assert_eq!(subject("o = Example"), Ok(("O".into(), "Example".into())));
    assert_eq!(
        subject("OU=system:masters"),
        Ok(("OU".into(), "system:masters".into()))
    );
    assert!(subject("O=system:masters").is_err_and(|why| why.contains("a group of Kubernetes")));
    refused(
        subject,
        &[
            ("CN=x", "none of C"),
            ("C=Germany", "two letters"),
            ("O", "no part"),
            ("O=", "no part"),
            ("L=\x1b", "visible"),
        ],
    );
}

#[test]
fn lengths_of_lives() {
    for (text, expected) in [
        ("365d", 8760),
        ("8760h", 8760),
        ("1y", 8760),
        ("8760h0m0s", 8760),
        ("52w", 8736),
        ("1h", 1),
        ("60m", 1),
        (" 10y ", 87_600),
    ] {
        assert_eq!(hours(text), Ok(expected), "{text}");
    }
    refused(
        hours,
        &[
            ("", "no lifetime"),
            ("365", "no lifetime"),
            ("d", "no lifetime"),
            ("-1h", "no lifetime"),
            ("1.5h", "no lifetime"),
            ("30m", "an hour at least"),
            ("0h", "an hour at least"),
            ("90m", "whole hours"),
            ("101y", "100 years"),
            ("99999999999999999999h", "no lifetime"),
            ("9999999999999999999y", "100 years"),
        ],
    );
    assert_eq!(lifetimes(8760, 8760), Ok(()));
    assert_eq!(
        lifetimes(8761, 8760),
        Err("a certificate would outlive its CA: 8761h against 365d".into())
    );
}

#[test]
fn lines_of_machines() {
    let read = node("master-1\t10.0.0.10,fd00::10  worker,master");
    let expected = Node {
        name: "master-1".into(),
        addresses: vec![
            "10.0.0.10".parse().expect("an address"),
            "fd00::10".parse().expect("an address"),
        ],
        roles: vec![NodeRole::ControlPlane, NodeRole::Worker],
    };
    assert_eq!(read, Ok(expected.clone()));
    assert_eq!(
        node_line(&expected),
        "master-1 10.0.0.10,fd00::10 master,worker"
    );
    assert_eq!(
        node("m 10.0.0.1").map(|node| node.roles),
        Ok(vec![NodeRole::ControlPlane])
    );
    assert_eq!(
        node("m 10.0.0.1 Control-Plane etcd node").map(|node| node.roles.len()),
        Ok(3)
    );
    refused(
        node,
        &[
            ("", "NAME ADDRESS"),
            ("m", "NAME ADDRESS"),
            ("m_1 10.0.0.1", "underscore"),
            ("10.0.0.1 m", "it is an address"),
            ("m 10.0.0.1/24", "is a subnet"),
            ("m fe80::1%eth0", "has a zone"),
            ("m 10.0.0.1,", "no IP address"),
            ("m 10.0.0.1,10.0.0.1", "twice"),
            ("m 0.0.0.0", "of no machine"),
            ("m 10.0.0.1 boss", "no role"),
        ],
    );
    let text = "\u{feff}# machines\r\n\r\nm1 10.0.0.1 master # the first\r\n\tm2 10.0.0.2\r\n";
    assert_eq!(nodes(text).map(|nodes| nodes.len()), Ok(2));
    assert_eq!(
        nodes("a 10.0.0.1\n\nb_ 10.0.0.2\n").map_err(|(line, _)| line),
        Err(3)
    );
    assert_eq!(
        nodes("a 10.0.0.1\na 10.0.0.2\n"),
        Err((2, "a stands there twice".into()))
    );
    assert_eq!(
        nodes("a 10.0.0.1\nb 10.0.0.1\n"),
        Err((2, "a and b have both 10.0.0.1".into()))
    );
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,60}") {
        for check in [endpoint, dns_domain, name, layout, file, etcd_endpoint] {
            let _ = check(&text);
        }
        let _ = (nodes(&text), service_subnet(&text), pod_subnet(&text), san(&text), hours(&text), subject(&text), version(&text));
        let cluster = ClusterSpec { name: text.clone(), service_subnet: text.clone(), layout: text.clone(), control_plane_endpoint: Some(text), ..ClusterSpec::default() };
        prop_assert!(!cluster.faults().is_empty());
        let _ = (cluster.warnings(), super::super::guide::guide(&cluster, None).to_markdown());
    }

    #[test]
    fn lines_are_read_as_they_are_written(name in "[a-z]{1,9}(-[a-z]{1,3})?", addresses in proptest::collection::hash_set(any::<u16>(), 1..4), roles in 1..8_u8) {
        let mut all: Vec<_> = [NodeRole::ControlPlane, NodeRole::Etcd, NodeRole::Worker].into_iter().enumerate().collect();
        all.retain(|(bit, _)| roles & (1 << bit) != 0);
        let addresses = addresses.into_iter().map(|low| core::net::Ipv4Addr::from(0x0a00_0000 + u32::from(low)).into()).collect();
        let written = Node { name, addresses, roles: all.into_iter().map(|(_, role)| role).collect() };
        prop_assert_eq!(node(&node_line(&written)), Ok(written));
    }
}
