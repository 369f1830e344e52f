//! What a setup makes, node by node: `nodes` of a plan, and the same as text.

use std::fmt::Write as _;

use serde::Serialize;

use super::octal_mode;
use crate::cli::table::{Cell, Style, Table};
use crate::pki::text::printable;
use crate::record::{ArchiveSummary, NodeFile, NodeSummary, PlanSummary};

/// What is made for one node.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NodeDocument {
    name: String,
    roles: String,
    /// Null: its files are written here.
    archive: Option<ArchiveSummary>,
    files: Vec<FileDocument>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FileDocument {
    path: String,
    mode: String,
    summary: String,
    /// Other nodes get the very same file.
    shared: bool,
    /// It was there, and stays.
    kept: bool,
}

impl From<&NodeSummary> for NodeDocument {
    fn from(node: &NodeSummary) -> Self {
        Self {
            name: node.name.clone(),
            roles: node.roles.clone(),
            archive: node.archive.clone(),
            files: node.files.iter().map(FileDocument::from).collect(),
        }
    }
}

impl From<&NodeFile> for FileDocument {
    fn from(file: &NodeFile) -> Self {
        Self {
            path: file.path.clone(),
            mode: octal_mode(file.mode),
            summary: file.summary.clone(),
            shared: file.shared,
            kept: file.kept,
        }
    }
}

/// Each node with its files, those of archives with the lines that bring them there.
pub(super) fn text(plan: &PlanSummary, style: Style) -> String {
    plan.nodes.iter().fold(String::new(), |out, node| {
        let is_alone = plan.nodes.len() == 1 && node.archive.is_none();
        let files = files(&node.files, is_alone).render(style);
        out + "\n" + &head(node) + &node.archive.as_ref().map(sending).unwrap_or_default() + &files
    })
}

/// The archives with their digests, and the lines that bring them to their nodes.
pub(super) fn archives(plan: &PlanSummary) -> String {
    plan.nodes
        .iter()
        .fold(String::new(), |out, node| match &node.archive {
            Some(archive) => out + &head(node) + &sending(archive),
            None => out,
        })
}

/// True where a plan writes this file of the node whose files lie here: the node's own list tells
/// of it.
pub(super) fn tells_of(plan: &PlanSummary, path: &str) -> bool {
    let here = plan.nodes.iter().filter(|node| node.archive.is_none());
    here.flat_map(|node| &node.files)
        .any(|file| file.path == path)
}

fn head(node: &NodeSummary) -> String {
    let (name, roles) = (printable(&node.name), printable(&node.roles));
    let roles = if roles.is_empty() {
        String::new()
    } else {
        format!(" ({roles})")
    };
    match &node.archive {
        None => format!("{name}{roles}: written here\n"),
        Some(archive) => format!("{name}{roles}: {}\n", printable(&archive.path)),
    }
}

fn sending(archive: &ArchiveSummary) -> String {
    let mut out = format!("  sha256 {}\n", printable(&archive.sha256));
    for line in &archive.send {
        let _ = writeln!(out, "  {}", printable(line));
    }
    out
}

fn files(files: &[NodeFile], is_alone: bool) -> Table {
    let mut table = Table::new(&["MODE", "PATH", "WHAT", "NOTE"]);
    for file in files {
        let notes: Vec<&str> = [
            (file.kept, "kept"),
            (file.shared && !is_alone, "the same on other nodes"),
        ]
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, note)| *note)
        .collect();
        table.push(vec![
            Cell::new(octal_mode(file.mode)),
            Cell::new(&file.path),
            Cell::new(&file.summary),
            Cell::new(notes.join(", ")),
        ]);
    }
    table.without_empty_columns()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> PlanSummary {
        let file = |path: &str, shared, kept| NodeFile {
            path: path.to_owned(),
            summary: "a file".to_owned(),
            mode: 0o600,
            shared,
            kept,
        };
        let here = NodeSummary {
            name: "m-1".to_owned(),
            roles: "control plane".to_owned(),
            archive: None,
            files: vec![file("/etc/a", true, true), file("/etc/b", false, false)],
        };
        let there = NodeSummary {
            name: "m-\u{1b}2".to_owned(),
            roles: String::new(),
            archive: Some(ArchiveSummary {
                path: "/x/prod-m-2.tar".to_owned(),
                sha256: "abc".to_owned(),
                send: vec!["scp /x/prod-m-2.tar m-2:".to_owned()],
            }),
            files: vec![file("/etc/c", false, false)],
        };
        PlanSummary {
            nodes: vec![here, there],
            ..PlanSummary::default()
        }
    }

    #[test]
    fn each_node_has_its_files_and_each_archive_its_way() {
        let plan = plan();
        assert_eq!(
            text(&plan, Style::default()),
            "\nm-1 (control plane): written here\n\
             MODE  PATH    WHAT    NOTE\n\
             0600  /etc/a  a file  kept, the same on other nodes\n\
             0600  /etc/b  a file\n\
             \nm-\\u{1b}2: /x/prod-m-2.tar\n  sha256 abc\n  scp /x/prod-m-2.tar m-2:\n\
             MODE  PATH    WHAT\n\
             0600  /etc/c  a file\n"
        );
        assert_eq!(
            archives(&plan),
            "m-\\u{1b}2: /x/prod-m-2.tar\n  sha256 abc\n  scp /x/prod-m-2.tar m-2:\n"
        );
        assert!(tells_of(&plan, "/etc/b") && !tells_of(&plan, "/etc/c"));
    }

    #[test]
    fn as_json() {
        let nodes: Vec<NodeDocument> = plan().nodes.iter().map(NodeDocument::from).collect();
        let json = serde_json::to_value(nodes).unwrap();
        assert_eq!(json[0]["archive"], serde_json::Value::Null);
        assert_eq!(
            (&json[0]["files"][0]["mode"], &json[0]["files"][0]["kept"]),
            (&"0600".into(), &true.into())
        );
        assert_eq!(json[1]["archive"]["sha256"], "abc");
    }
}
