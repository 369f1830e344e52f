//! The ledger of a master: what its operations made, and what was seen here.

use std::collections::{HashMap, HashSet};

use time::OffsetDateTime;

use super::records::Records;
use super::{Changer, Failure, Ground};
use crate::inventory::Inventory;
use crate::plan::prune;
use crate::record::ledger::{self as rows, Ledger, LedgerEntry};
use crate::store::history::{self, Verification};
use crate::store::ledger;
use crate::store::state::StateFolder;
use crate::words::ledger as words;

impl Changer {
    /// Brings the ledger up to date: with what operations made that was not written down yet, and
    /// with what lies here and it does not know. Where nothing was kept here so far nothing is
    /// made; with `--read-only`, and on another machine's disk, nothing is written.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be read or written, or where others could have written to it.
    pub fn keep_ledger(
        &self,
        inventory: &Inventory,
        moment: OffsetDateTime,
    ) -> Result<(), Failure> {
        if self.read_only {
            return Ok(());
        }
        let ground = self.records.keeping()?;
        for state in ground.states().filter(|state| !state.is_on_disk()) {
            // What a disk says of itself is no word of ours: each folder's own operations alone.
            let mut wanted = rows::of_operations(&history::list(state, false)?.operations);
            if self.records.is_of_this_master(&ground, state) {
                wanted.extend(seen(inventory, moment));
            }
            ledger::add(state, wanted)?;
        }
        Ok(())
    }
}

impl Records {
    /// Whether what lies below the root belongs into the ledger of this folder: it lies there too,
    /// or the user has named it. Else the master is another, and only looked at.
    fn is_of_this_master(&self, ground: &Ground, state: &StateFolder) -> bool {
        state.path() == ground.state.path()
            && (self.options.state_dir.is_some() || state.path().starts_with(ground.root.real()))
    }

    /// What is kept, and with it what belongs there and is not written down yet: of operations, and
    /// what lies here. Nothing is written.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be read, or where others could have written to it.
    pub fn ledger_with(
        &self,
        inventory: &Inventory,
        moment: OffsetDateTime,
    ) -> Result<Ledger, Failure> {
        let ground = self.keeping()?;
        let history = ground.history(false)?.operations;
        let ids: HashSet<&str> = history.iter().map(|one| one.id.as_str()).collect();
        let mut all = Ledger::default();
        for state in ground.states() {
            let Some(kept) = ledger::read(state)? else {
                continue;
            };
            if state.is_on_disk() {
                all.on_disk = Some(ledger::path(state));
            }
            // The caller's own folder keeps what was made for other masters too.
            let is_all = state.path() == ground.state.path();
            let is_here = |id: &String| ids.contains(id.as_str());
            let entries = kept.entries.into_iter();
            all.entries.extend(
                entries.filter(|entry| is_all || entry.operation.as_ref().is_some_and(is_here)),
            );
            all.faults.extend(kept.faults);
            all.remnants.extend(kept.remnants);
        }
        let mut wanted = rows::of_operations(&history);
        wanted.extend(seen(inventory, moment));
        all.add(wanted);
        all.settle();
        Ok(all)
    }

    /// Whether journals can be read, old files are what they were, the index
    /// agrees, and the ledger is as it was written.
    ///
    /// # Errors
    /// As [`Records::history`].
    pub fn verify(&self) -> Result<Verification, Failure> {
        let history = self.history_or_none().operations;
        let is_dropped = |id: &str| prune::dropped_on(&history, id).is_some();
        let ground = self.ground()?;
        let mut verified = ground.verify(&is_dropped)?;
        for state in ground.states() {
            look_through(state, &mut verified);
        }
        Ok(verified)
    }
}

/// Adds what is wrong with the rows that a folder keeps, a sentence each.
fn look_through(state: &StateFolder, verified: &mut Verification) {
    let kept = match ledger::read(state) {
        Ok(kept) => kept,
        Err(error) => {
            let faults = verified.ledger.get_or_insert_default();
            return faults.push(format!("it cannot be read: {error}"));
        }
    };
    let history = history::list(state, false).unwrap_or_default().operations;
    let made = rows::of_operations(&history);
    let mut made: HashMap<(&str, &str), &LedgerEntry> = made
        .iter()
        .filter_map(|entry| Some((key(entry)?, entry)))
        .collect();
    let mut faults = Vec::new();
    let is_there = kept.is_some();
    let kept = kept.unwrap_or_default();
    faults.extend(kept.faults.iter().map(words::fault));
    for entry in &kept.entries {
        let told = key(entry).and_then(|key| made.remove(&key));
        if told.is_some_and(|told| told != entry) {
            faults.push(words::differs(entry));
        }
    }
    // What is done to a disk elsewhere is written down when its own machine runs again.
    if !state.is_on_disk() {
        let mut missing: Vec<&LedgerEntry> = made.into_values().collect();
        missing.sort_by_key(|entry| (&entry.operation, &entry.path));
        faults.extend(missing.into_iter().map(words::missing));
    }
    if is_there || !faults.is_empty() {
        verified.ledger.get_or_insert_default().extend(faults);
        let remnants = kept.remnants.iter().copied().map(words::remnant);
        verified.remnants.extend(remnants);
    }
}

/// By what a row is known that an operation has brought.
fn key(entry: &LedgerEntry) -> Option<(&str, &str)> {
    Some((entry.operation.as_deref()?, &entry.sha256))
}

/// What lies here, and somebody uses.
fn seen(inventory: &Inventory, moment: OffsetDateTime) -> impl Iterator<Item = LedgerEntry> + '_ {
    let items = inventory.items.iter().filter(|item| item.in_use);
    items.filter_map(move |item| {
        let certificate = item.certificate()?;
        Some(LedgerEntry::seen(certificate, &item.path, moment))
    })
}
