//! Changing the small master as both faces do: through `engine::change`.

use kubepki::engine::change::{Changer, Failure};
use kubepki::engine::open::OpenOptions;
use kubepki::inventory::Inventory;
use kubepki::plan::{Plan, Request};
use kubepki::progress::silent;
use kubepki::record::{Operation, Settings};
use time::OffsetDateTime;

use super::plan::Master;

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
    OpenOptions { root: master.root.clone(), processes: false, ..OpenOptions::default() }
}

/// Applies a plan made by hand as if it had just been made.
pub(crate) fn apply(changer: &Changer, plan: Plan) -> Operation {
    let plan = Plan { moment: OffsetDateTime::now_utc(), ..plan };
    changer.apply(&plan, &silent).expect("it is applied")
}

/// The plan for a request that needs no inventory.
pub(crate) fn prepare(changer: &Changer, request: &Request) -> Result<Plan, Failure> {
    changer.prepare(&Inventory::default(), request, OffsetDateTime::now_utc(), &silent)
}

/// Takes an operation back.
pub(crate) fn undo(changer: &Changer, id: Option<&str>) -> Result<Operation, Failure> {
    let plan = prepare(changer, &Request::Undo(id.map(str::to_owned)))?;
    changer.apply(&plan, &silent)
}
