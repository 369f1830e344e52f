//! The rows of tokens and kubeconfigs, in columns that they share.

use super::super::super::document::PageWriter;
use super::super::super::rows::Cell;
use super::super::super::words::{self, STATE_CELLS, StateWords};
use super::super::super::{chrome, text, tokens};
use crate::inventory::bootstrap::TokenItem;
use crate::inventory::{KubeconfigItem, Reaches};
use crate::kubernetes::bootstrap::BOOTSTRAPPERS;
use crate::model::Route;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::words::token::can;

/// Cells of the columns; 0: not shown.
pub(super) struct JoinColumns {
    name: usize,
    can: usize,
    groups: usize,
    place: usize,
}

impl JoinColumns {
    pub(super) fn of(
        world: &World,
        tokens: &[&TokenItem],
        kubeconfigs: &[&KubeconfigItem],
    ) -> Self {
        // The gutter and a cell at the right.
        let width = usize::from(chrome::areas(world).body.width).saturating_sub(4);
        let names = tokens
            .iter()
            .take(100)
            .map(|token| text::width(&tokens::name(token)));
        let paths = kubeconfigs
            .iter()
            .take(100)
            .map(|one| text::width(&words::short_path(world, &one.path)));
        let longest = names.chain(paths).max().unwrap_or(0).max(12);
        if width < 58 {
            return Self {
                name: width.saturating_sub(STATE_CELLS + 1),
                can: 0,
                groups: 0,
                place: 0,
            };
        }
        let can = 16;
        let name = longest.min(width.saturating_sub(STATE_CELLS + can + 20));
        let rest = width.saturating_sub(name + 1 + STATE_CELLS + 2 + can);
        let groups = if width < 100 {
            0
        } else {
            (rest * 2 / 5).max(31).min(rest)
        };
        Self {
            name,
            can,
            groups,
            place: rest - groups,
        }
    }
}

fn row_start(world: &World, name: String, state: StateWords, columns: &JoinColumns) -> Vec<Cell> {
    let plain = world.style(Tone::Text);
    let mut cells = vec![
        Cell::left(name, columns.name, plain),
        Cell::left("", 1, plain),
    ];
    cells.extend(state.cells(world, false));
    cells
}

pub(super) fn token_row(
    page: &mut PageWriter<'_>,
    world: &World,
    token: &TokenItem,
    columns: &JoinColumns,
) {
    let mut cells = row_start(
        world,
        tokens::name(token),
        tokens::state(world, token),
        columns,
    );
    if columns.can > 0 {
        let dim = world.style(Tone::Dim);
        let tone = if token.authenticates {
            Tone::Text
        } else {
            Tone::Warn
        };
        cells.push(Cell::left("", 2, dim));
        cells.push(Cell::left(can(token), columns.can, world.style(tone)));
        if columns.groups > 0 {
            cells.push(Cell::left(groups(world, token), columns.groups - 2, dim));
            cells.push(Cell::left("", 2, dim));
        }
        // The manifest's name says nothing that the id does not: where room is short, what it is
        // for says more.
        let is_short = columns.groups == 0 && !token.description.is_empty();
        let last = if is_short {
            text::show(&token.description)
        } else {
            tokens::place(world, token)
        };
        cells.push(Cell::left(last, columns.place, dim));
    }
    page.row(cells).opens(Route::Token(tokens::key(token)));
}

/// The groups beside the one that all have, without what all of them begin with.
fn groups(world: &World, token: &TokenItem) -> String {
    let own = token.groups.iter().filter(|group| *group != BOOTSTRAPPERS);
    let short = own.map(|group| match group.strip_prefix(BOOTSTRAPPERS) {
        Some(rest) => format!("{}{}", world.signs().ellipsis, text::show(rest)),
        None => text::show(group),
    });
    short.collect::<Vec<_>>().join(", ")
}

pub(super) fn kubeconfig_row(
    page: &mut PageWriter<'_>,
    world: &World,
    kubeconfig: &KubeconfigItem,
    columns: &JoinColumns,
) {
    let held = held_by(world, kubeconfig);
    let state = held.map_or_else(
        || words::kubeconfig_state(world, kubeconfig),
        |token| tokens::state(world, token),
    );
    let mut cells = row_start(
        world,
        words::short_path(world, &kubeconfig.path),
        state,
        columns,
    );
    if columns.can > 0 {
        let dim = world.style(Tone::Dim);
        let (whose, tone) = match held {
            Some(token) => (tokens::name(token), Tone::Text),
            None => ("token not here".to_owned(), Tone::Warn),
        };
        let (authority, judged) = authority(kubeconfig);
        cells.push(Cell::left("", 2, dim));
        cells.push(Cell::left(whose, columns.can - 2, world.style(tone)));
        cells.push(Cell::left("", 2, dim));
        let server = kubeconfig
            .current_server()
            .map(text::show)
            .unwrap_or_default();
        let server = server.strip_prefix("https://").unwrap_or(&server);
        let room = columns.groups + columns.place;
        cells.push(Cell::left(
            authority,
            AUTHORITY.min(room),
            world.style(judged),
        ));
        cells.push(Cell::left(server, room.saturating_sub(AUTHORITY), dim));
    }
    page.row(cells)
        .opens(Route::Kubeconfig(kubeconfig.path.clone()));
}

/// Cells of what is said of a kubeconfig's CA.
const AUTHORITY: usize = 11;

/// The token here that a kubeconfig holds.
fn held_by<'a>(world: &'a World, kubeconfig: &KubeconfigItem) -> Option<&'a TokenItem> {
    let mut tokens = world.inventory().bootstrap.tokens.iter();
    tokens.find(|token| token.kubeconfigs.contains(&kubeconfig.path))
}

/// Whether it would take this master's API server.
fn authority(kubeconfig: &KubeconfigItem) -> (&'static str, Tone) {
    match kubeconfig.current_context().map(|context| context.reaches) {
        Some(Reaches::ThisMaster) => ("CA ok", Tone::Good),
        Some(Reaches::AnotherCluster) => ("another CA", Tone::Bad),
        _ => ("CA unknown", Tone::Dim),
    }
}
