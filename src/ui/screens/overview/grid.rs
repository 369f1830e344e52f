//! Which panes are on the screen, and where.

use ratatui::layout::Rect;

use crate::model::{Mouse, Pane};

/// The pane in focus, and whether it has the screen for itself.
#[derive(Debug)]
pub(super) struct PaneGrid {
    pub(super) focus: Pane,
    pub(super) zoomed: bool,
}

impl PaneGrid {
    /// Where each pane is drawn; empty where it is not on the screen.
    pub(super) fn areas(&self, body: Rect) -> [Rect; 4] {
        let all = body.width >= 100 && body.height >= 20 && !self.zoomed;
        if !all {
            let mut areas = [Rect::default(); 4];
            areas[self.focus.place()] = body;
            return areas;
        }
        let (half, upper) = (body.width / 2, body.height * 2 / 3);
        let (x, y) = (body.x + half, body.y + upper);
        [
            Rect::new(body.x, body.y, half, upper),
            Rect::new(x, body.y, body.width - half, upper),
            Rect::new(body.x, y, half, body.height - upper),
            Rect::new(x, y, body.width - half, body.height - upper),
        ]
    }

    /// The pane under the mouse, and where it is drawn.
    pub(super) fn hit(&self, body: Rect, mouse: Mouse) -> Option<(Pane, Rect)> {
        let areas = self.areas(body);
        let panes = Pane::ALL
            .into_iter()
            .map(|pane| (pane, areas[pane.place()]));
        panes
            .into_iter()
            .find(|(_, area)| area.contains((mouse.column, mouse.row).into()))
    }
}
