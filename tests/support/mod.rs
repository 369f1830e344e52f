//! What several tests need: the programs that judge what kubepki makes.

pub(crate) mod acl;
pub(crate) mod alive;
pub(crate) mod answered;
pub(crate) mod asked;
pub(crate) mod authority;
pub(crate) mod bootstrap;
pub(crate) mod changer;
pub(crate) mod changes;
pub(crate) mod changing;
pub(crate) mod child;
pub(crate) mod cluster;
pub(crate) mod compared;
pub(crate) mod copied_crate;
pub(crate) mod deciding;
pub(crate) mod demo_master;
pub(crate) mod demo_side;
pub(crate) mod etcd;
pub(crate) mod etcd_cluster;
pub(crate) mod expired;
pub(crate) mod foreign;
pub(crate) mod forged;
pub(crate) mod ground;
pub(crate) mod issue_wizard;
pub(crate) mod issuing;
pub(crate) mod joining;
pub(crate) mod judges;
pub(crate) mod judging;
pub(crate) mod ledger;
pub(crate) mod lives;
pub(crate) mod namespaces;
pub(crate) mod new_cluster;
pub(crate) mod nobody;
pub(crate) mod node;
pub(crate) mod openssl;
pub(crate) mod outside;
pub(crate) mod pair;
pub(crate) mod picture;
pub(crate) mod plan;
pub(crate) mod planned;
pub(crate) mod planting;
pub(crate) mod probed;
pub(crate) mod program;
pub(crate) mod record;
pub(crate) mod remembered;
pub(crate) mod renewed;
pub(crate) mod renewing;
pub(crate) mod restarting;
pub(crate) mod scan;
pub(crate) mod seen;
pub(crate) mod serving;
pub(crate) mod setting_up;
pub(crate) mod setup_plan;
pub(crate) mod shell;
pub(crate) mod skipped;
pub(crate) mod snapshots;
pub(crate) mod stage;
pub(crate) mod terminal;
pub(crate) mod zoo;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where the program `name` lies. `None`, with a word on stderr, where this machine lacks it: then
/// the test skips that part. With `KUBEPKI_REQUIRE_TOOLS=1` a missing program is a failure.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        missing(&format!("{name} is not installed"));
    }
    found
}

/// A Python that has this module, by the same rule.
pub(crate) fn python(module: &str) -> Option<PathBuf> {
    let python = tool("python3")?;
    let has_it = run(&python, &["-c", &format!("import {module}")])
        .status
        .success();
    if !has_it {
        missing(&format!("python3 has no {module}"));
    }
    has_it.then_some(python)
}

/// Says why a test, or this part of it, is skipped; the last program of tests counts that.
pub(crate) fn skip(why: &str) {
    eprintln!("skipped: {}", why.trim());
    skipped::add(&skipped::run(), why);
}

/// Whether root runs the tests; else the test is skipped.
pub(crate) fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        skip("only root can do that");
    }
    is_root
}

fn missing(what: &str) {
    let is_required = std::env::var_os("KUBEPKI_REQUIRE_TOOLS").is_some_and(|value| value == "1");
    assert!(!is_required, "{what} (KUBEPKI_REQUIRE_TOOLS=1)");
    skip(what);
}

/// Runs a program and gives its output, whatever its exit code.
pub(crate) fn run(program: &Path, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .output()
        .expect("the program starts")
}

/// Runs a program that must succeed and gives what it printed.
pub(crate) fn succeed(program: &Path, arguments: &[&str]) -> String {
    let output = run(program, arguments);
    assert!(
        output.status.success(),
        "{} {arguments:?}: {}{}",
        program.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A path of the test's own as text.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}
