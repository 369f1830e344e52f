//! The loop: takes one event, drains the rest, draws once. Nothing happens on a timer, so an idle
//! program costs no CPU and sends no byte; two wake-ups may be set: for the next moment at which a
//! state changes, and for a page that was on the screen long enough to be seen.

mod backend;
mod changes;
mod input;
mod log;
mod master;
mod pasted;
mod plain;
mod reading;
mod recovery;
mod running;
mod settings;
mod shared;
mod terminal;
mod watcher;
mod worker;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use time::OffsetDateTime;

use crate::app::App;
use crate::engine::open::OpenOptions;
use crate::model::{Command, Event};
use crate::pki::text::printable;
use terminal::Screen;

/// What the command line gives.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Options {
    /// Which master to read.
    pub open: OpenOptions,
    /// The date to look at; `None`: now.
    pub at: Option<OffsetDateTime>,
    /// Refuse every changing action.
    pub read_only: bool,
    /// Whether colours may be used.
    pub color: bool,
    /// Draw with ASCII alone.
    pub ascii: bool,
    /// Tell lines in place of drawing.
    pub plain: bool,
    /// Where `keymap.yaml` and `theme.yaml` may lie.
    pub config_dir: Option<PathBuf>,
    /// Where kubepki keeps its own state; `None`: where it does by default.
    pub state_dir: Option<PathBuf>,
    /// The most iterations that one passphrase may cost on an encrypted key; `None`: as the
    /// settings say.
    pub kdf_limit: Option<u64>,
    /// Write what is done to `kubepki.log` in the state folder.
    pub verbose: bool,
    /// Show a throwaway master, which is removed at the end.
    pub demo: bool,
}

/// What reaches the loop.
enum Message {
    /// For the application.
    Event(Event),
    /// The folders to watch from now on.
    Watch(Vec<PathBuf>),
    /// A signal that ends the program.
    Signal(i32),
    /// What was being written has come to its end.
    Written,
    /// The shell wants the terminal back (SIGTSTP).
    Suspend,
    /// The terminal is gone.
    InputEnded,
}

/// Runs the program until the user ends it.
///
/// # Errors
/// The terminal cannot be set up or written to.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let (sender, receiver) = channel();
    let kept = settings::kept(options, &sender);
    let mut app = App::new(settings::setup(options, &kept, &sender));
    let log = log::Log::open(options).unwrap_or_else(|problem| {
        send(&sender, Message::Event(Event::Notice(problem)));
        log::Log::default()
    });
    let worker = worker::Worker::new(options, kept, sender.clone(), log);
    let screen = Screen::open(options.plain).context("the terminal cannot be set up")?;
    let (columns, rows) = screen.size();
    app.update(Event::Resize { columns, rows });
    app.update(Event::Moment(OffsetDateTime::now_utc()));
    input::listen(&sender).context("signals cannot be caught")?;
    let watcher = watcher::Watcher::new(&sender, worker.writing());
    let mut session = Session {
        app,
        worker,
        watcher,
        screen,
        wake: Wake::default(),
        end: None,
    };
    let end = session.live(&receiver);
    session.worker.finish();
    let parting = session.end.and_then(|_| session.app.parting());
    drop(session);
    if let Some(words) = parting {
        // The terminal may be gone; what was done stands in the history.
        let _ = writeln!(std::io::stdout(), "kubepki: {}", printable(&words));
    }
    if let LoopEnd::Signal(signal) = end? {
        // With the terminal restored, die of the signal as everyone expects.
        signal_hook::low_level::emulate_default_handler(signal)?;
    }
    Ok(())
}

struct Session {
    app: App,
    worker: worker::Worker,
    watcher: watcher::Watcher,
    screen: Screen,
    wake: Wake,
    /// Why it ends as soon as nothing is being written.
    end: Option<LoopEnd>,
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LoopEnd {
    Quit,
    Signal(i32),
}

impl Session {
    fn live(&mut self, receiver: &Receiver<Message>) -> anyhow::Result<LoopEnd> {
        let commands = self.app.start();
        // The first frame comes before the threads that fill it.
        self.screen.draw(&self.app)?;
        if let Some(end) = self.perform(commands)? {
            return Ok(end);
        }
        loop {
            self.screen.draw(&self.app)?;
            self.wake.drawn();
            let Some(message) = self.wake.next(receiver) else {
                return Ok(LoopEnd::Quit);
            };
            let mut next = Some(message);
            while let Some(message) = next {
                if let Some(end) = self.take(message)? {
                    return Ok(end);
                }
                next = receiver.try_recv().ok();
            }
        }
    }

    fn take(&mut self, message: Message) -> anyhow::Result<Option<LoopEnd>> {
        match message {
            Message::Event(event) => {
                if matches!(event, Event::Resize { .. }) {
                    self.screen.forget();
                }
                let commands = self.app.update(event);
                self.perform(commands)
            }
            Message::Watch(folders) => {
                self.watcher.watch(&folders);
                Ok(None)
            }
            // Nobody looks any more.
            Message::Signal(signal @ signal_hook::consts::SIGHUP) => {
                Ok(Some(LoopEnd::Signal(signal)))
            }
            Message::Signal(signal) => Ok(self.end(LoopEnd::Signal(signal))),
            Message::Written => Ok(self.end.filter(|_| !self.worker.is_writing())),
            Message::Suspend => self.perform(vec![Command::Suspend]),
            Message::InputEnded => Ok(Some(LoopEnd::Quit)),
        }
    }

    fn perform(&mut self, commands: Vec<Command>) -> anyhow::Result<Option<LoopEnd>> {
        for command in commands {
            match command {
                Command::Start { id, job } => self.worker.start(id, job),
                Command::Copy(text) => self.screen.copy(&text)?,
                Command::Wake(moment) => self.wake.set(moment),
                Command::Forget(plan) => self.worker.forget(plan),
                Command::Settle(page) => self.wake.settle(page),
                Command::Suspend => {
                    self.worker.rest();
                    self.screen.suspend()?;
                    let (columns, rows) = self.screen.size();
                    self.app.update(Event::Resize { columns, rows });
                }
                Command::Quit => {
                    if let Some(end) = self.end(LoopEnd::Quit) {
                        return Ok(Some(end));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Ends now, or, while something is being written, goes on showing it until it is done.
    fn end(&mut self, end: LoopEnd) -> Option<LoopEnd> {
        if !self.worker.is_writing() {
            return Some(end);
        }
        self.end.get_or_insert(end);
        self.app.leave();
        None
    }
}

/// The wake-ups that may be set.
#[derive(Debug, Default)]
struct Wake {
    at: Option<Instant>,
    /// The page that shall be seen, and until when it must stand; `None`: it is not drawn yet.
    page: Option<(u64, Option<Instant>)>,
}

impl Wake {
    /// A state never changes more than once a minute.
    const SHORTEST: Duration = Duration::from_mins(1);

    /// So long a page must stand before it counts as seen.
    const SEEN: Duration = Duration::from_millis(500);

    fn set(&mut self, moment: Option<OffsetDateTime>) {
        self.at = moment.and_then(|moment| {
            let wait = Duration::try_from(moment - OffsetDateTime::now_utc()).unwrap_or_default();
            Instant::now().checked_add(wait.max(Self::SHORTEST))
        });
    }

    /// Counts from the next frame on.
    fn settle(&mut self, page: u64) {
        self.page = Some((page, None));
    }

    /// A frame is on the screen.
    fn drawn(&mut self) {
        if let Some((_, until @ None)) = &mut self.page {
            *until = Instant::now().checked_add(Self::SEEN);
        }
    }

    /// The next message; `None`: nobody is left to send one.
    fn next(&mut self, receiver: &Receiver<Message>) -> Option<Message> {
        let seen = self.page.and_then(|(_, until)| until);
        let Some(at) = self.at.into_iter().chain(seen).min() else {
            return receiver.recv().ok();
        };
        match receiver.recv_timeout(at.saturating_duration_since(Instant::now())) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => Some(Message::Event(self.due(seen == Some(at)))),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    fn due(&mut self, is_seen: bool) -> Event {
        if is_seen && let Some((page, _)) = self.page.take() {
            return Event::Settled(page);
        }
        self.at = None;
        Event::Moment(OffsetDateTime::now_utc())
    }
}

/// Sends to the loop; after its end nobody listens any more, and nothing is lost.
fn send(sender: &Sender<Message>, message: Message) {
    let _ = sender.send(message);
}
