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

mod below;
mod row;

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::super::rows::Cursor;
use super::super::spoken::{Spoken, spoken};
use super::super::{actions, chooser, chrome, placeholder, served};
use super::Screen;
use crate::inventory::Item;
use crate::model::theme::Tone;
use crate::model::world::{Loaded, World};
use crate::model::{Action, Effect, Mouse, Route};
use crate::running::{ComponentStatus, ProbeTarget, Remedy};
use crate::words::count;
use below::{UNSEEN, bottom};
use row::{headings, row};

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
        (
            Rect {
                height: upper,
                ..body
            },
            Rect {
                y: body.y + upper,
                height: body.height - upper,
                ..body
            },
        )
    }

    /// The rows of the list, below its headings.
    fn list(world: &World, body: Rect) -> Rect {
        let area = Self::areas(world, body).0;
        let inner = Rect {
            x: area.x + 1,
            y: area.y + 1,
            ..area
        };
        let inner = Rect {
            width: area.width.saturating_sub(2),
            height: area.height.saturating_sub(2),
            ..inner
        };
        let head = u16::from(inner.height > 3);
        Rect {
            y: inner.y + head,
            height: inner.height - head,
            ..inner
        }
    }

    fn height(world: &World) -> usize {
        usize::from(Self::list(world, chrome::areas(world).body).height)
    }

    fn settle(&mut self, world: &World) {
        self.cursor
            .settle(world.running.statuses.len(), Self::height(world));
        self.name = self.selected(world).map(|status| status.name.clone());
    }

    fn opened(&self, world: &World) -> Vec<Effect> {
        self.selected(world)
            .map(|status| Effect::Open(Route::Component(status.name.clone())))
            .into_iter()
            .collect()
    }
}

impl Screen for Served {
    fn route(&self) -> Route {
        Route::Served
    }

    fn refresh(&mut self, world: &World) {
        let at = world
            .running
            .statuses
            .iter()
            .position(|status| Some(&status.name) == self.name.as_ref());
        // The first look falls on what is worst.
        let worst = || {
            let worst = world
                .running
                .statuses
                .iter()
                .map(|status| status.remedy)
                .max()
                .filter(|remedy| *remedy > Remedy::Nothing);
            world
                .running
                .statuses
                .iter()
                .position(|status| Some(status.remedy) == worst)
        };
        let first = if self.name.is_none() { worst() } else { None };
        self.cursor.row = at.or(first).unwrap_or(self.cursor.row);
        self.settle(world);
    }

    fn update(&mut self, world: &World, action: Action) -> Vec<Effect> {
        if self
            .cursor
            .moved(action, world.running.statuses.len(), Self::height(world))
        {
            self.settle(world);
            return Vec::new();
        }
        let component = || self.selected(world).and_then(|status| status.component);
        match action {
            Action::Open => self.opened(world),
            Action::Back => vec![Effect::Close],
            Action::Next | Action::Right => vec![Effect::Close, Effect::Run(Action::Authorities)],
            Action::Previous | Action::Left => vec![Effect::Close, Effect::Run(Action::History)],
            Action::Probe => component()
                .map(|one| Effect::Probe(vec![ProbeTarget::Component(one)]))
                .into_iter()
                .collect(),
            Action::Restart => component()
                .map(|one| Effect::Restart(vec![one]))
                .into_iter()
                .collect(),
            Action::RestartAll => vec![Effect::Restart(world.to_restart())],
            Action::Why => {
                let path = self.item(world).map(|item| item.path.clone());
                path.map(|path| Effect::Open(Route::Why(path)))
                    .into_iter()
                    .collect()
            }
            _ => actions::effects(
                self.item(world)
                    .map(|item| item.id.clone())
                    .into_iter()
                    .collect(),
                action,
            ),
        }
    }

    fn refusal(&self, world: &World, action: Action) -> Option<&'static str> {
        match action {
            Action::Open | Action::Restart | Action::Probe if self.selected(world).is_none() => {
                Some("no component is known here")
            }
            Action::Restart => self
                .selected(world)
                .and_then(|status| world.needless(status.component?)),
            Action::Probe
                if self
                    .selected(world)
                    .is_some_and(|status| status.port.is_none()) =>
            {
                Some("it serves nothing")
            }
            Action::Why if self.item(world).is_none() => Some("there is no file behind this row"),
            Action::Sort | Action::Zoom | Action::Fold | Action::Filter => {
                Some("this list has one order")
            }
            Action::CopyPem | Action::CopyFingerprint => {
                Some("the page of the component has what can be copied")
            }
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
        let block = chrome::frame(
            world,
            true,
            title,
            chrome::cut(world, bottom(world), upper.width),
        );
        let inner = block.inner(upper);
        frame.render_widget(block, upper);
        let statuses = &world.running.statuses;
        if statuses.is_empty() {
            return placeholder::nothing(
                world,
                ["no component that serves is known here", ""],
                frame,
                inner,
            );
        }
        let list = Self::list(world, area);
        let width = usize::from(list.width);
        if list.y > inner.y {
            frame.render_widget(headings(world, width), Rect { height: 1, ..inner });
        }
        for (y, at) in (list.y..list.bottom()).zip(self.cursor.top..statuses.len()) {
            let line = row(world, &statuses[at], width, at == self.cursor.row);
            frame.render_widget(
                line,
                Rect {
                    y,
                    height: 1,
                    ..list
                },
            );
        }
        if lower.height > 0 {
            return below::details(world, self.selected(world), frame, lower);
        }
        let used = u16::try_from(statuses.len())
            .unwrap_or(u16::MAX)
            .saturating_add(1)
            .min(list.height);
        let rest = Rect {
            y: list.y + used,
            height: list.height - used,
            ..list
        };
        below::sentences(world, self.selected(world), frame, rest);
    }

    fn spoken(&self, world: &World) -> Spoken {
        let statuses = &world.running.statuses;
        let mut page = vec![format!("Served {}", count::of(statuses.len(), "row"))];
        page.extend(
            statuses
                .iter()
                .skip(self.cursor.row)
                .map(|status| served::said(world, status)),
        );
        page.push(UNSEEN.to_owned());
        page.push(spoken(
            &bottom(world)
                .iter()
                .map(|span| span.content.as_ref())
                .collect::<String>(),
        ));
        Spoken {
            page,
            line: self
                .selected(world)
                .map(|status| served::said(world, status))
                .unwrap_or_default(),
        }
    }

    fn title(&self, _world: &World) -> Option<String> {
        Some("Served".to_owned())
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect> {
        let list = Self::list(world, area);
        let rows = world.running.statuses.len();
        let before = self.cursor.row;
        let at = chooser::pointed(
            &mut self.cursor,
            mouse,
            rows,
            usize::from(list.height),
            list.y,
        );
        self.cursor.row = at.unwrap_or(self.cursor.row);
        self.settle(world);
        // A second click on the row opens it.
        if at == Some(before) {
            self.opened(world)
        } else {
            Vec::new()
        }
    }
}
