//! `bootstrap` as scripts use it: openssl computes the hash, kubectl and python3-yaml read what is written, and no secret is
//! told but where it was asked for.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use serde_json::Value;

use crate::support::changing::{Master, differing};
use crate::support::program::{Run, texts};
use crate::support::{python, succeed, text, tool};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";
const FOLDER: &str = "/etc/kubernetes/bootstrap";

/// A new token: its id, its manifest's path, and the whole of it, read by a line of its own.
fn new_token(master: &Master, more: &[&str]) -> (String, String, String) {
    let run = master.kubepki(&[&["bootstrap", "token", "--yes", "-o", "json"], more].concat());
    run.ends_with(0);
    let list = master.kubepki(&["bootstrap", "token", "--list", "-o", "json"]).json();
    let items = list["items"].as_array().expect("items");
    let id = items.last().and_then(|item| item["id"].as_str()).expect("an id").to_owned();
    let path = items.last().and_then(|item| item["path"].as_str()).expect("a path").to_owned();
    let manifest = fs::read_to_string(master.file(&path)).expect("the manifest");
    let secret = manifest.lines().find_map(|line| line.trim().strip_prefix("token-secret: ")).expect("the secret");
    let secret = secret.trim_matches('"').to_owned();
    assert!(!run.stdout.contains(&secret) && !run.stderr.contains(&secret), "{run:?}");
    (id, path, secret)
}

/// What python3-yaml makes of a file, as JSON; `None` where it is not installed.
fn yaml(path: &Path) -> Option<Vec<Value>> {
    let python = python("yaml")?;
    let script = "import sys, json, yaml\nprint(json.dumps(list(yaml.safe_load_all(open(sys.argv[1]))), default=str))";
    let said = succeed(&python, &["-c", script, text(path)]);
    Some(serde_json::from_str(&said).expect("JSON"))
}

/// kubectl takes the file for objects of Kubernetes, without a server.
fn kubectl_takes(path: &Path) {
    let Some(kubectl) = tool("kubectl") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(path, folder.path().join("it.yaml")).expect("copied");
    fs::write(folder.path().join("kustomization.yaml"), "resources: [it.yaml]\n").expect("written");
    let seen = succeed(&kubectl, &["kustomize", text(folder.path())]);
    assert!(seen.contains("kind: "), "{seen}");
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("facts").permissions().mode() & 0o7777
}

#[test]
fn the_hash_is_what_openssl_computes() {
    let (Some(openssl), Some(master)) = (tool("openssl"), Master::sample(SAMPLE)) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let authority = master.file("/etc/kubernetes/pki/ca.crt");
    fs::write(at("pub"), succeed(&openssl, &["x509", "-noout", "-pubkey", "-in", text(&authority)])).expect("written");
    succeed(&openssl, &["pkey", "-pubin", "-in", text(&at("pub")), "-outform", "DER", "-out", text(&at("der"))]);
    let digest = succeed(&openssl, &["dgst", "-sha256", "-r", text(&at("der"))]);
    let expected = format!("sha256:{}", digest.split_whitespace().next().expect("a digest"));
    let run = master.kubepki(&["bootstrap", "hash"]);
    run.ends_with(0);
    assert_eq!((run.stdout.trim(), run.stderr.as_str()), (expected.as_str(), ""));
    let document = master.kubepki(&["bootstrap", "hash", "-o", "json"]).json();
    assert_eq!((&document["kind"], texts(&document, "hashes")), (&"DiscoveryHash".into(), vec![expected]));
    assert!(!master.state.exists(), "asking makes no state");
}

#[test]
fn a_token_is_made_listed_ended_and_taken_back() {
    let Some(master) = Master::sample(SAMPLE) else { return };
    let before = master.tree();
    let dry = master.kubepki(&["bootstrap", "token", "--dry-run", "-o", "json"]);
    dry.ends_with(0);
    assert_eq!(dry.json()["kind"], "Plan");
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    assert!(!master.state.exists());
    let odd = "for \"w-1\" # 主: yes";
    let (id, path, secret) = new_token(&master, &["--description", odd, "--ttl", "7d"]);
    let file = master.file(&path);
    assert_eq!(path, format!("{FOLDER}/bootstrap-token-{id}.yaml"));
    assert_eq!((mode(&file), mode(&master.file(FOLDER))), (0o600, 0o755));
    if let Some(documents) = yaml(&file) {
        let [secret_object] = &documents[..] else { panic!("{documents:?}") };
        assert_eq!(secret_object["type"], "bootstrap.kubernetes.io/token");
        assert_eq!(secret_object["metadata"]["name"], format!("bootstrap-token-{id}"));
        assert_eq!(secret_object["metadata"]["namespace"], "kube-system");
        let data = &secret_object["stringData"];
        let fields = [("token-id", id.as_str()), ("token-secret", &secret), ("description", odd)];
        let usual = "system:bootstrappers:kubeadm:default-node-token";
        let usages = [("usage-bootstrap-authentication", "true"), ("auth-extra-groups", usual)];
        for (field, expected) in fields.into_iter().chain(usages) {
            assert_eq!(data[field], expected, "{field}");
        }
        assert!(data["expiration"].as_str().is_some_and(|end| end.ends_with('Z') && end.len() == 20), "{data}");
    }
    kubectl_takes(&file);
    let listed = |at: &str| {
        let list = master.kubepki(&["bootstrap", "token", "--list", "-o", "json", "--at", at]).json();
        assert_eq!(list["kind"], "BootstrapTokenList");
        list["items"][0].clone()
    };
    assert_eq!((&listed("+6d")["state"], &listed("+8d")["state"]), (&"valid".into(), &"expired".into()));
    assert_eq!(listed("+6d")["description"], odd);
    // It ends: its time alone is another one.
    let old = fs::read_to_string(&file).expect("text");
    master.kubepki(&["bootstrap", "token", "--expire", &id, "--yes"]).ends_with(0);
    let new = fs::read_to_string(&file).expect("text");
    let changed: Vec<&str> = new.lines().filter(|line| !old.lines().any(|old| old == *line)).collect();
    assert!(matches!(changed[..], [line] if line.starts_with("  expiration: ")), "{changed:?}");
    assert_eq!(listed("+1h")["state"], "expired");
    let again = master.kubepki(&["bootstrap", "token", "--expire", &id, "--yes"]);
    again.ends_with(0);
    assert!(again.stderr.contains("has ended already"), "{again:?}");
    for _ in 0..2 {
        master.kubepki(&["undo", "--yes"]).ends_with(0);
    }
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}

#[test]
fn no_secret_is_told_unasked() {
    let Some(master) = Master::sample(SAMPLE) else { return };
    let (id, path, secret) = new_token(&master, &["--ttl", "0"]);
    master.kubepki(&["bootstrap", "token-file", "--user", "kubelet-bootstrap", "--yes"]).ends_with(0);
    let lines = fs::read_to_string(master.file("/etc/kubernetes/token.csv")).expect("text");
    let line = lines.split(',').next().expect("a token").to_owned();
    let commands: &[&[&str]] = &[
        &["bootstrap", "token", "--list"],
        &["bootstrap", "token-file", "--list"],
        &["bootstrap", "token", "--expire", &id, "--dry-run"],
        &["bootstrap", "token-file", "--expire", "kubelet-bootstrap", "--dry-run"],
        &["bootstrap", "kubeconfig", "--identity", &id, "--dry-run"],
        &["bootstrap", "kubeconfig", "--identity", &id, "--yes"],
        &["bootstrap", "join"],
        &["bootstrap", "hash"],
        &["kubeconfig", "list"],
        &["list"],
        &["history"],
        &["show", &path],
    ];
    for command in commands {
        for form in ["table", "wide", "json", "yaml"] {
            let run = master.kubepki(&[command, &["-o", form][..]].concat());
            for secret in [&secret, &line] {
                assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{command:?} {form}");
            }
        }
    }
    // Asked for, it is told on standard output alone.
    let join = master.kubepki(&["bootstrap", "join", "--token", &id]);
    assert!(join.stdout.contains(&format!("--token {id}.{secret} ")) && !join.stderr.contains(&secret), "{join:?}");
}

#[test]
fn kubectl_reads_the_kubeconfig_and_it_holds_the_token() {
    let Some(master) = Master::sample(SAMPLE) else { return };
    let (id, _, secret) = new_token(&master, &[]);
    let path = "/etc/kubernetes/bootstrap-kubelet.conf";
    let run = master.kubepki(&["bootstrap", "kubeconfig", "--identity", &id, "--yes"]);
    run.ends_with(0);
    let file = master.file(path);
    assert_eq!(mode(&file), 0o600);
    let authority = fs::read(master.file("/etc/kubernetes/pki/ca.crt")).expect("a CA");
    let data = base64::engine::general_purpose::STANDARD.encode(authority);
    if let Some(kubectl) = tool("kubectl") {
        let seen = succeed(&kubectl, &["config", "view", "--raw", "-o", "json", "--kubeconfig", text(&file)]);
        let seen: Value = serde_json::from_str(&seen).expect("JSON");
        assert_eq!(seen["current-context"], "tls-bootstrap-token-user@kubernetes");
        assert_eq!(seen["users"][0]["user"]["token"], format!("{id}.{secret}"));
        assert_eq!(seen["clusters"][0]["cluster"]["certificate-authority-data"], data);
        let admin = succeed(
            &kubectl,
            &["config", "view", "-o", "json", "--kubeconfig", text(&master.file("/etc/kubernetes/admin.conf"))],
        );
        let admin: Value = serde_json::from_str(&admin).expect("JSON");
        assert_eq!(seen["clusters"][0]["cluster"]["server"], admin["clusters"][0]["cluster"]["server"]);
    }
    // kubepki knows whose it is, and who holds the token.
    let list = master.kubepki(&["bootstrap", "token", "--list", "-o", "json"]).json();
    assert_eq!(texts(&list["items"][0], "kubeconfigs"), [path]);
    let list = master.kubepki(&["kubeconfig", "list", "-o", "json"]).json();
    let item = list["items"].as_array().expect("items").iter().find(|item| item["path"] == path).expect("it");
    assert_eq!(item["users"][0]["identity"], format!("system:bootstrap:{id}"));
    assert_eq!(
        texts(&item["users"][0], "groups"),
        ["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token"]
    );
    assert_eq!(item["contexts"][0]["reaches"], "this-master");
    // An address that the API server's certificate does not have is warned of.
    let other = ["--server", "https://192.0.2.7:6443", "--dry-run", "-o", "json"];
    let plan = master.kubepki(&[&["bootstrap", "kubeconfig", "--identity", &id], &other[..]].concat()).json();
    assert!(texts(&plan, "warnings").iter().any(|text| text.contains("192.0.2.7")), "{plan}");
    assert!(plan["changes"][0]["action"] == "replace", "{plan}");
}

#[test]
fn a_token_file_keeps_every_other_byte() {
    let Some(master) = Master::sample(SAMPLE) else { return };
    let (path, manifest) = ("/etc/kubernetes/token.csv", "/etc/kubernetes/manifests/kube-apiserver.yaml");
    let flags = fs::read_to_string(master.file(manifest)).expect("a manifest");
    let named =
        flags.replacen("    - --tls-cert-file", &format!("    - --token-auth-file={path}\n    - --tls-cert-file"), 1);
    fs::write(master.file(manifest), named).expect("written");
    let old = "\u{feff}t0,\"ann, b\",1,\"g1,g2\"\r\n\r\n,odd,2\r\nshort";
    fs::write(master.file(path), old).expect("written");
    fs::set_permissions(master.file(path), fs::Permissions::from_mode(0o640)).expect("set");
    let before = master.tree();
    let add = ["bootstrap", "token-file", "--user", "system:bootstrapper", "--yes", "-o", "json"];
    let run = master.kubepki(&add);
    run.ends_with(0);
    let operation = run.json();
    let restart = &operation["plan"]["restarts"][0];
    assert_eq!((&restart["component"], &restart["required"]), (&"kube-apiserver".into(), &true.into()), "{operation}");
    assert_eq!(restart["reason"], "it reads token.csv only at its start");
    assert_eq!(operation["restarts"][0]["state"], "needed", "{operation}");
    let warnings = texts(&operation["plan"], "warnings");
    for part in [":4: there are fewer than three columns", "0640", ":3: the token is empty"] {
        assert!(warnings.iter().any(|text| text.contains(part)), "{part}: {warnings:?}");
    }
    let new = fs::read_to_string(master.file(path)).expect("text");
    let line = new.strip_prefix(&format!("{old}\r\n")).expect("all that was there");
    assert!(
        line.ends_with(",system:bootstrapper,10001,\"system:bootstrappers\"\r\n") && line.len() > 32 + 40,
        "{line}"
    );
    assert_eq!(mode(&master.file(path)), 0o640);
    let list = master.kubepki(&["bootstrap", "token-file", "--list", "-o", "json"]).json();
    let users: Vec<&Value> = list["items"].as_array().expect("items").iter().map(|item| &item["user"]).collect();
    assert_eq!(users, ["ann, b", "system:bootstrapper"]);
    master.kubepki(&["bootstrap", "token-file", "--expire", "system:bootstrapper", "--yes"]).ends_with(0);
    assert_eq!(fs::read_to_string(master.file(path)).expect("text"), format!("{old}\r\n"));
    for _ in 0..2 {
        master.kubepki(&["undo", "--yes"]).ends_with(0);
    }
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}

#[test]
fn bindings_are_written_and_known() {
    let Some(master) = Master::sample(SAMPLE) else { return };
    let paths = || -> Vec<bool> {
        let join = master.kubepki(&["bootstrap", "join", "-o", "json"]).json();
        let bindings = join["bindings"].as_array().expect("bindings");
        bindings.iter().map(|binding| !binding["path"].is_null()).collect()
    };
    assert_eq!(paths(), [false; 3]);
    let items = |master: &Master| master.kubepki(&["list", "-o", "json"]).json()["items"].as_array().map(Vec::len);
    let count = items(&master);
    let run = master.kubepki(&["bootstrap", "manifests", "--yes"]);
    run.ends_with(0);
    assert!(run.stderr.contains("no approver") && run.stdout.contains("kubectl apply -f"), "{run:?}");
    assert_eq!((paths(), items(&master)), (vec![true; 3], count));
    let file = master.file("/etc/kubernetes/bootstrap/bindings.yaml");
    kubectl_takes(&file);
    if let Some(documents) = yaml(&file) {
        let names: Vec<&Value> = documents.iter().map(|document| &document["metadata"]["name"]).collect();
        let of_nodes = "kubeadm:node-autoapprove-certificate-rotation";
        assert_eq!(names, ["kubeadm:kubelet-bootstrap", "kubeadm:node-autoapprove-bootstrap", of_nodes]);
        assert_eq!(documents[0]["roleRef"]["name"], "system:node-bootstrapper");
        assert_eq!(documents[2]["subjects"][0]["name"], "system:nodes");
    }
    for (identity, user) in [("token-file", "kubelet-bootstrap"), ("bootstrapper", "system:bootstrapper")] {
        let run = master.kubepki(&["bootstrap", "manifests", "--identity", identity, "--print"]);
        run.ends_with(0);
        assert!(run.stdout.contains(&format!("  kind: User\n  name: {user}\n")), "{run:?}");
    }
    assert_eq!(mode(&file), 0o644);
}

fn told(run: &Run, code: i32, words: &str) {
    run.ends_with(code);
    assert!(run.stderr.contains(words), "{words}: {run:?}");
}

#[test]
fn bad_input_is_told_and_nothing_is_written() {
    let Some(master) = Master::sample(SAMPLE) else { return };
    fs::create_dir(master.file(FOLDER)).expect("made");
    fs::write(master.file("/etc/kubernetes/bootstrap/there.yaml"), "mine\n").expect("written");
    let before = master.tree();
    let token = ["bootstrap", "token", "--yes"];
    let cases: &[(&[&str], i32, &str)] = &[
        (&["--group", "system:masters"], 4, "must begin with system:bootstrappers:"),
        (&["--group", "system:bootstrappers:a,system:masters"], 4, "has characters"),
        (&["--ttl", "0h"], 64, "0 for ever"),
        (&["--ttl", "999999y"], 64, "0 for ever"),
        (&["--ttl", "9000y"], 4, "no calendar"),
        (&["--description", "a\u{1b}[2Jb"], 4, "one line"),
        (&["--path", "token.yaml"], 4, "no path of a file on the master"),
        (&["--path", "/etc/../root/token.yaml"], 4, "no path of a file on the master"),
        (&["--path", "/etc/kubernetes/manifests/token.yaml"], 4, "static pod"),
        (&["--path", "/etc/kubernetes/bootstrap/there.yaml"], 4, "is there already"),
        (&["--path", "/etc/kubernetes/admin.conf/x.yaml"], 4, "in the way"),
        (&["--expire", "zzzzzz"], 4, "no manifest here has"),
        (&["--list", "--expire", "a"], 64, "cannot be used with"),
    ];
    for (more, code, words) in cases {
        told(&master.kubepki(&[&token[..], more].concat()), *code, words);
    }
    let others: &[(&[&str], i32, &str)] = &[
        (&["token-file", "--yes"], 64, "required"),
        (&["token-file", "--user", "a\nb", "--yes"], 4, "cannot be seen"),
        (&["token-file", "--user", "a", "--group", "g1,g2", "--yes"], 4, "comma"),
        (&["token-file", "--expire", "nobody", "--yes"], 4, "no token file here"),
        (&["kubeconfig", "--identity", "nobody", "--yes"], 4, "no token here"),
        (&["join", "--token", "zzzzzz"], 64, "no manifest here has"),
        (&["manifests", "--identity", "root", "--yes"], 64, "possible values"),
        (&["token", "--yes", "--read-only"], 4, "--read-only"),
        (&["token"], 4, "not confirmed"),
    ];
    for (more, code, words) in others {
        told(&master.kubepki(&[&["bootstrap"], *more].concat()), *code, words);
    }
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}

#[test]
fn a_hand_made_cluster_has_flags_in_place_of_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("etc")).expect("made");
    let master = Master::at(folder.path());
    let setup =
        ["setup", "--layout", "split", "--node", "m1", "--address", "192.0.2.10", "--key-algorithm", "ECDSA-P256"];
    master.kubepki(&[&setup[..], &["--yes"]].concat()).ends_with(0);
    let join = master.kubepki(&["bootstrap", "join"]);
    join.ends_with(0);
    let flags = "kube-apiserver --token-auth-file=/etc/kubernetes/token.csv\nkubelet \
                 --bootstrap-kubeconfig=/etc/kubernetes/auth/bootstrap.conf\nkubelet rotateCertificates: true\n";
    assert_eq!(join.stdout, flags);
    assert_eq!(join.stderr.matches("token-auth-file").count(), 0, "{join:?}");
    assert!(master.kubepki(&["bootstrap", "join", "-o", "json"]).json()["command"].is_null());
    let list = master.kubepki(&["bootstrap", "token-file", "--list", "-o", "json"]).json();
    assert_eq!(
        (&list["items"][0]["user"], list["items"].as_array().map(Vec::len)),
        (&"system:bootstrapper".into(), Some(1))
    );
    master.kubepki(&["bootstrap", "kubeconfig", "--identity", "system:bootstrapper", "--yes"]).ends_with(0);
    if let Some(kubectl) = tool("kubectl") {
        let file = master.file("/etc/kubernetes/auth/bootstrap.conf");
        let seen = succeed(&kubectl, &["config", "view", "--raw", "-o", "json", "--kubeconfig", text(&file)]);
        let seen: Value = serde_json::from_str(&seen).expect("JSON");
        let token = fs::read_to_string(master.file("/etc/kubernetes/token.csv")).expect("text");
        let token = token.split(',').next().expect("a token").to_owned();
        assert_eq!(seen["users"][0]["user"]["token"], token);
        assert_eq!(seen["users"][0]["name"], "system:bootstrapper");
        assert_eq!(seen["clusters"][0]["cluster"]["server"], "https://192.0.2.10:6443");
    }
}

#[test]
fn tokens_wait_for_a_cluster_that_is_not_there_yet() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("etc")).expect("a folder");
    let master = Master::at(folder.path());
    let made = master.kubepki(&["bootstrap", "token", "--yes"]);
    made.ends_with(0);
    assert!(!made.stdout.contains('!') && !made.stderr.contains('!'), "{made:?}");
    let (id, path, _) = new_token(&master, &[]);
    assert!(path.starts_with(FOLDER), "{path}");
    let list = master.kubepki(&["bootstrap", "token", "--list", "-o", "json"]).json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    master.kubepki(&["bootstrap", "token", "--expire", &id, "--yes"]).ends_with(0);
    master.kubepki(&["bootstrap", "token-file", "--user", "w", "--yes"]).ends_with(0);
    let lines = master.kubepki(&["bootstrap", "token-file", "--list"]);
    lines.ends_with(0);
    assert!(lines.stdout.contains("/etc/kubernetes/token.csv"), "{lines:?}");
    // No certificate is there: setting up begins with nothing still.
    let setup = ["setup", "--node", "m1", "--address", "10.0.0.1", "--dry-run", "-o", "name"];
    master.kubepki(&setup).ends_with(0);
}
