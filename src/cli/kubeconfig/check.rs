//! `kubeconfig check`: whether a kubeconfig's CA verifies its server, by the files and by what is
//! served.

use std::sync::Arc;

use serde::Serialize;

use super::find;
use crate::cli::arguments::{CheckArguments, Form, Global};
use crate::cli::document::ListDocument;
use crate::cli::exit_of;
use crate::cli::failure::{Exit, Failure};
use crate::cli::master::{Master, open_options};
use crate::cli::output;
use crate::cli::table::{Cell, Style, Table};
use crate::engine::node::Node;
use crate::inventory::state::Status;
use crate::kubernetes::address::Address;
use crate::pki::text::printable;
use crate::running::{Observation, ProbeTarget, ServerVerdict, View, kubeconfig_views};
use crate::words::kubeconfig as told;

/// Something was not verified: exit code 1 of `check`.
const WARNING: u8 = 1;
/// A CA does not verify its server: exit code 2 of `check`.
const MISMATCH: u8 = 2;

/// One cluster of a kubeconfig that its contexts use.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckDocument {
    path: String,
    contexts: Vec<String>,
    /// Whether the current context uses it.
    current: bool,
    cluster: String,
    server: String,
    /// The proxy before it: nothing is asked there.
    proxy: Option<String>,
    /// By the certificate that lies on the disk for the server.
    offline: VerdictDocument,
    /// By the one that the server presented; `null` without --live.
    live: Option<VerdictDocument>,
    /// Why the server presented none.
    silence: Option<String>,
}

#[derive(Debug, Serialize)]
struct VerdictDocument {
    /// As in a `ProbeList`.
    answer: Answered,
    /// `null` where it is accepted.
    why: Option<String>,
    /// The same to people.
    #[serde(skip)]
    word: &'static str,
}

/// What kubectl says to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Answered {
    Accepted,
    Refused,
    Unverified,
    Unknown,
}

/// Runs `kubeconfig check`: the text for standard output, and the exit code.
pub(in crate::cli) fn check(
    global: &Global,
    master: &Master,
    arguments: &CheckArguments,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let path = arguments
        .what
        .as_deref()
        .map(|what| find(master, what))
        .transpose()?
        .map(|item| item.path.clone());
    let views = |seen: &Observation| {
        let mut views = kubeconfig_views(&master.inventory, seen, master.at);
        views.retain(|view| path.as_ref().is_none_or(|path| *path == view.path));
        views
    };
    let offline = views(&Observation::default());
    let seen = arguments.live.then(|| {
        let shows = |view: &&View| {
            view.proxy.is_none()
                && Address::parse(&view.server).is_some_and(|address| address.is_tls())
        };
        let mut servers: Vec<&str> = offline
            .iter()
            .filter(shows)
            .map(|view| view.server.as_str())
            .collect();
        servers.sort_unstable();
        servers.dedup();
        let asked: Vec<ProbeTarget> = servers
            .into_iter()
            .map(|server| ProbeTarget::Server(Arc::from(server)))
            .collect();
        let node = Node::of(&open_options(global, None));
        node.observe(&master.inventory, &asked, &output::report(global.verbose))
    });
    let views = seen.as_ref().map_or(offline, views);
    let nothing = master.tell_nothing();
    if views.is_empty() && nothing == 0 {
        output::tell("kubepki: no kubeconfig has a context with a server\n");
    }
    let items: Vec<CheckDocument> = views
        .iter()
        .map(|view| document(view, seen.as_ref()))
        .collect();
    let code = match exit(&items) {
        MISMATCH => MISMATCH,
        code => code.max(exit_of(master)).max(nothing),
    };
    Ok((render(master, items, form, style)?, code))
}

fn render(
    master: &Master,
    items: Vec<CheckDocument>,
    form: Form,
    style: Style,
) -> Result<String, Failure> {
    let list = |items| ListDocument {
        head: master.head("KubeconfigCheckList"),
        items,
    };
    match form {
        Form::Json => output::json(&list(items)),
        Form::Yaml => output::yaml(&list(items)),
        Form::Name => {
            let mut paths: Vec<&str> = items.iter().map(|item| item.path.as_str()).collect();
            paths.dedup();
            Ok(paths
                .into_iter()
                .fold(String::new(), |out, path| out + &printable(path) + "\n"))
        }
        _ => Ok(table(&items).without_empty_columns().render(style)),
    }
}

fn document(view: &View, seen: Option<&Observation>) -> CheckDocument {
    let answer = seen.and_then(|seen| seen.answer(&view.server));
    CheckDocument {
        path: view.path.to_string(),
        contexts: view.contexts.clone(),
        current: view.is_current,
        cluster: view.cluster.clone(),
        server: view.server.clone(),
        proxy: view.proxy.clone(),
        offline: verdict(&view.on_disk),
        live: seen.map(|_| verdict(&view.live)),
        silence: answer
            .and_then(|answer| answer.result.as_ref().err())
            .map(ToString::to_string),
    }
}

fn verdict(verdict: &ServerVerdict) -> VerdictDocument {
    let answer = match verdict {
        ServerVerdict::Match => Answered::Accepted,
        ServerVerdict::Refused(_) => Answered::Refused,
        ServerVerdict::Everything => Answered::Unverified,
        ServerVerdict::Unknown(_) => Answered::Unknown,
    };
    let (word, why, _) = told::verdict(verdict);
    VerdictDocument {
        answer,
        why: (answer != Answered::Accepted).then(|| why.to_owned()),
        word,
    }
}

/// The worst of all: a CA that does not match, a server without an answer, what was not verified.
fn exit(items: &[CheckDocument]) -> u8 {
    let answers = |wanted: Answered| {
        let mut verdicts = items
            .iter()
            .flat_map(|item| std::iter::once(&item.offline).chain(&item.live));
        verdicts.any(|verdict| verdict.answer == wanted)
    };
    let mut live = items.iter().filter_map(|item| item.live.as_ref());
    if answers(Answered::Refused) {
        MISMATCH
    } else if items.iter().any(|item| item.silence.is_some()) {
        Exit::Unable.code()
    } else if answers(Answered::Unverified) || live.any(|live| live.answer == Answered::Unknown) {
        WARNING
    } else {
        0
    }
}

/// One row a cluster.
fn table(items: &[CheckDocument]) -> Table {
    let mut table = Table::new(&["PATH", "CONTEXT", "SERVER", "OFFLINE", "LIVE", "WHY"]);
    for item in items {
        let contexts = item.contexts.join(" ") + if item.current { " (current)" } else { "" };
        let live = item.live.as_ref();
        let why = match (live.and_then(|live| live.why.as_ref()), &item.offline.why) {
            (Some(why), _) => why.clone(),
            // What the server really shows was taken.
            (None, Some(why)) if live.is_some() => format!("by the files: {why}"),
            (None, why) => why.clone().unwrap_or_default(),
        };
        table.push(vec![
            Cell::new(&item.path),
            Cell::new(contexts),
            Cell::new(&item.server),
            cell(&item.offline),
            live.map_or_else(|| Cell::new(""), cell),
            Cell::new(why),
        ]);
    }
    table
}

fn cell(verdict: &VerdictDocument) -> Cell {
    let status = match verdict.answer {
        Answered::Refused => Status::Broken,
        Answered::Accepted => Status::Ok,
        Answered::Unverified | Answered::Unknown => Status::Expiring,
    };
    Cell::colored(verdict.word, status)
}
