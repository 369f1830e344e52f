//! Jobs on threads of their own. A panic in one becomes a message; the newest read wins.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use time::OffsetDateTime;

use super::log::Log;
use super::{Message, Options, send};
use crate::inventory::tree::Verified;
use crate::model::{Event, Job, JobId, Problem, Reading};
use crate::operation::open::{OpenOptions, Tell, missing_folder, open_telling, watched_folders};
use crate::pki::text::printable;
use crate::progress::Progress;
use crate::store::Error;

/// Starts jobs.
pub(super) struct Worker {
    sender: Sender<Message>,
    newest: Arc<AtomicU64>,
    master: Arc<Mutex<Master>>,
}

/// What reads share: one of them holds it at a time.
struct Master {
    options: OpenOptions,
    demo: Demo,
    verified: Verified,
    log: Log,
}

enum Demo {
    No,
    Wanted,
    Made(#[expect(dead_code, reason = "held until the end: dropping it removes the folder")] tempfile::TempDir),
}

impl Worker {
    pub(super) fn new(options: &Options, sender: Sender<Message>, log: Log) -> Self {
        let demo = if options.demo { Demo::Wanted } else { Demo::No };
        let master = Master { options: options.open.clone(), demo, verified: Verified::new(), log };
        Self { sender, newest: Arc::default(), master: Arc::new(Mutex::new(master)) }
    }

    /// Starts a job. A read that is under way is told to stop: this one will know more.
    pub(super) fn start(&self, id: JobId, job: &Job) {
        match job {
            Job::Read => {}
            Job::Plan { .. } | Job::Apply(_) | Job::History => return,
        }
        self.newest.store(id.0, Ordering::SeqCst);
        let (sender, newest, master) = (self.sender.clone(), self.newest.clone(), self.master.clone());
        let spawned = thread::Builder::new().name(format!("read-{}", id.0)).spawn(move || {
            let result = catch_unwind(AssertUnwindSafe(|| read(id, &sender, &newest, &master)));
            let reading = result.unwrap_or_else(|panic| Err(fault(panic.as_ref())));
            send(&sender, Message::Event(Event::Read { id, at: OffsetDateTime::now_utc(), reading }));
        });
        if let Err(error) = spawned {
            let problem = Problem {
                what: "no thread can be started".to_owned(),
                why: vec![error.to_string()],
                ..Problem::default()
            };
            send(&self.sender, Message::Event(Event::Notice(problem)));
        }
    }
}

fn read(id: JobId, sender: &Sender<Message>, newest: &AtomicU64, master: &Mutex<Master>) -> Result<Reading, Problem> {
    let mut master = master.lock().unwrap_or_else(PoisonError::into_inner);
    let report = |progress: Progress| {
        send(sender, Message::Event(Event::Progress { id, progress }));
        newest.load(Ordering::SeqCst) == id.0
    };
    let Master { options, demo, verified, log } = &mut *master;
    if matches!(demo, Demo::Wanted) {
        *demo = make_demo(options)?;
    }
    let tell = |words: &str| log.tell(words);
    let tell: Option<Tell<'_>> = if log.is_open() { Some(&tell) } else { None };
    let inventory = open_telling(options, &report, verified, tell).map_err(|error| {
        log.tell(&format!("not read: {}", printable(&error.to_string())));
        if matches!(error, Error::NoSuchDirectory(_)) {
            send(sender, Message::Watch(missing_folder(options)));
        }
        Problem { hint: error.hint(), ..Problem::new(error.to_string()) }
    })?;
    let folders: Vec<PathBuf> = watched_folders(options, &inventory);
    let reading = Reading::new(inventory);
    send(sender, Message::Watch(folders));
    Ok(reading)
}

fn make_demo(options: &mut OpenOptions) -> Result<Demo, Problem> {
    let fault = |why: String| Problem { why: vec![why], ..Problem::new("the demo cannot be made") };
    let folder =
        tempfile::Builder::new().prefix("kubepki-demo-").tempdir().map_err(|error| fault(error.to_string()))?;
    crate::operation::demo::create(folder.path(), OffsetDateTime::now_utc())
        .map_err(|error| fault(error.to_string()))?;
    *options = OpenOptions { root: folder.path().to_owned(), directory: None, processes: false, ..options.clone() };
    Ok(Demo::Made(folder))
}

/// A panic as the user reads it.
fn fault(panic: &(dyn Any + Send)) -> Problem {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let words = words.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Problem { why: vec![words], ..Problem::new("a fault of kubepki's own while reading") }
        .hint("what was on the screen before still stands; please report it")
}
