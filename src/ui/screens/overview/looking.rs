//! What changes nothing but what is seen: which pane has the focus, how much of it is shown, in
//! which order.

use super::super::super::chrome;
use super::super::super::panes::PaneRow;
use super::Overview;
use crate::model::world::World;
use crate::model::{Action, Effect, Pane, Problem};

impl Overview {
    /// Lines of the pane in focus.
    pub(super) fn height(&self, world: &World) -> usize {
        let area = self.grid.areas(chrome::areas(world).body)[self.grid.focus.place()];
        usize::from(area.height.saturating_sub(2))
    }

    /// Turns to another pane, or shows more or less of one; `false`: the action is about something
    /// else.
    pub(super) fn looked(&mut self, world: &World, action: Action) -> bool {
        match action {
            Action::Authorities => self.focus_on(world, Pane::Authorities),
            Action::Expiring => self.focus_on(world, Pane::Expiring),
            Action::Requests => self.focus_on(world, Pane::Requests),
            Action::Kubeconfigs => self.focus_on(world, Pane::Kubeconfigs),
            Action::Next => self.turn(world, 1),
            Action::Previous => self.turn(world, 3),
            Action::Left | Action::Right => {
                self.focus_on(world, Pane::ALL[self.grid.focus.place() ^ 1]);
            }
            Action::Zoom => {
                self.grid.zoomed = !self.grid.zoomed;
                self.settle(world);
            }
            Action::Filter => self.typing = true,
            Action::Fold => self.fold(world),
            _ => return false,
        }
        true
    }

    pub(super) fn settle(&mut self, world: &World) {
        let areas = self.grid.areas(chrome::areas(world).body);
        for (pane, area) in self.panes.iter_mut().zip(areas) {
            let rows = pane.rows.len();
            pane.cursor
                .settle(rows, usize::from(area.height.saturating_sub(2)));
        }
    }

    fn focus_on(&mut self, world: &World, pane: Pane) {
        self.grid.focus = pane;
        self.settle(world);
    }

    fn turn(&mut self, world: &World, steps: usize) {
        self.focus_on(world, Pane::ALL[(self.grid.focus.place() + steps) % 4]);
    }

    pub(super) fn sort(&mut self, world: &World) -> Vec<Effect> {
        let pane = self.pane_mut();
        pane.sort = (pane.sort + 1) % pane.sorts().len();
        let name = pane.sorts()[pane.sort];
        pane.reorder(world);
        vec![Effect::Say(Problem::new(format!("ordered by {name}")))]
    }

    fn fold(&mut self, world: &World) {
        let Some(PaneRow::Item(index, _)) = self.pane().selected() else {
            return;
        };
        let Some(item) = world.inventory().item(index) else {
            return;
        };
        let id = item.id.clone();
        let pane = self.pane_mut();
        if !pane.folded.remove(&id) {
            pane.folded.insert(id);
        }
        pane.rebuild(world);
        self.settle(world);
    }

    pub(super) fn refilter(&mut self, world: &World) {
        self.pane_mut().refilter(world);
        self.settle(world);
    }
}
