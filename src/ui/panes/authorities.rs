//! ```text
//! ╭─ Authorities ──────────────────────────────────────╮
//! │ ▾ kubernetes            CA            8 y 120 d    │
//! │   ├ apiserver           server  ✗   expired 2 d    │
//! │   └ scheduler.conf      client  !          20 d    │
//! │   sa.key · sa.pub       pair            matches    │
//! ╰────────────────────────────────────────────────────╯
//! ```

use crate::model::theme::Tone;
use crate::model::world::World;
use ratatui::text::Line;

use super::{PaneRow, PaneState, TreePlace, bare_key, holds, item_matches};
use crate::inventory::pairs;
use crate::inventory::tree::Issuer;
use crate::inventory::{Item, ItemIndex, KeyItem, Purpose};
use crate::pki::text::file_name;
use crate::ui::rows::{self, Cell};
use crate::ui::words::{self, STATE_CELLS};
use crate::ui::{served, text};

/// Lines go on at most so deep.
const DEEPEST: u8 = 30;

pub(super) fn rows(world: &World, state: &PaneState, needle: &str) -> Vec<PaneRow> {
    let mut walk = TreeWalk {
        world,
        state,
        needle,
        rank: rank(world, state.sort),
        rows: Vec::new(),
    };
    let inventory = world.inventory();
    let (mut authorities, mut others): (Vec<ItemIndex>, Vec<ItemIndex>) = inventory
        .tree
        .roots
        .iter()
        .partition(|index| inventory.item(**index).is_some_and(Item::is_authority));
    // CAs that nobody uses, then certificates without their CA, come after those that count.
    authorities.sort_by_key(|index| {
        inventory
            .item(*index)
            .is_none_or(|item| !world.counts(item))
    });
    others.sort_by_key(|index| {
        inventory
            .item(*index)
            .is_none_or(|item| !world.counts(item))
    });
    walk.level(authorities, 0, 0);
    let orphans = others.len();
    for (at, index) in walk.sorted(others).into_iter().enumerate() {
        walk.item(
            index,
            TreePlace {
                last: at + 1 == orphans,
                ..TreePlace::default()
            },
        );
    }
    let mut rows = walk.rows;
    rows.extend(bare_keys(world, needle));
    rows
}

struct TreeWalk<'a> {
    world: &'a World,
    state: &'a PaneState,
    needle: &'a str,
    rank: Option<Vec<u32>>,
    rows: Vec<PaneRow>,
}

impl TreeWalk<'_> {
    fn level(&mut self, indices: Vec<ItemIndex>, depth: u8, trunks: u32) {
        let indices = self.sorted(indices);
        let count = indices.len();
        for (at, index) in indices.into_iter().enumerate() {
            self.item(
                index,
                TreePlace {
                    depth,
                    last: at + 1 == count,
                    trunks,
                    open: None,
                },
            );
        }
    }

    /// Adds an item and what it signed, as far as the filter lets them through. `true`: something
    /// was added.
    fn item(&mut self, index: ItemIndex, mut place: TreePlace) {
        let Some(item) = self.world.inventory().item(index) else {
            return;
        };
        let children = self.world.inventory().tree.children_of(index);
        let folded = self.needle.is_empty() && self.state.folded.contains(&item.id);
        let is_match = item_matches(self.world, index, item, self.needle);
        place.open = (!children.is_empty()).then_some(!folded);
        let at = self.rows.len();
        self.rows.push(PaneRow::Item(index, place));
        if !folded && !children.is_empty() && place.depth < DEEPEST {
            let trunks = if place.last || place.depth == 0 {
                place.trunks
            } else {
                place.trunks | 1 << place.depth
            };
            self.level(children.to_vec(), place.depth + 1, trunks);
        }
        if !is_match && self.rows.len() == at + 1 {
            self.rows.pop();
        }
        self.close(at);
    }

    /// After filtering, the last child that is left is drawn as the last.
    fn close(&mut self, parent: usize) {
        if self.needle.is_empty() {
            return;
        }
        let Some(PaneRow::Item(_, place)) = self.rows.get(parent).copied() else {
            return;
        };
        let below = self.rows[parent + 1..].iter_mut().rev();
        let child = below
            .filter_map(|row| {
                if let PaneRow::Item(_, place) = row {
                    Some(place)
                } else {
                    None
                }
            })
            .find(|child| child.depth == place.depth + 1);
        if let Some(child) = child {
            child.last = true;
        }
    }

    fn sorted(&self, mut indices: Vec<ItemIndex>) -> Vec<ItemIndex> {
        if let Some(rank) = &self.rank {
            indices.sort_by_key(|index| rank.get(index.0 as usize).copied());
        }
        indices
    }
}

/// The place of each item in the chosen order; `None`: the tree's own.
fn rank(world: &World, sort: usize) -> Option<Vec<u32>> {
    let order = match sort {
        1 => &world.reading.order.by_name,
        2 => &world.judged.worst_first,
        _ => return None,
    };
    let mut rank = vec![0; order.len()];
    for (at, index) in (0u32..).zip(order) {
        rank[index.0 as usize] = at;
    }
    if sort == 2 {
        lift(world, order, &mut rank);
    }
    Some(rank)
}

/// A CA stands as high as the worst of what it signed.
fn lift(world: &World, order: &[ItemIndex], rank: &mut [u32]) {
    let tree = &world.inventory().tree;
    for index in order {
        let (mut at, own) = (*index, rank[index.0 as usize]);
        while let Issuer::Item(parent) = tree.issuer(at)
            && let Some(above) = rank
                .get_mut(parent.0 as usize)
                .filter(|above| **above > own)
        {
            *above = own;
            at = parent;
        }
    }
}

/// Bare keys; the two halves of a pair in one row.
fn bare_keys(world: &World, needle: &str) -> Vec<PaneRow> {
    let inventory = world.inventory();
    let mut rows = Vec::new();
    for (at, key) in (0u32..).zip(&inventory.keys) {
        if !holds(&key.path, needle) {
            continue;
        }
        if key.public_only {
            let is_other_half = |other: &KeyItem| {
                !other.public_only
                    && pairs::belong_together(other, key)
                    && holds(&other.path, needle)
            };
            let paired = inventory.keys.iter().any(is_other_half);
            if !paired {
                rows.push(PaneRow::Key(at, None));
            }
        } else {
            rows.push(PaneRow::Key(
                at,
                pairs::half_of(inventory, key).map(|(half, _)| half),
            ));
        }
    }
    rows
}

pub(super) fn line(world: &World, row: PaneRow, width: usize, selected: bool) -> Line<'static> {
    match row {
        PaneRow::Item(index, place) => item_line(world, index, place, width, selected),
        PaneRow::Key(private, public) => key_line(world, private, public, width, selected),
        _ => Line::default(),
    }
}

fn item_line(
    world: &World,
    index: ItemIndex,
    place: TreePlace,
    width: usize,
    selected: bool,
) -> Line<'static> {
    let Some(item) = world.inventory().item(index) else {
        return Line::default();
    };
    let dim = !world.counts(item);
    let guide = guide(world, place);
    let guide_cells = text::width(&guide);
    let (name, kind, tail) = columns(width);
    let style = if place.depth == 0 && item.is_authority() && !dim {
        world.style(Tone::Bright)
    } else {
        words::name_style(world, selected, dim)
    };
    let mut cells = vec![
        Cell::left(guide, guide_cells, world.style(Tone::Dim)),
        Cell::left(
            words::item_name(world, item),
            name.saturating_sub(guide_cells + 1),
            style,
        ),
        Cell::left("", 1, world.style(Tone::Text)),
        Cell::left(
            item.purpose().map_or("", Purpose::word),
            kind,
            world.style(Tone::Dim),
        ),
    ];
    let instead = served::instead_state(world, index, item, tail);
    let (state, served) = instead.unwrap_or_else(|| (words::item_state(world, index, item), None));
    cells.extend(state.cells(world, dim));
    let (words, tone) = served.unwrap_or((String::new(), Tone::Text));
    let used = if tail > 4 { text::width(&words) + 2 } else { 0 };
    if tail > 4 {
        cells.push(Cell::left(words, used.min(tail), world.style(tone)));
    }
    if tail > used + 4 {
        cells.push(Cell::left(
            words::short_path(world, &item.path),
            tail - used,
            world.style(Tone::Dim),
        ));
    }
    rows::line(world, selected, cells)
}

fn guide(world: &World, place: TreePlace) -> String {
    let signs = world.signs();
    let mut guide = String::new();
    if place.depth > 0 {
        guide.push_str("  ");
        for depth in 1..place.depth {
            guide.push_str(if place.trunks & (1 << depth) == 0 {
                " "
            } else {
                signs.trunk
            });
            guide.push(' ');
        }
        guide.push_str(if place.last { signs.last } else { signs.branch });
        guide.push(' ');
    } else {
        guide.push_str(match place.open {
            Some(true) => signs.open,
            Some(false) => signs.folded,
            None => " ",
        });
        guide.push(' ');
    }
    if place.depth > 0 && place.open == Some(false) {
        guide.push_str(signs.folded);
        guide.push(' ');
    }
    guide
}

fn key_line(
    world: &World,
    private: u32,
    public: Option<u32>,
    width: usize,
    selected: bool,
) -> Line<'static> {
    let Some(key) = bare_key(world, private) else {
        return Line::default();
    };
    let half = public.and_then(|at| bare_key(world, at));
    let (name, kind, tail) = columns(width);
    let label = half.map_or_else(
        || words::short_path(world, &key.path),
        |half| {
            let dot = world.signs().dot;
            format!(
                "{} {dot} {}",
                words::short_path(world, &key.path),
                text::show(file_name(&half.path))
            )
        },
    );
    let state = words::key_state(world, key, half);
    let style = words::name_style(world, selected, state.tone == Tone::Text);
    let kind_word = if half.is_some() { "pair" } else { "key" };
    let mut cells = vec![
        Cell::left("", 2, style),
        Cell::left(label, name.saturating_sub(3), style),
        Cell::left("", 1, style),
        Cell::left(kind_word, kind, world.style(Tone::Dim)),
    ];
    let dim = state.tone == Tone::Text;
    cells.extend(state.cells(world, dim));
    if tail > 4 {
        cells.push(Cell::left("", 2, style));
        cells.push(Cell::left(
            text::show(key.algorithm.as_deref().unwrap_or("")),
            tail - 2,
            world.style(Tone::Dim),
        ));
    }
    rows::line(world, selected, cells)
}

/// Cells for the name, the kind and the path behind the state.
fn columns(width: usize) -> (usize, usize, usize) {
    let kind = if width < 46 { 0 } else { 7 };
    let rest = width.saturating_sub(1 + kind + STATE_CELLS);
    let name = (rest / 2).clamp(36, 60);
    if width >= 74 {
        (name, kind, rest.saturating_sub(name))
    } else {
        (rest.saturating_sub(2), kind, 0)
    }
}
