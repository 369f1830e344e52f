//! What was done to the master, and where that is kept.

use std::path::{Path, PathBuf};

use super::{Failure, FailureKind};
use crate::engine::ground::{FoundRoot, Ground, OpenOptions};
use crate::record::decided_request::DecidedRequest;
use crate::record::{Approval, Damaged, History, Operation, OperationState, Problem};
use crate::store::clusters::{self, KeptClusters};
use crate::store::kept::KeptFiles;
use crate::store::requests::{self, KeptRequests};
use crate::store::survey::{self, Survey};
use crate::store::{StoreError, approval, decisions, journal};
use crate::words::recovery;

/// The records of what was done to one master. They are told here, and never changed but for their
/// index.
#[derive(Debug)]
pub struct Records {
    pub(super) options: OpenOptions,
    /// What the root was found to be: to look for that again takes a walk through all files of a
    /// folder.
    found: Result<FoundRoot, StoreError>,
    /// Whether the index is brought up to date where it was not.
    pub(super) keeps_index: bool,
}

impl Records {
    /// Of the master of `options`; `state_dir`: kubepki's own folder, where the user named one.
    pub(super) fn new(options: &OpenOptions, state_dir: Option<&Path>) -> Self {
        let named = state_dir
            .map(Path::to_owned)
            .or_else(|| options.state_dir.clone());
        let options = OpenOptions {
            state_dir: named,
            ..options.clone()
        };
        Self {
            found: FoundRoot::of(&options),
            options,
            keeps_index: true,
        }
    }

    /// A kubepki command for this very master and state, to be typed.
    pub fn command(&self, words: &str) -> String {
        self.options.command(words)
    }

    /// As it is now.
    pub(super) fn ground(&self) -> Result<Ground, Failure> {
        Ok(FoundRoot::of(&self.options)?.ground(&self.options)?)
    }

    /// The same for what only asks where operations are kept: that stays what it was found to be.
    pub(super) fn keeping(&self) -> Result<Ground, Failure> {
        Ok(self.found.clone()?.ground(&self.options)?)
    }

    /// kubepki's own folder for this master.
    ///
    /// # Errors
    /// [`Failure`] where there is none, as without a home folder.
    pub fn state(&self) -> Result<PathBuf, Failure> {
        Ok(self.keeping()?.state.path().to_owned())
    }

    /// The folder of an operation's journal and old files on this machine, to be told.
    pub fn folder_of(&self, id: &str) -> String {
        let ground = self.keeping().ok();
        ground
            .map(|ground| {
                journal::folder(ground.keeper(id).path(), id)
                    .display()
                    .to_string()
            })
            .unwrap_or_default()
    }

    /// Where the record of an operation lies, if another machine's disk has brought it.
    pub fn record_on_disk(&self, id: &str) -> Option<String> {
        let ground = self.keeping().ok()?;
        let keeper = ground.keeper(id);
        keeper
            .is_on_disk()
            .then(|| journal::folder(keeper.path(), id).display().to_string())
    }

    /// The folders in which another kubepki writes down what it does, as far as they are there: for
    /// the watcher.
    pub fn watched_folders(&self) -> Vec<PathBuf> {
        self.keeping()
            .map(|ground| ground.states().flat_map(journal::at_work).collect())
            .unwrap_or_default()
    }

    /// What was done so far, and what is not known of it. A state folder that is not there is not
    /// made.
    ///
    /// # Errors
    /// [`Failure`] where the state folder cannot be read, or where others could have written to it.
    pub fn history(&self) -> Result<History, Failure> {
        self.keeping()?.history(self.keeps_index).map_err(unread)
    }

    /// What was done to this very master and still stands, the newest first.
    ///
    /// # Errors
    /// [`Failure`] where the history cannot be read.
    pub fn standing(&self) -> Result<Vec<Operation>, Failure> {
        let ground = self.ground()?;
        let mut operations = ground.history(false)?.operations;
        let is_of = |operation: &Operation| {
            survey::is_of(&ground.root, ground.keeper(&operation.id), operation)
        };
        operations.retain(|operation| operation.state == OperationState::Done && is_of(operation));
        Ok(operations)
    }

    /// What lies among the operations and is none of kubepki's, a sentence each. It is left alone.
    ///
    /// # Errors
    /// As [`Records::history`].
    pub fn others(&self) -> Result<Vec<String>, Failure> {
        Ok(journal::others(&self.keeping()?.state)?)
    }

    /// One operation, by its id or the beginning of one.
    ///
    /// # Errors
    /// [`FailureKind::Usage`] where none or several have that name; [`FailureKind::Unable`] where
    /// its record is damaged.
    pub fn operation(&self, id: &str) -> Result<Operation, Failure> {
        let history = self.history()?;
        self.find(&history, id).map_err(|failure| {
            history
                .damaged
                .iter()
                .map(recovery::damaged)
                .fold(failure, Failure::because)
        })
    }

    /// The operation whose id is or begins like this.
    pub(super) fn find(&self, history: &History, id: &str) -> Result<Operation, Failure> {
        let usage = |what: String| Failure::new(FailureKind::Usage, what);
        if let Some(exact) = history
            .operations
            .iter()
            .find(|operation| operation.id == id)
        {
            return Ok(exact.clone());
        }
        let is_meant = |one: &String| !id.is_empty() && one.starts_with(id);
        let found: Vec<&Operation> = history
            .operations
            .iter()
            .filter(|operation| is_meant(&operation.id))
            .collect();
        let damaged: Vec<&Damaged> = history
            .damaged
            .iter()
            .filter(|one| is_meant(&one.id))
            .collect();
        match (&found[..], &damaged[..]) {
            ([], []) => Err(usage(format!("there is no operation {id:?}"))
                .hint(format!("what was done: {}", self.command("history")))),
            ([one], []) => Ok((*one).clone()),
            ([], [one]) => {
                let what = format!("what the operation {} was is not known", one.id);
                Err(Failure::new(FailureKind::Unable, what).hint(format!(
                    "what is damaged: {}",
                    self.command("history verify")
                )))
            }
            _ => {
                let whole = found
                    .iter()
                    .map(|one| format!("{}  {}", one.id, one.plan.title));
                let all = whole.chain(
                    damaged
                        .iter()
                        .map(|one| format!("{}  its record is damaged", one.id)),
                );
                Err(all.fold(usage(format!("{id:?} is ambiguous")), Failure::because))
            }
        }
    }

    /// The operations whose journals cannot be read, a sentence each: they are left out of the
    /// history, and keep nothing from being changed but what they may have left half done.
    pub fn damaged(&self) -> Vec<String> {
        self.damaged_with(self.history_or_none().damaged)
    }

    /// The same where the history was read already, or is not asked for: then only of what did not
    /// come to its end.
    pub(super) fn damaged_with(&self, known: Vec<Damaged>) -> Vec<String> {
        self.survey()
            .unwrap_or_default()
            .with(known)
            .damaged
            .iter()
            .map(recovery::damaged)
            .collect()
    }

    /// The operations that were interrupted, and those whose record is of no use. Changes nothing.
    ///
    /// # Errors
    /// [`Failure`] where the state folder cannot be read.
    pub fn survey(&self) -> Result<Survey, Failure> {
        Ok(self.ground()?.survey()?)
    }

    /// The operations that were interrupted. Changes nothing.
    ///
    /// # Errors
    /// As [`Records::survey`].
    pub fn unfinished(&self) -> Result<Vec<Operation>, Failure> {
        Ok(self
            .survey()?
            .interrupted
            .into_iter()
            .map(|one| one.operation)
            .collect())
    }

    /// What to do about an operation that cannot be finished without a word of the user's.
    pub fn choose(&self, id: &str) -> String {
        let either = |way: &str| self.command(&format!("history recover {id} {way}"));
        format!(
            "the old files lie in {}; it is ended with the new files by: {}; or with the old ones by: {}",
            self.folder_of(id),
            either("--forward"),
            either("--back")
        )
    }

    /// For what is not about the history itself. The index is left as it is.
    pub(super) fn history_or_none(&self) -> History {
        self.keeping()
            .ok()
            .and_then(|ground| ground.history(false).ok())
            .unwrap_or_default()
    }

    /// The answers of the clusters that were set up here, as they are kept.
    ///
    /// # Errors
    /// [`Failure`] where the folder that keeps them cannot be read, or where others could have
    /// written to it.
    pub fn clusters(&self) -> Result<KeptClusters, Failure> {
        Ok(clusters::list(&self.keeping()?.state)?)
    }

    /// The requests that wait for somebody else's CA, as they are kept.
    ///
    /// # Errors
    /// As [`Records::clusters`].
    pub fn requests(&self) -> Result<KeptRequests, Failure> {
        // A request names files of this machine: that is no word of a disk's.
        let ground = self.keeping()?;
        let own = ground.own().map(requests::list).transpose()?;
        Ok(own.unwrap_or_default())
    }

    /// What was decided of requests that are no objects.
    ///
    /// # Errors
    /// As [`Records::clusters`].
    pub fn decisions(&self) -> Result<KeptFiles<DecidedRequest>, Failure> {
        let ground = self.keeping()?;
        let own = ground.own().map(decisions::list).transpose()?;
        Ok(own.unwrap_or_default())
    }

    /// What was confirmed of the cluster, by which requests are judged.
    ///
    /// # Errors
    /// As [`Records::clusters`].
    pub(super) fn confirmed(&self) -> Result<Option<Approval>, Failure> {
        let ground = self.keeping()?;
        let own = ground.own().map(approval::confirmed).transpose()?;
        Ok(own.flatten())
    }
}

fn unread(error: StoreError) -> Failure {
    let failure = Failure::from(error);
    let what = format!("the history cannot be read: {}", failure.problem.what);
    Failure {
        problem: Problem {
            what,
            ..failure.problem
        },
        ..failure
    }
}
