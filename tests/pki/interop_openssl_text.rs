//! The text of a certificate is, line by line, what openssl prints.

use std::fs;
use std::path::{Path, PathBuf};

use kubepki::pki::{Certificate, openssl_text, pem};

use crate::support::{self, skip, succeed, text, tool};

/// Compares all certificates of a PEM file.
fn compare(openssl: &Path, folder: &Path, file: &Path) -> usize {
    let bytes = fs::read(file).expect("readable");
    let mut compared = 0;
    for block in pem::blocks(&bytes)
        .into_iter()
        .flatten()
        .filter(|block| block.label == "CERTIFICATE")
    {
        let certificate = Certificate::from_der(&block.der).expect("a certificate");
        let path = folder.join("one.pem");
        fs::write(&path, certificate.to_pem()).expect("writable");
        let expected =
            support::run(openssl, &["x509", "-noout", "-text", "-in", text(&path)]).stdout;
        let expected = String::from_utf8_lossy(&expected).into_owned();
        let found = openssl_text::lines(&certificate);
        for (number, (expected, found)) in expected.lines().zip(&found).enumerate() {
            assert_eq!(
                found,
                expected,
                "line {number} of {}\n{}",
                file.display(),
                found_text(&certificate)
            );
        }
        assert_eq!(found.len(), expected.lines().count(), "{}", file.display());
        compared += 1;
    }
    compared
}

fn found_text(certificate: &Certificate) -> String {
    openssl_text::lines(certificate).join("\n")
}

/// Whether this openssl prints as the one that is followed: other releases have other words.
fn is_followed(openssl: &Path) -> bool {
    let version = succeed(openssl, &["version"]);
    let is_followed = version.starts_with("OpenSSL 3.0.");
    if !is_followed {
        skip(&format!(
            "{} prints in other words than OpenSSL 3.0",
            version.trim()
        ));
    }
    is_followed
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path
            .extension()
            .is_some_and(|ending| ending == "crt" || ending == "pem")
        {
            found.push(path);
        }
    }
}

#[test]
fn certificates_of_kubeadm_and_cfssl() {
    let (Some(openssl), Some(tar)) = (tool("openssl"), tool("tar")) else {
        return;
    };
    if !is_followed(&openssl) {
        return;
    }
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let folder = tempfile::tempdir().expect("a folder");
    for sample in ["kubeadm-1.36-rsa", "kubeadm-1.36-ecdsa"] {
        let archive = fixtures.join(format!("samples/{sample}.tar.gz"));
        succeed(&tar, &["-xpzf", text(&archive), "-C", text(folder.path())]);
    }
    let mut files = Vec::new();
    files_below(folder.path(), &mut files);
    files_below(&fixtures.join("certificates"), &mut files);
    let compared: usize = files
        .iter()
        .map(|file| compare(&openssl, folder.path(), file))
        .sum();
    assert!(compared >= 23, "{compared}");
}

const CONFIGURATION: &str = "
[req]
distinguished_name = name
prompt = no
string_mask = utf8only
[name]
C = US
O = \"a, b\"
0.OU = ключ <x>
1.OU = \\#hash
CN = qu\\\"ote\\\\back
1.2.3.4.5 = odd
emailAddress = a@b.c
[odd]
subjectAltName = @names
basicConstraints = critical,CA:TRUE,pathlen:3
keyUsage = critical,digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment,keyAgreement,keyCertSign,cRLSign,encipherOnly,decipherOnly
extendedKeyUsage = 1.2.3.4,clientAuth,serverAuth,codeSigning,emailProtection,timeStamping,OCSPSigning,anyExtendedKeyUsage,1.3.6.1.5.5.7.3.5,msSGC
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer:always
1.2.3.4.5.6 = ASN1:UTF8String:Hello world
1.2.3.4.5.7 = critical,DER:04030102030A41
crlDistributionPoints = URI:http://a/crl,point
authorityInfoAccess = OCSP;URI:http://o/,caIssuers;URI:http://i/
certificatePolicies = 1.2.3.4,anyPolicy,@policy
nameConstraints = permitted;DNS:a.b,permitted;IP:10.0.0.0/255.0.0.0,excluded;email:x.y,excluded;dirName:directory,excluded;IP:fd00::/ffff::
nsComment = hello there
nsCertType = client,server,sslCA
issuerAltName = DNS:issuer
[names]
DNS.1 = a.b
DNS.2 = *.c
IP.1 = 1.2.3.4
IP.2 = ::1
IP.3 = 2001:db8::ab:1
email = x@y.z
URI = https://a/b,c
RID.1 = 1.2.3.4
RID.2 = 2.5.4.3
dirName = directory
otherName.1 = 1.2.3.4;UTF8:hello
otherName.2 = 1.3.6.1.4.1.311.20.2.3;UTF8:me@x
otherName.3 = 1.2.3.4;INTEGER:5
[point]
fullname = URI:http://x/y,DNS:z
CRLissuer = dirName:directory
reasons = keyCompromise,CACompromise
[policy]
policyIdentifier = 1.3.5.8
CPS.1 = http://cps/
[directory]
C = UK
CN = my ключ
[plain]
basicConstraints = CA:FALSE
keyUsage = digitalSignature
[none]
";

const RSA: [&str; 3] = ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"];

/// The key, as genpkey takes it, and what `req` is told besides.
const ODD: [(&[&str], &[&str]); 12] = [
    (&RSA, &["-extensions", "odd", "-utf8"]),
    (
        &RSA,
        &[
            "-extensions",
            "plain",
            "-set_serial",
            "-1",
            "-subj",
            "/CN=x",
        ],
    ),
    (
        &RSA,
        &[
            "-extensions",
            "none",
            "-set_serial",
            "-255",
            "-md5",
            "-subj",
            "/",
        ],
    ),
    (
        &RSA,
        &[
            "-extensions",
            "plain",
            "-sigopt",
            "rsa_padding_mode:pss",
            "-set_serial",
            "0",
        ],
    ),
    (
        &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        &["-extensions", "plain", "-set_serial", "9223372036854775807"],
    ),
    (
        &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        &["-set_serial", "9223372036854775808", "-sha384"],
    ),
    (
        &["EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
        &["-subj", "/O=a+CN=b/CN= c ", "-multivalue-rdn"],
    ),
    (
        &["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        &["-sha512"],
    ),
    (
        &["EC", "-pkeyopt", "ec_paramgen_curve:secp224r1"],
        &["-sha1"],
    ),
    (
        &["ED25519"],
        &["-set_serial", "0x0123456789abcdef0123456789abcdef01234567"],
    ),
    (&["ED448"], &[]),
    (&["RSA-PSS"], &[]),
];

#[test]
fn odd_certificates_made_by_openssl() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    if !is_followed(&openssl) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (configuration, key, out) = (
        folder.path().join("c"),
        folder.path().join("k"),
        folder.path().join("c.pem"),
    );
    fs::write(&configuration, CONFIGURATION).expect("writable");
    for (kind, more) in ODD {
        let mut arguments = vec!["genpkey", "-out", text(&key), "-algorithm"];
        arguments.extend(kind);
        succeed(&openssl, &arguments);
        let mut arguments = vec![
            "req",
            "-x509",
            "-new",
            "-key",
            text(&key),
            "-out",
            text(&out),
            "-days",
            "400",
        ];
        arguments.extend(["-config", text(&configuration)]);
        arguments.extend(more);
        succeed(&openssl, &arguments);
        assert_eq!(compare(&openssl, folder.path(), &out), 1);
    }
}

/// The text of a certificate with the folder's key.
fn self_signed(openssl: &Path, folder: &Path, days: &str, names: &str) -> Vec<String> {
    let (key, out) = (folder.join("k"), folder.join("c.pem"));
    let extension = format!("subjectAltName={names}");
    let arguments = [
        "req",
        "-x509",
        "-new",
        "-key",
        text(&key),
        "-out",
        text(&out),
        "-subj",
        "/CN=x",
    ];
    succeed(
        openssl,
        &[&arguments[..], &["-days", days, "-addext", &extension]].concat(),
    );
    let block = pem::blocks(&fs::read(&out).expect("written"))
        .remove(0)
        .expect("a block");
    openssl_text::lines(&Certificate::from_der(&block.der).expect("a certificate"))
}

#[test]
fn what_renewal_changes_is_told_under_its_headings() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    succeed(
        &openssl,
        &[
            "genpkey",
            "-algorithm",
            "ED25519",
            "-out",
            text(&folder.path().join("k")),
        ],
    );
    let made = |days: &str, names: &str| self_signed(&openssl, folder.path(), days, names);
    let (before, after) = (made("3", "DNS:a"), made("900", "DNS:a,DNS:b"));
    let found = openssl_text::differing(&before, &after);
    let of = |heading: &str| {
        found
            .iter()
            .find(|difference| {
                difference
                    .headings
                    .last()
                    .is_some_and(|last| last.trim() == heading)
            })
            .unwrap_or_else(|| panic!("{heading} is not in {found:?}"))
    };
    assert_eq!(
        of("X509v3 Subject Alternative Name:").before,
        ["                DNS:a"]
    );
    assert_eq!(
        of("X509v3 Subject Alternative Name:").after,
        ["                DNS:a, DNS:b"]
    );
    assert!(
        of("Validity")
            .after
            .iter()
            .all(|line| line.trim().starts_with("Not "))
    );
    assert_eq!(of("Signature Value:").before.len(), 4);
    assert!(found.iter().all(|difference| {
        !difference
            .headings
            .iter()
            .any(|heading| heading.contains("Public Key"))
    }));
}
