//! The ledger: openssl says of the files what its rows do, and no row is changed unseen.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::support::changing::{Master, differing, tree};
use crate::support::issuing::Issuing;
use crate::support::ledger::{lines, path, row_of, rows, write};
use crate::support::{text, tool};

/// What a setup of the single master makes in files of its own.
const MADE: [&str; 4] = [
    "/etc/kubernetes/pki/ca.crt",
    "/etc/kubernetes/pki/apiserver.crt",
    "/etc/kubernetes/pki/etcd/server.crt",
    "/etc/kubernetes/pki/front-proxy-client.crt",
];

const APISERVER: &str = "/etc/kubernetes/pki/apiserver.crt";

/// The newest operation.
fn newest(master: &Master) -> Value {
    let run = master.kubepki(&["history", "-o", "json"]);
    run.ends_with(0);
    run.json()["items"][0].clone()
}

/// What `history verify` finds in the ledger: it ends with 3.
fn faults(master: &Master) -> Vec<String> {
    let run = master.kubepki(&["history", "verify", "-o", "json"]);
    run.ends_with(3);
    crate::support::program::texts(&run.json()["ledger"], "faults")
}

fn whole(master: &Master) {
    let run = master.kubepki(&["history", "verify"]);
    run.ends_with(0);
    assert!(run.stdout.ends_with("the ledger: all whole\n"), "{run:?}");
}

/// The SHA-256 of each row's certificate, sorted.
fn digests(lines: &[String]) -> Vec<String> {
    let rows = lines
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok());
    let sha256 = |row: Value| row["sha256"].as_str().expect("text").to_owned();
    let mut found: Vec<String> = rows.map(sha256).collect();
    found.sort();
    found
}

fn renew(master: &Master) {
    master
        .kubepki(&["renew", "apiserver", "--yes"])
        .ends_with(0);
}

#[test]
fn rows_say_of_setup_renewal_and_issue_what_openssl_says_of_the_files() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    let setup = newest(master);
    let all = rows(master, &[]);
    for made in MADE {
        let row = row_of(&openssl, &all, &master.file(made));
        assert_eq!(
            (&row["operation"], &row["path"]),
            (&setup["id"], &made.into())
        );
        assert_eq!(row["issuedAt"], setup["endedAt"], "{made}");
        assert_eq!((&row["seenAt"], &row["note"]), (&Value::Null, &Value::Null));
        assert_eq!(row["by"]["user"], setup["by"]["user"]);
    }
    let old = master.root.join("old.crt");
    fs::copy(master.file(APISERVER), &old).expect("a copy");
    renew(master);
    let all = rows(master, &[]);
    let renewed = row_of(&openssl, &all, &master.file(APISERVER));
    assert_eq!(renewed["operation"], newest(master)["id"]);
    let before = row_of(&openssl, &all, &old);
    assert_eq!(before["operation"], setup["id"], "it keeps its row");
    issuing.issued("web", "--profile server --san shop.example.org --note shop");
    let all = rows(master, &[]);
    let web = row_of(&openssl, &all, &issuing.file("web.crt"));
    assert_eq!(web["note"], "shop");
    assert_eq!(web["path"], text(&issuing.file("web.crt")));
    assert_eq!(
        all.iter()
            .filter(|row| row["sha256"] == web["sha256"])
            .count(),
        1
    );
    whole(master);
    assert_eq!(
        path(master).metadata().expect("facts").permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn what_a_renewal_replaces_was_seen_where_nobody_knows_who_made_it() {
    let (Some(openssl), Some(master)) = (tool("openssl"), Master::sample("kubeadm-1.36-ecdsa"))
    else {
        return;
    };
    let old = master.root.join("old.crt");
    fs::copy(master.file(APISERVER), &old).expect("a copy");
    renew(&master);
    let operation = newest(&master);
    let all = rows(&master, &[]);
    let before = row_of(&openssl, &all, &old);
    assert_eq!(before["seenAt"], operation["startedAt"]);
    for unknown in ["issuedAt", "by", "operation"] {
        assert_eq!(before[unknown], Value::Null, "{unknown}");
    }
    assert_eq!(before["path"], APISERVER);
    // The others lay there too, and nobody took them away.
    let ca = row_of(&openssl, &all, &master.file("/etc/kubernetes/pki/ca.crt"));
    assert_eq!(ca["operation"], Value::Null);
    assert_eq!(lines(&master).len(), all.len());
    // Taken back, both stand there as before.
    master.kubepki(&["undo", "--yes"]).ends_with(0);
    assert_eq!(rows(&master, &[]).len(), all.len());
    let after = rows(&master, &[]);
    assert!(all.iter().all(|row| after.contains(row)), "undo keeps rows");
    whole(&master);
}

#[test]
fn a_row_that_was_changed_is_named_wherever_it_stands() {
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    renew(master);
    let all = lines(master);
    let last = all.len() - 1;
    for at in [0, all.len() / 2, last] {
        let mut edited = all.clone();
        edited[at] = edited[at].replace("\"path\":\"/", "\"path\":\"/x");
        assert_ne!(edited, all);
        write(master, &edited);
        let found = faults(master);
        let own = format!("row {} (CN=", at + 1);
        assert!(
            found[0].starts_with(&own) && found[0].ends_with("was edited after it was written"),
            "{found:?}"
        );
        let run = master.kubepki(&["list", "--ledger"]);
        run.ends_with(3);
        assert!(run.stderr.contains(&found[0]), "{run:?}");
        let mut gone = all.clone();
        gone.remove(at);
        write(master, &gone);
        let found = faults(master);
        // Where nothing follows the journals tell.
        let own = if at == last {
            format!(
                "the operation {} made",
                newest(master)["id"].as_str().expect("an id")
            )
        } else {
            format!("row {} (", at + 1)
        };
        assert!(found.iter().any(|fault| fault.contains(&own)), "{found:?}");
    }
    let mut moved = all.clone();
    moved.swap(1, 2);
    write(master, &moved);
    assert!(faults(master)[0].starts_with("row 2 ("));
    write(master, &all);
    whole(master);
}

#[test]
fn whoever_makes_the_digest_of_the_last_row_anew_is_found_by_its_operation() {
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    renew(master);
    let mut all = lines(master);
    let last = all.last_mut().expect("a row");
    let (body, _) = last.rsplit_once(",\"digest\":\"").expect("a digest");
    let body = body.replace("\"user\":\"", "\"user\":\"not-");
    let digest = kubepki::pki::hex(&kubepki::pki::sha256(body.as_bytes()));
    *last = format!("{body},\"digest\":\"{digest}\"}}");
    write(master, &all);
    let found = faults(master);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("the row of CN=kube-apiserver says otherwise than the operation"),
        "{found:?}"
    );
}

#[test]
fn what_is_lost_is_named_and_the_next_change_writes_it_anew() {
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    let all = lines(master);
    // What cut a crash off between an operation and its rows, a torn row, a ledger that is gone.
    let torn = all.join("\n");
    let torn = torn[..torn.len() - 40].to_owned();
    let cut = all[..2].join("\n") + "\n";
    for (kept, expected) in [
        (Some(torn), "was not written to its end"),
        (Some(cut), "no row is there for"),
        (None, "no row is there for"),
    ] {
        match &kept {
            Some(kept) => fs::write(path(master), kept).expect("written"),
            None => fs::remove_file(path(master)).expect("removed"),
        }
        let found = faults(master);
        assert!(
            found.iter().any(|fault| fault.contains(expected)),
            "{found:?}"
        );
        // Nobody needs them written to be told of them.
        let told = master.kubepki(&["list", "--ledger", "-o", "json"]).json();
        let told = told["items"].as_array().expect("items").clone();
        let is_told = |sha256: &String| told.iter().any(|row| row["sha256"] == **sha256);
        assert!(digests(&all).iter().all(is_told));
        renew(master);
        whole(master);
        let after = fs::read_to_string(path(master)).expect("a ledger");
        let kept = kept.unwrap_or_default();
        assert!(after.starts_with(&kept), "no byte is lost");
        let now = digests(&lines(master));
        assert!(digests(&all).iter().all(|one| now.contains(one)));
        let each_once: BTreeSet<&String> = now.iter().collect();
        assert_eq!(each_once.len(), now.len());
    }
}

#[test]
fn a_row_that_was_torn_and_written_anew_is_told_and_is_no_fault() {
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    let all = lines(master).join("\n");
    fs::write(path(master), &all[..all.len() - 40]).expect("written");
    renew(master);
    let run = master.kubepki(&["history", "verify"]);
    run.ends_with(0);
    assert!(
        run.stderr
            .contains("it was not written to its end, and the rows go on behind it"),
        "{run:?}"
    );
    let run = master.kubepki(&["list", "--ledger"]);
    run.ends_with(0);
}

#[test]
fn whoever_only_looks_writes_nothing() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let all = rows(&master, &[]);
    assert_eq!(all.len(), 10 + 5, "in files and in kubeconfigs");
    assert!(all.iter().all(|row| row["operation"] == Value::Null));
    master.kubepki(&["history", "verify"]).ends_with(0);
    assert!(!master.state.exists());
    renew(&master);
    fs::remove_file(path(&master)).expect("removed");
    let before = tree(&master.state);
    assert!(rows(&master, &["--read-only"]).len() > all.len());
    let run = master.kubepki(&["renew", "apiserver", "--dry-run"]);
    run.ends_with(0);
    assert_eq!(
        differing(&before, &tree(&master.state)),
        Vec::<String>::new()
    );
}

#[test]
fn a_ledger_that_others_could_have_written_is_refused() {
    let issuing = Issuing::new();
    let master = &issuing.ground.master;
    fs::set_permissions(&master.state, Permissions::from_mode(0o777)).expect("a mode");
    let run = master.kubepki(&["list", "--ledger"]);
    run.ends_with(3);
    assert!(
        run.stdout.is_empty() && run.stderr.contains("may be written to by others"),
        "{run:?}"
    );
    fs::set_permissions(&master.state, Permissions::from_mode(0o700)).expect("a mode");
    // Nor is anything but a file opened, wherever a link leads.
    let aside = master.state.with_extension("aside");
    fs::rename(path(master), &aside).expect("moved");
    std::os::unix::fs::symlink(&aside, path(master)).expect("a link");
    let before = fs::read(&aside).expect("a file");
    master.kubepki(&["list", "--ledger"]).ends_with(3);
    let run = master.kubepki(&["renew", "apiserver", "--yes"]);
    run.ends_with(0);
    assert!(
        run.stderr.contains("the ledger was not written"),
        "what was done is done: {run:?}"
    );
    assert_eq!(fs::read(&aside).expect("a file"), before);
}

#[test]
fn the_ledger_of_a_mounted_disk_is_its_word_and_grows_no_more() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    renew(&master);
    let on_disk = master.file("/var/lib/kubepki");
    fs::create_dir_all(master.file("/var/lib")).expect("a folder");
    fs::rename(&master.state, &on_disk).expect("moved");
    master.state = on_disk;
    let before = fs::read(path(&master)).expect("a ledger");
    renew(&master);
    assert_eq!(fs::read(path(&master)).expect("a ledger"), before);
    let run = master.kubepki(&["list", "--ledger", "-o", "json"]);
    run.ends_with(0);
    assert!(
        run.stderr.contains("its rows are the disk's own word"),
        "{run:?}"
    );
    let operation = newest(&master);
    let document = run.json();
    let items = document["items"].as_array().expect("items");
    // The renewal's row stands beside what the disk has written.
    let made = items
        .iter()
        .filter(|row| row["operation"] == operation["id"]);
    assert_eq!(
        (made.count(), items.len()),
        (1, digests(&lines(&master)).len() + 1)
    );
    whole(&master);
}
