//! A plan for several machines, machine by machine: what is written here, which archive goes where, and how.
//!
//! ```text
//! 31 certificates for 3 machines, one transaction
//! master-1 is this machine: 24 files here; 2 archives for the others
//!
//! master-2   control plane, etcd
//!   archive   /root/prod-master-2.tar   SHA-256 4f2a…
//!   send      scp /root/prod-master-2.tar root@10.0.0.11:
//!   0600      /etc/kubernetes/pki/apiserver.key   key of apiserver
//!   as above  ca.crt, ca.key, sa.key, sa.pub
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::change::issue_name;
use super::super::document::{Entry, Writer};
use super::super::theme::Role;
use super::super::world::World;
use super::super::{text, words};
use crate::model::{Action, Route};
use crate::pki::Certificate;
use crate::record::{IssueSummary, NodeFile, NodeSummary, PlanSummary};

/// What the plan does to which machines, and how it is taken back: three lines.
pub(super) fn letter(page: &mut Writer<'_>, world: &World, plan: &PlanSummary) {
    let machines = plan.nodes.iter().filter(|node| !node.roles.is_empty()).count();
    let what = match plan.issues.len() {
        0 => text::count(plan.nodes.iter().map(|node| node.files.len()).sum(), "file"),
        issues => text::count(issues, "certificate"),
    };
    let of = format!(" for {}, one transaction", text::count(machines, "machine"));
    page.sentence(vec![(&what, Role::Bright), (&of, Role::Text)]);
    let here = plan.nodes.iter().find(|node| node.archive.is_none());
    let archives = plan.nodes.iter().filter(|node| node.archive.is_some()).count();
    let archives = if archives > 0 { text::count(archives, "archive") } else { String::new() };
    match here {
        Some(node) => {
            let new = node.files.iter().filter(|file| !file.kept).count();
            let files = format!(" is this machine: {} here", text::count(new, "file"));
            let others = if archives.is_empty() { String::new() } else { format!("; {archives} for the others") };
            page.sentence(vec![(&node.name, Role::Bright), (&files, Role::Text), (&others, Role::Text)]);
        }
        None => {
            page.sentence(vec![(&archives, Role::Bright), (": nothing is written below /etc here", Role::Text)]);
        }
    }
    let kept: BTreeSet<&str> = plan
        .nodes
        .iter()
        .flat_map(|node| &node.files)
        .filter(|file| file.kept)
        .map(|file| file.path.as_str())
        .collect();
    if !kept.is_empty() {
        let (files, stay) = (text::count(kept.len(), "file"), if kept.len() == 1 { "is" } else { "are" });
        let words = format!(
            " {stay} there already, verified, and left as {}",
            if kept.len() == 1 { "it is" } else { "they are" }
        );
        page.sentence(vec![(&files, Role::Good), (&words, Role::Text)]);
    }
    let key = world.keymap.keys(Action::Undo).first().map(ToString::to_string).unwrap_or_default();
    page.sentence(vec![("undo: ", Role::Text), (&key, Role::Accent), (" takes all of it back", Role::Text)]);
}

/// Each machine with its certificates, files and archive. What all of them have stands once.
pub(super) fn machines(page: &mut Writer<'_>, world: &World, plan: &PlanSummary, operation: Option<&Arc<str>>) {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for node in &plan.nodes {
        page.heading(&heading(node));
        match &node.archive {
            Some(archive) => {
                page.fact("archive", &archive.path).copies(&archive.path);
                page.fact("SHA-256", &archive.sha256).copies(&archive.sha256);
                for (label, command) in std::iter::once("send").chain(std::iter::repeat("")).zip(&archive.send) {
                    page.styled(label, vec![(command, Role::Bright)]).copies(command);
                }
            }
            None => {
                page.styled("here", vec![("this machine: its files are written below /", Role::Text)]);
            }
        }
        for issue in plan.issues.iter().filter(|issue| is_of(issue, node, &seen)) {
            let difference = Route::Difference { operation: operation.cloned(), issue: issue.id.as_str().into() };
            certificate(page, world, issue).opens(difference);
        }
        files(page, node, &mut seen);
    }
}

fn heading(node: &NodeSummary) -> String {
    let name = text::show(&node.name);
    if node.roles.is_empty() { name } else { format!("{name}   {}", text::show(&node.roles)) }
}

/// Whether a certificate is one of this machine's, and stands not above already.
fn is_of(issue: &IssueSummary, node: &NodeSummary, seen: &BTreeSet<&str>) -> bool {
    let is_new = |path: &String| !seen.contains(path.as_str()) && node.files.iter().any(|file| file.path == *path);
    match &issue.node {
        Some(name) => *name == node.name,
        None => issue.paths.iter().any(is_new),
    }
}

/// A new certificate: name, end, subject.
fn certificate<'p>(page: &'p mut Writer<'_>, world: &World, issue: &IssueSummary) -> &'p mut Entry {
    let details = issue.after.details();
    let end = format!("until {}   ", text::date(details.not_after));
    let subject = details.subject.to_rfc4514();
    page.styled(&short_name(world, issue), vec![(&end, Role::Good), (&subject, Role::Dim)])
}

/// Without the machine's name, below whose heading it stands.
fn short_name(world: &World, issue: &IssueSummary) -> String {
    let name = issue_name(world, &issue.id);
    let own = issue.node.as_ref().and_then(|node| name.strip_suffix(&format!("@{}", text::show(node))));
    own.map_or(name.clone(), str::to_owned)
}

fn files<'a>(page: &mut Writer<'_>, node: &'a NodeSummary, seen: &mut BTreeSet<&'a str>) {
    let (again, own): (Vec<&NodeFile>, Vec<&NodeFile>) =
        node.files.iter().partition(|file| file.shared && seen.contains(file.path.as_str()));
    for file in own {
        let mode = format!("{:04o}", file.mode);
        let what = format!("   {}", file.summary);
        let note = match (file.kept, file.shared) {
            (true, _) => "   stays as it is",
            (false, true) => "   the same on others",
            (false, false) => "",
        };
        page.styled(&mode, vec![(&file.path, Role::Text), (&what, Role::Dim), (note, Role::Good)]);
        if file.shared {
            seen.insert(&file.path);
        }
    }
    if !again.is_empty() {
        let names: Vec<&str> = again.iter().map(|file| file.path.as_str()).collect();
        page.styled("as above", vec![(&names.join(", "), Role::Dim)]);
    }
}

/// Each certificate in full: who it is, its names, how long it lives.
pub(super) fn in_full(page: &mut Writer<'_>, world: &World, plan: &PlanSummary) {
    for issue in &plan.issues {
        page.heading(&issue_name(world, &issue.id));
        facts(page, &issue.after);
        let signer =
            if issue.authority == issue.id { "itself".to_owned() } else { issue_name(world, &issue.authority) };
        page.fact("signed by", &signer);
        for path in &issue.paths {
            page.fact("file", &words::short_path(world, path));
        }
        if !issue.programs.is_empty() {
            page.fact("read by", &issue.programs.join(", "));
        }
    }
}

fn facts(page: &mut Writer<'_>, certificate: &Certificate) {
    let details = certificate.details();
    page.fact("subject", &details.subject.to_rfc4514());
    let names: Vec<String> = details.subject_alt_names.iter().map(ToString::to_string).collect();
    if !names.is_empty() {
        page.fact("names", &names.join(", "));
    }
    if !details.extended_key_usage.is_empty() {
        page.fact("extended usage", &details.extended_key_usage.join(", "));
    }
    page.fact("not before", &text::date_time(details.not_before));
    page.fact("not after", &text::date_time(details.not_after));
    page.fact("key", &details.key_algorithm);
}
