//! Journals: what an operation's folder says of it, and what would be taken back by that.

use kubepki::inventory::{Inventory, Trouble};
use kubepki::pki::Secret;
use kubepki::plan::{
    self, Material, Materials, Mounted, Needs, PlanContext, Request, Undoable, undo,
};
use kubepki::record::{JournalEntry, Operation, Place, Settings};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::said;

/// As `journal.json` holds them.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Journal {
    operation: Operation,
    entries: Vec<JournalEntry>,
}

/// A journal. True where it is one.
///
/// # Panics
/// Where what was read is not what is known of it.
pub fn journal(bytes: &[u8]) -> bool {
    let Ok(journal) = serde_json::from_slice::<Journal>(bytes) else {
        return false;
    };
    let written = serde_json::to_vec_pretty(&journal).expect("what was read can be written");
    assert_eq!(
        serde_json::from_slice::<Journal>(&written).expect("what was written can be read"),
        journal
    );
    let Journal { operation, entries } = journal;
    let _ = undo::newest(
        std::slice::from_ref(&operation),
        &|_| true,
        &Mounted::default(),
    );
    let backups = entries
        .iter()
        .map(|entry| {
            entry
                .backup
                .as_ref()
                .map(|_| Ok(Secret::new(b"old".to_vec())))
        })
        .collect();
    let undoable = Undoable {
        operation,
        entries,
        backups,
        folder: "/var/lib/kubepki/operations/x".to_owned(),
    };
    taken_back(undoable);
    true
}

/// A plan that takes it back, where all stands as it was left, touches what the operation touched
/// and nothing else.
fn taken_back(undoable: Undoable) {
    let mut needs = Needs::default();
    undo::add_paths(&mut needs, &undoable);
    let touched = undoable.operation.plan.changes.clone();
    let mut materials = Materials {
        history: vec![undoable.operation.clone()],
        ..Materials::default()
    };
    for change in &touched {
        let path_state = change.after.clone();
        materials
            .links
            .insert(change.path.clone(), path_state.clone());
        let files = match change.place {
            Place::Local => &mut materials.local,
            Place::Master => &mut materials.files,
        };
        let content = Err(Trouble::Absent);
        files.insert(
            change.path.clone(),
            Material {
                path_state,
                content,
                exposed: None,
            },
        );
    }
    materials.operation = Some(undoable);
    let settings = Settings::default();
    let around = PlanContext {
        moment: OffsetDateTime::UNIX_EPOCH,
        settings: &settings,
        approval: &kubepki::record::Approval::default(),
    };
    match plan::make(
        &Inventory::default(),
        materials,
        &Request::Undo(None),
        around,
    ) {
        Ok(plan) => {
            plan.summary.commands.iter().for_each(said::is_one_line);
            for change in &plan.changes {
                let mut known = touched.iter();
                assert!(
                    known.any(|done| (done.place, &done.path) == (change.place, &change.path)),
                    "{change:?}"
                );
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
