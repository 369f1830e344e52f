//! New certificates for old ones.

use super::{Circumstances, Error, Materials, Needs, Plan, RenewRequest};
use crate::inventory::Inventory;

pub(super) fn needs(_: &Inventory, _: &RenewRequest, _: Circumstances<'_>) -> Result<Needs, Error> {
    Err(Error::refused("not built yet"))
}

pub(super) fn plan(_: &Inventory, _: Materials, _: &RenewRequest, _: Circumstances<'_>) -> Result<Plan, Error> {
    Err(Error::refused("not built yet"))
}
