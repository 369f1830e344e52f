//! The application: a stack of screens and the one `update`. An event has effects, these are
//! applied, and commands go out; nothing here can block.

mod change;
mod pasted;
mod reading;
mod restart;
mod routes;
pub mod setup;
pub mod stack;
mod toast;
mod view;

use crate::model::change::ChangeProgress;
use crate::model::key::{KeyCode, Named};
use crate::model::world::World;
use crate::model::{
    Action, Beside, Command, Effect, Event, Job, JobId, Key, Mouse, Pane, Pasted, Problem, Route,
    RouteName,
};
use crate::plan::{RenewRequest, Request, Selection};
use crate::running::ProbeTarget;
use crate::ui::bars;
use crate::ui::chrome;
use crate::ui::screens;
pub use setup::Setup;
use stack::Stack;
use toast::Toast;

/// The application's whole state.
#[derive(Debug)]
pub struct App {
    world: World,
    setup: Setup,
    stack: Stack,
    toast: Toast,
    newest_job: JobId,
    newest_read: JobId,
    newest_paste: JobId,
}

impl App {
    /// An application that has read nothing yet. Files that cannot be used leave the shipped ones
    /// and a toast.
    pub fn new(setup: Setup) -> Self {
        let world = setup.world();
        let toast = Toast::new(world.problems.last().cloned());
        let stack = Stack::new(screens::open(Route::Overview(Pane::Expiring), &world));
        Self {
            world,
            setup,
            stack,
            toast,
            newest_job: JobId(0),
            newest_read: JobId(0),
            newest_paste: JobId(0),
        }
    }

    /// What to do first: read the master.
    pub fn start(&mut self) -> Vec<Command> {
        self.apply(vec![Effect::Read])
    }

    /// Takes one event.
    pub fn update(&mut self, event: Event) -> Vec<Command> {
        let effects = self.take(event);
        let mut commands = self.apply(effects);
        self.toast
            .grant(|action| self.stack.refusal(&self.world, action));
        // A plan that nobody looks at any more is dropped, however its review was left.
        let is_left = |change: &mut ChangeProgress| !change.is_under_way();
        if !self.stack.has(RouteName::Review)
            && let Some(change) = self.world.change.take_if(is_left)
        {
            commands.push(Command::Forget(change.plan));
        }
        commands.extend(self.stack.settle(&self.world));
        commands
    }

    /// What follows from an event.
    fn take(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) => {
                self.toast.clear();
                self.key(key)
            }
            Event::Paste(text) => self.pasted(&text),
            Event::Mouse(mouse) => {
                self.toast.clear();
                self.mouse(mouse)
            }
            Event::Resize { columns, rows } => {
                self.world.size = (columns, rows);
                vec![Effect::Refresh]
            }
            Event::Progress { id, progress } => self.progress(id, progress.words()),
            Event::Read { id, at, reading } if id == self.newest_read => {
                self.toast.repeat_outcome();
                reading::read(&mut self.world, at, reading)
            }
            Event::Planned { plan, summary } => {
                let job = self.next_job();
                change::planned(&mut self.world, job, plan, summary)
            }
            Event::Applied { plan, operation } => {
                let (is_reviewed, screen) =
                    (self.stack.has(RouteName::Review), self.route().name());
                change::applied(&mut self.world, plan, operation, is_reviewed, screen)
            }
            Event::Observed { id, observation } => {
                let screen = self.route().name();
                restart::observed(&mut self.world, id, observation, screen)
            }
            Event::Restarted { component, outcome } => {
                let (job, screen) = (self.next_job(), self.route().name());
                restart::restarted(&mut self.world, job, component, outcome, screen)
            }
            Event::History(history) => restart::history(&mut self.world, history),
            Event::Ledger(ledger) => {
                self.world.ledger = Some(ledger);
                vec![Effect::Refresh]
            }
            Event::Pasted { id, pasted } if id == self.newest_paste => self.opened(pasted),
            // Something newer was asked for.
            Event::Read { .. } | Event::Pasted { .. } => Vec::new(),
            Event::Settled(number) => {
                self.stack.settled(number);
                Vec::new()
            }
            Event::FilesChanged => vec![Effect::Read],
            Event::Moment(moment) => {
                self.world.now = moment;
                self.world.judge();
                vec![Effect::Judged]
            }
            Event::Notice(problem) => vec![Effect::Trouble(problem)],
        }
    }

    /// The program ends when the change that is under way is done: that is said.
    pub fn leave(&mut self) {
        self.toast.say(Problem::new(
            "a change is under way: kubepki ends when it is done",
        ));
    }

    /// The route on top.
    pub fn route(&self) -> Route {
        self.stack.top().route()
    }

    /// What every screen draws from.
    pub fn world(&self) -> &World {
        &self.world
    }

    fn key(&mut self, key: Key) -> Vec<Effect> {
        let action = self.world.keymap.action(key, self.route().name());
        if self.stack.top().is_typing() {
            // Ctrl-C ends, Ctrl-Z suspends and F1 helps everywhere; no other key is a command while
            // one types.
            let is_command = matches!(
                action.filter(|_| key.control),
                Some(Action::Quit | Action::Suspend)
            );
            if !is_command && bars::typing_help(&self.world) != Some(&key) {
                return self.stack.top_mut().typed(&self.world, key);
            }
        }
        match action {
            Some(action) => self.act(action),
            None if key.code == KeyCode::Named(Named::Escape) => self.act(Action::Back),
            None => Vec::new(),
        }
    }

    /// Pasted text is never a command.
    fn pasted(&mut self, text: &str) -> Vec<Effect> {
        if self.stack.top().is_typing() {
            self.stack.top_mut().pasted(&self.world, text);
            return Vec::new();
        }
        self.toast.clear();
        pasted::paste(&self.world, self.route().name(), text)
    }

    /// Tabs and hints act as their keys; the rest is the screen's.
    fn mouse(&mut self, mouse: Mouse) -> Vec<Effect> {
        let top = self.stack.top();
        if let Some(action) = bars::action_at(
            &self.world,
            &top.route(),
            top.is_typing(),
            &self.offered(),
            mouse,
        ) {
            return self.act(action);
        }
        let body = chrome::areas(&self.world).body;
        self.stack.top_mut().mouse(&self.world, mouse, body)
    }

    /// Does an action, if nothing refuses it.
    fn act(&mut self, action: Action) -> Vec<Effect> {
        if let Some(why) = self.stack.refusal(&self.world, action) {
            self.toast.refuse(action, why);
            return Vec::new();
        }
        if action.row().guarded && !self.stack.is_seen() {
            let words = format!(
                "{}: not taken, this page had only just come up; press it again",
                action.label()
            );
            self.stack.unsettle();
            return vec![Effect::Say(Problem::new(words))];
        }
        match action {
            Action::Quit => vec![Effect::Command(Command::Quit)],
            Action::Suspend => vec![Effect::Command(Command::Suspend)],
            Action::Rescan => vec![
                Effect::Say(Problem::new("reading the disk again")),
                Effect::Read,
            ],
            Action::Theme => self.switch_theme(),
            Action::RenewDue => vec![Effect::Plan(Request::Renew(RenewRequest::new(
                Selection::Due,
            )))],
            Action::ProbeAll => vec![Effect::Probe(vec![ProbeTarget::All])],
            Action::History => {
                self.stack.home();
                vec![Effect::Open(Route::History), Effect::ReadHistory]
            }
            Action::Authorities | Action::Expiring | Action::Requests | Action::Kubeconfigs => {
                self.stack.home();
                self.stack.top_mut().update(&self.world, action)
            }
            _ => match self.route_of(action) {
                Some(route) => vec![Effect::Open(route)],
                None => self.stack.top_mut().update(&self.world, action),
            },
        }
    }

    fn switch_theme(&mut self) -> Vec<Effect> {
        self.setup = self.setup.other_theme();
        if let Ok(theme) = self.setup.theme() {
            self.world.theme = theme;
        }
        vec![Effect::Refresh]
    }

    fn progress(&mut self, id: JobId, words: String) -> Vec<Effect> {
        if id == self.newest_read {
            self.world.loaded.progress(words);
        } else if self.world.progress(id, words) {
            return vec![Effect::Refresh];
        }
        Vec::new()
    }

    /// Applies them in order.
    fn apply(&mut self, effects: Vec<Effect>) -> Vec<Command> {
        effects
            .into_iter()
            .flat_map(|effect| self.apply_one(effect))
            .collect()
    }

    fn apply_one(&mut self, effect: Effect) -> Vec<Command> {
        match effect {
            Effect::Open(route) => self.open(route),
            Effect::Show(route) => {
                if !self.stack.has(route.name()) {
                    self.open(route);
                }
            }
            Effect::Leave(names) => self.stack.cut(names),
            Effect::Drop(name) => self.stack.drop_all(name),
            Effect::Close => self.stack.close(),
            Effect::Copy { text, what } => {
                self.toast.say(Problem::new(format!("copied {what}")));
                return vec![Command::Copy(text)];
            }
            Effect::Say(problem) => self.toast.say(problem),
            Effect::SayOutcome(problem) => self.toast.say_outcome(problem),
            Effect::Trouble(problem) => {
                self.world.keep(&problem);
                self.toast.say(problem);
            }
            Effect::SetLens(moment) => {
                self.world.lens = moment;
                self.world.judge();
                return self.judged();
            }
            Effect::Select(id) => self.world.select(id),
            Effect::SelectNothing => self.world.selected.clear(),
            Effect::Plan(request) => {
                return self.step(|world, job| change::ask(world, job, request, false));
            }
            Effect::Change(request) => {
                return self.step(|world, job| change::ask(world, job, request, true));
            }
            Effect::Passphrase(typed) => {
                return self.step(|world, job| change::unlock(world, job, typed));
            }
            Effect::Apply => return self.step(change::confirm),
            Effect::Recover { id, way } => {
                self.toast.say(Problem::new("ending what was interrupted"));
                return vec![self.start_job(Job::Recover { id, way })];
            }
            Effect::Begin => self.begin(),
            Effect::Read => return vec![self.read()],
            Effect::ReadHistory => return vec![self.start_job(Job::History)],
            Effect::ReadLedger => return vec![self.start_job(Job::Ledger)],
            Effect::Look(beside) => return vec![self.look(beside)],
            Effect::Probe(asked) => {
                return self.step(|world, job| restart::probe(world, job, asked));
            }
            Effect::Restart(components) => {
                return self.step(|world, job| restart::restart(world, job, components));
            }
            Effect::Skip(component) => return vec![self.start_job(Job::Skip(component))],
            Effect::Refresh => self.stack.refresh(&self.world),
            Effect::Judged => return self.judged(),
            Effect::Command(command) => return vec![command],
            Effect::Run(action) => return self.run(action),
        }
        Vec::new()
    }

    /// One step of a change or of a restart, which may start a job of this number, and what follows
    /// from it.
    fn step(&mut self, step: impl FnOnce(&mut World, JobId) -> Vec<Effect>) -> Vec<Command> {
        let job = self.next_job();
        let effects = step(&mut self.world, job);
        self.apply(effects)
    }

    fn open(&mut self, route: Route) {
        if matches!(route, Route::Palette | Route::Help) {
            self.world.refusals = self.stack.refusals(&self.world);
            self.world.keys_below = self.stack.typing_keys(&self.world);
        }
        if self.route() != route {
            self.stack.push(screens::open(route, &self.world));
        }
    }

    /// As if its key had been pressed.
    fn run(&mut self, action: Action) -> Vec<Command> {
        let effects = self.act(action);
        self.apply(effects)
    }

    fn judged(&mut self) -> Vec<Command> {
        self.stack.refresh(&self.world);
        vec![Command::Wake(
            self.world
                .judged
                .next_change
                .filter(|_| self.world.lens.is_none()),
        )]
    }

    fn next_job(&mut self) -> JobId {
        self.newest_job.0 += 1;
        self.newest_job
    }

    fn start_job(&mut self, job: Job) -> Command {
        Command::Start {
            id: self.next_job(),
            job,
        }
    }

    fn look(&mut self, beside: Beside) -> Command {
        let command = self.start_job(Job::Look(beside));
        self.newest_paste = self.newest_job;
        command
    }

    fn opened(&mut self, pasted: Result<Box<Pasted>, Problem>) -> Vec<Effect> {
        self.toast.clear();
        let is_typing = self.stack.top().is_typing();
        pasted::pasted(&mut self.world, is_typing, pasted)
    }

    fn read(&mut self) -> Command {
        let command = self.start_job(Job::Read);
        self.newest_read = self.newest_job;
        command
    }
}
