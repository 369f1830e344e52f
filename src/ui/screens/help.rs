//! All keys, to search (`/`) and to run (Enter).
//!
//! ```text
//! ╭─ Help /copy ───────────────────────────────────────╮
//! │▌copy PEM     y   Copy the certificate or request … │
//! │ copy SHA-256 Y   Copy the SHA-256 fingerprint to … │
//! ╰─ ✗ expired or broken  ! due  ● good ───────────────╯
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::Input;

use super::super::chooser::TitleFilter;
use super::super::input::{edit, insert};
use super::super::panes::holds;
use super::super::rows::Cursor;
use super::super::spoken::{Spoken, spoken};
use super::super::{chooser, chrome, text};
use super::Screen;
use crate::model::action::ACTIONS;
use crate::model::key::{KeyCode, Named};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Effect, Key, Mouse, Route};

/// The help's state.
#[derive(Debug, Default)]
pub struct Help {
    input: Input,
    typing: bool,
    cursor: Cursor,
    found: Vec<Action>,
}

impl Help {
    fn height(world: &World) -> usize {
        let body = chrome::areas(world).body;
        let others =
            usize::from(2 + chooser::explained_rows(world)) + Self::below(world, body.width).len();
        usize::from(body.height).saturating_sub(others)
    }

    /// What the keys do on the page below, where they are other ones there.
    fn below(world: &World, width: u16) -> Vec<Line<'static>> {
        if world.keys_below.is_empty() {
            return Vec::new();
        }
        let mut spans = vec![Span::styled(" On the page below:", world.style(Tone::Dim))];
        for (key, words) in &world.keys_below {
            spans.push(Span::styled(format!("  {key}"), world.style(Tone::Accent)));
            spans.push(Span::styled(format!(" {words}"), world.style(Tone::Text)));
        }
        text::wrap(&spans, usize::from(width.saturating_sub(4)))
    }

    fn run(&self) -> Vec<Effect> {
        match self.found.get(self.cursor.row) {
            Some(Action::Help) | None => Vec::new(),
            Some(action) => vec![Effect::Close, Effect::Run(*action)],
        }
    }
}

impl Screen for Help {
    fn route(&self) -> Route {
        Route::Help
    }

    fn refresh(&mut self, world: &World) {
        let needle = self.input.value().trim().to_lowercase();
        let keys = |action| {
            world
                .keymap
                .keys(action)
                .iter()
                .any(|key| holds(&key.to_string(), &needle))
        };
        let rows = ACTIONS.iter().filter(|row| {
            holds(row.label, &needle)
                || holds(row.help, &needle)
                || holds(row.name, &needle)
                || keys(row.action)
        });
        self.found = rows.map(|row| row.action).collect();
        self.cursor.settle(self.found.len(), Self::height(world));
    }

    fn update(&mut self, world: &World, action: Action) -> Vec<Effect> {
        if self
            .cursor
            .moved(action, self.found.len(), Self::height(world))
        {
            return Vec::new();
        }
        match action {
            Action::Open => self.run(),
            Action::Filter => {
                self.typing = true;
                Vec::new()
            }
            Action::Back if !self.input.value().is_empty() => {
                self.input.reset();
                self.refresh(world);
                Vec::new()
            }
            Action::Back | Action::Help => vec![Effect::Close],
            _ => Vec::new(),
        }
    }

    fn refusal(&self, _world: &World, action: Action) -> Option<&'static str> {
        let own = [Action::Open, Action::Back, Action::Filter, Action::Help];
        let about_lists = [Action::Sort, Action::Zoom, Action::Fold, Action::Why];
        (!own.contains(&action) && about_lists.contains(&action)).then_some("this is the help")
    }

    fn footer(&self) -> &'static [Action] {
        &[Action::Open, Action::Back, Action::Filter]
    }

    fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        let mut title = vec![Span::styled("Help", world.style(Tone::TitleFocused))];
        let filter = TitleFilter {
            input: &self.input,
            is_typing: self.typing,
        };
        filter.render(world, &mut title, frame, area);
        let signs = world.signs();
        let legend = [
            (signs.bad, " expired or broken   ", Tone::Bad),
            (signs.warn, " due", Tone::Warn),
        ];
        let bottom = legend.into_iter().flat_map(|(sign, words, tone)| {
            [
                Span::styled(sign, world.style(tone)),
                Span::styled(words, world.style(Tone::Dim)),
            ]
        });
        let block = chrome::frame(world, true, title, bottom.collect());
        let inner = block.inner(area);
        frame.render_widget(block, area);
        chooser::explain(
            world,
            self.found.get(self.cursor.row).copied(),
            frame,
            inner,
        );
        let end = inner
            .bottom()
            .saturating_sub(chooser::explained_rows(world));
        let below = Self::below(world, area.width);
        let first = inner
            .y
            .saturating_add(u16::try_from(below.len()).unwrap_or(u16::MAX));
        for (y, line) in (inner.y..end).zip(below) {
            frame.render_widget(
                line,
                Rect {
                    y,
                    height: 1,
                    ..inner
                },
            );
        }
        for (y, at) in (first..end).zip(self.cursor.top..self.found.len()) {
            let line = chooser::action(
                world,
                self.found[at],
                at == self.cursor.row,
                usize::from(inner.width),
            );
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
        let row =
            |action: &Action| spoken(&chooser::action(world, *action, false, 160).to_string());
        let line = self
            .found
            .get(self.cursor.row)
            .map_or_else(|| "nothing found".to_owned(), row);
        let below = Self::below(world, u16::MAX)
            .into_iter()
            .map(|line| spoken(&line.to_string()));
        Spoken {
            page: below.chain(self.found.iter().map(row)).collect(),
            line,
        }
    }

    fn title(&self, _world: &World) -> Option<String> {
        Some("help".to_owned())
    }

    fn is_typing(&self) -> bool {
        self.typing
    }

    fn typed(&mut self, world: &World, key: Key) -> Vec<Effect> {
        match key.code {
            KeyCode::Named(Named::Escape) => {
                self.typing = false;
                self.input.reset();
            }
            KeyCode::Named(Named::Enter) => self.typing = false,
            KeyCode::Named(named)
                if chooser::moved(
                    &mut self.cursor,
                    named,
                    self.found.len(),
                    Self::height(world),
                ) =>
            {
                return Vec::new();
            }
            _ => {
                if edit(&mut self.input, key) {
                    self.cursor = Cursor::default();
                }
            }
        }
        self.refresh(world);
        Vec::new()
    }

    fn pasted(&mut self, world: &World, pasted: &str) {
        insert(&mut self.input, pasted);
        self.refresh(world);
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect> {
        let below = u16::try_from(Self::below(world, area.width).len()).unwrap_or(u16::MAX);
        let top = area.y.saturating_add(1).saturating_add(below);
        let at = chooser::pointed(
            &mut self.cursor,
            mouse,
            self.found.len(),
            Self::height(world),
            top,
        );
        if let Some(at) = at {
            if at == self.cursor.row {
                return self.run();
            }
            self.cursor.row = at;
        }
        Vec::new()
    }
}
