//! What was interrupted: before the first reading it is finished by itself, where that may be; else
//! as somebody asks.

use std::sync::Arc;

use super::master::OpenMaster;
use super::shared::{Shared, caught};
use crate::engine::change::{Changer, Ending, Interrupted, Recovered, RecoveryOutcome};
use crate::model::{Event, Problem};
use crate::pki::text::printable;
use crate::progress::silent;
use crate::record::RecoveryWay;
use crate::words::recovery;

/// How an operation is ended by name.
const ON_ITS_PAGE: &str = "its page in the history ends it, one way or the other";

/// Before the first reading: what was interrupted is finished, or, where nothing may be written,
/// only told.
pub(super) fn recover_once(shared: &Shared, master: &mut OpenMaster) -> Result<(), Problem> {
    let changer = master.changer()?;
    if std::mem::replace(&mut master.is_recovered, true) {
        return Ok(());
    }
    // A state folder that cannot be read costs the history, never the view: the history's own job
    // says so.
    let survey = changer.records().survey().unwrap_or_default();
    let damaged = survey
        .damaged
        .iter()
        .map(recovery::damaged)
        .map(Problem::new);
    let notices = match survey.interrupted.as_slice() {
        // To look costs less than to take locks, and needs no permission to write.
        [] => Vec::new(),
        interrupted if master.read_only => interrupted
            .iter()
            .map(|one| left(one).hint("start kubepki without --read-only to finish it"))
            .collect(),
        interrupted if changer.must_ask() => interrupted
            .iter()
            .map(|one| left(one).hint(ON_ITS_PAGE))
            .collect(),
        _ => finish(shared, &changer),
    };
    for notice in notices.into_iter().chain(damaged) {
        master.log.tell(&printable(&notice.line()));
        shared.tell(Event::Notice(notice));
    }
    Ok(())
}

fn left(interrupted: &Interrupted) -> Problem {
    let Interrupted {
        operation,
        is_sealed,
        ..
    } = interrupted;
    recovery::interrupted(&recovery::titled(operation), operation, *is_sealed)
}

fn finish(shared: &Shared, changer: &Changer) -> Vec<Problem> {
    match changer.recover(&Ending::default(), &silent) {
        Ok(recovered) => {
            let history = changer
                .records()
                .history()
                .map(Arc::new)
                .map_err(Problem::from);
            shared.tell(Event::History(history));
            recovered
                .into_iter()
                .map(|one| told(&one, changer))
                .collect()
        }
        Err(failure) => vec![failure.into()],
    }
}

/// Ends the operation of this id as somebody has asked, and tells what became of it.
pub(super) fn recover(shared: &Shared, id: &str, way: RecoveryWay) {
    let turn = shared.turn();
    let recovered = caught("ending what was interrupted", || end(shared, id, way));
    let notices = recovered.unwrap_or_else(|problem| vec![problem]);
    drop(turn);
    for notice in notices {
        shared.master().log.tell(&printable(&notice.line()));
        shared.tell(Event::Notice(notice));
    }
    // We were not heard by the watcher.
    shared.tell(Event::FilesChanged);
}

fn end(shared: &Shared, id: &str, way: RecoveryWay) -> Result<Vec<Problem>, Problem> {
    let mut master = shared.master();
    let changer = master.changer()?;
    let ending = Ending {
        id: Some(id.to_owned()),
        way: Some(way),
    };
    let recovered = changer.recover(&ending, &silent)?;
    if recovered.is_empty() {
        return Ok(vec![Problem::new("it is not interrupted any more")]);
    }
    Ok(recovered
        .into_iter()
        .map(|one| told(&one, &changer))
        .collect())
}

fn told(recovered: &Recovered, changer: &Changer) -> Problem {
    let name = recovery::titled(&recovered.operation);
    let told = recovery::ended(&name, recovered, || {
        changer.records().choose(&recovered.operation.id)
    });
    match recovered.how {
        RecoveryOutcome::Unsealed => told.hint(ON_ITS_PAGE),
        _ => told,
    }
}
