//! What is issued is used: a server and its clients, an Ingress' Secret, systems that learn to know
//! the CA.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::issuing::Issuing;
use crate::support::pair::Pair;
use crate::support::serving::{Server, curl};
use crate::support::{is_root, python, skip, succeed, text, tool};

#[test]
fn a_service_is_believed_under_its_names_and_lets_its_clients_in() {
    let (Some(openssl), Some(program)) = (tool("openssl"), tool("curl")) else {
        return;
    };
    let issuing = Issuing::new();
    let names = [
        "web.shop.svc",
        "web.shop.svc.cluster.local",
        "shop.example.org",
    ];
    let asked = "--profile server --service web --namespace shop --san shop.example.org";
    issuing.issued("web", asked);
    issuing.issued(
        "robot",
        "--profile client --cn robot --key-algorithm ECDSA-P256",
    );
    issuing.issued("peer", "--profile peer --san store --key-algorithm Ed25519");
    let (web, robot, peer) = (
        issuing.pair("web"),
        issuing.pair("robot"),
        issuing.pair("peer"),
    );
    let authority = issuing.file("web-ca.crt");
    let asks = [
        "-Verify",
        "1",
        "-verify_return_error",
        "-CAfile",
        text(&authority),
    ];
    let server = Server::start(&openssl, &web, &asks);
    let as_client = |name: &str, client: &Pair| {
        let known = [
            "--cacert",
            text(&authority),
            "--cert",
            text(&client.certificate),
            "--key",
            text(&client.key),
        ];
        curl(&program, name, &server, &known)
    };
    for name in names {
        for client in [&robot, &peer] {
            let answer = as_client(name, client);
            assert!(answer.status.success(), "{name}: {answer:?}");
        }
    }
    // 60: the server's certificate is not for that name; a server's certificate lets nobody in.
    assert_eq!(
        as_client("other.example.org", &robot).status.code(),
        Some(60)
    );
    assert!(!as_client(names[0], &web).status.success());
    drop(server);
    let server = Server::start(&openssl, &peer, &[]);
    let answer = curl(&program, "store", &server, &["--cacert", text(&authority)]);
    assert!(answer.status.success(), "{answer:?}");
}

/// Files for an Ingress, in a folder of their own.
fn ingress(issuing: &Issuing) -> PathBuf {
    let asked = "--profile server --san shop.example.org --ingress on --namespace shop";
    issuing.issued("shop", asked);
    issuing
        .prefix("shop")
        .parent()
        .expect("a folder")
        .to_owned()
}

#[test]
fn an_ingress_gets_its_secret_as_other_readers_read_it() {
    let Some(python) = python("yaml") else { return };
    let issuing = Issuing::new();
    let folder = ingress(&issuing);
    let script = "import yaml, base64, sys\n\
        secret = yaml.safe_load(open('shop-secret.yaml'))\n\
        ingress = yaml.safe_load(open('shop-ingress.yaml'))\n\
        assert secret['kind'] == 'Secret' and secret['type'] == 'kubernetes.io/tls', secret\n\
        assert secret['metadata'] == {'name': 'on', 'namespace': 'shop'}, secret\n\
        assert ingress == {'spec': {'tls': [{'hosts': ['shop.example.org'], 'secretName': 'on'}]}}, ingress\n\
        for field, file in (('tls.crt', 'shop.crt'), ('tls.key', 'shop.key')):\n\
        \x20   assert base64.b64decode(secret['data'][field], validate=True) == open(file, 'rb').read(), field\n";
    let read = Command::new(&python)
        .args(["-c", script])
        .current_dir(&folder)
        .output()
        .expect("python starts");
    assert!(read.status.success(), "{read:?}");
    let mode = std::os::unix::fs::MetadataExt::mode(
        &fs::metadata(folder.join("shop-secret.yaml")).expect("a Secret"),
    );
    assert_eq!(mode & 0o7777, 0o600);
    if let Some(kubectl) = tool("kubectl") {
        let secret = folder.join("shop-secret.yaml");
        let words = [
            "label",
            "--local",
            "-o",
            "jsonpath={.type}",
            "-f",
            text(&secret),
            "a=b",
        ];
        assert_eq!(succeed(&kubectl, &words), "kubernetes.io/tls");
    }
}

/// The lines of the page about trust for one sort of system.
fn lines(page: &str, title: &str) -> String {
    let (_, rest) = page.split_once(&format!("## {title}")).expect("a heading");
    let (_, rest) = rest.split_once("```sh\n").expect("lines");
    rest.split_once("```").expect("an end").0.to_owned()
}

/// Runs lines where the folders that they change are copies, which end with them.
fn in_a_copy(folder: &Path, copied: &[&Path], script: &str) -> Option<Output> {
    let unshare = tool("unshare")?;
    if !is_root() {
        skip("only root has mounts of its own");
        return None;
    }
    let aside = tempfile::tempdir().expect("a folder");
    let mut all = String::from("set -eu\n");
    for (at, place) in copied.iter().enumerate() {
        let copy = aside.path().join(at.to_string());
        let (place, copy) = (text(place), text(&copy));
        all.push_str(
            [
                "cp -a ",
                place,
                " ",
                copy,
                "\nmount --bind ",
                copy,
                " ",
                place,
                "\n",
            ]
            .concat()
            .as_str(),
        );
    }
    all += script;
    let output = Command::new(unshare)
        .args(["--mount", "sh", "-c", &all])
        .current_dir(folder)
        .output()
        .expect("unshare starts");
    Some(output)
}

#[test]
fn systems_learn_to_know_the_authority_by_the_lines_of_its_page() {
    let issuing = Issuing::new();
    let folder = ingress(&issuing);
    let page = fs::read_to_string(folder.join("shop-trust.md")).expect("a page");
    let (_, after) = page.split_once("\n\n").expect("a heading");
    assert!(after.starts_with("Browsers do not know this CA"), "{page}");
    if let (Some(openssl), Some(_)) = (tool("openssl"), tool("update-ca-certificates")) {
        let verify = format!("{} verify -CApath /etc/ssl/certs shop.crt", text(&openssl));
        let script = format!(
            "if {verify}; then exit 9; fi\n{}{verify}\n",
            lines(&page, "Debian")
        );
        let folders = ["/etc/ssl/certs", "/usr/local/share/ca-certificates"].map(Path::new);
        if let Some(output) = in_a_copy(&folder, &folders, &script) {
            assert!(output.status.success(), "{output:?}");
        }
    }
    if let Some(keytool) = tool("keytool") {
        let home = fs::canonicalize(&keytool).expect("it is there");
        let store = home
            .ancestors()
            .nth(2)
            .expect("its home")
            .join("lib/security/cacerts");
        let store = fs::canonicalize(store).expect("a store");
        let listed = "keytool -list -cacerts -storepass changeit -alias shop-ca";
        let script = format!(
            "if {listed}; then exit 9; fi\n{}{listed}\n",
            lines(&page, "Java")
        );
        if let Some(output) = in_a_copy(&folder, &[&store], &script) {
            assert!(output.status.success(), "{output:?}");
        }
    }
}
