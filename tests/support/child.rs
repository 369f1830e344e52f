//! This test program started once more, to be killed half way or to see another environment.

use std::path::Path;
use std::process::{Command, Output};

use super::{run, skip, skipped, text, tool};

const VARIABLE: &str = "KUBEPKI_TEST_CHILD";

/// Starts the test `path` (as `concat!(module_path!(), "::child")`) of this program with something
/// to do, through `wrapper` (as strace) where one is given.
pub(crate) fn start(wrapper: &[&str], path: &str, folder: &Path, what: &str) -> Output {
    let own = std::env::current_exe().expect("this program");
    let mut words = wrapper
        .iter()
        .map(std::ffi::OsStr::new)
        .chain([own.as_os_str()]);
    let mut command = Command::new(words.next().expect("a program"));
    command
        .args(words)
        .args(["--exact", name(path), "--nocapture", "--test-threads=1"]);
    command.env(skipped::RUN, skipped::run());
    let output = command
        .env(VARIABLE, format!("{path}|{}|{what}", folder.display()))
        .output()
        .expect("it starts");
    // Under a name that no test has, nothing would be done, and that with success.
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("running 1 test\n"),
        "{path}: {output:?}"
    );
    output
}

/// The same in a mount namespace of its own, with a folder on which it may mount something;
/// nothing, with a word, where the system gives none.
pub(crate) fn start_with_own_mounts(name: &str, what: &str) {
    let (Some(unshare), Some(_)) = (tool("unshare"), tool("mount")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let probe = run(
        &unshare,
        &["-m", "mount", "-t", "tmpfs", "tmpfs", text(folder.path())],
    );
    if !probe.status.success() {
        skip(&String::from_utf8_lossy(&probe.stderr));
        return;
    }
    let output = start(&[text(&unshare), "-m", "--"], name, folder.path(), what);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}{said}",
        String::from_utf8_lossy(&output.stdout)
    );
    eprint!("{said}");
}

/// In the child: its folder, and what to do there.
pub(crate) fn told(path: &str) -> Option<(String, String)> {
    let told = std::env::var(VARIABLE).ok()?;
    let mut parts = told.splitn(3, '|');
    let is_mine = parts.next() == Some(path);
    let (folder, what) = (parts.next()?.to_owned(), parts.next()?.to_owned());
    is_mine.then_some((folder, what))
}

/// The name by which the program knows a test: without its own.
pub(crate) fn name(path: &str) -> &str {
    path.split_once("::").expect("a path").1
}
