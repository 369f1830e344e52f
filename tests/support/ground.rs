//! An empty disk on which a cluster is set up, with folders of this machine beside it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::changing::{Master, Tree, differing, tree};
use super::program::Run;
use super::{succeed, text, tool};

/// A single master; ECDSA keys are made at once.
pub(crate) const ONE: [&str; 4] = ["--node", "master-1", "--address", "10.0.0.10"];

/// Three of them, as lines.
pub(crate) const THREE: &str =
    "# name address roles\nmaster-1 10.0.0.10\nmaster-2 10.0.0.11 master\nmaster-3\t10.0.0.12\n";

/// The disk, and what lies beside it.
pub(crate) struct Ground {
    pub(crate) folder: TempDir,
    pub(crate) master: Master,
}

impl Ground {
    /// Nothing is there yet.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["root", "my archives"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        let master = Master::at(&folder.path().join("root"));
        Self { folder, master }
    }

    /// A single master was set up there.
    pub(crate) fn set_up() -> Self {
        let ground = Self::new();
        ground.again(&[]).ends_with(0);
        ground
    }

    /// The setup of the single master, once more where it was there.
    pub(crate) fn again(&self, more: &[&str]) -> Run {
        self.setup(&[&ONE[..], &["--yes"], more].concat())
    }

    /// What `act` asks for is refused with this exit code, these words are said, and nothing
    /// changes.
    pub(crate) fn refused(&self, code: i32, words: &[&str], act: impl FnOnce() -> Run) -> Run {
        let before = (self.everything(), self.master.state.exists());
        let run = act();
        run.ends_with(code);
        for word in words {
            assert!(run.stderr.contains(word), "{word:?}: {run:?}");
        }
        assert!(
            !run.stderr.contains('\u{1b}') && run.stdout.is_empty(),
            "{run:?}"
        );
        assert_eq!(
            differing(&before.0, &self.everything()),
            Vec::<String>::new(),
            "{run:?}"
        );
        assert_eq!(
            before.1,
            self.master.state.exists(),
            "a state folder: {run:?}"
        );
        run
    }

    /// So is the setup of the single master with these flags.
    pub(crate) fn refuses(&self, more: &[&str], words: &[&str]) {
        self.refused(4, words, || self.again(more));
    }

    /// The disk and the folders beside it.
    pub(crate) fn everything(&self) -> Tree {
        tree(self.folder.path())
    }

    /// Where an archive for this node of the cluster lies, as "prod-master-2".
    pub(crate) fn archive(&self, name: &str) -> PathBuf {
        self.folder
            .path()
            .join("my archives")
            .join(format!("{name}.tar"))
    }

    /// Sets up with these flags, with quick keys.
    pub(crate) fn setup(&self, flags: &[&str]) -> Run {
        self.setup_with_input(flags, "")
    }

    /// The same with something on standard input.
    pub(crate) fn setup_with_input(&self, flags: &[&str], input: &str) -> Run {
        let archives = self.folder.path().join("my archives");
        let mut all = vec!["setup", "--archives", text(&archives)];
        if !flags.contains(&"--key-algorithm") {
            all.extend(["--key-algorithm", "ECDSA-P256"]);
        }
        all.extend(flags);
        self.master.kubepki_with_input(&all, input.as_bytes())
    }

    /// Sets up three masters of the cluster "prod", of which this one is here.
    pub(crate) fn set_up_prod(&self, here: &str) -> Run {
        let cluster = [
            "--endpoint",
            "api.example.org",
            "--cluster-name",
            "prod",
            "--here",
            here,
        ];
        self.setup_with_input(&[&["--nodes", "-", "--yes"], &cluster[..]].concat(), THREE)
    }
}

/// Unpacks an archive at the root of its machine. `None` where there is no tar.
pub(crate) fn unpack(archive: &Path, root: &Path) -> Option<()> {
    let tar = tool("tar")?;
    fs::create_dir_all(root).expect("a folder");
    succeed(&tar, &["-xpf", text(archive), "-C", text(root)]);
    Some(())
}

/// What a plan makes for the node of this name.
pub(crate) fn node<'a>(plan: &'a Value, name: &str) -> &'a Value {
    let nodes = plan["nodes"].as_array().expect("nodes");
    nodes
        .iter()
        .find(|node| node["name"] == name)
        .unwrap_or_else(|| panic!("{name} is not in {nodes:?}"))
}

/// The archives that a setup has put into this folder, by their names.
pub(crate) fn archives(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    let mut archives: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|ending| ending == "tar"))
        .collect();
    archives.sort();
    archives
}
