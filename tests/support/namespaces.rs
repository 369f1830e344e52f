//! Namespaces of a node's own: it alone sees its mounts, its processes and its network.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::geteuid;

use super::skip;

/// What is a node's own. It ends with the program that made them.
const OWN: [&str; 6] = [
    "--mount",
    "--pid",
    "--net",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// Namespaces that the system gives.
pub(crate) struct Room {
    unshare: Command,
}

impl Room {
    /// `None`, with a word, where it gives none.
    pub(crate) fn new(unshare: PathBuf) -> Option<Self> {
        let mut unshare = Command::new(unshare);
        unshare.args(OWN);
        // In a user's own namespace the folders above kubepki's state belong to nobody.
        if !geteuid().is_root() || !is_allowed(&unshare) {
            skip("only root, and only where the system gives namespaces, has a node to itself");
            return None;
        }
        Some(Self { unshare })
    }

    /// Runs the first program inside; gives also the first line that it says.
    pub(crate) fn run(mut self, init: &Command, nsenter: PathBuf) -> (Namespaces, String) {
        self.unshare.arg(init.get_program()).args(init.get_args());
        let mut unshare = self
            .unshare
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the node starts");
        let input = unshare.stdin.take();
        let mut ready = String::new();
        let output = unshare.stdout.take().expect("a pipe");
        BufReader::new(output)
            .read_line(&mut ready)
            .expect("the node speaks");
        (
            Namespaces {
                unshare,
                input,
                nsenter,
            },
            ready,
        )
    }
}

/// Those in which a node runs.
pub(crate) struct Namespaces {
    unshare: Child,
    /// The node ends with it.
    input: Option<ChildStdin>,
    nsenter: PathBuf,
}

impl Namespaces {
    /// Runs inside what is added to it, with nothing in its environment.
    pub(crate) fn command(&self) -> Command {
        let first = children(self.unshare.id());
        let mut command = Command::new(&self.nsenter);
        command
            .env_clear()
            .args(["--mount", "--pid", "--net", "--target"])
            .arg(first[0].to_string());
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
    probe
        .args(unshare.get_args())
        .arg("true")
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The processes that this one started.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
        .expect("the kernel tells children");
    list.split_whitespace()
        .map(|pid| pid.parse().expect("a number"))
        .collect()
}
