//! What every component has on the disk, what it serves, who trusts that, and what follows.
//!
//! ```text
//! ╭─ Served ─────────────────────────────────────────────────────────────────────╮
//! │ component                 port  on disk       served        trusted  to do   │
//! │▌etcd                      2379  7b3309 180 d  4a51c2 9 d    3/3    ! restart │
//! │ kube-apiserver            6443  1d8391 -2 d   not asked     0/3    ✗ replace │
//! │                                                                              │
//! │ serves 4a51c2… which ends in 9 d; on the disk is 7b3309… for 180 d           │
//! ╰─ P asks all ports; nothing is connected before ──────────────────────────────╯
//!  x restart  A restart all  p probe  P probe all  ↵ open  ? help         q quit
//! ```
//! Where there is room the page of the row under the cursor stands below.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::document::Layout;
use super::super::rows::{self, Cell, Cursor};
use super::super::spoken::{Spoken, spoken};
use super::super::{actions, chooser, chrome, placeholder, restarts, served, text, words};
use super::{Screen, component};
use crate::inventory::Item;
use crate::model::theme::Tone;
use crate::model::world::{Loaded, World};
use crate::model::{Action, Effect, Mouse, Route};
use crate::pki::Certificate;
use crate::running::{ComponentStatus, ProbeTarget, Remedy, SeenOnPort};
use crate::words::{count, date};

/// What cannot be seen from outside.
const UNSEEN: &str = "client certificates inside processes cannot be seen: judged by when the process began";

const FOOTER: [Action; 9] = [
    Action::Restart,
    Action::RestartAll,
    Action::Renew,
    Action::Probe,
    Action::ProbeAll,
    Action::Open,
    Action::Why,
    Action::Back,
    Action::Palette,
];

/// The screen's state.
#[derive(Debug, Default)]
pub struct Served {
    cursor: Cursor,
    /// What the cursor stands on.
    name: Option<Arc<str>>,
}

impl Served {
    fn selected<'a>(&self, world: &'a World) -> Option<&'a ComponentStatus> {
        world.running.statuses.get(self.cursor.row)
    }

    /// The certificate that lies on the disk for the row under the cursor.
    fn item<'a>(&self, world: &'a World) -> Option<&'a Item> {
        world.inventory().item(self.selected(world)?.on_disk?)
    }

    /// The list, and where there is room the page of the row under the cursor.
    fn areas(world: &World, body: Rect) -> (Rect, Rect) {
        let rows = u16::try_from(world.running.statuses.len()).unwrap_or(u16::MAX);
        let upper = rows.saturating_add(3);
        if body.width < 100 || body.height < upper.saturating_add(10) || rows == 0 {
            return (body, Rect::default());
        }
        let upper = upper.min(body.height / 2);
        (Rect { height: upper, ..body }, Rect { y: body.y + upper, height: body.height - upper, ..body })
    }

    /// The rows of the list, below its headings.
    fn list(world: &World, body: Rect) -> Rect {
        let area = Self::areas(world, body).0;
        let inner = Rect { x: area.x + 1, y: area.y + 1, ..area };
        let inner = Rect { width: area.width.saturating_sub(2), height: area.height.saturating_sub(2), ..inner };
        let head = u16::from(inner.height > 3);
        Rect { y: inner.y + head, height: inner.height - head, ..inner }
    }

    fn height(world: &World) -> usize {
        usize::from(Self::list(world, chrome::areas(world).body).height)
    }

    fn settle(&mut self, world: &World) {
        self.cursor.settle(world.running.statuses.len(), Self::height(world));
        self.name = self.selected(world).map(|status| status.name.clone());
    }

    fn opened(&self, world: &World) -> Vec<Effect> {
        self.selected(world).map(|status| Effect::Open(Route::Component(status.name.clone()))).into_iter().collect()
    }
}

/// Cells of the columns; 0: not shown.
struct ServedColumns {
    name: usize,
    disk: usize,
    served: usize,
    trusted: usize,
    /// Characters of a serial number.
    serial: usize,
}

const PORT: usize = 6;
const VERB: usize = 9;

impl ServedColumns {
    fn of(width: usize) -> Self {
        // Gutter, gaps, remedy, and a cell at the right.
        let fixed = 1 + 1 + VERB + 1;
        match width {
            0..60 => Self { name: width.saturating_sub(fixed + 1 + 6), disk: 0, served: 6, trusted: 0, serial: 0 },
            60..100 => {
                let (disk, served, trusted) = (12, 12, 7);
                let name = width.saturating_sub(fixed + PORT + 2 + disk + 2 + served + 2 + trusted);
                Self { name, disk, served, trusted, serial: 5 }
            }
            _ => {
                // Where there is room "not yet valid" stands there whole.
                let certificate = if width < 110 { 21 } else { 23 };
                let trusted = width - (fixed + 25 + PORT + 2 + certificate + 2 + certificate + 2);
                Self { name: 25, disk: certificate, served: certificate, trusted, serial: 9 }
            }
        }
    }

    fn has_port(&self) -> bool {
        self.disk > 0
    }
}

fn headings(world: &World, width: usize) -> Line<'static> {
    let columns = ServedColumns::of(width);
    let dim = world.style(Tone::Dim);
    let mut cells = vec![Cell::left("component", columns.name, dim)];
    if columns.has_port() {
        cells.push(Cell::right("port", PORT, dim));
        cells.push(Cell::left("  on disk", columns.disk + 2, dim));
        cells.push(Cell::left("  served", columns.served + 2, dim));
        cells.push(Cell::left("  trusted", columns.trusted + 2, dim));
    } else {
        cells.push(Cell::left(" served", columns.served + 1, dim));
    }
    cells.push(Cell::left("   to do", VERB + 1, dim));
    rows::line(world, false, cells)
}

fn row(world: &World, status: &ComponentStatus, width: usize, selected: bool) -> Line<'static> {
    let columns = ServedColumns::of(width);
    let plain = world.style(Tone::Text);
    let name = text::show(&status.name);
    let mut cells = vec![Cell::left(name, columns.name, words::name_style(world, selected, false))];
    let gap = |cells| Cell::left("", cells, plain);
    if columns.has_port() {
        let port = status.port.map(|port| port.to_string()).unwrap_or_default();
        cells.push(Cell::right(port, PORT, world.style(Tone::Dim)));
        cells.push(gap(2));
        let on_disk = served::on_disk(world, status);
        match on_disk {
            Some(certificate) => cells.extend(certificate_cells(world, certificate, &columns, columns.disk)),
            None => cells.push(Cell::left(nothing_on_disk(status), columns.disk, world.style(Tone::Dim))),
        }
        cells.push(gap(2));
    } else {
        cells.push(gap(1));
    }
    cells.extend(served_cells(world, status, &columns));
    if columns.trusted > 0 {
        let (words, tone) = served::trusted(world, status, columns.trusted > 10);
        cells.push(gap(2));
        cells.push(Cell::left(words, columns.trusted, world.style(tone)));
    }
    cells.push(gap(1));
    let remedy = served::remedy(world, status);
    let style = world.style(remedy.tone);
    cells.extend([Cell::left(remedy.sign, 2, style), Cell::left(remedy.text, VERB - 2, style)]);
    rows::line(world, selected, cells)
}

fn nothing_on_disk(status: &ComponentStatus) -> &'static str {
    if status.port.is_some() { "its own" } else { "" }
}

/// A certificate: its serial number in short, and what is left of it.
fn certificate_cells(world: &World, certificate: &Certificate, columns: &ServedColumns, cells: usize) -> Vec<Cell> {
    let (short, tone) = served::left(world, certificate);
    let (long, _) = served::life(world, certificate);
    let number = if columns.serial == 0 { 0 } else { columns.serial + 1 };
    let serial = served::serial(certificate);
    // Where room is short its end alone, in which certificates of one issuer always differ.
    let beginning = serial.chars().count().saturating_sub(columns.serial);
    let serial: String = serial.chars().skip(beginning).collect();
    let words = if text::width(&long) <= cells - number { long } else { short };
    vec![Cell::left(serial, number, world.style(Tone::Dim)), Cell::left(words, cells - number, world.style(tone))]
}

fn served_cells(world: &World, status: &ComponentStatus, columns: &ServedColumns) -> Vec<Cell> {
    let only = |words: &str, tone| vec![Cell::left(words, columns.served, world.style(tone))];
    match &status.served {
        SeenOnPort::Served { certificate, .. } => certificate_cells(world, certificate, columns, columns.served),
        SeenOnPort::Silent(silence) => only(served::silence(world, status, silence), Tone::Warn),
        SeenOnPort::NotAsked if status.port.is_none() => only("", Tone::Dim),
        SeenOnPort::NotAsked if columns.served < 9 => only("?", Tone::Dim),
        SeenOnPort::NotAsked => only("not asked", Tone::Dim),
    }
}

/// What was asked so far, and when.
fn bottom(world: &World) -> Vec<Span<'static>> {
    let span = |words: String, tone| Span::styled(words, world.style(tone));
    if let Some(words) = restarts::doing(world) {
        return vec![span(words.line(), Tone::Accent)];
    }
    let key = world.keymap.keys(Action::ProbeAll).first().map(ToString::to_string).unwrap_or_default();
    let answers = world.running.observation.answers.iter();
    let Some(last) = answers.filter(|answer| world.running.port(&answer.of).is_some()).map(|answer| answer.at).max()
    else {
        let words = " asks all ports; nothing is connected before".to_owned();
        return vec![span(key, Tone::Accent), span(words, Tone::Dim)];
    };
    let asked = format!("asked {}", date::near(last, world.now.year()));
    if let Some(lens) = world.lens {
        return vec![span(format!("{asked}, judged as of {}", date::day(lens)), Tone::Accent)];
    }
    vec![
        span(asked, Tone::Dim),
        span(format!(" {} ", world.signs().dot), Tone::Dim),
        span(key, Tone::Accent),
        span(" asks again".to_owned(), Tone::Dim),
    ]
}

impl Screen for Served {
    fn route(&self) -> Route {
        Route::Served
    }

    fn refresh(&mut self, world: &World) {
        let at = world.running.statuses.iter().position(|status| Some(&status.name) == self.name.as_ref());
        // The first look falls on what is worst.
        let worst = || {
            let worst = world
                .running
                .statuses
                .iter()
                .map(|status| status.remedy)
                .max()
                .filter(|remedy| *remedy > Remedy::Nothing);
            world.running.statuses.iter().position(|status| Some(status.remedy) == worst)
        };
        let first = if self.name.is_none() { worst() } else { None };
        self.cursor.row = at.or(first).unwrap_or(self.cursor.row);
        self.settle(world);
    }

    fn update(&mut self, world: &World, action: Action) -> Vec<Effect> {
        if self.cursor.moved(action, world.running.statuses.len(), Self::height(world)) {
            self.settle(world);
            return Vec::new();
        }
        let component = || self.selected(world).and_then(|status| status.component);
        match action {
            Action::Open => self.opened(world),
            Action::Back => vec![Effect::Close],
            Action::Next | Action::Right => vec![Effect::Close, Effect::Run(Action::Authorities)],
            Action::Previous | Action::Left => vec![Effect::Close, Effect::Run(Action::History)],
            Action::Probe => {
                component().map(|one| Effect::Probe(vec![ProbeTarget::Component(one)])).into_iter().collect()
            }
            Action::Restart => component().map(|one| Effect::Restart(vec![one])).into_iter().collect(),
            Action::RestartAll => vec![Effect::Restart(world.to_restart())],
            Action::Why => {
                let path = self.item(world).map(|item| item.path.clone());
                path.map(|path| Effect::Open(Route::Why(path))).into_iter().collect()
            }
            _ => actions::effects(self.item(world).map(|item| item.id.clone()).into_iter().collect(), action),
        }
    }

    fn refusal(&self, world: &World, action: Action) -> Option<&'static str> {
        match action {
            Action::Open | Action::Restart | Action::Probe if self.selected(world).is_none() => {
                Some("no component is known here")
            }
            Action::Restart => self.selected(world).and_then(|status| world.needless(status.component?)),
            Action::Probe if self.selected(world).is_some_and(|status| status.port.is_none()) => {
                Some("it serves nothing")
            }
            Action::Why if self.item(world).is_none() => Some("there is no file behind this row"),
            Action::Sort | Action::Zoom | Action::Fold | Action::Filter => Some("this list has one order"),
            Action::CopyPem | Action::CopyFingerprint => Some("the page of the component has what can be copied"),
            _ => actions::refusal(world, self.item(world), action),
        }
    }

    fn footer(&self) -> &'static [Action] {
        &FOOTER
    }

    fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        if matches!(world.loaded, Loaded::Reading(_)) && world.inventory().items.is_empty() {
            return placeholder::reading(world, frame, area);
        }
        let (upper, lower) = Self::areas(world, area);
        let title = vec![Span::styled("Served", world.style(Tone::TitleFocused))];
        let block = chrome::frame(world, true, title, chrome::cut(world, bottom(world), upper.width));
        let inner = block.inner(upper);
        frame.render_widget(block, upper);
        let statuses = &world.running.statuses;
        if statuses.is_empty() {
            return placeholder::nothing(world, ["no component that serves is known here", ""], frame, inner);
        }
        let list = Self::list(world, area);
        let width = usize::from(list.width);
        if list.y > inner.y {
            frame.render_widget(headings(world, width), Rect { height: 1, ..inner });
        }
        for (y, at) in (list.y..list.bottom()).zip(self.cursor.top..statuses.len()) {
            let line = row(world, &statuses[at], width, at == self.cursor.row);
            frame.render_widget(line, Rect { y, height: 1, ..list });
        }
        if lower.height > 0 {
            return self.details(world, frame, lower);
        }
        let used = u16::try_from(statuses.len()).unwrap_or(u16::MAX).saturating_add(1).min(list.height);
        self.sentences(world, frame, Rect { y: list.y + used, height: list.height - used, ..list });
    }

    fn spoken(&self, world: &World) -> Spoken {
        let statuses = &world.running.statuses;
        let mut page = vec![format!("Served {}", count::of(statuses.len(), "row"))];
        page.extend(statuses.iter().skip(self.cursor.row).map(|status| served::said(world, status)));
        page.push(UNSEEN.to_owned());
        page.push(spoken(&bottom(world).iter().map(|span| span.content.as_ref()).collect::<String>()));
        Spoken { page, line: self.selected(world).map(|status| served::said(world, status)).unwrap_or_default() }
    }

    fn title(&self, _world: &World) -> Option<String> {
        Some("Served".to_owned())
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect> {
        let list = Self::list(world, area);
        let rows = world.running.statuses.len();
        let before = self.cursor.row;
        let at = chooser::pointed(&mut self.cursor, mouse, rows, usize::from(list.height), list.y);
        self.cursor.row = at.unwrap_or(self.cursor.row);
        self.settle(world);
        // A second click on the row opens it.
        if at == Some(before) { self.opened(world) } else { Vec::new() }
    }
}

impl Served {
    /// Why the row under the cursor stands as it does, and what nobody can see.
    fn sentences(&self, world: &World, frame: &mut Frame, area: Rect) {
        let Some(status) = self.selected(world).filter(|_| area.height > 0) else { return };
        let cells = usize::from(area.width).saturating_sub(2);
        let mut lines = text::wrap(&[Span::styled(text::show(&status.why), world.style(Tone::Text))], cells);
        lines.push(Line::default());
        lines.extend(text::wrap(&[Span::styled(UNSEEN, world.style(Tone::Dim))], cells));
        for (y, line) in (area.y..area.bottom()).zip(lines) {
            frame.render_widget(line, Rect { x: area.x + 1, y, width: area.width.saturating_sub(1), height: 1 });
        }
    }

    /// The page of the row under the cursor, as far as there is room.
    fn details(&self, world: &World, frame: &mut Frame, area: Rect) {
        let Some(status) = self.selected(world) else { return };
        let document = component::document(world, &status.name);
        let title = vec![Span::styled(document.title.clone(), world.style(Tone::Title))];
        let layout = Layout::of(&document, world, usize::from(area.width.saturating_sub(2)));
        let room = usize::from(area.height.saturating_sub(2));
        let mut bottom = vec![Span::styled(UNSEEN, world.style(Tone::Dim))];
        if layout.len() > room {
            let key = world.signs().enter;
            bottom.extend([
                Span::styled(format!(" {} ", world.signs().dot), world.style(Tone::Dim)),
                Span::styled(key, world.style(Tone::Accent)),
                Span::styled(" has it all", world.style(Tone::Dim)),
            ]);
        }
        let block = chrome::frame(world, false, title, chrome::cut(world, bottom, area.width));
        let inner = block.inner(area);
        frame.render_widget(block, area);
        for (y, at) in (inner.y..inner.bottom()).zip(0..layout.len()) {
            frame.render_widget(layout.line(world, at, usize::MAX), Rect { y, height: 1, ..inner });
        }
    }
}
