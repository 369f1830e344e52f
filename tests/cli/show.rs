//! `show`: one thing decoded, from a master, a file, standard input; openssl judges.

use crate::support;
use crate::support::openssl::{self, Facts};
use crate::support::program::{AT, Sample, by_id, kubepki, kubepki_with_input, texts};

const SAMPLES: [&str; 2] = ["kubeadm-1.36-rsa", "kubeadm-1.36-ecdsa"];

#[test]
fn show_finds_by_id_path_and_fingerprint() {
    let Some(sample) = Sample::recorded(SAMPLES[0]) else {
        return;
    };
    let list = sample.kubepki(&["list", "-o", "json"]).json();
    let item = by_id(&list)["apiserver"].clone();
    let sha256 = item["sha256"].as_str().expect("hex");
    let colons: Vec<String> = sha256
        .to_uppercase()
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).into_owned())
        .collect();
    let real = sample.file("/etc/kubernetes/pki/apiserver.crt");
    for what in [
        "apiserver",
        "/etc/kubernetes/pki/apiserver.crt",
        "pki/apiserver.crt",
        real.to_str().expect("UTF-8"),
        sha256,
        &sha256[..8],
        &colons.join(":"),
    ] {
        let shown = sample.kubepki(&["show", what, "-o", "json"]);
        shown.ends_with(0);
        let shown = shown.json();
        assert_eq!(
            (&shown["kind"], &shown["sha256"]),
            (&"Certificate".into(), &sha256.into()),
            "{what}"
        );
        assert_eq!(texts(&shown, "chain"), ["apiserver", "ca"]);
        assert_eq!(
            shown["command"],
            format!("openssl x509 -in {} -noout -text", real.display())
        );
    }
    sample.kubepki(&["show", &sha256[..7]]).ends_with(64);
    let text = sample.kubepki(&["show", "apiserver"]).stdout;
    for part in [
        "kube-apiserver --tls-cert-file",
        "/etc/kubernetes/manifests/kube-apiserver.yaml:",
        "present, and it is this certificate's",
        "openssl x509 -in",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

#[test]
fn an_ambiguous_name_is_answered_with_the_candidates() {
    let Some(sample) = Sample::recorded(SAMPLES[1]) else {
        return;
    };
    let bundle = sample.file("/etc/kubernetes/pki/ca.crt");
    let both = [
        bundle.clone(),
        sample.file("/etc/kubernetes/pki/etcd/ca.crt"),
    ]
    .map(|path| std::fs::read_to_string(path).expect("a certificate"))
    .concat();
    std::fs::write(&bundle, both).expect("written");
    let run = sample.kubepki(&["show", "/etc/kubernetes/pki/ca.crt", "-o", "json"]);
    run.ends_with(64);
    let document = run.json();
    assert!(texts(&document, "why").len() == 2, "{document}");
}

#[test]
fn standard_input_in_every_form() {
    let Some(openssl) = support::tool("openssl") else {
        return;
    };
    let Some(sample) = Sample::recorded(SAMPLES[0]) else {
        return;
    };
    let path = sample.file("/etc/kubernetes/pki/apiserver.crt");
    let pem = std::fs::read(&path).expect("PEM");
    let der = sample.file("/apiserver.der");
    support::succeed(
        &openssl,
        &[
            "x509",
            "-in",
            support::text(&path),
            "-outform",
            "DER",
            "-out",
            support::text(&der),
        ],
    );
    let der = std::fs::read(der).expect("DER");
    let encoded = base64_of(&pem);
    let key = std::fs::read(sample.file("/etc/kubernetes/pki/apiserver.key")).expect("a key");
    let secret = format!(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\ndata:\n  tls.crt: {encoded}\n  tls.key: {}\n",
        base64_of(&key)
    );
    let expected = Facts::of(&openssl, &path);
    for (form, input) in [
        ("PEM", pem.clone()),
        ("DER", der.clone()),
        ("base64 of PEM", encoded.clone().into_bytes()),
        ("base64 of DER", base64_of(&der).into_bytes()),
        ("Secret", secret.clone().into_bytes()),
    ] {
        let run = kubepki_with_input(&["show", "-", "-o", "json", "--at", AT], &input);
        assert_eq!(run.code, 0, "{form}: {run:?}");
        assert_eq!(Facts::of_document(&run.json()), expected, "{form}");
    }
    let run = kubepki_with_input(&["show", "-", "-o", "json"], secret.as_bytes());
    assert_eq!(
        (&run.json()["keyState"], &run.json()["keyMatches"]),
        (&"present".into(), &true.into())
    );
    let run = kubepki_with_input(&["show", "-", "-o", "json"], b"no PKI at all");
    run.ends_with(3);
    assert_eq!(run.json()["kind"], "Error");
    kubepki_with_input(&["show", "-"], b"").ends_with(3);
}

fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn requests_from_standard_input() {
    let Some(program) = support::tool("openssl") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let more = [
        "-subj",
        "/O=system:nodes/CN=system:node:w1",
        "-addext",
        "subjectAltName=DNS:w1,IP:10.0.0.7",
    ];
    let csr = openssl::request(&program, folder.path(), "w1", &more);
    let pem = std::fs::read(&csr).expect("a request");
    let object = format!(
        "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata:\n  name: csr-w1\nspec:\n  \
         request: {}\n  signerName: kubernetes.io/kubelet-serving\n  usages: [digital signature, server auth]\n  \
         username: system:node:w1\n  groups: [system:nodes]\n",
        base64_of(&pem)
    );
    for input in [pem.as_slice(), object.as_bytes()] {
        let run = kubepki_with_input(&["show", "-", "-o", "json"], input);
        run.ends_with(0);
        let document = run.json();
        assert_eq!(
            (&document["kind"], &document["subject"]),
            (
                &"Request".into(),
                &"CN=system:node:w1,O=system:nodes".into()
            )
        );
        assert_eq!(texts(&document, "dnsNames"), ["w1"]);
        assert_eq!(texts(&document, "ipAddresses"), ["10.0.0.7"]);
        assert_eq!(document["signatureValid"], true);
    }
    let document = kubepki_with_input(&["show", "-", "-o", "json"], object.as_bytes()).json();
    assert_eq!(
        (&document["name"], &document["signerName"]),
        (&"csr-w1".into(), &"kubernetes.io/kubelet-serving".into())
    );
    assert_eq!(document["requester"]["username"], "system:node:w1");
}

#[test]
fn a_file_outside_of_the_master_is_shown() {
    let Some(sample) = Sample::recorded(SAMPLES[1]) else {
        return;
    };
    let outside = tempfile::tempdir().expect("a folder");
    let path = outside.path().join("copy.crt");
    std::fs::copy(sample.file("/etc/kubernetes/pki/apiserver.crt"), &path).expect("copied");
    for root in [sample.root.to_str().expect("UTF-8"), "/no/such/root"] {
        let run = kubepki(&["--root", root, "show", support::text(&path), "-o", "json"]);
        run.ends_with(0);
        assert_eq!(run.json()["commonName"], "kube-apiserver");
    }
}
