//! What a plan does, without a secret byte: what review, dry run and history show.

use serde::{Deserialize, Serialize};

use super::decision::RequestDecision;
use super::path_state::PathState;
use super::plan_kind::PlanKind;
use super::reason::Reason;
use super::waiting_request;
use crate::kubernetes::component::Component;
use crate::pki::Certificate;
use crate::setup::kept;

/// A plan in words and public data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanSummary {
    /// As "Renew what is due".
    pub title: String,
    /// What it is for; `None` in what earlier releases wrote.
    #[serde(default)]
    pub kind: Option<PlanKind>,
    /// What happens to files, in the order in which it is done.
    pub changes: Vec<ChangeSummary>,
    /// The certificates that it issues.
    pub issues: Vec<IssueSummary>,
    /// What still holds the old files afterwards.
    pub restarts: Vec<RestartSummary>,
    /// What can go wrong or surprises, a sentence each.
    pub warnings: Vec<String>,
    /// What a plan for all, or all that is due, does not touch.
    #[serde(rename = "leaves")]
    pub left_alone: Vec<Left>,
    /// What one would type without kubepki: lines of a shell script, comments too.
    pub commands: Vec<String>,
    /// The files, as on the master, of which the cluster learns by `kubectl apply -f` alone.
    #[serde(default)]
    pub hand_over: Vec<String>,
    /// Why somebody must look at it before it is applied; empty: one key may do it at once, undo
    /// takes it back.
    #[serde(default, alias = "ask", deserialize_with = "super::reason::read")]
    pub asks: Vec<Reason>,
    /// The ids of certificates that are signed only where each is named once more: nobody's word
    /// but the old file's own says that its holder may have the rights that it gives.
    #[serde(default)]
    pub confirm: Vec<String>,
    /// Why it is done, in the asker's words; empty: nobody said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// What a setup makes, node by node; empty for all else.
    #[serde(default)]
    pub nodes: Vec<NodeSummary>,
    /// What is decided of requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<RequestDecision>,
}

impl PlanSummary {
    /// The files, as on the master, of which the cluster learns by `kubectl apply -f` alone.
    /// Earlier releases wrote them among the commands only: there they are read, and nowhere else.
    pub fn handed_over(&self) -> Vec<String> {
        if self.kind.is_some() {
            return self.hand_over.clone();
        }
        let words = self
            .commands
            .iter()
            .filter_map(|line| line.strip_prefix("kubectl apply -f "));
        words
            .map(|word| {
                word.strip_prefix("\"$root\"")
                    .unwrap_or(word)
                    .trim_matches('\'')
                    .to_owned()
            })
            .collect()
    }
}

/// What a setup makes for one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeSummary {
    /// The node's name; "authorities" for the keys of CAs that stay on no node.
    pub name: String,
    /// As "control plane, etcd".
    pub roles: String,
    /// The archive with its files; `None`: they are written here.
    pub archive: Option<ArchiveSummary>,
    /// Its files in order, those that are kept too.
    pub files: Vec<NodeFile>,
}

/// An archive for a node: tar, owners and modes in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArchiveSummary {
    /// Its path on this machine.
    pub path: String,
    /// Of its bytes, lower-case hex.
    pub sha256: String,
    /// The shell commands that bring it to the node and unpack it there.
    pub send: Vec<String>,
}

/// One file of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeFile {
    /// Absolute, as on the node.
    pub path: String,
    /// In a few words, as "certificate of apiserver".
    pub summary: String,
    /// Permission bits.
    pub mode: u32,
    /// Whether other nodes get the very same file.
    pub shared: bool,
    /// Whether it was there, and stays.
    pub kept: bool,
}

/// Whose path a change names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// As on the master, below the root.
    #[default]
    Master,
    /// Of this machine, outside the root.
    Local,
}

/// What is done to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeAction {
    /// A folder is made.
    Directory,
    /// A file is made where none was.
    Create,
    /// A file gets another content.
    Replace,
    /// A file is taken away.
    Remove,
    /// Owner or mode alone.
    Attributes,
    /// A link is made, or leads elsewhere.
    Link,
}

impl ChangeAction {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Remove => "remove",
            Self::Attributes => "attributes",
            Self::Link => "link",
        }
    }
}

/// One change of one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeSummary {
    /// Whose path.
    pub place: Place,
    /// What is done.
    pub action: ChangeAction,
    /// The path.
    pub path: String,
    /// In a few words, as "new certificate and key, CA data".
    pub summary: String,
    /// How it stands before.
    pub before: PathState,
    /// How it stands afterwards.
    pub after: PathState,
}

/// One certificate that a plan issues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IssueSummary {
    /// The id of the item that it replaces, or the role's name where nothing was there.
    pub id: String,
    /// The names of all roles that it plays.
    pub roles: Vec<String>,
    /// The node for which it is, where that is not the one whose files lie here: its paths are that
    /// node's.
    #[serde(default)]
    pub node: Option<String>,
    /// The programs that read it, each once.
    pub programs: Vec<Component>,
    /// The CA that signs: its id.
    pub authority: String,
    /// Every path that it is written to, its own first, then its key's, then copies.
    pub paths: Vec<String>,
    /// Those of `paths` that are copies: refreshed too.
    pub copies: Vec<String>,
    /// The certificate that it replaces.
    #[serde(with = "super::encoding::optional_certificate")]
    pub before: Option<Certificate>,
    /// The new certificate.
    #[serde(with = "super::encoding::certificate")]
    pub after: Certificate,
    /// Whether it has a new key.
    pub key: KeyChange,
}

/// What becomes of a certificate's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyChange {
    /// It stays.
    Kept,
    /// A new one was made.
    New,
}

/// A program that reads changed files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestartSummary {
    /// Which.
    pub component: Component,
    /// False where it notices the change by itself.
    pub required: bool,
    /// One sentence.
    pub reason: String,
    /// The exact shell commands, in order; empty where nothing is to be done.
    pub how: Vec<String>,
    /// Whether it serves one of the files on a port, which shows what it holds.
    #[serde(default)]
    pub shows: bool,
    /// The files that it reads only at its start, as on the master.
    #[serde(default)]
    pub files: Vec<String>,
}

/// Something that is not touched.
#[derive(Debug, Clone, PartialEq, Hash, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Its id or path.
    pub what: String,
    /// One sentence.
    pub why: String,
    /// True where it has expired or is near its end, is in use, and stays so.
    #[serde(default)]
    pub due: bool,
}

impl Left {
    /// Something that need not be touched.
    pub fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            why: why.into(),
            due: false,
        }
    }
}

impl ChangeSummary {
    /// True where a folder is made, removed or changed.
    pub fn is_folder(&self) -> bool {
        [&self.before, &self.after]
            .into_iter()
            .any(|path_state| matches!(path_state, PathState::Directory { .. }))
    }

    /// True where the path itself is or becomes a link: then it is not followed.
    pub fn is_of_link(&self) -> bool {
        [&self.before, &self.after]
            .into_iter()
            .any(|path_state| matches!(path_state, PathState::Link { .. }))
    }

    /// True for the answers of a setup and for waiting requests, which kubepki keeps for itself.
    fn is_own(&self) -> bool {
        let is_kept = |(folder, name): (&str, &str)| match folder.rsplit('/').next() {
            Some(kept::FOLDER) => kept::cluster_of(name).is_some(),
            Some(waiting_request::FOLDER) => waiting_request::is_file_name(name),
            _ => false,
        };
        self.place == Place::Local && self.path.rsplit_once('/').is_some_and(is_kept)
    }
}

impl PlanSummary {
    /// What should have been renewed and could not be.
    pub fn left_due(&self) -> impl Iterator<Item = &Left> {
        self.left_alone.iter().filter(|left| left.due)
    }

    /// Why somebody must look at it first, as one sentence.
    pub fn ask(&self) -> Option<String> {
        let words: Vec<&str> = self.asks.iter().map(|reason| self.words(reason)).collect();
        (!words.is_empty()).then(|| words.join("; "))
    }

    /// The sentence of one of its reasons.
    pub fn words<'a>(&'a self, reason: &'a Reason) -> &'a str {
        match reason {
            Reason::Warning(at) => self.warnings.get(*at).map_or("", String::as_str),
            Reason::Look(words) => words,
        }
    }

    /// Warns of something before all else.
    pub fn warn_first(&mut self, text: String) {
        self.warnings.insert(0, text);
        for reason in &mut self.asks {
            if let Reason::Warning(at) = reason {
                *at += 1;
            }
        }
    }

    /// True where nothing would change.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The files that are written: folders come with them, and the answers that kubepki keeps of a
    /// setup are its own.
    pub fn files(&self) -> impl Iterator<Item = &ChangeSummary> {
        self.changes
            .iter()
            .filter(|change| !change.is_folder() && !change.is_own())
    }

    /// The programs that must be restarted.
    pub fn must_restart(&self) -> impl Iterator<Item = &RestartSummary> {
        self.restarts.iter().filter(|restart| restart.required)
    }
}
