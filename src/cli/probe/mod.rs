//! `probe`: what the ports serve, beside what lies on the disk and what those who dial them trust.

mod document;
mod text;
mod words;

use std::cmp::Reverse;
use std::sync::Arc;

use super::arguments::{Form, Global, ProbeArguments};
use super::changer::changer;
use super::document::ListDocument;
use super::exit_of;
use super::failure::{Exit, Failure};
use super::master::{Master, open_options};
use super::output;
use super::table::Style;
use crate::engine::node::Node;
use crate::inventory::{Item, ItemIndex};
use crate::pki::Certificate;
use crate::pki::text::printable;
use crate::record::Operation;
use crate::record::waiting;
use crate::running::{
    ComponentStatus, Observation, Port, PortAnswer, ProbeTarget, Remedy, SeenOnPort, Served,
    of_another_server, ports, statuses,
};
use words::Word;

/// A port of the master, a component without one, or another server, as it stands.
#[derive(Debug)]
struct ProbeRow {
    status: ComponentStatus,
    /// What it answered; `None`: nobody asked, or it has no port.
    answer: Option<PortAnswer>,
    /// False for a server that is no port of the master.
    is_ours: bool,
}

/// What was seen, and what is known to have changed before.
struct Look {
    observation: Observation,
    operations: Vec<Operation>,
}

/// Runs `probe`: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    arguments: &ProbeArguments,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let master = Master::open(global, None)?;
    let ports = ports(&master.inventory);
    let known = statuses(&master.inventory, &Observation::default(), master.at);
    let words: Result<Vec<Word>, Failure> = arguments
        .what
        .iter()
        .map(|word| words::meaning(word, &ports, &known))
        .collect();
    let words = words?;
    let asked = if words.is_empty() {
        vec![ProbeTarget::All]
    } else {
        words::asked(&words, &known)
    };
    let node = Node::of(&open_options(global, None));
    let observation = node.observe(&master.inventory, &asked, &output::report(global.verbose));
    // Without processes nothing follows from what was done.
    let (operations, unknown) = if observation.processes.is_some() {
        operations(global)
    } else {
        Default::default()
    };
    let seen = Look {
        observation,
        operations,
    };
    let rows = if words.is_empty() {
        all(&master, &seen)
    } else {
        named(&master, &ports, &seen, &words)
    };
    let text = render(&master, &rows, form, style)?;
    let failures: Vec<Failure> = silent(&rows, !words.is_empty())
        .into_iter()
        .chain(unknown)
        .collect();
    for failure in &failures {
        output::tell(&failure.to_words());
    }
    Ok((
        text,
        if failures.is_empty() {
            exit_of(&master)
        } else {
            Exit::Unable.code()
        },
    ))
}

/// What was done to this master; a failure where nobody knows it.
fn operations(global: &Global) -> (Vec<Operation>, Option<Failure>) {
    let known = changer(global, None)
        .and_then(|changer| Ok(changer.read_only(true).records().standing()?));
    let unknown = |failure: Failure| {
        let what =
            "what earlier operations changed is not known, and so not what components hold of it";
        (
            Vec::new(),
            Some(
                Failure::unable(what)
                    .because(failure.problem.what)
                    .because_all(failure.problem.why),
            ),
        )
    };
    known.map_or_else(unknown, |operations| (operations, None))
}

fn render(master: &Master, rows: &[ProbeRow], form: Form, style: Style) -> Result<String, Failure> {
    let list = || ListDocument {
        head: master.head("ProbeList"),
        items: rows.iter().map(|row| document::item(master, row)).collect(),
    };
    match form {
        Form::Json => output::json(&list()),
        Form::Yaml => output::yaml(&list()),
        Form::Name => Ok(rows.iter().fold(String::new(), |out, row| {
            out + &printable(&row.status.name) + "\n"
        })),
        form => Ok(text::table(master, rows, form)
            .without_empty_columns()
            .render(style)),
    }
}

/// Every port and component of the master, worst first.
fn all(master: &Master, seen: &Look) -> Vec<ProbeRow> {
    let mut statuses = statuses(&master.inventory, &seen.observation, master.at);
    waiting::tell(&mut statuses, &seen.operations);
    let ours = |status: ComponentStatus| ProbeRow {
        answer: seen.observation.answer(&status.name).cloned(),
        status,
        is_ours: true,
    };
    let mut rows: Vec<ProbeRow> = statuses.into_iter().map(ours).collect();
    // What is not known comes before what is well.
    rows.sort_by_key(|row| (Reverse(row.status.remedy), row.remedy().is_some()));
    rows
}

/// What the words name, each thing once.
fn named(master: &Master, ports: &[Port], seen: &Look, words: &[Word]) -> Vec<ProbeRow> {
    let mut rows: Vec<ProbeRow> = Vec::new();
    let mut push = |row: ProbeRow| {
        let is_known = |known: &ProbeRow| {
            known.status.name == row.status.name && known.address() == row.address()
        };
        if !rows.iter().any(is_known) {
            rows.push(row);
        }
    };
    for word in words {
        match word {
            Word::Named(names) => {
                all(master, seen)
                    .into_iter()
                    .filter(|row| names.contains(&row.status.name))
                    .for_each(&mut push);
            }
            Word::Server(server) => push(at_server(master, ports, seen, server)),
        }
    }
    rows
}

/// A server by its address: where it is a port of this master it is judged as that.
fn at_server(master: &Master, ports: &[Port], seen: &Look, server: &Arc<str>) -> ProbeRow {
    let answer = seen.observation.answer(server);
    let port = answer.and_then(|answer| ports.iter().find(|port| leads_to(port, &answer.address)));
    if let (Some(answer), Some(port)) = (answer, port) {
        let answer = PortAnswer {
            of: port.rule.name.into(),
            ..answer.clone()
        };
        let observation = Observation {
            answers: vec![answer],
            processes: seen.observation.processes.clone(),
        };
        let alone = Look {
            observation,
            operations: seen.operations.clone(),
        };
        if let Some(row) = all(master, &alone)
            .into_iter()
            .find(|row| *row.status.name == *port.rule.name)
        {
            return row;
        }
    }
    ProbeRow {
        status: of_stranger(master, server, answer),
        answer: answer.cloned(),
        is_ours: false,
    }
}

/// Whether `address`, as "10.0.0.10:6443", is one by which the port is known.
fn leads_to(port: &Port, address: &str) -> bool {
    let Some((host, number)) = address.rsplit_once(':') else {
        return false;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let dialled = port.callers.iter().flat_map(|caller| &caller.dials);
    number.parse() == Ok(port.number)
        && port
            .local
            .iter()
            .chain(&port.remote)
            .chain(dialled)
            .any(|known| known == host)
}

/// What is known of a server that is none of this master's.
fn of_stranger(master: &Master, name: &Arc<str>, answer: Option<&PortAnswer>) -> ComponentStatus {
    let served = answer.and_then(|answer| answer.result.as_ref().ok());
    let leaf = served.and_then(Served::leaf);
    let on_disk = leaf.and_then(|leaf| same(master, leaf));
    let facts = served.map(|served| of_another_server(&master.inventory, name, served, master.at));
    let why = match (leaf, on_disk.and_then(|index| master.inventory.item(index))) {
        (None, _) => String::new(),
        (Some(_), Some(item)) => format!("it serves {} of this master", item.id),
        (Some(_), None) => {
            format!(
                "no port of this master, and its certificate is not here: {}",
                facts.unwrap_or_default()
            )
        }
    };
    let seen = match answer.map(|answer| &answer.result) {
        None => SeenOnPort::NotAsked,
        Some(Err(silence)) => SeenOnPort::Silent(silence.clone()),
        Some(Ok(served)) => match served.leaf() {
            Some(leaf) => SeenOnPort::Served {
                certificate: leaf.clone(),
                is_on_disk: on_disk.map(|_| true),
            },
            None => SeenOnPort::NotAsked,
        },
    };
    ComponentStatus {
        name: name.clone(),
        component: None,
        port: answer.and_then(|answer| answer.address.rsplit_once(':')?.1.parse().ok()),
        on_disk,
        served: seen,
        trusted: Vec::new(),
        process: None,
        telling: None,
        stale: Vec::new(),
        remedy: Remedy::Nothing,
        why,
    }
}

/// The item that holds this very certificate; one that is in use where there are several.
fn same(master: &Master, certificate: &Certificate) -> Option<ItemIndex> {
    let is_it = |item: &Item| {
        item.certificate()
            .is_some_and(|own| own.sha256() == certificate.sha256())
    };
    let found = master.inventory.indexed().filter(|(_, item)| is_it(item));
    found
        .min_by_key(|(_, item)| !item.in_use)
        .map(|(index, _)| index)
}

/// Where no certificate came and one was asked for: by name each must answer, else one of all.
fn silent(rows: &[ProbeRow], by_name: bool) -> Option<Failure> {
    let asked: Vec<&ProbeRow> = rows
        .iter()
        .filter(|row| row.answer.is_some() || row.status.port.is_some())
        .collect();
    let silent = asked.iter().filter_map(|row| {
        let why = match row.answer.as_ref().map(|answer| &answer.result) {
            Some(Ok(_)) => return None,
            Some(Err(silence)) => silence.to_string(),
            None => "it was not asked".to_owned(),
        };
        Some(format!("{}: {why}", row.title()))
    });
    let silent: Vec<String> = silent.collect();
    if asked.is_empty() && !by_name {
        return Some(Failure::unable(
            "nothing here serves TLS, as far as flags, manifests and files say",
        ));
    }
    let is_failure = !silent.is_empty() && (by_name || silent.len() == asked.len());
    is_failure.then(|| Failure::unable("no certificate came").because_all(silent))
}

impl ProbeRow {
    /// What must be done; `None` where nothing was seen to tell by.
    fn remedy(&self) -> Option<Remedy> {
        (self.is_ours && self.status.is_known()).then_some(self.status.remedy)
    }

    /// What was dialled; `None`: nothing, or there was no address.
    fn address(&self) -> Option<&str> {
        self.answer
            .as_ref()
            .map(|answer| answer.address.as_str())
            .filter(|address| !address.is_empty())
    }

    /// As "etcd at 127.0.0.1:2379".
    fn title(&self) -> String {
        let name = &self.status.name;
        let address = self.address().filter(|_| self.is_ours);
        address.map_or_else(
            || name.to_string(),
            |address| format!("{name} at {address}"),
        )
    }
}
