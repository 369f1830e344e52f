//! The files of the node here, below the root.

use crate::pki::text::printable;
use crate::plan::files::Changes;
use crate::plan::setup::made::{MadeCluster, MadeFile};
use crate::plan::{Change, Materials, PlanError, SetupRequest};
use crate::record::Place;
use crate::setup::AuthorityKeys;

/// Whether the node here gets the file: the keys of CAs only where the answers let it.
pub(super) fn is_for_here(request: &SetupRequest, file: &MadeFile) -> bool {
    let is_its = request
        .here
        .as_ref()
        .is_some_and(|here| file.nodes.contains(here));
    is_its && !(file.is_authority_key && request.cluster.authority_keys == AuthorityKeys::Apart)
}

/// The permission bits that a file of the node here has afterwards: what is kept keeps its own,
/// unless others than its owner can read a secret.
pub(super) fn mode(materials: &Materials, file: &MadeFile) -> u32 {
    let lies = materials
        .files
        .get(&file.path)
        .and_then(|material| material.path_state.attributes());
    match lies.filter(|_| file.is_kept) {
        Some(lies) if !is_open(materials, file) => lies.mode,
        _ => file.mode,
    }
}

/// Whether it is kept, is a secret, and others than its owner can read it.
fn is_open(materials: &Materials, file: &MadeFile) -> bool {
    let lies = materials
        .files
        .get(&file.path)
        .and_then(|material| material.path_state.attributes());
    file.is_kept && !others_read(file.mode) && lies.is_some_and(|lies| others_read(lies.mode))
}

/// Whether these permission bits let somebody in beside the owner.
pub(super) fn others_read(mode: u32) -> bool {
    mode & 0o077 != 0
}

/// What changes below the root.
pub(super) fn changes(
    materials: &Materials,
    request: &SetupRequest,
    made: &MadeCluster,
) -> Result<Vec<Change>, PlanError> {
    let keys = || {
        made.files
            .iter()
            .filter(|file| file.is_authority_key && !file.nodes.is_empty())
    };
    if request.cluster.authority_keys == AuthorityKeys::Here
        && let Some(key) = keys().find(|file| !file.is_kept && !is_for_here(request, file))
    {
        return Err(
            PlanError::refused("there is no place for the keys of the CAs")
                .because(format!(
                    "they shall stay here alone, and {} is not a file of the node here",
                    printable(&key.path)
                ))
                .hint("run it on a control plane node, or keep them apart: --authority-keys apart"),
        );
    }
    let mut changes = Changes::new(materials, Place::Master);
    for file in made.files.iter().filter(|file| is_for_here(request, file)) {
        if !file.is_kept {
            changes.file(&file.path, (file.content.clone(), file.mode), &file.summary)?;
        } else if is_open(materials, file) {
            changes.mode(&file.path, file.mode, "others could read it");
        }
    }
    Ok(changes.finish().collect())
}
