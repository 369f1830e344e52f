//! Changing the small master as both faces do: through `engine::change`.

use kubepki::engine::change::{Changer, Failure};
use kubepki::engine::open::OpenOptions;
use kubepki::inventory::Inventory;
use kubepki::plan::{Plan, Request};
use kubepki::progress::silent;
use kubepki::record::{Operation, OperationState, Settings};
use tempfile::TempDir;
use time::OffsetDateTime;

use super::plan::{Master, file, fresh};

/// The file that [`busy`] changes.
pub(crate) const KEY: &str = "/etc/kubernetes/pki/a.key";

/// With the default settings.
pub(crate) fn changer(master: &Master) -> Changer {
    with_settings(master, Settings::default())
}

/// With other settings.
pub(crate) fn with_settings(master: &Master, settings: Settings) -> Changer {
    Changer::with_settings(&options(master), Some(&master.state), settings)
}

/// The master alone.
pub(crate) fn options(master: &Master) -> OpenOptions {
    OpenOptions {
        root: master.root.clone(),
        processes: false,
        ..OpenOptions::default()
    }
}

/// Applies a plan made by hand as if it had just been made.
pub(crate) fn apply(changer: &Changer, plan: Plan) -> Operation {
    let plan = Plan {
        moment: OffsetDateTime::now_utc(),
        ..plan
    };
    changer.apply(&plan, &silent).expect("it is applied")
}

/// The plan for a request that needs no inventory.
pub(crate) fn prepare(changer: &Changer, request: &Request) -> Result<Plan, Failure> {
    changer.prepare(
        &Inventory::default(),
        request,
        OffsetDateTime::now_utc(),
        &silent,
    )
}

/// What was done so far, the newest first.
pub(crate) fn operations(changer: &Changer) -> Vec<Operation> {
    changer.records().history().expect("a history").operations
}

/// Takes an operation back.
pub(crate) fn undo(changer: &Changer, id: Option<&str>) -> Result<Operation, Failure> {
    let plan = prepare(changer, &Request::Undo(id.map(str::to_owned)))?;
    changer.apply(&plan, &silent)
}

/// Three operations: two changes, the second taken back.
pub(crate) fn busy() -> (TempDir, Master, Vec<Operation>) {
    let (folder, master) = fresh();
    let changer = changer(&master);
    apply(
        &changer,
        Master::plan_of(vec![master.change(KEY, None, file("second", 0o600))]),
    );
    apply(
        &changer,
        Master::plan_of(vec![master.change(KEY, None, file("third", 0o600))]),
    );
    undo(&changer, None).expect("undone");
    let history = operations(&changer);
    let states: Vec<OperationState> = history.iter().map(|operation| operation.state).collect();
    assert_eq!(
        states,
        [
            OperationState::Done,
            OperationState::Undone,
            OperationState::Done
        ]
    );
    assert_eq!(
        history[1].undone_by.as_deref(),
        Some(history[0].id.as_str())
    );
    (folder, master, history)
}
