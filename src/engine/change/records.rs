//! What was done to the master, and where that is kept.

use std::path::PathBuf;

use super::{Changer, Failure, FailureKind};
use crate::plan::prune;
use crate::record::{Damaged, History, Operation, Problem};
use crate::store::clusters::{self, KeptClusters};
use crate::store::history::Verification;
use crate::store::{self, journal};
use crate::words::recovery;

impl Changer {
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
    pub fn records(&self) -> Result<History, Failure> {
        self.keeping()?.history(!self.read_only).map_err(unread)
    }

    /// What was done so far, the newest first.
    ///
    /// # Errors
    /// As [`Changer::records`].
    pub fn history(&self) -> Result<Vec<Operation>, Failure> {
        Ok(self.records()?.operations)
    }

    /// What lies among the operations and is none of kubepki's, a sentence each. It is left alone.
    ///
    /// # Errors
    /// As [`Changer::history`].
    pub fn others(&self) -> Result<Vec<String>, Failure> {
        Ok(journal::others(&self.keeping()?.state)?)
    }

    /// One operation, by its id or the beginning of one.
    ///
    /// # Errors
    /// [`FailureKind::Usage`] where none or several have that name; [`FailureKind::Unable`] where
    /// its record is damaged.
    pub fn operation(&self, id: &str) -> Result<Operation, Failure> {
        let history = self.records()?;
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

    /// Whether journals can be read, old files are what they were, and the index agrees.
    ///
    /// # Errors
    /// As [`Changer::history`].
    pub fn verify(&self) -> Result<Verification, Failure> {
        let history = self.history_or_none().operations;
        let is_dropped = |id: &str| prune::dropped_on(&history, id).is_some();
        Ok(self.ground()?.verify(&is_dropped)?)
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

    /// For what is not about the history itself. The index is left as it is.
    fn history_or_none(&self) -> History {
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
}

fn unread(error: store::StoreError) -> Failure {
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
