//! A disk is mounted, and the caller has a ledger of his own: neither gets what is the other's. In a
//! mount namespace: the caller's own state is not of this test.

use std::fs;
use std::path::Path;

use crate::support::child::{start_with_own_mounts, told};
use crate::support::ground::{ONE, THREE};
use crate::support::program::{Run, kubepki_with_input};
use crate::support::{skip, succeed, text, tool};

const CHILD: &str = concat!(module_path!(), "::child");

const OWN: &str = "/var/lib/kubepki/ledger.jsonl";

#[test]
fn what_lies_on_a_disk_comes_into_no_ledger_of_the_caller() {
    if rustix::process::geteuid().is_root() {
        start_with_own_mounts(CHILD, "beside");
    } else {
        skip("only root has a state folder in /var/lib");
    }
}

/// kubepki on the root of this name, with the state folders that it has by default.
fn on(folder: &Path, name: &str, words: &[&str], input: &str) -> Run {
    let root = folder.join(name);
    let own = ["--root", text(&root), "--config-dir", "/nonexistent"];
    kubepki_with_input(&[words, &own].concat(), input.as_bytes())
}

fn set_up(folder: &Path, name: &str, more: &[&str], input: &str) {
    fs::create_dir(folder.join(name)).expect("a folder");
    let quick = ["setup", "--key-algorithm", "ECDSA-P256", "--yes"];
    on(folder, name, &[&quick[..], more].concat(), input).ends_with(0);
}

/// The SHA-256 of all rows that are told of the root of this name.
fn told_of(folder: &Path, name: &str) -> Vec<String> {
    let run = on(folder, name, &["list", "--ledger", "-o", "name"], "");
    run.ends_with(0);
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn child() {
    let Some((folder, _)) = told(CHILD) else {
        return;
    };
    succeed(
        &tool("mount").expect("mount"),
        &["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/var/lib"],
    );
    let folder = Path::new(&folder);
    // With archives on this machine: kept here, where the disk has no say.
    let archives = folder.join("archives");
    let three = [
        "--nodes",
        "-",
        "--endpoint",
        "api.example.org",
        "--here",
        "master-1",
        "--archives",
        text(&archives),
    ];
    set_up(folder, "here", &three, THREE);
    let own = fs::read_to_string(OWN).expect("a ledger of the caller");
    // All of it on its disk.
    set_up(folder, "disk", &ONE, "");
    on(folder, "disk", &["renew", "apiserver", "--yes"], "").ends_with(0);
    assert_eq!(fs::read_to_string(OWN).expect("a ledger"), own);
    assert_eq!(told_of(folder, "here").len(), own.lines().count());
    let of_disk = told_of(folder, "disk");
    assert!(!of_disk.is_empty() && of_disk.iter().all(|sha256| !own.contains(sha256)));
    for name in ["here", "disk"] {
        on(folder, name, &["history", "verify"], "").ends_with(0);
    }
}
