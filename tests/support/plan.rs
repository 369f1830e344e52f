//! A small master made for changing, and a plan of every kind of change for it, put together by
//! hand.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use kubepki::pki::{Secret, hex, sha256};
use kubepki::plan::{After, Change, Plan};
use kubepki::progress::{Progress, Report, silent};
use kubepki::record::{
    Attributes, By, JournalEntry, Operation, OperationState, PathState, Place, PlanSummary,
};
use kubepki::store::apply::{ApplyError, Order, apply};
use kubepki::store::journal;
use kubepki::store::read::Root;
use kubepki::store::recover::{Ending, Recovered, RecoveryWay, recover};
use kubepki::store::state::StateFolder;
use kubepki::store::survey::unfinished;
use rustix::fs::{XattrFlags, lgetxattr, lsetxattr};
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

/// The operation's name in most tests.
pub(crate) const ID: &str = "20261122T031205Z-4f2a9c";

/// When everything here happens.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-22 03:12:05 UTC);

const PKI: &str = "/etc/kubernetes/pki";
const KUBELET: &str = "/var/lib/kubelet/pki";

/// Every path below a folder with what one sees of it: type, mode, owner, group, content or link,
/// attribute.
pub(crate) type Picture = BTreeMap<PathBuf, (u32, u32, u32, String, Option<Vec<u8>>)>;

type Answer<T> = Result<T, ApplyError>;

/// A master's root with a state folder beside it.
pub(crate) struct Master {
    pub(crate) root: PathBuf,
    pub(crate) state: PathBuf,
}

impl Master {
    /// Makes it in an empty folder.
    pub(crate) fn make(folder: &Path) -> Self {
        let master = Self::at(folder);
        for below in [PKI, KUBELET] {
            fs::create_dir_all(master.file(below)).expect("a folder");
        }
        for (path, content, mode) in [
            ("/etc/kubernetes/pki/a.key", "old key", 0o600),
            ("/etc/kubernetes/pki/a.crt", "old certificate", 0o644),
            (
                "/etc/kubernetes/pki/open.key",
                "a key that others read",
                0o644,
            ),
            ("/etc/kubernetes/pki/gone.crt", "to be removed", 0o640),
            (
                "/var/lib/kubelet/pki/kubelet-client-2025.pem",
                "old client",
                0o600,
            ),
        ] {
            fs::write(master.file(path), content).expect("written");
            fs::set_permissions(master.file(path), Permissions::from_mode(mode)).expect("a mode");
        }
        symlink(
            format!("{KUBELET}/kubelet-client-2025.pem"),
            master.file(KUBELET).join("kubelet-client-current.pem"),
        )
        .expect("a link");
        for name in ["a.crt", "gone.crt"] {
            let path = master.file(PKI).join(name);
            // Not every file system has them, and not everybody may give files away.
            let _ = lsetxattr(&path, "user.kubepki", b"kept", XattrFlags::empty());
            let _ = chown(&path, Some(1234), Some(2345));
        }
        master
    }

    /// The one that was made there.
    pub(crate) fn at(folder: &Path) -> Self {
        Self {
            root: folder.join("root"),
            state: folder.join("state"),
        }
    }

    /// One on which [`Master::plan`] was interrupted between two renames.
    pub(crate) fn interrupted(folder: &Path) -> Self {
        let master = Self::make(folder);
        master.interrupt(&master.plan(), 3);
        master
    }

    /// Applies a plan that is interrupted before the file of this number is swapped.
    pub(crate) fn interrupt(&self, plan: &Plan, at: u64) {
        let report = |progress: Progress| {
            if progress.what.starts_with("swap") && progress.done == at {
                // Not a panic: its hook belongs to all tests of this process.
                resume_unwind(Box::new("interrupted"));
            }
            true
        };
        let broken = catch_unwind(AssertUnwindSafe(|| {
            self.apply(plan, "20261122T031205Z-000000", &report)
        }));
        assert!(broken.is_err());
        assert_eq!(self.unfinished().len(), 1);
    }

    /// A path of the master as it really lies.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// All of it but what kubepki keeps for itself.
    pub(crate) fn picture(&self) -> Picture {
        let mut found = picture(&self.root);
        found.retain(|path, _| !path.starts_with(&self.state));
        found
    }

    /// A change of `path`, which stands as it stands now; `through` as the plan would say it.
    pub(crate) fn change(&self, path: &str, through: Option<&str>, after: After) -> Change {
        let target = through.map_or_else(|| self.file(path), |text| self.file(text));
        let path_state = match target.symlink_metadata() {
            Err(_) => PathState::Absent,
            Ok(facts) => {
                let attributes = Attributes {
                    owner: facts.uid(),
                    group: facts.gid(),
                    mode: facts.mode() & 0o7777,
                };
                if facts.is_symlink() {
                    let text = fs::read_link(&target).expect("a link");
                    PathState::Link {
                        text: text.into_os_string().into_string().expect("UTF-8"),
                    }
                } else if facts.is_dir() {
                    PathState::Directory { attributes }
                } else {
                    let sha256 = hex(&sha256(&fs::read(&target).expect("content")));
                    PathState::File {
                        sha256,
                        attributes,
                        through: through.map(ToOwned::to_owned),
                    }
                }
            }
        };
        let summary = "by hand".to_owned();
        Change {
            place: Place::Master,
            path: path.to_owned(),
            summary,
            before: path_state,
            after,
        }
    }

    /// A plan of these changes.
    pub(crate) fn plan_of(changes: Vec<Change>) -> Plan {
        let summary = PlanSummary {
            title: "A plan made by hand".to_owned(),
            changes: changes.iter().map(Change::to_summary).collect(),
            ..PlanSummary::default()
        };
        Plan {
            summary,
            changes,
            made_from: Vec::new(),
            undoes: None,
            moment: NOW,
        }
    }

    /// A change of every kind.
    pub(crate) fn plan(&self) -> Plan {
        let owner = |name: &str| {
            let facts = self.file(PKI).join(name).metadata().expect("there");
            Attributes {
                owner: facts.uid(),
                group: facts.gid(),
                mode: facts.mode() & 0o7777,
            }
        };
        let me = owner("a.key");
        let content = |text: &str| Secret::new(text.as_bytes().to_vec());
        let pem = format!("{KUBELET}/kubelet-client-2026.pem");
        Self::plan_of(vec![
            self.change(
                &format!("{PKI}/extra"),
                None,
                After::Directory(Attributes { mode: 0o750, ..me }),
            ),
            self.change(
                &format!("{PKI}/extra/b.crt"),
                None,
                file("a new one in a new folder", 0o644),
            ),
            self.change(&format!("{PKI}/a.key"), None, file("new key", 0o600)),
            self.change(
                &format!("{PKI}/a.crt"),
                None,
                After::File {
                    content: content("new certificate"),
                    attributes: owner("a.crt"),
                },
            ),
            self.change(&format!("{PKI}/gone.crt"), None, After::Absent),
            self.change(
                &format!("{PKI}/open.key"),
                None,
                After::Attributes(Attributes {
                    mode: 0o600,
                    ..owner("open.key")
                }),
            ),
            self.change(&pem, None, file("new client", 0o600)),
            self.change(
                &format!("{KUBELET}/kubelet-client-current.pem"),
                None,
                After::Link(pem.clone()),
            ),
        ])
    }

    pub(crate) fn apply(&self, plan: &Plan, id: &str, report: Report<'_>) -> Answer<Operation> {
        let (root, state) = (self.opened(), self.kept());
        let by = By {
            user: "tester".to_owned(),
            ..By::default()
        };
        let order = Order {
            root: &root,
            state: &state,
            also: None,
            plan,
            id: id.to_owned(),
            by,
            started_at: NOW,
        };
        apply(&order, &|| NOW, report)
    }

    /// Applies a plan that must succeed.
    pub(crate) fn done(&self, plan: &Plan, id: &str) {
        let operation = self.apply(plan, id, &silent).expect("applied");
        assert_eq!(
            (operation.state, operation.error.as_deref()),
            (OperationState::Done, None)
        );
    }

    /// Applies a plan that must be refused: nothing is changed, no temporary file stays, no
    /// operation is left.
    pub(crate) fn refused(&self, plan: &Plan) -> ApplyError {
        let folder = self.root.parent().expect("its folder");
        let before = picture(folder);
        let error = self.apply(plan, ID, &silent).expect_err("refused");
        assert_eq!(picture(folder), before, "{error}");
        error
    }

    pub(crate) fn recover(
        &self,
        prefer: Option<RecoveryWay>,
        report: Report<'_>,
    ) -> Answer<Vec<Recovered>> {
        let ending = Ending {
            way: prefer,
            ..Ending::default()
        };
        recover(&self.opened(), &self.kept(), &ending, &|| NOW, report)
    }

    pub(crate) fn unfinished(&self) -> Vec<Operation> {
        unfinished(&self.opened(), &self.kept()).expect("readable")
    }

    fn opened(&self) -> Root {
        Root::open(&self.root, Path::new("/")).expect("a root")
    }

    /// Its state folder.
    pub(crate) fn kept(&self) -> StateFolder {
        StateFolder::of(&self.state, &self.opened()).expect("a place for it")
    }

    /// The journal of an operation.
    pub(crate) fn journal(&self, id: &str) -> (Operation, Vec<JournalEntry>) {
        journal::read(&self.kept(), id).expect("a journal")
    }
}

/// A fresh master in a folder of its own.
pub(crate) fn fresh() -> (TempDir, Master) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let master = Master::make(folder.path());
    (folder, master)
}

/// A file of the caller's with this content.
pub(crate) fn file(text: &str, mode: u32) -> After {
    let (owner, group) = (
        rustix::process::geteuid().as_raw(),
        rustix::process::getegid().as_raw(),
    );
    After::File {
        content: Secret::new(text.as_bytes().to_vec()),
        attributes: Attributes { owner, group, mode },
    }
}

/// All that lies below a folder.
pub(crate) fn picture(folder: &Path) -> Picture {
    let mut found = Picture::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let facts = path.symlink_metadata().expect("there");
            let content = if facts.is_symlink() {
                fs::read_link(&path).expect("a link").display().to_string()
            } else if facts.is_dir() {
                pending.push(path.clone());
                String::new()
            } else {
                fs::read_to_string(&path).expect("text")
            };
            let mut value = Vec::with_capacity(100);
            let attribute = lgetxattr(
                &path,
                "user.kubepki",
                rustix::buffer::spare_capacity(&mut value),
            )
            .map(|_| value);
            found.insert(
                path,
                (
                    facts.mode(),
                    facts.uid(),
                    facts.gid(),
                    content,
                    attribute.ok(),
                ),
            );
        }
    }
    found
}
