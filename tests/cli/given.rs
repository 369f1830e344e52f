//! `show -`: everything that one copies from somewhere, in the states in which it arrives.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::program::{Run, kubepki_with_input};
use crate::support::{openssl, tool};

/// A request and its key, made for this test.
struct Made {
    request: String,
    key: String,
}

impl Made {
    /// `None`: openssl is not there.
    fn new() -> Option<Self> {
        let program = tool("openssl")?;
        let folder = tempfile::tempdir().expect("a folder");
        let names = "subjectAltName=DNS:given.example";
        let more = ["-subj", "/CN=given", "-addext", names];
        let request = openssl::request(&program, folder.path(), "given", &more);
        let read = |path: &Path| fs::read_to_string(path).expect("PEM");
        Some(Self {
            key: read(&request.with_extension("key")),
            request: read(&request),
        })
    }

    fn object(&self) -> String {
        format!(
            "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata:\n  name: given\nspec:\n  \
             request: {}\n  signerName: kubernetes.io/kubelet-serving\n  usages: [server auth]\n",
            STANDARD.encode(&self.request)
        )
    }

    fn kubeconfig(&self, authority: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- cluster:\n    certificate-authority-data: {authority}\n    \
             server: https://192.0.2.1:6443\n  name: c\ncontexts:\n- context:\n    cluster: c\n    user: u\n  \
             name: u@c\ncurrent-context: u@c\nusers:\n- name: u\n  user:\n    client-key-data: {}\n",
            STANDARD.encode(&self.key)
        )
    }
}

fn given(input: &str) -> Run {
    kubepki_with_input(&["show", "-"], input.as_bytes())
}

fn kinds(input: &str) -> Vec<String> {
    let run = kubepki_with_input(&["show", "-", "-o", "json"], input.as_bytes());
    run.ends_with(0);
    let document = run.json();
    let kind = |one: &Value| one["kind"].as_str().expect("a kind").to_owned();
    match document["items"].as_array() {
        Some(items) => items.iter().map(kind).collect(),
        None => vec![kind(&document)],
    }
}

fn unindented(text: &str) -> String {
    let lines = text.lines().map(str::trim_start);
    lines.fold(String::new(), |out, line| out + line + "\n")
}

#[test]
fn several_things_at_once_are_told_one_by_one() {
    let Some(made) = Made::new() else { return };
    let (request, object) = (&made.request, made.object());
    let kubeconfig = made.kubeconfig("bm8=");
    let base64 = STANDARD.encode(request);
    let cfssl = r#"{"CN": "x", "hosts": ["x.example"], "key": {"algo": "ecdsa", "size": 256}}"#;
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nstringData:\n  tls.csr: |\n    {}\n",
        request.trim().replace('\n', "\n    ")
    );
    for (input, expected) in [
        (format!("{base64} {base64}"), &["Request", "Request"][..]),
        (
            format!("{request}explained\n{request}"),
            &["Request", "Request"],
        ),
        (format!("{object}---\n{object}"), &["Request", "Request"]),
        (format!("{object}---\n{secret}"), &["Request", "Request"]),
        (
            format!("{request}---\n{object}---\n{cfssl}"),
            &["Request", "Request", "CfsslRequest"],
        ),
        (
            format!("{kubeconfig}---\n{kubeconfig}"),
            &["Kubeconfig", "Kubeconfig"],
        ),
        (STANDARD.encode(&object), &["Request"]),
    ] {
        assert_eq!(kinds(&input), expected, "{input}");
    }
}

#[test]
fn what_a_web_page_did_to_pem_is_undone_and_told() {
    let Some(made) = Made::new() else { return };
    let request = &made.request;
    for (input, told) in [
        (request.replace('\n', "\\n"), "backslashes"),
        (request.replace('\n', "\\r\\n"), "backslashes"),
        (request.replace('-', "\\-"), "backslashes"),
        (request.replace('\n', " "), "on one line"),
        (made.object().replace('-', "\\-"), "backslashes"),
    ] {
        let run = given(&input);
        run.ends_with(0);
        assert!(run.stdout.contains("CN=given"), "{input}: {run:?}");
        assert!(run.stderr.contains(told), "{input}: {run:?}");
    }
    // Nothing is told where nothing was done.
    let whole = given(request);
    assert!(
        whole.stderr.is_empty() && whole.stdout.contains("CN=given"),
        "{whole:?}"
    );
}

fn tell(input: &str, code: i32, told: &[&str]) {
    let run = given(input);
    run.ends_with(code);
    let all = format!("{}{}", run.stdout, run.stderr);
    for word in told {
        assert!(all.contains(word), "{word} of {input}: {run:?}");
    }
}

#[test]
fn documents_that_cannot_be_decoded_are_named_and_why() {
    let Some(made) = Made::new() else { return };
    let kubeconfig = made.kubeconfig("LS0t...");
    let object = made.object();
    let withheld = object.replace(&STANDARD.encode(&made.request), "LS0tLS1CRUdJTi...");
    tell(&kubeconfig, 0, &["Kubeconfig", "placeholder", "left out"]);
    tell(
        &unindented(&kubeconfig),
        0,
        &["a kubeconfig", "lost their indentation"],
    );
    let told = ["a CertificateSigningRequest", "lost their indentation"];
    tell(&unindented(&object), 0, &told);
    tell(&withheld, 0, &["spec.request is a placeholder"]);
    tell(
        &object.replace("spec:", "spec: ["),
        3,
        &["a CertificateSigningRequest"],
    );
    tell(
        "{\"CN\": \"x\", \"hosts\": [",
        3,
        &["cfssl genkey", "no JSON"],
    );
    let secret = "kind: Secret\ndata:\ntls.crt: LS0t...\n";
    tell(
        secret,
        3,
        &["a Secret", "placeholder", "lost their indentation"],
    );
    tell(
        "some words",
        3,
        &["nothing could be decoded", "readable are"],
    );
}

#[test]
fn what_was_cut_off_is_named() {
    let Some(made) = Made::new() else { return };
    // Whole groups of base64; one character more is none.
    let half = |text: &str| text.len() / 8 * 4;
    let cut = |text: &str| text[..half(text)].to_owned();
    let encoded = STANDARD.encode(&made.request);
    let does_not_end = ["CERTIFICATE REQUEST", "does not end"];
    tell(&cut(&made.request), 0, &does_not_end);
    tell(&cut(&encoded), 0, &does_not_end);
    let told = ["a certificate request (PKCS#10)", "was cut off"];
    tell(&encoded[..=half(&encoded)], 3, &told);
    tell(&cut(&STANDARD.encode(&made.key)), 0, &["Key", "unreadable"]);
}

#[test]
fn what_is_too_much_is_told_and_the_rest_is_not_passed_over() {
    let run = given(&"---\nkind: Config\n".repeat(1001));
    run.ends_with(3);
    for told in ["more than 1000 documents", "and 981 more"] {
        assert!(run.stderr.contains(told), "{told}: {run:?}");
    }
}

#[test]
fn no_secret_is_repeated() {
    let Some(made) = Made::new() else { return };
    let token = "0123456789abcdef0123456789abcdef";
    let line = format!("{token},kubelet-bootstrap,10001,\"system:bootstrappers,others\"\n");
    let broken = format!("{token},\"kubelet-bootstrap,10001\n");
    let key = made.key.lines().nth(1).expect("a line").to_owned();
    let encoded = STANDARD.encode(&made.key);
    let kubeconfig = made.kubeconfig("LS0t...");
    for (input, secret, told) in [
        (line.clone(), token, "kubelet-bootstrap"),
        (broken, token, "a line of a token file"),
        (made.key.replace('\n', " "), key.as_str(), "Key"),
        (made.key.replace('\n', "\\n"), &key, "Key"),
        (kubeconfig.clone(), &encoded, "Kubeconfig"),
        (unindented(&kubeconfig), &encoded, "a kubeconfig"),
        (
            kubeconfig.replace("users:", "users: {"),
            &encoded,
            "Kubeconfig",
        ),
    ] {
        for form in ["table", "json", "wide"] {
            let run = kubepki_with_input(&["show", "-", "-o", form], input.as_bytes());
            let all = format!("{}{}", run.stdout, run.stderr);
            assert!(!all.contains(secret), "{form} of {input}: {run:?}");
            assert!(
                form != "table" || all.contains(told),
                "{told} of {input}: {run:?}"
            );
        }
    }
    let run = kubepki_with_input(&["show", "-", "-o", "json"], line.as_bytes());
    assert_eq!(run.json()["kind"], "TokenLine");
    assert_eq!(run.json()["groups"][1], "others");
}
