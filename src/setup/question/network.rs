//! Where the API server is reached, and the addresses that the cluster uses inside.

use core::net::IpAddr;

use super::flag::{Heading, Takes, flag};
use super::kind::{line, line_or, names, read};
use super::kubeadm::{Document, KubeadmField, KubeadmValue, Read, sans};
use super::{Page, Question, USUAL, on};
use crate::setup::{ClusterField, ClusterSpec, check};

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        field: ClusterField::ControlPlaneEndpoint,
        name: "controlPlaneEndpoint",
        asked: on(
            Page::Network,
            "endpoint",
            "what all clients call, HOST or HOST:PORT: a name or a balancer in front of the masters; IPv6 in brackets",
        ),
        kind: line_or(
            |cluster| {
                if cluster.needs_endpoint() {
                    "kubeadm wants one"
                } else {
                    "each master's own address"
                }
            },
            |cluster| cluster.control_plane_endpoint.clone().unwrap_or_default(),
            set_endpoint,
        ),
        check: check::endpoint,
        flags: flag(
            Heading::Network,
            "endpoint",
            Takes::Answer("ENDPOINT"),
            "What clients call: HOST or HOST:PORT, IPv6 in brackets [default: each node's own address]",
        ),
        kubeadm: &[KubeadmField {
            read: Read::Text(|cluster, text| set_endpoint(cluster, &bracketed(text))),
            ..KubeadmField::answer("controlPlaneEndpoint")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::BindPort,
        name: "bindPort",
        asked: on(Page::Network, "port", "on which each API server listens"),
        kind: line(
            |cluster| cluster.bind_port.to_string(),
            |cluster, text| {
                read(
                    &mut cluster.bind_port,
                    text.trim().parse().map_err(|_| check::NO_PORT.to_owned()),
                )
            },
        ),
        check: |text| check::port(text).map(drop),
        flags: flag(
            Heading::Network,
            "bind-port",
            Takes::Port,
            "The API server's port [default: 6443]",
        ),
        kubeadm: &[KubeadmField {
            document: Document::Init,
            read: Read::Port(|cluster, port| cluster.bind_port = port),
            write: |_, cluster| Some(KubeadmValue::Bare(cluster.bind_port.to_string())),
            ..KubeadmField::answer("localAPIEndpoint.bindPort")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::ServiceSubnet,
        name: "serviceSubnet",
        asked: on(
            Page::Network,
            "services",
            "a CIDR, or two between a comma; its first address is the API server's inside the cluster",
        ),
        kind: line(
            |cluster| cluster.service_subnet.clone(),
            |cluster, text| read(&mut cluster.service_subnet, Ok(text.to_owned())),
        ),
        check: |text| check::service_subnet(text).map(drop),
        flags: flag(
            Heading::Network,
            "service-subnet",
            Takes::Text("CIDR"),
            "Of services: one CIDR, or one of each family between commas [default: 10.96.0.0/12]",
        ),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(subnets(&cluster.service_subnet)),
            ..KubeadmField::answer("networking.serviceSubnet")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::PodSubnet,
        name: "podSubnet",
        asked: on(
            Page::Network,
            "pods",
            "nothing is issued for it: given, it is checked against the others, and stands in the page of what comes next",
        ),
        kind: line_or(
            |_| "not said",
            |cluster| cluster.pod_subnet.clone(),
            |cluster, text| read(&mut cluster.pod_subnet, Ok(text.to_owned())),
        ),
        check: |text| check::pod_subnet(text).map(drop),
        flags: flag(
            Heading::Network,
            "pod-subnet",
            Takes::Text("CIDR"),
            "Of pods, the same: nothing is issued for it, and it must not overlap",
        ),
        kubeadm: &[KubeadmField {
            write: |_, cluster| {
                Some(subnets(&cluster.pod_subnet)).filter(|_| !cluster.pod_subnet.is_empty())
            },
            ..KubeadmField::answer("networking.podSubnet")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::DnsDomain,
        name: "dnsDomain",
        asked: on(
            Page::Network,
            "DNS domain",
            "the API server is also kubernetes.default.svc.DOMAIN",
        ),
        kind: line(
            |cluster| cluster.dns_domain.clone(),
            |cluster, text| read(&mut cluster.dns_domain, Ok(text.to_owned())),
        ),
        check: check::dns_domain,
        flags: flag(
            Heading::Network,
            "dns-domain",
            Takes::Text("DOMAIN"),
            "The cluster's domain [default: cluster.local]",
        ),
        kubeadm: &[KubeadmField::answer("networking.dnsDomain")],
        ..USUAL
    },
    Question {
        field: ClusterField::ApiServerSans,
        name: "apiServerSans",
        asked: on(
            Page::Network,
            "more names",
            "of the API server: DNS names and addresses under which people reach it, as that of a VIP; adding one \
             later means a new certificate",
        ),
        kind: names(
            |cluster| cluster.api_server_sans.clone(),
            |cluster, names| cluster.api_server_sans = names.to_vec(),
            check::are_one_san,
        ),
        check: |text| check::san(text).map(drop),
        flags: flag(
            Heading::Network,
            "san",
            Takes::Names("NAME"),
            "One more name or address of the API server (may be repeated)",
        ),
        kubeadm: &[KubeadmField {
            write: |_, cluster| sans(&cluster.api_server_sans),
            ..KubeadmField::answer("apiServer.certSANs")
        }],
        ..USUAL
    },
];

fn set_endpoint(cluster: &mut ClusterSpec, text: &str) -> Result<(), String> {
    read(
        &mut cluster.control_plane_endpoint,
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty())),
    )
}

/// kubeadm takes an IPv6 address without brackets where no port follows (util/endpoint.go,
/// ParseHostPort).
fn bracketed(endpoint: &str) -> String {
    let is_bare = endpoint
        .parse()
        .is_ok_and(|address: IpAddr| address.is_ipv6());
    if is_bare {
        format!("[{endpoint}]")
    } else {
        endpoint.to_owned()
    }
}

/// kubeadm takes no spaces between subnets.
fn subnets(subnets: &str) -> KubeadmValue {
    KubeadmValue::Text(subnets.replace(' ', ""))
}
