//! Running `crictl` and `systemctl`: found, bounded, and not ended with kubepki.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::fs::{Access, access};

use crate::pki::text::printable;

/// Where programs lie besides `PATH`, which is short in a cron job.
const FOLDERS: [&str; 7] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/opt/bin",
];

/// How long one may take that stops something: a container has 30 s to end by itself, a unit of
/// systemd 90 s.
pub(super) const DEADLINE: Duration = Duration::from_secs(100);

/// How long one may take that only looks.
pub(super) const SHORT: Duration = Duration::from_secs(10);

/// Bytes of its output that are looked at.
const MOST: u64 = 64 << 10;

/// The program of this name in `path` (a list as in the variable `PATH`; relative folders are left
/// out), or where programs usually lie.
pub(super) fn find(name: &str, path: Option<&OsStr>) -> Option<PathBuf> {
    let named: Vec<PathBuf> = path
        .map(|path| std::env::split_paths(path).collect())
        .unwrap_or_default();
    let folders = named
        .iter()
        .map(PathBuf::as_path)
        .filter(|folder| folder.is_absolute());
    let mut files = folders
        .chain(FOLDERS.iter().map(Path::new))
        .map(|folder| folder.join(name));
    files.find(|file| file.is_file() && access(file, Access::EXEC_OK).is_ok())
}

/// Why a program did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    /// It failed, and said this.
    #[error("{program} failed: {said}")]
    Failed { program: String, said: String },
    /// It took too long, and was ended.
    #[error("{program} did not end in {} s", .after.as_secs())]
    TooLong { program: String, after: Duration },
    /// It could not be run.
    #[error("{program} cannot be run: {why}")]
    NotRun { program: String, why: String },
    /// It does not know what to stop, and neither do we.
    #[error("{why}, and {unclear}")]
    Unclear { why: String, unclear: String },
    /// Somebody said "stop": it goes on alone.
    #[error("stopped")]
    Stopped,
}

/// Runs a program and gives the beginning of its standard output. Neither Ctrl-C nor the end of
/// kubepki or of its terminal ends it: it has a process group of its own, and its output goes to
/// files.
///
/// # Errors
/// [`Trouble`].
pub(super) fn run(
    program: &Path,
    arguments: &[&str],
    patience: Duration,
    is_wanted: &dyn Fn() -> bool,
) -> Result<String, Trouble> {
    let name = || {
        program
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let not_run = |error: io::Error| Trouble::NotRun {
        program: name(),
        why: error.to_string(),
    };
    let (mut said, mut complained) = (
        tempfile::tempfile().map_err(not_run)?,
        tempfile::tempfile().map_err(not_run)?,
    );
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(said.try_clone().map_err(not_run)?)
        .stderr(complained.try_clone().map_err(not_run)?)
        .process_group(0)
        .spawn()
        .map_err(not_run)?;
    let (begin, mut pause) = (Instant::now(), Duration::from_millis(5));
    let status: ExitStatus = loop {
        if let Some(status) = child.try_wait().map_err(not_run)? {
            break status;
        }
        if !is_wanted() {
            return Err(Trouble::Stopped);
        }
        if begin.elapsed() > patience {
            let _ = child.kill();
            let _ = child.wait();
            return Err(Trouble::TooLong {
                program: name(),
                after: patience,
            });
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(200));
    };
    if status.success() {
        return beginning(&mut said).map_err(not_run);
    }
    Err(Trouble::Failed {
        program: name(),
        said: complaint(&mut complained, status),
    })
}

/// The first line that it complained with, else how it ended.
fn complaint(complained: &mut File, status: ExitStatus) -> String {
    let complaint = beginning(complained).unwrap_or_default();
    let line = complaint
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty());
    line.map_or_else(|| status.to_string(), |line| printable(line).into_owned())
}

fn beginning(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn script(folder: &Path, name: &str, mode: u32, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
        path
    }

    #[test]
    fn programs_are_found_in_absolute_folders_and_can_be_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        for folder in [&one, &other] {
            std::fs::create_dir(folder).expect("a folder");
        }
        script(&one, "kubepki-test", 0o600, "");
        let runs = script(&other, "kubepki-test", 0o700, "");
        let path = std::env::join_paths([Path::new("."), &one, &other]).expect("a list");
        assert_eq!(find("kubepki-test", Some(&path)), Some(runs));
        assert_eq!(find("kubepki-test", Some(one.as_os_str())), None);
        assert_eq!(find("kubepki-test", None), None);
        assert!(find("sh", None).is_some(), "where programs usually lie");
    }

    #[test]
    fn what_a_program_says_is_given_or_told() {
        let shell = find("sh", None).expect("a shell");
        let wanted = || true;
        assert_eq!(
            run(&shell, &["-c", "echo a; echo b >&2"], SHORT, &wanted),
            Ok("a\n".to_owned())
        );
        let failed = run(
            &shell,
            &["-c", "printf '\\n a\\033[31m\\nb\\n' >&2; exit 3"],
            SHORT,
            &wanted,
        );
        assert_eq!(
            failed.expect_err("it fails").to_string(),
            "sh failed: a\\u{1b}[31m"
        );
        let silent = run(&shell, &["-c", "exit 3"], SHORT, &wanted)
            .expect_err("it fails")
            .to_string();
        assert_eq!(silent, "sh failed: exit status: 3");
        assert_eq!(
            run(&shell, &["-c", "read -r _ && echo read"], SHORT, &wanted).ok(),
            None,
            "nothing is on its input"
        );
        let absent = run(Path::new("/nonexistent/x"), &[], SHORT, &wanted)
            .expect_err("it is not there")
            .to_string();
        assert!(absent.starts_with("x cannot be run: "), "{absent}");
        assert_eq!(
            run(
                &shell,
                &["-c", "exec tail -f /dev/null --pid $PPID"],
                SHORT,
                &|| false
            ),
            Err(Trouble::Stopped)
        );
    }
}
