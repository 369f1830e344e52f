//! Tokens, bindings and kubeconfigs with which kubelets join a cluster.

use super::{BootstrapRequest, Circumstances, Error, Materials, Needs, Plan};
use crate::inventory::Inventory;

/// The folder on the master for manifests that are to be given to the cluster: `kubectl apply -f` reads it.
pub const FOLDER: &str = "/etc/kubernetes/bootstrap";

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
