//! A disk that somebody else has written, mounted, and the host beside it, which nothing on the
//! disk may touch.

use std::fs;

use tempfile::TempDir;

use super::changing::{Master, Tree, differing, tree};
use super::forged::{Change, Forged, ID, absent, file};
use super::text;

/// What everybody finds who looks for a way in.
const CA: &str = "/etc/kubernetes/pki/ca.crt";

/// The disk, with kubepki's folder on it, and what lies on the host.
pub(crate) struct Disk {
    pub(crate) master: Master,
    pub(crate) host: TempDir,
    before: Tree,
}

impl Disk {
    pub(crate) fn new() -> Option<Self> {
        let mut master = Master::sample("kubeadm-1.36-ecdsa")?;
        master.state = master.root.join("var/lib/kubepki");
        let host = tempfile::tempdir().expect("a host");
        for folder in ["etc/cron.d", "home/alice/documents", "home/bob", "empty"] {
            fs::create_dir_all(host.path().join(folder)).expect("a folder");
        }
        for (name, content) in [
            ("home/alice/documents/thesis.txt", "precious"),
            ("home/bob/x", "bob"),
            ("etc/known", "known\n"),
            ("etc/secret", "TOPSECRET"),
        ] {
            fs::write(host.path().join(name), content).expect("written");
        }
        let before = tree(host.path());
        Some(Self {
            master,
            host,
            before,
        })
    }

    /// A path of the host.
    pub(crate) fn host(&self, path: &str) -> String {
        text(&self.host.path().join(path)).to_owned()
    }

    /// One that was interrupted, and would go back for a CA that is neither old nor new.
    pub(crate) fn forged(&self) -> Forged {
        Forged::new(ID, text(&self.master.root))
    }

    /// The same, with what makes a recovery go back.
    pub(crate) fn triggered(&self, forged: Forged) -> Forged {
        let ca = fs::read_to_string(self.master.file(CA)).expect("a CA");
        forged.change(Change::of(CA, file(&ca, 0o644), file("other", 0o644)).keeping(&ca))
    }

    /// One by which a file would come to this path that holds a secret of the host.
    pub(crate) fn stolen(&self, path: &str) -> Forged {
        self.forged()
            .change(Change::of(path, file("TOPSECRET", 0o644), absent()).keeping("x"))
    }

    /// A whole one, by which a file would come back.
    pub(crate) fn back(&self) -> Forged {
        self.triggered(
            self.forged()
                .change(Change::of("/etc/back", file("back", 0o644), absent()).keeping("back")),
        )
    }

    /// Everything that recovers, takes back, drops or shows, in every way: the host is as it was.
    /// What they said.
    pub(crate) fn stands(&self, name: &str) -> String {
        let commands: [&[&str]; 12] = [
            &["list"],
            &["history"],
            &["history", "show", ID],
            &["history", "verify"],
            &["renew", "--due", "--yes"],
            &["history", "recover"],
            &["history", "recover", ID, "--forward"],
            &["history", "recover", ID, "--back"],
            &["undo", "--yes"],
            &["undo", ID, "--yes"],
            &["history", "prune", "--yes"],
            &["renew", "--all", "--yes"],
        ];
        let mut said = String::new();
        for command in commands {
            let run = self.master.kubepki(command);
            assert_ne!(run.code, 70, "{name}: {command:?}: {run:?}");
            self.is_untouched(&format!("{name}: {command:?}: {run:?}"));
            said += &run.stderr;
        }
        said
    }

    pub(crate) fn is_untouched(&self, what: &str) {
        let now = tree(self.host.path());
        assert_eq!(
            differing(&self.before, &now),
            Vec::<String>::new(),
            "{what}"
        );
    }
}
