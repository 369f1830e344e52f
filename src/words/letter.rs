//! A plan as a letter: what happens, on which machine, who holds the old files, how it is taken
//! back.

use std::collections::BTreeSet;

use unicode_width::UnicodeWidthStr as _;

use super::Meaning::{Bad, Good, Key, Strong, Text, Warn};
use super::{Line, Meaning, count};
use crate::kubernetes::component::{Component, joined};
use crate::pki::GeneralName;
use crate::record::{
    ChangeAction, Decided, IssueSummary, KeyChange, Place, PlanKind, PlanSummary, Reason,
};

/// What stands beside a copy of a certificate.
pub const COPY: &str = "the same certificate, refreshed too";

/// Who tells the letter: what is a face's own in it.
pub struct Face<'a> {
    /// What the certificate of this id is called.
    pub name: &'a dyn Fn(&str) -> String,
    /// What takes the plan back: a key, or a command.
    pub undo: &'a str,
    /// What stands between halves of a sentence.
    pub between: &'a str,
    /// Cells of a line; longer lists are counted.
    pub room: usize,
    /// Whether the programs that hold old files are named at once; else they stand below.
    pub names_programs: bool,
    /// The root of the master.
    pub root: &'a str,
}

/// What is said where nothing else is.
pub const NO_RISK: &str = "nothing is known that could go wrong";

/// How it begins: what happens, who holds the old files, how it is taken back.
pub fn opening(plan: &PlanSummary, face: &Face<'_>) -> Vec<Line> {
    let programs: Vec<Component> = plan
        .must_restart()
        .map(|restart| restart.component)
        .collect();
    let mut lines = what(plan, face);
    // Where a cluster begins nothing runs that could hold old files.
    if plan.nodes.is_empty() || !programs.is_empty() {
        let mut line = holders(plan, programs.len());
        if face.names_programs && !programs.is_empty() {
            line.push((format!(": {}", joined(programs, ", ")), Text));
        }
        lines.push(line);
    }
    lines.extend((plan.nodes.is_empty() || !plan.is_empty()).then(|| taken_back(plan, face)));
    lines
}

/// Why somebody must look at it, and what can go wrong: each once, the worst first. Who `asked` for
/// this very plan knows why one looks at it.
pub fn risks(plan: &PlanSummary, asked: bool) -> Vec<Reason> {
    let asks = if asked { &[][..] } else { plan.asks.as_slice() };
    let (seen, looked): (Vec<Reason>, Vec<Reason>) = asks
        .iter()
        .cloned()
        .partition(|reason| matches!(reason, Reason::Warning(_)));
    let others = (0..plan.warnings.len())
        .map(Reason::Warning)
        .filter(|one| !asks.contains(one));
    seen.into_iter().chain(looked).chain(others).collect()
}

/// What happens, then of several machines what is written where.
fn what(plan: &PlanSummary, face: &Face<'_>) -> Vec<Line> {
    if plan.nodes.is_empty() {
        vec![on_master(plan)]
    } else {
        on_machines(plan, face)
    }
}

fn on_master(plan: &PlanSummary) -> Line {
    let is_local = plan
        .changes
        .iter()
        .all(|change| change.place != Place::Master);
    let files = count::of(plan.files().count(), "file");
    let is_for_others = matches!(
        plan.kind,
        Some(PlanKind::Issue | PlanKind::Import | PlanKind::Decide)
    );
    let whose = if is_local && is_for_others {
        "on this machine"
    } else if is_local {
        "of kubepki's own"
    } else {
        "on this master"
    };
    let all = |what: &str| {
        (
            format!("{files} {what}"),
            format!(" {whose}, one transaction"),
        )
    };
    let only_changes = plan
        .changes
        .iter()
        .all(|change| change.action != ChangeAction::Create);
    let (what, rest) = match (&plan.kind, plan.issues.len()) {
        (_, 0) if plan.is_empty() => ("nothing to do".to_owned(), String::new()),
        (Some(PlanKind::Undo(_) | PlanKind::Redo(_)), _) => all("as before"),
        (Some(PlanKind::Prune), _) => (format!("{files} dropped"), format!(" {whose}")),
        (Some(PlanKind::Bootstrap), _) if only_changes => all("changed"),
        (Some(PlanKind::Setup | PlanKind::Import | PlanKind::Bootstrap), _)
        | (Some(PlanKind::Issue), 0) => all("made"),
        (Some(PlanKind::Issue), issues) => (
            format!("{} issued", count::of(issues, "certificate")),
            format!(" in {files} {whose}, one transaction"),
        ),
        (Some(PlanKind::Confirm), _) => all("written"),
        (Some(PlanKind::Decide), _) => (
            decided(plan),
            format!(" in {files} {whose}, one transaction"),
        ),
        // Journals of earlier releases do not say what they were.
        (Some(PlanKind::Renew) | None, 0) => all("changed"),
        (Some(PlanKind::Renew) | None, issues) => (
            format!("{} renewed", count::of(issues, "certificate")),
            format!(" in {files} {whose}, one transaction"),
        ),
    };
    vec![(what, Strong), (rest, Text)]
}

/// What becomes of requests: "1 request signed".
fn decided(plan: &PlanSummary) -> String {
    let what = match plan.decisions.first().map(|decision| decision.decided) {
        Some(Decided::Denied) => "denied",
        Some(Decided::Deleted) => "taken away",
        Some(Decided::Signed) | None => "signed",
    };
    format!("{} {what}", count::of(plan.decisions.len(), "request"))
}

fn on_machines(plan: &PlanSummary, face: &Face<'_>) -> Vec<Line> {
    if plan.is_empty() {
        return [vec![("nothing to do".to_owned(), Strong)]]
            .into_iter()
            .chain(kept(plan))
            .collect();
    }
    let machines = plan
        .nodes
        .iter()
        .filter(|node| !node.roles.is_empty())
        .count();
    let what = match plan.issues.len() {
        0 => count::of(plan.nodes.iter().map(|node| node.files.len()).sum(), "file"),
        issues => count::of(issues, "certificate"),
    };
    let machines = format!(" for {}, one transaction", count::of(machines, "machine"));
    let mut lines = vec![
        vec![(what, Strong), (machines, Text)],
        place(plan, face.root.trim_end_matches('/')),
    ];
    lines.extend(kept(plan));
    lines
}

/// What is written here, and how many archives there are for other machines.
fn place(plan: &PlanSummary, root: &str) -> Line {
    let archives = plan
        .nodes
        .iter()
        .filter(|node| node.archive.is_some())
        .count();
    let archives = if archives > 0 {
        count::of(archives, "archive")
    } else {
        String::new()
    };
    let Some(node) = plan.nodes.iter().find(|node| node.archive.is_none()) else {
        return vec![
            (archives, Strong),
            (format!(": nothing is written below {root}/etc here"), Text),
        ];
    };
    let new = node.files.iter().filter(|file| !file.kept).count();
    let below = if root.is_empty() {
        String::new()
    } else {
        format!(", below {root}")
    };
    let others = if archives.is_empty() {
        String::new()
    } else {
        format!("; {archives} for the others")
    };
    let files = format!(" is this machine: {} here{below}", count::of(new, "file"));
    vec![(node.name.clone(), Strong), (files, Text), (others, Text)]
}

/// What is there and stays.
fn kept(plan: &PlanSummary) -> Option<Line> {
    let files = plan
        .nodes
        .iter()
        .flat_map(|node| &node.files)
        .filter(|file| file.kept);
    let kept: BTreeSet<&str> = files.map(|file| file.path.as_str()).collect();
    let (is, it_is) = (
        count::word(kept.len(), "is", "are"),
        count::word(kept.len(), "it is", "they are"),
    );
    let stay = format!(" {is} there already, verified, and left as {it_is}");
    (!kept.is_empty()).then(|| vec![(count::of(kept.len(), "file"), Good), (stay, Text)])
}

/// How many programs hold the old files of a plan.
pub fn holders(plan: &PlanSummary, programs: usize) -> Line {
    if programs == 0 {
        return vec![("no program must be restarted".to_owned(), Text)];
    }
    let old = if takes_back(plan) {
        "what is undone"
    } else {
        "the old ones"
    };
    let (hold, they) = (
        count::word(programs, "holds", "hold"),
        count::word(programs, "it restarts", "they restart"),
    );
    vec![
        (count::of(programs, "program"), Strong),
        (format!(" still {hold} {old} until {they}"), Text),
    ]
}

/// Who signs, and how it is taken back.
fn taken_back(plan: &PlanSummary, face: &Face<'_>) -> Line {
    let own = |text: &str| text.to_owned();
    let undo = |behind: String| vec![(own("undo: "), Text), (own(face.undo), Key), (behind, Text)];
    if !plan.nodes.is_empty() {
        return undo(own(" takes all of it back"));
    }
    if plan.kind == Some(PlanKind::Prune) {
        return vec![(own("what is dropped cannot be brought back"), Warn)];
    }
    if takes_back(plan) {
        return vec![(own("the files of now are kept, too"), Text)];
    }
    let is_new = |action| matches!(action, ChangeAction::Create | ChangeAction::Directory);
    let makes_only = plan.changes.iter().all(|change| is_new(change.action));
    let is_made = matches!(plan.kind, Some(PlanKind::Issue | PlanKind::Decide));
    let undo = undo(if is_made && makes_only {
        own(" takes the new files away")
    } else {
        format!("{}old files are kept", face.between)
    });
    let used = undo.iter().map(|(text, _)| text.width()).sum();
    let mut line = signers(plan, face, used);
    line.extend(undo);
    line
}

fn takes_back(plan: &PlanSummary) -> bool {
    matches!(plan.kind, Some(PlanKind::Undo(_) | PlanKind::Redo(_)))
}

/// The CAs by their names, or how many there are where these take too much room.
fn signers(plan: &PlanSummary, face: &Face<'_>, used: usize) -> Line {
    let mut names: Vec<String> = Vec::new();
    for issue in &plan.issues {
        let name = (face.name)(&issue.authority);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    // An import brings what somebody else has signed.
    let is_import = plan.kind == Some(PlanKind::Import);
    let (one, all) = if is_import {
        ("has signed", "have signed")
    } else {
        ("signs, key here", "sign, keys here")
    };
    let (signers, sign) = match names.as_slice() {
        [] => return Vec::new(),
        [one_name] => (format!("CA {one_name}"), one),
        more => (format!("CAs {}", more.join(", ")), all),
    };
    let sign = format!(" {sign}{}", face.between);
    let is_long = names.len() > 1 && signers.width() + sign.width() + used > face.room;
    let signers = if is_long {
        format!("{} CAs", names.len())
    } else {
        signers
    };
    vec![(signers, Good), (sign, Text)]
}

/// What stands above that which a plan leaves as it is; of what is issued: that which is to come.
pub fn left(plan: &PlanSummary) -> &'static str {
    if matches!(plan.kind, Some(PlanKind::Issue | PlanKind::Decide)) {
        "Still to come"
    } else {
        "Left alone"
    }
}

/// The key of a new certificate: "RSA-2048 new", "ECDSA-P256 kept".
pub fn key(issue: &IssueSummary) -> String {
    let kept = match issue.key {
        KeyChange::New => "new",
        KeyChange::Kept => "kept",
    };
    format!("{} {kept}", issue.after.details().key_algorithm)
}

/// The subject alternative names of a new certificate: `-` those that go, `+` those that come, then
/// those of both.
pub fn names(issue: &IssueSummary) -> Vec<(String, Meaning)> {
    let after = issue.after.details().subject_alt_names;
    let before = issue
        .before
        .as_ref()
        .map(|before| before.details().subject_alt_names)
        .unwrap_or_default();
    let signed = |sign: &str, name: &GeneralName, meaning| (format!("{sign}{name}"), meaning);
    let gone = before
        .iter()
        .filter(|name| !after.contains(name))
        .map(|name| signed("-", name, Bad));
    let new = after
        .iter()
        .filter(|name| !before.contains(name))
        .map(|name| signed("+", name, Good));
    // What changes comes first: the list may be longer than the screen.
    let kept = after
        .iter()
        .filter(|name| before.contains(name))
        .map(|name| signed("", name, Text));
    gone.chain(new).chain(kept).collect()
}
