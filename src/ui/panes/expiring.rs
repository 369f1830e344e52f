//! ```text
//! ╭─ Expiring ─────────────────────────────────────────╮
//! │▌apiserver              ✗   expired 2 d  kube-api…  │
//! │ apiserver-kubelet-cl…  !          12 d  kube-api…  │
//! │ etcd-server                      180 d  etcd       │
//! ╰─ in 12 d kubectl logs and exec stop ───────────────╯
//! ```

use crate::model::theme::Tone;
use crate::model::world::World;
use ratatui::text::{Line, Span};

use super::{PaneRow, TreePlace, item_matches};
use crate::inventory::judged::consequence;
use crate::inventory::state::{Status, is_near};
use crate::inventory::{ItemIndex, Purpose};
use crate::ui::rows::{self, Cell};
use crate::ui::words::{self, STATE_CELLS};
use crate::ui::{served, text};
use crate::words::{date, span};

pub(super) fn rows(world: &World, sort: usize, needle: &str) -> Vec<PaneRow> {
    let order = match sort {
        1 => &world.reading.order.by_name,
        2 => &world.judged.by_end,
        3 => &world.reading.order.by_path,
        _ => &world.judged.worst_first,
    };
    let row = |index: &ItemIndex| PaneRow::Item(*index, TreePlace::default());
    order.iter().map(row).filter(|row| matches(world, *row, needle)).collect()
}

/// Whether the filter lets a row through.
pub(super) fn matches(world: &World, row: PaneRow, needle: &str) -> bool {
    let PaneRow::Item(index, _) = row else { return false };
    world.inventory().item(index).is_some_and(|item| item_matches(world, index, item, needle))
}

pub(super) fn line(world: &World, row: PaneRow, width: usize, selected: bool) -> Line<'static> {
    let PaneRow::Item(index, _) = row else { return Line::default() };
    let Some(item) = world.inventory().item(index) else { return Line::default() };
    let dim = !world.counts(item);
    let columns = ExpiringColumns::of(width);
    let plain = world.style(Tone::Text);
    let explains = world.style(Tone::Dim);
    let mut cells = vec![
        Cell::left(words::item_name(world, item), columns.name, words::name_style(world, selected, dim)),
        Cell::left("", 1, plain),
    ];
    let behind = if columns.reader > 0 { columns.ends + 2 + columns.kind + columns.reader } else { 0 };
    let readers = words::readers(&item.read_by);
    if let Some((state, tail)) = served::instead_state(world, index, item, behind) {
        cells.extend(state.cells(world, dim));
        let (tail, tone) = tail.unwrap_or((String::new(), Tone::Text));
        let most = behind.min((text::width(&tail) + 2).max(columns.ends + 2 + columns.kind));
        cells.push(Cell::left(tail, most, world.style(tone)));
        cells.push(Cell::left(if behind - most < 8 { "" } else { &readers }, behind - most, explains));
    } else {
        cells.extend(words::item_state(world, index, item).cells(world, dim));
        if columns.ends > 0 {
            let ends = world.end(index, item).map(date::day).unwrap_or_default();
            cells.push(Cell::right(ends, columns.ends, explains));
        }
        cells.push(Cell::left("", 2, plain));
        if columns.kind > 0 {
            cells.push(Cell::left(item.purpose().map_or("", Purpose::word), columns.kind, explains));
        }
        let tail = if readers.is_empty() && dim { "not in use".to_owned() } else { readers };
        cells.push(Cell::left(tail, columns.reader, explains));
    }
    if columns.path > 0 {
        cells.push(Cell::left("", 2, plain));
        cells.push(Cell::left(words::short_path(world, &item.path), columns.path, explains));
    }
    rows::line(world, selected, cells)
}

struct ExpiringColumns {
    name: usize,
    ends: usize,
    kind: usize,
    reader: usize,
    path: usize,
}

impl ExpiringColumns {
    fn of(width: usize) -> Self {
        let fixed = 1 + 1 + STATE_CELLS + 2;
        let rest = width.saturating_sub(fixed);
        match width {
            0..46 => Self { name: rest + 2, ends: 0, kind: 0, reader: 0, path: 0 },
            46..74 => Self { name: rest - rest * 2 / 5, ends: 0, kind: 0, reader: rest * 2 / 5, path: 0 },
            74..100 => {
                let name = rest - 8 - 22;
                Self { name, ends: 0, kind: 8, reader: 22, path: 0 }
            }
            _ => {
                let spare = rest.saturating_sub(32 + 14 + 8 + 20 + 2);
                let (name, reader) = (32 + spare / 4, 20 + spare / 8);
                Self { name, ends: 14, kind: 8, reader, path: spare - spare / 4 - spare / 8 }
            }
        }
    }
}

/// The next date on which something stops, and the sentence what; under the lens also what is dead by then.
pub(super) fn horizon(world: &World) -> Vec<Span<'static>> {
    let next = world.judged.horizon.and_then(|index| Some((index, world.inventory().item(index)?)));
    let Some((index, item, end)) = next.and_then(|(index, item)| Some((index, item, world.end(index, item)?))) else {
        return Vec::new();
    };
    let left = end - world.moment();
    let is_near = item.certificate().is_some_and(|certificate| is_near(certificate, world.moment()));
    let is_near = is_near || world.status(index) == Status::Expiring;
    let tone = if is_near { Tone::Warn } else { Tone::Dim };
    let stops = match consequence(item) {
        None => format!("{} ends", words::item_name(world, item)),
        Some(stops) => stops.words().to_owned(),
    };
    vec![
        Span::styled(format!("in {} ", span::span(left)), world.style(tone)),
        Span::styled(stops, world.style(Tone::Text)),
    ]
}
