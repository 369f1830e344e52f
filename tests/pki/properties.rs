//! Properties: what is written is read back, what is issued is what was asked, and no parser panics
//! on bytes.

use std::net::IpAddr;
use std::sync::LazyLock;

use kubepki::pki::issue::{Authority, CertificateSpec, Issuer, RequestSpec, issue, self_sign};
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::path::relation;
use kubepki::pki::text::{is_hidden, printable};
use kubepki::pki::{
    Certificate, CertificationRequest, ExtendedKeyUsage, GeneralName, KeyUsage, Name, key, pem,
};
use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

/// The first second of the authority's life.
const START: OffsetDateTime = datetime!(2020-01-01 00:00:00 UTC);
const YEARS: i64 = 60;

static KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key"));

static AUTHORITY: LazyLock<Certificate> = LazyLock::new(|| {
    let subject = Name::with_groups("kubernetes", &["a", "b"]).expect("a name");
    let spec = CertificateSpec::authority(subject, (START, START + Duration::days(365 * YEARS)));
    self_sign(&spec, &KEY).expect("an authority")
});

/// One of each kind of DER that is read, as a ground for mutations.
static GOOD: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let subject = Name::with_groups("x", &["a"]).expect("a name");
    let names = vec![
        GeneralName::Dns("x".into()),
        GeneralName::Ip(IpAddr::from([10, 0, 0, 1])),
    ];
    let lifetime = (START, START + Duration::days(9));
    let spec = CertificateSpec::leaf(
        subject.clone(),
        names.clone(),
        &[
            ExtendedKeyUsage::ServerAuth,
            ExtendedKeyUsage::of_oid("1.2.3.4"),
        ],
        lifetime,
    );
    let issuer = Issuer {
        certificate: &AUTHORITY,
        key: &KEY,
    };
    let leaf = issue(&spec, KEY.public(), issuer).expect("a leaf");
    let usages = vec![KeyUsage::DigitalSignature];
    let request = RequestSpec {
        subject: subject.clone(),
        subject_alt_names: names,
        key_usage: usages,
        extended_key_usage: vec![],
    };
    let mut all = vec![
        AUTHORITY.der().to_vec(),
        leaf.der().to_vec(),
        request.sign(&KEY).expect("a request").der,
        subject.as_der().to_vec(),
        KEY.public().spki.clone(),
    ];
    for file in [
        &include_bytes!("../fixtures/certificates/kubeadm-apiserver.crt")[..],
        include_bytes!("../fixtures/certificates/kubeadm-ca-ecdsa.crt"),
        include_bytes!("../fixtures/certificates/cfssl-kubernetes.pem"),
        include_bytes!("../fixtures/certificates/kubeadm-apiserver.csr"),
    ] {
        all.push(pem::blocks(file).remove(0).expect("a block").der.to_vec());
    }
    for algorithm in [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcdsaP384,
        KeyAlgorithm::Ed25519,
    ] {
        let written = PrivateKey::generate(algorithm).expect("a key").to_pem();
        all.push(
            pem::blocks(written.as_bytes())
                .remove(0)
                .expect("a block")
                .der
                .to_vec(),
        );
    }
    all
});

/// Every parser of DER, on any bytes. What it answers is not looked at, but that it answers.
fn parse_all(der: &[u8]) {
    if let Ok(certificate) = Certificate::from_der(der) {
        let _ = certificate.details();
        let _ = relation(&certificate, &AUTHORITY);
        let _ = relation(&AUTHORITY, &certificate);
        assert_eq!(certificate.der(), der);
        let again = CertificateSpec::leaf(
            certificate.details().subject,
            vec![],
            &[],
            (START, START + Duration::DAY),
        );
        let _ = issue(
            &again,
            KEY.public(),
            Issuer {
                certificate: &certificate,
                key: &KEY,
            },
        );
    }
    if let Ok(request) = CertificationRequest::from_der(der) {
        let _ = kubepki::pki::issue::verified_key(&request);
        assert_eq!(request.der, der);
    }
    if let Ok(name) = Name::from_der(der) {
        assert!(!printable(&name.to_rfc4514()).chars().any(is_hidden));
    }
    let _ = key::inspect_der(der);
    let _ = key::PublicHalf::from_spki(der);
    let _ = PrivateKey::from_der(der);
    for label in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "PUBLIC KEY",
        "RSA PUBLIC KEY",
    ] {
        for block in pem::blocks(pem::encode(label, der).as_bytes())
            .into_iter()
            .flatten()
        {
            let _ = key::inspect(&block);
            let _ = key::inspect_public(&block);
        }
    }
}

/// What is said of bytes that cannot be read is said in words of the field, not of a parser's
/// making.
#[test]
fn faults_are_told_in_plain_words() {
    for good in GOOD.iter() {
        for place in 0..good.len() {
            let mut changed = good.clone();
            changed[place] ^= 0x1f;
            for bytes in [&good[..place], &changed] {
                let faults = [
                    Certificate::from_der(bytes).err(),
                    CertificationRequest::from_der(bytes).err(),
                    Name::from_der(bytes).err(),
                    key::PublicHalf::from_spki(bytes).err(),
                    key::inspect_der(bytes).err(),
                ];
                for fault in faults.into_iter().flatten().map(|fault| fault.to_string()) {
                    let is_plain = !["nom ", "BER", "error", "Some(", "Tag(", "Needed"]
                        .iter()
                        .any(|word| fault.contains(word));
                    assert!(is_plain, "{fault}");
                }
            }
        }
    }
}

/// A change of good bytes.
#[derive(Debug, Clone)]
enum Mutation {
    Set(u8),
    Remove(usize),
    Insert(Vec<u8>),
    Cut,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        4 => any::<u8>().prop_map(Mutation::Set),
        1 => (1..5_usize).prop_map(Mutation::Remove),
        1 => prop::collection::vec(any::<u8>(), 1..5).prop_map(Mutation::Insert),
        1 => Just(Mutation::Cut),
    ]
}

fn mutate(bytes: &mut Vec<u8>, place: prop::sample::Index, mutation: &Mutation) {
    if bytes.is_empty() {
        return;
    }
    let place = place.index(bytes.len());
    match mutation {
        Mutation::Set(byte) => bytes[place] = *byte,
        Mutation::Remove(count) => drop(bytes.drain(place..(place + count).min(bytes.len()))),
        Mutation::Insert(more) => drop(bytes.splice(place..place, more.iter().copied())),
        Mutation::Cut => bytes.truncate(place),
    }
}

fn alternative() -> impl Strategy<Value = GeneralName> {
    prop_oneof![
        "[a-z0-9.*-]{1,40}".prop_map(GeneralName::Dns),
        any::<IpAddr>().prop_map(GeneralName::Ip),
        "[a-z]{1,9}@[a-z.]{1,20}".prop_map(GeneralName::Email),
        "spiffe://[a-z/]{1,30}".prop_map(GeneralName::Uri),
    ]
}

/// Text of a name: any script, no control characters.
fn name_text() -> impl Strategy<Value = String> {
    prop_oneof!["[A-Za-z0-9:.-]{1,40}", "\\PC{1,20}"].prop_filter("no control characters", |text| {
        !text.chars().any(char::is_control)
    })
}

/// Known ones, and one that has no name.
fn purposes() -> impl Strategy<Value = Vec<ExtendedKeyUsage>> {
    let all = [ExtendedKeyUsage::of_oid("1.3.6.1.4.1.99999.7")]
        .into_iter()
        .chain(ExtendedKeyUsage::NAMED);
    let all: Vec<ExtendedKeyUsage> = all.collect();
    let sizes = 0..=all.len();
    prop::sample::subsequence(all, sizes)
}

/// Those that a certificate may have that is no CA's.
const LEAF_USAGES: [KeyUsage; 7] = [
    KeyUsage::DigitalSignature,
    KeyUsage::ContentCommitment,
    KeyUsage::KeyEncipherment,
    KeyUsage::DataEncipherment,
    KeyUsage::KeyAgreement,
    KeyUsage::CrlSign,
    KeyUsage::DecipherOnly,
];

prop_compose! {
    fn spec()(
        common_name in name_text(),
        groups in prop::collection::vec(name_text(), 0..5),
        subject_alt_names in prop::collection::vec(alternative(), 0..8),
        mut key_usage in prop::sample::subsequence(LEAF_USAGES.to_vec(), 0..=LEAF_USAGES.len()),
        extended_key_usage in purposes(),
        (key_usage_critical, extended_key_usage_critical, subject_key_identifier) in any::<(bool, bool, bool)>(),
        authority in prop::option::of(prop::option::of(any::<u8>())),
        start in 0..86_400 * 365 * (YEARS - 1),
        length in 1..86_400 * 365_i64,
        serial_number in prop::option::of(1..u64::MAX),
    ) -> CertificateSpec {
        let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
        let not_before = START + Duration::seconds(start);
        if authority.is_some() {
            key_usage.push(KeyUsage::CertSign);
        }
        CertificateSpec {
            subject: Name::with_groups(&common_name, &groups).expect("a name"),
            subject_alt_names,
            key_usage,
            key_usage_critical,
            extended_key_usage,
            extended_key_usage_critical,
            not_before,
            not_after: not_before + Duration::seconds(length),
            carried: Vec::new(),
            subject_key_identifier,
            authority: authority.map(|path_length| Authority { path_length }),
            serial_number,
        }
    }
}

/// Compares by the certificate's own reader, the fields one by one.
fn assert_as_asked(spec: &CertificateSpec, made: &Certificate) {
    let details = made.details();
    assert_eq!(made.subject_der(), spec.subject.as_der());
    assert_eq!(details.subject_alt_names, spec.subject_alt_names);
    assert_eq!(
        (details.not_before, details.not_after),
        (spec.not_before, spec.not_after)
    );
    let mut usages = spec.key_usage.clone();
    usages.sort_unstable();
    let mut found = details.key_usage.clone();
    found.sort_unstable();
    assert_eq!(found, usages);
    assert_eq!(
        details.extended_key_usage.len(),
        spec.extended_key_usage.len()
    );
    assert!(
        spec.extended_key_usage
            .iter()
            .all(|usage| details.extended_key_usage.contains(usage))
    );
    assert_eq!(made.is_authority(), spec.authority.is_some());
    assert_eq!(
        details.subject_key_identifier.is_some(),
        spec.subject_key_identifier || spec.authority.is_some()
    );
    if let Some(number) = spec.serial_number {
        assert_eq!(u64::from_str_radix(&details.serial_number, 16), Ok(number));
    }
}

proptest! {
    // What a case finds becomes a test of its own beside the code.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pem_written_is_read_back(parts in prop::collection::vec(("[A-Z0-9 ]{0,20}[A-Z]", prop::collection::vec(any::<u8>(), 1..500)), 1..5), between in "[a-z \\r\\n]{0,30}") {
        let text: String = parts.iter().flat_map(|(label, der)| [between.clone(), "\n".to_owned(), pem::encode(label, der)]).collect();
        let read: Vec<(String, Vec<u8>)> = pem::blocks(text.as_bytes())
            .into_iter()
            .map(|block| block.expect("a block"))
            .map(|block| (block.label.clone(), block.der.to_vec()))
            .collect();
        prop_assert_eq!(read, parts);
    }

    #[test]
    fn pem_of_any_bytes_is_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), text in "(-----(BEGIN|END) [A-Z]{0,3}-----|[ -~\\n]){0,200}") {
        let _ = pem::blocks(&bytes);
        let _ = pem::blocks(text.as_bytes());
        let _ = PrivateKey::from_pem(text.as_bytes());
    }

    #[test]
    fn parsers_survive_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        parse_all(&bytes);
    }

    #[test]
    fn parsers_survive_mutated_structures(which in any::<prop::sample::Index>(), changes in prop::collection::vec((any::<prop::sample::Index>(), mutation()), 1..4)) {
        let mut bytes = which.get(&GOOD).clone();
        for (place, change) in &changes {
            mutate(&mut bytes, *place, change);
        }
        parse_all(&bytes);
    }

    #[test]
    fn issued_fields_are_the_asked_ones(spec in spec()) {
        let issuer = Issuer { certificate: &AUTHORITY, key: &KEY };
        let made = issue(&spec, KEY.public(), issuer).expect("issued");
        assert_as_asked(&spec, &made);
        prop_assert_eq!(made.issuer_der(), AUTHORITY.subject_der());
        prop_assert_eq!(made.details().authority_key_identifier, AUTHORITY.details().subject_key_identifier);
        let own = self_sign(&spec, &KEY).expect("self-signed");
        assert_as_asked(&spec, &own);
        prop_assert!(own.is_self_issued());
    }

    #[test]
    fn requests_hold_what_was_asked(spec in spec()) {
        let asked = RequestSpec {
            subject: spec.subject,
            subject_alt_names: spec.subject_alt_names,
            key_usage: Vec::new(),
            extended_key_usage: spec.extended_key_usage,
        };
        let made = asked.sign(&KEY).expect("a request");
        prop_assert_eq!(made.subject.as_der(), asked.subject.as_der());
        prop_assert_eq!(&made.subject_alt_names, &asked.subject_alt_names);
        prop_assert_eq!(made.extended_key_usage.len(), asked.extended_key_usage.len());
    }
}
