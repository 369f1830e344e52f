use std::collections::BTreeSet;

use serde_yaml::Value;

use super::*;
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::pki::key::KeyAlgorithm;
use crate::setup::{AuthorityKeys, Etcd, ExternalEtcd, check};

/// Questions that ask for other fields than one of their own.
const WITHOUT_FIELD: [(&str, &str); 2] = [
    ("etcd.external", "asks whether there is such a section"),
    (
        "authorities",
        "asks for intermediateAuthorities and externalAuthority together",
    ),
];

/// Answers of which none is the usual one.
fn full() -> ClusterSpec {
    ClusterSpec {
        name: "prod".to_owned(),
        layout: "single-ca".to_owned(),
        kubernetes_version: "1.30".parse().unwrap(),
        nodes: vec![check::node("on 10.0.0.1,fd00::1 master,etcd").unwrap()],
        control_plane_endpoint: Some("[fd00::9]:443".to_owned()),
        bind_port: 443,
        service_subnet: "10.97.0.0/16".to_owned(),
        pod_subnet: "10.244.0.0/16".to_owned(),
        dns_domain: "k8s.lan".to_owned(),
        api_server_sans: vec!["*.example.org".to_owned(), "DNS:null".to_owned()],
        certificates_directory: Some("/srv/pki".to_owned()),
        etcd: Etcd {
            external: Some(ExternalEtcd {
                endpoints: vec!["https://e:2379".to_owned()],
                ca_file: "/ca".to_owned(),
                cert_file: "/cert".to_owned(),
                key_file: "/key".to_owned(),
            }),
            server_sans: vec!["s".to_owned()],
            peer_sans: vec!["p".to_owned()],
            peer_authority: true,
        },
        one_authority: true,
        intermediate_authorities: true,
        external_authority: true,
        key_algorithm: KeyAlgorithm::Ed25519,
        service_account_key_algorithm: Some(KeyAlgorithm::Rsa4096),
        certificate_hours: 100,
        authority_hours: 48,
        authority_keys: AuthorityKeys::Apart,
        bootstrap: BootstrapIdentity::TokenFile,
        subject: vec![
            ("C".to_owned(), "NO".to_owned()),
            ("O".to_owned(), "a: b # c".to_owned()),
        ],
    }
}

/// The paths of all that is no section.
fn paths(value: &Value, above: &str, found: &mut BTreeSet<String>) {
    let Value::Mapping(map) = value else {
        found.insert(above.to_owned());
        return;
    };
    for (name, value) in map {
        let name = name.as_str().unwrap();
        paths(
            value,
            &if above.is_empty() {
                name.to_owned()
            } else {
                format!("{above}.{name}")
            },
            found,
        );
    }
}

#[test]
fn every_answer_that_is_kept_has_one_question() {
    let mut kept = BTreeSet::new();
    paths(&serde_yaml::to_value(full()).unwrap(), "", &mut kept);
    kept.extend(WITHOUT_FIELD.map(|(name, _)| name.to_owned()));
    let names: Vec<&str> = questions().map(|question| question.name).collect();
    assert_eq!(
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<BTreeSet<_>>(),
        kept
    );
    assert_eq!(names.len(), kept.len(), "a name stands there twice");
    for question in questions() {
        assert_eq!(question.field.question().name, question.name);
    }
}

#[test]
fn an_answer_is_given_as_it_is_taken() {
    let (usual, full) = (ClusterSpec::default(), full());
    let mut copied = usual.clone();
    for question in questions().filter(|question| question.name != "authorities") {
        let before = copied.clone();
        question.copy(&full, &mut copied);
        assert_ne!(before, copied, "{}", question.name);
        assert!(
            question.is_changed(&copied) && !question.is_changed(&usual),
            "{}",
            question.name
        );
        let Kind::Choice { text, options } = &question.kind else {
            continue;
        };
        for (word, _) in options() {
            let mut chosen = usual.clone();
            (text.set)(&mut chosen, word).unwrap();
            assert_eq!((text.get)(&chosen), word, "{}", question.name);
        }
    }
    assert_eq!(copied, full);
}

#[test]
fn every_question_is_asked_or_says_why_not() {
    for question in questions() {
        match question.asked {
            Asked::On { label, help, .. } => {
                assert!(!label.is_empty() && !help.is_empty(), "{}", question.name);
            }
            Asked::At(field, why) => {
                assert!(
                    field.question().page().is_some() && !why.is_empty(),
                    "{}",
                    question.name
                );
            }
        }
        match &question.flags {
            Flags::Own(flag) => assert!(
                !flag.name.is_empty() && !flag.help.is_empty(),
                "{}",
                question.name
            ),
            Flags::Declared(names) => assert!(!names.is_empty(), "{}", question.name),
            Flags::Of(fields) => {
                assert!(fields.iter().all(|field| field.question().flag().is_some()));
            }
            Flags::None(why) => assert!(!why.is_empty(), "{}", question.name),
        }
        assert!(!question.told().is_empty());
    }
}

#[test]
fn words_are_those_of_the_kept_answers() {
    for place in AuthorityKeys::ALL {
        assert_eq!(
            serde_yaml::to_value(place).unwrap(),
            Value::from(place.word())
        );
    }
    for identity in BootstrapIdentity::ALL {
        assert_eq!(
            serde_yaml::to_value(identity).unwrap(),
            Value::from(identity.word())
        );
    }
}
