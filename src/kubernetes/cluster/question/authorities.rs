//! etcd, and who signs.

use super::kubeadm::{KubeadmField, Written, external_etcd, sans};
use super::{Asked, Choice, Flag, Flags, Heading, Kind, Line, Page, Question, Takes, Text, Texts, Toggle, USUAL};
use crate::kubernetes::cluster::{AuthorityKeys, ClusterField, ClusterSpec, ExternalEtcd, SignedBy, check};
use crate::kubernetes::component::Component;

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        field: ClusterField::EtcdExternal,
        name: "etcd.external",
        asked: Asked::On {
            page: Page::Authorities,
            label: Component::Etcd.as_str(),
            help: "the database of the API server; on machines of its own where some have the role etcd",
        },
        kind: Kind::Choice(Choice {
            text: Text {
                get: |cluster| if cluster.etcd.external.is_some() { ELSEWHERE } else { HERE }.to_owned(),
                set: |cluster, text| {
                    cluster.etcd.external =
                        (text == ELSEWHERE).then(|| cluster.etcd.external.take().unwrap_or_default());
                    Ok(())
                },
            },
            options: || {
                [(HERE, "on the machines of the table"), (ELSEWHERE, "somebody else keeps it")]
                    .map(|(word, words)| (word, words.to_owned()))
                    .to_vec()
            },
        }),
        flags: Flags::Of(&[ClusterField::EtcdEndpoints]),
        is_lost: |_, _| false,
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdEndpoints,
        name: "etcd.external.endpoints",
        asked: Asked::On {
            page: Page::Authorities,
            label: "its URLs",
            help: "of each member, as https://10.0.0.20:2379",
        },
        kind: Kind::Lines(Texts {
            one: "URL",
            get: |cluster| external(cluster).endpoints,
            set: |cluster, urls| {
                if let Some(external) = external_for(cluster, urls.is_empty()) {
                    external.endpoints = urls.to_vec();
                }
            },
            are_alike: str::eq,
        }),
        check: check::etcd_endpoint,
        applies: is_external,
        flags: Flags::Own(Flag {
            name: "etcd-endpoint",
            value: "URL",
            heading: Heading::Etcd,
            help: "A member of an etcd that somebody else keeps, as https://10.0.0.20:2379: nothing is made for it (may be \
                   repeated)",
            takes: Takes::Texts,
        }),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(Written::Texts(external_etcd(cluster)?.endpoints)),
            ..KubeadmField::answer("etcd.external.endpoints")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdCaFile,
        name: "etcd.external.caFile",
        asked: Asked::On {
            page: Page::Authorities,
            label: "its CA",
            help: "the file on the masters that holds the CA of its servers",
        },
        kind: file(
            |cluster| external(cluster).ca_file,
            |cluster, text| {
                if let Some(external) = external_for(cluster, text.is_empty()) {
                    text.clone_into(&mut external.ca_file);
                }
                Ok(())
            },
        ),
        check: check::file,
        applies: is_external,
        flags: file_flag("etcd-ca-file", "The CA of that etcd, a file of the masters"),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(Written::Text(external_etcd(cluster)?.ca_file)),
            ..KubeadmField::answer("etcd.external.caFile")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdCertFile,
        name: "etcd.external.certFile",
        asked: Asked::On {
            page: Page::Authorities,
            label: "certificate",
            help: "the API server's client certificate for it: a file on the masters",
        },
        kind: file(
            |cluster| external(cluster).cert_file,
            |cluster, text| {
                if let Some(external) = external_for(cluster, text.is_empty()) {
                    text.clone_into(&mut external.cert_file);
                }
                Ok(())
            },
        ),
        check: check::file,
        applies: is_external,
        flags: file_flag("etcd-cert-file", "The API server's client certificate for that etcd"),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(Written::Text(external_etcd(cluster)?.cert_file)),
            ..KubeadmField::answer("etcd.external.certFile")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdKeyFile,
        name: "etcd.external.keyFile",
        asked: Asked::On { page: Page::Authorities, label: "its key", help: "the private key of that certificate" },
        kind: file(
            |cluster| external(cluster).key_file,
            |cluster, text| {
                if let Some(external) = external_for(cluster, text.is_empty()) {
                    text.clone_into(&mut external.key_file);
                }
                Ok(())
            },
        ),
        check: check::file,
        applies: is_external,
        flags: file_flag("etcd-key-file", "The key of that"),
        kubeadm: &[KubeadmField {
            write: |_, cluster| Some(Written::Text(external_etcd(cluster)?.key_file)),
            ..KubeadmField::answer("etcd.external.keyFile")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdServerSans,
        name: "etcd.serverSans",
        asked: Asked::At(ClusterField::EtcdExternal, SANS_ELSEWHERE),
        kind: Kind::Names(Texts {
            one: "name",
            get: |cluster| cluster.etcd.server_sans.clone(),
            set: |cluster, names| cluster.etcd.server_sans = names.to_vec(),
            are_alike: check::are_one_san,
        }),
        check: |text| check::san(text).map(drop),
        applies: |cluster| !is_external(cluster),
        flags: Flags::Own(Flag {
            name: "etcd-server-san",
            value: "NAME",
            heading: Heading::Etcd,
            help: "One more name of each member's server (may be repeated)",
            takes: Takes::Names,
        }),
        kubeadm: &[KubeadmField {
            write: |_, cluster| sans(&cluster.etcd.server_sans).filter(|_| is_local(cluster)),
            ..KubeadmField::answer("etcd.local.serverCertSANs")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdPeerSans,
        name: "etcd.peerSans",
        asked: Asked::At(ClusterField::EtcdExternal, SANS_ELSEWHERE),
        kind: Kind::Names(Texts {
            one: "name",
            get: |cluster| cluster.etcd.peer_sans.clone(),
            set: |cluster, names| cluster.etcd.peer_sans = names.to_vec(),
            are_alike: check::are_one_san,
        }),
        check: |text| check::san(text).map(drop),
        applies: |cluster| !is_external(cluster),
        flags: Flags::Own(Flag {
            name: "etcd-peer-san",
            value: "NAME",
            heading: Heading::Etcd,
            help: "One more name of each member as a peer (may be repeated)",
            takes: Takes::Names,
        }),
        kubeadm: &[KubeadmField {
            write: |_, cluster| sans(&cluster.etcd.peer_sans).filter(|_| is_local(cluster)),
            ..KubeadmField::answer("etcd.local.peerCertSANs")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::EtcdPeerAuthority,
        name: "etcd.peerAuthority",
        asked: Asked::On {
            page: Page::Authorities,
            label: "etcd's peers",
            help: "with a CA of their own no client of etcd passes for a member",
        },
        kind: Kind::Toggle(Toggle {
            words: ["a CA of their own", "etcd's CA"],
            get: |cluster| cluster.etcd.peer_authority,
            set: |cluster, on| cluster.etcd.peer_authority = on,
        }),
        applies: |cluster| !is_external(cluster) && !cluster.is_of_one_authority() && !cluster.one_authority,
        flags: Flags::Own(Flag {
            name: "peer-authority",
            value: "",
            heading: Heading::Etcd,
            help: "Members trust each other by a CA of their own",
            takes: Takes::Nothing,
        }),
        ..USUAL
    },
    Question {
        field: ClusterField::OneAuthority,
        name: "oneAuthority",
        asked: Asked::On {
            page: Page::Authorities,
            label: "CAs",
            help: "for the cluster, for etcd where it is set up here too, for the front proxy of aggregated APIs",
        },
        kind: Kind::Toggle(Toggle {
            words: ["one for all", "one for each"],
            get: |cluster| cluster.one_authority,
            set: |cluster, on| cluster.one_authority = on,
        }),
        applies: |cluster| !cluster.is_of_one_authority(),
        flags: Flags::Own(Flag {
            name: "one-authority",
            value: "",
            heading: Heading::Authorities,
            help: "One CA signs for everything",
            takes: Takes::Nothing,
        }),
        ..USUAL
    },
    Question {
        field: ClusterField::SignedBy,
        name: "authorities",
        asked: Asked::On {
            page: Page::Authorities,
            label: "signed by",
            help: "who signs the CAs: each itself is kubeadm's way; a root's key goes to no machine, and can replace them \
                   one day",
        },
        kind: Kind::Choice(Choice {
            text: Text {
                get: |cluster| cluster.signed_by().word().to_owned(),
                set: |cluster, text| {
                    let chosen = SignedBy::ALL.into_iter().find(|one| one.word() == text).unwrap_or_default();
                    cluster.intermediate_authorities = chosen == SignedBy::Root;
                    cluster.external_authority = chosen == SignedBy::SomebodyElse;
                    Ok(())
                },
            },
            options: || SignedBy::ALL.map(|one| (one.word(), one.title().to_owned())).to_vec(),
        }),
        flags: Flags::Of(&[ClusterField::IntermediateAuthorities, ClusterField::ExternalAuthority]),
        is_lost: |_, _| false,
        ..USUAL
    },
    Question {
        field: ClusterField::IntermediateAuthorities,
        name: "intermediateAuthorities",
        asked: Asked::At(ClusterField::SignedBy, "who signs the CAs is one question there"),
        kind: Kind::Toggle(Toggle {
            words: ["yes", "no"],
            get: |cluster| cluster.intermediate_authorities,
            set: |cluster, on| cluster.intermediate_authorities = on,
        }),
        flags: Flags::Own(Flag {
            name: "intermediate-authorities",
            value: "",
            heading: Heading::Authorities,
            help: "A root that is made with them signs the CAs; its key goes to no node",
            takes: Takes::Nothing,
        }),
        ..USUAL
    },
    Question {
        field: ClusterField::ExternalAuthority,
        name: "externalAuthority",
        asked: Asked::At(ClusterField::SignedBy, "who signs the CAs is one question there"),
        kind: Kind::Toggle(Toggle {
            words: ["yes", "no"],
            get: |cluster| cluster.external_authority,
            set: |cluster, on| cluster.external_authority = on,
        }),
        flags: Flags::Own(Flag {
            name: "external-authority",
            value: "",
            heading: Heading::Authorities,
            help: "Keys and requests only: somebody else's CA answers, and `request import` places the answers",
            takes: Takes::Nothing,
        }),
        ..USUAL
    },
    Question {
        field: ClusterField::AuthorityKeys,
        name: "authorityKeys",
        asked: Asked::On {
            page: Page::Authorities,
            label: "CA keys",
            help: "who has the key of the cluster's CA is the cluster's master; renewing needs it",
        },
        kind: Kind::Choice(Choice {
            text: Text {
                get: |cluster| cluster.authority_keys.word().to_owned(),
                set: |cluster, text| {
                    cluster.authority_keys = AuthorityKeys::ALL
                        .into_iter()
                        .find(|one| one.word() == text)
                        .ok_or_else(|| "the keys of the CAs stay on every master, here, or apart".to_owned())?;
                    Ok(())
                },
            },
            options: || AuthorityKeys::ALL.map(|one| (one.word(), one.title().to_owned())).to_vec(),
        }),
        applies: |cluster| !cluster.external_authority,
        flags: Flags::Own(Flag {
            name: "authority-keys",
            value: "WHERE",
            heading: Heading::Authorities,
            help: "Where the keys of the CAs stay [default: every-master]",
            takes: Takes::Word,
        }),
        ..USUAL
    },
];

const HERE: &str = "here";
const ELSEWHERE: &str = "elsewhere";

/// Why no page asks for more names of etcd.
const SANS_ELSEWHERE: &str = "few clusters need one, and who does has a flag, or kubeadm's own file";

/// A file of the etcd that somebody else keeps.
const fn file(get: fn(&ClusterSpec) -> String, set: fn(&mut ClusterSpec, &str) -> Result<(), String>) -> Kind {
    Kind::Line(Line { text: Text { get, set }, empty: Some(|_| "not said") })
}

const fn file_flag(name: &'static str, help: &'static str) -> Flags {
    Flags::Own(Flag { name, value: "PATH", heading: Heading::Etcd, help, takes: Takes::Text })
}

fn is_external(cluster: &ClusterSpec) -> bool {
    cluster.etcd.external.is_some()
}

/// Whether kubeadm's own etcd is meant.
fn is_local(cluster: &ClusterSpec) -> bool {
    external_etcd(cluster).is_none()
}

fn external(cluster: &ClusterSpec) -> ExternalEtcd {
    cluster.etcd.external.clone().unwrap_or_default()
}

/// The etcd that somebody else keeps, to be changed: a word about it says that there is one.
fn external_for(cluster: &mut ClusterSpec, says_nothing: bool) -> Option<&mut ExternalEtcd> {
    if says_nothing { cluster.etcd.external.as_mut() } else { Some(cluster.etcd.external.get_or_insert_default()) }
}
