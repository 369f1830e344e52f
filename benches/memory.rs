//! Resident memory of a normal master in the terminal program, and of 100,000 certificates in an
//! inventory.

mod support;

use std::path::Path;
use std::process::Command;

use kubepki::engine::{demo, open};
use kubepki::inventory::tree::Verified;
use kubepki::progress::silent;
use support::terminal::Terminal;
use support::{MOMENT, forest, head, limit, options, resident};

const COUNT: usize = 100_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--child") {
        return child(Path::new(&arguments[at + 1]));
    }
    head();
    master();
    many();
}

fn master() {
    let folder = tempfile::tempdir().expect("a folder");
    demo::create(folder.path(), MOMENT).expect("a master");
    let root = folder.path().display().to_string();
    let mut terminal = Terminal::start(
        Path::new(env!("CARGO_BIN_EXE_kubepki")),
        &["--root", &root],
        120,
        36,
    );
    terminal.until("apiserver");
    terminal.silence();
    limit(
        "a normal master, resident",
        terminal.resident(),
        16 * 1024,
        "KiB",
    );
}

/// In a process of its own, so that nothing of making the certificates is counted.
fn many() {
    let folder = tempfile::tempdir().expect("a folder");
    forest(folder.path(), COUNT);
    let this = std::env::current_exe().expect("a path");
    let output = Command::new(this)
        .arg("--child")
        .arg(folder.path())
        .output()
        .expect("the child runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let [resident, der] = text
        .split_whitespace()
        .map(|word| word.parse().expect("a number"))
        .collect::<Vec<u64>>()[..]
    else {
        panic!(
            "the child said {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    limit(
        &format!("{COUNT} certificates, resident"),
        resident,
        der / 1024 + COUNT as u64,
        "KiB",
    );
}

fn child(folder: &Path) {
    let before = resident("self", "VmRSS:");
    let inventory = open::open(&options(folder), &silent, &mut Verified::default())
        .expect("the folder can be read");
    let after = resident("self", "VmRSS:");
    let der: usize = inventory
        .items
        .iter()
        .filter_map(|item| item.certificate())
        .map(|it| it.der().len())
        .sum();
    assert_eq!(inventory.items.len(), COUNT);
    println!("{} {der}", after - before);
}
