//! Keys of the first screen that change something, or lead to what does.

use std::sync::Arc;

use super::Overview;
use crate::model::world::World;
use crate::model::{Action, Effect, IssueAbout, Pane, Route, WizardName};
use crate::plan::Request;
use crate::ui::{actions, panes, requests};

impl Overview {
    /// A change of what is selected, else of what the cursor is on. What a filter or another pane
    /// hides is never changed unseen: it goes to the review.
    pub(super) fn changes(&self, world: &World, action: Action) -> Vec<Effect> {
        if action == Action::New {
            let wizard = WizardName::Issue(IssueAbout::Request);
            return vec![Effect::Open(Route::Wizard(wizard))];
        }
        if self.is_about_requests(action) {
            return requests::effects(world, self.request(world), action);
        }
        let own = self.item(world).map(|item| item.id.clone());
        let selected = world.selected.iter().cloned();
        let mut ids: Vec<Arc<str>> = selected
            .filter(|id| world.item_named(id).is_some())
            .collect();
        if ids.is_empty() {
            ids.extend(own);
        }
        let is_shown = |id| {
            self.pane()
                .rows
                .iter()
                .any(|row| panes::item(world, *row).is_some_and(|item| item.id == id))
        };
        let is_hidden = !ids.iter().cloned().all(is_shown);
        let effects = actions::effects(ids, action).into_iter();
        let seen = |effect| match effect {
            Effect::Change(Request::Renew(request)) if is_hidden => {
                Effect::Plan(Request::Renew(request))
            }
            other => other,
        };
        effects.map(seen).collect()
    }

    /// The request under the cursor.
    pub(super) fn request<'a>(&self, world: &'a World) -> Option<&'a Arc<str>> {
        panes::request_of(world, self.pane().selected()?).map(|request| &request.id)
    }

    /// Whether a key is meant for requests: those of their own, and in their pane the options.
    pub(super) fn is_about_requests(&self, action: Action) -> bool {
        let is_here = self.grid.focus == Pane::Requests;
        matches!(
            action,
            Action::Approve | Action::Deny | Action::ApproveGreens
        ) || (is_here && action == Action::Options)
    }
}
