//! Everything about what one component serves, reads and is trusted with.
//!
//! ```text
//! etcd          what must be done, why, and how
//! On the disk   the certificate that it should serve
//! Served        what its port showed, where, when
//! Trusted       each caller: what he dials, by which file he judges, what he says
//! Process       since when, and the files that changed after it
//! In a shell    the commands that show and do the same
//! ```

mod callers;

use super::super::document::{Document, PageWriter};
use super::super::{served, shell, text, words};
use super::copies;
use super::gone::gone;
use crate::inventory::process::{Keeper, Process};
use crate::model::running::is_out_of_reach;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Route};
use crate::pki::Certificate;
use crate::plan::restart::RestartTarget;
use crate::running::{ComponentStatus, Port, PortAnswer, Remedy, SeenOnPort, Served};
use crate::words::date;
use crate::words::shell as lines;
use callers::trusted;

/// Names of a certificate that the page gives, at most: a server may send thousands.
const MOST_NAMES: usize = 20;

/// The page of the component, or of the port, of this name.
pub(crate) fn document(world: &World, name: &str) -> Document {
    let Some(status) = world.running.status(name) else {
        return gone(name);
    };
    let port = world.running.port(name);
    let answer = world.running.observation.answer(name);
    let mut page = PageWriter::new(world);
    to_do(&mut page, world, status);
    if let Some(port) = port {
        on_disk(&mut page, world, status);
        what_is_served(&mut page, world, status, answer);
        trusted(&mut page, world, status, port);
    }
    process(&mut page, world, status);
    let is_out_of_reach = answer.is_some_and(is_out_of_reach);
    let heading = if is_out_of_reach {
        "In a shell of that machine"
    } else {
        "In a shell"
    };
    let asked = port.map(|port| lines::served(&address(port, answer)));
    let commands: Vec<String> = asked
        .into_iter()
        .chain(target(world, status).map(|target| target.command()))
        .collect();
    shell::section(&mut page, heading, &commands);
    let own = served::on_disk(world, status);
    let seen = match &status.served {
        SeenOnPort::Served { certificate, .. } => Some(certificate),
        _ => None,
    };
    let copies = seen
        .or(own)
        .map(|one| copies::copies_of(one, text::show(&status.name)));
    let item = status
        .on_disk
        .and_then(|index| world.inventory().item(index));
    Document {
        kind: "Component",
        title: text::show(&status.name),
        entries: page.finish(),
        copies,
        path: item.map(|item| item.path.clone()),
        ..Document::default()
    }
}

/// How the component is restarted.
fn target(world: &World, status: &ComponentStatus) -> Option<RestartTarget> {
    let keeper = status.process.as_ref().map(|process| &process.keeper);
    Some(RestartTarget::of(
        world.inventory(),
        status.component?,
        keeper,
    ))
}

/// Where the port is dialled.
fn address(port: &Port, answer: Option<&PortAnswer>) -> String {
    if let Some(answer) = answer.filter(|answer| !is_out_of_reach(answer)) {
        return text::show(&answer.address);
    }
    let host = port
        .local
        .first()
        .or(port.remote.first())
        .map_or("127.0.0.1", String::as_str);
    if host.contains(':') {
        format!("[{host}]:{}", port.number)
    } else {
        format!("{host}:{}", port.number)
    }
}

fn to_do(page: &mut PageWriter<'_>, world: &World, status: &ComponentStatus) {
    page.heading("What to do");
    let remedy = served::remedy(world, status);
    page.styled(
        "to do",
        vec![
            (&remedy.line(), remedy.tone),
            ("   ", Tone::Text),
            (&status.why, Tone::Text),
        ],
    );
    let key = |action| {
        world
            .keymap
            .keys(action)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    match status.remedy {
        Remedy::Restart => {
            let command = target(world, status)
                .map(|target| target.command())
                .unwrap_or_default();
            let mut parts = vec![(&*command, Tone::Bright)];
            let here = key(Action::Restart);
            let refusal = world.read_only().or(world.reading.unrestartable);
            match refusal {
                Some(why) => drop(page.styled("not from here", vec![(why, Tone::Warn)])),
                None => {
                    drop(parts.splice(0..0, [(&*here, Tone::Accent), (" here, or ", Tone::Dim)]));
                }
            }
            page.styled(
                if refusal.is_some() {
                    "by hand"
                } else {
                    "restart"
                },
                parts,
            )
            .copies(&command);
        }
        Remedy::Replace if status.on_disk.is_some() => {
            let key = key(Action::Renew);
            page.styled(
                "new one",
                vec![
                    (&key, Tone::Accent),
                    (" renews it; then it is restarted", Tone::Dim),
                ],
            );
        }
        Remedy::Nothing | Remedy::Reload | Remedy::Replace => {}
    }
}

fn on_disk(page: &mut PageWriter<'_>, world: &World, status: &ComponentStatus) {
    page.heading("On the disk");
    let Some(item) = status
        .on_disk
        .and_then(|index| world.inventory().item(index))
    else {
        page.text(vec![("none: it makes one itself, in memory", Tone::Dim)]);
        return;
    };
    let name = words::item_name(world, item);
    page.styled(
        "certificate",
        vec![
            (&name, Tone::Bright),
            ("   ", Tone::Text),
            (&item.path, Tone::Text),
        ],
    )
    .opens(Route::Certificate(item.id.clone()));
    match &item.content {
        Ok(certificate) => {
            facts(page, world, certificate);
            names(page, certificate);
        }
        Err(fault) => drop(page.styled("fault", vec![(&fault.to_string(), Tone::Bad)])),
    }
}

/// What tells two certificates apart.
fn facts(page: &mut PageWriter<'_>, world: &World, certificate: &Certificate) {
    let details = certificate.details();
    let (life, tone) = served::life(world, certificate);
    let issuer = format!("   by {}", details.issuer.to_rfc4514());
    page.styled(
        "serial number",
        vec![(&details.serial_number, Tone::Text), (&issuer, Tone::Dim)],
    );
    page.styled(
        "ends",
        vec![
            (&date::second(details.not_after), Tone::Text),
            ("   ", Tone::Text),
            (&life, tone),
        ],
    );
}

fn names(page: &mut PageWriter<'_>, certificate: &Certificate) {
    let all = certificate.details().subject_alt_names;
    let names: Vec<String> = all
        .iter()
        .take(MOST_NAMES)
        .map(ToString::to_string)
        .collect();
    let more = all.len() - names.len();
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    if !names.is_empty() {
        page.styled(
            "names",
            vec![(&names.join(", "), Tone::Text), (&more, Tone::Dim)],
        );
    }
}

fn what_is_served(
    page: &mut PageWriter<'_>,
    world: &World,
    status: &ComponentStatus,
    answer: Option<&PortAnswer>,
) {
    page.heading("Served");
    let Some(answer) = answer else {
        let key = world
            .keymap
            .keys(Action::Probe)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        page.styled(
            "port",
            vec![
                ("not asked   ", Tone::Dim),
                (&key, Tone::Accent),
                (" asks it", Tone::Dim),
            ],
        );
        return;
    };
    let at = format!("   asked {}", date::near(answer.at, world.now.year()));
    match &answer.result {
        Err(_) if is_out_of_reach(answer) => {
            page.styled(
                "port",
                vec![(
                    "not asked: it listens only on its own machine; ask there",
                    Tone::Warn,
                )],
            );
        }
        Err(silence) => {
            page.styled(
                "port",
                vec![(&answer.address, Tone::Text), (&at, Tone::Dim)],
            );
            page.styled("answer", vec![(&silence.to_string(), Tone::Warn)]);
        }
        Ok(served) => {
            let client = if served.demands_client {
                ", demands a client certificate"
            } else {
                ""
            };
            let how = format!("   {}{client}{at}", served.version);
            page.styled(
                "port",
                vec![(&answer.address, Tone::Text), (&how, Tone::Dim)],
            );
            seen(page, world, status, served);
        }
    }
}

fn seen(page: &mut PageWriter<'_>, world: &World, status: &ComponentStatus, answer: &Served) {
    let (words, tone) = match &status.served {
        SeenOnPort::Served {
            is_on_disk: Some(true),
            ..
        } => ("what lies on the disk", Tone::Good),
        SeenOnPort::Served {
            is_on_disk: Some(false),
            ..
        } => ("another one than lies on the disk", Tone::Warn),
        _ => ("one that it made itself", Tone::Text),
    };
    page.styled("it serves", vec![(words, tone)]);
    if let Some(leaf) = answer.leaf() {
        let on_disk = served::on_disk(world, status);
        if on_disk.is_none_or(|own| own.sha256() != leaf.sha256()) {
            facts(page, world, leaf);
        }
        if on_disk
            .is_none_or(|own| own.details().subject_alt_names != leaf.details().subject_alt_names)
        {
            names(page, leaf);
        }
    }
    if answer.chain.len() > 1 {
        let subjects = answer
            .chain
            .iter()
            .skip(1)
            .map(|one| one.details().subject.to_rfc4514());
        page.fact("with it", &subjects.collect::<Vec<_>>().join("; "));
    }
    if let Some(fault) = &answer.fault {
        page.styled("fault", vec![(fault, Tone::Warn)]);
    }
}

fn process(page: &mut PageWriter<'_>, world: &World, status: &ComponentStatus) {
    page.heading("Process");
    let Some(process) = &status.process else {
        page.text(vec![(
            "not seen: nobody looked, or it does not run",
            Tone::Dim,
        )]);
        return;
    };
    let since = date::near(process.started_at, world.now.year());
    page.styled(
        "began",
        vec![
            (&since, Tone::Text),
            (
                &format!("   process {}, {}", process.pid, kept(process)),
                Tone::Dim,
            ),
        ],
    );
    if status.stale.is_empty() {
        page.styled("its files", vec![("did not change since", Tone::Text)]);
    }
    for stale in &status.stale {
        let changed = format!(
            "changed {}, after it began",
            date::near(stale.changed_at, world.now.year())
        );
        page.styled(
            "holds the old",
            vec![
                (&stale.path, Tone::Text),
                ("   ", Tone::Text),
                (&changed, Tone::Warn),
            ],
        )
        .opens(Route::Why(stale.path.clone()));
    }
}

fn kept(process: &Process) -> String {
    match &process.keeper {
        Keeper::Unit(unit) => format!("kept by {unit}"),
        Keeper::Container(id) => format!("in container {}", id.get(..12).unwrap_or(id)),
        Keeper::Unknown => "nobody is known to keep it".to_owned(),
    }
}
