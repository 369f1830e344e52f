//! What a page about those who join does with its tokens.

use super::Detail;
use crate::inventory::bootstrap::TokenItem;
use crate::model::world::World;
use crate::model::{Action, Effect, Route, WizardName};
use crate::ui::tokens;

impl Detail {
    /// The token that the page is about, or that under the cursor.
    fn token<'a>(&self, world: &'a World) -> Option<&'a TokenItem> {
        match &self.route {
            Route::Token(key) => tokens::find(world, key),
            Route::Join => match self.leads_to()? {
                Route::Token(key) => tokens::find(world, key),
                _ => None,
            },
            _ => None,
        }
    }

    /// Where the facts of the line under the cursor, or of the page, come from.
    pub(super) fn why(&self, world: &World) -> Option<Route> {
        match self.leads_to() {
            Some(route @ Route::Why(_)) => return Some(route.clone()),
            Some(Route::Kubeconfig(path)) if self.route == Route::Join => {
                return Some(Route::Why(path.clone()));
            }
            _ => {}
        }
        if let Some(token) = self.token(world) {
            return Some(Route::Why(token.path.clone()));
        }
        self.document.path.clone().map(Route::Why)
    }

    /// What ends a token, or makes one more thing like the one under the cursor.
    pub(super) fn token_keys(&self, world: &World, action: Action) -> Vec<Effect> {
        match action {
            Action::Expire => self.token(world).map(tokens::expire).unwrap_or_default(),
            Action::New => {
                let name = match self.leads_to() {
                    Some(Route::Kubeconfig(_)) => WizardName::BootstrapKubeconfig,
                    Some(Route::Why(_)) => WizardName::Bindings,
                    _ => WizardName::Token,
                };
                vec![Effect::Open(Route::Wizard(name))]
            }
            _ => Vec::new(),
        }
    }

    /// Why a token cannot be ended.
    pub(super) fn expire_refusal(&self, world: &World) -> Option<&'static str> {
        tokens::expire_refusal(world, self.token(world))
    }

    /// What `y` copies from the line under the cursor, in words.
    pub(super) fn copied_line(&self, text: &str) -> &'static str {
        match self.route {
            Route::Join if text.contains('\n') => "the manifest",
            Route::Guide(_) if text.contains('\n') => "the lines",
            Route::Join | Route::Guide(_) => "the line",
            _ => "the command",
        }
    }
}
