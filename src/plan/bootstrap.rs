//! Tokens, bindings and kubeconfigs with which kubelets join a cluster.

use super::{BootstrapRequest, Circumstances, Error, Materials, Needs, Plan};
use crate::inventory::Inventory;

pub use crate::kubernetes::bootstrap::FOLDER;

/// The files that are read.
#[expect(clippy::unnecessary_wraps, reason = "to come")]
pub(super) fn needs(_inventory: &Inventory, _request: &BootstrapRequest) -> Result<Needs, Error> {
    Ok(Needs::default())
}

/// The plan.
pub(super) fn plan(
    _inventory: &Inventory,
    _materials: &Materials,
    _request: &BootstrapRequest,
    _around: Circumstances<'_>,
) -> Result<Plan, Error> {
    Err(Error::refused("to come"))
}
