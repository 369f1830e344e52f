//! What the application shows and tells.

use ratatui::Frame;

use super::App;
use crate::model::change::Stage;
use crate::model::{Action, Problem, Route};
use crate::ui::spoken::Spoken;
use crate::ui::{bars, chrome, notice, outcome, restarts};

impl App {
    /// Draws everything.
    pub fn render(&self, frame: &mut Frame) {
        let areas = chrome::areas(&self.world);
        let top = self.stack.top();
        chrome::header(&self.world, frame, areas.header);
        if let Some(notice) = notice::notice(&self.world).filter(|_| areas.notice.height > 0) {
            frame.render_widget(notice, areas.notice);
        }
        match bars::tab_of(&top.route()) {
            Some(tab) => bars::tabs(&self.world, tab, frame, areas.tabs),
            None => bars::trail(
                &self.world,
                &self.stack.trail(&self.world),
                frame,
                areas.tabs,
            ),
        }
        top.render(&self.world, frame, areas.body);
        let toast = self.toast.said().cloned().or_else(|| self.doing());
        if top.is_typing() && toast.is_none() {
            bars::typing_footer(
                &self.world,
                &top.typing_keys(&self.world),
                frame,
                areas.footer,
            );
        } else {
            bars::footer(
                &self.world,
                &self.offered(),
                toast.as_ref(),
                frame,
                areas.footer,
            );
        }
        if self.world.settings.ascii {
            chrome::only_ascii(frame);
        }
    }

    /// What is being done.
    fn doing(&self) -> Option<Problem> {
        let is_told = match self.route() {
            Route::Served => true,
            Route::Operation(_) => self.world.running.restarting.is_some(),
            _ => false,
        };
        // Where the page says it, the keys stay.
        outcome::doing(&self.world).or_else(|| restarts::doing(&self.world).filter(|_| !is_told))
    }

    /// What the footer names.
    pub(super) fn offered(&self) -> Vec<Action> {
        let actions = self.stack.top().footer().iter().copied();
        actions
            .filter(|action| self.stack.refusal(&self.world, *action).is_none())
            .collect()
    }

    /// The top screen as lines, with what the header and a toast say.
    pub fn spoken(&self) -> Spoken {
        let mut told = self.stack.top().spoken(&self.world);
        told.page.insert(0, chrome::told(&self.world));
        if let Some(toast) = self.toast.said().cloned().or_else(|| self.doing()) {
            told.line = format!("{}. {}", toast.line(), told.line);
        }
        told
    }

    /// What became of the change that was under way when the user wanted to leave, for the
    /// terminal.
    pub fn parting(&self) -> Option<String> {
        let change = self.world.change.as_ref()?;
        match &change.stage {
            Stage::Refused(problem) => Some(problem.line()),
            Stage::Reading => {
                let newest = self
                    .world
                    .history
                    .as_ref()?
                    .as_ref()
                    .ok()?
                    .operations
                    .first()?;
                Some(outcome::outcome(&self.world, newest).line())
            }
            _ => None,
        }
    }

    /// What the keys do now, for who does not see the footer.
    pub fn told_keys(&self) -> String {
        bars::told_keys(&self.world, self.stack.top(), &self.offered())
    }
}
