//! The documentation's example (tasks/tls/managing-tls-in-a-cluster): from cfssl's JSON to a server that
//! curl believes under the service's name, every step by a command.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::ground::Ground;
use crate::support::pair::Pair;
use crate::support::serving::{Server, curl};
use crate::support::{python, succeed, text, tool};

const JSON: &str = r#"{"hosts": ["my-svc.my-namespace.svc.cluster.local", "my-pod.my-namespace.pod.cluster.local",
  "192.0.2.24", "10.0.34.2"], "CN": "my-pod.my-namespace.pod.cluster.local", "key": {"algo": "ecdsa", "size": 256}}"#;

/// The same with everything that cfssl knows.
const FULL: &str = r#"{"CN": "a.example", "hosts": ["b.example", "ann@c.example", "192.0.2.1", "fd00::1", "*.d.example"],
        "names": [{"C": "NO", "ST": "Oslo", "L": "Oslo", "O": "zz", "OU": "u"}, {"O": "a & b"}],
        "key": {"algo": "rsa", "size": 2048}}"#;

/// The folder, with the JSON in it.
fn asked(ground: &Ground, json: &str) -> PathBuf {
    let folder = ground.folder.path().join("my archives");
    fs::write(folder.join("request.json"), json).expect("it is written");
    folder
}

/// kubectl's description of the object.
fn described(ground: &Ground, object: &Path) {
    let described = ground
        .master
        .kubepki(&["request", "show", text(object), "-o", "describe"]);
    let expected = "\
Name:               my-svc.my-namespace
Labels:             <none>
Annotations:        <none>
CreationTimestamp:  Mon, 01 Jan 0001 00:00:00 +0000
Requesting User:    \nSigner:             example.com/serving
Status:             Pending
Subject:
  Common Name:    my-pod.my-namespace.pod.cluster.local
  Serial Number:  \nSubject Alternative Names:
         DNS Names:     my-svc.my-namespace.svc.cluster.local
                        my-pod.my-namespace.pod.cluster.local
         IP Addresses:  192.0.2.24
                        10.0.34.2
Events:  <none>
";
    assert_eq!(described.stdout, expected);
}

/// curl believes a server with this pair under its names, and under no other.
fn believed(ground: &Ground, (openssl, program): (&Path, &Path), pair: &Pair) {
    let authority = ground.master.file("/etc/kubernetes/pki/ca.crt");
    let server = Server::start(openssl, pair, &[]);
    let known = ["--cacert", text(&authority)];
    for (name, expected) in [
        ("my-svc.my-namespace.svc.cluster.local", Some(0)),
        ("my-pod.my-namespace.pod.cluster.local", Some(0)),
        ("other.example.org", Some(60)),
    ] {
        assert_eq!(
            curl(program, name, &server, &known).status.code(),
            expected,
            "{name}"
        );
    }
}

/// The object brings the answer to where its key waits.
fn placed(ground: &Ground, object: &Path, pair: &Pair) {
    ground
        .master
        .kubepki(&["request", "import", text(object), "--yes"])
        .ends_with(0);
    let placed = fs::read(pair.key.with_extension("crt")).expect("the certificate");
    assert_eq!(
        placed,
        fs::read(&pair.certificate).expect("the certificate")
    );
}

#[test]
fn cfssls_json_ends_in_a_server_that_curl_believes() {
    let (Some(openssl), Some(program)) = (tool("openssl"), tool("curl")) else {
        return;
    };
    let ground = Ground::set_up();
    let folder = asked(&ground, JSON);
    let prefix = folder.join("server");
    let json = folder.join("request.json");
    let words = [
        "request",
        "create",
        "-f",
        text(&json),
        "--name",
        "my-svc.my-namespace",
        "--signer",
        "example.com/serving",
        "--out",
        text(&prefix),
        "--yes",
        "-o",
        "json",
    ];
    let run = ground.master.kubepki(&words);
    run.ends_with(0);
    let object = folder.join("server.yaml");
    described(&ground, &object);
    let shown = ground
        .master
        .kubepki(&["request", "show", text(&object), "-o", "json"])
        .json();
    assert_eq!(
        (&shown["verdict"], &shown["class"]),
        (&"amber".into(), &"service".into())
    );
    assert_eq!(
        shown["usages"],
        serde_json::json!(["digital signature", "server auth"])
    );
    let words = ["request", "approve", text(&object), "--yes", "-o", "json"];
    let run = ground.master.kubepki(&words);
    run.ends_with(0);
    let next = run.json()["plan"]["leaves"][0]["why"].to_string();
    for part in [
        "kubectl certificate approve my-svc.my-namespace",
        "kubectl replace --subresource=status -f",
    ] {
        assert!(next.contains(part), "{next}");
    }
    let pair = Pair {
        certificate: folder.join("my-svc.my-namespace.crt"),
        key: folder.join("server.key"),
    };
    believed(&ground, (&openssl, &program), &pair);
    placed(&ground, &object, &pair);
}

/// What openssl says of a request, but key and signature.
fn told(openssl: &Path, request: &Path) -> String {
    let options = [
        "-reqopt",
        "no_pubkey,no_sigdump",
        "-nameopt",
        "RFC2253,show_type",
    ];
    let head = ["req", "-noout", "-text", "-verify", "-in", text(request)];
    succeed(openssl, &[&head[..], &options].concat())
}

/// What `cfssl genkey FILE | cfssljson -bare PREFIX` makes.
fn by_cfssl((cfssl, cfssljson): (&Path, &Path), file: &Path, prefix: &Path) {
    let output = Command::new(cfssl).args(["genkey", text(file)]).output();
    let answer = prefix.with_extension("json");
    fs::write(&answer, output.expect("cfssl starts").stdout).expect("it is written");
    succeed(cfssljson, &["-f", text(&answer), "-bare", text(prefix)]);
}

#[test]
fn a_bare_request_is_the_one_that_cfssl_and_cfssljson_make() {
    let (Some(openssl), Some(cfssl), Some(cfssljson)) =
        (tool("openssl"), tool("cfssl"), tool("cfssljson"))
    else {
        return;
    };
    for json in [JSON, FULL, "{\"CN\": \"x\"}"] {
        let ground = Ground::set_up();
        let folder = asked(&ground, json);
        let (ours, theirs) = (folder.join("ours"), folder.join("theirs"));
        let file = folder.join("request.json");
        let words = [
            "request",
            "create",
            "-f",
            text(&file),
            "--bare",
            text(&ours),
            "--yes",
        ];
        let run = ground.master.kubepki(&words);
        run.ends_with(0);
        assert_eq!(
            run.stderr.contains("is not added to the names"),
            json != JSON,
            "{run:?}"
        );
        by_cfssl((&cfssl, &cfssljson), &file, &theirs);
        let of = |prefix: &Path, ending: &str| PathBuf::from(format!("{}{ending}", text(prefix)));
        assert_eq!(
            told(&openssl, &of(&ours, ".csr")),
            told(&openssl, &of(&theirs, ".csr")),
            "{json}"
        );
        let mode = |prefix| {
            fs::metadata(of(prefix, "-key.pem"))
                .expect("a key")
                .permissions()
                .mode()
        };
        assert_eq!((mode(&ours), mode(&theirs)), (0o100_600, 0o100_600));
        let head = |prefix| {
            fs::read_to_string(of(prefix, "-key.pem"))
                .expect("a key")
                .lines()
                .next()
                .map(str::to_owned)
        };
        assert_eq!(head(&ours), head(&theirs));
        let files = fs::read_dir(&folder).expect("a folder").flatten();
        let ours_alone =
            files.filter(|file| file.file_name().to_string_lossy().starts_with("ours"));
        assert_eq!(ours_alone.count(), 2, "{json}");
    }
}

#[test]
fn names_of_objects_are_read_by_others_as_they_were_meant() {
    let Some(python) = python("yaml") else { return };
    let ground = Ground::set_up();
    let folder = ground.folder.path().join("my archives");
    for name in ["on", "1_000", "12:30", "null", "Yes", "my svc"] {
        let prefix = folder.join("asked");
        let words = [
            "request",
            "create",
            "--profile",
            "client",
            "--cn",
            name,
            "--key-algorithm",
            "ECDSA-P256",
            "--days",
            "30",
            "--out",
            text(&prefix),
            "--yes",
        ];
        ground.master.kubepki(&words).ends_with(0);
        let script = "import yaml, sys\n\
            it = yaml.safe_load(open(sys.argv[1]))\n\
            assert isinstance(it['metadata']['name'], str), it\n\
            assert it['spec']['signerName'] == 'kubernetes.io/kube-apiserver-client', it\n\
            assert it['spec']['expirationSeconds'] == 2592000, it\n\
            assert it['spec']['usages'] == ['digital signature', 'client auth'], it\n";
        succeed(&python, &["-c", script, text(&folder.join("asked.yaml"))]);
        ground.master.kubepki(&["undo", "--yes"]).ends_with(0);
    }
}

#[test]
fn what_cfssl_would_not_take_is_refused() {
    let ground = Ground::set_up();
    for (json, words) in [
        ("{", "is no request"),
        ("{\"CN\": \"a\", \"ca\": {\"pathlen\": 0}}", "asks for a CA"),
        (
            "{\"CN\": \"a\", \"key\": {\"algo\": \"rsa\", \"size\": 1024}}",
            "rsa 1024",
        ),
        ("{}", "names nobody"),
    ] {
        let file = asked(&ground, json).join("request.json");
        let words_of = [
            "request",
            "create",
            "-f",
            text(&file),
            "--bare",
            "/tmp/never",
            "--yes",
        ];
        ground.refused(64, &[words], || ground.master.kubepki(&words_of));
    }
    let run = ground
        .master
        .kubepki(&["request", "create", "-f", "-", "--cn", "a"]);
    run.ends_with(64);
}
