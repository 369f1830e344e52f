//! The PKI of a new cluster: from a person's answers to every file of every node.
//!
//! `ClusterSpec -> blueprint (what there shall be) -> made (its bytes) -> placed (changes here, archives for others)`

mod commands;
pub(super) mod external;
mod made;
#[expect(dead_code, reason = "to come")]
mod placing;

use super::{Circumstances, Error, Materials, Needs, Plan, SetupRequest};
use crate::inventory::Inventory;

/// The files and keys that the setup takes.
///
/// # Errors
/// [`Error::Refused`] where the answers contradict each other.
#[expect(clippy::unnecessary_wraps, reason = "to come")]
pub(super) fn needs(
    _inventory: &Inventory,
    _request: &SetupRequest,
    _around: Circumstances<'_>,
) -> Result<Needs, Error> {
    Ok(Needs::default())
}

/// The plan: every key, certificate and kubeconfig, below the root and in archives.
///
/// # Errors
/// [`Error`] where something that is there does not fit, or must not be replaced.
pub(super) fn plan(
    _inventory: &Inventory,
    _materials: Materials,
    _request: &SetupRequest,
    _around: Circumstances<'_>,
) -> Result<Plan, Error> {
    Err(Error::refused("to come"))
}
