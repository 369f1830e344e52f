//! Every certificate that was made or seen here, the newest first.
//!
//! ```text
//! ╭─ Ledger /shop ─────────────────────────────────────────────────╮
//! │   name               issuer       issued       ends        by  │
//! │▌● shop.example.org   kubernetes   1 Dec 2026   1 Dec 2027  ann │
//! │ ● kube-apiserver     kubernetes   22 Nov 2026  22 Nov 2027 seen│
//! ╰─ 2 of 214 · it cannot know what a key signed elsewhere ────────╯
//!  ↵ open  / filter  Esc back  : all actions  ? help         q quit
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::Input;

use super::super::chooser::{self, TitleFilter};
use super::super::input::{edit, insert};
use super::super::rows::{self, Cell, Cursor};
use super::super::spoken::{Spoken, spoken};
use super::super::{chrome, ledger, placeholder, text};
use super::Screen;
use crate::model::key::{KeyCode, Named};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Effect, Key, Mouse, Problem, Route};
use crate::record::LedgerEntry;
use crate::words::ledger as told;
use crate::words::{count, date};

/// The ledger's state.
#[derive(Debug, Default)]
pub struct LedgerList {
    cursor: Cursor,
    filter: Input,
    is_typing: bool,
    /// The places of all rows, those issued last first.
    order: Vec<usize>,
    /// Those of the rows that are shown.
    shown: Vec<usize>,
    /// The SHA-256 under the cursor: a newer row moves the others.
    id: Option<String>,
}

const FOOTER: [Action; 4] = [Action::Open, Action::Filter, Action::Back, Action::Palette];

impl LedgerList {
    /// Below the heading.
    fn height(world: &World) -> usize {
        usize::from(chrome::areas(world).body.height.saturating_sub(3))
    }

    fn entry<'a>(&self, world: &'a World, row: usize) -> Option<&'a LedgerEntry> {
        ledger::entries(world).get(*self.shown.get(row)?)
    }

    fn keep(&mut self, world: &World) {
        let all = ledger::entries(world);
        let words = self.filter.value();
        let is_meant = |at: &usize| all.get(*at).is_some_and(|entry| entry.is_meant_by(words));
        self.shown = self.order.iter().copied().filter(is_meant).collect();
        let own = |row: &usize| {
            let entry = self.entry(world, *row);
            entry.map(|entry| &entry.sha256) == self.id.as_ref()
        };
        let at = self
            .id
            .as_ref()
            .and_then(|_| (0..self.shown.len()).find(own));
        self.cursor.row = at.unwrap_or(self.cursor.row);
        self.cursor.settle(self.shown.len(), Self::height(world));
        self.remember(world);
    }

    fn remember(&mut self, world: &World) {
        let entry = self.entry(world, self.cursor.row);
        self.id = entry.map(|entry| entry.sha256.clone());
    }

    fn opened(&self) -> Vec<Effect> {
        let id = self.id.as_deref();
        id.map(|id| Effect::Open(Route::LedgerEntry(id.into())))
            .into_iter()
            .collect()
    }

    /// What stands in place of the rows.
    fn nothing(world: &World) -> [String; 2] {
        match &world.ledger {
            None => ["reading the ledger".to_owned(), String::new()],
            Some(Err(problem)) => {
                let fact = Problem {
                    hint: String::new(),
                    ..problem.clone()
                };
                [text::show(&fact.line()), text::show(&problem.hint)]
            }
            Some(Ok(ledger)) if ledger.entries.is_empty() => [
                "no certificate was made or seen here yet".to_owned(),
                "each will stand here, whatever becomes of its file".to_owned(),
            ],
            Some(Ok(_)) => [
                "nothing here is meant by that".to_owned(),
                "a serial number, a SHA-256, a key identifier, or a part of a name, path or note"
                    .to_owned(),
            ],
        }
    }

    fn bottom(&self, world: &World) -> Vec<Span<'static>> {
        if let Some((words, tone)) = ledger::doubt(world) {
            return vec![Span::styled(words, world.style(tone))];
        }
        let all = ledger::entries(world).len();
        let of = if self.shown.len() == all {
            count::of(all, "certificate")
        } else {
            format!("{} of {all}", self.shown.len())
        };
        let dim = world.style(Tone::Dim);
        if world.size.0 < 60 {
            return vec![Span::styled(of, dim)];
        }
        let limit = "what a CA's key signed elsewhere is not here";
        vec![Span::styled(
            format!("{of} {} {limit}", world.signs().dot),
            dim,
        )]
    }
}

/// The cells of a row but for its name: those of the widest text that can stand there.
struct Columns {
    name: usize,
    issuer: usize,
    issued: usize,
    end: usize,
    by: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let (issuer, since, end, by) = match width {
            100.. => (24, 21, 14, 18),
            60.. => (16, 13, 13, 9),
            _ => (0, 0, 13, 0),
        };
        let name = width.saturating_sub(1 + issuer + since + end + by);
        Self {
            name,
            issuer,
            issued: since,
            end,
            by,
        }
    }

    fn cells(&self, world: &World, texts: [String; 5], tones: [Tone; 5]) -> Vec<Cell> {
        let widths = [self.name, self.issuer, self.issued, self.end, self.by];
        texts
            .into_iter()
            .zip(tones)
            .zip(widths)
            .filter(|(_, cells)| *cells > 0)
            .flat_map(|((text, tone), cells)| {
                let style = world.style(tone);
                [
                    Cell::left(text, cells.saturating_sub(2), style),
                    Cell::left("", 2, style),
                ]
            })
            .collect()
    }
}

fn head(world: &World, width: usize) -> Line<'static> {
    let texts = ["  name", "issuer", "issued", "ends", "by"].map(str::to_owned);
    rows::line(
        world,
        false,
        Columns::of(width).cells(world, texts, [Tone::Dim; 5]),
    )
}

fn line(world: &World, entry: &LedgerEntry, is_selected: bool, width: usize) -> Line<'static> {
    let (sign, tone) = ledger::sign(world, entry);
    let columns = Columns::of(width);
    let since = match entry.issued() {
        at if width >= 100 => date::near(at, world.now.year()),
        at => date::day(at),
    };
    let texts = [
        format!("{sign} {}", told::name(entry)),
        told::common_name(&entry.issuer),
        since,
        date::day(entry.not_after),
        if width >= 100 {
            told::by(entry)
        } else {
            told::by_in_short(entry)
        },
    ];
    let name = if is_selected {
        Tone::Bright
    } else {
        Tone::Text
    };
    let tones = [name, Tone::Dim, Tone::Dim, tone, Tone::Dim];
    rows::line(world, is_selected, columns.cells(world, texts, tones))
}

fn said(world: &World, entry: &LedgerEntry) -> String {
    let standing = told::standing(entry, world.moment()).word();
    let parts = [
        told::name(entry),
        format!("{standing} until {}", date::day(entry.not_after)),
        format!("issuer {}", told::common_name(&entry.issuer)),
        told::by(entry),
    ];
    spoken(&parts.join(", "))
}

impl Screen for LedgerList {
    fn route(&self) -> Route {
        Route::Ledger
    }

    fn refresh(&mut self, world: &World) {
        let known = world
            .ledger
            .as_ref()
            .and_then(|ledger| ledger.as_ref().ok());
        self.order = known
            .map(|ledger| ledger.newest_first())
            .unwrap_or_default();
        self.keep(world);
    }

    fn update(&mut self, world: &World, action: Action) -> Vec<Effect> {
        let height = Self::height(world);
        if self.cursor.moved(action, self.shown.len(), height) {
            self.remember(world);
            return Vec::new();
        }
        match action {
            Action::Open => self.opened(),
            Action::Filter => {
                self.is_typing = true;
                Vec::new()
            }
            Action::Back if !self.filter.value().is_empty() => {
                self.filter.reset();
                self.keep(world);
                Vec::new()
            }
            Action::Back => vec![Effect::Close],
            Action::Next | Action::Right => vec![Effect::Close, Effect::Run(Action::History)],
            Action::Previous | Action::Left => {
                vec![Effect::Close, Effect::Run(Action::Kubeconfigs)]
            }
            _ => Vec::new(),
        }
    }

    fn refusal(&self, _world: &World, action: Action) -> Option<&'static str> {
        match action {
            Action::Open if self.id.is_none() => Some("there is no row"),
            Action::Renew
            | Action::Options
            | Action::Select
            | Action::Why
            | Action::CopyPem
            | Action::CopyFingerprint => Some("the ledger holds rows, no files"),
            Action::Sort | Action::Zoom | Action::Fold => Some("the ledger has one order"),
            _ => None,
        }
    }

    fn footer(&self) -> &'static [Action] {
        &FOOTER
    }

    fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        let mut title = vec![Span::styled("Ledger", world.style(Tone::TitleFocused))];
        let filter = TitleFilter {
            input: &self.filter,
            is_typing: self.is_typing,
        };
        filter.render(world, &mut title, frame, area);
        let block = chrome::frame(world, true, title, self.bottom(world));
        let inner = block.inner(area);
        frame.render_widget(block, area);
        if self.shown.is_empty() {
            let [fact, next] = Self::nothing(world);
            return placeholder::nothing(world, [&fact, &next], frame, inner);
        }
        let width = usize::from(inner.width);
        frame.render_widget(
            head(world, width),
            Rect {
                height: inner.height.min(1),
                ..inner
            },
        );
        let rows = self.cursor.top..self.shown.len();
        for (y, row) in (inner.y.saturating_add(1)..inner.bottom()).zip(rows) {
            let Some(entry) = self.entry(world, row) else {
                continue;
            };
            let line = line(world, entry, row == self.cursor.row, width);
            frame.render_widget(
                line,
                Rect {
                    y,
                    height: 1,
                    ..inner
                },
            );
        }
    }

    fn spoken(&self, world: &World) -> Spoken {
        let row = |at| {
            self.entry(world, at)
                .map(|entry| said(world, entry))
                .unwrap_or_default()
        };
        let mut page = vec![format!(
            "Ledger {}",
            count::of(self.shown.len(), "certificate")
        )];
        page.extend(ledger::doubt(world).map(|(words, _)| words));
        page.extend((self.cursor.row..self.shown.len()).take(50).map(row));
        let line = if self.shown.is_empty() {
            Self::nothing(world).join("; ")
        } else {
            row(self.cursor.row)
        };
        Spoken { page, line }
    }

    fn title(&self, _world: &World) -> Option<String> {
        Some("Ledger".to_owned())
    }

    fn is_typing(&self) -> bool {
        self.is_typing
    }

    fn typed(&mut self, world: &World, key: Key) -> Vec<Effect> {
        match key.code {
            KeyCode::Named(Named::Enter | Named::Down) => self.is_typing = false,
            KeyCode::Named(Named::Escape) => {
                self.is_typing = false;
                self.filter.reset();
                self.keep(world);
            }
            _ if edit(&mut self.filter, key) => {
                self.id = None;
                self.cursor = Cursor::default();
                self.keep(world);
            }
            _ => {}
        }
        Vec::new()
    }

    fn pasted(&mut self, world: &World, pasted: &str) {
        insert(&mut self.filter, pasted);
        self.keep(world);
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect> {
        let (rows, height) = (self.shown.len(), Self::height(world));
        let top = area.y.saturating_add(2);
        let at = chooser::pointed(&mut self.cursor, mouse, rows, height, top);
        let effects = match at {
            // A second click on the row opens it.
            Some(at) if at == self.cursor.row => self.opened(),
            Some(at) => {
                self.cursor.row = at;
                Vec::new()
            }
            None => Vec::new(),
        };
        self.remember(world);
        effects
    }
}
