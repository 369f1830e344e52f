//! `setup` as scripts and people use it: one machine, several, next year's machine, what comes
//! next.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::changing::differing;
use crate::support::ground::{Ground, ONE, node};
use crate::support::program::{self, by_id, texts};
use crate::support::{succeed, text, tool};

/// The kubeadm tree of a single master: keys and certificates (kubeadm's certlist.go), `sa`,
/// kubeconfigs.
const FILES: usize = 10 * 2 + 2 + 5;

#[test]
fn a_dry_run_says_all_and_writes_nothing() {
    let ground = Ground::new();
    let before = ground.everything();
    let run = ground.setup(&[&ONE[..], &["--dry-run", "-o", "json"]].concat());
    run.ends_with(0);
    let plan = run.json();
    assert_eq!(
        (&plan["apiVersion"], &plan["kind"]),
        (&"kubepki/v1".into(), &"Plan".into())
    );
    assert!(
        plan["title"]
            .as_str()
            .is_some_and(|title| title.contains("kubernetes"))
            && plan["ask"].is_string(),
        "{plan}"
    );
    let own = node(&plan, "master-1");
    assert_eq!(
        (&own["roles"], &own["archive"]),
        (&"control plane, etcd".into(), &Value::Null)
    );
    assert_files(own);
    assert_issues(&plan);
    assert_eq!(
        differing(&before, &ground.everything()),
        Vec::<String>::new()
    );
    assert!(!ground.master.state.exists(), "a dry run leaves no state");
}

fn assert_files(node: &Value) {
    let files = node["files"].as_array().expect("files");
    assert_eq!(files.len(), FILES, "{files:?}");
    for file in files {
        let path = file["path"].as_str().expect("a path");
        let mode = if Path::new(path)
            .extension()
            .is_some_and(|ending| ending == "crt")
        {
            "0644"
        } else {
            "0600"
        };
        assert_eq!(
            (&file["mode"], &file["kept"]),
            (&mode.into(), &false.into()),
            "{file}"
        );
        assert!(file["shared"].is_boolean(), "{file}");
        assert!(
            file["summary"]
                .as_str()
                .is_some_and(|summary| !summary.is_empty()),
            "{file}"
        );
    }
}

fn assert_issues(plan: &Value) {
    let issues = plan["issues"].as_array().expect("issues");
    assert_eq!(
        issues.len(),
        15,
        "three CAs, seven leaves, five kubeconfigs"
    );
    for issue in issues {
        assert_eq!(
            (&issue["key"], &issue["replaces"], &issue["node"]),
            (&"new".into(), &Value::Null, &Value::Null)
        );
        assert_eq!(
            (&issue["status"], &issue["keyAlgorithm"]),
            (&"ok".into(), &"ECDSA-P256".into()),
            "{issue}"
        );
    }
}

#[test]
fn no_form_of_a_dry_run_shows_a_key() {
    let ground = Ground::new();
    for form in ["table", "wide", "yaml", "name"] {
        let said = ground.setup(&[&ONE[..], &["--dry-run", "-o", form]].concat());
        said.ends_with(0);
        let said = said.stdout;
        assert!(
            said.contains("/etc/kubernetes/pki/etcd/ca.key"),
            "{form}: {said}"
        );
        assert!(
            !said.contains("PRIVATE KEY-----\n") && !said.contains("LS0tLS1CRUdJTiB"),
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
    assert!(
        !letter.contains("renewed") && !letter.contains("ENDS NOW"),
        "{letter}"
    );
}

/// The inventory finds all of it well, and openssl takes a chain of each CA.
fn assert_well(ground: &Ground) {
    let list = ground.master.kubepki(&["list", "-o", "json"]);
    list.ends_with(0);
    let items = by_id(&list.json());
    assert_eq!(
        (items.len(), &list.json()["layout"]),
        (15, &"kubeadm".into())
    );
    for (id, item) in &items {
        assert_eq!(
            (&item["status"], &item["keyMatches"]),
            (&"ok".into(), &true.into()),
            "{id}"
        );
        assert_eq!(
            (&item["inUse"], texts(item, "roles").len()),
            (&true.into(), 1),
            "{id}"
        );
    }
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for (authority, leaf) in [
        ("ca", "apiserver"),
        ("etcd/ca", "etcd/peer"),
        ("etcd/ca", "apiserver-etcd-client"),
        ("front-proxy-ca", "front-proxy-client"),
    ] {
        let of = |name: &str| {
            ground
                .master
                .file(&format!("/etc/kubernetes/pki/{name}.crt"))
        };
        succeed(
            &openssl,
            &[
                "verify",
                "-x509_strict",
                "-CAfile",
                text(&of(authority)),
                text(&of(leaf)),
            ],
        );
    }
}

#[test]
fn one_command_makes_a_master_and_one_takes_it_back() {
    let ground = Ground::new();
    let before = ground.master.tree();
    let run = ground.again(&[]);
    run.ends_with(0);
    assert!(
        run.stdout.contains("kubepki undo")
            && run.stdout.contains("kubepki setup guide kubernetes"),
        "{run:?}"
    );
    assert_well(&ground);
    // Nothing is missing, and nothing is made twice.
    let made = ground.everything();
    let again = ground.again(&[]);
    again.ends_with(0);
    assert!(
        again.stdout.is_empty() && again.stderr.contains("nothing to do"),
        "{again:?}"
    );
    assert_eq!(differing(&made, &ground.everything()), Vec::<String>::new());
    ground.master.kubepki(&["undo", "--yes"]).ends_with(0);
    assert_eq!(
        differing(&before, &ground.master.tree()),
        Vec::<String>::new()
    );
    assert_eq!(
        ground
            .master
            .kubepki(&["setup", "list", "-o", "name"])
            .stdout,
        ""
    );
}

#[test]
fn what_comes_next_is_a_page() {
    let ground = Ground::new();
    let guide = ground.folder.path().join("what comes next.md");
    let config = ground.folder.path().join("kubeadm.yaml");
    let flags = [
        "--guide",
        text(&guide),
        "--write-config",
        text(&config),
        "--yes",
    ];
    ground.setup(&[&ONE[..], &flags].concat()).ends_with(0);
    let page = ground.master.kubepki(&["setup", "guide"]);
    page.ends_with(0);
    assert!(
        page.stdout.starts_with("# ") && page.stdout.contains("--tls-cert-file"),
        "{}",
        page.stdout
    );
    assert_eq!(fs::read_to_string(&guide).expect("a page"), page.stdout);
    let document = ground
        .master
        .kubepki(&[
            "setup",
            "guide",
            "kubernetes",
            "--node",
            "master-1",
            "-o",
            "json",
        ])
        .json();
    assert_eq!(
        (&document["kind"], &document["node"]),
        (&"ClusterGuide".into(), &"master-1".into())
    );
    for field in ["next", "components", "copies", "secrets", "identities"] {
        assert!(document[field].is_array(), "{field} is not in {document}");
    }
    ground
        .master
        .kubepki(&["setup", "guide", "--node", "master-9"])
        .ends_with(64);
    // The same answers again, from the file that was written.
    let other = Ground::new();
    let run = other.setup(&["--config", text(&config), "--dry-run", "-o", "json"]);
    run.ends_with(0);
    assert_eq!(run.json()["issues"].as_array().map(Vec::len), Some(15));
}

#[test]
fn kubeadms_own_configuration_is_taken_and_flags_say_more() {
    let (Some(sample), ground) = (
        tool("tar").map(|tar| program::Sample::unpack(&tar, "kubeadm-1.36-ecdsa")),
        Ground::new(),
    ) else {
        return;
    };
    let config = sample.root.join("kubeadm.yaml");
    let run = ground.setup(&["--config", text(&config), "--dry-run", "-o", "json"]);
    run.ends_with(0);
    let issues = run.json()["issues"].as_array().expect("issues").clone();
    let names = |id: &str| {
        let issue = issues
            .iter()
            .find(|issue| issue["id"] == id)
            .unwrap_or_else(|| panic!("{id}"));
        texts(issue, "dnsNames")
    };
    assert!(names("apiserver").contains(&"k8s.example.com".to_owned()));
    assert!(run.stderr.contains("bootstrapTokens"), "{run:?}");
    let input = fs::read_to_string(&config).expect("a configuration");
    let flags = [
        "--config",
        "-",
        "--node",
        "other-1",
        "--cluster-name",
        "other",
        "--endpoint",
        "api.example.org",
    ];
    let run = ground.setup_with_input(&[&flags[..], &["--dry-run"]].concat(), &input);
    run.ends_with(0);
    assert!(
        run.stdout.contains("api.example.org") && run.stdout.contains("other-1"),
        "{run:?}"
    );
    assert!(!run.stdout.contains("master-1"), "{run:?}");
}

#[test]
fn a_root_may_be_named_from_where_one_stands() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("a root")).expect("a folder");
    let kubepki = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_kubepki"))
            .args(words)
            .args([
                "--root",
                "a root",
                "--state-dir",
                "my state",
                "--config-dir",
                "/nonexistent",
            ])
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
    assert!(
        Path::new(&folder.path().join("kubernetes-b.tar")).is_file(),
        "archives lie where one stands"
    );
    assert!(kubepki(&["setup", "guide"]).contains("kube-apiserver"));
}
