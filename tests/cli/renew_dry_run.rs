//! What `renew` would do: the document and the letter of a dry run.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::changing::{Master, differing};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

/// Seven leaves in two files each, and five kubeconfigs, are replaced with the modes that they
/// have.
fn assert_changes(master: &Master, plan: &Value) {
    let changes = plan["changes"].as_array().expect("changes");
    assert_eq!(changes.len(), 19);
    for change in changes {
        for field in
            "place action path owner group mode summary beforeSha256 afterSha256".split(' ')
        {
            assert!(change.get(field).is_some(), "{field} is not in {change}");
        }
        assert_eq!(
            (&change["place"], &change["action"]),
            (&"master".into(), &"replace".into()),
            "{change}"
        );
        assert_ne!(change["beforeSha256"], change["afterSha256"]);
        let mode = master
            .file(change["path"].as_str().expect("a path"))
            .symlink_metadata()
            .expect("facts");
        let mode = mode.permissions().mode() & 0o7777;
        assert_eq!(change["mode"], format!("{mode:04o}"), "{change}");
    }
}

fn assert_issues(plan: &Value) {
    let issues = plan["issues"].as_array().expect("issues");
    assert_eq!(issues.len(), 12);
    for issue in issues {
        assert_eq!(
            (&issue["status"], &issue["keyMatches"]),
            (&"ok".into(), &true.into()),
            "{issue}"
        );
        assert!(
            issue["readBy"].is_array()
                && issue["replaces"]["serialNumber"] != issue["serialNumber"],
            "{issue}"
        );
        assert_eq!(issue["keyAlgorithm"], "ECDSA-P256");
    }
}

#[test]
fn a_dry_run_says_all_and_changes_nothing() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let before = master.tree();
    let run = master.kubepki(&["renew", "--all", "--dry-run", "-o", "json"]);
    run.ends_with(0);
    assert_eq!(run.stderr, "");
    let plan = run.json();
    assert_eq!(
        (&plan["apiVersion"], &plan["kind"]),
        (&"kubepki/v1".into(), &"Plan".into())
    );
    for field in [
        "title", "changes", "actions", "issues", "restarts", "warnings", "leaves", "commands",
    ] {
        assert!(plan.get(field).is_some(), "{field} is not in {plan}");
    }
    assert_changes(&master, &plan);
    assert_issues(&plan);
    for restart in plan["restarts"].as_array().expect("restarts") {
        for field in ["component", "required", "reason", "how"] {
            assert!(restart.get(field).is_some(), "{field} is not in {restart}");
        }
    }
    let leaves: Vec<&Value> = plan["leaves"]
        .as_array()
        .expect("leaves")
        .iter()
        .map(|left| &left["what"])
        .collect();
    for authority in ["ca", "etcd-ca", "front-proxy-ca"] {
        assert!(
            leaves.contains(&&authority.into()),
            "{authority} is not in {leaves:?}"
        );
    }
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    assert!(!master.state.exists(), "a dry run leaves no state");
}

#[test]
fn the_text_of_a_plan_reads_like_a_letter() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let run = master.kubepki(&["renew", "apiserver", "scheduler.conf", "--dry-run"]);
    run.ends_with(0);
    let head: Vec<&str> = run.stdout.lines().take(4).collect();
    assert!(
        head[1].starts_with("2 certificates renewed in 3 files"),
        "{}",
        run.stdout
    );
    assert!(
        head[2].contains("kube-scheduler") && head[3].contains("undo"),
        "{}",
        run.stdout
    );
    for part in [
        "NAME",
        "ENDS NOW",
        "ECDSA-P256 new",
        "Files\n",
        "replace",
        "0600",
        "Restart\n",
        "crictl",
    ] {
        assert!(run.stdout.contains(part), "{part}:\n{}", run.stdout);
    }
    let wide = master
        .kubepki(&["renew", "apiserver", "--dry-run", "-o", "wide"])
        .stdout;
    assert!(
        wide.contains("Without kubepki\n") && wide.contains("openssl"),
        "{wide}"
    );
    let names = master
        .kubepki(&["renew", "apiserver", "--dry-run", "-o", "name"])
        .stdout;
    let mut names: Vec<&str> = names.lines().collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "/etc/kubernetes/pki/apiserver.crt",
            "/etc/kubernetes/pki/apiserver.key"
        ]
    );
    for form in ["table", "wide", "json", "yaml"] {
        let all = master
            .kubepki(&["renew", "--all", "--dry-run", "-o", form])
            .stdout;
        assert!(
            !all.contains("PRIVATE KEY-----\n") && !all.contains("LS0tLS1CRUdJTiB"),
            "{form}: a key is shown"
        );
    }
}
