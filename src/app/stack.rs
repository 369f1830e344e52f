//! The screens on top of each other, and which of them have been seen long enough to take a key
//! that changes something.

use crate::inventory::beginning::Beginning;
use crate::model::action::ACTIONS;
use crate::model::change::{ChangeProgress, Stage};
use crate::model::world::{Loaded, World};
use crate::model::{Action, Command, Route, RouteName};
use crate::ui::screens::Screen;

/// A stack of screens that is never empty.
#[derive(Debug)]
pub struct Stack {
    first: Layer,
    above: Vec<Layer>,
    asked: u64,
}

#[derive(Debug)]
struct Layer {
    screen: Box<dyn Screen>,
    route: Route,
    seen: PageSeen,
}

/// Whether a page was on the terminal, whole, for half a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageSeen {
    No,
    Asked(u64),
    Yes,
}

impl Layer {
    fn new(screen: Box<dyn Screen>) -> Self {
        Self {
            route: screen.route(),
            screen,
            seen: PageSeen::No,
        }
    }
}

impl Stack {
    /// One screen.
    pub fn new(first: Box<dyn Screen>) -> Self {
        Self {
            first: Layer::new(first),
            above: Vec::new(),
            asked: 0,
        }
    }

    fn layers_mut(&mut self) -> impl Iterator<Item = &mut Layer> {
        std::iter::once(&mut self.first).chain(&mut self.above)
    }

    fn screens(&self) -> impl Iterator<Item = &dyn Screen> {
        std::iter::once(&self.first)
            .chain(&self.above)
            .map(|layer| layer.screen.as_ref())
    }

    fn top_layer(&mut self) -> &mut Layer {
        self.above.last_mut().unwrap_or(&mut self.first)
    }

    /// The screen on top.
    pub fn top(&self) -> &dyn Screen {
        self.above.last().unwrap_or(&self.first).screen.as_ref()
    }

    /// The screen on top, to change it.
    pub fn top_mut(&mut self) -> &mut dyn Screen {
        self.top_layer().screen.as_mut()
    }

    /// Puts a screen on top.
    pub fn push(&mut self, screen: Box<dyn Screen>) {
        self.above.push(Layer::new(screen));
    }

    /// Takes the top screen away, unless it is the first one.
    pub fn close(&mut self) {
        self.above.pop();
    }

    /// Back to the first screen.
    pub fn home(&mut self) {
        self.above.clear();
    }

    /// Puts another screen in place of the first, where no other lies on it.
    pub fn replace_first(&mut self, screen: Box<dyn Screen>) {
        if self.above.is_empty() {
            self.first = Layer::new(screen);
        }
    }

    /// Whether a screen of this name is open.
    pub fn has(&self, name: RouteName) -> bool {
        self.screens().any(|screen| screen.route().name() == name)
    }

    /// Takes the lowest screen of these names away, and all above it.
    pub fn cut(&mut self, names: &[RouteName]) {
        if let Some(at) = self
            .above
            .iter()
            .position(|layer| names.contains(&layer.route.name()))
        {
            self.above.truncate(at);
        }
    }

    /// Takes the screens of this name away, wherever they lie.
    pub fn drop_all(&mut self, name: RouteName) {
        self.above.retain(|layer| layer.route.name() != name);
    }

    /// Tells every screen that the world has changed.
    pub fn refresh(&mut self, world: &World) {
        for layer in self.layers_mut() {
            layer.screen.refresh(world);
        }
    }

    /// The names from the first screen to the top. A wizard and the review of its answers are one
    /// step.
    pub fn trail(&self, world: &World) -> Vec<String> {
        let is_step = |screen: &dyn Screen| {
            matches!(screen.route().name(), RouteName::Wizard | RouteName::Review)
        };
        let next = self.screens().skip(1).map(Some).chain([None]);
        let kept = self
            .screens()
            .zip(next)
            .filter(|(one, next)| !(is_step(*one) && next.is_some_and(is_step)));
        kept.map(|(screen, _)| screen.title(world).unwrap_or_default())
            .collect()
    }

    /// Whether the page on top has been seen: type-ahead over a slow line must not confirm what was
    /// not.
    pub fn is_seen(&self) -> bool {
        self.above.last().unwrap_or(&self.first).seen == PageSeen::Yes
    }

    /// Why an action cannot be done now: the one place where `--read-only` refuses.
    pub fn refusal(&self, world: &World, action: Action) -> Option<&'static str> {
        let row = action.row();
        if !row.is_for(self.top().route().name()) {
            return Some("this screen has nothing for it");
        }
        if let Some(why) = world.read_only().filter(|_| row.dangerous) {
            return Some(why);
        }
        if row.dangerous && world.lens.is_some() {
            return Some("another date is looked at; nothing is changed then");
        }
        if row.dangerous
            && world
                .change
                .as_ref()
                .is_some_and(ChangeProgress::is_under_way)
        {
            return Some("a change is under way");
        }
        if row.dangerous && world.running.restarting.is_some() {
            return Some("a restart is under way");
        }
        let looks = matches!(action, Action::Probe | Action::ProbeAll);
        if (row.dangerous || looks) && world.loaded != Loaded::Yes {
            return Some("nothing was read yet");
        }
        if let Some(why) = world.restart_refusal(action) {
            return Some(why);
        }
        if action == Action::Setup && world.reading.beginning == Beginning::Denied {
            return Some("whether a PKI is here is not known: not everything could be looked at");
        }
        if action == Action::Guide && world.reading.clusters.is_empty() {
            return Some("no cluster was set up from here");
        }
        if action == Action::Unread && !has_unread(world) {
            return Some("everything could be read");
        }
        self.top().refusal(world, action)
    }

    /// What the keys do on the screen on top, where one types there.
    pub fn typing_keys(&self, world: &World) -> Vec<(&'static str, &'static str)> {
        if self.top().is_typing() {
            self.top().typing_keys(world)
        } else {
            Vec::new()
        }
    }

    /// All that cannot be done now.
    pub fn refusals(&self, world: &World) -> Vec<(Action, &'static str)> {
        ACTIONS
            .iter()
            .filter_map(|row| Some((row.action, self.refusal(world, row.action)?)))
            .collect()
    }

    /// A key came too early: the time begins anew, so that one that is held never gets through.
    pub fn unsettle(&mut self) {
        self.top_layer().seen = PageSeen::No;
    }

    /// Half a second has passed since the frame after [`Command::Settle`].
    pub fn settled(&mut self, number: u64) {
        if let Some(layer) = self
            .layers_mut()
            .find(|layer| layer.seen == PageSeen::Asked(number))
        {
            layer.seen = PageSeen::Yes;
        }
    }

    /// Asks to be told when the page on top has been seen, once it is whole.
    pub fn settle(&mut self, world: &World) -> Option<Command> {
        // The runtime waits for one page only: what is covered before it was seen is asked for
        // again.
        let top = self.above.len();
        for layer in self
            .layers_mut()
            .take(top)
            .filter(|layer| layer.seen != PageSeen::Yes)
        {
            layer.seen = PageSeen::No;
        }
        let layer = self.top_layer();
        let route = layer.screen.route();
        if layer.route != route || !is_whole(world, &route) {
            layer.seen = PageSeen::No;
            layer.route = route;
        }
        if layer.seen != PageSeen::No || !is_whole(world, &layer.route) {
            return None;
        }
        let next = self.asked + 1;
        self.top_layer().seen = PageSeen::Asked(next);
        self.asked = next;
        Some(Command::Settle(next))
    }
}

/// Whether the page of what was not read has something to say.
fn has_unread(world: &World) -> bool {
    let inventory = world.inventory();
    !(inventory.unread.is_empty() && inventory.leftovers.is_empty() && world.problems.is_empty())
}

/// Whether a page is there whole, and one of its keys may change something.
fn is_whole(world: &World, route: &Route) -> bool {
    if world.read_only().is_some() || world.lens.is_some() {
        return false;
    }
    match route {
        Route::Overview(_)
        | Route::Served
        | Route::Component(_)
        | Route::Join
        | Route::Token(_) => world.loaded == Loaded::Yes,
        Route::Review => world
            .change
            .as_ref()
            .is_some_and(|change| matches!(change.stage, Stage::Made(_))),
        Route::Lens | Route::Palette | Route::Help | Route::Wizard(_) => false,
        _ => true,
    }
}
