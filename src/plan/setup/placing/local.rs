//! What a setup writes on this machine beside archives: the answers, and where asked the guide and
//! kubeadm's file.

use super::archives;
use crate::pki::text::printable;
use crate::pki::{Secret, hex, sha256};
use crate::plan::files::{Changes, in_the_way, path_state};
use crate::plan::{Change, Materials, PlanError, SetupRequest};
use crate::record::{PathState, Place};
use crate::setup::guide::guide;
use crate::setup::kept;
use crate::setup::kubeadm;

/// The paths of this machine that are looked at.
pub(super) fn paths(request: &SetupRequest) -> Vec<String> {
    let nodes = request
        .cluster
        .nodes
        .iter()
        .map(|node| node.name.as_str())
        .chain([archives::AUTHORITIES]);
    let archives = nodes.filter_map(|node| archives::path(request, node));
    archives
        .chain(request.guide.clone())
        .chain(request.kubeadm_config.clone())
        .collect()
}

/// The same below kubepki's own folder.
pub(super) fn kept_paths(request: &SetupRequest) -> Vec<String> {
    vec![
        kept::FOLDER.to_owned(),
        format!(
            "{}/{}",
            kept::FOLDER,
            kept::file_name(&request.cluster.name)
        ),
    ]
}

/// Where the answers are kept on this machine; `None`: there is no such folder.
pub(in crate::plan::setup) fn kept_path(
    materials: &Materials,
    request: &SetupRequest,
) -> Option<String> {
    let state = materials.state.as_ref()?;
    Some(format!(
        "{state}/{}/{}",
        kept::FOLDER,
        kept::file_name(&request.cluster.name)
    ))
}

/// What is not as a person may think who reads of these files.
pub(super) fn warnings(
    materials: &Materials,
    request: &SetupRequest,
    changes: &[Change],
) -> Vec<String> {
    let mut warnings = Vec::new();
    let lost = kubeadm::unwritten(&request.cluster);
    let is_written = |path: &String| {
        changes
            .iter()
            .any(|change| change.place == Place::Local && change.path == *path)
    };
    if let Some(path) = request
        .kubeadm_config
        .as_ref()
        .filter(|path| is_written(path) && !lost.is_empty())
    {
        warnings.push(format!(
            "{}: kubeadm's configuration has no fields for {}: who sets up by it says these again",
            printable(path),
            lost.join(", ")
        ));
    }
    let (user, _) = materials.user;
    if user != 0 && changes.iter().any(|change| change.place == Place::Master) {
        warnings.push(format!(
            "this is not root: what is made here belongs to the user {user}, and kubeadm and the components want root's \
             files; set up as root, or give them to root: chown -R root:root"
        ));
    }
    warnings
}

/// Adds them.
pub(super) fn add(
    changes: &mut Changes<'_>,
    materials: &Materials,
    request: &SetupRequest,
) -> Result<(), PlanError> {
    if let Some(path) = kept_path(materials, request) {
        let text = kept::to_yaml(&request.cluster)
            .map_err(|why| PlanError::refused("the answers cannot be kept").because(why))?;
        changes.file(
            &path,
            (Secret::new(text.into_bytes()), 0o600),
            "the answers, without secrets",
        )?;
    }
    let texts = [
        (&request.guide, "what comes next"),
        (
            &request.kubeadm_config,
            "the answers as kubeadm's configuration",
        ),
    ];
    for (path, summary) in texts {
        let Some(path) = path else { continue };
        let is_guide = request.guide.as_ref() == Some(path);
        let text = if is_guide {
            guide(&request.cluster, None).to_markdown()
        } else {
            kubeadm::write(&request.cluster)
        };
        let before = path_state(&materials.local, path);
        let content = Secret::new(text.into_bytes());
        let digest = hex(&sha256(content.expose()));
        if before.sha256() == Some(digest.as_str()) {
            continue;
        }
        if before != PathState::Absent && !request.replace.contains(path) {
            return Err(in_the_way(path, "it is there already")
                .hint("name another file, or remove it first"));
        }
        changes.file(path, (content, 0o644), summary)?;
    }
    Ok(())
}
