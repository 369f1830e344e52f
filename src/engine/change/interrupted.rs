//! What was interrupted: found, and ended, before anything else is changed or where somebody says
//! so.

use time::OffsetDateTime;

use super::{Changer, Ending, Failure, FailureKind, Ground, Recovered, RecoveryOutcome};
use crate::progress::Report;
use crate::record::{Damaged, Operation};
use crate::store::recover;
use crate::store::survey::Survey;
use crate::words::recovery;

impl Changer {
    /// Whether what was interrupted is ended only where somebody says so.
    pub fn must_ask(&self) -> bool {
        self.asks
            && self
                .records
                .keeping()
                .is_ok_and(|ground| ground.root.is_foreign())
    }

    /// Finishes what was interrupted, forward or back: all of it, or the one that is named, by the
    /// beginning of its id; [`Ending::way`] chooses where both are possible, or where files are
    /// neither as before nor as planned.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be tried, or where files must be looked at first: it names them.
    pub fn recover(&self, ending: &Ending, report: Report<'_>) -> Result<Vec<Recovered>, Failure> {
        self.refuse_read_only()?;
        let ground = self.records.ground()?;
        let id = ending
            .id
            .as_deref()
            .map(|id| self.interrupted_id(&ground, id))
            .transpose()?;
        let ending = Ending {
            id,
            ..ending.clone()
        };
        let mut recovered = Vec::new();
        for state in ground.states() {
            recovered.extend(recover::recover(
                &ground.root,
                state,
                &ending,
                &OffsetDateTime::now_utc,
                report,
            )?);
        }
        Ok(recovered)
    }

    /// The whole id of an interrupted operation; of one that ended as it was given.
    fn interrupted_id(&self, ground: &Ground, id: &str) -> Result<String, Failure> {
        let Survey {
            interrupted,
            damaged,
        } = ground.survey()?;
        let ids: Vec<&String> = interrupted
            .iter()
            .map(|one| &one.operation.id)
            .filter(|one| one.starts_with(id))
            .collect();
        if let [one] = ids.as_slice() {
            return Ok((*one).clone());
        }
        if let Some(Damaged { id, why }) = damaged.into_iter().find(|one| one.id.starts_with(id)) {
            return Err(
                Failure::refused(format!("nothing is done by the record of {id}")).because(why),
            );
        }
        Ok(self.records.operation(id)?.id)
    }

    /// As [`Changer::recover`]; what could not be finished keeps everything else from being
    /// changed.
    ///
    /// # Errors
    /// [`Failure`] as there, or with the files that are neither as before nor as planned.
    pub fn finish_interrupted(&self, report: Report<'_>) -> Result<(), Failure> {
        if self.must_ask() {
            let first = self.records.survey()?.interrupted.into_iter().next();
            return first.map_or(Ok(()), |one| {
                Err(self.unended(&one.operation, one.is_sealed))
            });
        }
        for recovered in self.recover(&Ending::default(), report)? {
            let operation = &recovered.operation;
            match recovered.how {
                RecoveryOutcome::Stuck { .. } => {
                    let name = recovery::with_id(operation);
                    let problem =
                        recovery::ended(&name, &recovered, || self.records.choose(&operation.id));
                    return Err(Failure {
                        kind: FailureKind::Refused,
                        problem,
                    });
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
        Failure {
            kind: FailureKind::Refused,
            problem: problem.hint(self.records.choose(&operation.id)),
        }
    }
}
