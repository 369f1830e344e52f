//! What several tests need: the programs that judge what kubepki makes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

// Each test file is a crate of its own and uses a part of this.
const _: fn(&str) -> Option<PathBuf> = tool;
const _: fn(&Path, &[&str]) -> Output = run;
const _: fn(&Path, &[&str]) -> String = succeed;
const _: fn(&Path) -> &str = text;

/// Where the program `name` lies. `None`, with a word on stderr, where this machine lacks it: then the test
/// skips that part. With `KUBEPKI_REQUIRE_TOOLS=1` a missing program is a failure.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("KUBEPKI_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
            "{name} is required (KUBEPKI_REQUIRE_TOOLS=1) and not installed"
        );
        eprintln!("skipped: {name} is not installed");
    }
    found
}

/// Runs a program and gives its output, whatever its exit code.
pub(crate) fn run(program: &Path, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().expect("the program starts")
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
