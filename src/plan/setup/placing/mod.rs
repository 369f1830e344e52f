//! Where each file goes that a setup has made: below the root for the node here, into an archive
//! for each other one.

pub(super) mod archives;
pub(in crate::plan) mod here;
mod local;
mod review;

pub(super) use local::kept_path;

use super::SetupTask;
use super::made::MadeCluster;
use crate::plan::files::{Changes, add_folders};
use crate::plan::{Change, Needs, Plan, PlanError, SetupRequest};
use crate::record::NodeSummary;
use crate::setup::blueprint::Blueprint;

/// Adds to `needs`, which names every path of the node here, what is looked at beside: the folders
/// of those, and the files on this machine.
pub(super) fn needs(needs: &mut Needs, request: &SetupRequest) {
    add_folders(&mut needs.files);
    needs.local.extend(local::paths(request));
    add_folders(&mut needs.local);
    needs.state.extend(local::kept_paths(request));
}

/// The plan for what was made.
///
/// # Errors
/// [`PlanError::Refused`] where something is in the way, or the answers leave no place for a file.
pub(super) fn place(
    task: SetupTask<'_>,
    made: &MadeCluster,
    blueprint: &Blueprint,
) -> Result<Plan, PlanError> {
    let mut changes = here::changes(task.materials, task.request, made)?;
    let mut on_this_machine = Changes::after(task.materials, &changes);
    let nodes = archives::add(&mut on_this_machine, task, made)?;
    local::add(&mut on_this_machine, task.materials, task.request)?;
    changes.extend(on_this_machine.finish());
    Ok(review::plan(
        task,
        made,
        blueprint,
        PlacedSetup { changes, nodes },
    ))
}

/// What changes where, and how it is told node by node.
struct PlacedSetup {
    changes: Vec<Change>,
    nodes: Vec<NodeSummary>,
}
