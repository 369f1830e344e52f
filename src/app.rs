//! The application: a stack of screens and the one `update`. Events in, commands out; nothing here can block.

mod alive;
mod changes;
mod doors;

use ratatui::Frame;
use time::OffsetDateTime;

use crate::inventory::served::Asked;
use crate::model::key::{KeyCode, Named};
use crate::model::{Action, Command, Effect, Event, Job, JobId, Key, Mouse, Pane, Problem, Reading, Route, RouteName};
use crate::plan::{RenewRequest, Request, Selection};
use crate::ui::change::{self, Change, Stage};
use crate::ui::panes::first_pane;
use crate::ui::restarts;
use crate::ui::screens;
pub use crate::ui::setup::Setup;
use crate::ui::stack::Stack;
use crate::ui::told::Told;
use crate::ui::world::{Loaded, World};
use crate::ui::{bars, chrome, notice};

/// The application's whole state.
#[derive(Debug)]
pub struct App {
    world: World,
    setup: Setup,
    stack: Stack,
    toast: Option<Problem>,
    /// The action that was refused last, and how that was said.
    refused: Option<(Action, Problem)>,
    /// What became of a change, until the disk was read after it.
    outcome: Option<Problem>,
    newest_job: JobId,
    newest_read: JobId,
}

impl App {
    /// An application that has read nothing yet. Files that cannot be used leave the shipped ones and a toast.
    pub fn new(setup: Setup) -> Self {
        let world = setup.world();
        let toast = world.problems.last().cloned();
        let stack = Stack::new(screens::open(Route::Overview(Pane::Expiring), &world));
        Self { world, setup, stack, toast, refused: None, outcome: None, newest_job: JobId(0), newest_read: JobId(0) }
    }

    /// What to do first: read the master.
    pub fn start(&mut self) -> Vec<Command> {
        vec![self.read()]
    }

    /// Takes one event.
    pub fn update(&mut self, event: Event) -> Vec<Command> {
        let mut commands = self.take(event);
        self.grant();
        // A plan that nobody looks at any more is dropped, however its review was left.
        let is_left = |change: &mut Change| !change.is_under_way();
        if !self.stack.has(RouteName::Review)
            && let Some(change) = self.world.change.take_if(is_left)
        {
            commands.push(Command::Forget(change.plan));
        }
        commands.extend(self.stack.settle(&self.world));
        commands
    }

    fn take(&mut self, event: Event) -> Vec<Command> {
        match event {
            Event::Key(key) => {
                self.toast = None;
                return self.key(key);
            }
            Event::Paste(text) => {
                if self.stack.top().is_typing() {
                    self.stack.top_mut().pasted(&self.world, &text);
                }
            }
            Event::Mouse(mouse) => {
                self.toast = None;
                return self.mouse(mouse);
            }
            Event::Resize { columns, rows } => {
                self.world.size = (columns, rows);
                self.stack.refresh(&self.world);
            }
            Event::Progress { id, progress } => self.progress(id, progress.words()),
            Event::Read { id, at, reading } => return self.read_done(id, at, reading),
            Event::Planned { plan, summary } => return self.planned(plan, summary),
            Event::Applied { plan, operation } => return self.applied(plan, operation),
            Event::Observed { id, observation } => return self.observed(id, observation),
            Event::Restarted { component, outcome } => return self.restarted(component, outcome),
            Event::History(history) => self.history(history),
            Event::Settled(number) => self.stack.settled(number),
            Event::FilesChanged => return vec![self.read()],
            Event::Moment(moment) => {
                self.world.now = moment;
                return self.rejudge();
            }
            Event::Notice(problem) => self.problem(problem),
        }
        Vec::new()
    }

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
            None => bars::trail(&self.world, &self.stack.trail(&self.world), frame, areas.tabs),
        }
        top.render(&self.world, frame, areas.body);
        let toast = self.toast.clone().or_else(|| self.doing());
        if top.is_typing() && toast.is_none() {
            bars::typing_footer(&self.world, &top.typing_keys(&self.world), frame, areas.footer);
        } else {
            bars::footer(&self.world, &self.offered(), toast.as_ref(), frame, areas.footer);
        }
        if self.world.settings.ascii {
            chrome::only_ascii(frame);
        }
    }

    /// What is being done.
    fn doing(&self) -> Option<Problem> {
        let is_told = match self.route() {
            Route::Served => true,
            Route::Operation(_) => self.world.alive.restarting.is_some(),
            _ => false,
        };
        // Where the page says it, the keys stay.
        change::doing(&self.world).or_else(|| restarts::doing(&self.world).filter(|_| !is_told))
    }

    /// What the footer names.
    fn offered(&self) -> Vec<Action> {
        let actions = self.stack.top().footer().iter().copied();
        actions.filter(|action| self.stack.refusal(&self.world, *action).is_none()).collect()
    }

    /// The top screen as lines, with what the header and a toast say.
    pub fn told(&self) -> Told {
        let mut told = self.stack.top().told(&self.world);
        told.page.insert(0, chrome::told(&self.world));
        if let Some(toast) = self.toast.clone().or_else(|| self.doing()) {
            told.line = format!("{}. {}", toast.line(), told.line);
        }
        told
    }

    /// The program ends when the change that is under way is done: that is said.
    pub fn leave(&mut self) {
        self.toast = Some(Problem::new("a change is under way: kubepki ends when it is done"));
    }

    /// What became of the change that was under way when the user wanted to leave, for the terminal.
    pub fn parting(&self) -> Option<String> {
        let change = self.world.change.as_ref()?;
        match &change.stage {
            Stage::Refused(problem) => Some(problem.line()),
            Stage::Reading => {
                let newest = self.world.history.as_ref()?.as_ref().ok()?.operations.first()?;
                Some(change::outcome(&self.world, newest).line())
            }
            _ => None,
        }
    }

    /// What the keys do now, for who does not see the footer.
    pub fn told_keys(&self) -> String {
        bars::told_keys(&self.world, self.stack.top(), &self.offered())
    }

    /// The route on top.
    pub fn route(&self) -> Route {
        self.stack.top().route()
    }

    /// What every screen draws from.
    pub fn world(&self) -> &World {
        &self.world
    }

    fn key(&mut self, key: Key) -> Vec<Command> {
        let action = self.world.keymap.action(key, self.route().name());
        if self.stack.top().is_typing() {
            // Ctrl-C ends, Ctrl-Z suspends and F1 helps everywhere; no other key is a command while one types.
            let is_command = matches!(action.filter(|_| key.control), Some(Action::Quit | Action::Suspend));
            if !is_command && bars::typing_help(&self.world) != Some(&key) {
                let effects = self.stack.top_mut().typed(&self.world, key);
                return self.apply(effects);
            }
        }
        match action {
            Some(action) => self.act(action),
            None if key.code == KeyCode::Named(Named::Escape) => self.act(Action::Back),
            None => Vec::new(),
        }
    }

    /// Tabs and hints act as their keys; the rest is the screen's.
    fn mouse(&mut self, mouse: Mouse) -> Vec<Command> {
        let top = self.stack.top();
        if let Some(action) = bars::action_at(&self.world, &top.route(), top.is_typing(), &self.offered(), mouse) {
            return self.act(action);
        }
        let body = chrome::areas(&self.world).body;
        let effects = self.stack.top_mut().mouse(&self.world, mouse, body);
        self.apply(effects)
    }

    /// Says a problem now, and keeps it.
    fn problem(&mut self, problem: Problem) {
        if !self.world.problems.contains(&problem) {
            self.world.problems.push(problem.clone());
        }
        self.toast = Some(problem);
    }

    fn act(&mut self, action: Action) -> Vec<Command> {
        if let Some(why) = self.stack.refusal(&self.world, action) {
            let problem = Problem::new(format!("{}: {why}", action.label()));
            self.refused = Some((action, problem.clone()));
            self.toast = Some(problem);
            return Vec::new();
        }
        if action.row().guarded && !self.stack.is_seen() {
            let words = format!("{}: not taken, this page had only just come up; press it again", action.label());
            self.toast = Some(Problem::new(words));
            self.stack.unsettle();
            return Vec::new();
        }
        match action {
            Action::Quit => return vec![Command::Quit],
            Action::Suspend => return vec![Command::Suspend],
            Action::Rescan => {
                return self.apply(vec![Effect::Say(Problem::new("reading the disk again")), Effect::Read]);
            }
            Action::Theme => self.switch_theme(),
            Action::RenewDue => return self.plan(Request::Renew(RenewRequest::new(Selection::Due)), false),
            Action::History => {
                self.stack.home();
                return self.apply(vec![Effect::Open(Route::History), Effect::ReadHistory]);
            }
            Action::ProbeAll => return self.probe(vec![Asked::All]),
            Action::Authorities | Action::Expiring | Action::Requests | Action::Kubeconfigs => {
                self.stack.home();
                return self.forward(action);
            }
            _ => match self.door(action) {
                Some(route) => self.open(route),
                None => return self.forward(action),
            },
        }
        Vec::new()
    }

    fn forward(&mut self, action: Action) -> Vec<Command> {
        let effects = self.stack.top_mut().update(&self.world, action);
        self.apply(effects)
    }

    fn apply(&mut self, effects: Vec<Effect>) -> Vec<Command> {
        let mut commands = Vec::new();
        for effect in effects {
            match effect {
                Effect::Open(route) => self.open(route),
                Effect::Close => self.stack.close(),
                Effect::CloseAndRun(action) => {
                    self.stack.close();
                    commands.extend(self.act(action));
                }
                Effect::CloseAndOpen(route) => {
                    self.stack.close();
                    self.open(route);
                }
                Effect::Copy { text, what } => {
                    self.toast = Some(Problem::new(format!("copied {what}")));
                    commands.push(Command::Copy(text));
                }
                Effect::Say(problem) => self.toast = Some(problem),
                Effect::SetLens(moment) => {
                    self.world.lens = moment;
                    commands.extend(self.rejudge());
                }
                Effect::Select(id) => self.world.select(id),
                Effect::SelectNothing => self.world.selected.clear(),
                Effect::Plan(request) => commands.extend(self.plan(request, false)),
                Effect::Change(request) => commands.extend(self.plan(request, true)),
                Effect::Passphrase(passphrase) => commands.extend(self.unlock(passphrase)),
                Effect::Apply => commands.extend(self.apply_plan()),
                Effect::Recover { id, way } => {
                    self.toast = Some(Problem::new("ending what was interrupted"));
                    commands.push(self.start_job(Job::Recover { id, way }));
                }
                Effect::Read => commands.push(self.read()),
                Effect::ReadHistory => commands.push(self.start_job(Job::History)),
                Effect::Probe(asked) => commands.extend(self.probe(asked)),
                Effect::Restart(components) => commands.extend(self.restart(components)),
                Effect::Skip(component) => commands.extend(self.skip(component)),
                Effect::Run(action) => commands.extend(self.act(action)),
            }
        }
        commands
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

    fn rejudge(&mut self) -> Vec<Command> {
        self.world.judge();
        self.stack.refresh(&self.world);
        vec![Command::Wake(self.world.judged.next_change.filter(|_| self.world.lens.is_none()))]
    }

    fn start_job(&mut self, job: Job) -> Command {
        self.newest_job.0 += 1;
        Command::Start { id: self.newest_job, job }
    }

    fn read(&mut self) -> Command {
        let command = self.start_job(Job::Read);
        self.newest_read = self.newest_job;
        command
    }

    fn progress(&mut self, id: JobId, words: String) {
        if let Some(change) = self.world.change.as_mut().filter(|change| change.job == id) {
            change.progress(words);
            self.stack.refresh(&self.world);
        } else if let Some(restarting) = self.world.alive.restarting.as_mut().filter(|one| one.job == id) {
            restarting.said = Some(words);
            self.stack.refresh(&self.world);
        } else if let Some(probing) = self.world.alive.probing.as_mut().filter(|one| one.job == id) {
            probing.words = words;
            self.stack.refresh(&self.world);
        } else if let Loaded::Reading(now) = &mut self.world.loaded
            && id == self.newest_read
        {
            *now = words;
        }
    }

    fn read_done(&mut self, id: JobId, at: OffsetDateTime, reading: Result<Reading, Problem>) -> Vec<Command> {
        if id != self.newest_read {
            return Vec::new();
        }
        let is_first = matches!(self.world.loaded, Loaded::Reading(_));
        // Keys that were refused meanwhile must not hide it.
        if let Some(outcome) = self.outcome.take().filter(|_| self.toast.is_some()) {
            self.toast = Some(outcome);
        }
        // Who changed the files may have been another kubepki: it wrote down what it did.
        let mut commands = vec![self.start_job(Job::History)];
        if !self.world.take(reading) {
            self.stack.refresh(&self.world);
            return commands;
        }
        // It was just looked at.
        if self.world.inventory().processes.is_some() {
            self.world.alive.observation.processes = None;
        }
        self.world.now = at;
        commands.extend(self.rejudge());
        if is_first {
            self.stack.replace_first(screens::open(Route::Overview(first_pane(&self.world)), &self.world));
            self.begin();
            if self.world.settings.probe_at_start {
                commands.extend(self.probe(vec![Asked::All]));
            }
        }
        commands
    }

    fn switch_theme(&mut self) {
        self.setup = self.setup.other_theme();
        if let Ok(theme) = self.setup.theme() {
            self.world.theme = theme;
        }
        self.stack.refresh(&self.world);
    }
}
