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

use super::super::document::{DocumentEntry, PageWriter};
use super::super::rows::Cell;
use super::super::{chrome, text, words};
use crate::kubernetes::component::joined;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Route};
use crate::pki::{Certificate, usage};
use crate::record::{IssueSummary, NodeFile, NodeSummary, PlanSummary};
use crate::words::{count, date};

/// The widest first column, in cells.
const MOST_NAME: usize = 34;

/// Each machine in a row, then each with its certificates and files. What all of them have stands
/// once.
pub(super) fn machines(
    page: &mut PageWriter<'_>,
    world: &World,
    plan: &PlanSummary,
    operation: Option<&Arc<str>>,
) {
    let name = widest(plan.nodes.iter().map(|node| node.name.as_str()));
    let roles = widest(plan.nodes.iter().map(|node| node.roles.as_str()));
    for node in plan.nodes.iter().filter(|_| plan.nodes.len() > 1) {
        let files = count::of(node.files.len(), "file");
        let place = node
            .archive
            .as_ref()
            .map_or("here", |archive| archive.path.as_str());
        page.row(vec![
            Cell::left(text::show(&node.name), name, world.style(Tone::Text)),
            Cell::left(text::show(&node.roles), roles, world.style(Tone::Dim)),
            Cell::right(files, 9, world.style(Tone::Text)),
            Cell::left(
                format!("  {}", text::show(place)),
                rest(world, name + roles + 9),
                world.style(Tone::Dim),
            ),
        ]);
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for node in &plan.nodes {
        page.heading(&heading(node));
        sending(page, node);
        let its: Vec<_> = plan
            .issues
            .iter()
            .filter(|issue| owner(plan, issue) == Some(&node.name))
            .collect();
        let name = widest(its.iter().map(|issue| issue.id.as_str()));
        for issue in its {
            let difference = Route::Difference {
                operation: operation.cloned(),
                issue: issue.id.as_str().into(),
            };
            certificate(page, world, issue, name).opens(difference);
        }
        files(page, node, plan.nodes.len() > 1, &mut seen);
    }
}

/// The archives and the commands that bring them to their machines, as the first thing to do.
pub(super) fn to_do(page: &mut PageWriter<'_>, world: &World, plan: &PlanSummary) {
    if plan.nodes.is_empty() {
        return;
    }
    page.heading("What comes next");
    let key = world
        .keymap
        .keys(Action::Guide)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    page.styled(
        &key,
        vec![(
            "flags, copies, secrets, who is who, and one machine more",
            Tone::Text,
        )],
    );
    for node in plan.nodes.iter().filter(|node| node.archive.is_some()) {
        page.heading(&format!("Send to {}", text::show(&node.name)));
        sending(page, node);
    }
}

fn sending(page: &mut PageWriter<'_>, node: &NodeSummary) {
    let Some(archive) = &node.archive else { return };
    page.fact("archive", &archive.path).copies(&archive.path);
    page.fact("SHA-256", &archive.sha256)
        .copies(&archive.sha256);
    for (label, command) in std::iter::once("send")
        .chain(std::iter::repeat(""))
        .zip(&archive.send)
    {
        page.styled(label, vec![(command, Tone::Bright)])
            .copies(command);
    }
}

/// Cells for the last column of a row.
fn rest(world: &World, used: usize) -> usize {
    usize::from(chrome::areas(world).body.width.saturating_sub(3)).saturating_sub(used)
}

/// Cells for the longest of these, and a gap.
fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts
        .map(|one| text::width(&text::show(one)))
        .max()
        .unwrap_or(0)
        .min(MOST_NAME)
        + 2
}

fn heading(node: &NodeSummary) -> String {
    let name = text::show(&node.name);
    if node.roles.is_empty() {
        name
    } else {
        format!("{name}   {}", text::show(&node.roles))
    }
}

/// The machine below whose heading a certificate stands: its own, or of those that share it the
/// first.
fn owner<'a>(plan: &'a PlanSummary, issue: &'a IssueSummary) -> Option<&'a str> {
    if let Some(name) = &issue.node {
        return Some(name);
    }
    // The same path on another machine is another file, unless both share it.
    let is_named = |file: &&NodeFile| issue.paths.contains(&file.path);
    let is_own = |node: &&NodeSummary| {
        node.files
            .iter()
            .filter(is_named)
            .any(|file| file.shared || node.archive.is_none())
    };
    let has = |node: &&NodeSummary| node.files.iter().any(|file| is_named(&file));
    plan.nodes
        .iter()
        .find(is_own)
        .or_else(|| plan.nodes.iter().find(has))
        .map(|node| node.name.as_str())
}

/// A new certificate: name, end, subject.
fn certificate<'p>(
    page: &'p mut PageWriter<'_>,
    world: &World,
    issue: &IssueSummary,
    name: usize,
) -> &'p mut DocumentEntry {
    let details = issue.after.details();
    page.row(vec![
        Cell::left("", 2, world.style(Tone::Text)),
        Cell::left(short_name(world, issue), name, world.style(Tone::Text)),
        Cell::right(date::day(details.not_after), 11, world.style(Tone::Good)),
        Cell::left(
            format!("  {}", details.subject.to_rfc4514()),
            rest(world, name + 13),
            world.style(Tone::Dim),
        ),
    ])
}

/// What a certificate is called before and after it is there: by its role.
fn name(world: &World, id: &str) -> String {
    words::short_path(world, id)
}

/// Without the machine's name, below whose heading it stands.
fn short_name(world: &World, issue: &IssueSummary) -> String {
    let name = name(world, &issue.id);
    let own = issue
        .node
        .as_ref()
        .and_then(|node| name.strip_suffix(&format!("@{}", text::show(node))));
    own.map_or(name.clone(), str::to_owned)
}

fn files<'a>(
    page: &mut PageWriter<'_>,
    node: &'a NodeSummary,
    several: bool,
    seen: &mut BTreeSet<&'a str>,
) {
    let (again, own): (Vec<&NodeFile>, Vec<&NodeFile>) = node
        .files
        .iter()
        .partition(|file| file.shared && seen.contains(file.path.as_str()));
    for file in own {
        let mode = format!("{:04o}  ", file.mode);
        let what = format!("   {}", file.summary);
        let mark = match (file.kept, file.shared) {
            (true, _) => "   stays as it is",
            (false, true) if several => "   the same on others",
            _ => "",
        };
        page.text(vec![
            (&mode, Tone::Dim),
            (&file.path, Tone::Text),
            (&what, Tone::Dim),
            (mark, Tone::Good),
        ]);
        if file.shared {
            seen.insert(&file.path);
        }
    }
    if !again.is_empty() {
        let names: Vec<&str> = again.iter().map(|file| file.path.as_str()).collect();
        page.text(vec![
            ("as above  ", Tone::Dim),
            (&names.join(", "), Tone::Text),
        ]);
    }
}

/// Each certificate in full: who it is, its names, how long it lives.
pub(super) fn in_full(page: &mut PageWriter<'_>, world: &World, plan: &PlanSummary) {
    for issue in &plan.issues {
        page.heading(&name(world, &issue.id));
        facts(page, &issue.after);
        let signer = if issue.authority == issue.id {
            "itself".to_owned()
        } else {
            name(world, &issue.authority)
        };
        page.fact("signed by", &signer);
        for path in &issue.paths {
            page.fact("file", &words::short_path(world, path));
        }
        if !issue.programs.is_empty() {
            page.fact("read by", &joined(issue.programs.iter().copied(), ", "));
        }
    }
}

fn facts(page: &mut PageWriter<'_>, certificate: &Certificate) {
    let details = certificate.details();
    page.fact("subject", &details.subject.to_rfc4514());
    let names: Vec<String> = details
        .subject_alt_names
        .iter()
        .map(ToString::to_string)
        .collect();
    if !names.is_empty() {
        page.fact("names", &names.join(", "));
    }
    if !details.extended_key_usage.is_empty() {
        page.fact(
            "extended usage",
            &usage::joined(&details.extended_key_usage),
        );
    }
    page.fact("not before", &date::second(details.not_before));
    page.fact("not after", &date::second(details.not_after));
    page.fact("key", &details.key_algorithm.to_string());
}
