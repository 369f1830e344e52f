//! Running the real binary, as a script does.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::tool;

/// A variable of the environment and its value.
type Variable<'a> = (&'a str, &'a str);

/// How a run of kubepki ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Standard output as one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails the test where the exit code is another one.
    pub(crate) fn ends_with(&self, code: i32) {
        assert_eq!(self.code, code, "{self:?}");
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

/// Runs kubepki without the environment of whoever runs the tests.
pub(crate) fn kubepki(arguments: &[&str]) -> Run {
    kubepki_with_input(arguments, b"")
}

/// The same with something on standard input.
pub(crate) fn kubepki_with_input(arguments: &[&str], input: &[u8]) -> Run {
    start(arguments, input, &[])
}

/// The same with variables.
pub(crate) fn kubepki_with_variables(arguments: &[&str], variables: &[Variable<'_>]) -> Run {
    start(arguments, b"", variables)
}

fn start(arguments: &[&str], input: &[u8], variables: &[Variable<'_>]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubepki"))
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubepki starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let bytes = input.to_vec();
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let output = child.wait_with_output().expect("kubepki ends");
    writer.join().expect("the input is written or refused");
    output.into()
}

/// One of the recorded masters, unpacked; removed when dropped.
#[derive(Debug)]
pub(crate) struct Sample {
    _folder: TempDir,
    pub(crate) root: PathBuf,
}

impl Sample {
    /// The master of this name. `None` where there is no tar.
    pub(crate) fn recorded(name: &str) -> Option<Self> {
        Some(Self::unpack(&tool("tar")?, name))
    }

    /// Unpacks the master of this name with `tar`.
    pub(crate) fn unpack(tar: &Path, name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let archive = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/samples")
            .join(format!("{name}.tar.gz"));
        let status = Command::new(tar)
            .arg("-xzf")
            .arg(&archive)
            .arg("-C")
            .arg(folder.path())
            .status()
            .expect("tar starts");
        assert!(status.success(), "{}", archive.display());
        let root = folder.path().join(name);
        Self {
            _folder: folder,
            root,
        }
    }

    /// A path of the master as it really lies.
    pub(crate) fn file(&self, logical: &str) -> PathBuf {
        self.root.join(logical.trim_start_matches('/'))
    }

    /// Runs kubepki on this master at the moment for which the samples were made.
    pub(crate) fn kubepki(&self, arguments: &[&str]) -> Run {
        let root = self.root.to_str().expect("UTF-8");
        let mut all = vec!["--root", root, "--at", AT];
        all.extend(arguments);
        kubepki(&all)
    }
}

/// Shortly after the samples were made.
pub(crate) const AT: &str = "2026-11-22T01:06:32Z";

/// The texts of a list in a document.
pub(crate) fn texts(value: &Value, field: &str) -> Vec<String> {
    let list = value[field]
        .as_array()
        .unwrap_or_else(|| panic!("{field} is no list: {value}"));
    list.iter()
        .map(|text| text.as_str().expect("text").to_owned())
        .collect()
}

/// The items of a list by their ids.
pub(crate) fn by_id(list: &Value) -> std::collections::BTreeMap<String, Value> {
    let items = list["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| (item["id"].as_str().expect("id").to_owned(), item.clone()))
        .collect()
}
