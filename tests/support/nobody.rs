//! kubepki started by somebody who has no right to anything: only root can try this.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::program::Run;
use super::{run, skip, text, tool};

/// His number.
const NUMBER: u32 = 65534;

/// Somebody whose are no files but those that he is given, and a program that he may start.
pub(crate) struct Nobody {
    setpriv: PathBuf,
    program: PathBuf,
    _folder: TempDir,
}

impl Nobody {
    /// `None`, with a word, where only root could become him.
    pub(crate) fn new() -> Option<Self> {
        let setpriv = tool("setpriv")?;
        if !rustix::process::geteuid().is_root() {
            skip("only root can become nobody");
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        // That in the target folder is often behind folders that are closed to others.
        let program = folder.path().join("kubepki");
        fs::copy(env!("CARGO_BIN_EXE_kubepki"), &program).expect("copied");
        mode(folder.path(), 0o755);
        mode(&program, 0o755);
        Some(Self {
            setpriv,
            program,
            _folder: folder,
        })
    }

    /// Runs kubepki as he.
    pub(crate) fn kubepki(&self, arguments: &[&str]) -> Run {
        let user = NUMBER.to_string();
        let before = [
            "--reuid",
            &user,
            "--regid",
            &user,
            "--clear-groups",
            text(&self.program),
        ];
        run(&self.setpriv, &[&before[..], arguments].concat()).into()
    }

    /// The very call with the right to do it, as he is told to type it.
    pub(crate) fn with_sudo(&self, arguments: &[&str]) -> String {
        format!("sudo {} {}", text(&self.program), arguments.join(" "))
    }

    /// Makes a folder or file his.
    pub(crate) fn gets(path: &Path) {
        chown(path, Some(NUMBER), Some(NUMBER)).expect("given");
    }
}

/// Gives a path this mode.
pub(crate) fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}
