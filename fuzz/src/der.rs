//! DER: certificates, names, keys.

use std::sync::LazyLock;

use kubepki::pki::issue::{CertificateSpec, Issuer, issue, self_sign};
use kubepki::pki::key::{self, KeyAlgorithm, PrivateKey, PublicHalf};
use kubepki::pki::path::{Relation, relation};
use kubepki::pki::text::{is_hidden, printable};
use kubepki::pki::trust::trusts;
use kubepki::pki::{Certificate, Details, Name, openssl_text, pem};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::{ExtendedKeyUsage, SubjectAltName};

use super::said;

const NOW: OffsetDateTime = datetime!(2026-11-22 00:00:00 UTC);

static KEY: LazyLock<PrivateKey> =
    LazyLock::new(|| PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key"));

static AUTHORITY: LazyLock<Certificate> = LazyLock::new(|| {
    let subject = Name::with_groups("kubernetes", &[]).expect("a name");
    let lifetime = (NOW - Duration::days(365), NOW + Duration::days(3650));
    self_sign(&CertificateSpec::authority(subject, lifetime), &KEY).expect("an authority")
});

/// Certificates, names, public and private keys in DER. True where it is any of them.
///
/// # Panics
/// Where what was read is not what is known of it.
pub fn der(bytes: &[u8]) -> bool {
    let read = [
        certificate(bytes),
        name(bytes),
        public(bytes),
        private(bytes),
    ];
    read.contains(&true)
}

fn certificate(bytes: &[u8]) -> bool {
    let certificate = match Certificate::from_der(bytes) {
        Ok(certificate) => certificate,
        Err(error) => {
            said::is_one_line(&error);
            return false;
        }
    };
    assert_eq!(certificate.der(), bytes);
    let written = pem::blocks(certificate.to_pem().as_bytes());
    assert!(
        matches!(&written[..], [Ok(block)] if block.label == "CERTIFICATE" && block.der.as_slice() == bytes)
    );
    let details = certificate.details();
    assert_eq!(details.subject.as_der(), certificate.subject_der());
    assert_eq!(details.issuer.as_der(), certificate.issuer_der());
    assert!(!openssl_text::lines(&certificate).is_empty());
    agrees(&details, bytes);
    let _ = (
        relation(&certificate, &certificate),
        relation(&certificate, &AUTHORITY),
    );
    assert!(
        trusts(
            std::slice::from_ref(&AUTHORITY),
            std::slice::from_ref(&certificate),
            &[],
            NOW
        )
        .is_err(),
        "no key but that of the authority signs for it"
    );
    renewed(&certificate);
    true
}

/// Another reader sees as many parts of the names.
fn agrees(details: &Details, bytes: &[u8]) {
    let Ok(other) = x509_cert::Certificate::from_der(bytes) else {
        return;
    };
    let other = other.tbs_certificate();
    for (ours, theirs) in [
        (&details.subject, other.subject()),
        (&details.issuer, other.issuer()),
    ] {
        let theirs: Vec<usize> = theirs
            .iter_rdn()
            .map(x509_cert::name::RelativeDistinguishedName::len)
            .collect();
        assert_eq!(ours.rdns().iter().map(Vec::len).collect::<Vec<_>>(), theirs);
    }
    if let Ok(Some((_, SubjectAltName(theirs)))) = other.get_extension::<SubjectAltName>() {
        assert_eq!(details.subject_alt_names.len(), theirs.len());
    }
    if let Ok(Some((_, ExtendedKeyUsage(theirs)))) = other.get_extension::<ExtendedKeyUsage>() {
        assert!(details.extended_key_usage.len() <= theirs.len());
        assert_eq!(details.extended_key_usage.is_empty(), theirs.is_empty());
    }
}

/// A renewal keeps who it is, byte for byte, or is refused.
fn renewed(old: &Certificate) {
    let details = old.details();
    let names = details.subject_alt_names.clone();
    let usages = &details.extended_key_usage;
    let spec = CertificateSpec::leaf(
        details.subject,
        names,
        usages,
        (NOW, NOW + Duration::days(365)),
    );
    match issue(
        &spec,
        KEY.public(),
        Issuer {
            certificate: &AUTHORITY,
            key: &KEY,
        },
    ) {
        Ok(new) => {
            assert_eq!(new.subject_der(), old.subject_der());
            assert_eq!(new.details().subject_alt_names, details.subject_alt_names);
            assert_eq!(relation(&new, &AUTHORITY), Relation::Issued);
        }
        Err(error) => said::is_one_line(&error),
    }
    let other = Issuer {
        certificate: old,
        key: &KEY,
    };
    assert!(
        issue(&spec, KEY.public(), other).is_err(),
        "a key signs for its own certificate only"
    );
}

fn name(bytes: &[u8]) -> bool {
    let Ok(name) = Name::from_der(bytes) else {
        return false;
    };
    assert_eq!(name.as_der(), bytes);
    assert!(!printable(&name.to_rfc4514()).chars().any(is_hidden));
    true
}

fn public(bytes: &[u8]) -> bool {
    let Ok(half) = PublicHalf::from_spki(bytes) else {
        return false;
    };
    assert_eq!(half.spki, bytes);
    let written = pem::blocks(half.to_pem().as_bytes());
    assert!(matches!(&written[..], [Ok(block)] if key::inspect_public(block) == Ok(half)));
    true
}

/// A key that can sign is the one that it was taken for, in whatever form it is written.
fn private(bytes: &[u8]) -> bool {
    let seen = key::inspect_der(bytes);
    if let Err(error) = &seen {
        said::is_one_line(error);
    }
    let Ok(taken) = PrivateKey::from_der(bytes) else {
        return seen.is_ok();
    };
    assert_eq!(Ok(taken.public()), seen.as_ref());
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
        let written = taken.to_pem_like(label);
        let again = PrivateKey::from_pem(written.as_bytes());
        assert!(
            again.is_ok_and(|again| again.public() == taken.public()),
            "written as {label}"
        );
    }
    true
}
