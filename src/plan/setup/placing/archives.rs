//! One archive for each other node, and one for the keys of CAs that stay on none.

use super::here::{is_for_here, mode};
use crate::pki::text::{printable, quoted};
use crate::pki::{Secret, hex, sha256};
use crate::plan::archive::{self, Member, own_folders};
use crate::plan::files::{Changes, FOLDER_MODE, in_the_way, path_state};
use crate::plan::setup::SetupTask;
use crate::plan::setup::made::{MadeCluster, MadeFile};
use crate::plan::{PlanError, SetupRequest};
use crate::record::{ArchiveSummary, NodeFile, NodeSummary, PathState};
use crate::setup::{AuthorityKeys, ClusterSpec, Node, NodeRole};

/// The name of what is no node: the keys of CAs that stay on none.
pub(super) const AUTHORITIES: &str = "authorities";

/// The archive's path on this machine.
pub(super) fn path(request: &SetupRequest, node: &str) -> Option<String> {
    let folder = request.archives.as_ref()?;
    Some(format!(
        "{}/{}-{node}.tar",
        folder.trim_end_matches('/'),
        request.cluster.name
    ))
}

/// The nodes for which something is made, the one here first.
fn nodes(request: &SetupRequest) -> Vec<&Node> {
    let is_here = |node: &Node| request.here.as_ref() == Some(&node.name);
    let nodes = request.cluster.nodes.iter();
    let mut nodes: Vec<&Node> = nodes
        .filter(|node| request.only.is_empty() || request.only.contains(&node.name))
        .collect();
    nodes.sort_by_key(|node| !is_here(node));
    nodes
}

/// Adds the archives of all other nodes, and tells what each node gets.
pub(super) fn add(
    changes: &mut Changes<'_>,
    task: SetupTask<'_>,
    made: &MadeCluster,
) -> Result<Vec<NodeSummary>, PlanError> {
    let request = task.request;
    let mut told = Vec::new();
    let leaves_keys_out = request.cluster.authority_keys != AuthorityKeys::EveryMaster;
    for node in nodes(request) {
        let roles = roles(&request.cluster, node);
        if request.here.as_ref() == Some(&node.name) {
            let files: Vec<&MadeFile> = made
                .files
                .iter()
                .filter(|file| is_for_here(request, file))
                .collect();
            let mut here = summary(&node.name, roles, None, &files);
            for (told, file) in here.files.iter_mut().zip(&files) {
                told.mode = mode(task.materials, file);
            }
            told.push(here);
            continue;
        }
        let is_its = |file: &&MadeFile| {
            file.nodes.contains(&node.name) && !(file.is_authority_key && leaves_keys_out)
        };
        let files: Vec<&MadeFile> = made.files.iter().filter(is_its).collect();
        if !files.is_empty() {
            let archive = one(changes, task, &node.name, &files)?;
            let archive = ArchiveSummary {
                send: send(&archive.0, &archive.1, node),
                path: archive.0,
                sha256: archive.1,
            };
            told.push(summary(&node.name, roles, Some(archive), &files));
        }
    }
    let is_apart = |file: &&MadeFile| {
        let is_on_none =
            file.nodes.is_empty() || request.cluster.authority_keys == AuthorityKeys::Apart;
        file.is_authority_key && !file.is_kept && is_on_none
    };
    let files: Vec<&MadeFile> = made.files.iter().filter(is_apart).collect();
    if !files.is_empty() {
        let (path, sha256) = one(changes, task, AUTHORITIES, &files)?;
        let archive = ArchiveSummary {
            send: Vec::new(),
            path,
            sha256,
        };
        told.push(summary(
            AUTHORITIES,
            "keys of CAs, on no node".to_owned(),
            Some(archive),
            &files,
        ));
    }
    Ok(told)
}

/// Adds one archive: its path and digest.
fn one(
    changes: &mut Changes<'_>,
    task: SetupTask<'_>,
    node: &str,
    files: &[&MadeFile],
) -> Result<(String, String), PlanError> {
    let SetupTask {
        materials,
        request,
        context,
        ..
    } = task;
    let Some(path) = path(request, node) else {
        return Err(PlanError::refused(
            "the files of other nodes go to archives, and no folder for them is named",
        )
        .because(if node == AUTHORITIES {
            "the keys of CAs that stay on no node are one".to_owned()
        } else {
            format!("{} is not here", printable(node))
        })
        .hint("name one outside the PKI: --archives DIR"));
    };
    if path_state(&materials.local, &path) != PathState::Absent && !request.replace.contains(&path)
    {
        let hint = "send it and remove it, or name another folder: --archives DIR";
        return Err(in_the_way(
            &path,
            "an archive is there already, and may hold keys that are nowhere else",
        )
        .hint(hint));
    }
    let content = archive::write(&members(files), context.moment)?;
    let digest = hex(&sha256(content.expose()));
    changes.file(&path, (content, 0o600), &format!("archive for {node}"))?;
    Ok((path, digest))
}

/// The files with the folders above them, each before what is in it.
fn members(files: &[&MadeFile]) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for file in files {
        for folder in own_folders(&file.path) {
            if !members.iter().any(|member| member.path == folder) {
                members.push(Member {
                    path: folder.to_owned(),
                    mode: FOLDER_MODE,
                    content: None,
                });
            }
        }
        members.push(member(file));
    }
    members
}

fn member(file: &MadeFile) -> Member {
    Member {
        path: file.path.clone(),
        mode: file.mode,
        content: Some(Secret::clone(&file.content)),
    }
}

/// What one types to bring it there. The digest is compared on the node before anything is
/// unpacked.
fn send(path: &str, digest: &str, node: &Node) -> Vec<String> {
    let Some(address) = node.address() else {
        return Vec::new();
    };
    let host = if address.is_ipv6() {
        format!("[{address}]")
    } else {
        address.to_string()
    };
    let name = path.rsplit('/').next().unwrap_or_default();
    let (line, name) = (format!("{digest}  {name}"), quoted(name));
    let remote = format!(
        "echo {} | sha256sum -c && tar -xpf {name} -C / && rm {name}",
        quoted(&line)
    );
    vec![
        format!("scp {} {}", quoted(path), quoted(&format!("root@{host}:"))),
        format!(
            "ssh {} {}",
            quoted(&format!("root@{address}")),
            quoted(&remote)
        ),
    ]
}

/// As "control plane, etcd".
fn roles(cluster: &ClusterSpec, node: &Node) -> String {
    let is_member = cluster.members().any(|member| member.name == node.name);
    let words = [
        (node.is(NodeRole::ControlPlane), "control plane"),
        (is_member, "etcd"),
        (node.is(NodeRole::Worker), "worker"),
    ];
    words
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, word)| word)
        .collect::<Vec<_>>()
        .join(", ")
}

fn summary(
    name: &str,
    roles: String,
    archive: Option<ArchiveSummary>,
    files: &[&MadeFile],
) -> NodeSummary {
    let files = files.iter().map(|file| NodeFile {
        path: file.path.clone(),
        summary: file.summary.clone(),
        mode: file.mode,
        shared: file.is_shared && file.nodes.len() > 1,
        kept: file.is_kept,
    });
    NodeSummary {
        name: name.to_owned(),
        roles,
        archive,
        files: files.collect(),
    }
}
