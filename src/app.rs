//! The application: a stack of screens and the one `update`. Events in, commands out; nothing here can block.

use ratatui::Frame;
use ratatui::layout::Rect;
use time::OffsetDateTime;

use crate::inventory::state::Status;
use crate::model::action::ACTIONS;
use crate::model::key::{KeyCode, Named};
use crate::model::{
    Action, Command, Effect, Event, Job, JobId, Key, Keymap, Mouse, MouseKind, Pane, Problem, Reading, Route,
};
use crate::ui::screens::{self, Screen};
use crate::ui::theme::{Base, Theme};
use crate::ui::told::Told;
use crate::ui::world::{Judged, Loaded, Settings, World};
use crate::ui::{bars, chrome, notice, words};

/// What the application starts with.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The command line's part.
    pub settings: Settings,
    /// The date to look at; `None`: now.
    pub lens: Option<OffsetDateTime>,
    /// The text of the user's `keymap.yaml`.
    pub keymap: Option<String>,
    /// The text of the user's `theme.yaml`.
    pub theme: Option<String>,
    /// Which shipped theme the overlay stands on.
    pub base: Base,
    /// Whether no colour may be used.
    pub no_color: bool,
}

/// The application's whole state.
#[derive(Debug)]
pub struct App {
    world: World,
    setup: Setup,
    stack: Vec<Box<dyn Screen>>,
    toast: Option<Problem>,
    newest_read: JobId,
    is_reading: bool,
}

impl App {
    /// An application that has read nothing yet. Files that cannot be used leave the shipped ones and a toast.
    pub fn new(setup: Setup) -> Self {
        let mut toast = None;
        let keymap = Keymap::with_overlay(setup.keymap.as_deref()).unwrap_or_else(|error| {
            toast = Some(Problem::new(format!("keymap.yaml: {error}")).hint("the shipped keys are used"));
            Keymap::default()
        });
        let theme = theme(&setup).unwrap_or_else(|problem| {
            toast = Some(problem);
            theme(&Setup { theme: None, ..setup.clone() }).unwrap_or_else(|_| Theme::plain())
        });
        let world = World {
            reading: Reading::default(),
            loaded: Loaded::Reading("reading".to_owned()),
            now: OffsetDateTime::UNIX_EPOCH,
            lens: setup.lens,
            judged: Judged::default(),
            theme,
            keymap,
            settings: setup.settings.clone(),
            size: (80, 24),
            refusals: Vec::new(),
            stale: None,
            problems: toast.iter().cloned().collect(),
        };
        let first = screens::open(Route::Overview(Pane::Expiring), &world);
        Self { world, setup, stack: vec![first], toast, newest_read: JobId(0), is_reading: false }
    }

    /// What to do first: read the master.
    pub fn start(&mut self) -> Vec<Command> {
        self.read()
    }

    /// Takes one event.
    pub fn update(&mut self, event: Event) -> Vec<Command> {
        match event {
            Event::Key(key) => {
                self.toast = None;
                return self.key(key);
            }
            Event::Paste(text) => {
                if let Some(screen) = self.stack.last_mut().filter(|screen| screen.is_typing()) {
                    screen.pasted(&self.world, &text);
                }
            }
            Event::Mouse(mouse) => {
                self.toast = None;
                return self.mouse(mouse);
            }
            Event::Resize { columns, rows } => {
                self.world.size = (columns, rows);
                self.refresh();
            }
            Event::Progress { id, progress } => {
                if id == self.newest_read {
                    self.world.loaded = match &self.world.loaded {
                        Loaded::Reading(_) => Loaded::Reading(progress.words()),
                        other => other.clone(),
                    };
                }
            }
            Event::Read { id, at, reading } => return self.read_done(id, at, reading),
            Event::FilesChanged => return self.read(),
            Event::Moment(moment) => {
                self.world.now = moment;
                return self.rejudge();
            }
            Event::Notice(problem) => self.problem(problem),
            Event::Planned { .. } | Event::Applied { .. } | Event::History(_) | Event::Settled(_) => {}
        }
        Vec::new()
    }

    /// Draws everything.
    pub fn render(&self, frame: &mut Frame) {
        let areas = chrome::areas(&self.world);
        let Some(top) = self.stack.last() else { return };
        chrome::header(&self.world, frame, areas.header);
        if let Some(notice) = notice::notice(&self.world).filter(|_| areas.notice.height > 0) {
            frame.render_widget(notice, areas.notice);
        }
        match top.route() {
            Route::Overview(pane) => bars::tabs(&self.world, pane, frame, areas.tabs),
            _ => bars::trail(&self.world, &self.trail(), frame, areas.tabs),
        }
        top.render(&self.world, frame, areas.body);
        if top.is_typing() && self.toast.is_none() {
            bars::typing_footer(&self.world, frame, areas.footer);
        } else {
            self.render_footer(top.as_ref(), frame, areas.footer);
        }
        if self.world.settings.ascii {
            chrome::only_ascii(frame);
        }
    }

    fn render_footer(&self, top: &dyn Screen, frame: &mut Frame, area: Rect) {
        bars::footer(&self.world, &self.offered(top), self.toast.as_ref(), frame, area);
    }

    /// What the footer names.
    fn offered(&self, top: &dyn Screen) -> Vec<Action> {
        top.footer().iter().copied().filter(|action| top.refusal(&self.world, *action).is_none()).collect()
    }

    /// The top screen as lines, with what the header and a toast say.
    pub fn told(&self) -> Told {
        let mut told = self.stack.last().map(|top| top.told(&self.world)).unwrap_or_default();
        told.page.insert(0, chrome::told(&self.world));
        if let Some(toast) = &self.toast {
            told.line = format!("{} {}", toast.line(), told.line);
        }
        told
    }

    /// The route on top.
    pub fn route(&self) -> Route {
        self.stack.last().map_or(Route::Overview(Pane::Expiring), |top| top.route())
    }

    /// What every screen draws from.
    pub fn world(&self) -> &World {
        &self.world
    }

    fn trail(&self) -> Vec<String> {
        let name = |screen: &dyn Screen| match screen.route() {
            Route::Overview(pane) => pane.title().to_owned(),
            _ => screen.title(&self.world).unwrap_or_default(),
        };
        self.stack.iter().map(|screen| name(screen.as_ref())).collect()
    }

    fn key(&mut self, key: Key) -> Vec<Command> {
        let Some(top) = self.stack.last_mut() else { return Vec::new() };
        if top.is_typing() {
            // Ctrl-C ends and Ctrl-Z suspends everywhere; no other key is a command while one types.
            let action = self.world.keymap.action(key).filter(|_| key.control);
            if !matches!(action, Some(Action::Quit | Action::Suspend)) {
                let effects = top.typed(&self.world, key);
                return self.apply(effects);
            }
        }
        match self.world.keymap.action(key) {
            Some(action) => self.act(action),
            None if key.code == KeyCode::Named(Named::Escape) => self.act(Action::Back),
            None => Vec::new(),
        }
    }

    /// Tabs and hints act as their keys; the rest is the screen's.
    fn mouse(&mut self, mouse: Mouse) -> Vec<Command> {
        let areas = chrome::areas(&self.world);
        let Some(top) = self.stack.last() else { return Vec::new() };
        let is_in = |area: Rect| mouse.kind == MouseKind::Click && area.contains((mouse.column, mouse.row).into());
        let action = match top.route() {
            Route::Overview(pane) if is_in(areas.tabs) => bars::tab_at(&self.world, pane, mouse.column),
            _ if is_in(areas.tabs) => Some(Action::Back),
            _ if is_in(areas.footer) && !top.is_typing() => {
                bars::hint_at(&self.world, &self.offered(top.as_ref()), mouse.column)
            }
            _ => None,
        };
        if let Some(action) = action {
            return self.act(action);
        }
        let effects = self.stack.last_mut().map(|top| top.mouse(&self.world, mouse, areas.body)).unwrap_or_default();
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
        if let Some(why) = self.refusal(action) {
            self.toast = Some(Problem::new(format!("{}: {why}", action.label())));
            return Vec::new();
        }
        match action {
            Action::Quit => return vec![Command::Quit],
            Action::Suspend => return vec![Command::Suspend],
            Action::Rescan => {
                self.toast = Some(Problem::new("reading the disk again"));
                return self.read();
            }
            Action::Theme => self.switch_theme(),
            Action::Lens => self.open(Route::Lens),
            Action::Unread => self.open(Route::Unread),
            Action::Palette => self.open(Route::Palette),
            Action::Help if !matches!(self.route(), Route::Help) => self.open(Route::Help),
            Action::Authorities | Action::Expiring | Action::Requests | Action::Kubeconfigs => {
                self.stack.truncate(1);
                return self.forward(action);
            }
            _ => return self.forward(action),
        }
        Vec::new()
    }

    fn forward(&mut self, action: Action) -> Vec<Command> {
        let effects = self.stack.last_mut().map(|top| top.update(&self.world, action)).unwrap_or_default();
        self.apply(effects)
    }

    /// Why an action cannot be done now: the one place where `--read-only` refuses.
    fn refusal(&self, action: Action) -> Option<&'static str> {
        if action.row().dangerous && self.world.settings.read_only {
            return Some("kubepki was started with --read-only");
        }
        if action.row().dangerous && self.world.lens.is_some() {
            return Some("another date is looked at; nothing is changed then");
        }
        if action == Action::Unread && self.world.inventory().unread.is_empty() && self.world.problems.is_empty() {
            return Some("everything could be read");
        }
        self.stack.last().and_then(|top| top.refusal(&self.world, action))
    }

    fn apply(&mut self, effects: Vec<Effect>) -> Vec<Command> {
        let mut commands = Vec::new();
        for effect in effects {
            match effect {
                Effect::Open(route) => self.open(route),
                Effect::Close => self.close(),
                Effect::CloseAndRun(action) => {
                    self.close();
                    commands.extend(self.act(action));
                }
                Effect::CloseAndOpen(route) => {
                    self.close();
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
            }
        }
        commands
    }

    fn open(&mut self, route: Route) {
        if matches!(route, Route::Palette | Route::Help) {
            self.world.refusals =
                ACTIONS.iter().filter_map(|row| Some((row.action, self.refusal(row.action)?))).collect();
        }
        if self.route() != route {
            self.stack.push(screens::open(route, &self.world));
        }
    }

    fn close(&mut self) {
        if self.stack.len() > 1 {
            // What lies below was refreshed with every change of the world.
            self.stack.pop();
        }
    }

    fn refresh(&mut self) {
        for screen in &mut self.stack {
            screen.refresh(&self.world);
        }
    }

    fn rejudge(&mut self) -> Vec<Command> {
        self.world.judge();
        self.refresh();
        vec![Command::Wake(self.world.judged.next_change.filter(|_| self.world.lens.is_none()))]
    }

    fn read(&mut self) -> Vec<Command> {
        self.newest_read.0 += 1;
        self.is_reading = true;
        vec![Command::Start { id: self.newest_read, job: Job::Read }]
    }

    fn read_done(&mut self, id: JobId, at: OffsetDateTime, reading: Result<Reading, Problem>) -> Vec<Command> {
        if id != self.newest_read {
            return Vec::new();
        }
        self.is_reading = false;
        let is_first = matches!(self.world.loaded, Loaded::Reading(_));
        match reading {
            Ok(reading) => {
                self.world.reading = reading;
                self.world.stale = None;
                self.world.loaded = Loaded::Yes;
            }
            Err(problem) if is_first || matches!(self.world.loaded, Loaded::Failed(_)) => {
                self.world.loaded = Loaded::Failed(problem);
            }
            // What was read before is still the best that is known.
            Err(problem) => {
                self.world.stale = Some(problem);
                self.refresh();
                return Vec::new();
            }
        }
        self.world.now = at;
        let commands = self.rejudge();
        if is_first && self.stack.len() == 1 {
            self.stack = vec![screens::open(Route::Overview(first_pane(&self.world)), &self.world)];
        }
        commands
    }

    fn switch_theme(&mut self) {
        let base = if self.setup.base == Base::Dark { Base::Light } else { Base::Dark };
        self.setup = Setup { base, theme: None, ..self.setup.clone() };
        if let Ok(theme) = theme(&self.setup) {
            self.world.theme = theme;
        }
        self.refresh();
    }
}

/// The pane with the worst item: every certificate stands among what expires, a kubeconfig may be worse.
fn first_pane(world: &World) -> Pane {
    let inventory = world.inventory();
    let worst = world.judged.worst_first.first().map(|index| world.status(*index));
    let kubeconfig = inventory.kubeconfigs.iter().map(|one| words::kubeconfig_status(world, one)).min();
    match (worst, kubeconfig) {
        (Some(worst), Some(kubeconfig)) if kubeconfig < worst => Pane::Kubeconfigs,
        (None, Some(_)) => Pane::Kubeconfigs,
        (worst, _) if world.judged.wrong_keys > 0 && worst.is_none_or(|worst| worst == Status::Ok) => Pane::Authorities,
        (None, None) if !inventory.requests.is_empty() => Pane::Requests,
        _ => Pane::Expiring,
    }
}

fn theme(setup: &Setup) -> Result<Theme, Problem> {
    let theme = Theme::with_overlay(setup.base, setup.theme.as_deref());
    let theme =
        theme.map_err(|error| Problem::new(format!("theme.yaml: {error}")).hint("the shipped theme is used"))?;
    Ok(if setup.no_color { theme.without_color() } else { theme })
}
