//! As nobody, on masters whose secrets are root's alone: what could not be looked at is said, and
//! who may.

use std::fs;

use serde_json::Value;

use crate::support::changing::{Master, tree};
use crate::support::nobody::{Nobody, mode};
use crate::support::text;

/// A master to which anybody finds the way.
fn master() -> Option<Master> {
    let master = Master::sample("kubeadm-1.36-ecdsa")?;
    for folder in master.root.ancestors().take(2).chain(master.state.parent()) {
        mode(folder, 0o755);
    }
    Some(master)
}

#[test]
fn a_list_of_which_something_is_absent_is_no_success() {
    let (Some(nobody), Some(master)) = (Nobody::new(), master()) else {
        return;
    };
    let list = ["--root", text(&master.root), "list", "-o", "json"];
    mode(&master.file("/etc/kubernetes/admin.conf"), 0o600);
    let part = nobody.kubepki(&list);
    part.ends_with(3);
    let document = part.json();
    let unread = document["unread"].as_array().expect("unread");
    assert!(
        unread
            .iter()
            .any(|unread| unread["path"] == "/etc/kubernetes/admin.conf"),
        "{unread:?}"
    );
    assert!(
        part.stderr.contains("/etc/kubernetes/admin.conf"),
        "{part:?}"
    );
    assert!(part.stderr.contains(&nobody.with_sudo(&list)), "{part:?}");

    mode(&master.file("/etc/kubernetes"), 0o700);
    let none = nobody.kubepki(&list);
    none.ends_with(3);
    let error = none.json();
    assert_eq!(error["kind"], "Error");
    assert!(
        error["hint"]
            .as_str()
            .is_some_and(|hint| hint.contains(&nobody.with_sudo(&list))),
        "{error}"
    );
}

#[test]
fn what_may_not_be_read_is_unknown() {
    let (Some(nobody), Some(master)) = (Nobody::new(), master()) else {
        return;
    };
    mode(
        &master.file("/etc/kubernetes/pki/front-proxy-client.crt"),
        0o600,
    );
    let run = nobody.kubepki(&["--root", text(&master.root), "list", "-o", "json"]);
    run.ends_with(3);
    let list = run.json();
    let items = list["items"].as_array().expect("items");
    let with = |status: &str| -> Vec<(&Value, &Value)> {
        let all = items.iter().filter(|item| item["status"] == status);
        all.map(|item| (&item["id"], &item["why"])).collect()
    };
    let why = "cannot be read: permission denied".into();
    assert_eq!(
        (with("unknown"), with("broken")),
        (vec![(&"front-proxy-client".into(), &why)], vec![]),
        "{list}"
    );
    // What is not known to be good comes before what is.
    assert_eq!(items[0]["id"], "front-proxy-client", "{list}");
    let table = nobody.kubepki(&["--root", text(&master.root), "list"]);
    let row = table.stdout.lines().nth(1).expect("a row");
    assert!(
        row.starts_with("! unknown ") && row.ends_with("cannot be read: permission denied"),
        "{row}"
    );
}

#[test]
fn to_renew_is_no_refusal() {
    let (Some(nobody), Some(master)) = (Nobody::new(), master()) else {
        return;
    };
    for arguments in [
        &["renew", "apiserver", "--yes"][..],
        &["renew", "--due", "--yes"],
        &["renew", "--due", "--dry-run"],
    ] {
        let run = nobody.kubepki(&[arguments, &master.flags()].concat());
        run.ends_with(3);
        assert!(run.stderr.contains("permission denied"), "{run:?}");
        assert!(run.stderr.contains(&nobody.with_sudo(arguments)), "{run:?}");
    }
}

#[test]
fn what_may_not_be_read_is_renewed_with_the_right_to_read_it() {
    let (Some(nobody), Some(master)) = (Nobody::new(), master()) else {
        return;
    };
    mode(&master.file("/etc/kubernetes/pki/apiserver.crt"), 0o600);
    let closed = "cannot be read: permission denied";
    for (what, called, why) in [
        (
            "apiserver",
            "apiserver",
            format!("there is no certificate whose identity could be kept: {closed}"),
        ),
        ("admin.conf", "\"admin.conf\"", format!("it {closed}")),
    ] {
        let arguments = [
            &["renew", what, "--dry-run", "-o", "json"][..],
            &master.flags(),
        ]
        .concat();
        let run = nobody.kubepki(&arguments);
        run.ends_with(3);
        let error = run.json();
        let told = (&error["what"], &error["why"][0]);
        assert_eq!(
            told,
            (&format!("{called} cannot be renewed").into(), &why.into()),
            "{error}"
        );
        assert!(
            error["hint"]
                .as_str()
                .is_some_and(|hint| hint.ends_with(&nobody.with_sudo(&arguments))),
            "{error}"
        );
    }
}

#[test]
fn to_set_up_where_nobody_may_write_changes_nothing() {
    let Some(nobody) = Nobody::new() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    mode(folder.path(), 0o755);
    let (root, state) = (folder.path().join("root"), folder.path().join("state"));
    fs::create_dir(&root).expect("a folder");
    fs::create_dir(&state).expect("a folder");
    Nobody::gets(&state);
    let words = [
        "setup",
        "--yes",
        "--root",
        text(&root),
        "--state-dir",
        text(&state),
        "--config-dir",
        "/nonexistent",
    ];
    let one = [
        "--key-algorithm",
        "ecdsa-p256",
        "--node",
        "master-1",
        "--address",
        "10.0.0.10",
    ];
    let arguments = [&words[..], &one].concat();
    let run = nobody.kubepki(&arguments);
    run.ends_with(3);
    assert!(
        run.stderr.contains(&nobody.with_sudo(&arguments)) && run.stderr.contains("permission"),
        "{run:?}"
    );
    assert_eq!(
        (tree(&root).len(), state.join("clusters").exists()),
        (0, false)
    );
}
