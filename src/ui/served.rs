//! How a component stands, in the few words of a row.

use super::spoken::spoken;
use super::text;
use super::words::{self, StateWords};
use crate::inventory::state::{Status, by_dates};
use crate::inventory::{Item, ItemIndex};
use crate::model::running::{is_mute, is_out_of_reach};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::pki::Certificate;
use crate::pki::text::short_serial;
use crate::running::{ComponentStatus, Remedy, SeenOnPort, Silence, Trusted};
use crate::words::span;

/// What must be done, with its sign.
pub(crate) fn remedy(world: &World, status: &ComponentStatus) -> StateWords {
    let signs = world.signs();
    if status.remedy == Remedy::Nothing && is_mute(status) {
        return StateWords {
            sign: signs.warn,
            text: "see why".to_owned(),
            tone: Tone::Warn,
        };
    }
    if !status.is_known() {
        return StateWords {
            sign: "",
            text: "unknown".to_owned(),
            tone: Tone::Dim,
        };
    }
    let was_seen = matches!(status.served, SeenOnPort::Served { .. });
    let (sign, tone) = match status.remedy {
        Remedy::Nothing if was_seen => (signs.good, Tone::Good),
        Remedy::Nothing => ("", Tone::Dim),
        Remedy::Reload | Remedy::Restart => (signs.warn, Tone::Warn),
        Remedy::Replace => (signs.bad, Tone::Bad),
    };
    StateWords {
        sign,
        text: status.remedy.word().to_owned(),
        tone,
    }
}

/// How long a certificate still lives, in one unit: "364 d", "8 y", "-2 d" where it is dead.
pub(crate) fn left(world: &World, certificate: &Certificate) -> (String, Tone) {
    let (words, tone) = life(world, certificate);
    let short = span::short(certificate.not_after() - world.moment());
    match by_dates(certificate, world.moment()) {
        Status::Expired => (format!("-{short}"), tone),
        Status::NotYetValid => (words, tone),
        _ => (short, tone),
    }
}

/// The same in full: "364 d", "expired 2 d".
pub(crate) fn life(world: &World, certificate: &Certificate) -> (String, Tone) {
    let left = span::left(certificate.not_after(), world.moment());
    match by_dates(certificate, world.moment()) {
        Status::NotYetValid => ("not yet valid".to_owned(), Tone::Warn),
        status => (left, words::of_status(status)),
    }
}

/// How an item stands where another one is served in its place: the state in its column, and what
/// stands behind it. `room`: cells behind the state; where there are too few what is served takes
/// the state's place.
pub(crate) fn instead_state(
    world: &World,
    index: ItemIndex,
    item: &Item,
    room: usize,
) -> Option<(StateWords, Option<(String, Tone)>)> {
    let instead = world.running.served_instead(index)?;
    let signs = world.signs();
    let (life, tone) = life(world, instead);
    let tail = format!(", served {life}");
    let state = words::item_state(world, index, item);
    let sign = if state.sign.is_empty() {
        signs.warn
    } else {
        state.sign
    };
    let tone = if tone == Tone::Text { Tone::Warn } else { tone };
    if room < text::width(&tail) {
        let (short, _) = left(world, instead);
        return Some((
            StateWords {
                sign,
                text: format!("served {short}"),
                tone,
            },
            None,
        ));
    }
    let on_disk = format!("on disk {}", state.text);
    let fits = state.tone == Tone::Text && text::width(&on_disk) <= words::STATE_CELLS - 2;
    let text = if fits { on_disk } else { state.text };
    let own = if state.tone == Tone::Text {
        Tone::Warn
    } else {
        state.tone
    };
    Some((
        StateWords {
            sign,
            text,
            tone: own,
        },
        Some((tail, tone)),
    ))
}

/// Both ends of a certificate's serial number.
pub(crate) fn serial(certificate: &Certificate) -> String {
    short_serial(&certificate.details().serial_number).into_owned()
}

/// Why no certificate was seen, in a word or two.
pub(crate) fn silence(world: &World, status: &ComponentStatus, silence: &Silence) -> &'static str {
    match silence {
        _ if world
            .running
            .observation
            .answer(&status.name)
            .is_some_and(is_out_of_reach) =>
        {
            "only there"
        }
        Silence::Refused => "refused",
        Silence::TimedOut(_) => "silent",
        Silence::Unreachable(_) => "unreachable",
        Silence::NoSuchHost(_) => "no such host",
        Silence::NotTls { http: true } => "plain HTTP",
        Silence::NotTls { http: false } => "no TLS",
        Silence::TooOld => "old TLS",
        Silence::Ended(_) => "ended",
        Silence::Stopped => "not asked",
    }
}

/// Who refuses, or how many accept it.
pub(crate) fn trusted(world: &World, status: &ComponentStatus, is_wide: bool) -> (String, Tone) {
    let all = status.trusted.len();
    let refused: Vec<&Trusted> = status
        .trusted
        .iter()
        .filter(|one| one.answer.is_err())
        .collect();
    let tone = if status.remedy == Remedy::Replace {
        Tone::Bad
    } else {
        Tone::Warn
    };
    match refused.as_slice() {
        // Nothing is served that anybody could take.
        _ if matches!(status.served, SeenOnPort::Silent(_)) => (String::new(), Tone::Dim),
        [] if all == 0 => (String::new(), Tone::Dim),
        [] if !is_wide && status.trusted.iter().all(|one| one.answer == Ok(false)) => {
            ("any".to_owned(), Tone::Dim)
        }
        [] if !is_wide => (format!("{all}/{all}"), Tone::Text),
        [] if status.trusted.iter().all(|one| one.answer == Ok(false)) => {
            ("nobody verifies it".to_owned(), Tone::Dim)
        }
        [] => (
            format!(
                "by {}",
                if all == 1 {
                    who(world, &status.trusted[0].who)
                } else {
                    format!("all {all}")
                }
            ),
            Tone::Text,
        ),
        refused if !is_wide => (format!("{}/{all}", all - refused.len()), tone),
        [one] => (format!("not by {}", who(world, &one.who)), tone),
        [one, rest @ ..] => (
            format!("not by {} +{}", who(world, &one.who), rest.len()),
            tone,
        ),
    }
}

/// A caller: a component, or a kubeconfig's path as it is shown.
pub(crate) fn who(world: &World, who: &str) -> String {
    if who.starts_with('/') {
        words::short_path(world, who)
    } else {
        text::show(who)
    }
}

/// The certificate that lies on the disk for a component.
pub(crate) fn on_disk<'a>(world: &'a World, status: &ComponentStatus) -> Option<&'a Certificate> {
    world.inventory().item(status.on_disk?)?.certificate()
}

/// A row as it is told.
pub(crate) fn said(world: &World, status: &ComponentStatus) -> String {
    let port = status
        .port
        .map(|port| format!(" on port {port}"))
        .unwrap_or_default();
    let own = on_disk(world, status).map(|one| format!("on disk {}", life(world, one).0));
    let answer = world.running.observation.answer(&status.name);
    let served = match &status.served {
        SeenOnPort::Served {
            is_on_disk: Some(true),
            ..
        } => Some("serves what is on the disk".to_owned()),
        SeenOnPort::Served {
            certificate,
            is_on_disk,
        } => {
            let whose = if is_on_disk.is_some() {
                "another one"
            } else {
                "one of its own"
            };
            Some(format!("serves {whose}, {}", life(world, certificate).0))
        }
        SeenOnPort::Silent(_) if answer.is_some_and(is_out_of_reach) => {
            Some("not asked from here".to_owned())
        }
        SeenOnPort::Silent(silence) => Some(text::show(&silence.to_string())),
        SeenOnPort::NotAsked => status.port.map(|_| "not asked".to_owned()),
    };
    let to_do = format!("to do: {}", remedy(world, status).text);
    let parts = [
        Some(format!("{}{port}", text::show(&status.name))),
        own,
        served,
        Some(to_do),
        Some(text::show(&status.why)),
    ];
    spoken(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}
