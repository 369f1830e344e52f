//! etcd, and who signs.

use super::flag::{Flags, Heading, Takes, flag};
use super::kind::{Kind, choice, line_or, lines, names, read, toggle};
use super::kubeadm::{KubeadmField, KubeadmValue, external_etcd, sans};
use super::{Asked, Page, Question, USUAL, on};
use crate::kubernetes::component::Component;
use crate::setup::{AuthorityKeys, ClusterField, ClusterSpec, ExternalEtcd, SignedBy, check};

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        field: ClusterField::EtcdExternal,
        name: "etcd.external",
        asked: on(
            Page::Authorities,
            Component::Etcd.as_str(),
            "the database of the API server; on machines of its own where some have the role etcd",
        ),
        kind: choice(
            |cluster| {
                if is_external(cluster) {
                    ELSEWHERE
                } else {
                    HERE
                }
                .to_owned()
            },
            |cluster, text| {
                let external = (text == ELSEWHERE).then(|| external(cluster));
                read(&mut cluster.etcd.external, Ok(external))
            },
            || {
                let options = [
                    (HERE, "on the machines of the table"),
                    (ELSEWHERE, "somebody else keeps it"),
                ];
                options
                    .map(|(word, words)| (word, words.to_owned()))
                    .to_vec()
            },
        ),
        flags: Flags::Of(&[ClusterField::EtcdEndpoints]),
        is_lost: |_, _| false,
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdEndpoints,
        name: "etcd.external.endpoints",
        asked: on(
            Page::Authorities,
            "its URLs",
            "of each member, as https://10.0.0.20:2379",
        ),
        kind: lines(
            "URL",
            |cluster| external(cluster).endpoints,
            |cluster, urls| {
                if let Some(etcd) = external_for(cluster, urls.is_empty()) {
                    etcd.endpoints = urls.to_vec();
                }
            },
        ),
        check: check::etcd_endpoint,
        applies: is_external,
        flags: flag(
            Heading::Etcd,
            "etcd-endpoint",
            Takes::Texts("URL"),
            "A member of an etcd that somebody else keeps, as https://10.0.0.20:2379: nothing is made for it (may be \
             repeated)",
        ),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(KubeadmValue::Texts(external_etcd(cluster)?.endpoints)),
            ..KubeadmField::answer("etcd.external.endpoints")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdCaFile,
        name: "etcd.external.caFile",
        asked: on(
            Page::Authorities,
            "its CA",
            "the file on the masters that holds the CA of its servers",
        ),
        kind: file(
            |cluster| external(cluster).ca_file,
            |cluster, text| set_file(cluster, text, |etcd| &mut etcd.ca_file),
        ),
        check: check::file,
        applies: is_external,
        flags: flag(
            Heading::Etcd,
            "etcd-ca-file",
            Takes::Answer("PATH"),
            "The CA of that etcd, a file of the masters",
        ),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(KubeadmValue::Text(external_etcd(cluster)?.ca_file)),
            ..KubeadmField::answer("etcd.external.caFile")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdCertFile,
        name: "etcd.external.certFile",
        asked: on(
            Page::Authorities,
            "certificate",
            "the API server's client certificate for it: a file on the masters",
        ),
        kind: file(
            |cluster| external(cluster).cert_file,
            |cluster, text| set_file(cluster, text, |etcd| &mut etcd.cert_file),
        ),
        check: check::file,
        applies: is_external,
        flags: flag(
            Heading::Etcd,
            "etcd-cert-file",
            Takes::Answer("PATH"),
            "The API server's client certificate for that etcd",
        ),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(KubeadmValue::Text(external_etcd(cluster)?.cert_file)),
            ..KubeadmField::answer("etcd.external.certFile")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdKeyFile,
        name: "etcd.external.keyFile",
        asked: on(
            Page::Authorities,
            "its key",
            "the private key of that certificate",
        ),
        kind: file(
            |cluster| external(cluster).key_file,
            |cluster, text| set_file(cluster, text, |etcd| &mut etcd.key_file),
        ),
        check: check::file,
        applies: is_external,
        flags: flag(
            Heading::Etcd,
            "etcd-key-file",
            Takes::Answer("PATH"),
            "The key of that",
        ),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(KubeadmValue::Text(external_etcd(cluster)?.key_file)),
            ..KubeadmField::answer("etcd.external.keyFile")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdServerSans,
        name: "etcd.serverSans",
        asked: Asked::At(ClusterField::EtcdExternal, FEW_NEED_ONE),
        kind: names(
            |cluster| cluster.etcd.server_sans.clone(),
            |cluster, names| cluster.etcd.server_sans = names.to_vec(),
            check::are_one_san,
        ),
        check: |text| check::san(text).map(drop),
        applies: |cluster| !is_external(cluster),
        flags: flag(
            Heading::Etcd,
            "etcd-server-san",
            Takes::Names("NAME"),
            "One more name of each member's server (may be repeated)",
        ),
        kubeadm: &[KubeadmField {
            write: |_, cluster| {
                sans(&cluster.etcd.server_sans).filter(|_| external_etcd(cluster).is_none())
            },
            ..KubeadmField::answer("etcd.local.serverCertSANs")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdPeerSans,
        name: "etcd.peerSans",
        asked: Asked::At(ClusterField::EtcdExternal, FEW_NEED_ONE),
        kind: names(
            |cluster| cluster.etcd.peer_sans.clone(),
            |cluster, names| cluster.etcd.peer_sans = names.to_vec(),
            check::are_one_san,
        ),
        check: |text| check::san(text).map(drop),
        applies: |cluster| !is_external(cluster),
        flags: flag(
            Heading::Etcd,
            "etcd-peer-san",
            Takes::Names("NAME"),
            "One more name of each member as a peer (may be repeated)",
        ),
        kubeadm: &[KubeadmField {
            write: |_, cluster| {
                sans(&cluster.etcd.peer_sans).filter(|_| external_etcd(cluster).is_none())
            },
            ..KubeadmField::answer("etcd.local.peerCertSANs")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdPeerAuthority,
        name: "etcd.peerAuthority",
        asked: on(
            Page::Authorities,
            "etcd's peers",
            "with a CA of their own no client of etcd passes for a member",
        ),
        kind: toggle(
            ["a CA of their own", "etcd's CA"],
            |cluster| cluster.etcd.peer_authority,
            |cluster, on| cluster.etcd.peer_authority = on,
        ),
        applies: |cluster| {
            !is_external(cluster) && !cluster.is_of_one_authority() && !cluster.one_authority
        },
        flags: flag(
            Heading::Etcd,
            "peer-authority",
            Takes::Nothing,
            "Members trust each other by a CA of their own",
        ),
        ..USUAL
    },
    Question {
        field: ClusterField::OneAuthority,
        name: "oneAuthority",
        asked: on(
            Page::Authorities,
            "CAs",
            "for the cluster, for etcd where it is set up here too, for the front proxy of aggregated APIs",
        ),
        kind: toggle(
            ["one for all", "one for each"],
            |cluster| cluster.one_authority,
            |cluster, on| cluster.one_authority = on,
        ),
        applies: |cluster| !cluster.is_of_one_authority(),
        flags: flag(
            Heading::Authorities,
            "one-authority",
            Takes::Nothing,
            "One CA signs for everything",
        ),
        ..USUAL
    },
    Question {
        field: ClusterField::SignedBy,
        name: "authorities",
        asked: on(
            Page::Authorities,
            "signed by",
            "who signs the CAs: each itself is kubeadm's way; a root's key goes to no machine, and can replace them \
             one day",
        ),
        kind: choice(
            |cluster| cluster.signed_by().word().to_owned(),
            |cluster, text| {
                let chosen = SignedBy::ALL
                    .into_iter()
                    .find(|one| one.word() == text)
                    .unwrap_or_default();
                cluster.intermediate_authorities = chosen == SignedBy::Root;
                cluster.external_authority = chosen == SignedBy::SomebodyElse;
                Ok(())
            },
            || {
                SignedBy::ALL
                    .map(|one| (one.word(), one.title().to_owned()))
                    .to_vec()
            },
        ),
        flags: Flags::Of(&[
            ClusterField::IntermediateAuthorities,
            ClusterField::ExternalAuthority,
        ]),
        is_lost: |_, _| false,
        ..USUAL
    },
    Question {
        field: ClusterField::IntermediateAuthorities,
        name: "intermediateAuthorities",
        asked: Asked::At(ClusterField::SignedBy, ONE_QUESTION),
        kind: toggle(
            ["yes", "no"],
            |cluster| cluster.intermediate_authorities,
            |cluster, on| cluster.intermediate_authorities = on,
        ),
        flags: flag(
            Heading::Authorities,
            "intermediate-authorities",
            Takes::Nothing,
            "A root that is made with them signs the CAs; its key goes to no node",
        ),
        ..USUAL
    },
    Question {
        field: ClusterField::ExternalAuthority,
        name: "externalAuthority",
        asked: Asked::At(ClusterField::SignedBy, ONE_QUESTION),
        kind: toggle(
            ["yes", "no"],
            |cluster| cluster.external_authority,
            |cluster, on| cluster.external_authority = on,
        ),
        flags: flag(
            Heading::Authorities,
            "external-authority",
            Takes::Nothing,
            "Keys and requests only: somebody else's CA answers, and `request import` places the answers",
        ),
        ..USUAL
    },
    Question {
        field: ClusterField::AuthorityKeys,
        name: "authorityKeys",
        asked: on(
            Page::Authorities,
            "CA keys",
            "who has the key of the cluster's CA is the cluster's master; renewing needs it",
        ),
        kind: choice(
            |cluster| cluster.authority_keys.word().to_owned(),
            |cluster, text| {
                let place = AuthorityKeys::ALL
                    .into_iter()
                    .find(|one| one.word() == text);
                read(
                    &mut cluster.authority_keys,
                    place.ok_or_else(|| format!("there is no place {text:?} for keys")),
                )
            },
            || {
                AuthorityKeys::ALL
                    .map(|one| (one.word(), one.title().to_owned()))
                    .to_vec()
            },
        ),
        applies: |cluster| !cluster.external_authority,
        flags: flag(
            Heading::Authorities,
            "authority-keys",
            Takes::Word("WHERE"),
            "Where the keys of the CAs stay [default: every-master]",
        ),
        ..USUAL
    },
];

const HERE: &str = "here";
const ELSEWHERE: &str = "elsewhere";

/// Why no page asks for more names of etcd.
const FEW_NEED_ONE: &str = "few clusters need one, and who does has a flag, or kubeadm's own file";

/// Why no page asks for either of two.
const ONE_QUESTION: &str = "who signs the CAs is one question there";

/// A file of the etcd that somebody else keeps.
const fn file(
    get: fn(&ClusterSpec) -> String,
    set: fn(&mut ClusterSpec, &str) -> Result<(), String>,
) -> Kind {
    line_or(|_| "not said", get, set)
}

fn set_file(
    cluster: &mut ClusterSpec,
    text: &str,
    file: fn(&mut ExternalEtcd) -> &mut String,
) -> Result<(), String> {
    external_for(cluster, text.is_empty())
        .map_or(Ok(()), |etcd| read(file(etcd), Ok(text.to_owned())))
}

fn is_external(cluster: &ClusterSpec) -> bool {
    cluster.etcd.external.is_some()
}

fn external(cluster: &ClusterSpec) -> ExternalEtcd {
    cluster.etcd.external.clone().unwrap_or_default()
}

/// The etcd that somebody else keeps, to be changed: a word about it says that there is one.
fn external_for(cluster: &mut ClusterSpec, says_nothing: bool) -> Option<&mut ExternalEtcd> {
    if says_nothing {
        cluster.etcd.external.as_mut()
    } else {
        Some(cluster.etcd.external.get_or_insert_default())
    }
}
