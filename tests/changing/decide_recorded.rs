//! What is signed offline is what kube-controller-manager 1.36.2 signed for the same requests: recorded
//! from a control plane that is gone, whose keys are throwaway ones.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki::pki::{Certificate, pem};
use serde_json::{Value, json};

use crate::support::ground::Ground;
use crate::support::{succeed, text, tool};

const RECORDED: &str = "tests/fixtures/requests/recorded";

/// Every recorded object, and the certificate that it had in the end.
fn recorded() -> Vec<(Value, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDED);
    let files = fs::read_dir(folder).expect("the recordings").flatten();
    let objects = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    let read = |path: PathBuf| {
        let object: Value =
            serde_json::from_slice(&fs::read(path).expect("a recording")).expect("an object");
        let encoded = object["status"]["certificate"]
            .as_str()
            .expect("a certificate");
        let certificate = STANDARD.decode(encoded).expect("base64");
        (object, certificate)
    };
    objects.map(read).collect()
}

/// The master whose CA signed them.
fn ground() -> Ground {
    let ground = Ground::set_up();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(RECORDED);
    for (name, to) in [("ca.crt", "ca.crt"), ("throwaway-ca.key", "ca.key")] {
        let to = ground.master.file(&format!("/etc/kubernetes/pki/{to}"));
        fs::write(to, fs::read(from.join(name)).expect("a file")).expect("it is written");
    }
    ground
}

/// Everything but serial number, dates and signature, with the types of strings.
fn told(openssl: &Path, certificate: &Path) -> String {
    let options = "no_serial,no_validity,no_sigdump";
    let arguments = [
        "x509",
        "-noout",
        "-text",
        "-certopt",
        options,
        "-nameopt",
        "RFC2253,show_type",
        "-in",
        text(certificate),
    ];
    succeed(openssl, &arguments)
}

fn parsed(certificate: &[u8]) -> Certificate {
    let block = pem::blocks(certificate).remove(0).expect("a block");
    Certificate::from_der(&block.der).expect("a certificate")
}

#[test]
fn what_is_signed_offline_is_what_the_controller_manager_signed() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let ground = ground();
    let all = recorded();
    assert_eq!(all.len(), 7, "recordings");
    for (mut object, expected) in all {
        let name = object["metadata"]["name"]
            .as_str()
            .expect("a name")
            .to_owned();
        object["status"] = json!({});
        let folder = ground.folder.path().join("my archives");
        let request = folder.join(format!("{name}.json"));
        fs::write(&request, object.to_string()).expect("it is written");
        let flags = [
            "request",
            "approve",
            text(&request),
            "--yes",
            "--confirm",
            &name,
        ];
        ground.master.kubepki(&flags).ends_with(0);
        let made = folder.join(format!("{name}.crt"));
        let by_them = folder.join("theirs.crt");
        fs::write(&by_them, &expected).expect("it is written");
        assert_eq!(told(&openssl, &made), told(&openssl, &by_them), "{name}");
        let made_pem = fs::read(&made).expect("the certificate");
        let (made, theirs) = (parsed(&made_pem), parsed(&expected));
        let life = |one: &Certificate| one.not_after() - one.not_before();
        assert_eq!(life(&made), life(&theirs), "{name}");
        let written = fs::read_to_string(&request).expect("the object");
        let status = &serde_yaml::from_str::<Value>(&written).expect("YAML")["status"];
        assert_eq!(status["conditions"][0]["type"], "Approved");
        assert_eq!(
            STANDARD
                .decode(status["certificate"].as_str().expect("text"))
                .expect("base64"),
            made_pem
        );
    }
}
