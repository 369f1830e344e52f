//! Every action and every certificate by name: type, choose, Enter.
//!
//! ```text
//! ╭─ All actions ──────────────────────────────────────╮
//! │ : fil                                              │
//! │▌filter       /   Show only the rows that hold a te…│
//! │ zoom         z   not now: only one pane fits …     │
//! │ apiserver        open the certificate              │
//! ╰────────────────────────────────────────────────────╯
//! ```

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use tui_input::Input;

use super::super::input::{edit, insert};
use super::super::panes::holds;
use super::super::rows::Cursor;
use super::super::spoken::{Spoken, spoken};
use super::super::{chooser, chrome, text, words};
use super::Screen;
use crate::model::action::ACTIONS;
use crate::model::key::{KeyCode, Named};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Effect, Key, Mouse, Route};

/// The palette's state.
#[derive(Debug, Default)]
pub struct Palette {
    input: Input,
    cursor: Cursor,
    found: Vec<Choice>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    Action(Action),
    Open {
        name: String,
        kind: &'static str,
        route: Route,
    },
}

/// Certificates that are offered beside the actions.
const THINGS: usize = 200;

impl Palette {
    fn choose(&self) -> Vec<Effect> {
        match self.found.get(self.cursor.row) {
            Some(Choice::Action(action)) => vec![Effect::Close, Effect::Run(*action)],
            Some(Choice::Open { route, .. }) => vec![Effect::Close, Effect::Open(route.clone())],
            None => Vec::new(),
        }
    }

    fn search(&mut self, world: &World) {
        let needle = self.input.value().trim().to_lowercase();
        let actions = ACTIONS
            .iter()
            .filter(|row| row.action != Action::Palette)
            .filter(|row| {
                holds(row.label, &needle) || holds(row.name, &needle) || holds(row.help, &needle)
            });
        self.found = actions.map(|row| Choice::Action(row.action)).collect();
        if !needle.is_empty() {
            self.found.extend(things(world, &needle).take(THINGS));
        }
        // What bears the very name comes first.
        self.found.sort_by_key(|choice| match choice {
            Choice::Action(action) => !holds(action.label(), &needle),
            Choice::Open { name, .. } => !holds(name, &needle),
        });
    }

    fn height(world: &World) -> usize {
        usize::from(
            chrome::areas(world)
                .body
                .height
                .saturating_sub(3 + chooser::explained_rows(world)),
        )
    }

    fn row(&self, world: &World, at: usize, width: usize) -> ratatui::text::Line<'static> {
        let selected = at == self.cursor.row;
        match &self.found[at] {
            Choice::Action(action) => chooser::action(world, *action, selected, width),
            Choice::Open { name, kind, .. } => chooser::thing(world, name, kind, selected, width),
        }
    }
}

fn things<'a>(world: &'a World, needle: &'a str) -> impl Iterator<Item = Choice> + 'a {
    let inventory = world.inventory();
    let open = |name: String, kind, route: fn(Arc<str>) -> Route, id: &Arc<str>| Choice::Open {
        name,
        kind,
        route: route(id.clone()),
    };
    let items = inventory
        .items
        .iter()
        .filter(move |item| holds(&item.id, needle) || holds(&item.path, needle));
    let items = items.map(move |item| {
        open(
            words::item_name(world, item),
            "certificate",
            Route::Certificate,
            &item.id,
        )
    });
    let kubeconfigs = inventory
        .kubeconfigs
        .iter()
        .filter(move |kubeconfig| holds(&kubeconfig.path, needle));
    let kubeconfigs = kubeconfigs.map(move |kubeconfig| {
        open(
            words::short_path(world, &kubeconfig.path),
            "kubeconfig",
            Route::Kubeconfig,
            &kubeconfig.path,
        )
    });
    let requests = inventory
        .requests
        .iter()
        .filter(move |request| holds(&request.name, needle));
    let requests = requests.map(move |request| {
        open(
            text::show(&request.name),
            "request",
            Route::Request,
            &request.id,
        )
    });
    items.chain(kubeconfigs).chain(requests)
}

impl Screen for Palette {
    fn route(&self) -> Route {
        Route::Palette
    }

    fn refresh(&mut self, world: &World) {
        self.search(world);
        self.cursor.settle(self.found.len(), Self::height(world));
    }

    fn update(&mut self, _world: &World, action: Action) -> Vec<Effect> {
        if action == Action::Back {
            vec![Effect::Close]
        } else {
            Vec::new()
        }
    }

    fn refusal(&self, _world: &World, _action: Action) -> Option<&'static str> {
        None
    }

    fn footer(&self) -> &'static [Action] {
        &[Action::Open, Action::Back]
    }

    fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        let title = vec![Span::styled("All actions", world.style(Tone::TitleFocused))];
        let block = chrome::frame(world, true, title, Vec::new());
        let inner = block.inner(area);
        frame.render_widget(block, area);
        chooser::prompt(world, ":", &self.input, frame, inner);
        let rows = self.cursor.top..self.found.len();
        let chosen = match self.found.get(self.cursor.row) {
            Some(Choice::Action(action)) => Some(*action),
            _ => None,
        };
        chooser::explain(world, chosen, frame, inner);
        let end = inner
            .bottom()
            .saturating_sub(chooser::explained_rows(world));
        for (y, at) in (inner.y.saturating_add(1)..end).zip(rows) {
            let line = self.row(world, at, usize::from(inner.width));
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
        let row = |at| spoken(&self.row(world, at, 160).to_string());
        let page = (0..self.found.len()).take(50).map(row).collect();
        let line = if self.found.is_empty() {
            "nothing found".to_owned()
        } else {
            row(self.cursor.row)
        };
        Spoken { page, line }
    }

    fn title(&self, _world: &World) -> Option<String> {
        Some("all actions".to_owned())
    }

    fn is_typing(&self) -> bool {
        true
    }

    fn typing_keys(&self, world: &World) -> Vec<(&'static str, &'static str)> {
        vec![(world.signs().enter, "do it or go there"), ("Esc", "leave")]
    }

    fn typed(&mut self, world: &World, key: Key) -> Vec<Effect> {
        match key.code {
            KeyCode::Named(Named::Escape) => return vec![Effect::Close],
            KeyCode::Named(Named::Enter) => return self.choose(),
            KeyCode::Named(named)
                if chooser::moved(
                    &mut self.cursor,
                    named,
                    self.found.len(),
                    Self::height(world),
                ) => {}
            _ => {
                if edit(&mut self.input, key) {
                    self.cursor = Cursor::default();
                    self.refresh(world);
                }
            }
        }
        Vec::new()
    }

    fn pasted(&mut self, world: &World, pasted: &str) {
        insert(&mut self.input, pasted);
        self.refresh(world);
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect> {
        let at = chooser::pointed(
            &mut self.cursor,
            mouse,
            self.found.len(),
            Self::height(world),
            area.y.saturating_add(2),
        );
        if let Some(at) = at {
            self.cursor.row = at;
            return self.choose();
        }
        Vec::new()
    }
}
