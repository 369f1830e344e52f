//! The application: a stack of screens and the one `update`. Events in, commands out; nothing here can block.

use ratatui::Frame;
use time::OffsetDateTime;

use crate::model::key::{KeyCode, Named};
use crate::model::{
    Action, Command, Effect, Event, Job, JobId, Key, Mouse, Pane, PlanId, PlanRefusal, Problem, Reading, Route,
    RouteName,
};
use crate::pki::Secret;
use crate::plan::{Passphrase, RenewRequest, Request, Selection};
use crate::record::{Operation, PlanSummary};
use crate::ui::change::{self, Change, Next, Stage};
use crate::ui::panes::first_pane;
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
    newest_job: JobId,
    newest_read: JobId,
}

impl App {
    /// An application that has read nothing yet. Files that cannot be used leave the shipped ones and a toast.
    pub fn new(setup: Setup) -> Self {
        let world = setup.world();
        let toast = world.problems.last().cloned();
        let stack = Stack::new(screens::open(Route::Overview(Pane::Expiring), &world));
        Self { world, setup, stack, toast, newest_job: JobId(0), newest_read: JobId(0) }
    }

    /// What to do first: read the master.
    pub fn start(&mut self) -> Vec<Command> {
        vec![self.read()]
    }

    /// Takes one event.
    pub fn update(&mut self, event: Event) -> Vec<Command> {
        let mut commands = self.take(event);
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
            Event::History(history) => {
                self.world.history = Some(history);
                self.stack.refresh(&self.world);
            }
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
        let toast = self.toast.clone().or_else(|| change::doing(&self.world));
        if top.is_typing() && toast.is_none() {
            bars::typing_footer(&self.world, frame, areas.footer);
        } else {
            bars::footer(&self.world, &self.offered(), toast.as_ref(), frame, areas.footer);
        }
        if self.world.settings.ascii {
            chrome::only_ascii(frame);
        }
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
        if let Some(toast) = self.toast.clone().or_else(|| change::doing(&self.world)) {
            told.line = format!("{} {}", toast.line(), told.line);
        }
        told
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
            // Ctrl-C ends and Ctrl-Z suspends everywhere; no other key is a command while one types.
            if !matches!(action.filter(|_| key.control), Some(Action::Quit | Action::Suspend)) {
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
            self.toast = Some(Problem::new(format!("{}: {why}", action.label())));
            return Vec::new();
        }
        if action.row().guarded && !self.stack.is_seen() {
            let words = format!("{}: not taken, this page had only just come up; press it again", action.label());
            self.toast = Some(Problem::new(words));
            return Vec::new();
        }
        match action {
            Action::Quit => return vec![Command::Quit],
            Action::Suspend => return vec![Command::Suspend],
            Action::Rescan => {
                return self.apply(vec![Effect::Say(Problem::new("reading the disk again")), Effect::Read]);
            }
            Action::Theme => self.switch_theme(),
            Action::Lens => self.open(Route::Lens),
            Action::Unread => self.open(Route::Unread),
            Action::Palette => self.open(Route::Palette),
            Action::Help if !matches!(self.route(), Route::Help) => self.open(Route::Help),
            Action::RenewDue => return self.plan(Request::Renew(RenewRequest::new(Selection::Due)), false),
            Action::History => {
                self.stack.home();
                return self.apply(vec![Effect::Open(Route::History), Effect::ReadHistory]);
            }
            Action::Authorities | Action::Expiring | Action::Requests | Action::Kubeconfigs => {
                self.stack.home();
                return self.forward(action);
            }
            _ => return self.forward(action),
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
                Effect::Read => commands.push(self.read()),
                Effect::ReadHistory if self.world.history.is_none() => commands.push(self.start_job(Job::History)),
                Effect::ReadHistory => {}
            }
        }
        commands
    }

    fn open(&mut self, route: Route) {
        if matches!(route, Route::Palette | Route::Help) {
            self.world.refusals = self.stack.refusals(&self.world);
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
        if !self.world.take(reading) {
            self.stack.refresh(&self.world);
            return Vec::new();
        }
        self.world.now = at;
        let mut commands = self.rejudge();
        if is_first {
            commands.extend(self.apply(vec![Effect::ReadHistory]));
            self.stack.replace_first(screens::open(Route::Overview(first_pane(&self.world)), &self.world));
        }
        commands
    }

    /// Has a plan made; the one before is forgotten. Its review opens now, or only where it must be looked at.
    fn plan(&mut self, request: Request, at_once: bool) -> Vec<Command> {
        if self.world.change.as_ref().is_some_and(Change::is_under_way) {
            self.toast = Some(Problem::new("a change is under way"));
            return Vec::new();
        }
        let before = self.world.change.take().map(|change| Command::Forget(change.plan));
        let plan = PlanId(self.newest_job.0 + 1);
        let start = self.start_job(Job::Plan { plan, request: request.clone() });
        self.world.change = Some(Change::new(plan, self.newest_job, request, at_once));
        if !at_once {
            self.stack.cut(&[RouteName::Review]);
            self.open(Route::Review);
        }
        before.into_iter().chain([start]).collect()
    }

    /// The same plan once more, with the passphrase of the CA's key.
    fn unlock(&mut self, passphrase: Secret) -> Vec<Command> {
        let Some(change) = &self.world.change else { return Vec::new() };
        let (mut request, at_once) = (change.request.clone(), change.at_once);
        if let (Request::Renew(renew), Stage::Passphrase { path, .. }) = (&mut request, &change.stage) {
            renew.passphrases.push(Passphrase { asked_for: Some(path.clone()), text: passphrase });
        }
        self.plan(request, at_once)
    }

    fn planned(&mut self, plan: PlanId, summary: Result<Box<PlanSummary>, PlanRefusal>) -> Vec<Command> {
        let next = change::planned(&mut self.world, plan, summary);
        self.follow(next)
    }

    fn apply_plan(&mut self) -> Vec<Command> {
        let id = JobId(self.newest_job.0 + 1);
        let next = self.world.change.as_mut().and_then(|change| change.apply(id));
        next.map(|plan| self.start_job(Job::Apply(plan))).into_iter().collect()
    }

    fn applied(&mut self, plan: PlanId, operation: Result<Box<Operation>, Problem>) -> Vec<Command> {
        let next = change::applied(&mut self.world, plan, operation);
        let mut commands = self.follow(next);
        if self.world.change.as_ref().is_some_and(|change| change.stage == Stage::Reading) {
            commands.extend([self.start_job(Job::History), self.read()]);
        }
        commands
    }

    /// Does what an answer about a plan leads to.
    fn follow(&mut self, next: Next) -> Vec<Command> {
        match next {
            Next::Forget(plan) => return vec![Command::Forget(plan)],
            Next::Apply => return self.apply_plan(),
            Next::Review if self.stack.has(RouteName::Review) => {}
            Next::Review => self.open(Route::Review),
            Next::Say(problem, forget) => {
                self.stack.cut(&[RouteName::Review]);
                self.toast = Some(problem);
                self.stack.refresh(&self.world);
                return forget.map(Command::Forget).into_iter().collect();
            }
            Next::Done { toast, page } => {
                if self.stack.has(RouteName::Review) || page.1 {
                    self.stack.cut(&[RouteName::Wizard, RouteName::Review]);
                    self.open(Route::Operation(page.0));
                }
                self.toast = Some(toast);
            }
        }
        self.stack.refresh(&self.world);
        Vec::new()
    }

    fn switch_theme(&mut self) {
        self.setup = self.setup.other_theme();
        if let Ok(theme) = self.setup.theme() {
            self.world.theme = theme;
        }
        self.stack.refresh(&self.world);
    }
}
