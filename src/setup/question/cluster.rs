//! Which cluster, and which machines.

use core::net::IpAddr;

use super::flag::{Flags, Heading, Takes, flag};
use super::kind::{choice, line, lines, read};
use super::kubeadm::{
    CERTIFICATES_DIRECTORY, Document, KubeadmField, KubeadmValue, Read, directory,
};
use super::{Asked, Page, Question, USUAL, on};
use crate::kubernetes::layout::settable;
use crate::kubernetes::release::Release;
use crate::pki::text::printable;
use crate::setup::{ClusterField, ClusterSpec, Node, check};

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        field: ClusterField::Name,
        name: "name",
        asked: on(
            Page::Cluster,
            "name",
            "stands in every kubeconfig; the answers are kept under it, for the node that comes next year",
        ),
        kind: line(
            |cluster| cluster.name.clone(),
            |cluster, text| read(&mut cluster.name, Ok(text.to_owned())),
        ),
        check: check::name,
        flags: flag(
            Heading::Machines,
            "cluster-name",
            Takes::Text("NAME"),
            "The cluster's name, in kubeconfigs and for the answers that are kept; where such are kept, flags change \
             them [default: the only one that was set up here, else kubernetes]",
        ),
        kubeadm: &[KubeadmField::answer("clusterName")],
        ..USUAL
    },
    Question {
        field: ClusterField::Layout,
        name: "layout",
        asked: on(
            Page::Cluster,
            "layout",
            "where the files lie and who signs what; Space chooses",
        ),
        kind: choice(
            |cluster| cluster.layout.clone(),
            |cluster, text| read(&mut cluster.layout, Ok(text.to_owned())),
            || {
                settable()
                    .map(|layout| (layout.name.as_str(), layout.name.clone()))
                    .collect()
            },
        ),
        check: check::layout,
        flags: Flags::Declared(&["layout"]),
        is_lost: |_, cluster| !cluster.is_kubeadm(),
        ..USUAL
    },
    Question {
        field: ClusterField::Subject,
        name: "subject",
        asked: on(
            Page::Cluster,
            "subject",
            "what stands in every subject beside CN and O, one part a line: C=NO, ST=Oslo, L=Oslo, O=Example, OU=IT",
        ),
        kind: lines(
            "part, as C=NO",
            |cluster| {
                cluster
                    .subject
                    .iter()
                    .map(|(attribute, value)| format!("{attribute}={value}"))
                    .collect()
            },
            |cluster, parts| {
                cluster.subject = parts.iter().filter_map(|part| subject(part)).collect();
            },
        ),
        check: |text| check::subject(text).map(drop),
        applies: ClusterSpec::has_subject,
        flags: flag(
            Heading::Authorities,
            "subject",
            Takes::Forms("ATTRIBUTE=VALUE", |text| match text.split_once('=') {
                Some((attribute, value)) if !attribute.is_empty() && !value.is_empty() => Ok(()),
                _ => Err("an attribute and its value, as C=NO".to_owned()),
            }),
            "C, ST, L, O or OU of the subjects, as C=NO, where the layout has such: single-ca (may be repeated)",
        ),
        ..USUAL
    },
    Question {
        field: ClusterField::KubernetesVersion,
        name: "kubernetesVersion",
        asked: on(
            Page::Cluster,
            "version",
            "of Kubernetes: a few groups differ by it, as that of admin.conf since 1.29",
        ),
        kind: line(
            |cluster| cluster.kubernetes_version.to_string(),
            |cluster, text| read(&mut cluster.kubernetes_version, text.parse()),
        ),
        check: |text| check::version(text).map(drop),
        flags: flag(
            Heading::Machines,
            "kubernetes-version",
            Takes::Form("RELEASE", |text| text.parse::<Release>().map(drop)),
            "The release of Kubernetes, as 1.36.2: decides a few groups [default: the newest known]",
        ),
        kubeadm: &[KubeadmField {
            read: Read::Release(|cluster, release| cluster.kubernetes_version = release),
            write: |_, cluster| Some(KubeadmValue::Text(label(cluster.kubernetes_version))),
            ..KubeadmField::answer("kubernetesVersion")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::CertificatesDirectory,
        name: "certificatesDirectory",
        asked: Asked::At(ClusterField::Layout, IN_KUBEADMS_FILE),
        kind: line(
            |cluster| cluster.certificates_directory.clone().unwrap_or_default(),
            |cluster, text| {
                let is_moved = !text.is_empty() && text != CERTIFICATES_DIRECTORY;
                read(
                    &mut cluster.certificates_directory,
                    Ok(is_moved.then(|| text.to_owned())),
                )
            },
        ),
        check: check::certificates_directory,
        applies: |cluster| {
            let setup = cluster
                .known_layout()
                .and_then(|layout| layout.setup.as_ref());
            setup.is_some_and(|setup| setup.certificates_directory.is_some())
        },
        flags: Flags::None(IN_KUBEADMS_FILE),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(KubeadmValue::Text(directory(cluster).to_owned())),
            ..KubeadmField::answer("certificatesDir")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::Nodes,
        name: "nodes",
        asked: on(
            Page::Machines,
            "machines",
            "NAME ADDRESS[,ADDRESS] [ROLE[,ROLE]], a line each or a pasted table; roles: master, etcd, worker; without \
             one it is a master; Enter takes the line, Backspace on one changes it",
        ),
        kind: lines(
            "machine",
            |cluster| cluster.nodes.iter().map(check::node_line).collect(),
            |cluster, lines| {
                cluster.nodes = lines
                    .iter()
                    .filter_map(|line| check::node(line).ok())
                    .collect();
            },
        ),
        check: |line| check::node(line).map(drop),
        flags: Flags::Declared(&["node", "address", "nodes"]),
        kubeadm: &[
            KubeadmField {
                document: Document::Init,
                read: Read::Text(read_address),
                write: |_, cluster| {
                    let address = cluster.masters().next().and_then(Node::address);
                    address.map(|address| KubeadmValue::Text(address.to_string()))
                },
                ..KubeadmField::answer("localAPIEndpoint.advertiseAddress")
            },
            KubeadmField {
                document: Document::Init,
                read: Read::Text(|cluster, name| {
                    cluster
                        .nodes
                        .first_mut()
                        .map_or(Ok(()), |node| read(&mut node.name, Ok(name.to_owned())))
                }),
                write: |_, cluster| {
                    cluster
                        .masters()
                        .next()
                        .map(|node| KubeadmValue::Text(node.name.clone()))
                },
                ..KubeadmField::answer("nodeRegistration.name")
            },
        ],
        is_lost: |_, cluster| cluster.nodes.len() > 1,
        ..USUAL
    },
];

/// Why neither a page nor a flag asks where the files lie.
const IN_KUBEADMS_FILE: &str =
    "the layout says where files lie; who moves them has kubeadm's own file";

/// A part of a subject, as it is right; else as it was written: what is wrong with it is told of
/// all answers together.
fn subject(part: &str) -> Option<(String, String)> {
    let as_written = || {
        part.split_once('=')
            .map(|(attribute, value)| (attribute.to_owned(), value.to_owned()))
    };
    check::subject(part).ok().or_else(as_written)
}

/// A release without its patch is a label for the newest.
fn label(release: Release) -> String {
    if release.patch == u16::MAX {
        format!("stable-{release}")
    } else {
        format!("v{release}")
    }
}

fn read_address(cluster: &mut ClusterSpec, text: &str) -> Result<(), String> {
    let address: IpAddr = text
        .parse()
        .map_err(|_| format!("{:?} is no IP address, as 10.0.0.10", printable(text)))?;
    // kubeadm takes the default route's address for 0.0.0.0, as where none is given.
    if let Some(node) = cluster.nodes.first_mut() {
        node.addresses = Some(address)
            .filter(|address| !address.is_unspecified())
            .into_iter()
            .collect();
    }
    Ok(())
}
