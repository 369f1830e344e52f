//! The panes of the first screen: each is a list of rows that are made when the world changes and
//! turned into lines only where they are on the screen.

mod authorities;
mod expiring;
mod kubeconfigs;
mod requests;

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::text::{Line, Span};
use tui_input::Input;

use super::rows::{self, Cursor};
use super::words;
use crate::inventory::judged::Certainty;
use crate::inventory::state::Status;
use crate::inventory::{Item, ItemIndex, KeyItem, KubeconfigItem, RequestItem};
use crate::model::world::World;
use crate::model::{Pane, Route};
use crate::running::ProbeTarget;

/// One row: a thing of the inventory, and its place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaneRow {
    /// A certificate.
    Item(ItemIndex, TreePlace),
    /// A bare key: its place among the keys, and that of its public half.
    Key(u32, Option<u32>),
    /// A request, by its place.
    Request(u32),
    /// A kubeconfig, by its place.
    Kubeconfig(u32),
}

/// Where a certificate stands in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TreePlace {
    /// 0 for a root.
    pub depth: u8,
    /// Whether it is the last of its siblings.
    pub last: bool,
    /// Bit n: a line goes on at depth n.
    pub trunks: u32,
    /// Whether it has children, and whether they are shown.
    pub open: Option<bool>,
}

/// A pane's own state.
#[derive(Debug, Clone)]
pub struct PaneState {
    /// Which pane.
    pub pane: Pane,
    /// The cursor.
    pub cursor: Cursor,
    /// What the filter lets through, in order.
    pub rows: Vec<PaneRow>,
    /// The filter.
    pub filter: Input,
    /// Which of [`Self::sorts`].
    pub sort: usize,
    /// Ids of CAs whose children are hidden.
    pub folded: BTreeSet<Arc<str>>,
    /// What the rows were filtered by.
    needle: String,
}

impl PaneState {
    /// An empty pane.
    pub fn new(pane: Pane) -> Self {
        Self {
            pane,
            cursor: Cursor::default(),
            rows: Vec::new(),
            filter: Input::default(),
            sort: 0,
            folded: BTreeSet::new(),
            needle: String::new(),
        }
    }

    /// The orders that the pane knows, the first one first.
    pub fn sorts(&self) -> &'static [&'static str] {
        match self.pane {
            Pane::Authorities => &["tree", "name", "worst"],
            Pane::Expiring => &["worst", "name", "end", "file"],
            Pane::Requests => &["newest", "name"],
            Pane::Kubeconfigs => &["file", "worst", "user"],
        }
    }

    /// Makes the rows again; the cursor stays on its thing where that is still there.
    pub fn rebuild(&mut self, world: &World) {
        let before = self.selected().and_then(|row| key(world, row));
        self.refill(world);
        if let Some(before) = before
            && let Some(at) = self
                .rows
                .iter()
                .position(|row| key(world, *row).as_ref() == Some(&before))
        {
            self.cursor.row = at;
        }
    }

    /// Makes the rows again for another order: the cursor goes to the first.
    pub fn reorder(&mut self, world: &World) {
        self.refill(world);
        self.cursor = Cursor::default();
    }

    /// Filters anew: the cursor goes to the first row. Of a longer text only what the shorter one
    /// let through is looked at.
    pub fn refilter(&mut self, world: &World) {
        let needle = self.needle_now();
        if self.pane == Pane::Expiring
            && !self.needle.is_empty()
            && needle.starts_with(&self.needle)
        {
            self.rows
                .retain(|row| expiring::matches(world, *row, &needle));
            self.needle = needle;
        } else {
            self.refill(world);
        }
        self.cursor = Cursor::default();
    }

    fn needle_now(&self) -> String {
        self.filter.value().trim().to_lowercase()
    }

    fn refill(&mut self, world: &World) {
        let needle = self.needle_now();
        self.rows = match self.pane {
            Pane::Authorities => authorities::rows(world, self, &needle),
            Pane::Expiring => expiring::rows(world, self.sort, &needle),
            Pane::Requests => requests::rows(world, self.sort, &needle),
            Pane::Kubeconfigs => kubeconfigs::rows(world, self.sort, &needle),
        };
        self.needle = needle;
    }

    /// The row under the cursor.
    pub fn selected(&self) -> Option<PaneRow> {
        self.rows.get(self.cursor.row).copied()
    }

    /// One row as a line of `width` cells.
    pub fn line(&self, world: &World, at: usize, width: usize, focused: bool) -> Line<'static> {
        let Some(row) = self.rows.get(at).copied() else {
            return Line::default();
        };
        let selected = focused && at == self.cursor.row;
        let mut line = match self.pane {
            Pane::Authorities => authorities::line(world, row, width, selected),
            Pane::Expiring => expiring::line(world, row, width, selected),
            Pane::Requests => requests::line(world, row, width, selected),
            Pane::Kubeconfigs => kubeconfigs::line(world, row, width, selected),
        };
        let id = item(world, row).map(|item| &item.id);
        let id = id.or_else(|| request_of(world, row).map(|request| &request.id));
        if !world.selected.is_empty() && id.is_some_and(|id| world.selected.contains(id)) {
            line.spans[0] = rows::chosen(world, selected);
        }
        line
    }

    /// The sentence in the frame's bottom.
    pub fn bottom(&self, world: &World) -> Vec<Span<'static>> {
        match self.pane {
            Pane::Expiring => expiring::horizon(world),
            _ => Vec::new(),
        }
    }

    /// What stands in place of the rows where there are none: a fact, and what to do next.
    pub fn nothing(&self, world: &World) -> [&'static str; 2] {
        if !self.filter.value().trim().is_empty() {
            return ["nothing matches the filter", "Esc clears it"];
        }
        if world.certainty() == Certainty::Read {
            return [
                "none among what could be read",
                "the list of what was not read says why",
            ];
        }
        match self.pane {
            Pane::Authorities => ["no CA here", "kubepki DIR reads another folder"],
            Pane::Expiring => ["no certificate here", "kubepki DIR reads another folder"],
            Pane::Requests => [
                "no request on this master",
                "PKCS#10 files and CertificateSigningRequests show up here; paste one to open it",
            ],
            Pane::Kubeconfigs => ["no kubeconfig here", ""],
        }
    }
}

/// The pane with the worst item: every certificate stands among what expires, a kubeconfig may be
/// worse.
pub fn first_pane(world: &World) -> Pane {
    let inventory = world.inventory();
    let worst = world
        .judged
        .worst_first
        .first()
        .map(|index| world.status(*index));
    let kubeconfig = inventory
        .kubeconfigs
        .iter()
        .map(|one| words::kubeconfig_status(world, one))
        .min();
    match (worst, kubeconfig) {
        (Some(worst), Some(kubeconfig)) if kubeconfig < worst => Pane::Kubeconfigs,
        (None, Some(_)) => Pane::Kubeconfigs,
        (worst, _)
            if world.judged.wrong_keys > 0 && worst.is_none_or(|worst| worst == Status::Ok) =>
        {
            Pane::Authorities
        }
        (None, None) if !inventory.requests.is_empty() => Pane::Requests,
        _ => Pane::Expiring,
    }
}

/// What survives a rescan.
fn key(world: &World, row: PaneRow) -> Option<Arc<str>> {
    let inventory = world.inventory();
    match row {
        PaneRow::Item(index, _) => inventory.item(index).map(|item| item.id.clone()),
        PaneRow::Key(at, _) => bare_key(world, at).map(|key| key.path.clone()),
        PaneRow::Request(at) => request(world, at).map(|request| request.id.clone()),
        PaneRow::Kubeconfig(at) => kubeconfig(world, at).map(|kubeconfig| kubeconfig.path.clone()),
    }
}

/// What Enter opens.
pub(crate) fn route(world: &World, row: PaneRow) -> Option<Route> {
    match row {
        PaneRow::Item(index, _) => world
            .inventory()
            .item(index)
            .map(|item| Route::Certificate(item.id.clone())),
        PaneRow::Key(at, _) => bare_key(world, at).map(|key| Route::Why(key.path.clone())),
        PaneRow::Request(at) => {
            request(world, at).map(|request| Route::Request(request.id.clone()))
        }
        PaneRow::Kubeconfig(at) => {
            kubeconfig(world, at).map(|kubeconfig| Route::Kubeconfig(kubeconfig.path.clone()))
        }
    }
}

/// The certificate behind a row: a kubeconfig's is that of its current user.
pub(crate) fn item(world: &World, row: PaneRow) -> Option<&Item> {
    let index = match row {
        PaneRow::Item(index, _) => index,
        PaneRow::Kubeconfig(at) => kubeconfig(world, at)?.current_user()?.certificate?,
        PaneRow::Key(..) | PaneRow::Request(_) => return None,
    };
    world.inventory().item(index)
}

/// What must be asked to know what is served of a row's thing: the ports of a certificate, a
/// kubeconfig's server.
pub(crate) fn asked(world: &World, row: PaneRow) -> Vec<ProbeTarget> {
    match row {
        PaneRow::Item(index, _) => world.running.asked_for(index),
        PaneRow::Kubeconfig(at) => {
            let server = kubeconfig(world, at).and_then(KubeconfigItem::current_server);
            server
                .map(|server| ProbeTarget::Server(server.into()))
                .into_iter()
                .collect()
        }
        PaneRow::Key(..) | PaneRow::Request(_) => Vec::new(),
    }
}

/// The file behind a row.
pub(crate) fn path(world: &World, row: PaneRow) -> Option<Arc<str>> {
    match row {
        PaneRow::Item(index, _) => world.inventory().item(index).map(|item| item.path.clone()),
        PaneRow::Key(at, _) => bare_key(world, at).map(|key| key.path.clone()),
        PaneRow::Request(at) => request(world, at).map(|request| request.path.clone()),
        PaneRow::Kubeconfig(at) => kubeconfig(world, at).map(|kubeconfig| kubeconfig.path.clone()),
    }
}

pub(crate) fn bare_key(world: &World, at: u32) -> Option<&KeyItem> {
    world.inventory().keys.get(at as usize)
}

/// The request of a row.
pub(crate) fn request_of(world: &World, row: PaneRow) -> Option<&RequestItem> {
    match row {
        PaneRow::Request(at) => request(world, at),
        PaneRow::Item(..) | PaneRow::Key(..) | PaneRow::Kubeconfig(_) => None,
    }
}

pub(crate) fn request(world: &World, at: u32) -> Option<&RequestItem> {
    world.inventory().requests.get(at as usize)
}

pub(crate) fn kubeconfig(world: &World, at: u32) -> Option<&KubeconfigItem> {
    world.inventory().kubeconfigs.get(at as usize)
}

/// Whether `text` holds `needle`, which is lower case; without an allocation where both are ASCII.
pub(crate) fn holds(text: &str, needle: &str) -> bool {
    if needle.is_empty() {
        return true;
    }
    if !text.is_ascii() || !needle.is_ascii() {
        return text.to_lowercase().contains(needle);
    }
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let starts = text.len().saturating_sub(needle.len() - 1);
    // The first byte alone decides nearly always: 100,000 rows are looked through between two keys.
    (0..starts).any(|at| {
        text[at].to_ascii_lowercase() == needle[0]
            && text[at..at + needle.len()].eq_ignore_ascii_case(needle)
    })
}

/// Whether the filter lets an item through: by its id, name, file, status or reader.
fn item_matches(world: &World, index: ItemIndex, item: &Item, needle: &str) -> bool {
    needle.is_empty()
        || holds(&item.id, needle)
        || (!item.id.starts_with(&*item.path) && holds(&item.path, needle))
        || item
            .certificate()
            .and_then(|certificate| certificate.common_name())
            .is_some_and(|name| holds(name, needle))
        || holds(world.status(index).word(), needle)
        || item.roles.iter().any(|role| holds(role.name, needle))
        || item
            .read_by
            .iter()
            .any(|reader| holds(reader.component.as_str(), needle))
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn filters_do_not_mind_the_case() {
        for (text, needle, expected) in [
            ("Kube-APIserver", "apis", true),
            ("etcd", "etcd-peer", false),
            ("ÄPFEL", "äpf", true),
            ("x", "", true),
            ("", "x", false),
        ] {
            assert_eq!(holds(text, needle), expected, "{text} {needle}");
        }
    }
}
