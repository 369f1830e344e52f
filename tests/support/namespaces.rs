//! Processes in namespaces of their own: mounts, processes and network are none of this machine's, and all ends with the value.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::{Pid, Signal, geteuid, kill_process};

use super::{skip, tool};

/// What `unshare` is told.
const UNSHARED: [&str; 6] = ["--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc"];

/// Namespaces in which a first program runs.
pub(crate) struct Namespaces {
    unshare: Child,
    /// The first program ends with it.
    input: Option<ChildStdin>,
    nsenter: PathBuf,
}

impl Namespaces {
    /// What makes them. `None`, with a word, where a tool is missing or the system gives none.
    pub(crate) fn given() -> Option<Command> {
        tool("nsenter")?;
        let mut unshare = Command::new(tool("unshare")?);
        unshare.args(UNSHARED);
        // In a user's own namespace the folders above kubepki's state belong to nobody.
        if !geteuid().is_root() || !is_allowed(&unshare) {
            skip("only root, and only where the system gives namespaces, has a node to itself");
            return None;
        }
        Some(unshare)
    }

    /// Starts the first program in those that `unshare` makes, and gives the first line that it says.
    pub(crate) fn start(mut unshare: Command, program: &Path, arguments: &[&OsStr]) -> (Self, String) {
        unshare.arg(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut unshare = unshare.spawn().expect("the node starts");
        let input = unshare.stdin.take();
        let mut first = String::new();
        let output = unshare.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut first).expect("the node speaks");
        (Self { unshare, input, nsenter: tool("nsenter").expect("it was there") }, first)
    }

    /// A program inside, with this search path.
    pub(crate) fn inside(&self, program: &Path, search: &str) -> Command {
        let first = children(self.unshare.id());
        let mut command = Command::new(&self.nsenter);
        command.env_clear().env("PATH", search).env("HOME", "/nonexistent");
        command.args(["--mount", "--pid", "--net", "--target"]).arg(first[0].to_string());
        command.arg(program);
        command
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.unshare.wait();
    }
}

fn is_allowed(unshare: &Command) -> bool {
    let mut probe = Command::new(unshare.get_program());
    probe.args(unshare.get_args()).arg("true").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The processes that this one started.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).expect("the kernel tells children");
    list.split_whitespace().map(|pid| pid.parse().expect("a number")).collect()
}

/// Kills a program inside, at once. `nsenter`: the process that it was started with.
pub(crate) fn kill(nsenter: u32) {
    for pid in children(nsenter) {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process");
        kill_process(pid, Signal::KILL).expect("it can be killed");
    }
}
