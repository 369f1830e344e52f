//! Keys, lifetimes, and who a new kubelet is.

use super::flag::{Heading, Takes, flag};
use super::kind::{choice, line, read};
use super::kubeadm::{KubeadmField, KubeadmValue, Read, Versions};
use super::{Page, Question, USUAL, on};
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::pki::key::KeyAlgorithm;
use crate::setup::{ClusterField, check};

pub(super) static QUESTIONS: &[Question] = &[
    Question {
        field: ClusterField::KeyAlgorithm,
        name: "keyAlgorithm",
        asked: on(
            Page::Keys,
            "keys",
            "of all certificates; ECDSA is made and checked faster, RSA-2048 is kubeadm's own",
        ),
        kind: choice(
            |cluster| cluster.key_algorithm.to_string(),
            |cluster, text| read(&mut cluster.key_algorithm, check::known_algorithm(text)),
            algorithms,
        ),
        check: |text| check::key_algorithm(text).map(drop),
        flags: flag(
            Heading::Authorities,
            "key-algorithm",
            ALGORITHM,
            "The algorithm of the keys, as RSA-2048, ECDSA-P256 [default: RSA-2048]",
        ),
        kubeadm: &[
            KubeadmField {
                versions: Versions::Old,
                read: Read::Yes(|cluster| cluster.key_algorithm = KeyAlgorithm::EcdsaP256),
                write: |_, cluster| {
                    (cluster.key_algorithm == KeyAlgorithm::EcdsaP256)
                        .then(|| KubeadmValue::Bare(true.to_string()))
                },
                ..KubeadmField::answer("featureGates.PublicKeysECDSA")
            },
            KubeadmField {
                versions: Versions::New,
                read: Read::Text(|cluster, text| {
                    read(&mut cluster.key_algorithm, check::key_algorithm(text))
                }),
                ..KubeadmField::answer("encryptionAlgorithm")
            },
        ],
        is_lost: |_, cluster| {
            let is_old = matches!(
                cluster.key_algorithm,
                KeyAlgorithm::Rsa2048 | KeyAlgorithm::EcdsaP256
            );
            !is_old && !Versions::New.have(cluster.kubernetes_version)
        },
        ..USUAL
    },
    Question {
        field: ClusterField::ServiceAccountKeyAlgorithm,
        name: "serviceAccountKeyAlgorithm",
        asked: on(
            Page::Keys,
            "tokens' key",
            "signs the tokens of service accounts: a bare pair, sa.key and sa.pub, the same on every master",
        ),
        kind: choice(
            |cluster| {
                cluster
                    .service_account_key_algorithm
                    .map(|own| own.to_string())
                    .unwrap_or_default()
            },
            |cluster, text| {
                let own = Some(text)
                    .filter(|text| !text.is_empty())
                    .map(check::known_algorithm);
                read(&mut cluster.service_account_key_algorithm, own.transpose())
            },
            || {
                [("", "as the others".to_owned())]
                    .into_iter()
                    .chain(algorithms())
                    .collect()
            },
        ),
        check: |text| check::key_algorithm(text).map(drop),
        applies: |cluster| !cluster.is_of_one_authority(),
        flags: flag(
            Heading::Authorities,
            "service-account-key-algorithm",
            ALGORITHM,
            "The algorithm of the service accounts' key [default: as the others]",
        ),
        is_lost: |_, cluster| {
            cluster
                .service_account_key_algorithm
                .is_some_and(|own| own != cluster.key_algorithm)
        },
        ..USUAL
    },
    Question {
        field: ClusterField::CertificateHours,
        name: "certificateHours",
        asked: on(
            Page::Keys,
            "certificates",
            "live so long: 365d, 1y or 8760h; r renews each of them before",
        ),
        kind: line(
            |cluster| check::hours_text(cluster.certificate_hours),
            |cluster, text| read(&mut cluster.certificate_hours, check::hours(text)),
        ),
        check: |text| check::hours(text).map(drop),
        applies: |cluster| !cluster.external_authority,
        flags: flag(
            Heading::Authorities,
            "days",
            Takes::Days,
            "How many days certificates live [default: 365]",
        ),
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
        asked: on(
            Page::Keys,
            "CAs",
            "live so long; a certificate that outlived its CA would be dead with it",
        ),
        kind: line(
            |cluster| check::hours_text(cluster.authority_hours),
            |cluster, text| read(&mut cluster.authority_hours, check::hours(text)),
        ),
        check: |text| check::hours(text).map(drop),
        applies: |cluster| !cluster.external_authority,
        flags: flag(
            Heading::Authorities,
            "authority-days",
            Takes::Days,
            "How many days CAs live [default: 3650]",
        ),
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
        asked: on(
            Page::Joining,
            "nodes join by",
            "who a new kubelet is until it has its certificate; the Join screen makes more of them",
        ),
        kind: choice(
            |cluster| cluster.bootstrap.word().to_owned(),
            |cluster, text| {
                let identity = BootstrapIdentity::ALL
                    .into_iter()
                    .find(|one| one.word() == text);
                read(
                    &mut cluster.bootstrap,
                    identity.ok_or_else(|| format!("nobody joins by {text:?}")),
                )
            },
            || {
                BootstrapIdentity::ALL
                    .map(|one| (one.word(), offered(one).to_owned()))
                    .to_vec()
            },
        ),
        flags: flag(
            Heading::Authorities,
            "bootstrap",
            Takes::Word("WHO"),
            "Who a new kubelet is until it has its certificate [default: usual, as the layout has it]",
        ),
        ..USUAL
    },
];

/// An algorithm by its name, in whatever case; whether it can be used is asked of all answers
/// together.
const ALGORITHM: Takes = Takes::Form("ALGORITHM", |text| check::known_algorithm(text).map(drop));

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
    check::ALGORITHMS
        .map(|algorithm| (algorithm.name(), algorithm.to_string()))
        .to_vec()
}

/// As Go writes it.
fn period(hours: u32) -> KubeadmValue {
    KubeadmValue::Bare(format!("{hours}h0m0s"))
}
