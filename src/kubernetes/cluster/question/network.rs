//! Where the API server is reached, and the addresses that the cluster uses inside.

use core::net::IpAddr;

use super::kubeadm::{Document, KubeadmField, Read, Written, sans};
use super::{Asked, Flag, Flags, Heading, Kind, Line, Page, Question, Takes, Text, Texts, USUAL};
use crate::kubernetes::cluster::{ClusterField, ClusterSpec, check};

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        field: ClusterField::ControlPlaneEndpoint,
        name: "controlPlaneEndpoint",
        asked: Asked::On {
            page: Page::Network,
            label: "endpoint",
            help: "what all clients call, HOST or HOST:PORT: a name or a balancer in front of the masters; IPv6 in brackets",
        },
        kind: Kind::Line(Line {
            text: Text { get: |cluster| cluster.control_plane_endpoint.clone().unwrap_or_default(), set: set_endpoint },
            empty: Some(
                |cluster| {
                    if cluster.needs_endpoint() { "kubeadm wants one" } else { "each master's own address" }
                },
            ),
        }),
        check: check::endpoint,
        flags: Flags::Own(Flag {
            name: "endpoint",
            value: "ENDPOINT",
            heading: Heading::Network,
            help: "What clients call: HOST or HOST:PORT, IPv6 in brackets [default: each node's own address]",
            takes: Takes::Text,
        }),
        kubeadm: &[KubeadmField {
            read: Read::Text(|cluster, text| set_endpoint(cluster, &bracketed(text))),
            ..KubeadmField::answer("controlPlaneEndpoint")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::BindPort,
        name: "bindPort",
        asked: Asked::On { page: Page::Network, label: "port", help: "on which each API server listens" },
        kind: Kind::Line(Line {
            text: Text {
                get: |cluster| cluster.bind_port.to_string(),
                set: |cluster, text| {
                    cluster.bind_port = text.trim().parse().map_err(|_| check::NO_PORT.to_owned())?;
                    Ok(())
                },
            },
            empty: None,
        }),
        check: |text| check::port(text).map(drop),
        flags: Flags::Own(Flag {
            name: "bind-port",
            value: "PORT",
            heading: Heading::Network,
            help: "The API server's port [default: 6443]",
            takes: Takes::Port,
        }),
        kubeadm: &[KubeadmField {
            document: Document::Init,
            read: Read::Port(|cluster, port| cluster.bind_port = port),
            write: |_, cluster| Some(Written::Bare(cluster.bind_port.to_string())),
            ..KubeadmField::answer("localAPIEndpoint.bindPort")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::ServiceSubnet,
        name: "serviceSubnet",
        asked: Asked::On {
            page: Page::Network,
            label: "services",
            help: "a CIDR, or two between a comma; its first address is the API server's inside the cluster",
        },
        kind: Kind::Line(Line {
            text: Text {
                get: |cluster| cluster.service_subnet.clone(),
                set: |cluster, text| {
                    text.clone_into(&mut cluster.service_subnet);
                    Ok(())
                },
            },
            empty: None,
        }),
        check: |text| check::service_subnet(text).map(drop),
        flags: Flags::Own(Flag {
            name: "service-subnet",
            value: "CIDR",
            heading: Heading::Network,
            help: "Of services: one CIDR, or one of each family between commas [default: 10.96.0.0/12]",
            takes: Takes::Text,
        }),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(subnets(&cluster.service_subnet)),
            ..KubeadmField::answer("networking.serviceSubnet")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::PodSubnet,
        name: "podSubnet",
        asked: Asked::On {
            page: Page::Network,
            label: "pods",
            help: "nothing is issued for it: given, it is checked against the others, and stands in the page of what comes next",
        },
        kind: Kind::Line(Line {
            text: Text {
                get: |cluster| cluster.pod_subnet.clone(),
                set: |cluster, text| {
                    text.clone_into(&mut cluster.pod_subnet);
                    Ok(())
                },
            },
            empty: Some(|_| "not said"),
        }),
        check: |text| check::pod_subnet(text).map(drop),
        flags: Flags::Own(Flag {
            name: "pod-subnet",
            value: "CIDR",
            heading: Heading::Network,
            help: "Of pods, the same: nothing is issued for it, and it must not overlap",
            takes: Takes::Text,
        }),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(subnets(&cluster.pod_subnet)).filter(|_| !cluster.pod_subnet.is_empty()),
            ..KubeadmField::answer("networking.podSubnet")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::DnsDomain,
        name: "dnsDomain",
        asked: Asked::On {
            page: Page::Network,
            label: "DNS domain",
            help: "the API server is also kubernetes.default.svc.DOMAIN",
        },
        kind: Kind::Line(Line {
            text: Text {
                get: |cluster| cluster.dns_domain.clone(),
                set: |cluster, text| {
                    text.clone_into(&mut cluster.dns_domain);
                    Ok(())
                },
            },
            empty: None,
        }),
        check: check::dns_domain,
        flags: Flags::Own(Flag {
            name: "dns-domain",
            value: "DOMAIN",
            heading: Heading::Network,
            help: "The cluster's domain [default: cluster.local]",
            takes: Takes::Text,
        }),
        kubeadm: &[KubeadmField::answer("networking.dnsDomain")],
        ..USUAL
    },
    Question {
        field: ClusterField::ApiServerSans,
        name: "apiServerSans",
        asked: Asked::On {
            page: Page::Network,
            label: "more names",
            help: "of the API server: DNS names and addresses under which people reach it, as that of a VIP; adding one \
                   later means a new certificate",
        },
        kind: Kind::Names(Texts {
            one: "name",
            get: |cluster| cluster.api_server_sans.clone(),
            set: |cluster, names| cluster.api_server_sans = names.to_vec(),
            are_alike: check::are_one_san,
        }),
        check: |text| check::san(text).map(drop),
        flags: Flags::Own(Flag {
            name: "san",
            value: "NAME",
            heading: Heading::Network,
            help: "One more name or address of the API server (may be repeated)",
            takes: Takes::Names,
        }),
        kubeadm: &[KubeadmField {
            write: |_, cluster| sans(&cluster.api_server_sans),
            ..KubeadmField::answer("apiServer.certSANs")
        }],
        ..USUAL
    },
];

#[expect(clippy::unnecessary_wraps, reason = "the texts of other answers may be refused")]
fn set_endpoint(cluster: &mut ClusterSpec, text: &str) -> Result<(), String> {
    cluster.control_plane_endpoint = Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(())
}

/// kubeadm takes an IPv6 address without brackets where no port follows (util/endpoint.go, ParseHostPort).
fn bracketed(endpoint: &str) -> String {
    let is_bare = endpoint.parse().is_ok_and(|address: IpAddr| address.is_ipv6());
    if is_bare { format!("[{endpoint}]") } else { endpoint.to_owned() }
}

/// kubeadm takes no spaces between subnets.
fn subnets(subnets: &str) -> Written {
    Written::Text(subnets.replace(' ', ""))
}
