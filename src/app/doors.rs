//! Keys that open one screen, from wherever one is.

use super::App;
use crate::model::{Action, Route, WizardName};

impl App {
    /// The screen that `action` opens. A tab's lies on the first screen alone.
    pub(super) fn door(&mut self, action: Action) -> Option<Route> {
        Some(match action {
            Action::Lens => Route::Lens,
            Action::Unread => Route::Unread,
            Action::Palette => Route::Palette,
            Action::Help if !matches!(self.route(), Route::Help) => Route::Help,
            Action::Setup => Route::Wizard(WizardName::Setup),
            Action::Import => Route::Wizard(WizardName::Import),
            Action::Guide => Route::Guide(self.world.reading.clusters.first()?.name.as_str().into()),
            Action::Served | Action::Join => {
                self.stack.home();
                if action == Action::Served { Route::Served } else { Route::Join }
            }
            _ => return None,
        })
    }
}
