//! The README says what is true: keys, commands, pictures.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use kubepki::model::Keymap;
use kubepki::model::action::ACTIONS;
use serde_json::Value;
use tempfile::TempDir;
use time::macros::datetime;

const BEGIN: &str = "cargo test --locked --test cli readme` from src/model/action/table.rs and assets/keymaps/default.yaml -->\n";
const END: &str = "<!-- end of keys -->";

#[test]
fn the_key_table_is_that_of_the_program() {
    let path = root().join("README.md");
    let readme = read(&path);
    let (before, rest) = readme
        .split_once(BEGIN)
        .expect("the README marks its key table");
    let (_, after) = rest
        .split_once(END)
        .expect("the README marks the end of its key table");
    let wanted = format!("{before}{BEGIN}\n{}\n{END}{after}", key_table());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, wanted).expect("the README can be written");
    } else {
        assert!(
            readme == wanted,
            "the key table is old: UPDATE=1 cargo test --locked --test cli readme"
        );
    }
}

#[test]
fn ci_runs_the_test_command_of_the_readme() {
    let readme = read(&root().join("README.md"));
    let command = readme
        .lines()
        .find(|line| line.starts_with("cargo test"))
        .expect("the README names a test command");
    let script = read(&root().join(".ci/run"));
    assert!(
        script
            .lines()
            .any(|line| line == format!("step test {command}")),
        "{command} is not what .ci/run runs"
    );
}

#[test]
fn pictures_and_links_lead_to_files() {
    for name in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        let text = read(&root().join(name));
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .filter(|to| !to.contains("://"))
        {
            assert!(
                root().join(target).exists(),
                "{name} links to {target}, which is not there"
            );
        }
    }
}

#[test]
fn the_headless_examples_run() {
    let master = demo();
    let readme = read(&root().join("README.md"));
    let (_, after) = readme
        .split_once("## Without a terminal")
        .expect("the README has headless examples");
    let block = after.split("```").nth(1).expect("a block of examples");
    let mut seen = 0;
    for line in block
        .lines()
        .filter_map(|line| line.strip_prefix("kubepki "))
    {
        let command = line.split('#').next().unwrap_or_default();
        let output = kubepki(&master, command.split_whitespace());
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!output.stdout.is_empty(), "{line} prints nothing");
        seen += 1;
    }
    assert!(seen >= 6, "only {seen} examples");
}

#[test]
fn the_json_example_is_what_the_demo_gives() {
    let readme = read(&root().join("README.md"));
    let block = readme
        .split("```json")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("a block of JSON");
    let example: Value = serde_json::from_str(block).expect("the example is JSON");
    let output = kubepki(
        &demo(),
        ["list", "-o", "json", "--at", "2026-11-22T03:12:00Z"],
    );
    let real: Value = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
    for field in ["apiVersion", "kind", "at", "layout", "unread"] {
        assert_eq!(example[field], real[field], "{field}");
    }
    for item in example["items"].as_array().expect("items") {
        let same = |other: &&Value| other["id"] == item["id"];
        let real = real["items"]
            .as_array()
            .and_then(|items| items.iter().find(same))
            .expect("the item");
        for (field, value) in item.as_object().expect("an object") {
            assert_eq!(value, &real[field], "{field}");
        }
    }
}

/// The demo's master at the moment of the example.
fn demo() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    kubepki::engine::demo::create(folder.path(), datetime!(2026-11-22 03:12:00 UTC))
        .expect("the demo is written");
    folder
}

fn kubepki<'a>(master: &TempDir, arguments: impl IntoIterator<Item = &'a str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubepki"));
    // Not the state of whoever runs the tests.
    command
        .env("KUBEPKI_STATE_DIR", master.path().join("state"))
        .env("KUBEPKI_CONFIG_DIR", "/nonexistent");
    command
        .args(arguments)
        .arg("--root")
        .arg(master.path())
        .output()
        .expect("kubepki starts")
}

fn key_table() -> String {
    let keymap = Keymap::default();
    let mut table = "| keys | action | does |\n|---|---|---|\n".to_owned();
    for row in &ACTIONS {
        let keys: Vec<String> = keymap
            .keys(row.action)
            .iter()
            .map(|key| format!("`{key}`"))
            .collect();
        let _ = writeln!(
            table,
            "| {} | {} | {} |",
            keys.join(" "),
            row.name,
            row.help
        );
    }
    table
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
