//! The only code that writes to a PKI: a plan as one transaction (lock, check, journal, stage,
//! commit, swap, read back), all of it or nothing.

mod check;
mod error;
mod folders;
mod guard;
mod signals;
mod stage;
pub(super) mod swap;
mod verify;

use time::OffsetDateTime;

pub use error::ApplyError;
pub(super) use folders::Folders;
pub(super) use signals::HeldSignals;

use super::journal::{Journal, LockedOperation};
use super::path_state::SeenAtPath;
use super::places::Places;
use super::read::{Root, shown};
use super::state::{self, StateFolder};
use super::survey::{Survey, survey};
use crate::pki::text::printable;
use crate::plan::Plan;
use crate::progress::{Progress, Report};
use crate::record::{By, Operation, OperationState, RestartRecord};

/// A plan, and where and for whom it is applied.
#[derive(Debug)]
pub struct Order<'a> {
    /// The master.
    pub root: &'a Root,
    /// kubepki's own folder (`store::state`).
    pub state: &'a StateFolder,
    /// Another one of kubepki's own, into which the plan puts something too.
    pub also: Option<&'a StateFolder>,
    /// What shall be done.
    pub plan: &'a Plan,
    /// The operation's id, fit for a file's name ([`Operation::id`]).
    pub id: String,
    /// Who does it.
    pub by: By,
    /// When it begins.
    pub started_at: OffsetDateTime,
}

/// Applies the plan. The operation is [`crate::record::OperationState::Done`], or `RolledBack` with
/// its `error` set where something failed after the point of no return and all is as before, or
/// `Committing` with its `error` set where even that failed: recovery has to do the rest. `report`
/// is called before each step and each file; where it says stop before the point of no return,
/// nothing is changed; after it, it is not listened to.
///
/// # Errors
/// [`ApplyError`]: nothing was changed, no file is left behind.
pub fn apply(
    order: &Order<'_>,
    now: &dyn Fn() -> OffsetDateTime,
    report: Report<'_>,
) -> Result<Operation, ApplyError> {
    let reporter = Reporter(report);
    let mut folders = Folders::new(Places::now(order.root, order.state)?, order.state);
    reporter.step("lock")?;
    let targets = check::targets(order, &folders)?;
    folders.lock(
        targets
            .iter()
            .map(|target| (target.place, target.path.as_str())),
    )?;
    reporter.step("check")?;
    let survey = survey(order.root, order.state)?;
    if !survey.interrupted.is_empty() {
        return Err(ApplyError::Unfinished {
            ids: survey
                .interrupted
                .into_iter()
                .map(|one| one.operation.id)
                .collect(),
        });
    }
    let (journal, seen) = checked(order, &folders, &targets, &survey)?;
    reporter.step("journal")?;
    if let Some(also) = order.also {
        also.make()?;
        also.sync_way()?;
    }
    let mut kept = LockedOperation::create(order.state, journal, &seen, &|place, target| {
        folders.real(place, target)
    })?;
    let staged = stage::stage(&order.plan.changes, &kept, &seen, &mut folders, &reporter);
    let held = match staged.and_then(|()| ready(order, &targets, &seen, &folders, &reporter)) {
        Ok(held) => held,
        Err(error) => return Err(nothing_happened(kept, &folders, error)),
    };
    if let Err(error) = kept.commit() {
        return Err(nothing_happened(kept, &folders, error.into()));
    }
    let done = put_all(&kept, &folders, &reporter);
    let operation = match done {
        Ok(()) => {
            reporter.late("done");
            ended(&mut kept, order.state, OperationState::Done, None, now)
        }
        Err(error) => roll_back(&mut kept, order.state, &mut folders, &error, now),
    };
    drop(held);
    Ok(operation)
}

/// Whether the plan could be applied now: all that is checked before anything is written, without a
/// lock. What an interrupted operation stands in the way of is another matter.
///
/// # Errors
/// As [`apply`].
pub fn rehearse(order: &Order<'_>) -> Result<(), ApplyError> {
    state::usable(order.state)?;
    let mut folders = Folders::new(Places::now(order.root, order.state)?, order.state);
    let targets = check::targets(order, &folders)?;
    folders.open_all(
        targets
            .iter()
            .map(|target| (target.place, target.path.as_str())),
    )?;
    checked(order, &folders, &targets, &survey(order.root, order.state)?).map(drop)
}

/// The journal and what is there, where all is as the plan saw it and every change is possible.
fn checked(
    order: &Order<'_>,
    folders: &Folders<'_>,
    targets: &[check::Target],
    survey: &Survey,
) -> Result<(Journal, Vec<SeenAtPath>), ApplyError> {
    guard::damaged(&survey.damaged, folders)?;
    guard::own_folder(order, folders, targets)?;
    let seen = check::path_states(order, folders, targets)?;
    check::made_from(order.plan, folders)?;
    guard::possible(order.plan, folders, targets, &seen)?;
    let entries = check::entries(order, folders, targets);
    let journal = Journal {
        operation: order.operation(),
        entries,
    };
    guard::space(order, folders, &journal, &seen)?;
    Ok((journal, seen))
}

/// Looks at what is staged and once more at the targets. Signals are held when this returns.
fn ready(
    order: &Order<'_>,
    targets: &[check::Target],
    seen: &[SeenAtPath],
    folders: &Folders<'_>,
    reporter: &Reporter<'_>,
) -> Result<HeldSignals, ApplyError> {
    verify::verify(order.plan, seen, folders)?;
    reporter.step("commit")?;
    let held = HeldSignals::new();
    check::unchanged(order.plan, folders, targets)?;
    Ok(held)
}

/// Leaves no trace of what was not begun.
fn nothing_happened(kept: LockedOperation, folders: &Folders<'_>, error: ApplyError) -> ApplyError {
    // Where even that fails the journal stays, and recovery does it; the cause counts.
    if swap::discard(&kept, folders, true).is_ok() {
        let _ = kept.remove();
    }
    error
}

fn put_all(
    kept: &LockedOperation,
    folders: &Folders<'_>,
    reporter: &Reporter<'_>,
) -> Result<(), ApplyError> {
    let works = swap::works(kept, folders);
    for (number, work) in works.iter().enumerate() {
        reporter.late_file("swap", &work.entry.path, number, works.len());
        work.put()?;
    }
    reporter.late("sync the folders");
    swap::sync_folders(folders)?;
    reporter.late("read back");
    swap::read_back(&works, &swap::Stage::After)
}

/// Writes down how it ended. Where that cannot be, recovery finds all files in that state and does
/// it.
fn ended(
    kept: &mut LockedOperation,
    state: &StateFolder,
    how: OperationState,
    error: Option<String>,
    now: &dyn Fn() -> OffsetDateTime,
) -> Operation {
    let written = kept.finish(state, how, error.clone(), now());
    let mut operation = kept.journal.operation.clone();
    if let Err(unwritten) = written {
        operation.state = OperationState::Committing;
        operation.error = Some(
            [error, Some(unwritten.to_string())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("; "),
        );
    }
    operation
}

/// Back to what was before, unless somebody else has written there meanwhile: then nothing more is
/// touched.
fn roll_back(
    kept: &mut LockedOperation,
    state: &StateFolder,
    folders: &mut Folders<'_>,
    cause: &ApplyError,
    now: &dyn Fn() -> OffsetDateTime,
) -> Operation {
    let reporter = Reporter(&crate::progress::silent);
    let third: Vec<String> = swap::works(kept, folders)
        .iter()
        .filter_map(swap::Work::third)
        .collect();
    let back = if third.is_empty() {
        swap::back(kept, folders, &reporter)
            .err()
            .map(|error| error.to_string())
    } else {
        Some(format!(
            "not taken back, for somebody else has changed {}",
            third.join(", ")
        ))
    };
    match back {
        None => ended(
            kept,
            state,
            OperationState::RolledBack,
            Some(cause.to_string()),
            now,
        ),
        Some(why) => {
            let mut operation = kept.journal.operation.clone();
            operation.error = Some(format!("{cause}; {why}"));
            operation
        }
    }
}

impl Order<'_> {
    /// kubepki's own folders: they are there before anything is put into them.
    fn own(&self) -> impl Iterator<Item = &StateFolder> {
        std::iter::once(self.state).chain(self.also)
    }

    fn operation(&self) -> Operation {
        let restarts = self.plan.summary.restarts.iter();
        let restarts = restarts.map(RestartRecord::from);
        Operation {
            id: self.id.clone(),
            root: root_name(self.root),
            plan: self.plan.summary.clone(),
            state: OperationState::Prepared,
            by: self.by.clone(),
            started_at: self.started_at,
            ended_at: None,
            ended_since_boot: None,
            error: None,
            restarts: restarts.collect(),
            undoes: self.plan.undoes.clone(),
            undone_by: None,
        }
    }
}

/// How operations name the master ([`Operation::root`]).
fn root_name(root: &Root) -> String {
    let real = std::path::absolute(root.real()).unwrap_or_else(|_| root.real().to_owned());
    shown(real.as_os_str())
}

/// Who is told of each step before it is done.
pub(super) struct Reporter<'a>(pub(super) Report<'a>);

impl Reporter<'_> {
    fn step(&self, what: &str) -> Result<(), ApplyError> {
        if self.late(what) {
            Ok(())
        } else {
            Err(ApplyError::Stopped)
        }
    }

    fn file(&self, what: &str, path: &str, done: usize, total: usize) -> Result<(), ApplyError> {
        if self.late_file(what, path, done, total) {
            Ok(())
        } else {
            Err(ApplyError::Stopped)
        }
    }

    /// A step that cannot be stopped any more.
    pub(super) fn late(&self, what: &str) -> bool {
        (self.0)(Progress {
            what: what.to_owned(),
            done: 0,
            total: 0,
        })
    }

    /// A file that cannot be stopped any more.
    pub(super) fn late_file(&self, what: &str, path: &str, done: usize, total: usize) -> bool {
        let what = format!("{what} {}", printable(path));
        (self.0)(Progress {
            what,
            done: done as u64,
            total: total as u64,
        })
    }
}
