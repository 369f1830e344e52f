//! The first screen: four panes, or one of them alone.
//!
//! ```text
//!  2 expired · 3 due   prod · kubeadm · /etc/kubernetes · root@master-1       as of 22 Nov 03:12Z
//!  1 Authorities  2 Expiring·5!  3 Requests·2  4 Kubeconfigs
//! ╭─ Authorities ─────────────────────╮╭─ Expiring ────────────────────────╮
//! │ ▾ kubernetes    CA     8 y 120 d  ││▌apiserver  ✗ expired 2 d  kube-…  │
//! │   ├ apiserver   server ✗ expired  ││ etcd-server       180 d   etcd    │
//! ╰───────────────────────────────────╯╰─ in 12 d kubectl logs … stop ─────╯
//! ╭─ Requests ────────────────────────╮╭─ Kubeconfigs ─────────────────────╮
//! ╰───────────────────────────────────╯╰───────────────────────────────────╯
//!  ↵ open  / filter  s sort  t date  : all actions  ? help           q quit
//! ```

mod changing;
mod grid;
mod looking;
mod pane_frame;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::super::input::{edit, insert};
use super::super::panes::{self, PaneRow, PaneState};
use super::super::placeholder;
use super::super::spoken::{Spoken, spoken};
use super::super::{actions, chooser, chrome, requests};
use super::detail::Detail;
use super::{Screen, start};
use crate::inventory::Item;
use crate::model::key::{KeyCode, Named};
use crate::model::world::{Loaded, World};
use crate::model::{Action, Effect, IssueAbout, Key, Mouse, Pane, Route};
use crate::running::ProbeTarget;
use crate::words::count;
use grid::PaneGrid;
use pane_frame::PaneFrame;

/// The first screen's state.
#[derive(Debug)]
pub struct Overview {
    grid: PaneGrid,
    typing: bool,
    panes: [PaneState; 4],
    /// The page in place of the panes, where no PKI is.
    start: Option<Detail>,
}

const FOOTER: [Action; 19] = [
    Action::Approve,
    Action::Deny,
    Action::New,
    Action::Renew,
    Action::RenewDue,
    Action::Undo,
    Action::Open,
    Action::Select,
    Action::Options,
    Action::Filter,
    Action::Issue,
    Action::Palette,
    Action::Probe,
    Action::Lens,
    Action::Sort,
    Action::Why,
    Action::Zoom,
    Action::CopyPem,
    Action::Fold,
];

impl Overview {
    /// The first screen with `pane` in focus.
    pub fn new(pane: Pane) -> Self {
        let grid = PaneGrid {
            focus: pane,
            zoomed: false,
        };
        Self {
            grid,
            typing: false,
            panes: Pane::ALL.map(PaneState::new),
            start: None,
        }
    }

    /// The pane in focus.
    pub fn focus(&self) -> Pane {
        self.grid.focus
    }

    fn pane(&self) -> &PaneState {
        &self.panes[self.grid.focus.place()]
    }

    fn pane_mut(&mut self) -> &mut PaneState {
        &mut self.panes[self.grid.focus.place()]
    }

    /// The certificate under the cursor, or that of the user of the kubeconfig there.
    fn item<'a>(&self, world: &'a World) -> Option<&'a Item> {
        self.pane()
            .selected()
            .and_then(|row| panes::item(world, row))
    }

    fn asked(&self, world: &World) -> Vec<ProbeTarget> {
        self.pane()
            .selected()
            .map(|row| panes::asked(world, row))
            .unwrap_or_default()
    }

    fn opened(&self, world: &World) -> Vec<Effect> {
        let route = self
            .pane()
            .selected()
            .and_then(|row| panes::route(world, row));
        route.map(Effect::Open).into_iter().collect()
    }
}

impl Screen for Overview {
    fn route(&self) -> Route {
        Route::Overview(self.grid.focus)
    }

    fn refresh(&mut self, world: &World) {
        for pane in &mut self.panes {
            pane.rebuild(world);
        }
        self.settle(world);
        if start::is_shown(world) {
            self.start
                .get_or_insert_with(|| Detail::new(Route::Overview(Pane::Expiring)))
                .refresh(world);
        } else {
            self.start = None;
        }
    }

    fn update(&mut self, world: &World, action: Action) -> Vec<Effect> {
        if let Some(start) = self.start.as_mut().filter(|_| start::takes(action)) {
            return start
                .update(world, action)
                .into_iter()
                .map(start::guarded)
                .collect();
        }
        let (rows, height) = (self.pane().rows.len(), self.height(world));
        if self.pane_mut().cursor.moved(action, rows, height) || self.looked(world, action) {
            return Vec::new();
        }
        match action {
            Action::Open => self.opened(world),
            Action::Sort => self.sort(world),
            Action::Back if self.pane().filter.value().is_empty() => vec![Effect::SelectNothing],
            Action::Back => {
                self.pane_mut().filter.reset();
                self.refilter(world);
                Vec::new()
            }
            Action::Why => {
                let path = self
                    .pane()
                    .selected()
                    .and_then(|row| panes::path(world, row));
                path.map(|path| Effect::Open(Route::Why(path)))
                    .into_iter()
                    .collect()
            }
            Action::CopyPem | Action::CopyFingerprint => {
                let row = self.pane().selected();
                row.and_then(|row| super::copies::copy(world, row, action))
                    .into_iter()
                    .collect()
            }
            Action::Select => {
                let item = self.item(world).map(|item| item.id.clone());
                let own = item.or_else(|| self.request(world).cloned());
                // The next one is selected with the same key.
                self.pane_mut().cursor.moved(Action::Down, rows, height);
                own.map(Effect::Select).into_iter().collect()
            }
            Action::Probe => vec![Effect::Probe(self.asked(world))],
            _ => self.changes(world, action),
        }
    }

    fn refusal(&self, world: &World, action: Action) -> Option<&'static str> {
        let selected = self.pane().selected();
        if let Some(start) = self.start.as_ref().filter(|_| start::takes(action)) {
            return start.refusal(world, action);
        }
        match action {
            Action::Open | Action::Why if selected.is_none() => Some("there is no row here"),
            Action::CopyPem | Action::CopyFingerprint => {
                let found = selected.and_then(|row| super::copies::copy(world, row, action));
                found
                    .is_none()
                    .then_some("there is no certificate or request under the cursor")
            }
            Action::Fold => {
                let can = matches!(selected, Some(PaneRow::Item(_, place)) if place.open.is_some());
                (!can).then_some("only a CA that signed something can be folded")
            }
            Action::Back if self.pane().filter.value().is_empty() && world.selected.is_empty() => {
                Some("this is the first screen; q ends kubepki")
            }
            Action::Zoom
                if self
                    .grid
                    .areas(chrome::areas(world).body)
                    .iter()
                    .all(|area| area.width < world.size.0) =>
            {
                None
            }
            Action::Zoom if !self.grid.zoomed => Some("only one pane fits on this terminal"),
            Action::Probe if self.asked(world).is_empty() => {
                Some("no port of this master serves it")
            }
            _ if self.is_about_requests(action) => {
                requests::refusal(world, self.request(world), action)
            }
            Action::Select if self.request(world).is_some() => None,
            Action::Renew | Action::Options if !world.selected.is_empty() => None,
            _ => actions::refusal(world, self.item(world), action),
        }
    }

    fn issue_about(&self, world: &World) -> IssueAbout {
        actions::issue_about(world.inventory(), self.item(world))
    }

    fn footer(&self) -> &'static [Action] {
        if self.start.is_some() {
            &start::FOOTER
        } else {
            &FOOTER
        }
    }

    fn render(&self, world: &World, frame: &mut Frame, area: Rect) {
        match &world.loaded {
            Loaded::Failed(problem) => return placeholder::failed(world, problem, frame, area),
            Loaded::Reading(_) if world.inventory().items.is_empty() => {
                return placeholder::reading(world, frame, area);
            }
            _ => {}
        }
        if let Some(start) = &self.start {
            return start.render(world, frame, area);
        }
        for (pane, area) in self.panes.iter().zip(self.grid.areas(area)) {
            if area.width > 0 && area.height > 0 {
                let is_focused = pane.pane == self.grid.focus;
                let is_typing = is_focused && self.typing;
                PaneFrame {
                    pane,
                    is_focused,
                    is_typing,
                }
                .render(world, frame, area);
            }
        }
    }

    fn spoken(&self, world: &World) -> Spoken {
        if let Some(start) = &self.start {
            return start.spoken(world);
        }
        let pane = self.pane();
        let mut told = vec![format!(
            "{} {}",
            pane.pane.title(),
            count::of(pane.rows.len(), "row")
        )];
        let row = |at| spoken(&pane.line(world, at, 160, false).to_string());
        // What is far from the cursor is told when one comes there.
        told.extend((pane.cursor.row..pane.rows.len()).take(50).map(row));
        let bottom: String = pane
            .bottom(world)
            .iter()
            .map(|span| span.content.as_ref())
            .collect();
        told.extend(Some(bottom).filter(|bottom| !bottom.is_empty()));
        if let Loaded::Failed(problem) = &world.loaded {
            told = vec![problem.line()];
        }
        Spoken {
            page: told,
            line: row(pane.cursor.row),
        }
    }

    fn title(&self, world: &World) -> Option<String> {
        let Route::Overview(pane) = self.route() else {
            return None;
        };
        Some(if start::is_shown(world) {
            start::document(world).kind.to_owned()
        } else {
            pane.title().to_owned()
        })
    }

    fn is_typing(&self) -> bool {
        self.typing
    }

    fn typed(&mut self, world: &World, key: Key) -> Vec<Effect> {
        match key.code {
            KeyCode::Named(Named::Enter | Named::Down) => self.typing = false,
            KeyCode::Named(Named::Escape) => {
                self.typing = false;
                self.pane_mut().filter.reset();
                self.refilter(world);
            }
            _ => {
                if edit(&mut self.pane_mut().filter, key) {
                    self.refilter(world);
                }
            }
        }
        Vec::new()
    }

    fn pasted(&mut self, world: &World, pasted: &str) {
        insert(&mut self.pane_mut().filter, pasted);
        self.refilter(world);
    }

    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect> {
        if let Some(start) = &mut self.start {
            return start
                .mouse(world, mouse, area)
                .into_iter()
                .map(start::guarded)
                .collect();
        }
        let Some((hit, area)) = self.grid.hit(area, mouse) else {
            return Vec::new();
        };
        let was_focused = self.grid.focus == hit;
        self.grid.focus = hit;
        let height = usize::from(area.height.saturating_sub(2));
        let pane = self.pane_mut();
        let (rows, before) = (pane.rows.len(), pane.cursor.row);
        match chooser::pointed(&mut pane.cursor, mouse, rows, height, area.y + 1) {
            // A second click on the row opens it.
            Some(row) if was_focused && row == before => return self.opened(world),
            Some(row) => pane.cursor.row = row,
            None => {}
        }
        Vec::new()
    }
}
