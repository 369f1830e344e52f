//! `setup` as scripts and people use it: one machine, several, next year's machine, what comes next.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::changing::differing;
use crate::support::ground::{Ground, ONE, THREE, node};
use crate::support::program::{self, Run, by_id, texts};
use crate::support::{succeed, text, tool};

/// The kubeadm tree of a single master: keys and certificates (kubeadm's certlist.go), `sa`, kubeconfigs.
const FILES: usize = 10 * 2 + 2 + 5;

#[test]
fn a_dry_run_says_all_and_writes_nothing() {
    let ground = Ground::new();
    let before = ground.everything();
    let run = ground.setup(&[&ONE[..], &["--dry-run", "-o", "json"]].concat());
    run.ends_with(0);
    let plan = run.json();
    assert_eq!((&plan["apiVersion"], &plan["kind"]), (&"kubepki/v1".into(), &"Plan".into()));
    assert!(
        plan["title"].as_str().is_some_and(|title| title.contains("kubernetes")) && plan["ask"].is_string(),
        "{plan}"
    );
    let own = node(&plan, "master-1");
    assert_eq!((&own["roles"], &own["archive"]), (&"control plane, etcd".into(), &Value::Null));
    let files = own["files"].as_array().expect("files");
    assert_eq!(files.len(), FILES, "{files:?}");
    for file in files {
        let path = file["path"].as_str().expect("a path");
        let mode = if Path::new(path).extension().is_some_and(|ending| ending == "crt") { "0644" } else { "0600" };
        assert_eq!((&file["mode"], &file["kept"]), (&mode.into(), &false.into()), "{file}");
        assert!(file["shared"].is_boolean(), "{file}");
        assert!(file["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{file}");
    }
    let issues = plan["issues"].as_array().expect("issues");
    assert_eq!(issues.len(), 15, "three CAs, seven leaves, five kubeconfigs");
    for issue in issues {
        assert_eq!((&issue["key"], &issue["replaces"], &issue["node"]), (&"new".into(), &Value::Null, &Value::Null));
        assert_eq!((&issue["status"], &issue["keyAlgorithm"]), (&"ok".into(), &"ECDSA-P256".into()), "{issue}");
    }
    assert_eq!(differing(&before, &ground.everything()), Vec::<String>::new());
    assert!(!ground.master.state.exists(), "a dry run leaves no state");
    for form in ["table", "wide", "yaml", "name"] {
        let said = ground.setup(&[&ONE[..], &["--dry-run", "-o", form]].concat());
        said.ends_with(0);
        assert!(said.stdout.contains("/etc/kubernetes/pki/etcd/ca.key"), "{form}: {}", said.stdout);
        assert!(
            !said.stdout.contains("PRIVATE KEY-----\n") && !said.stdout.contains("LS0tLS1CRUdJTiB"),
            "{form}: a key"
        );
    }
}

#[test]
fn the_letter_names_who_is_who() {
    let ground = Ground::new();
    let letter = ground.setup(&[&ONE[..], &["--dry-run"]].concat()).stdout;
    for part in [
        "15 certificates for 1 machine, one transaction",
        "master-1 (control plane, etcd): written here",
        "CN=kube-apiserver",
        "CN=kubernetes-admin",
        "10.96.0.1",
        "kubernetes.default.svc.cluster.local",
        "0600  /etc/kubernetes/pki/ca.key",
        "worth a look",
    ] {
        assert!(letter.contains(part), "{part}:\n{letter}");
    }
    assert!(!letter.contains("renewed") && !letter.contains("ENDS NOW"), "{letter}");
}

#[test]
fn one_command_makes_a_master_and_one_takes_it_back() {
    let ground = Ground::new();
    let before = ground.master.tree();
    let run = ground.setup(&[&ONE[..], &["--yes"]].concat());
    run.ends_with(0);
    assert!(run.stdout.contains("kubepki undo") && run.stdout.contains("kubepki setup guide kubernetes"), "{run:?}");
    let list = ground.master.kubepki(&["list", "-o", "json"]);
    list.ends_with(0);
    let items = by_id(&list.json());
    assert_eq!((items.len(), &list.json()["layout"]), (15, &"kubeadm".into()));
    for (id, item) in &items {
        assert_eq!(
            (&item["status"], &item["keyMatches"], &item["inUse"]),
            (&"ok".into(), &true.into(), &true.into()),
            "{id}"
        );
        assert_eq!(texts(item, "roles").len(), 1, "{id}");
    }
    if let Some(openssl) = tool("openssl") {
        for (authority, leaf) in [
            ("ca", "apiserver"),
            ("etcd/ca", "etcd/peer"),
            ("etcd/ca", "apiserver-etcd-client"),
            ("front-proxy-ca", "front-proxy-client"),
        ] {
            let of = |name: &str| ground.master.file(&format!("/etc/kubernetes/pki/{name}.crt"));
            succeed(&openssl, &["verify", "-x509_strict", "-CAfile", text(&of(authority)), text(&of(leaf))]);
        }
    }
    // Nothing is missing, and nothing is made twice.
    let made = ground.everything();
    let again = ground.setup(&[&ONE[..], &["--yes"]].concat());
    again.ends_with(0);
    assert!(again.stdout.is_empty() && again.stderr.contains("nothing to do"), "{again:?}");
    assert_eq!(differing(&made, &ground.everything()), Vec::<String>::new());
    ground.master.kubepki(&["undo", "--yes"]).ends_with(0);
    assert_eq!(differing(&before, &ground.master.tree()), Vec::<String>::new());
    assert_eq!(ground.master.kubepki(&["setup", "list", "-o", "name"]).stdout, "");
}

#[test]
fn what_was_done_is_kept_node_by_node() {
    let ground = Ground::new();
    let run = ground.setup_with_input(&["--nodes", "-", "--endpoint", "api.example.org", "--yes", "-o", "json"], THREE);
    run.ends_with(0);
    let operation = run.json();
    assert_eq!((&operation["kind"], &operation["state"]), (&"Operation".into(), &"done".into()));
    let id = operation["id"].as_str().expect("an id");
    let shown = ground.master.kubepki(&["history", "show", id, "-o", "json"]).json();
    assert_eq!(shown["plan"]["nodes"], operation["plan"]["nodes"]);
    let nodes: Vec<_> =
        operation["plan"]["nodes"].as_array().expect("nodes").iter().map(|node| &node["name"]).collect();
    assert_eq!(nodes, ["master-1", "master-2", "master-3"]);
    let of_others =
        operation["plan"]["issues"].as_array().expect("issues").iter().filter(|issue| issue["node"] == "master-2");
    assert!(of_others.count() > 5, "{operation}");
    let text = ground.master.kubepki(&["history", "show", id]).stdout;
    for part in ["master-3 (control plane, etcd): ", "scp ", "the same on other nodes"] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

#[test]
fn each_other_machine_gets_an_archive() {
    let ground = Ground::new();
    let run = ground.setup_with_input(
        &["--nodes", "-", "--endpoint", "api.example.org", "--cluster-name", "prod", "--here", "master-1", "--yes"],
        THREE,
    );
    run.ends_with(0);
    let (Some(tar), Some(sums)) = (tool("tar"), tool("sha256sum")) else { return };
    for name in ["prod-master-2", "prod-master-3"] {
        let archive = ground.archive(name);
        let digest = succeed(&sums, &[text(&archive)]);
        let digest = digest.split(' ').next().expect("a digest");
        assert!(run.stdout.contains(digest) && run.stdout.contains(&format!("scp '{}'", text(&archive))), "{run:?}");
        let there = ground.folder.path().join(name);
        fs::create_dir(&there).expect("a folder");
        succeed(&tar, &["-xpf", text(&archive), "-C", text(&there)]);
        let same = |path: &str| {
            fs::read(there.join(path)).expect("there") == fs::read(ground.master.file(path)).expect("here")
        };
        for path in ["ca.crt", "ca.key", "sa.key", "sa.pub", "etcd/ca.key", "front-proxy-ca.key"] {
            assert!(same(&format!("etc/kubernetes/pki/{path}")), "{path} is the same on all masters");
        }
        for path in ["apiserver.crt", "apiserver.key", "etcd/peer.crt"] {
            assert!(!same(&format!("etc/kubernetes/pki/{path}")), "{path} is each master's own");
        }
    }
    assert!(!ground.archive("prod-master-1").exists());
    // An archive that was not sent yet is not lost to a second setup.
    let again = ground.setup_with_input(
        &["--nodes", "-", "--endpoint", "api.example.org", "--cluster-name", "prod", "--here", "master-1", "--yes"],
        THREE,
    );
    again.ends_with(4);
    assert!(again.stderr.contains("an archive is there already"), "{again:?}");
}

#[test]
fn none_of_the_machines_may_be_here() {
    let ground = Ground::new();
    let run =
        ground.setup_with_input(&["--nodes", "-", "--endpoint", "api.example.org", "--here", "none", "--yes"], THREE);
    run.ends_with(0);
    assert!(ground.master.tree().is_empty(), "{:?}", ground.master.tree().keys());
    for name in ["master-1", "master-2", "master-3"] {
        assert!(ground.archive(&format!("kubernetes-{name}")).is_file(), "{name}");
    }
    assert!(run.stdout.contains("; kubepki undo "), "{}", run.stdout);
}

#[test]
fn next_year_one_more_machine_comes() {
    let ground = Ground::new();
    ground
        .setup_with_input(
            &["--nodes", "-", "--endpoint", "api.example.org", "--cluster-name", "prod", "--here", "master-1", "--yes"],
            THREE,
        )
        .ends_with(0);
    let before = ground.master.tree();
    let archives = ground.folder.path().join("my archives");
    let add = ["setup", "add-node", "worker-1", "10.0.0.21,fd00::21", "worker", "--archives", text(&archives)];
    let plan = ground.master.kubepki(&[&add[..], &["--dry-run", "-o", "json"]].concat()).json();
    let names: Vec<_> = plan["nodes"].as_array().expect("nodes").iter().map(|node| &node["name"]).collect();
    assert_eq!(names, ["worker-1"], "only its own files are made");
    ground.master.kubepki(&[&add[..], &["--yes"]].concat()).ends_with(0);
    assert!(ground.archive("prod-worker-1").is_file());
    let more =
        ["setup", "add-node", "master-4", "10.0.0.13", "--cluster", "prod", "--archives", text(&archives), "--yes"];
    ground.master.kubepki(&more).ends_with(0);
    assert!(ground.archive("prod-master-4").is_file());
    assert_eq!(differing(&before, &ground.master.tree()), Vec::<String>::new());
    let kept = ground.master.kubepki(&["setup", "list", "-o", "json"]).json();
    assert_eq!(kept["kind"], "ClusterSpecList");
    let nodes: Vec<_> = kept["items"][0]["nodes"].as_array().expect("nodes").iter().map(|node| &node["name"]).collect();
    assert_eq!(nodes, ["master-1", "master-2", "master-3", "worker-1", "master-4"]);
    for (words, word) in [
        (&["master-2", "10.0.0.99"][..], "master-2"),
        (&["worker-2", "10.0.0.21", "worker"], "10.0.0.21"),
        (&["worker_2", "10.0.0.22", "worker"], "underscore"),
        (&["worker-2", "10.96.0.22", "worker"], "10.96.0.0/12"),
        (&["worker-2", "10.0.0.22", "boss"], "boss"),
        (&["worker-2", "10.0.0.22", "--cluster", "dev"], "prod"),
    ] {
        let run = ground.master.kubepki(&[&["setup", "add-node", "--yes"][..], words].concat());
        run.ends_with(64);
        assert!(run.stderr.contains(word), "{words:?}: {run:?}");
    }
    // Its answers go with it.
    ground.master.kubepki(&["undo", "--yes"]).ends_with(0);
    let kept = ground.master.kubepki(&["setup", "list"]).stdout;
    assert!(
        kept.contains("worker-1") && !kept.contains("master-4") && !ground.archive("prod-master-4").exists(),
        "{kept}"
    );
}

#[test]
fn a_known_machine_gets_its_files_anew() {
    let ground = Ground::new();
    let (first, again) = (ground.folder.path().join("my archives"), ground.folder.path().join("again"));
    let nodes = ["--nodes", "-", "--endpoint", "api.example.com", "--cluster-name", "prod", "--here", "none", "--yes"];
    ground.setup_with_input(&nodes, THREE).ends_with(0);
    let add = |more: &[&str]| {
        let words = ["setup", "add-node", "master-2", "--archives", text(&again), "--yes"];
        ground.master.kubepki(&[&words[..], more].concat())
    };
    let told = |run: &Run, code: i32, word: &str| {
        run.ends_with(code);
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    };
    told(&add(&["10.0.0.12", "--here", "master-1"]), 64, "master-2");
    told(&add(&["--replace", "--here", "master-9"]), 64, "master-9");
    told(&add(&["--replace", "--here", "master-2"]), 64, "is the node here");
    told(&add(&["--replace"]), 4, "the cluster's ca is not here");
    // The keys of the CAs are those of the first master.
    let Some(tar) = tool("tar") else { return };
    fs::create_dir_all(&ground.master.root).expect("a folder");
    succeed(&tar, &["-xpf", text(&first.join("prod-master-1.tar")), "-C", text(&ground.master.root)]);
    let before = ground.master.tree();
    add(&["--replace", "--here", "master-1"]).ends_with(0);
    assert_eq!(differing(&before, &ground.master.tree()), Vec::<String>::new());
    let unpacked = |folder: &Path| {
        let root = ground.folder.path().join("node").join(folder.file_name().expect("a name"));
        fs::create_dir_all(&root).expect("a folder");
        succeed(&tar, &["-xpf", text(&folder.join("prod-master-2.tar")), "-C", text(&root)]);
        move |name: &str| fs::read(root.join("etc/kubernetes/pki").join(name)).expect(name)
    };
    let (old, new) = (unpacked(&first), unpacked(&again));
    assert_eq!(old("ca.crt"), new("ca.crt"));
    assert_ne!(old("apiserver.key"), new("apiserver.key"));
    let kept = ground.master.kubepki(&["setup", "list", "-o", "json"]).json();
    assert_eq!(kept["items"][0]["nodes"].as_array().map(Vec::len), Some(3), "{kept}");
}

#[test]
fn what_comes_next_is_a_page() {
    let ground = Ground::new();
    let guide = ground.folder.path().join("what comes next.md");
    let config = ground.folder.path().join("kubeadm.yaml");
    let flags = ["--guide", text(&guide), "--write-config", text(&config), "--yes"];
    ground.setup(&[&ONE[..], &flags].concat()).ends_with(0);
    let page = ground.master.kubepki(&["setup", "guide"]);
    page.ends_with(0);
    assert!(page.stdout.starts_with("# ") && page.stdout.contains("--tls-cert-file"), "{}", page.stdout);
    assert_eq!(fs::read_to_string(&guide).expect("a page"), page.stdout);
    let document = ground.master.kubepki(&["setup", "guide", "kubernetes", "--node", "master-1", "-o", "json"]).json();
    assert_eq!((&document["kind"], &document["node"]), (&"ClusterGuide".into(), &"master-1".into()));
    for field in ["next", "components", "copies", "secrets", "identities"] {
        assert!(document[field].is_array(), "{field} is not in {document}");
    }
    ground.master.kubepki(&["setup", "guide", "--node", "master-9"]).ends_with(64);
    // The same answers again, from the file that was written.
    let other = Ground::new();
    let run = other.setup(&["--config", text(&config), "--dry-run", "-o", "json"]);
    run.ends_with(0);
    assert_eq!(run.json()["issues"].as_array().map(Vec::len), Some(15));
}

#[test]
fn kubeadms_own_configuration_is_taken_and_flags_say_more() {
    let (Some(sample), ground) =
        (tool("tar").map(|tar| program::Sample::unpack(&tar, "kubeadm-1.36-ecdsa")), Ground::new())
    else {
        return;
    };
    let config = sample.root.join("kubeadm.yaml");
    let run = ground.setup(&["--config", text(&config), "--dry-run", "-o", "json"]);
    run.ends_with(0);
    let issues = run.json()["issues"].as_array().expect("issues").clone();
    let names = |id: &str| {
        let issue = issues.iter().find(|issue| issue["id"] == id).unwrap_or_else(|| panic!("{id}"));
        texts(issue, "dnsNames")
    };
    assert!(names("apiserver").contains(&"k8s.example.com".to_owned()));
    assert!(run.stderr.contains("bootstrapTokens"), "{run:?}");
    let input = fs::read_to_string(&config).expect("a configuration");
    let flags = ["--config", "-", "--node", "other-1", "--cluster-name", "other", "--endpoint", "api.example.org"];
    let run = ground.setup_with_input(&[&flags[..], &["--dry-run"]].concat(), &input);
    run.ends_with(0);
    assert!(run.stdout.contains("api.example.org") && run.stdout.contains("other-1"), "{run:?}");
    assert!(!run.stdout.contains("master-1"), "{run:?}");
}

#[test]
fn a_root_may_be_named_from_where_one_stands() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("a root")).expect("a folder");
    let kubepki = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kubepki"))
            .args(words)
            .args(["--root", "a root", "--state-dir", "my state", "--config-dir", "/nonexistent"])
            .current_dir(folder.path())
            .output()
            .expect("kubepki runs");
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let all = [
        "setup",
        "--node",
        "a",
        "--address",
        "10.0.0.1",
        "--key-algorithm",
        "ecdsa-p256",
        "--guide",
        "next.md",
        "--yes",
    ];
    kubepki(&all);
    for path in [
        "a root/etc/kubernetes/pki/ca.key",
        "a root/etc/kubernetes/admin.conf",
        "next.md",
        "my state/clusters/kubernetes.yaml",
    ] {
        assert!(folder.path().join(path).is_file(), "{path}");
    }
    kubepki(&["setup", "add-node", "b", "10.0.0.2", "worker", "--yes"]);
    assert!(Path::new(&folder.path().join("kubernetes-b.tar")).is_file(), "archives lie where one stands");
    assert!(kubepki(&["setup", "guide"]).contains("kube-apiserver"));
}

#[test]
fn kept_answers_that_are_damaged_cost_only_themselves() {
    let ground = Ground::new();
    ground.setup(&[&ONE[..], &["--yes"]].concat()).ends_with(0);
    let folder = ground.master.state.join("clusters");
    fs::write(folder.join("bad.yaml"), "name: \"\u{1b}[31m").expect("written");
    fs::write(folder.join("other.yaml"), "name: dev\n").expect("written");
    fs::write(folder.join("empty.yaml"), "name: empty\n").expect("written");
    let run = ground.master.kubepki(&["setup", "list"]);
    run.ends_with(0);
    assert!(
        run.stdout.contains("kubernetes") && run.stdout.contains("empty") && !run.stdout.contains("dev"),
        "{run:?}"
    );
    for word in ["bad.yaml", "other.yaml", "another cluster"] {
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
    assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
    ground.master.kubepki(&["setup", "guide", "kubernetes"]).ends_with(0);
    // Of several one is named; what lacks its nodes is told as a wrong answer is.
    for (words, word) in
        [(&["setup", "guide"][..], "several clusters"), (&["setup", "guide", "empty"], "control plane")]
    {
        let run = ground.master.kubepki(words);
        run.ends_with(64);
        assert!(run.stderr.contains(word), "{words:?}: {run:?}");
    }
}
