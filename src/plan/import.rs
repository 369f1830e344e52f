//! Answers of somebody else's CA: matched with the keys that wait for them, checked, and placed.

use super::{Circumstances, Error, ImportRequest, Materials, Needs, Plan};
use crate::inventory::Inventory;

/// The files that are read.
#[expect(clippy::unnecessary_wraps, reason = "to come")]
pub(super) fn needs(_inventory: &Inventory, request: &ImportRequest) -> Result<Needs, Error> {
    Ok(Needs { local: request.files.clone(), ..Needs::default() })
}

/// The plan.
pub(super) fn plan(
    _inventory: &Inventory,
    _materials: &Materials,
    _request: &ImportRequest,
    _around: Circumstances<'_>,
) -> Result<Plan, Error> {
    Err(Error::refused("to come"))
}
