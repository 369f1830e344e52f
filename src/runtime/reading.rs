//! The job that reads the master: the newest wins, and none overlaps a write.

use std::path::PathBuf;

use time::OffsetDateTime;

use super::Message;
use super::master::OpenMaster;
use super::recovery;
use super::shared::{Shared, caught};
use crate::engine::change::{Changer, Failure, KeptFiles};
use crate::engine::machine;
use crate::engine::open::{Tell, closed, missing_folder, open_telling, watched_folders};
use crate::inventory::Inventory;
use crate::model::{Event, JobId, Problem, Reading};
use crate::pki::text::printable;
use crate::progress::{Progress, Report};
use crate::store::StoreError;
use crate::verdict::{JudgedRequest, judge_all};

/// Reads the master, and tells what is there.
pub(super) fn read(shared: &Shared, id: JobId) {
    let reading = caught("reading", || undisturbed(shared, id));
    shared.tell(Event::Read {
        id,
        at: OffsetDateTime::now_utc(),
        reading,
    });
}

/// A reading that a write overlaps is thrown away and begun again after it.
fn undisturbed(shared: &Shared, id: JobId) -> Result<Reading, Problem> {
    loop {
        let mut master = shared.idle();
        recovery::recover_once(shared, &mut master)?;
        let report = |progress: Progress| {
            shared.tell(Event::Progress { id, progress });
            shared.is_newest_read(id) && !shared.is_writing()
        };
        match once(shared, &mut master, &report) {
            Err(StoreError::Stopped) if shared.is_newest_read(id) => {}
            answer => return answer.map_err(|error| unread(shared, &master, &error)),
        }
    }
}

fn once(
    shared: &Shared,
    master: &mut OpenMaster,
    report: Report<'_>,
) -> Result<Reading, StoreError> {
    // The demo is made with it, and an error was told before.
    let changer = master.changer().ok();
    let OpenMaster {
        options,
        verified,
        log,
        ..
    } = master;
    let tell = |words: &str| log.tell(words);
    let tell: Option<Tell<'_>> = if log.is_open() { Some(&tell) } else { None };
    let inventory = open_telling(options, report, verified, tell)?;
    let mut folders: Vec<PathBuf> = watched_folders(options, &inventory);
    folders.extend(
        changer
            .iter()
            .flat_map(|changer| changer.records().watched_folders()),
    );
    let closed = closed(options, &inventory);
    let unrestartable = master.unrestartable();
    let records = changer.as_ref().map(|changer| changer.records());
    let answers = "the answers of a cluster that was set up here";
    let clusters = records.map(|records| kept(shared, answers, records.clusters()));
    let waiting = records.map(|records| kept(shared, "a kept request", records.requests()));
    let decided = records.map(|records| kept(shared, "a decision", records.decisions()));
    let verdicts = verdicts(shared, changer.as_deref(), &inventory);
    let beginning = machine::beginning(&master.options, &inventory);
    let mut machine = machine::machine(&master.options, &inventory);
    if let Some(home) = master.home() {
        machine.home = home;
    }
    let reading = Reading {
        closed,
        unrestartable,
        beginning,
        machine,
        clusters: clusters.unwrap_or_default().into(),
        waiting: waiting.unwrap_or_default().into(),
        decided: decided.unwrap_or_default().into(),
        verdicts: verdicts.into(),
        ..Reading::new(inventory)
    };
    master.inventory = reading.inventory.clone();
    shared.send(Message::Watch(folders));
    Ok(reading)
}

/// What is to be thought of each request. What was confirmed and does not count is told.
fn verdicts(
    shared: &Shared,
    changer: Option<&Changer>,
    inventory: &Inventory,
) -> Vec<JudgedRequest> {
    let (approval, faults) = changer.map(Changer::approval).unwrap_or_default();
    for why in faults {
        let problem = Problem::new("what was confirmed of the cluster does not count");
        shared.tell(Event::Notice(problem.because(why)));
    }
    judge_all(inventory, &approval, OffsetDateTime::now_utc())
}

/// What the state folder keeps of one sort. What cannot be read of it costs only itself.
fn kept<T>(shared: &Shared, what: &str, read: Result<KeptFiles<T>, Failure>) -> Vec<T> {
    let tell = |why: String| {
        let problem = Problem::new(format!("{what} cannot be read"));
        shared.tell(Event::Notice(Problem {
            why: vec![why],
            ..problem
        }));
    };
    match read {
        Ok(kept) => {
            kept.faults.into_iter().for_each(tell);
            kept.all
        }
        Err(failure) => {
            tell(failure.to_string());
            Vec::new()
        }
    }
}

fn unread(shared: &Shared, master: &OpenMaster, error: &StoreError) -> Problem {
    master
        .log
        .tell(&format!("not read: {}", printable(&error.to_string())));
    if matches!(error, StoreError::NoSuchDirectory(_)) {
        shared.send(Message::Watch(missing_folder(&master.options)));
    }
    Problem {
        hint: error.hint(),
        ..Problem::new(error.to_string())
    }
}
