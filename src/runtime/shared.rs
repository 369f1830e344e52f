//! What the threads that do the jobs share.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::master::OpenMaster;
use super::{Message, send};
use crate::model::{Event, JobId, PlanId, Problem};
use crate::plan::Plan;

/// What the threads share.
pub(super) struct Shared {
    sender: Sender<Message>,
    newest_read: AtomicU64,
    newest_probe: AtomicU64,
    /// The program ends: what only waits is given up.
    ending: AtomicBool,
    master: Mutex<OpenMaster>,
    /// Plans that are being applied or wait for it: meanwhile nothing is read and no folder
    /// watched.
    writing: Arc<AtomicUsize>,
    idle: Condvar,
    /// Held by whoever changes files, and by whoever restarts a component that reads them.
    turn: Mutex<()>,
    /// The plan that somebody still wants.
    newest_plan: AtomicU64,
    plan: Mutex<Option<ShownPlan>>,
}

/// The one plan that is kept: what was shown is what is applied.
struct ShownPlan {
    id: PlanId,
    plan: Plan,
}

impl Shared {
    pub(super) fn new(sender: Sender<Message>, master: OpenMaster) -> Self {
        Self {
            sender,
            newest_read: AtomicU64::new(0),
            newest_probe: AtomicU64::new(0),
            ending: AtomicBool::new(false),
            master: Mutex::new(master),
            writing: Arc::default(),
            idle: Condvar::new(),
            turn: Mutex::new(()),
            newest_plan: AtomicU64::new(0),
            plan: Mutex::new(None),
        }
    }

    pub(super) fn tell(&self, event: Event) {
        self.send(Message::Event(event));
    }

    /// Sends to the loop what it alone needs to know.
    pub(super) fn send(&self, message: Message) {
        send(&self.sender, message);
    }

    /// This reading is the newest from now on.
    pub(super) fn begin_read(&self, id: JobId) {
        self.newest_read.store(id.0, Ordering::SeqCst);
    }

    /// Whether no newer reading was asked for.
    pub(super) fn is_newest_read(&self, id: JobId) -> bool {
        self.newest_read.load(Ordering::SeqCst) == id.0
    }

    /// This look at ports is the newest from now on.
    pub(super) fn begin_probe(&self, id: JobId) {
        self.newest_probe.store(id.0, Ordering::SeqCst);
    }

    /// Whether nothing newer was asked of the ports.
    pub(super) fn is_newest_probe(&self, id: JobId) -> bool {
        self.newest_probe.load(Ordering::SeqCst) == id.0
    }

    /// The program ends: nothing is wanted any more.
    pub(super) fn stop(&self) {
        self.want(PlanId(0));
        self.begin_read(JobId(0));
        self.begin_probe(JobId(0));
        self.ending.store(true, Ordering::SeqCst);
    }

    /// Whether the program ends.
    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::SeqCst)
    }

    /// The master, for one thread at a time.
    pub(super) fn master(&self) -> MutexGuard<'_, OpenMaster> {
        unpoisoned(self.master.lock())
    }

    /// Waits until neither files are changed nor a component restarted by another thread.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        unpoisoned(self.turn.lock())
    }

    /// Another plan is wanted from now on (0: none): any that is kept is dropped.
    pub(super) fn want(&self, plan: PlanId) {
        let mut kept = unpoisoned(self.plan.lock());
        self.newest_plan.store(plan.0, Ordering::SeqCst);
        *kept = None;
    }

    /// Whether somebody still waits for this plan.
    pub(super) fn is_wanted(&self, plan: PlanId) -> bool {
        self.newest_plan.load(Ordering::SeqCst) == plan.0
    }

    /// Keeps a plan, if it is still wanted.
    pub(super) fn keep(&self, id: PlanId, plan: Plan) {
        let mut kept = unpoisoned(self.plan.lock());
        if self.is_wanted(id) {
            *kept = Some(ShownPlan { id, plan });
        }
    }

    /// Takes the plan of this id out.
    pub(super) fn take(&self, id: PlanId) -> Option<Plan> {
        unpoisoned(self.plan.lock())
            .take_if(|kept| kept.id == id)
            .map(|kept| kept.plan)
    }

    /// Drops the plan of this id, if it is kept; nobody waits for it any more.
    pub(super) fn forget(&self, id: PlanId) {
        let mut kept = unpoisoned(self.plan.lock());
        let _ = self
            .newest_plan
            .compare_exchange(id.0, 0, Ordering::SeqCst, Ordering::SeqCst);
        drop(kept.take_if(|kept| kept.id == id));
    }

    /// The master when nothing is being written.
    pub(super) fn idle(&self) -> MutexGuard<'_, OpenMaster> {
        let mut master = self.master();
        while self.is_writing() {
            master = unpoisoned(self.idle.wait(master));
        }
        master
    }

    /// One write more is under way, or waits for its turn.
    pub(super) fn begin_writing(&self) {
        self.writing.fetch_add(1, Ordering::SeqCst);
    }

    /// One write less is under way.
    pub(super) fn written(&self) {
        // With the lock held nobody is between looking at the number and falling asleep.
        let master = self.master();
        self.writing.fetch_sub(1, Ordering::SeqCst);
        self.idle.notify_all();
        drop(master);
        self.send(Message::Written);
    }

    /// Above 0 while something is being written.
    pub(super) fn writing(&self) -> Arc<AtomicUsize> {
        self.writing.clone()
    }

    pub(super) fn is_writing(&self) -> bool {
        self.writing.load(Ordering::SeqCst) > 0
    }

    pub(super) fn spawn(&self, name: String, work: impl FnOnce() + Send + 'static) {
        if let Err(error) = thread::Builder::new().name(name).spawn(work) {
            let problem = Problem {
                why: vec![error.to_string()],
                ..Problem::new("no thread can be started")
            };
            self.tell(Event::Notice(problem));
        }
    }
}

/// A thread that panicked left nothing half done that matters: every value behind these locks is
/// replaced whole.
fn unpoisoned<T>(lock: Result<T, PoisonError<T>>) -> T {
    lock.unwrap_or_else(PoisonError::into_inner)
}

/// Does one thing; a panic in it becomes a problem.
pub(super) fn caught<T, E: From<Problem>>(
    doing: &str,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(fault(doing, panic.as_ref()).into()))
}

/// A panic as the user reads it.
fn fault(doing: &str, panic: &(dyn Any + Send)) -> Problem {
    let words = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let words = words
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Problem {
        why: vec![words],
        ..Problem::new(format!("a fault of kubepki's own while {doing}"))
    }
    .hint("what was on the screen before still stands; please report it")
}
