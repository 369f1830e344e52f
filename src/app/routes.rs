//! Keys that open one screen, from wherever one is.

use super::App;
use crate::inventory::beginning::Beginning;
use crate::model::{Action, Route, WizardName};
use crate::ui::panes::first_pane;
use crate::ui::screens;

impl App {
    /// The first screen after the first reading. The setup opens by itself where nothing is,
    /// nothing ever was, and it may be changed.
    pub(super) fn begin(&mut self) {
        self.stack.replace_first(screens::open(
            Route::Overview(first_pane(&self.world)),
            &self.world,
        ));
        let is_untouched = self.world.reading.beginning == Beginning::Nothing { untouched: true };
        let is_first = self.world.reading.clusters.is_empty() && !self.world.settings.demo;
        if is_untouched && is_first && self.stack.refusal(&self.world, Action::Setup).is_none() {
            self.open(Route::Wizard(WizardName::Setup));
        }
    }

    /// The screen that `action` opens. A tab's lies on the first screen alone.
    pub(super) fn route_of(&mut self, action: Action) -> Option<Route> {
        Some(match action {
            Action::Lens => Route::Lens,
            Action::Unread => Route::Unread,
            Action::Palette => Route::Palette,
            Action::Help if !matches!(self.route(), Route::Help) => Route::Help,
            Action::Setup => Route::Wizard(WizardName::Setup),
            Action::Nodes => Route::Wizard(WizardName::Nodes),
            Action::Import => Route::Wizard(WizardName::Import),
            Action::Issue => {
                let about = self.stack.top().issue_about(&self.world);
                Route::Wizard(WizardName::Issue(about))
            }
            Action::Guide => {
                Route::Guide(self.world.reading.clusters.first()?.name.as_str().into())
            }
            Action::Served | Action::Join | Action::Ledger => {
                self.stack.home();
                match action {
                    Action::Served => Route::Served,
                    Action::Join => Route::Join,
                    _ => Route::Ledger,
                }
            }
            _ => return None,
        })
    }
}
