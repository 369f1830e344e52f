//! This test program started once more, to be killed half way.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::{run, text, tool};

// Each test file is a crate of its own and uses a part of this.
const _: fn(&str, &str) = start_with_own_mounts;
const _: fn(&[&str], &str, &Path, &str) -> Output = start;
const _: fn(&str) -> Option<(String, String)> = told;

const VARIABLE: &str = "KUBEPKI_TEST_CHILD";

/// Starts the test `name` of this program with something to do, through `wrapper` (as strace) where one is given.
pub(crate) fn start(wrapper: &[&str], name: &str, folder: &Path, what: &str) -> Output {
    let own = std::env::current_exe().expect("this program");
    let mut words = wrapper.iter().map(std::ffi::OsStr::new).chain([own.as_os_str()]);
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words).args(["--exact", name, "--nocapture", "--test-threads=1"]);
    command.env(VARIABLE, format!("{name}|{}|{what}", folder.display())).output().expect("it starts")
}

/// The same in a mount namespace of its own, with a folder on which it may mount something; nothing, with a word, where
/// the system gives none.
pub(crate) fn start_with_own_mounts(name: &str, what: &str) {
    let (Some(unshare), Some(_)) = (tool("unshare"), tool("mount")) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let probe = run(&unshare, &["-m", "mount", "-t", "tmpfs", "tmpfs", text(folder.path())]);
    if !probe.status.success() {
        eprintln!("skipped: {}", String::from_utf8_lossy(&probe.stderr));
        return;
    }
    let output = start(&[text(&unshare), "-m", "--"], name, folder.path(), what);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
    eprint!("{said}");
}

/// In the child: its folder, and what to do there.
pub(crate) fn told(name: &str) -> Option<(String, String)> {
    let told = std::env::var(VARIABLE).ok()?;
    let mut parts = told.splitn(3, '|');
    let is_mine = parts.next() == Some(name);
    let (folder, what) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    is_mine.then_some((folder, what))
}
