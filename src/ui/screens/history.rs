//! What was done so far, newest first.
//!
//! ```text
//! ╭─ History ──────────────────────────────────────────────────────╮
//! │▌22 Nov 03:14Z   Renew what is due          root (alice)   done │
//! │ 20 Nov 11:02Z   Renew apiserver            root           undone│
//! ╰─ u undoes · old files stay until they are pruned ──────────────╯
//!  ↵ open  u undo  c commands  P prune  : all actions  ? help  q quit
//! ```

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::super::rows::{self, Cell, Cursor};
use super::super::spoken::{Spoken, spoken};
use super::super::{actions, chooser, chrome, placeholder, text, words};
use super::Screen;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Effect, Mouse, Problem, Route};
use crate::plan::Request;
use crate::record::{Operation, RestartRecord, RestartState};
use crate::words::{count, date, operation as told};

/// The history's state.
#[derive(Debug, Default)]
pub struct History {
    cursor: Cursor,
    /// The id under the cursor: a newer operation moves the rows.
    id: Option<String>,
}

const FOOTER: [Action; 8] = [
    Action::Open,
    Action::Undo,
    Action::RecoverForward,
    Action::RecoverBack,
    Action::Commands,
    Action::Prune,
    Action::Back,
    Action::Palette,
];

fn all(world: &World) -> &[Operation] {
    world
        .history
        .as_ref()
        .and_then(|history| history.as_ref().ok())
        .map_or(&[], |history| history.operations.as_slice())
}

/// How many operations are left out, for nobody can read what they were.
fn damaged(world: &World) -> usize {
    world
        .history
        .as_ref()
        .and_then(|history| history.as_ref().ok())
        .map_or(0, |history| history.damaged.len())
}

/// That some are, and the key that names them.
fn left_out(world: &World, number: usize) -> Vec<Span<'static>> {
    let key = world
        .keymap
        .keys(Action::Unread)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    vec![
        Span::styled(count::of(number, "damaged record"), world.style(Tone::Bad)),
        Span::styled(format!("   {key}"), world.style(Tone::Accent)),
        Span::styled(" names them", world.style(Tone::Dim)),
    ]
}

/// How far an operation came, and what its restarts still wait for.
fn state(world: &World, operation: &Operation, is_wide: bool) -> (String, Tone) {
    let now = world
        .running
        .restarting
        .as_ref()
        .map(|restarting| restarting.component);
    // What is being restarted was neither cut off nor has it failed.
    let state = |record: &RestartRecord| match record.state {
        RestartState::Begun | RestartState::Failed if now == Some(record.component) => {
            RestartState::Needed
        }
        state => state,
    };
    let open: Vec<RestartState> = world
        .open_restarts_of(operation)
        .into_iter()
        .map(state)
        .collect();
    let (words, meaning) = told::progress(operation, &open, !is_wide);
    (words, meaning.into())
}

impl History {
    fn height(world: &World) -> usize {
        usize::from(chrome::areas(world).body.height.saturating_sub(2))
    }

    fn selected<'a>(&self, world: &'a World) -> Option<&'a Operation> {
        all(world).get(self.cursor.row)
    }

    fn opened(&self, world: &World) -> Vec<Effect> {
        let id = self
            .selected(world)
            .map(|operation| operation.id.as_str().into());
        id.map(|id| Effect::Open(Route::Operation(id)))
            .into_iter()
            .collect()
    }

    fn line(&self, world: &World, at: usize, width: usize) -> Line<'static> {
        let Some(operation) = all(world).get(at) else {
            return Line::default();
        };
        let selected = at == self.cursor.row;
        let is_wide = width >= 60;
        let is_old = |one: &Operation| one.started_at.year() != world.now.year();
        let when = match operation.started_at {
            at if is_wide || !is_old(operation) => date::near(at, world.now.year()),
            at => date::day(at),
        };
        let when_cells = if is_wide && all(world).iter().any(is_old) {
            20
        } else {
            14 + usize::from(is_wide)
        };
        let (state, tone) = state(world, operation, is_wide);
        let states = all(world)
            .iter()
            .map(|one| text::width(&self::state(world, one, is_wide).0));
        let state_cells = states.max().unwrap_or(0);
        let names = all(world).iter().map(|one| text::width(&told::by(&one.by)));
        let by_cells = if is_wide {
            names.max().unwrap_or(0).min(width / 5)
        } else {
            0
        };
        let dim = world.style(Tone::Dim);
        let title = width.saturating_sub(1 + when_cells + by_cells + state_cells + 2);
        let name = words::name_style(world, selected, tone == Tone::Dim);
        rows::line(
            world,
            selected,
            vec![
                Cell::left(when, when_cells, dim),
                Cell::left(
                    text::show(&operation.plan.title),
                    title.saturating_sub(1),
                    name,
                ),
                Cell::left("", 1, dim),
                Cell::left(told::by(&operation.by), by_cells, dim),
                Cell::right(state, state_cells + 1, world.style(tone)),
                Cell::left("", 1, dim),
            ],
        )
    }

    /// What stands in place of the rows.
    fn nothing(world: &World) -> [String; 2] {
        match &world.history {
            None => ["reading the history".to_owned(), String::new()],
            Some(Err(problem)) => {
                let fact = Problem {
                    hint: String::new(),
                    ..problem.clone()
                };
                [text::show(&fact.line()), text::show(&problem.hint)]
            }
            Some(Ok(history)) if !history.damaged.is_empty() => [
                format!(
                    "{} of what was done",
                    count::of(history.damaged.len(), "damaged record")
                ),
                String::new(),
            ],
            Some(Ok(_)) => [
                "nothing was done here yet".to_owned(),
                "every change will stand here, and can be undone".to_owned(),
            ],
        }
    }
}

/// An operation as it is told.
fn said(world: &World, operation: &Operation) -> String {
    let when = date::near(operation.started_at, world.now.year());
    let parts = [
        when,
        text::show(&operation.plan.title),
        told::by(&operation.by),
        state(world, operation, true).0,
    ];
    spoken(&parts.join(", "))
}

impl Screen for History {
    fn route(&self) -> Route {
        Route::History
    }

    fn refresh(&mut self, world: &World) {
        let at = all(world)
            .iter()
            .position(|operation| Some(&operation.id) == self.id.as_ref());
        self.cursor.row = at.unwrap_or(self.cursor.row);
        self.cursor.settle(all(world).len(), Self::height(world));
        self.id = self.selected(world).map(|operation| operation.id.clone());
    }

    fn update(&mut self, world: &World, action: Action) -> Vec<Effect> {
        if self
            .cursor
            .moved(action, all(world).len(), Self::height(world))
        {
            self.id = self.selected(world).map(|operation| operation.id.clone());
            return Vec::new();
        }
        let id = || self.id.as_deref().unwrap_or_default().into();
        match action {
            Action::Open => self.opened(world),
            Action::Back => vec![Effect::Close],
            Action::Next | Action::Right => vec![Effect::Close, Effect::Run(Action::Authorities)],
            Action::Previous | Action::Left => {
                vec![Effect::Close, Effect::Run(Action::Ledger)]
            }
            Action::Undo => vec![Effect::Change(Request::Undo(self.id.clone()))],
            Action::Commands => vec![Effect::Open(Route::Commands(Some(id())))],
            Action::Prune => vec![Effect::Plan(Request::Prune)],
            Action::RecoverForward | Action::RecoverBack => {
                actions::recover(self.id.as_deref().unwrap_or_default(), action)
            }
            _ => Vec::new(),
        }
    }

    fn refusal(&self, world: &World, action: Action) -> Option<&'static str> {
        let selected = self.selected(world);
        match action {
            Action::Open | Action::Commands | Action::Prune if selected.is_none() => {
                Some("nothing was done here yet")
            }
            Action::Undo => selected.map_or(Some("there is nothing left to undo"), |operation| {
                actions::undo_refusal(world, Some(&operation.id))
            }),
            Action::RecoverForward | Action::RecoverBack => {
                actions::recover_refusal(world, self.id.as_deref().unwrap_or_default())
            }
            Action::Renew
            | Action::Options
            | Action::Select
            | Action::Why
            | Action::CopyPem
            | Action::CopyFingerprint => Some("there is no certificate here"),
            Action::Sort | Action::Zoom | Action::Fold | Action::Filter => {
                Some("the history has one order")
            }
            _ => None,
        }
    }

    fn footer(&self) -> &'static [Action] {
        &FOOTER
    }

    fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        let title = vec![Span::styled("History", world.style(Tone::TitleFocused))];
        let bottom = match (all(world).len(), damaged(world)) {
            (_, number) if number > 0 => left_out(world, number),
            (0, _) => Vec::new(),
            _ => vec![Span::styled(
                "old files stay until they are pruned",
                world.style(Tone::Dim),
            )],
        };
        let block = chrome::frame(world, true, title, bottom);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        if all(world).is_empty() {
            let [fact, next] = Self::nothing(world);
            return placeholder::nothing(world, [&fact, &next], frame, inner);
        }
        for (y, at) in (inner.y..inner.bottom()).zip(self.cursor.top..all(world).len()) {
            frame.render_widget(
                self.line(world, at, usize::from(inner.width)),
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
            all(world)
                .get(at)
                .map(|operation| said(world, operation))
                .unwrap_or_default()
        };
        let mut page = vec![format!(
            "History {}",
            count::of(all(world).len(), "operation")
        )];
        page.extend(
            Some(damaged(world))
                .filter(|number| *number > 0)
                .map(|number| count::of(number, "damaged record")),
        );
        page.extend((self.cursor.row..all(world).len()).take(50).map(row));
        let line = if all(world).is_empty() {
            Self::nothing(world).join("; ")
        } else {
            row(self.cursor.row)
        };
        Spoken { page, line }
    }

    fn title(&self, _world: &World) -> Option<String> {
        Some("History".to_owned())
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect> {
        let rows = all(world).len();
        let at = chooser::pointed(
            &mut self.cursor,
            mouse,
            rows,
            Self::height(world),
            area.y.saturating_add(1),
        );
        let effects = match at {
            // A second click on the row opens it.
            Some(at) if at == self.cursor.row => self.opened(world),
            Some(at) => {
                self.cursor.row = at;
                Vec::new()
            }
            None => Vec::new(),
        };
        self.id = self.selected(world).map(|operation| operation.id.clone());
        effects
    }
}
