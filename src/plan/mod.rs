//! What to do, one file for each operation: from what is there, what was read for it, a request and
//! a moment to a [`Plan`]. Everything that changes a PKI is one. Nothing here touches the disk:
//! `store::apply` does.

pub mod archive;
mod authority;
pub mod bootstrap;
pub mod confirm;
pub mod decide;
mod error;
mod files;
mod import;
pub mod issue;
mod keys;
mod names;
mod notices;
mod openssl;
pub mod prune;
mod renew;
mod request;
pub mod restart;
pub mod setup;
mod signing;
pub mod undo;

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

pub use crate::inventory::mounted::Mounted;
pub use error::PlanError;
pub use renew::{copies, due};
pub use request::{
    ApproveRequest, AskedDecision, AskedObject, AskedRequest, BootstrapRequest, DecideRequest,
    ImportRequest, IssueRequest, Passphrase, Profile, Purpose, RenewRequest, Request,
    RequestSource, SanChange, SecretName, Selection, ServiceName, SetupRequest, WrittenRequest,
};

use crate::inventory::{Inventory, Trouble};
use crate::pki::key::{KeyAlgorithm, PrivateKey};
use crate::pki::{Secret, hex, sha256};
use crate::record::{
    Approval, Attributes, ChangeAction, ChangeSummary, JournalEntry, Operation, PathState, Place,
    PlanSummary, Settings,
};

/// A certificate begins this long before now, for clocks that are behind (kubeadm constants.go,
/// CertificateBackdate).
pub const BACKDATE: Duration = Duration::minutes(5);

/// The line of a script behind which a shell ends at the first command that fails, and at a name
/// without a value.
pub const SHELL_IS_STRICT: &str = "set -eu";

/// What shall be done, with every byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What it does in words and public data. Its `changes` are those of [`Plan::changes`], in
    /// their order.
    pub summary: PlanSummary,
    /// The changes, in the order in which they are swapped.
    pub changes: Vec<Change>,
    /// Every other file that it was made from, and how that stood: a plan for other files is none
    /// for these.
    pub made_from: Vec<(String, PathState)>,
    /// The operation that it takes back.
    pub undoes: Option<String>,
    /// For what moment it was made.
    pub moment: OffsetDateTime,
}

/// One change of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose path.
    pub place: Place,
    /// Absolute, as on the master. Its last part may be a link to the file that is changed, unless
    /// the change is one of a link ([`Change::is_of_link`]).
    pub path: String,
    /// In a few words, for the summary.
    pub summary: String,
    /// How the path stands before: checked before anything is written, and once more before the
    /// swap.
    pub before: PathState,
    /// What shall be there.
    pub after: After,
}

/// What shall be at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Nothing: the file or link is removed.
    Absent,
    /// A regular file with this content.
    File {
        /// All of it.
        content: Secret,
        /// Owner, group, mode.
        attributes: Attributes,
    },
    /// The same content with other attributes.
    Attributes(Attributes),
    /// A link with this text.
    Link(String),
    /// A folder. One that is there keeps what is in it.
    Directory(Attributes),
}

impl Change {
    /// True where the path itself is or becomes a link: then it is not followed.
    pub fn is_of_link(&self) -> bool {
        matches!(self.before, PathState::Link { .. }) || matches!(self.after, After::Link(_))
    }

    /// How the path shall stand afterwards.
    pub fn path_state_after(&self) -> PathState {
        let through = match &self.before {
            PathState::File { through, .. } => through.clone(),
            _ => None,
        };
        match &self.after {
            After::Absent => PathState::Absent,
            After::File {
                content,
                attributes,
            } => PathState::File {
                sha256: hex(&sha256(content.expose())),
                attributes: *attributes,
                through,
            },
            After::Attributes(attributes) => match &self.before {
                PathState::File { sha256, .. } => PathState::File {
                    sha256: sha256.clone(),
                    attributes: *attributes,
                    through,
                },
                _ => PathState::Directory {
                    attributes: *attributes,
                },
            },
            After::Link(text) => PathState::Link { text: text.clone() },
            After::Directory(attributes) => PathState::Directory {
                attributes: *attributes,
            },
        }
    }

    /// What is done, in a word.
    pub fn action(&self) -> ChangeAction {
        match (&self.before, &self.after) {
            (_, After::Absent) => ChangeAction::Remove,
            (_, After::Attributes(_)) => ChangeAction::Attributes,
            (_, After::Link(_)) => ChangeAction::Link,
            (_, After::Directory(_)) => ChangeAction::Directory,
            (PathState::Absent, After::File { .. }) => ChangeAction::Create,
            (_, After::File { .. }) => ChangeAction::Replace,
        }
    }

    /// The change without its bytes.
    pub fn to_summary(&self) -> ChangeSummary {
        ChangeSummary {
            place: self.place,
            action: self.action(),
            path: self.path.clone(),
            summary: self.summary.clone(),
            before: self.before.clone(),
            after: self.path_state_after(),
        }
    }
}

/// What must be read, and made, before a plan can be: worked out from the inventory alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Paths as on the master, absent ones too; each once.
    pub files: Vec<String>,
    /// Paths of which the link itself matters, not what it leads to.
    pub links: Vec<String>,
    /// Paths of this machine, outside the root, absent ones too; each once.
    pub local: Vec<String>,
    /// Paths below kubepki's own folder, as "clusters/prod.yaml": read as those of `local`, by
    /// their absolute path.
    pub state: Vec<String>,
    /// New keys, made on all cores before planning.
    pub new_keys: Vec<KeyAlgorithm>,
    /// The operation whose journal and old files are needed.
    pub operation: Option<String>,
}

/// What one request needs, read just before planning and dropped after it.
#[derive(Debug, Default)]
pub struct Materials {
    /// By path, for all of [`Needs::files`].
    pub files: BTreeMap<String, Material>,
    /// By path, for all of [`Needs::links`]: how the path itself stands.
    pub links: BTreeMap<String, PathState>,
    /// By path, for all of [`Needs::local`] and, where there is such a folder, [`Needs::state`].
    pub local: BTreeMap<String, Material>,
    /// kubepki's own folder on this machine, absolute; `None`: there is none.
    pub state: Option<String>,
    /// Who writes, user and group: new files are theirs. Nobody but root can make another's.
    pub user: (u32, u32),
    /// As asked in [`Needs::new_keys`]; a plan takes what it uses.
    pub new_keys: Vec<PrivateKey>,
    /// For [`Needs::operation`].
    pub operation: Option<Undoable>,
    /// Where the master's files lie: what one would type names them there.
    pub root: Mounted,
    /// What was done on this master so far, newest first; for a renewal the newest alone. A clock
    /// before it is wrong.
    pub history: Vec<Operation>,
}

impl Materials {
    /// How every file of the master stands that was read and is none of `changes`.
    fn unchanged(&self, changes: &[Change]) -> Vec<(String, PathState)> {
        let is_changed = |path: &str| {
            changes
                .iter()
                .any(|change| change.place == Place::Master && change.path == path)
        };
        let read = self.files.iter().filter(|(path, _)| !is_changed(path));
        read.map(|(path, material)| (path.clone(), material.path_state.clone()))
            .collect()
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// How it stands, links followed.
    pub path_state: PathState,
    /// Its content, or why there is none.
    pub content: Result<Secret, Trouble>,
    /// Why nothing is changed there, a sentence's end: others could lead the change elsewhere.
    pub exposed: Option<String>,
}

/// An operation that may be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoable {
    /// The operation.
    pub operation: Operation,
    /// Its journal, in the order in which it was done.
    pub entries: Vec<JournalEntry>,
    /// The old content of each entry; `None` where there was none. `Err`: why it cannot be read.
    pub backups: Vec<Option<Result<Secret, Lost>>>,
    /// The folder on this machine that holds them, below `before`.
    pub folder: String,
}

/// Why an old file cannot be brought back: a sentence's end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// It cannot be read.
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// Its content is another by now.
    #[error("is not what it was when it was put aside")]
    Changed,
    /// The folder of the old files cannot be opened.
    #[error("{0}")]
    Folder(String),
}

/// What else a plan depends on.
#[derive(Debug, Clone, Copy)]
pub struct PlanContext<'a> {
    /// Now: never the date that the user looks at.
    pub moment: OffsetDateTime,
    /// The user's settings.
    pub settings: &'a Settings,
    /// What was confirmed of the cluster, as far as it counts.
    pub approval: &'a Approval,
}

/// What must be read and made for `request`.
///
/// # Errors
/// [`PlanError::Refused`] where it is clear already that there will be no plan.
pub fn needs(
    inventory: &Inventory,
    request: &Request,
    context: PlanContext<'_>,
) -> Result<Needs, PlanError> {
    match request {
        Request::Renew(request) => renew::needs(inventory, request, context),
        Request::Undo(operation) => Ok(undo::needs(operation.as_deref())),
        Request::Prune => Ok(Needs::default()),
        Request::Setup(request) => setup::needs(inventory, request, context),
        Request::Import(request) => import::needs(inventory, request),
        Request::Bootstrap(request) => bootstrap::needs(inventory, request),
        Request::Issue(request) => issue::needs(inventory, request, context),
        Request::Decide(request) => decide::needs(inventory, request, context),
        Request::Confirm(_) => Ok(confirm::needs()),
    }
}

/// The plan for `request`. One without changes is an answer too: its summary says what was left and
/// why.
///
/// # Errors
/// [`PlanError`] where nothing may or can be done.
pub fn make(
    inventory: &Inventory,
    materials: Materials,
    request: &Request,
    context: PlanContext<'_>,
) -> Result<Plan, PlanError> {
    match request {
        Request::Renew(request) => renew::plan(inventory, materials, request, context),
        Request::Undo(_) => undo::plan(&materials, context),
        Request::Prune => Ok(prune::plan(&materials, context)),
        Request::Setup(request) => setup::plan(inventory, materials, request, context),
        Request::Import(request) => import::plan(inventory, &materials, request, context),
        Request::Bootstrap(request) => bootstrap::plan(inventory, &materials, request, context),
        Request::Issue(request) => issue::plan(inventory, materials, request, context),
        Request::Decide(request) => decide::plan(inventory, &materials, request, context),
        Request::Confirm(approval) => confirm::plan(&materials, approval, context),
    }
}
