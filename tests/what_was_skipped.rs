//! One line that counts what the other programs of tests have skipped. Cargo runs them by their
//! names, this one last.

#[path = "support/skipped.rs"]
mod skipped;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

#[test]
fn it_is_counted() {
    let line = counted(&skipped::take(&skipped::run()));
    // Not by `eprintln!`: what that prints is shown of tests that fail.
    std::io::stderr()
        .write_all(line.as_bytes())
        .expect("standard error");
}

fn counted(reasons: &BTreeMap<String, usize>) -> String {
    let all: usize = reasons.values().sum();
    let each: Vec<String> = reasons
        .iter()
        .map(|(why, times)| format!("{why} ({times})"))
        .collect();
    let what = if all == 0 {
        "nothing".to_owned()
    } else {
        format!("{all} parts of tests: {}", each.join(", "))
    };
    format!("skipped: {what}\n")
}

#[test]
fn each_reason_is_counted() {
    let run = std::process::id().to_string();
    assert_eq!(counted(&skipped::take(&run)), "skipped: nothing\n");
    for why in [
        "etcd is not installed",
        "not root",
        "etcd is not installed\n",
    ] {
        skipped::add(&run, why);
    }
    let line = "skipped: 3 parts of tests: etcd is not installed (2), not root (1)\n";
    assert_eq!(counted(&skipped::take(&run)), line);
    assert_eq!(counted(&skipped::take(&run)), "skipped: nothing\n");
}

#[test]
fn no_other_program_comes_after_this_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .and_then(|name| name.to_str())
            .expect("a name");
        assert!(
            name <= env!("CARGO_CRATE_NAME"),
            "{name} comes after the line that counts what is skipped"
        );
    }
}

#[test]
fn nothing_is_skipped_in_another_way() {
    let by_itself = ["eprintln!(\"", "skipped"].concat();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut folders = vec![folder.clone()];
    let mut seen = 0;
    while let Some(one) = folders.pop() {
        for entry in fs::read_dir(one).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let is_so = fs::read_to_string(&path)
                    .expect("a source")
                    .contains(&by_itself);
                assert_eq!(
                    is_so,
                    path == folder.join("support/mod.rs"),
                    "{}: support::skip",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen} files");
}
