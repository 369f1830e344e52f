//! A page about one thing: what it says comes from `certificate`, `kubeconfig`, `request`, `why` or `unread`.
//!
//! ```text
//!  Expiring › apiserver
//! ╭─ apiserver ────────────────────────────────────────────────╮
//! │ State                                                      │
//! │▌  state            ✗ expired 2 d: expired on 2026-11-20    │
//! │   without it       the API server is dark                  │
//! │                                                            │
//! │ Read by                                                    │
//! │   kube-apiserver   --tls-cert-file  …/kube-apiserver.yaml:37│
//! ╰─ 1–24 of 71 ───────────────────────────────────────────────╯
//!  ↵ open  w why?  y copy PEM  Tab next  Esc back  ? help  q quit
//! ```

mod decision;
mod pages;
mod running;
mod tokens;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use tui_input::Input;

use super::super::chooser::TitleFilter;
use super::super::document::{Document, DocumentEntry, Layout, scroll};
use super::super::input::{edit, insert};
use super::super::rows::Cursor;
use super::super::spoken::{Spoken, spoken};
use super::super::{actions, chrome};
use super::{Screen, copies};
use crate::inventory::Item;
use crate::model::key::{KeyCode, Named};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Beside, Effect, IssueAbout, Key, Mouse, MouseKind, Route, WizardName};
use crate::plan::Request;

/// A page's state.
#[derive(Debug)]
pub struct Detail {
    route: Route,
    document: Document,
    layout: Layout,
    entry: usize,
    cursor: Cursor,
    opened: bool,
    filter: Input,
    typing: bool,
}

impl Detail {
    /// The page of `route`.
    pub fn new(route: Route) -> Self {
        Self {
            route,
            document: Document::default(),
            layout: Layout::default(),
            entry: 0,
            cursor: Cursor::default(),
            opened: false,
            filter: Input::default(),
            typing: false,
        }
    }

    fn height(world: &World) -> usize {
        usize::from(chrome::areas(world).body.height.saturating_sub(2))
    }

    /// How many lines the page has.
    pub(super) fn lines(&self) -> u16 {
        u16::try_from(self.layout.len()).unwrap_or(u16::MAX)
    }

    fn go(&mut self, world: &World, entry: usize) {
        self.entry = entry;
        scroll(&mut self.cursor, &self.layout, entry, Self::height(world));
    }

    /// Where the line under the cursor leads.
    fn leads_to(&self) -> Option<&Route> {
        self.document.entries.get(self.entry)?.opens.as_ref()
    }

    /// What Enter opens on the line under the cursor.
    fn opened(&self) -> Option<Effect> {
        let entry = self.document.entries.get(self.entry)?;
        let file = || {
            entry
                .looks
                .clone()
                .map(|path| Effect::Look(Beside::File(path)))
        };
        entry.opens.clone().map(Effect::Open).or_else(file)
    }

    /// The certificate that the page is about, or that of its kubeconfig's user.
    fn item<'a>(&self, world: &'a World) -> Option<&'a Item> {
        match &self.route {
            Route::Certificate(id) => world.item_named(id).map(|(_, item)| item),
            Route::Kubeconfig(path) => {
                let mut kubeconfigs = world.inventory().kubeconfigs.iter();
                let user = kubeconfigs.find(|one| one.path == *path)?.current_user()?;
                world.inventory().item(user.certificate?)
            }
            Route::Component(name) => world.inventory().item(world.running.status(name)?.on_disk?),
            _ => None,
        }
    }

    /// The certificate of a plan or operation that the cursor stands on, or the nearest above, or
    /// the first.
    fn difference(&self) -> Option<Route> {
        let (before, after) = self
            .document
            .entries
            .split_at((self.entry + 1).min(self.document.entries.len()));
        let mut entries = before.iter().rev().chain(after);
        entries.find_map(|entry| {
            entry
                .opens
                .clone()
                .filter(|route| matches!(route, Route::Difference { .. }))
        })
    }

    fn copied(&self, action: Action) -> Option<Effect> {
        if let Some(text) = self
            .document
            .script
            .clone()
            .filter(|_| action == Action::CopyPem)
        {
            return Some(Effect::Copy {
                text,
                what: "the commands".to_owned(),
            });
        }
        let own = self
            .document
            .entries
            .get(self.entry)
            .and_then(|entry| entry.copies.clone());
        if let Some(text) = own.filter(|_| action == Action::CopyPem) {
            let what = self.copied_line(&text).to_owned();
            return Some(Effect::Copy { text, what });
        }
        self.document
            .copies
            .as_ref()
            .map(|copies| copies::copied(copies, action))
    }
}

impl Screen for Detail {
    fn route(&self) -> Route {
        self.route.clone()
    }

    fn refresh(&mut self, world: &World) {
        self.document = pages::document(world, &self.route);
        self.document
            .keep(&self.filter.value().trim().to_lowercase());
        let width = usize::from(chrome::areas(world).body.width.saturating_sub(2));
        self.layout = Layout::of(&self.document, world, width);
        let start = self.document.start;
        let start = if self.layout.line_of(start) < Self::height(world) {
            start
        } else {
            0
        };
        let entry = if self.opened { self.entry } else { start };
        self.opened = true;
        let entry = self.document.first_from(entry);
        self.go(world, entry);
    }

    fn update(&mut self, world: &World, action: Action) -> Vec<Effect> {
        let page = isize::try_from(Self::height(world).saturating_sub(2).max(1)).unwrap_or(1);
        let entry = match action {
            Action::Down => self.document.step(self.entry, 1),
            Action::Up => self.document.step(self.entry, -1),
            Action::PageDown => self.document.step(self.entry, page),
            Action::PageUp => self.document.step(self.entry, -page),
            Action::First => self.document.first_from(0),
            Action::Last => self.document.step(self.entry, isize::MAX),
            Action::Next | Action::Right => self.document.section(self.entry, true),
            Action::Previous | Action::Left => self.document.section(self.entry, false),
            Action::Back if !self.filter.value().is_empty() => {
                self.filter.reset();
                self.refresh(world);
                return Vec::new();
            }
            Action::Back => return vec![Effect::Close],
            Action::Filter => {
                self.typing = true;
                return Vec::new();
            }
            Action::Open if self.step().is_some() => return vec![Effect::Run(Action::Restart)],
            Action::Open => return self.opened().into_iter().collect(),
            Action::Why => return self.why(world).map(Effect::Open).into_iter().collect(),
            Action::CopyPem | Action::CopyFingerprint => {
                return self.copied(action).into_iter().collect();
            }
            Action::Difference => return self.difference().map(Effect::Open).into_iter().collect(),
            _ => return self.changed(world, action),
        };
        self.go(world, entry);
        Vec::new()
    }

    fn refusal(&self, world: &World, action: Action) -> Option<&'static str> {
        match action {
            Action::Open => (self.opened().is_none() && self.step().is_none())
                .then_some("this line leads nowhere"),
            Action::Why if self.why(world).is_none() => Some("there is no file behind this page"),
            Action::Why if matches!(self.route, Route::Why(_)) => Some("this page is the answer"),
            Action::CopyPem | Action::CopyFingerprint if self.copied(action).is_none() => {
                Some("there is no certificate or request on this page")
            }
            _ if self.is_decision(action) => self.decision_refusal(world, action),
            Action::Expire => self.expire_refusal(world),
            Action::New if matches!(self.route, Route::Pasted(_)) => super::pasted::refusal(world),
            Action::Sort | Action::Zoom | Action::Fold => Some("this is a page, not a list"),
            Action::Difference if self.difference().is_none() => Some("it issues no certificate"),
            Action::Undo => match &self.route {
                Route::Operation(id) => actions::undo_refusal(world, Some(id)),
                _ => actions::refusal(world, None, action),
            },
            Action::RecoverForward | Action::RecoverBack => match &self.route {
                Route::Operation(id) => actions::recover_refusal(world, id),
                _ => None,
            },
            Action::Restart | Action::SkipRestart => self.step_refusal(world, action),
            Action::Probe if self.asked(world).is_empty() => {
                Some("no port serves what this page is about")
            }
            Action::Renew | Action::Options | Action::Select if self.item(world).is_none() => {
                Some("this page is not about a certificate")
            }
            _ => actions::refusal(world, self.item(world), action),
        }
    }

    fn issue_about(&self, world: &World) -> IssueAbout {
        actions::issue_about(world.inventory(), self.item(world))
    }

    fn footer(&self) -> &'static [Action] {
        match self.route {
            Route::Guide(_) => &pages::GUIDE_FOOTER,
            _ if self.step().is_some() => &pages::STEP_FOOTER,
            _ => &pages::FOOTER,
        }
    }

    fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        let mut title = vec![Span::styled(
            self.document.kind,
            world.style(Tone::TitleFocused),
        )];
        let filter = TitleFilter {
            input: &self.filter,
            is_typing: self.typing,
        };
        filter.render(world, &mut title, frame, area);
        let height = usize::from(area.height.saturating_sub(2));
        let mut bottom = self.document.bottom.clone();
        bottom.extend(chrome::place(
            world,
            self.cursor.top,
            height,
            self.layout.len(),
        ));
        let block = chrome::frame(world, true, title, bottom);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        for (y, at) in (inner.y..inner.bottom()).zip(self.cursor.top..self.layout.len()) {
            let line = self.layout.line(world, at, self.entry);
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

    fn spoken(&self, _world: &World) -> Spoken {
        let document = &self.document;
        let mut page = vec![spoken(&format!("{}: {}", document.kind, document.title))];
        page.extend(
            document
                .entries
                .iter()
                .map(DocumentEntry::said)
                .filter(|said| !said.is_empty()),
        );
        let bottom: String = document
            .bottom
            .iter()
            .map(|span| span.content.as_ref())
            .collect();
        page.extend(Some(spoken(&bottom)).filter(|said| !said.is_empty()));
        Spoken {
            page,
            line: document
                .entries
                .get(self.entry)
                .map(DocumentEntry::said)
                .unwrap_or_default(),
        }
    }

    fn title(&self, _world: &World) -> Option<String> {
        Some(self.document.title.clone())
    }

    fn is_typing(&self) -> bool {
        self.typing
    }

    fn typed(&mut self, world: &World, key: Key) -> Vec<Effect> {
        match key.code {
            KeyCode::Named(Named::Enter | Named::Down) => self.typing = false,
            KeyCode::Named(Named::Escape) => {
                self.typing = false;
                self.filter.reset();
            }
            _ => drop(edit(&mut self.filter, key)),
        }
        self.refresh(world);
        Vec::new()
    }

    fn pasted(&mut self, world: &World, pasted: &str) {
        insert(&mut self.filter, pasted);
        self.refresh(world);
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect> {
        match mouse.kind {
            MouseKind::WheelUp => self.update(world, Action::Up),
            MouseKind::WheelDown => self.update(world, Action::Down),
            MouseKind::Click => {
                let at = self.cursor.top + usize::from(mouse.row.saturating_sub(area.y + 1));
                if mouse.row <= area.y || mouse.row + 1 >= area.bottom() || at >= self.layout.len()
                {
                    return Vec::new();
                }
                let entry = self.document.first_from(self.layout.entry(at));
                if entry == self.entry {
                    return self.update(world, Action::Open);
                }
                self.entry = entry;
                Vec::new()
            }
        }
    }
}

impl Detail {
    /// What changes something, or shows how.
    fn changed(&self, world: &World, action: Action) -> Vec<Effect> {
        match (&self.route, action) {
            (Route::Operation(id), Action::Undo) => {
                vec![Effect::Change(Request::Undo(Some(id.to_string())))]
            }
            (Route::Operation(id), Action::RecoverForward | Action::RecoverBack) => {
                actions::recover(id, action)
            }
            (Route::Operation(id), Action::Commands) => {
                vec![Effect::Open(Route::Commands(Some(id.clone())))]
            }
            (Route::Review, Action::Commands) => vec![Effect::Open(Route::Commands(None))],
            (Route::Guide(name), Action::New) => vec![Effect::Open(Route::Wizard(
                WizardName::AddNode(name.clone()),
            ))],
            (Route::Pasted(_), Action::New) => super::pasted::make(),
            _ if self.is_decision(action) => self.decision(world, action),
            (_, Action::New | Action::Expire) => self.token_keys(world, action),
            (_, Action::Probe) => vec![Effect::Probe(self.asked(world))],
            (_, Action::Restart | Action::SkipRestart) => self.step_taken(world, action),
            (_, Action::RestartAll) => vec![Effect::Restart(self.to_restart(world))],
            _ => actions::effects(
                self.item(world)
                    .map(|item| item.id.clone())
                    .into_iter()
                    .collect(),
                action,
            ),
        }
    }
}
