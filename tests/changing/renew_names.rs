//! Renewal: who a certificate stays, to the last byte, and which names it gets or loses.

use std::fs;
use std::path::Path;

use kubepki::engine::change::FailureKind;
use kubepki::pki::ExtendedKeyUsage;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{RenewRequest, SanChange};

use crate::support::planned::{assert_pair, pki};
use crate::support::renewing::{Master, all, identity, items, verify};
use crate::support::{succeed, text, tool};

/// A leaf of the split layout in place of the API server's, with all that people put into
/// certificates.
const ODD: &str = "
[req]
distinguished_name = name
prompt = no
[name]
C = DE
ST = Sachsen
L = Dresden
0.O = system:nodes
1.O = Second, Ltd.
OU = Ops+Dev
CN = kube-apiserver
emailAddress = ops@example.com
[leaf]
keyUsage = keyAgreement, digitalSignature
extendedKeyUsage = critical, clientAuth, 1.3.6.1.4.1.311.20.2.2, serverAuth
basicConstraints = critical, CA:FALSE
subjectAltName = critical, email:ops@example.com, DNS:b.example.com, DNS:a.example.com, IP:10.0.0.7, IP:fd00::1, URI:spiffe://cluster/x, RID:1.2.3.4, dirName:dir, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:ops@corp
certificatePolicies = 1.2.3.4.5
crlDistributionPoints = URI:http://example.com/crl
authorityInfoAccess = OCSP;URI:http://example.com/ocsp
nsComment = made by hand
1.2.3.4.5.6 = ASN1:UTF8String:own
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[dir]
C = DE
CN = somebody
";

/// Puts another certificate in the place of the API server's, made by openssl.
fn odd_apiserver(openssl: &Path, master: &mut Master, days: &str) {
    let at = |name: &str| master.folder.path().join(name);
    fs::write(at("odd.cnf"), ODD).expect("written");
    let (crt, key) = (
        master.path(&pki("apiserver.crt")),
        master.path(&pki("apiserver.key")),
    );
    let (configuration, request) = (at("odd.cnf"), at("odd.csr"));
    let asked = [
        "-config",
        text(&configuration),
        "-key",
        text(&key),
        "-out",
        text(&request),
    ];
    succeed(openssl, &[&["req", "-new", "-utf8"], &asked[..]].concat());
    let (ca, ca_key) = (master.path(&pki("ca.crt")), master.path(&pki("ca.key")));
    let signer = [
        "-CA",
        text(&ca),
        "-CAkey",
        text(&ca_key),
        "-days",
        days,
        "-in",
        text(&request),
    ];
    let form = [
        "-extfile",
        text(&configuration),
        "-extensions",
        "leaf",
        "-out",
        text(&crt),
    ];
    succeed(openssl, &[&["x509", "-req"], &signer[..], &form].concat());
    master.read();
}

#[test]
fn an_odd_identity_is_copied_to_the_last_byte() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    odd_apiserver(&openssl, &mut master, "-1");
    let crt = master.path(&pki("apiserver.crt"));
    let (before, old) = (
        identity(&openssl, &crt),
        master.item("apiserver").certificate().expect("it").clone(),
    );
    let plan = master.plan(items(&["apiserver"]));
    // A group of Kubernetes' own that no API server's certificate has had: it is copied too, once
    // somebody has seen it.
    let asked = "apiserver: it gives the right of system:nodes, which its role never had";
    assert!(
        plan.summary
            .ask()
            .as_deref()
            .is_some_and(|ask| ask.starts_with(asked)),
        "{:?}",
        plan.summary.ask()
    );
    assert_eq!(plan.summary.confirm, ["apiserver"]);
    master.apply(&plan);
    assert_eq!(identity(&openssl, &crt), before);
    let new = master.item("apiserver").certificate().expect("it").clone();
    assert_eq!(new.subject_der(), old.subject_der());
    let made_anew = ["2.5.29.14", "2.5.29.19", "2.5.29.35"];
    let others = |certificate: &kubepki::pki::Certificate| {
        let mut raw = certificate.raw_extensions();
        raw.retain(|raw| !made_anew.contains(&raw.oid.as_str()));
        raw.sort_by(|a, b| a.oid.cmp(&b.oid));
        raw
    };
    assert_eq!(others(&new), others(&old));
    assert_eq!(others(&new).len(), 8);
    assert_ne!(new.details().serial_number, old.details().serial_number);
    verify(&openssl, &master.path(&pki("ca.crt")), &crt, "any");
}

/// The names of a certificate, as openssl writes them.
fn names(master: &Master, id: &str) -> Vec<String> {
    let details = master
        .item(id)
        .certificate()
        .expect("a certificate")
        .details();
    details
        .subject_alt_names
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn names_are_added_and_removed_as_asked() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let Some(mut master) = Master::sample("kubeadm-1.36-rsa") else {
        return;
    };
    let before = names(&master, "apiserver");
    let mut sans = ["new.example.com", "fd00::5", "kubernetes"]
        .map(|name| SanChange::Add(name.to_owned()))
        .to_vec();
    sans.push(SanChange::Remove("192.0.2.10".to_owned()));
    let request = RenewRequest {
        sans,
        days: Some(90),
        key_algorithm: Some(KeyAlgorithm::EcdsaP384),
        ..items(&["apiserver"])
    };
    let plan = master.plan(request);
    let ask = plan.summary.ask().expect("it is asked");
    assert!(ask.contains("names are changed"), "{ask:?}");
    master.apply(&plan);
    let mut expected: Vec<String> = before
        .into_iter()
        .filter(|name| name != "IP:192.0.2.10")
        .collect();
    expected.extend(["DNS:new.example.com".to_owned(), "IP:fd00::5".to_owned()]);
    assert_eq!(names(&master, "apiserver"), expected);
    let crt = master.path(&pki("apiserver.crt"));
    let said = succeed(&openssl, &["x509", "-in", text(&crt), "-noout", "-text"]);
    assert!(
        said.contains("DNS:new.example.com") && said.contains("NIST CURVE: P-384"),
        "{said}"
    );
    assert!(!said.contains("192.0.2.10"), "{said}");
    verify(&openssl, &master.path(&pki("ca.crt")), &crt, "sslserver");
    assert_pair(&openssl, &crt, &master.path(&pki("apiserver.key")));
}

#[test]
fn names_that_it_does_not_have_or_that_are_none_are_refused() {
    let Some(master) = Master::sample("kubeadm-1.36-rsa") else {
        return;
    };
    for wrong in [
        SanChange::Remove("nobody.example.com".to_owned()),
        SanChange::Add("10.0.0.256".to_owned()),
    ] {
        let request = RenewRequest {
            sans: vec![wrong],
            ..items(&["apiserver"])
        };
        let refused = master.try_plan(request).expect_err("refused");
        assert_eq!(refused.kind, FailureKind::Refused, "{refused:?}");
    }
}

#[test]
fn only_servers_get_another_name() {
    let Some(master) = Master::sample("kubeadm-1.36-rsa") else {
        return;
    };
    let plan = master.plan(RenewRequest {
        sans: vec![SanChange::Add("every.example.com".to_owned())],
        ..all()
    });
    for issue in &plan.summary.issues {
        let details = issue.after.details();
        let has = details
            .subject_alt_names
            .iter()
            .any(|name| name.to_string() == "DNS:every.example.com");
        assert_eq!(
            has,
            details
                .extended_key_usage
                .contains(&ExtendedKeyUsage::ServerAuth),
            "{}",
            issue.id
        );
    }
}

#[test]
fn todays_specification_only_adds() {
    let Some(mut master) = Master::sample("kubeadm-1.36-rsa") else {
        return;
    };
    let Some(openssl) = tool("openssl") else {
        return;
    };
    odd_apiserver(&openssl, &mut master, "3");
    // The odd names cannot be written one by one: without them.
    let plan = master.try_plan(RenewRequest {
        to_specification: true,
        ..items(&["apiserver"])
    });
    assert!(plan.is_err(), "a directory name cannot be written anew");
    let sample = Master::sample("kubeadm-1.36-rsa").expect("unpacked before");
    let remove = ["kubernetes", "10.96.0.1"]
        .map(|name| SanChange::Remove(name.to_owned()))
        .to_vec();
    let plan = sample.plan(RenewRequest {
        sans: remove,
        ..items(&["apiserver"])
    });
    let mut sample = sample;
    sample.apply(&plan);
    let less = sample
        .item("apiserver")
        .certificate()
        .expect("it")
        .details()
        .subject_alt_names;
    let plan = sample.plan(RenewRequest {
        to_specification: true,
        ..items(&["apiserver", "admin.conf"])
    });
    let more = plan.summary.issues[0].after.details().subject_alt_names;
    assert_eq!(more[..less.len()], less[..]);
    let added: Vec<String> = more[less.len()..].iter().map(ToString::to_string).collect();
    assert_eq!(added, ["DNS:kubernetes", "IP:10.96.0.1"]);
}
