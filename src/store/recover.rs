//! What an operation that was killed left behind is brought to the old or the new state, whole.

use time::OffsetDateTime;

use super::StoreError;
use super::apply::swap::{self, Stage, Work};
use super::apply::{ApplyError, Folders, HeldSignals, Reporter};
use super::journal::{self, LockedOperation, backup_name};
use super::places::Places;
use super::read::Root;
use super::state::StateFolder;
use super::survey::{Interrupted, survey};
use crate::pki::text::printable;
use crate::progress::Report;
use crate::record::OperationState;
pub use crate::record::{Recovered, RecoveryOutcome, RecoveryWay};

/// What is asked of a recovery.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ending {
    /// The one operation that is meant; `None`: all whose record bears a checksum.
    pub id: Option<String>,
    /// Which way it shall be gone, as far as it can be.
    pub way: Option<RecoveryWay>,
}

/// Ends interrupted operations on this master: forward where its new files are all there, else
/// back; with [`Ending::way`] that way as far as it can be gone, over what somebody else has put
/// there too (which is kept in the operation's `replaced/`).
///
/// # Errors
/// [`ApplyError`] where it cannot be tried now, as when somebody else is writing there; what was
/// begun is gone on with the next time.
pub fn recover(
    root: &Root,
    state: &StateFolder,
    ending: &Ending,
    now: &dyn Fn() -> OffsetDateTime,
    report: Report<'_>,
) -> Result<Vec<Recovered>, ApplyError> {
    journal::remove_stillborn(state)?;
    let reporter = Reporter(report);
    let mut recovered = Vec::new();
    let is_meant = |one: &Interrupted| ending.id.as_ref().is_none_or(|id| *id == one.operation.id);
    for Interrupted {
        operation,
        is_sealed,
        entries,
    } in survey(root, state)?
        .interrupted
        .into_iter()
        .filter(is_meant)
    {
        if !is_sealed && ending.id.is_none() {
            recovered.push(Recovered {
                operation,
                how: RecoveryOutcome::Unsealed,
            });
            continue;
        }
        let places = operation.plan.changes.iter().map(|change| change.place);
        let mut folders = Folders::new(Places::of_operation(root, state, &operation)?, state);
        folders.lock(places.zip(entries.iter().map(|entry| entry.target.as_str())))?;
        let kept = LockedOperation::open(state, &operation.id)?;
        // Whoever held the locks until now may have ended it.
        if kept.journal.operation.state.is_unfinished() {
            if (&kept.journal.operation.plan, &kept.journal.entries) != (&operation.plan, &entries)
            {
                let why = "it was changed while it was read".to_owned();
                return Err(StoreError::Damaged {
                    path: kept.folder.path().to_owned(),
                    why,
                }
                .into());
            }
            let _held = HeldSignals::new();
            let mut recovery = Recovery {
                kept,
                state,
                folders,
                now,
                reporter: &reporter,
            };
            let how = recovery.end(ending.way)?;
            recovered.push(Recovered {
                operation: recovery.kept.journal.operation.clone(),
                how,
            });
        }
    }
    Ok(recovered)
}

/// One interrupted operation that is ours until this is dropped.
struct Recovery<'a> {
    kept: LockedOperation,
    state: &'a StateFolder,
    folders: Folders<'a>,
    now: &'a dyn Fn() -> OffsetDateTime,
    reporter: &'a Reporter<'a>,
}

impl Recovery<'_> {
    fn end(&mut self, prefer: Option<RecoveryWay>) -> Result<RecoveryOutcome, ApplyError> {
        if self.kept.journal.operation.state == OperationState::Prepared {
            return self.clean_up();
        }
        let works = swap::works(&self.kept, &self.folders);
        let third: Vec<String> = works.iter().filter_map(Work::third).collect();
        let unready = works
            .iter()
            .filter(|work| work.stage() != Stage::After && !work.is_ready());
        let unready: Vec<String> = unready
            .map(|work| printable(&work.entry.path).into_owned())
            .collect();
        let way = match prefer {
            None if !third.is_empty() => return Ok(RecoveryOutcome::Stuck { files: third }),
            // Where nobody else was there, back is as good.
            Some(RecoveryWay::Forward) if !third.is_empty() && !unready.is_empty() => {
                let files = unready
                    .into_iter()
                    .map(|path| format!("{path}: the new file is lost"))
                    .collect();
                return Ok(RecoveryOutcome::Stuck { files });
            }
            Some(RecoveryWay::Back) => RecoveryWay::Back,
            _ if unready.is_empty() => RecoveryWay::Forward,
            _ => RecoveryWay::Back,
        };
        if !third.is_empty() {
            self.reporter.late("keep what is there");
            keep_third(&self.kept, &works)?;
        }
        match way {
            RecoveryWay::Forward => {
                forward(&works, &self.folders, self.reporter)?;
                drop(works);
                self.gone_forward()
            }
            RecoveryWay::Back => {
                drop(works);
                self.go_back()
            }
        }
    }

    /// Nothing was changed yet: what was staged goes.
    fn clean_up(&mut self) -> Result<RecoveryOutcome, ApplyError> {
        self.reporter.late("clean up");
        swap::discard(&self.kept, &self.folders, true)?;
        self.finish(
            OperationState::RolledBack,
            Some("it was interrupted before any file was changed"),
        )?;
        Ok(RecoveryOutcome::CleanedUp)
    }

    fn gone_forward(&mut self) -> Result<RecoveryOutcome, ApplyError> {
        self.reporter.late("remove what is left over");
        swap::discard(&self.kept, &self.folders, false)?;
        self.finish(OperationState::Done, None)?;
        Ok(RecoveryOutcome::Forward)
    }

    fn go_back(&mut self) -> Result<RecoveryOutcome, ApplyError> {
        swap::back(&self.kept, &mut self.folders, self.reporter)?;
        self.finish(
            OperationState::RolledBack,
            Some("it was interrupted, and taken back"),
        )?;
        Ok(RecoveryOutcome::Back)
    }

    fn finish(&mut self, how: OperationState, error: Option<&str>) -> Result<(), ApplyError> {
        self.reporter.late("journal");
        Ok(self
            .kept
            .finish(self.state, how, error.map(str::to_owned), (self.now)())?)
    }
}

fn forward(
    works: &[Work<'_>],
    folders: &Folders<'_>,
    reporter: &Reporter<'_>,
) -> Result<(), ApplyError> {
    for (number, work) in works.iter().enumerate() {
        if work.stage() != Stage::After {
            reporter.late_file("swap", &work.entry.path, number, works.len());
            work.put_over()?;
        }
    }
    reporter.late("sync the folders");
    swap::sync_folders(folders)?;
    reporter.late("read back");
    swap::read_back(works, &Stage::After)
}

/// What somebody else has put in the place of old and new files is kept before it is overwritten.
fn keep_third(kept: &LockedOperation, works: &[Work<'_>]) -> Result<(), ApplyError> {
    for (number, work) in works.iter().enumerate() {
        if work.third().is_some() {
            let name = work.entry.target.rsplit('/').next().unwrap_or_default();
            kept.keep_replaced(&backup_name(number, name), &work.look()?)?;
        }
    }
    Ok(())
}
