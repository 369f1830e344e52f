//! The loop: wait for one event, take all that are ready, draw once. It draws on events and never on a timer, so
//! that an idle program costs no time and sends no bytes.

mod input;
mod plain;
mod quiet;
mod signals;
mod terminal;
mod watcher;
mod worker;

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use anyhow::Context as _;
use time::OffsetDateTime;

use crate::app::{self, App};
use crate::model::{Command, Event, Problem};
use crate::operation::open::{self, OpenOptions};
use crate::ui::theme::Base;
use crate::ui::world::Settings;
use terminal::Screen;

/// How the program was started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which master to read.
    pub open: OpenOptions,
    /// Judge everything for this moment instead of now.
    pub at: Option<OffsetDateTime>,
    /// Refuse every dangerous action.
    pub read_only: bool,
    /// False: no colour codes at all (`NO_COLOR`, `--color never`).
    pub color: bool,
    /// Signs and frames of ASCII only.
    pub ascii: bool,
    /// Linear text for screen readers.
    pub plain: bool,
    /// Where keymap.yaml and theme.yaml may lie.
    pub config_dir: Option<PathBuf>,
    /// The master is the throwaway one of `--demo`.
    pub demo: bool,
}

/// What reaches the loop.
enum Message {
    /// For the application.
    Event(Event),
    /// The program shall end: a signal, or the terminal is gone.
    End,
    /// The shell has continued the program, or wants it stopped.
    Stop,
    Continue,
}

/// Runs the program until the user ends it.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let (sender, receiver) = channel();
    signals::listen(sender.clone()).context("cannot listen for signals")?;
    let mut notices = Vec::new();
    let mut app = App::new(setup(options, &mut notices));
    let screen = Screen::open(options.plain, options.color).context("cannot set up the terminal")?;
    input::listen(sender.clone()).context("cannot read the terminal")?;
    let mut runtime = Runtime {
        workers: worker::Workers::new(options.open.clone(), sender.clone()),
        watcher: watcher::Watcher::new(sender),
        open: options.open.clone(),
        receiver,
        screen,
        wake: None,
    };
    let (columns, rows) = runtime.screen.size();
    let begin = [Event::Moment(now()), Event::Resize { columns, rows }];
    if begin.into_iter().any(|event| runtime.step(&mut app, event)) {
        return Ok(());
    }
    let commands = app.start();
    runtime.commands(commands);
    for notice in notices {
        app.update(Event::Notice(notice));
    }
    runtime.screen.draw(&app)?;
    runtime.turn(&mut app)
}

struct Runtime {
    workers: worker::Workers,
    watcher: watcher::Watcher,
    open: OpenOptions,
    receiver: Receiver<Message>,
    screen: Screen,
    wake: Option<OffsetDateTime>,
}

impl Runtime {
    fn turn(&mut self, app: &mut App) -> anyhow::Result<()> {
        loop {
            let first = self.wait();
            let more: Vec<Message> = self.receiver.try_iter().collect();
            for message in std::iter::once(first).chain(more) {
                let end = match message {
                    Message::Event(event) => self.step(app, event),
                    Message::End => true,
                    Message::Stop => {
                        self.suspend();
                        false
                    }
                    Message::Continue => {
                        self.screen.resume()?;
                        false
                    }
                };
                if end {
                    return Ok(());
                }
            }
            self.screen.draw(app)?;
        }
    }

    fn wait(&mut self) -> Message {
        let Some(wake) = self.wake else {
            return self.receiver.recv().unwrap_or(Message::End);
        };
        let left = Duration::try_from(wake - now()).unwrap_or(Duration::ZERO);
        match self.receiver.recv_timeout(left) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => {
                self.wake = None;
                Message::Event(Event::Moment(now()))
            }
            Err(RecvTimeoutError::Disconnected) => Message::End,
        }
    }

    /// Gives one event to the application and does what it asks for; true: the program ends.
    fn step(&mut self, app: &mut App, event: Event) -> bool {
        if let Event::Read { reading: Ok(reading), .. } = &event {
            self.watcher.watch(&open::watched_folders(&self.open, &reading.inventory));
        }
        let commands = app.update(event);
        self.commands(commands)
    }

    fn commands(&mut self, commands: Vec<Command>) -> bool {
        for command in commands {
            match command {
                Command::Start { id, job } => self.workers.start(id, job),
                Command::Copy(text) => self.screen.copy(&text),
                Command::Wake(moment) => self.wake = moment.map(|moment| moment.max(now() + time::Duration::MINUTE)),
                Command::Suspend => self.suspend(),
                Command::Quit => return true,
            }
        }
        false
    }

    fn suspend(&mut self) {
        self.screen.close();
        signals::stop();
        // The shell's SIGCONT comes as a message too; resuming twice does no harm.
        let _ = self.screen.resume();
    }
}

fn setup(options: &Options, notices: &mut Vec<Problem>) -> app::Setup {
    let mut text = |name: &str| {
        let path = options.config_dir.as_ref()?.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => {
                notices.push(Problem::new(format!("{}: {error}", path.display())).hint("the shipped one is used"));
                None
            }
        }
    };
    app::Setup {
        keymap: text("keymap.yaml"),
        theme: text("theme.yaml"),
        lens: options.at,
        base: if light_background() { Base::Light } else { Base::Dark },
        no_color: !options.color,
        settings: Settings {
            read_only: options.read_only,
            ascii: options.ascii,
            plain: options.plain,
            demo: options.demo,
            user: std::env::var("USER").unwrap_or_default(),
            sudo: sudo_line(),
        },
    }
}

/// What to type to run the same with more permission; empty for root.
fn sudo_line() -> String {
    if rustix::process::geteuid().is_root() {
        return String::new();
    }
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    format!("sudo kubepki {}", arguments.join(" ")).trim_end().to_owned()
}

/// rxvt, konsole and others tell their colours as "foreground;background" of the sixteen.
fn light_background() -> bool {
    std::env::var("COLORFGBG").is_ok_and(|colors| matches!(colors.rsplit(';').next(), Some("7" | "15")))
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// Sends an event; a loop that is gone needs none.
fn send(sender: &Sender<Message>, event: Event) {
    let _ = sender.send(Message::Event(event));
}
