//! What was interrupted: before the first reading it is finished by itself, where that may be; else as somebody asks.

use std::sync::Arc;

use super::master::OpenMaster;
use super::shared::Shared;
use crate::engine::change::{Changer, Ending, Interrupted, Recovered, RecoveryOutcome};
use crate::model::{Event, Problem};
use crate::pki::text::printable;
use crate::record::RecoveryWay;
use crate::words::recovery;

/// How an operation is ended by name.
const ON_ITS_PAGE: &str = "its page in the history ends it, one way or the other";

/// Before the first reading: what was interrupted is finished, or, where nothing may be written, only told.
pub(super) fn recover_once(shared: &Shared, master: &mut OpenMaster) -> Result<(), Problem> {
    let changer = master.changer()?;
    if std::mem::replace(&mut master.is_recovered, true) {
        return Ok(());
    }
    // A state folder that cannot be read costs the history, never the view: the history's own job says so.
    let survey = changer.survey().unwrap_or_default();
    let damaged = survey.damaged.iter().map(recovery::damaged).map(Problem::new);
    let notices = match survey.interrupted.as_slice() {
        // To look costs less than to take locks, and needs no permission to write.
        [] => Vec::new(),
        interrupted if master.read_only => {
            interrupted.iter().map(|one| left(one).hint("start kubepki without --read-only to finish it")).collect()
        }
        interrupted if changer.must_ask() => interrupted.iter().map(|one| left(one).hint(ON_ITS_PAGE)).collect(),
        _ => recover(shared, &changer),
    };
    for notice in notices.into_iter().chain(damaged) {
        master.log.tell(&printable(&notice.line()));
        shared.tell(Event::Notice(notice));
    }
    Ok(())
}

pub(super) fn recover_as_asked(shared: &Shared, id: &str, way: RecoveryWay) -> Vec<Problem> {
    let mut master = shared.master();
    let recovered = master.changer().and_then(|changer| {
        let ending = Ending { id: Some(id.to_owned()), way: Some(way) };
        let recovered = changer.recover(&ending, &crate::progress::silent).map_err(|failure| failure.problem)?;
        Ok(recovered.into_iter().map(|one| told(&one, &changer)).collect())
    });
    let mut notices: Vec<Problem> = recovered.unwrap_or_else(|problem| vec![problem]);
    if notices.is_empty() {
        notices.push(Problem::new("it is not interrupted any more"));
    }
    for notice in &notices {
        master.log.tell(&printable(&notice.line()));
    }
    notices
}

fn left(interrupted: &Interrupted) -> Problem {
    let Interrupted { operation, is_sealed, .. } = interrupted;
    recovery::interrupted(&recovery::titled(operation), operation, *is_sealed)
}

fn recover(shared: &Shared, changer: &Changer) -> Vec<Problem> {
    match changer.recover(&Ending::default(), &crate::progress::silent) {
        Ok(recovered) => {
            let history = changer.records().map(Arc::new).map_err(|failure| failure.problem);
            shared.tell(Event::History(history));
            recovered.into_iter().map(|one| told(&one, changer)).collect()
        }
        Err(failure) => vec![failure.problem],
    }
}

fn told(recovered: &Recovered, changer: &Changer) -> Problem {
    let name = recovery::titled(&recovered.operation);
    let told = recovery::ended(&name, recovered, || changer.choose(&recovered.operation.id));
    match recovered.how {
        RecoveryOutcome::Unsealed => told.hint(ON_ITS_PAGE),
        _ => told,
    }
}
