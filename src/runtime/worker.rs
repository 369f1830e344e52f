//! Jobs run on threads of their own. The newest read wins: an older one is told to stop and its answer dropped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{Message, now, send};
use crate::inventory::tree::Verified;
use crate::model::{Event, Job, JobId, Problem, Reading};
use crate::operation::open::{self, OpenOptions};
use crate::progress::Progress;

/// The workers, and what they remember from read to read.
pub(super) struct Workers {
    options: Arc<OpenOptions>,
    newest: Arc<AtomicU64>,
    verified: Arc<Mutex<Verified>>,
    sender: Sender<Message>,
}

impl Workers {
    /// Workers that read what `options` names and answer to `sender`.
    pub(super) fn new(options: OpenOptions, sender: Sender<Message>) -> Self {
        Self { options: Arc::new(options), newest: Arc::default(), verified: Arc::default(), sender }
    }

    /// Starts a job.
    pub(super) fn start(&self, id: JobId, job: Job) {
        let Job::Read = job;
        self.newest.store(id.0, Ordering::SeqCst);
        let (options, newest) = (Arc::clone(&self.options), Arc::clone(&self.newest));
        let (verified, sender) = (Arc::clone(&self.verified), self.sender.clone());
        let spawned = thread::Builder::new().name("read".to_owned()).spawn(move || {
            let wanted = || newest.load(Ordering::SeqCst) == id.0;
            let reading = catch_unwind(AssertUnwindSafe(|| read(id, &options, &verified, &sender, &wanted)))
                .unwrap_or_else(|panic| Err(panicked(panic.as_ref())));
            if wanted() {
                send(&sender, Event::Read { id, at: now(), reading });
            }
        });
        if let Err(error) = spawned {
            send(&self.sender, Event::Notice(Problem::new(format!("no thread can be started: {error}"))));
        }
    }
}

fn read(
    id: JobId,
    options: &OpenOptions,
    verified: &Mutex<Verified>,
    sender: &Sender<Message>,
    wanted: &(dyn Fn() -> bool + Sync),
) -> Result<Reading, Problem> {
    let sender = Mutex::new(sender.clone());
    let report = |progress: Progress| {
        send(&sender.lock().unwrap_or_else(PoisonError::into_inner), Event::Progress { id, progress });
        wanted()
    };
    // One read at a time has the memory of the last: the others begin with an empty one.
    let mut known = std::mem::take(&mut *verified.lock().unwrap_or_else(PoisonError::into_inner));
    let inventory = open::open(options, &report, &mut known);
    *verified.lock().unwrap_or_else(PoisonError::into_inner) = known;
    inventory.map(Reading::new).map_err(|error| Problem::new(error.to_string()).hint(error.hint()))
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Problem {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::new(format!("kubepki failed while reading: {}", text.unwrap_or("no message")))
        .hint("please report this; F5 reads again")
}
