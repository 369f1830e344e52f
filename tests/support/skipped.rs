//! What is skipped, and why: kept in a list for each run of the tests. `tests/what_was_skipped.rs`
//! counts it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};

/// In a program that a test has started: the run of that test.
pub(crate) const RUN: &str = "KUBEPKI_TEST_RUN";

/// Adds a reason to the list of a run.
pub(crate) fn add(run: &str, why: &str) {
    let list = list(run);
    fs::create_dir_all(list.parent().expect("a folder")).expect("a folder for what is skipped");
    let mut list = OpenOptions::new()
        .append(true)
        .create(true)
        .open(list)
        .expect("a list of what is skipped");
    // In one piece: other programs write there too.
    list.write_all(format!("{}\n", why.trim().replace('\n', " ")).as_bytes())
        .expect("written");
}

/// The run that this program belongs to: what cargo starts has cargo's process in common.
pub(crate) fn run() -> String {
    std::env::var(RUN).unwrap_or_else(|_| parent_id().to_string())
}

/// The reasons of a run, each as often as it was given; the list is gone then.
pub(crate) fn take(run: &str) -> BTreeMap<String, usize> {
    let list = list(run);
    let text = fs::read_to_string(&list).unwrap_or_default();
    let _ = fs::remove_file(&list);
    // Runs that were not followed by a count, as those of a single program are not.
    for old in list
        .parent()
        .and_then(|folder| fs::read_dir(folder).ok())
        .into_iter()
        .flatten()
        .flatten()
    {
        if !Path::new("/proc").join(old.file_name()).exists() {
            let _ = fs::remove_file(old.path());
        }
    }
    let mut reasons = BTreeMap::new();
    for line in text.lines() {
        *reasons.entry(line.to_owned()).or_default() += 1;
    }
    reasons
}

fn list(run: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("skipped")
        .join(run)
}
