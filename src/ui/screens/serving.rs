//! What of a certificate is served and held: a part of that certificate's page.

use super::super::document::PageWriter;
use super::super::{served, text};
use crate::inventory::{Item, ItemIndex};
use crate::kubernetes::component::Component;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Route};
use crate::running::{ComponentStatus, SeenOnPort};
use crate::words::date;

/// What each port that should serve a certificate showed, and who holds an older one.
pub(super) fn of_certificate(
    page: &mut PageWriter<'_>,
    world: &World,
    index: ItemIndex,
    item: &Item,
) {
    let stale_of =
        |status: &&ComponentStatus| status.stale.iter().any(|stale| stale.path == item.path);
    let serving: Vec<&ComponentStatus> = world.running.serving(index).collect();
    let holding: Vec<&ComponentStatus> = world.running.statuses.iter().filter(stale_of).collect();
    if serving.is_empty() && holding.is_empty() {
        return;
    }
    page.heading(if serving.is_empty() { "Held" } else { "Served" });
    for status in &serving {
        port(page, world, status);
        taken(page, world, status);
    }
    let mut told: Vec<Component> = Vec::new();
    for status in holding.iter().filter(|status| status.process.is_some()) {
        let Some(component) = status
            .component
            .filter(|component| !told.contains(component))
        else {
            continue;
        };
        told.push(component);
        let since = status
            .process
            .as_ref()
            .map(|process| date::near(process.started_at, world.now.year()));
        let words = format!(
            "loaded before the change: it began {}",
            since.unwrap_or_default()
        );
        page.styled(component.as_str(), vec![(&words, Tone::Warn)])
            .opens(Route::Component(status.name.clone()));
    }
}

/// One port that should serve it, and what it showed.
fn port(page: &mut PageWriter<'_>, world: &World, status: &ComponentStatus) {
    let port = status
        .port
        .map(|port| format!("port {port}   "))
        .unwrap_or_default();
    let (words, tone) = shown(world, status);
    let at = world
        .running
        .observation
        .answer(&status.name)
        .map(|answer| answer.at);
    let at = at
        .map(|at| format!("   asked {}", date::near(at, world.now.year())))
        .unwrap_or_default();
    page.styled(
        &text::show(&status.name),
        vec![(&port, Tone::Text), (&words, tone), (&at, Tone::Dim)],
    )
    .opens(Route::Component(status.name.clone()));
}

/// Whether those who dial the port take what it serves.
fn taken(page: &mut PageWriter<'_>, world: &World, status: &ComponentStatus) {
    let mut refusing = status
        .trusted
        .iter()
        .filter_map(|said| Some((said, said.answer.as_ref().err()?)));
    if let Some((first, why)) = refusing.next() {
        let (others, words) = match refusing.count() {
            0 => (" ".to_owned(), format!("refuses it: {why}")),
            more => (
                format!(" and {more} more; it "),
                format!("is refused: {why}"),
            ),
        };
        let who = served::who(world, &first.who);
        page.styled(
            "",
            vec![
                (&who, Tone::Text),
                (&others, Tone::Dim),
                (&words, Tone::Bad),
            ],
        )
        .opens(Route::Component(status.name.clone()));
    } else if !status.trusted.is_empty() {
        let (words, tone) = served::trusted(world, status, true);
        page.styled("", vec![("trusted ", Tone::Dim), (&words, tone)]);
    }
}

/// What a port showed of a certificate that it should serve.
fn shown(world: &World, status: &ComponentStatus) -> (String, Tone) {
    match &status.served {
        SeenOnPort::NotAsked => {
            let key = world
                .keymap
                .keys(Action::Probe)
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            (format!("not asked: {key} asks it"), Tone::Dim)
        }
        SeenOnPort::Silent(silence) => (silence.to_string(), Tone::Warn),
        SeenOnPort::Served {
            is_on_disk: Some(false),
            certificate,
        } => {
            let (life, _) = served::life(world, certificate);
            (
                format!(
                    "serves another one: {}, {life}",
                    served::serial(certificate)
                ),
                Tone::Warn,
            )
        }
        SeenOnPort::Served { .. } => ("serves it".to_owned(), Tone::Good),
    }
}
