//! Issuing: openssl, certtool and x509-parser judge what is made.

use std::path::Path;

use kubepki::pki::issue::{Authority, CertificateSpec, Issuer, issue, self_sign};
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Certificate, Error, ExtendedKeyUsage, GeneralName, KeyUsage, Name, pem};
use time::{Duration, OffsetDateTime};

use crate::chain::{judge, lifetime, name, root, server_names, write};
use crate::support::{self, succeed, text, tool};

/// A certificate for clients.
fn client(subject: Name, lifetime: (OffsetDateTime, OffsetDateTime)) -> CertificateSpec {
    CertificateSpec::leaf(
        subject,
        Vec::new(),
        &[ExtendedKeyUsage::ClientAuth],
        lifetime,
    )
}

#[test]
fn every_algorithm_makes_a_chain_that_others_accept() {
    for algorithm in KeyAlgorithm::ALL {
        let key = PrivateKey::generate(algorithm).expect("a key");
        let root = root(&key);
        let middle_key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
        let mut spec = CertificateSpec::authority(name("middle", &["a", "b"]), lifetime(300));
        spec.authority = Some(Authority {
            path_length: Some(0),
        });
        let issuer = Issuer {
            certificate: &root,
            key: &key,
        };
        let middle = issue(&spec, middle_key.public(), issuer).expect("an intermediate");
        let usages = [ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth];
        let spec = CertificateSpec::leaf(
            name("kube-apiserver", &[]),
            server_names(),
            &usages,
            lifetime(30),
        );
        let leaf = issue(
            &spec,
            key.public(),
            Issuer {
                certificate: &middle,
                key: &middle_key,
            },
        )
        .expect("a leaf");
        judge(&root, Some(&middle), &leaf);
        let direct = issue(&spec, middle_key.public(), issuer).expect("a leaf");
        judge(&root, None, &direct);
        assert_eq!(direct.details().subject_alt_names, server_names());
    }
}

#[test]
fn a_root_is_as_kubeadm_makes_it() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    let folder = tempfile::tempdir().expect("a folder");
    let path = write(folder.path(), "ca", &root(&key).to_pem());
    let extensions =
        "basicConstraints,keyUsage,subjectAltName,authorityKeyIdentifier,extendedKeyUsage";
    let said = succeed(
        &openssl,
        &["x509", "-noout", "-ext", extensions, "-in", text(&path)],
    );
    for expected in [
        "Basic Constraints: critical\n    CA:TRUE\n",
        "Key Usage: critical\n    Digital Signature, Key Encipherment, Certificate Sign\n",
        "Subject Alternative Name: \n    DNS:kubernetes\n",
    ] {
        assert!(said.contains(expected), "{expected} in {said}");
    }
    assert!(
        !said.contains("Authority Key") && !said.contains("Extended"),
        "{said}"
    );
    // RFC 7093 method 1, worked out by openssl: SHA-256 over the bits of the public key.
    let public = support::run(
        &openssl,
        &[
            "pkey",
            "-pubin",
            "-in",
            text(&write(folder.path(), "pub", &key.public_pem())),
            "-outform",
            "DER",
        ],
    )
    .stdout;
    let bits = folder.path().join("bits");
    // The point of P-256 is the last 65 bytes.
    std::fs::write(&bits, &public[public.len() - 65..]).expect("writable");
    let digest = succeed(&openssl, &["dgst", "-sha256", "-r", text(&bits)]);
    let identifier = root(&key)
        .details()
        .subject_key_identifier
        .expect("an identifier");
    assert_eq!(kubepki::pki::hex(&identifier), digest[..40]);
}

#[test]
fn small_serial_numbers_are_der() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    for (serial, expected) in [
        (1, "serial=01"),
        (0x80, "serial=80"),
        (u64::MAX >> 1, "serial=7FFFFFFFFFFFFFFF"),
    ] {
        let mut spec = CertificateSpec::authority(name("kubernetes", &[]), lifetime(10));
        spec.serial_number = Some(serial);
        let root = self_sign(&spec, &key).expect("a root");
        let issuer = Issuer {
            certificate: &root,
            key: &key,
        };
        let mut spec = client(name("leaf", &[]), lifetime(5));
        spec.serial_number = Some(serial);
        let leaf = issue(&spec, key.public(), issuer).expect("a leaf");
        judge(&root, None, &leaf);
        for certificate in [&root, &leaf] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = write(folder.path(), "it", &certificate.to_pem());
            assert_eq!(
                succeed(&openssl, &["x509", "-noout", "-serial", "-in", text(&path)]).trim(),
                expected
            );
        }
    }
}

#[test]
fn serials_are_random_and_positive() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    let serials: std::collections::BTreeSet<String> = (0..20)
        .map(|_| root(&key).details().serial_number)
        .collect();
    assert_eq!(serials.len(), 20);
    assert!(
        serials
            .iter()
            .all(|serial| serial.len() <= 16 && !serial.starts_with('-'))
    );
}

/// A CA made by openssl, whose name rcgen would spoil.
fn foreign_authority(
    openssl: &Path,
    folder: &Path,
    subject: &str,
    usages: &str,
) -> (Certificate, PrivateKey) {
    let (key, certificate) = (folder.join("ca.key"), folder.join("ca.crt"));
    let usages = format!("keyUsage=critical,{usages}");
    let mut arguments = vec![
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ];
    arguments.extend([
        "-days", "100", "-utf8", "-addext", &usages, "-subj", subject,
    ]);
    arguments.extend(["-keyout", text(&key), "-out", text(&certificate)]);
    succeed(openssl, &arguments);
    let block = pem::blocks(&std::fs::read(certificate).expect("written"))
        .remove(0)
        .expect("a block");
    let key = PrivateKey::from_pem(&std::fs::read(key).expect("written")).expect("a key");
    (
        Certificate::from_der(&block.der).expect("a certificate"),
        key,
    )
}

#[test]
fn issuers_of_any_name_survive_byte_for_byte() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for subject in [
        "/DC=com/DC=example/CN=x",
        "/O=a/O=b/O=a/CN=admin",
        "/C=DE/O=Firma/OU=Abteilung+CN=viele Werte+O=zweite",
        "/CN=мастер 主/emailAddress=pki@example.com",
        "/UID=7/SN=Name/serialNumber=42/CN=\\/slash, comma",
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let (authority, key) =
            foreign_authority(&openssl, folder.path(), subject, "keyCertSign,cRLSign");
        let spec = CertificateSpec::leaf(
            Name::from_der(authority.subject_der()).expect("a name"),
            vec![GeneralName::Dns("x".into())],
            &[ExtendedKeyUsage::ServerAuth],
            (authority.not_before(), authority.not_after()),
        );
        let leaf_key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
        let issuer = Issuer {
            certificate: &authority,
            key: &key,
        };
        let leaf = issue(&spec, leaf_key.public(), issuer).expect(subject);
        assert_eq!(leaf.issuer_der(), authority.subject_der());
        let shorter = (spec.not_before, spec.not_after - Duration::days(1));
        let spec = client(name("w1", &["one", "two", "one"]), shorter);
        let leaf = issue(&spec, leaf_key.public(), issuer).expect(subject);
        judge(&authority, None, &leaf);
        assert_eq!(
            leaf.details().subject.organizations(),
            ["one", "two", "one"]
        );
        // Such a CA can also be made again under its own name.
        let again = CertificateSpec::authority(
            Name::from_der(authority.subject_der()).expect("a name"),
            lifetime(99),
        );
        let renewed = self_sign(&again, &key).expect(subject);
        assert_eq!(renewed.subject_der(), authority.subject_der());
        let spec = client(name("w1", &[]), lifetime(9));
        let issuer = Issuer {
            certificate: &renewed,
            key: &key,
        };
        let leaf = issue(&spec, leaf_key.public(), issuer).expect(subject);
        judge(&renewed, None, &leaf);
    }
}

fn refusal(result: Result<Certificate, Error>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn what_an_issuer_must_not_sign_is_refused() {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    let other = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    let (start, end) = lifetime(100);
    let mut narrow = CertificateSpec::authority(name("narrow", &[]), (start, end));
    narrow.authority = Some(Authority {
        path_length: Some(0),
    });
    let narrow = self_sign(&narrow, &key).expect("a root");
    let mut no_sign = CertificateSpec::authority(name("no-sign", &[]), (start, end));
    no_sign.key_usage = vec![KeyUsage::DigitalSignature, KeyUsage::CrlSign];
    let plain = client(name("leaf", &[]), (start, end));
    let server = self_sign(&plain, &key).expect("its own issuer");
    let on = |certificate, key, spec: &CertificateSpec| {
        refusal(issue(spec, other.public(), Issuer { certificate, key }))
    };

    assert_eq!(
        on(&narrow, &other, &plain),
        "the key is not that of CN=narrow"
    );
    assert_eq!(
        on(&server, &key, &plain),
        "CN=leaf is not a CA (its basic constraints do not say so)"
    );
    let authority = CertificateSpec::authority(name("below", &[]), (start, end));
    assert_eq!(
        on(&narrow, &key, &authority),
        "CN=narrow may not sign CAs (its path length is 0)"
    );
    let mut late = plain.clone();
    late.not_after += Duration::seconds(1);
    assert!(on(&narrow, &key, &late).contains("after CN=narrow does on"));
    let mut early = plain.clone();
    early.not_before -= Duration::seconds(1);
    assert!(on(&narrow, &key, &early).contains("before CN=narrow does on"));
    let mut backwards = plain.clone();
    backwards.not_after = backwards.not_before;
    assert!(on(&narrow, &key, &backwards).contains("end before it begins"));
    let mut signs = plain.clone();
    signs.key_usage.push(KeyUsage::CertSign);
    assert!(on(&narrow, &key, &signs).contains("for CAs only"));
    assert!(refusal(self_sign(&no_sign, &key)).contains("could sign nothing"));
    let mut unknown = plain;
    unknown.extended_key_usage = vec![ExtendedKeyUsage::of_oid("to make coffee")];
    assert!(on(&narrow, &key, &unknown).contains("no extended key usage"));
}

#[test]
fn an_authority_without_cert_sign_is_refused() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, key) =
        foreign_authority(&openssl, folder.path(), "/CN=ca", "digitalSignature");
    let spec = CertificateSpec::leaf(
        name("leaf", &[]),
        Vec::new(),
        &[],
        (certificate.not_before(), certificate.not_after()),
    );
    let why = refusal(issue(
        &spec,
        key.public(),
        Issuer {
            certificate: &certificate,
            key: &key,
        },
    ));
    assert_eq!(
        why,
        "CN=ca may not sign certificates (its key usage lacks cert sign)"
    );
}
