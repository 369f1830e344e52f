//! Keys, lifetimes, and who a new kubelet is.

use super::kubeadm::{KubeadmField, Read, Versions, Written};
use super::{Asked, Choice, Flag, Flags, Heading, Kind, Line, Page, Question, Takes, Text, USUAL};
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::cluster::{ClusterField, check};
use crate::pki::key::KeyAlgorithm;

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        field: ClusterField::KeyAlgorithm,
        name: "keyAlgorithm",
        asked: Asked::On {
            page: Page::Keys,
            label: "keys",
            help: "of all certificates; ECDSA is made and checked faster, RSA-2048 is kubeadm's own",
        },
        kind: Kind::Choice(Choice {
            text: Text {
                get: |cluster| cluster.key_algorithm.to_string(),
                set: |cluster, text| {
                    cluster.key_algorithm = check::known_algorithm(text)?;
                    Ok(())
                },
            },
            options: algorithms,
        }),
        check: |text| check::key_algorithm(text).map(drop),
        flags: Flags::Own(Flag {
            name: "key-algorithm",
            value: "ALGORITHM",
            heading: Heading::Authorities,
            help: "The algorithm of the keys, as RSA-2048, ECDSA-P256 [default: RSA-2048]",
            takes: Takes::Form(|text| check::known_algorithm(text).map(drop)),
        }),
        kubeadm: &[
            KubeadmField {
                versions: Versions::Old,
                read: Read::Yes(|cluster| cluster.key_algorithm = KeyAlgorithm::EcdsaP256),
                write: |_, cluster| {
                    (cluster.key_algorithm == KeyAlgorithm::EcdsaP256).then(|| Written::Bare(true.to_string()))
                },
                ..KubeadmField::answer("featureGates.PublicKeysECDSA")
            },
            KubeadmField {
                versions: Versions::New,
                read: Read::Text(|cluster, text| {
                    cluster.key_algorithm = check::key_algorithm(text)?;
                    Ok(())
                }),
                ..KubeadmField::answer("encryptionAlgorithm")
            },
        ],
        is_lost: |_, cluster| {
            let is_old = matches!(cluster.key_algorithm, KeyAlgorithm::Rsa2048 | KeyAlgorithm::EcdsaP256);
            !is_old && !Versions::New.have(cluster.kubernetes_version)
        },
        ..USUAL
    },
    Question {
        field: ClusterField::ServiceAccountKeyAlgorithm,
        name: "serviceAccountKeyAlgorithm",
        asked: Asked::On {
            page: Page::Keys,
            label: "tokens' key",
            help: "signs the tokens of service accounts: a bare pair, sa.key and sa.pub, the same on every master",
        },
        kind: Kind::Choice(Choice {
            text: Text {
                get: |cluster| {
                    cluster.service_account_key_algorithm.map(|algorithm| algorithm.to_string()).unwrap_or_default()
                },
                set: |cluster, text| {
                    let chosen = if text.is_empty() { None } else { Some(check::known_algorithm(text)?) };
                    cluster.service_account_key_algorithm = chosen;
                    Ok(())
                },
            },
            options: || [("", "as the others".to_owned())].into_iter().chain(algorithms()).collect(),
        }),
        check: |text| check::key_algorithm(text).map(drop),
        applies: |cluster| !cluster.is_of_one_authority(),
        flags: Flags::Own(Flag {
            name: "service-account-key-algorithm",
            value: "ALGORITHM",
            heading: Heading::Authorities,
            help: "The algorithm of the service accounts' key [default: as the others]",
            takes: Takes::Form(|text| check::known_algorithm(text).map(drop)),
        }),
        is_lost: |_, cluster| {
            cluster.service_account_key_algorithm.is_some_and(|algorithm| algorithm != cluster.key_algorithm)
        },
        ..USUAL
    },
    Question {
        field: ClusterField::CertificateHours,
        name: "certificateHours",
        asked: Asked::On {
            page: Page::Keys,
            label: "certificates",
            help: "live so long: 365d, 1y or 8760h; r renews each of them before",
        },
        kind: Kind::Line(Line {
            text: Text {
                get: |cluster| check::hours_text(cluster.certificate_hours),
                set: |cluster, text| {
                    cluster.certificate_hours = check::hours(text)?;
                    Ok(())
                },
            },
            empty: None,
        }),
        check: |text| check::hours(text).map(drop),
        applies: |cluster| !cluster.external_authority,
        flags: Flags::Own(Flag {
            name: "days",
            value: "DAYS",
            heading: Heading::Authorities,
            help: "How many days certificates live [default: 365]",
            takes: Takes::Days,
        }),
        kubeadm: &[KubeadmField {
            versions: Versions::New,
            write: |_, cluster| Some(period(cluster.certificate_hours)),
            ..KubeadmField::answer("certificateValidityPeriod")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::AuthorityHours,
        name: "authorityHours",
        asked: Asked::On {
            page: Page::Keys,
            label: "CAs",
            help: "live so long; a certificate that outlived its CA would be dead with it",
        },
        kind: Kind::Line(Line {
            text: Text {
                get: |cluster| check::hours_text(cluster.authority_hours),
                set: |cluster, text| {
                    cluster.authority_hours = check::hours(text)?;
                    Ok(())
                },
            },
            empty: None,
        }),
        check: |text| check::hours(text).map(drop),
        applies: |cluster| !cluster.external_authority,
        flags: Flags::Own(Flag {
            name: "authority-days",
            value: "DAYS",
            heading: Heading::Authorities,
            help: "How many days CAs live [default: 3650]",
            takes: Takes::Days,
        }),
        kubeadm: &[KubeadmField {
            versions: Versions::New,
            write: |_, cluster| Some(period(cluster.authority_hours)),
            ..KubeadmField::answer("caCertificateValidityPeriod")
        }],
        ..USUAL
    },
    Question {
        field: ClusterField::Bootstrap,
        name: "bootstrap",
        asked: Asked::On {
            page: Page::Joining,
            label: "nodes join by",
            help: "who a new kubelet is until it has its certificate; the Join screen makes more of them",
        },
        kind: Kind::Choice(Choice {
            text: Text {
                get: |cluster| cluster.bootstrap.word().to_owned(),
                set: |cluster, text| {
                    cluster.bootstrap = BootstrapIdentity::ALL
                        .into_iter()
                        .find(|one| one.word() == text)
                        .ok_or_else(|| "nothing of that name lets a kubelet in".to_owned())?;
                    Ok(())
                },
            },
            options: || BootstrapIdentity::ALL.map(|one| (one.word(), offered(one).to_owned())).to_vec(),
        }),
        flags: Flags::Own(Flag {
            name: "bootstrap",
            value: "WHO",
            heading: Heading::Authorities,
            help: "Who a new kubelet is until it has its certificate [default: usual, as the layout has it]",
            takes: Takes::Word,
        }),
        ..USUAL
    },
];

/// As a choice offers it.
const fn offered(identity: BootstrapIdentity) -> &'static str {
    match identity {
        BootstrapIdentity::Usual => "as usual",
        BootstrapIdentity::Token => "a token",
        BootstrapIdentity::TokenFile => "token.csv",
        BootstrapIdentity::Bootstrapper => "token.csv, bootstrapper",
        BootstrapIdentity::None => "nothing yet",
    }
}

fn algorithms() -> Vec<(&'static str, String)> {
    check::ALGORITHMS.map(|algorithm| (algorithm.name(), algorithm.to_string())).to_vec()
}

/// As Go writes it.
fn period(hours: u32) -> Written {
    Written::Bare(format!("{hours}h0m0s"))
}
