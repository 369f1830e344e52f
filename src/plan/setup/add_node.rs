//! A cluster that was set up before, and a node more in it: what is the same on all nodes is here
//! already.

use crate::pki::text::printable;
use crate::plan::{Materials, PlanError, SetupRequest};
use crate::setup::ClusterSpec;
use crate::setup::kept;

/// The answers that are kept under this name, and their file; `None`: none are, or they cannot be
/// read.
pub(super) fn answers(
    materials: &Materials,
    request: &SetupRequest,
) -> Option<(String, ClusterSpec)> {
    let path = super::placing::kept_path(materials, request)?;
    let content = materials.local.get(&path)?.content.as_ref().ok()?;
    let answers = kept::from_yaml(std::str::from_utf8(content.expose()).ok()?).ok()?;
    Some((path, answers))
}

/// Whether the nodes that are asked for can be added: each is in the table, and none was there
/// before, unless its files shall be made again.
///
/// # Errors
/// [`PlanError::Refused`] names the first for which that is not so.
pub(super) fn check(materials: &Materials, request: &SetupRequest) -> Result<(), PlanError> {
    let known = answers(materials, request);
    let cluster = printable(&request.cluster.name);
    for name in &request.only {
        let shown = printable(name);
        if request.cluster.node(name).is_none() {
            return Err(PlanError::refused(format!(
                "{shown} is not a node of {cluster}"
            )));
        }
        let is_known = known
            .as_ref()
            .is_some_and(|(_, known)| known.node(name).is_some());
        if is_known && !request.replace.contains(name) {
            let hint = format!("to make its files again: --replace {shown}");
            return Err(
                PlanError::refused(format!("{shown} is a node of {cluster} already")).hint(hint),
            );
        }
    }
    Ok(())
}
