//! Names that attack whoever reads them: terminals, spreadsheets, YAML readers. openssl makes the
//! certificates.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support;
use crate::support::program::{AT, Run, kubepki, kubepki_with_input};

const HOSTILE: [&str; 4] = [
    "kube\u{1b}[2J\u{1b}]0;owned\u{7}apiserver",
    "nimda\u{202e}admin\u{202c}\u{2066}x\u{2069}",
    "a\nb\r\tc\u{7f}\u{85}\u{9b}31m",
    "zero\u{200b}width\u{feff}\u{e0041}",
];

/// What YAML 1.1 readers take for something else than text.
const AMBIGUOUS: [&str; 20] = [
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "null",
    "~",
    "true",
    "12:30",
    "1_000",
    "0x1F",
    "0o17",
    "1e3",
    ".inf",
    "2026-11-22",
    "- a",
    "a: b",
    "#c",
    "é\"\\'",
    "{a}",
];

fn certificate(openssl: &Path, folder: &Path, file: &str, name: &str) {
    let subject = format!(
        "/O={0}/CN={0}",
        name.replace('\\', "\\\\").replace('/', "\\/")
    );
    let (key, out) = (folder.join("key.pem"), folder.join(file));
    if !key.is_file() {
        support::succeed(
            openssl,
            &[
                "ecparam",
                "-name",
                "prime256v1",
                "-genkey",
                "-noout",
                "-out",
                support::text(&key),
            ],
        );
    }
    support::succeed(
        openssl,
        &[
            "req",
            "-x509",
            "-key",
            support::text(&key),
            "-utf8",
            "-subj",
            &subject,
            "-days",
            "400",
            "-out",
            support::text(&out),
        ],
    );
}

fn folder_of(names: &[&str]) -> Option<TempDir> {
    let openssl = support::tool("openssl")?;
    let folder = tempfile::tempdir().expect("a folder");
    for (position, name) in names.iter().enumerate() {
        certificate(&openssl, folder.path(), &format!("{position}.crt"), name);
    }
    Some(folder)
}

/// Fails where text holds anything but lines of visible characters.
fn is_harmless(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        let bad = text
            .chars()
            .find(|character| *character != '\n' && kubepki::pki::text::is_hidden(*character));
        assert_eq!(bad, None, "{text:?}");
    }
}

#[test]
fn no_output_holds_a_hidden_character_and_json_the_true_name() {
    let Some(folder) = folder_of(&HOSTILE) else {
        return;
    };
    let path = support::text(folder.path());
    for form in ["table", "wide", "json", "yaml", "name", "csv", "markdown"] {
        let run = kubepki(&["list", path, "-o", form]);
        run.ends_with(0);
        is_harmless(&run);
    }
    let list = kubepki(&["list", path, "-o", "json"]).json();
    let mut names: Vec<&str> = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["commonName"].as_str().expect("CN"))
        .collect();
    let mut expected = HOSTILE.to_vec();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for position in 0..HOSTILE.len() {
        let pem = std::fs::read(folder.path().join(format!("{position}.crt"))).expect("PEM");
        for form in ["table", "wide", "json", "yaml", "name"] {
            let run = kubepki_with_input(&["show", "-", "-o", form], &pem);
            run.ends_with(0);
            is_harmless(&run);
        }
    }
}

#[test]
fn errors_hold_no_hidden_character() {
    for (arguments, code) in [
        (&["show", "\u{1b}[31m\u{202e}"][..], 64),
        (&["list", "/no/\u{1b}[2J"], 3),
        (&["list", "--at", "\u{202e}"], 64),
        (&["list", "--\u{1b}[2J"], 64),
        (&["\u{1b}[2J", "list", "-o", "json"], 64),
    ] {
        let run = kubepki(arguments);
        run.ends_with(code);
        is_harmless(&run);
    }
}

#[test]
fn yaml_1_1_readers_get_text() {
    let Some(python) = support::python("yaml") else {
        return;
    };
    let all: Vec<&str> = AMBIGUOUS.iter().chain(&HOSTILE).copied().collect();
    let Some(folder) = folder_of(&all) else {
        return;
    };
    let path = support::text(folder.path());
    let expected = kubepki(&["list", path, "--at", AT, "-o", "json"]).json();
    let yaml = folder.path().join("list.yaml.txt");
    std::fs::write(
        &yaml,
        kubepki(&["list", path, "--at", AT, "-o", "yaml"]).stdout,
    )
    .expect("written");
    let script = "import sys,yaml,json; print(json.dumps(yaml.safe_load(open(sys.argv[1],encoding='utf-8'))))";
    let read = support::succeed(&python, &["-c", script, support::text(&yaml)]);
    let read: Value = serde_json::from_str(&read).expect("JSON");
    assert_eq!(read, expected);
    let names = read["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| item["commonName"].as_str().expect("text"));
    let names: Vec<&str> = names.collect();
    assert!(
        AMBIGUOUS.iter().all(|name| names.contains(name)),
        "{names:?}"
    );
}

#[test]
fn paths_that_are_not_utf_8_keep_their_bytes() {
    use base64::Engine as _;
    let Some(folder) = folder_of(&["plain"]) else {
        return;
    };
    let odd = folder
        .path()
        .join(std::ffi::OsStr::from_bytes(b"odd-\xff\xfe.crt"));
    std::fs::rename(folder.path().join("0.crt"), odd).expect("renamed");
    let run = kubepki(&["list", support::text(folder.path()), "-o", "json"]);
    is_harmless(&run);
    let list = run.json();
    let item = &list["items"][0];
    let bytes = item["pathBytes"].as_str().expect("pathBytes");
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(bytes)
        .expect("base64");
    assert!(bytes.ends_with(b"odd-\xff\xfe.crt"), "{bytes:?}");
    assert!(
        item["path"]
            .as_str()
            .is_some_and(|path| path.contains("odd-")),
        "{item}"
    );
}

#[test]
fn nothing_in_a_strange_folder_makes_it_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("ca.crt")).expect("a folder");
    std::os::unix::fs::symlink("loop.crt", path("loop.crt")).expect("a link");
    std::os::unix::fs::symlink("/dev/zero", path("zero.crt")).expect("a link");
    std::os::unix::fs::symlink("/etc/passwd", path("away.crt")).expect("a link");
    std::fs::write(path("empty.crt"), b"").expect("a file");
    std::fs::write(path("zeros.pem"), [0; 4096]).expect("a file");
    std::fs::write(path("half.crt"), b"-----BEGIN CERTIFICATE-----\nMIIB").expect("a file");
    std::fs::write(path("der.der"), [0x30, 0x82, 0xff, 0xff, 0x02]).expect("a file");
    std::fs::write(
        path("x.conf"),
        b"clusters: &a [*a]\ncontexts: []\nusers: []\n",
    )
    .expect("a file");
    for form in ["table", "wide", "json", "yaml", "name", "csv", "markdown"] {
        let run = kubepki(&["list", support::text(folder.path()), "-o", form]);
        // Links lead out of the folder: what lies behind them was not read.
        run.ends_with(3);
        is_harmless(&run);
    }
    let list = kubepki(&["list", support::text(folder.path()), "-o", "json"]).json();
    let half = list["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|item| {
            item["path"]
                .as_str()
                .is_some_and(|path| path.ends_with("half.crt"))
        });
    let half = half.expect("a damaged file is an item");
    assert_eq!(
        (&half["status"], &half["subject"]),
        (&"broken".into(), &Value::Null)
    );
    assert!(half["why"].as_str().is_some_and(|why| !why.is_empty()));
}

/// Standard input of any kind ends with an answer or a failure, never with a panic.
#[test]
fn strange_input_is_told() {
    let deep = format!(
        "kind: Secret\ndata: {}1{}\n",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let aliases = "kind: Secret\na: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n\
                   d: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\n\
                   g: &g [*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g]\ndata: {tls.crt: '!!'}\n";
    for input in [
        &b"\xff\xfe\x00\x01"[..],
        b"kind: Secret\ndata:\n  tls.crt: '***'\n",
        b"kind: Secret\ndata: [1, 2]\n",
        b"kind: List\nitems: [{kind: List, items: []}]\nSecret\n",
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        deep.as_bytes(),
        aliases.as_bytes(),
    ] {
        let run = kubepki_with_input(&["show", "-", "-o", "json"], input);
        assert!(run.code == 0 || run.code == 3, "{run:?}");
        is_harmless(&run);
    }
}

/// The reader of names stops at what it does not know: here behind an empty part, with the group
/// that was signed too.
#[test]
fn a_name_of_which_a_part_cannot_be_read_is_broken() {
    let folder = tempfile::tempdir().expect("a folder");
    let pem =
        std::fs::read("tests/fixtures/certificates/kubeadm-apiserver.crt").expect("a fixture");
    let mut der = kubepki::pki::pem::blocks(&pem)
        .remove(0)
        .expect("a block")
        .der
        .to_vec();
    let name = kubepki::pki::Certificate::from_der(&der)
        .expect("a certificate")
        .subject_der()
        .to_vec();
    let at = der
        .windows(name.len())
        .position(|window| window == name)
        .expect("its subject");
    // The SET around the common name.
    der[at + 2] = 0x30;
    std::fs::write(folder.path().join("hidden.der"), der).expect("written");
    let list = kubepki(&["list", support::text(folder.path()), "-o", "json"]).json();
    let item = &list["items"][0];
    assert_eq!(
        (&item["status"], &item["subject"]),
        (&"broken".into(), &Value::Null),
        "{item}"
    );
    assert!(
        item["why"]
            .as_str()
            .is_some_and(|why| why.contains("a name in it cannot be read")),
        "{item}"
    );
}
