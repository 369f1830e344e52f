//! Questions, a page for each step. Every wizard is a table in `ui/wizards`; this draws them all.
//!
//! ```text
//!  Expiring › Renew apiserver
//! ╭─ Renew apiserver  1 of 3 · lifetime and key ───────────────────╮
//! │▌lives for   90 days                                            │
//! │             until 2027-02-20 03:12:00Z                         │
//! │             from now, in days; empty for the usual             │
//! │ key         ● a new one   ○ keep it                            │
//! │ algorithm   ● as it is (RSA-2048)   ○ RSA-2048   ○ RSA-3072    │
//! │             ○ ECDSA-P256   ○ Ed25519                           │
//! ╰────────────────────────────────────────────────────────────────╯
//!  ↵ go on  Tab next field  Esc leave  F1 help
//! ```

mod filled;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::super::chrome;
use super::super::spoken::{Spoken, spoken};
use super::super::wizards::form::{self, Focus, Row};
use super::super::wizards::{Answer, Field, Step, Window, wizard};
use super::Screen;
use crate::model::key::{KeyCode, Named};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Effect, Key, Mouse, MouseKind, Route, WizardName};
use filled::Filled;

/// The wizard's state.
#[derive(Debug)]
pub struct Wizard {
    filled: Filled,
    step: usize,
    /// The field under the cursor, among those of the step that are asked.
    field: usize,
    /// Whether it was asked if that shall be forgotten.
    leaving: bool,
    /// What is on the screen.
    window: Window,
}

impl Wizard {
    /// A wizard with its answers at first.
    pub fn new(about: WizardName, world: &World) -> Self {
        let filled = Filled::new(about, world);
        Self {
            filled,
            step: 0,
            field: 0,
            leaving: false,
            window: Window::default(),
        }
    }

    fn steps(&self) -> &'static [Step] {
        wizard(&self.filled.about).steps
    }

    fn step(&self) -> &'static Step {
        &self.steps()[self.step]
    }

    fn fields(&self, world: &World) -> Vec<Field> {
        self.step().asked(&self.filled.context(world))
    }

    fn focused(&self, world: &World) -> Option<Field> {
        let fields = self.fields(world);
        fields.get(self.field).or(fields.last()).copied()
    }

    fn rows(&self, world: &World, size: (usize, usize)) -> Vec<Row> {
        let focus = Focus {
            field: self.focused(world).map(|field| field.name),
            faults: &self.filled.faults,
        };
        form::rows(
            &self.filled.context(world),
            &self.fields(world),
            &focus,
            size,
        )
    }

    /// Keeps the row under the cursor on the screen.
    fn settle(&mut self, world: &World) {
        let size = inner_size(chrome::areas(world).body);
        self.window.settle(&self.rows(world, size), size.1);
    }

    /// Looks at the answers of a step; `false`: one of them is none, and the cursor stands there.
    fn is_sound(&mut self, world: &World, step: usize) -> bool {
        let wrong = self.filled.first_fault(world, &self.steps()[step]);
        if let Some(at) = wrong {
            (self.step, self.field) = (step, at);
        }
        wrong.is_none()
    }

    fn go(&mut self, world: &World, forward: bool) -> Vec<Effect> {
        if !forward {
            (self.step, self.field) = (self.step.saturating_sub(1), 0);
        } else if !self.is_sound(world, self.step) {
            return Vec::new();
        } else if self.step + 1 < self.steps().len() {
            (self.step, self.field) = (self.step + 1, 0);
        } else if (0..self.steps().len()).all(|step| self.is_sound(world, step)) {
            return vec![Effect::Plan((wizard(&self.filled.about).request)(
                &self.filled.context(world),
            ))];
        }
        self.window = Window::default();
        Vec::new()
    }

    /// To another field, or another row of a list.
    fn moved(&mut self, world: &World, named: Named) {
        let size = inner_size(chrome::areas(world).body);
        let fields = self.fields(world);
        let last = fields.len().saturating_sub(1);
        self.field = self.field.min(last);
        if named == Named::Up && self.window.up() {
            return;
        }
        let down = matches!(named, Named::Down | Named::Tab);
        if matches!(named, Named::Down | Named::Up)
            && let Some(Answer::List(list)) = fields
                .get(self.field)
                .and_then(|field| self.filled.answers.get_mut(field.name))
            && list.moved(down)
        {
            return;
        }
        // What a small screen does not hold can be read before the next field.
        if named == Named::Down && self.window.down(&self.rows(world, size), size.1) {
            return;
        }
        self.window.back();
        self.field = match (named, down) {
            (Named::Tab, _) if self.field == last => 0,
            (Named::BackTab, _) if self.field == 0 => last,
            (_, true) => (self.field + 1).min(last),
            (_, false) => self.field.saturating_sub(1),
        };
    }

    fn leave(&mut self) -> Vec<Effect> {
        if self.filled.changed && !self.leaving {
            self.leaving = true;
            return Vec::new();
        }
        vec![Effect::Close]
    }

    /// The list in which a text was typed.
    fn is_adding(&self, world: &World) -> Option<Field> {
        let field = self.focused(world)?;
        let is_typing = matches!(self.filled.answers.get(field.name), Some(Answer::List(list)) if list.is_typing());
        is_typing.then_some(field)
    }

    fn title_spans(&self, world: &World) -> Vec<Span<'static>> {
        let title = (wizard(&self.filled.about).title)(&self.filled.context(world));
        let dot = world.signs().dot;
        let place = format!(
            "  {} of {} {dot} {}",
            self.step + 1,
            self.steps().len(),
            self.step().title
        );
        vec![
            Span::styled(title, world.style(Tone::TitleFocused)),
            Span::styled(place, world.style(Tone::Dim)),
        ]
    }
}

/// Cells and lines inside the frame.
fn inner_size(area: Rect) -> (usize, usize) {
    (
        usize::from(area.width.saturating_sub(2)),
        usize::from(area.height.saturating_sub(2)).max(1),
    )
}

impl Screen for Wizard {
    fn route(&self) -> Route {
        Route::Wizard(self.filled.about.clone())
    }

    fn refresh(&mut self, world: &World) {
        self.settle(world);
    }

    fn update(&mut self, _world: &World, action: Action) -> Vec<Effect> {
        if action == Action::Back {
            self.leave()
        } else {
            Vec::new()
        }
    }

    fn refusal(&self, _world: &World, _action: Action) -> Option<&'static str> {
        None
    }

    fn footer(&self) -> &'static [Action] {
        &[]
    }

    fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        let size = inner_size(area);
        let rows = self.rows(world, size);
        let top = self.window.top(&rows, size.1);
        let bottom = chrome::place(world, top, size.1, rows.len())
            .into_iter()
            .collect();
        let block = chrome::frame(
            world,
            true,
            chrome::cut(world, self.title_spans(world), area.width),
            bottom,
        );
        let inner = block.inner(area);
        frame.render_widget(block, area);
        for (y, row) in (inner.y..inner.bottom()).zip(rows.into_iter().skip(top)) {
            if let Some(caret) = row.caret {
                let x = inner.x.saturating_add(u16::try_from(caret).unwrap_or(0));
                frame.set_cursor_position((x.min(inner.right().saturating_sub(1)), y));
            }
            frame.render_widget(
                row.line(),
                Rect {
                    y,
                    height: 1,
                    ..inner
                },
            );
        }
    }

    fn spoken(&self, world: &World) -> Spoken {
        let rows = self.rows(world, (1000, 0));
        let said = |rows: &mut dyn Iterator<Item = &Row>| -> Vec<String> {
            rows.map(Row::said)
                .filter(|said| !said.is_empty())
                .collect()
        };
        let title: String = self
            .title_spans(world)
            .iter()
            .map(|span| span.content.as_ref())
            .collect();
        let mut page = vec![spoken(&title)];
        page.extend(said(&mut rows.iter()));
        let mut line = if self.leaving {
            "Esc forgets what you typed, any other key stays; ".to_owned()
        } else {
            String::new()
        };
        let focused = self.focused(world).map(|field| field.name);
        line.push_str(&said(&mut rows.iter().filter(|row| row.is_told(focused))).join("; "));
        Spoken { page, line }
    }

    fn title(&self, world: &World) -> Option<String> {
        Some((wizard(&self.filled.about).title)(
            &self.filled.context(world),
        ))
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn typing_keys(&self, world: &World) -> Vec<(&'static str, &'static str)> {
        if self.leaving {
            return vec![("Esc", "forget what you typed"), ("any other key", "stay")];
        }
        let enter = world.signs().enter;
        let is_last = self.step + 1 == self.steps().len();
        let on = (enter, if is_last { "review" } else { "go on" });
        let mut keys = match self
            .focused(world)
            .and_then(|field| self.filled.answers.get(field.name))
        {
            Some(Answer::Choice(_) | Answer::Toggle(_)) => vec![on, ("Space", "choose")],
            Some(Answer::List(list)) if list.is_gone() => vec![on, ("Space", "keep it")],
            Some(Answer::List(list)) if list.is_table && !list.is_typing() => {
                vec![on, ("Space", "take it away"), ("Backspace", "change it")]
            }
            Some(Answer::List(list)) if !list.is_typing() => vec![on, ("Space", "take it away")],
            Some(Answer::List(list)) if !list.input.value().trim().is_empty() => {
                vec![(enter, "add"), ("PgDn", on.1)]
            }
            _ => vec![on],
        };
        keys.extend([("Tab", "next field"), ("Esc", "leave")]);
        if self.step > 0 {
            keys.push(("PgUp", "back"));
        }
        keys
    }

    fn typed(&mut self, world: &World, key: Key) -> Vec<Effect> {
        let effects = match key.code {
            KeyCode::Named(Named::Escape) => return self.leave(),
            // The key that stays does nothing else.
            _ if std::mem::take(&mut self.leaving) => Vec::new(),
            KeyCode::Named(Named::Enter)
                if self
                    .is_adding(world)
                    .is_some_and(|field| self.filled.add(world, &field)) =>
            {
                Vec::new()
            }
            KeyCode::Named(Named::Enter | Named::PageDown) => self.go(world, true),
            KeyCode::Named(Named::PageUp) => self.go(world, false),
            KeyCode::Named(named @ (Named::Tab | Named::BackTab | Named::Down | Named::Up)) => {
                self.moved(world, named);
                Vec::new()
            }
            _ => {
                self.window.back();
                if let Some(field) = self.focused(world) {
                    self.filled.typed(world, self.step(), &field, key);
                }
                Vec::new()
            }
        };
        self.settle(world);
        effects
    }

    fn pasted(&mut self, world: &World, pasted: &str) {
        self.leaving = false;
        self.window.back();
        let Some(field) = self.focused(world) else {
            return;
        };
        self.filled.pasted(world, self.step(), &field, pasted);
        self.settle(world);
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect> {
        self.leaving = false;
        match mouse.kind {
            MouseKind::WheelUp => self.moved(world, Named::Up),
            MouseKind::WheelDown => self.moved(world, Named::Down),
            MouseKind::Click => {
                let size = inner_size(area);
                let rows = self.rows(world, size);
                let (y, x) = (
                    mouse.row.checked_sub(area.y + 1),
                    mouse.column.checked_sub(area.x + 1),
                );
                let (Some(y), Some(x)) = (y, x) else {
                    return Vec::new();
                };
                let at = self.window.top(&rows, size.1) + usize::from(y);
                if let Some(row) = rows.get(at).filter(|_| y + 2 < area.height) {
                    let fields = self.fields(world);
                    self.field = fields
                        .iter()
                        .position(|field| field.name == row.field)
                        .unwrap_or(self.field);
                    self.filled.clicked(row, usize::from(x));
                }
            }
        }
        self.settle(world);
        Vec::new()
    }
}
