//! ```text
//! ╭─ Requests ─────────────────────────────────────────╮
//! │ node-csr-x7   system:node:w3  kubelet client amber │
//! │ csr-9f2k1     system:node:w1  kubelet servin amber │
//! ╰────────────────────────────────────────────────────╯
//! ```

use ratatui::text::Line;

use super::{PaneRow, holds, request};
use crate::inventory::RequestItem;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::record::Answer;
use crate::ui::requests;
use crate::ui::rows::{self, Cell};
use crate::ui::text;
use crate::ui::words;

pub(super) fn rows(world: &World, sort: usize, needle: &str) -> Vec<PaneRow> {
    let requests = &world.inventory().requests;
    let mut places: Vec<u32> = (0u32..)
        .zip(requests)
        .filter(|(at, request)| matches(world, *at, request, needle))
        .map(|(at, _)| at)
        .collect();
    let of = |at: &u32| &requests[*at as usize];
    if sort == 1 {
        places.sort_by(|a, b| of(a).name.cmp(&of(b).name));
    } else {
        let created = |at: &u32| {
            of(at)
                .object
                .as_ref()
                .and_then(|object| object.created.clone())
        };
        places.sort_by_key(|at| std::cmp::Reverse(created(at)));
    }
    places.into_iter().map(PaneRow::Request).collect()
}

fn matches(world: &World, at: u32, request: &RequestItem, needle: &str) -> bool {
    holds(&request.name, needle)
        || holds(&request.path, needle)
        || holds(&subject(request), needle)
        || holds(&signer(request), needle)
        || holds(&state(world, at, request).0, needle)
}

/// Who it asks to be; who asked stands on its page.
fn subject(request: &RequestItem) -> String {
    let Ok(asked) = &request.request else {
        return String::new();
    };
    let name = asked.subject.common_name();
    name.map_or_else(|| asked.subject.to_rfc4514(), str::to_owned)
}

/// The signer without its domain; a bare file is a PKCS#10.
fn signer(request: &RequestItem) -> String {
    request.object.as_ref().map_or_else(
        || "PKCS#10 file".to_owned(),
        |object| {
            let name = object
                .signer_name
                .strip_prefix("kubernetes.io/")
                .unwrap_or(&object.signer_name);
            match name {
                "kube-apiserver-client-kubelet" => "kubelet client",
                "kubelet-serving" => "kubelet serving",
                "kube-apiserver-client" => "client",
                other => other,
            }
            .to_owned()
        },
    )
}

/// What is to be thought of one that waits; how it stands where it was decided on.
fn state(world: &World, at: u32, request: &RequestItem) -> (String, Tone) {
    if request.request.is_err() {
        return ("broken".to_owned(), Tone::Bad);
    }
    let condition = requests::condition(world, request);
    if !condition.is_pending() {
        return (condition.to_string().to_lowercase(), Tone::Dim);
    }
    let judged = world.reading.verdicts.get(at as usize);
    match judged.map(|judged| judged.verdict.answer()) {
        Some(Answer::Green) => (Answer::Green.word().to_owned(), Tone::Good),
        Some(Answer::Red) => (Answer::Red.word().to_owned(), Tone::Bad),
        Some(Answer::Amber) | None => (Answer::Amber.word().to_owned(), Tone::Warn),
    }
}

pub(super) fn line(world: &World, row: PaneRow, width: usize, selected: bool) -> Line<'static> {
    let PaneRow::Request(at) = row else {
        return Line::default();
    };
    let Some(request) = request(world, at) else {
        return Line::default();
    };
    let plain = world.style(Tone::Text);
    let (state, tone) = state(world, at, request);
    let style = world.style(tone);
    let state_cells = if width < 74 { 11 } else { 15 };
    let rest = width.saturating_sub(1 + 4 + state_cells);
    let [name, subject_cells, signer_cells] = match width {
        0..46 => [rest + 1, 0, 0],
        46..74 => [
            rest.saturating_sub(15).div_ceil(2),
            rest.saturating_sub(15) / 2,
            15,
        ],
        _ => [rest / 3, rest - 2 * (rest / 3), rest / 3],
    };
    let mut cells = vec![Cell::left(
        text::show(&request.name),
        name,
        words::name_style(world, selected, false),
    )];
    if subject_cells > 0 {
        cells.push(Cell::left("", 1, plain));
        cells.push(Cell::left(
            text::show(&subject(request)),
            subject_cells,
            world.style(Tone::Dim),
        ));
    }
    cells.push(Cell::left("", 1, plain));
    if signer_cells > 0 {
        cells.push(Cell::left(
            text::show(&signer(request)),
            signer_cells,
            plain,
        ));
        cells.push(Cell::left("", 1, plain));
    }
    cells.push(Cell::right(text::show(&state), state_cells, style));
    rows::line(world, selected, cells)
}
