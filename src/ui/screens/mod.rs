//! One screen, one file: state, `update` and `render`, headed by a sketch of itself.

pub mod certificate;
mod component;
mod copies;
pub mod detail;
mod gone;
mod guide;
pub mod help;
pub mod history;
mod join;
pub mod kubeconfig;
pub mod ledger;
mod ledger_entry;
pub mod lens;
mod letter;
mod nodes;
mod operation;
pub mod overview;
pub mod palette;
mod pasted;
mod plan;
pub mod request;
pub mod review;
mod rules;
pub mod served;
mod serving;
pub(super) mod start;
mod steps;
mod token;
pub mod unread;
pub mod why;
pub mod wizard;

use std::fmt::Debug;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::spoken::Spoken;
use crate::model::world::World;
use crate::model::{Action, Effect, IssueAbout, Key, Mouse, Route};

/// A place in the house. `update` changes only the screen's own state and says in effects what else
/// shall happen; `render` changes nothing.
pub trait Screen: Debug + Send {
    /// Where this is.
    fn route(&self) -> Route;

    /// The world or the size of the terminal has changed.
    fn refresh(&mut self, world: &World);

    /// Does an action.
    fn update(&mut self, world: &World, action: Action) -> Vec<Effect>;

    /// Why an action cannot be done now.
    fn refusal(&self, world: &World, action: Action) -> Option<&'static str>;

    /// What a new certificate is asked for here.
    fn issue_about(&self, _world: &World) -> IssueAbout {
        IssueAbout::Anything
    }

    /// The actions to name in the footer, most useful first.
    fn footer(&self) -> &'static [Action];

    /// Draws itself into the body.
    fn render(&self, world: &World, frame: &mut Frame, area: Rect);

    /// The same as lines.
    fn spoken(&self, world: &World) -> Spoken;

    /// The name in the trail; `None`: it is never in one.
    fn title(&self, world: &World) -> Option<String>;

    /// Whether letters are text now and no commands.
    fn is_typing(&self) -> bool {
        false
    }

    /// What the keys do while typing, the most useful first.
    fn typing_keys(&self, world: &World) -> Vec<(&'static str, &'static str)> {
        vec![(world.signs().enter, "done"), ("Esc", "leave")]
    }

    /// A key while typing.
    fn typed(&mut self, _world: &World, _key: Key) -> Vec<Effect> {
        Vec::new()
    }

    /// Pasted text while typing.
    fn pasted(&mut self, _world: &World, _text: &str) {}

    /// A click or the wheel.
    fn mouse(&mut self, world: &World, mouse: Mouse, area: Rect) -> Vec<Effect>;
}

/// Opens a route.
pub fn open(route: Route, world: &World) -> Box<dyn Screen> {
    let mut screen: Box<dyn Screen> = match route {
        Route::Overview(pane) => Box::new(overview::Overview::new(pane)),
        Route::Review => Box::new(review::Review::default()),
        Route::History => Box::new(history::History::default()),
        Route::Ledger => Box::new(ledger::LedgerList::default()),
        Route::Served => Box::new(served::Served::default()),
        Route::Certificate(_)
        | Route::Kubeconfig(_)
        | Route::Request(_)
        | Route::Why(_)
        | Route::Difference { .. }
        | Route::Commands(_)
        | Route::Operation(_)
        | Route::Component(_)
        | Route::Join
        | Route::Token(_)
        | Route::Guide(_)
        | Route::LedgerEntry(_)
        | Route::Pasted(_)
        | Route::Unread => Box::new(detail::Detail::new(route)),
        Route::Wizard(name) => Box::new(wizard::Wizard::new(name, world)),
        Route::Lens => Box::new(lens::Lens::new(world)),
        Route::Palette => Box::new(palette::Palette::default()),
        Route::Help => Box::new(help::Help::default()),
    };
    screen.refresh(world);
    screen
}
