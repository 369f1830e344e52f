//! An operation taken back.

use super::{Circumstances, Error, Materials, Needs, Plan};
use crate::inventory::Inventory;

pub(super) fn needs(operation: Option<&str>) -> Needs {
    Needs { operation: Some(operation.unwrap_or_default().to_owned()), ..Needs::default() }
}

pub(super) fn plan(_: &Inventory, _: Materials, _: Circumstances<'_>) -> Result<Plan, Error> {
    Err(Error::refused("not built yet"))
}
