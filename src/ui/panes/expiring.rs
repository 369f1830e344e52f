//! ```text
//! ╭─ Expiring ─────────────────────────────────────────╮
//! │▌apiserver              ✗   expired 2 d  kube-api…  │
//! │ apiserver-kubelet-cl…  !          12 d  kube-api…  │
//! │ etcd-server                      180 d  etcd       │
//! ╰─ in 12 d kubectl logs and exec stop ───────────────╯
//! ```

use ratatui::text::{Line, Span};

use super::{PaneRow, TreePlace, item_matches};
use crate::inventory::judged::consequence;
use crate::inventory::state::{Status, is_near};
use crate::inventory::{Item, ItemIndex, Purpose};
use crate::model::theme::Tone;
use crate::model::world::World;
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
    order
        .iter()
        .map(row)
        .filter(|row| matches(world, *row, needle))
        .collect()
}

/// Whether the filter lets a row through.
pub(super) fn matches(world: &World, row: PaneRow, needle: &str) -> bool {
    let PaneRow::Item(index, _) = row else {
        return false;
    };
    world
        .inventory()
        .item(index)
        .is_some_and(|item| item_matches(world, index, item, needle))
}

pub(super) fn line(world: &World, row: PaneRow, width: usize, selected: bool) -> Line<'static> {
    let PaneRow::Item(index, _) = row else {
        return Line::default();
    };
    let Some(item) = world.inventory().item(index) else {
        return Line::default();
    };
    let dim = !world.counts(item);
    let columns = ExpiringColumns::of(width);
    let plain = world.style(Tone::Text);
    let mut cells = vec![
        Cell::left(
            words::item_name(world, item),
            columns.name,
            words::name_style(world, selected, dim),
        ),
        Cell::left("", 1, plain),
    ];
    if let Some((state, tail)) = served::instead_state(world, index, item, columns.behind()) {
        cells.extend(state.cells(world, dim));
        cells.extend(instead_cells(
            world,
            item,
            tail.unwrap_or((String::new(), Tone::Text)),
            &columns,
        ));
    } else {
        cells.extend(words::item_state(world, index, item).cells(world, dim));
        cells.extend(usual_cells(world, index, item, &columns));
    }
    if columns.path > 0 {
        cells.push(Cell::left("", 2, plain));
        cells.push(Cell::left(
            words::short_path(world, &item.path),
            columns.path,
            world.style(Tone::Dim),
        ));
    }
    rows::line(world, selected, cells)
}

/// Behind a state that what is served gives it: why, and its readers as far as there is room.
fn instead_cells(
    world: &World,
    item: &Item,
    tail: (String, Tone),
    columns: &ExpiringColumns,
) -> [Cell; 2] {
    let behind = columns.behind();
    let (why, tone) = tail;
    let most = behind.min((text::width(&why) + 2).max(columns.ends + 2 + columns.kind));
    let readers = if behind - most < 8 {
        String::new()
    } else {
        words::readers(&item.read_by)
    };
    [
        Cell::left(why, most, world.style(tone)),
        Cell::left(readers, behind - most, world.style(Tone::Dim)),
    ]
}

/// Behind the state of the file: its end, what it is for, its readers.
fn usual_cells(
    world: &World,
    index: ItemIndex,
    item: &Item,
    columns: &ExpiringColumns,
) -> Vec<Cell> {
    let explains = world.style(Tone::Dim);
    let mut cells = Vec::new();
    if columns.ends > 0 {
        let ends = world.end(index, item).map(date::day).unwrap_or_default();
        cells.push(Cell::right(ends, columns.ends, explains));
    }
    cells.push(Cell::left("", 2, world.style(Tone::Text)));
    if columns.kind > 0 {
        cells.push(Cell::left(
            item.purpose().map_or("", Purpose::word),
            columns.kind,
            explains,
        ));
    }
    let readers = words::readers(&item.read_by);
    let tail = if readers.is_empty() && !world.counts(item) {
        "not in use".to_owned()
    } else {
        readers
    };
    cells.push(Cell::left(tail, columns.reader, explains));
    cells
}

struct ExpiringColumns {
    name: usize,
    ends: usize,
    kind: usize,
    reader: usize,
    path: usize,
}

impl ExpiringColumns {
    /// Cells behind the state that what is served may take.
    fn behind(&self) -> usize {
        if self.reader > 0 {
            self.ends + 2 + self.kind + self.reader
        } else {
            0
        }
    }

    fn of(width: usize) -> Self {
        let fixed = 1 + 1 + STATE_CELLS + 2;
        let rest = width.saturating_sub(fixed);
        match width {
            0..46 => Self {
                name: rest + 2,
                ends: 0,
                kind: 0,
                reader: 0,
                path: 0,
            },
            46..74 => Self {
                name: rest - rest * 2 / 5,
                ends: 0,
                kind: 0,
                reader: rest * 2 / 5,
                path: 0,
            },
            74..100 => {
                let name = rest - 8 - 22;
                Self {
                    name,
                    ends: 0,
                    kind: 8,
                    reader: 22,
                    path: 0,
                }
            }
            _ => {
                let spare = rest.saturating_sub(32 + 14 + 8 + 20 + 2);
                let (name, reader) = (32 + spare / 4, 20 + spare / 8);
                Self {
                    name,
                    ends: 14,
                    kind: 8,
                    reader,
                    path: spare - spare / 4 - spare / 8,
                }
            }
        }
    }
}

/// The next date on which something stops, and the sentence what; under the lens also what is dead
/// by then.
pub(super) fn horizon(world: &World) -> Vec<Span<'static>> {
    let next = world
        .judged
        .horizon
        .and_then(|index| Some((index, world.inventory().item(index)?)));
    let Some((index, item, end)) =
        next.and_then(|(index, item)| Some((index, item, world.end(index, item)?)))
    else {
        return Vec::new();
    };
    let left = end - world.moment();
    let is_near = item
        .certificate()
        .is_some_and(|certificate| is_near(certificate, world.moment()));
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
