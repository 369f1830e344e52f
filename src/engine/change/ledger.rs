//! The ledger of a master: what its operations made, and what was seen here.

use std::collections::HashSet;

use time::OffsetDateTime;

use super::records::Records;
use super::{Failure, Ground};
use crate::inventory::Inventory;
use crate::plan::prune;
use crate::record::Operation;
use crate::record::ledger::{self as rows, Ledger, LedgerEntry};
use crate::store::history::Verification;
use crate::store::ledger;
use crate::words::ledger as words;

impl Records {
    /// What is kept. Nothing is written, and what a disk of another machine brings is its word.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be read, or where others could have written to it.
    pub fn ledger(&self) -> Result<Ledger, Failure> {
        let mut all = Ledger::default();
        for state in self.keeping()?.states() {
            let Ledger { entries, faults } = ledger::read(state)?.unwrap_or_default();
            all.entries.extend(entries);
            all.faults.extend(faults);
        }
        Ok(all)
    }

    /// The same once it is up to date: with what operations made that were not written down yet, and
    /// what lies here and it does not know. Where nothing was kept here so far nothing is made; with
    /// `--read-only`, and on another machine's disk, nothing is written, and what would be is given
    /// all the same.
    ///
    /// # Errors
    /// As [`Records::ledger`]; where it cannot be written.
    pub fn ledger_with(
        &self,
        inventory: &Inventory,
        moment: OffsetDateTime,
    ) -> Result<Ledger, Failure> {
        let ground = self.keeping()?;
        let mut wanted = rows::of_operations(&ground.history(false)?.operations);
        wanted.extend(seen(inventory, moment));
        let mut states = ground.states();
        let own = states.find(|state| !state.is_on_disk());
        if let Some(own) = own.filter(|_| self.keeps_index) {
            ledger::add(own, wanted.clone())?;
        }
        let mut all = self.ledger()?;
        all.add(wanted);
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
        let verified = ground.verify(&is_dropped)?;
        Ok(Verification {
            ledger: faults(&ground, &history),
            ..verified
        })
    }
}

/// What is wrong with the rows that are kept, a sentence each, also where some are missing that
/// operations have made; `None`: there is no ledger yet.
fn faults(ground: &Ground, history: &[Operation]) -> Option<Vec<String>> {
    let mut kept: Option<Ledger> = None;
    for state in ground.states() {
        match ledger::read(state) {
            Ok(None) => {}
            Ok(Some(Ledger { entries, faults })) => {
                let all = kept.get_or_insert_default();
                all.entries.extend(entries);
                all.faults.extend(faults);
            }
            Err(error) => return Some(vec![format!("it cannot be read: {error}")]),
        }
    }
    let Ledger { entries, faults } = kept?;
    let known: HashSet<&str> = entries.iter().map(|entry| entry.sha256.as_str()).collect();
    let made = rows::of_operations(history);
    let missing = made
        .iter()
        .filter(|entry| !known.contains(entry.sha256.as_str()));
    let missing = missing.map(words::missing);
    Some(faults.iter().map(words::fault).chain(missing).collect())
}

/// What lies here, and somebody uses.
fn seen(inventory: &Inventory, moment: OffsetDateTime) -> impl Iterator<Item = LedgerEntry> + '_ {
    let items = inventory.items.iter().filter(|item| item.in_use);
    items.filter_map(move |item| {
        let certificate = item.certificate()?;
        Some(LedgerEntry::seen(certificate, &item.path, moment))
    })
}
