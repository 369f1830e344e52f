//! ```text
//! ╭─ Requests ─────────────────────────────────────────╮
//! │ node-csr-x7   system:bootstrap:…  kubelet client   │
//! │ csr-9f2k1     system:node:w1      kubelet serving  │
//! ╰────────────────────────────────────────────────────╯
//! ```

use ratatui::text::Line;

use super::{PaneRow, holds, request};
use crate::inventory::RequestItem;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::ui::rows::{self, Cell};
use crate::ui::text;
use crate::ui::words;

pub(super) fn rows(world: &World, sort: usize, needle: &str) -> Vec<PaneRow> {
    let requests = &world.inventory().requests;
    let mut places: Vec<u32> = (0u32..)
        .zip(requests)
        .filter(|(_, request)| matches(request, needle))
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

fn matches(request: &RequestItem, needle: &str) -> bool {
    holds(&request.name, needle)
        || holds(&request.path, needle)
        || holds(&asker(request), needle)
        || holds(&signer(request), needle)
        || holds(&condition(request), needle)
}

/// Who asks: the object's user, or the subject that is asked for.
fn asker(request: &RequestItem) -> String {
    match (&request.object, &request.request) {
        (Some(object), _) if !object.username.is_empty() => object.username.clone(),
        (_, Ok(asked)) => asked
            .subject
            .common_name()
            .map_or_else(|| asked.subject.to_rfc4514(), str::to_owned),
        _ => String::new(),
    }
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

/// As kubectl shows it; a file waits or its key is beside it.
fn condition(request: &RequestItem) -> String {
    match (&request.request, &request.object) {
        (Err(_), _) => "broken".to_owned(),
        (Ok(_), Some(object)) => object.condition.to_string(),
        (Ok(_), None) if request.key_path.is_some() => "key here".to_owned(),
        (Ok(_), None) => "no key here".to_owned(),
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
    let state = condition(request).to_lowercase();
    let style = world.style(match &request.request {
        Err(_) => Tone::Bad,
        Ok(_)
            if request
                .object
                .as_ref()
                .is_some_and(|object| object.condition.is_pending()) =>
        {
            Tone::Warn
        }
        Ok(_) => Tone::Dim,
    });
    let state_cells = if width < 74 { 11 } else { 15 };
    let rest = width.saturating_sub(1 + 4 + state_cells);
    let [name, asker_cells, signer_cells] = match width {
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
    if asker_cells > 0 {
        cells.push(Cell::left("", 1, plain));
        cells.push(Cell::left(
            text::show(&asker(request)),
            asker_cells,
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
