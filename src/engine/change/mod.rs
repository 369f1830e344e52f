//! Changing a master, for both faces: make a plan, apply it, remember it, take it back, finish what was interrupted.

mod failure;
mod naming;
mod prepare;
mod restart;
mod token;
mod who;

use std::path::{Path, PathBuf};

use time::{Duration, OffsetDateTime};

pub use failure::{Failure, FailureKind};
pub use restart::Begun;
pub use restart::When;
pub use who::sudo_line;

use super::ground::{FoundRoot, Ground};
use super::options::OpenOptions;
use crate::plan::{Plan, prune};
use crate::progress::Report;
use crate::record::{Damaged, History, Operation, Problem, Settings};
use crate::store::apply::{Order, apply};
pub use crate::store::clusters::KeptClusters;
pub use crate::store::history::{Verification, Verified};
use crate::store::read::Root;
pub use crate::store::recover::{Ending, Recovered, RecoveryOutcome, RecoveryWay};
pub use crate::store::survey::{Interrupted, Survey};
use crate::store::{self, clusters, journal, recover, settings, state};
use crate::words::recovery;
use naming::new_id;

/// An older plan is made again: what it was made from may be no more what it seems.
const OLDEST: Duration = Duration::hours(1);

/// Changes one master, and keeps what was done to it.
#[derive(Debug)]
pub struct Changer {
    options: OpenOptions,
    /// Where kubepki keeps its own state; where it cannot, changes and history are refused with the reason.
    state: Result<PathBuf, store::StoreError>,
    /// What the root was found to be: to look for that again takes a walk through all files of a folder.
    found: Result<FoundRoot, store::StoreError>,
    settings: Settings,
    read_only: bool,
    /// What a disk of another machine was left with is ended only where somebody says so.
    asks: bool,
}

impl Changer {
    /// For the master of `options`. `state_dir`: kubepki's own folder, where the user named one; else it lies in the
    /// master's root for root, and in the user's home for others. `config_dir`: the folder of `settings.yaml`; else
    /// the user's. Nothing is written yet.
    ///
    /// # Errors
    /// [`Failure`] where the settings cannot be read. A state folder that cannot be used costs the history alone.
    pub fn new(options: &OpenOptions, state_dir: Option<&Path>, config_dir: Option<&Path>) -> Result<Self, Failure> {
        let folder = config_dir.map(Path::to_owned).or_else(settings::default_folder);
        let settings = settings::read(folder.as_deref())?;
        Ok(Self::with_settings(options, state_dir, settings))
    }

    /// The same with settings that are known.
    pub fn with_settings(options: &OpenOptions, state_dir: Option<&Path>, settings: Settings) -> Self {
        let named = state_dir.map(Path::to_owned).or_else(|| options.state_dir.clone());
        let options = OpenOptions { state_dir: named, ..options.clone() };
        let found = FoundRoot::of(&options);
        let ground = found.clone().and_then(|found| found.ground(&options));
        let state = ground.map(|ground| ground.state.path().to_owned());
        Self { options, state, found, settings, read_only: false, asks: false }
    }

    /// The same for whoever has not said yet that anything shall be changed: what was interrupted on the disk of another
    /// machine is ended only by [`Changer::recover`].
    #[must_use]
    pub fn asking(self) -> Self {
        Self { asks: true, ..self }
    }

    /// Whether what was interrupted is ended only where somebody says so.
    pub fn must_ask(&self) -> bool {
        self.asks && self.keeping().is_ok_and(|ground| ground.root.is_foreign())
    }

    /// The same with another limit for encrypted keys, where one is given.
    #[must_use]
    pub fn kdf_limit(mut self, limit: Option<u64>) -> Self {
        self.settings.kdf_limit = limit.or(self.settings.kdf_limit);
        self
    }

    /// The same, refusing every change; it does not even bring the history's index up to date.
    #[must_use]
    pub fn read_only(self, read_only: bool) -> Self {
        Self { read_only, ..self }
    }

    /// The user's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// kubepki's own folder for this master.
    ///
    /// # Errors
    /// [`Failure`] where there is none, as without a home folder.
    pub fn state(&self) -> Result<&Path, Failure> {
        self.state.as_deref().map_err(|error| error.clone().into())
    }

    /// Whether changes can be made here at all, asked before keys are made for them.
    ///
    /// # Errors
    /// [`Failure`] where nothing could be applied: read-only, or a state folder that cannot be used.
    pub fn ready(&self) -> Result<(), Failure> {
        self.refuse_read_only()?;
        Ok(state::usable(&self.keeping()?.state)?)
    }

    /// A kubepki command for this very master and state, to be typed.
    pub fn command(&self, words: &str) -> String {
        self.options.command(words)
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

    /// The folder of an operation's journal and old files on this machine, to be told.
    pub fn folder_of(&self, id: &str) -> String {
        let ground = self.keeping().ok();
        ground.map(|ground| journal::folder(ground.keeper(id).path(), id).display().to_string()).unwrap_or_default()
    }

    /// Where the record of an operation lies, if another machine's disk has brought it.
    pub fn record_on_disk(&self, id: &str) -> Option<String> {
        let ground = self.keeping().ok()?;
        let keeper = ground.keeper(id);
        keeper.is_on_disk().then(|| journal::folder(keeper.path(), id).display().to_string())
    }

    /// Applies a plan and remembers it. What was interrupted before is finished first.
    ///
    /// # Errors
    /// [`Failure`]: no file of the master was changed. An operation that failed on the way is no error: its state
    /// and its `error` say what became of it.
    pub fn apply(&self, plan: &Plan, report: Report<'_>) -> Result<Operation, Failure> {
        self.refuse_read_only()?;
        if plan.changes.is_empty() {
            return Err(Failure::refused("there is nothing to do"));
        }
        let now = OffsetDateTime::now_utc();
        if now - plan.moment > OLDEST {
            return Err(Failure::refused("this plan was made more than an hour ago").hint("make it again"));
        }
        let ground = self.ground()?;
        let (root, state) = (&ground.root, ground.keeper_of(plan));
        // What is being restarted may read any file at any moment.
        let _turn = state::turn_to_change(state)?;
        self.finish_interrupted(report)?;
        let id = new_id(now, &journal::ids(state)?)?;
        let also = ground.also(state, plan);
        let order = Order { root, state, also, plan, id, by: who::by(), started_at: now };
        // The journal is what counts; the index follows it at the next reading.
        Ok(apply(&order, &OffsetDateTime::now_utc, report)?)
    }

    /// Finishes what was interrupted, forward or back: all of it, or the one that is named, by the beginning of its id;
    /// [`Ending::way`] chooses where both are possible, or where files are neither as before nor as planned.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be tried, or where files must be looked at first: it names them.
    pub fn recover(&self, ending: &Ending, report: Report<'_>) -> Result<Vec<Recovered>, Failure> {
        self.refuse_read_only()?;
        let ground = self.ground()?;
        let id = ending.id.as_deref().map(|id| self.interrupted_id(&ground, id)).transpose()?;
        let ending = Ending { id, ..ending.clone() };
        let mut recovered = Vec::new();
        for state in ground.states() {
            recovered.extend(recover::recover(&ground.root, state, &ending, &OffsetDateTime::now_utc, report)?);
        }
        Ok(recovered)
    }

    /// The whole id of an interrupted operation; of one that ended as it was given.
    fn interrupted_id(&self, ground: &Ground, id: &str) -> Result<String, Failure> {
        let Survey { interrupted, damaged } = ground.survey()?;
        let ids: Vec<&String> =
            interrupted.iter().map(|one| &one.operation.id).filter(|one| one.starts_with(id)).collect();
        if let [one] = ids.as_slice() {
            return Ok((*one).clone());
        }
        if let Some(Damaged { id, why }) = damaged.into_iter().find(|one| one.id.starts_with(id)) {
            return Err(Failure::refused(format!("nothing is done by the record of {id}")).because(why));
        }
        Ok(self.operation(id)?.id)
    }

    /// As [`Changer::recover`]; what could not be finished keeps everything else from being changed.
    ///
    /// # Errors
    /// [`Failure`] as there, or with the files that are neither as before nor as planned.
    pub fn finish_interrupted(&self, report: Report<'_>) -> Result<(), Failure> {
        if self.must_ask() {
            let first = self.survey()?.interrupted.into_iter().next();
            return first.map_or(Ok(()), |one| Err(self.unended(&one.operation, one.is_sealed)));
        }
        for recovered in self.recover(&Ending::default(), report)? {
            let operation = &recovered.operation;
            match recovered.how {
                RecoveryOutcome::Stuck { .. } => {
                    let name = recovery::with_id(operation);
                    let problem = recovery::ended(&name, &recovered, || self.choose(&operation.id));
                    return Err(Failure { kind: FailureKind::Refused, problem });
                }
                RecoveryOutcome::Unsealed => return Err(self.unended(operation, false)),
                RecoveryOutcome::Forward | RecoveryOutcome::Back | RecoveryOutcome::CleanedUp => {}
            }
        }
        Ok(())
    }

    /// What is ended only where somebody says so keeps everything else from being changed.
    fn unended(&self, operation: &Operation, is_sealed: bool) -> Failure {
        let problem = recovery::by_name(&recovery::with_id(operation), operation, is_sealed);
        Failure { kind: FailureKind::Refused, problem: problem.hint(self.choose(&operation.id)) }
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
    /// As [`Changer::survey`].
    pub fn unfinished(&self) -> Result<Vec<Operation>, Failure> {
        Ok(self.survey()?.interrupted.into_iter().map(|one| one.operation).collect())
    }

    /// The folders in which another kubepki writes down what it does, as far as they are there: for the watcher.
    pub fn watched_folders(&self) -> Vec<PathBuf> {
        self.keeping().map(|ground| ground.states().flat_map(journal::at_work).collect()).unwrap_or_default()
    }

    /// What was done so far, and what is not known of it. A state folder that is not there is not made.
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
    /// [`FailureKind::Usage`] where none or several have that name; [`FailureKind::Unable`] where its record is damaged.
    pub fn operation(&self, id: &str) -> Result<Operation, Failure> {
        let history = self.records()?;
        self.find(&history, id)
            .map_err(|failure| history.damaged.iter().map(recovery::damaged).fold(failure, Failure::because))
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

    /// The operations whose journals cannot be read, a sentence each: they are left out of the history, and keep
    /// nothing from being changed but what they may have left half done.
    pub fn damaged(&self) -> Vec<String> {
        self.damaged_with(self.history_or_none().damaged)
    }

    /// The same where the history was read already, or is not asked for: then only of what did not come to its end.
    fn damaged_with(&self, known: Vec<Damaged>) -> Vec<String> {
        self.survey().unwrap_or_default().with(known).damaged.iter().map(recovery::damaged).collect()
    }

    /// For what is not about the history itself. The index is left as it is.
    fn history_or_none(&self) -> History {
        self.keeping().ok().and_then(|ground| ground.history(false).ok()).unwrap_or_default()
    }

    /// The answers of the clusters that were set up here, as they are kept.
    ///
    /// # Errors
    /// [`Failure`] where the folder that keeps them cannot be read, or where others could have written to it.
    pub fn clusters(&self) -> Result<KeptClusters, Failure> {
        Ok(clusters::list(&self.keeping()?.state)?)
    }

    /// As it is now.
    fn ground(&self) -> Result<Ground, Failure> {
        Ok(FoundRoot::of(&self.options)?.ground(&self.options)?)
    }

    /// The same for what only asks where operations are kept: that stays what it was found to be.
    fn keeping(&self) -> Result<Ground, Failure> {
        Ok(self.found.clone()?.ground(&self.options)?)
    }

    fn root(&self) -> Result<Root, Failure> {
        Ok(self.ground()?.root)
    }

    /// The operation whose id is or begins like this.
    fn find(&self, history: &History, id: &str) -> Result<Operation, Failure> {
        let usage = |what: String| Failure::new(FailureKind::Usage, what);
        if let Some(exact) = history.operations.iter().find(|operation| operation.id == id) {
            return Ok(exact.clone());
        }
        let is_meant = |one: &String| !id.is_empty() && one.starts_with(id);
        let found: Vec<&Operation> = history.operations.iter().filter(|operation| is_meant(&operation.id)).collect();
        let damaged: Vec<&Damaged> = history.damaged.iter().filter(|one| is_meant(&one.id)).collect();
        match (&found[..], &damaged[..]) {
            ([], []) => Err(usage(format!("there is no operation {id:?}"))
                .hint(format!("what was done: {}", self.command("history")))),
            ([one], []) => Ok((*one).clone()),
            ([], [one]) => {
                let what = format!("what the operation {} was is not known", one.id);
                Err(Failure::new(FailureKind::Unable, what)
                    .hint(format!("what is damaged: {}", self.command("history verify"))))
            }
            _ => {
                let whole = found.iter().map(|one| format!("{}  {}", one.id, one.plan.title));
                let all = whole.chain(damaged.iter().map(|one| format!("{}  its record is damaged", one.id)));
                Err(all.fold(usage(format!("{id:?} is ambiguous")), Failure::because))
            }
        }
    }

    fn refuse_read_only(&self) -> Result<(), Failure> {
        if self.read_only { Err(Failure::refused("kubepki was started with --read-only")) } else { Ok(()) }
    }
}

fn unread(error: store::StoreError) -> Failure {
    let failure = Failure::from(error);
    let what = format!("the history cannot be read: {}", failure.problem.what);
    Failure { problem: Problem { what, ..failure.problem }, ..failure }
}
