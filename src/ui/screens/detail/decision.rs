//! What keys on the page of a request lead to: that request alone, whatever is selected.

use std::sync::Arc;

use super::Detail;
use crate::model::world::World;
use crate::model::{Action, Effect, Route};
use crate::ui::requests;

impl Detail {
    /// The request that the page is about; on the page of all that was pasted that of the line under
    /// the cursor.
    pub(super) fn asked_request(&self) -> Option<&Arc<str>> {
        match &self.route {
            Route::Pasted(None) => asked(self.leads_to()?),
            own => asked(own),
        }
    }

    /// Whether a key decides on a request, or on how: on its page the options are its own.
    pub(super) fn is_decision(&self, action: Action) -> bool {
        let is_options = action == Action::Options && self.asked_request().is_some();
        is_options || matches!(action, Action::Approve | Action::Deny)
    }

    pub(super) fn decision(&self, world: &World, action: Action) -> Vec<Effect> {
        let ids = self.asked_request().cloned().into_iter().collect();
        requests::effects_of(world, ids, action)
    }

    pub(super) fn decision_refusal(&self, world: &World, action: Action) -> Option<&'static str> {
        match self.asked_request() {
            Some(id) => requests::refusal_of(world, std::slice::from_ref(id), action),
            None => Some("there is no request here"),
        }
    }
}

/// The request that a page is about, on the master or pasted.
fn asked(route: &Route) -> Option<&Arc<str>> {
    match route {
        Route::Request(id) => Some(id),
        Route::Pasted(Some(thing)) => asked(thing),
        _ => None,
    }
}
