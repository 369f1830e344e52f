//! Jobs on threads of their own. A panic in one becomes a message; the newest read wins, and none overlaps a write.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

use time::OffsetDateTime;

use super::changes;
use super::master::OpenMaster;
use super::running;
use super::shared::{Shared, fault, unpoisoned};
use super::{Message, Options, send};
use crate::engine::change::Changer;
use crate::engine::machine;
use crate::engine::open::{Tell, closed, missing_folder, open_telling, watched_folders};
use crate::kubernetes::component::Component;
use crate::model::{Event, Job, JobId, PlanId, Problem, Reading};
use crate::pki::text::printable;
use crate::progress::Progress;
use crate::record::Settings;
use crate::running::ProbeTarget;
use crate::setup::ClusterSpec;
use crate::store::StoreError;

/// Starts jobs.
pub(super) struct Worker {
    shared: Arc<Shared>,
    queue: Sender<(JobId, Job)>,
}

impl Worker {
    pub(super) fn new(options: &Options, settings: Settings, sender: Sender<Message>, log: super::log::Log) -> Self {
        let shared = Arc::new(Shared {
            sender,
            newest_read: AtomicU64::new(0),
            newest_probe: AtomicU64::new(0),
            ending: AtomicBool::new(false),
            master: Mutex::new(OpenMaster::new(options, settings, log)),
            writing: Arc::default(),
            idle: Condvar::new(),
            turn: Mutex::new(()),
            newest_plan: AtomicU64::new(0),
            plan: Mutex::new(None),
        });
        let (queue, jobs) = channel::<(JobId, Job)>();
        let own = shared.clone();
        shared.spawn("changes".to_owned(), move || {
            for (id, job) in jobs {
                changes::perform(&own, id, job);
            }
        });
        Self { shared, queue }
    }

    /// Starts a job. A read that is under way is told to stop: this one will know more. All else is done one after
    /// the other.
    pub(super) fn start(&self, id: JobId, job: Job) {
        match &job {
            Job::Read => return self.read(id),
            Job::Plan { plan, .. } => {
                self.shared.want(*plan);
            }
            Job::Apply(_) | Job::Recover { .. } => {
                self.shared.writing.fetch_add(1, Ordering::SeqCst);
            }
            Job::Probe(asked) => return self.probe(id, asked.clone()),
            Job::Restart(component) => return self.restart(id, *component),
            Job::History | Job::Skip(_) => {}
        }
        // The thread that takes them lives as long as we do.
        let _ = self.queue.send((id, job));
    }

    /// Drops a plan, its secrets too, or stops its making.
    pub(super) fn forget(&self, plan: PlanId) {
        let mut kept = unpoisoned(self.shared.plan.lock());
        let _ = self.shared.newest_plan.compare_exchange(plan.0, 0, Ordering::SeqCst, Ordering::SeqCst);
        if kept.as_ref().is_some_and(|kept| kept.id == plan) {
            *kept = None;
        }
    }

    /// Above 0 while a plan is being applied.
    pub(super) fn writing(&self) -> Arc<AtomicUsize> {
        self.shared.writing.clone()
    }

    /// Whether something is being written.
    pub(super) fn is_writing(&self) -> bool {
        self.shared.is_writing()
    }

    /// Returns when nothing is being written: neither the program's end nor its stop may cut an operation in two.
    pub(super) fn rest(&self) {
        // A reading need not end for that.
        if self.shared.is_writing() {
            drop(self.shared.idle());
        }
    }

    /// Stops what can be stopped, waits for what is being written, and removes the demo.
    pub(super) fn finish(&self) {
        self.shared.want(PlanId(0));
        self.shared.newest_read.store(0, Ordering::SeqCst);
        self.shared.newest_probe.store(0, Ordering::SeqCst);
        self.shared.ending.store(true, Ordering::SeqCst);
        self.shared.idle().end();
    }

    fn probe(&self, id: JobId, asked: Vec<ProbeTarget>) {
        self.shared.newest_probe.store(id.0, Ordering::SeqCst);
        let shared = self.shared.clone();
        self.shared.spawn(format!("probe-{}", id.0), move || running::probe(&shared, id, &asked));
    }

    fn restart(&self, id: JobId, component: Component) {
        let shared = self.shared.clone();
        self.shared.spawn(format!("restart-{}", id.0), move || running::restart(&shared, id, component));
    }

    fn read(&self, id: JobId) {
        self.shared.newest_read.store(id.0, Ordering::SeqCst);
        let shared = self.shared.clone();
        self.shared.spawn(format!("read-{}", id.0), move || {
            let result = catch_unwind(AssertUnwindSafe(|| shared.read(id)));
            let reading = result.unwrap_or_else(|panic| Err(fault("reading", panic.as_ref())));
            shared.tell(Event::Read { id, at: OffsetDateTime::now_utc(), reading });
        });
    }
}

impl Shared {
    /// A reading that a write overlaps is thrown away and begun again after it.
    fn read(&self, id: JobId) -> Result<Reading, Problem> {
        let is_newest = || self.newest_read.load(Ordering::SeqCst) == id.0;
        loop {
            let mut master = self.idle();
            changes::recover_once(self, &mut master)?;
            let report = |progress: Progress| {
                self.tell(Event::Progress { id, progress });
                is_newest() && !self.is_writing()
            };
            match self.open(&mut master, &report) {
                Err(StoreError::Stopped) if is_newest() => {}
                answer => return answer.map_err(|error| self.unread(&master, &error)),
            }
        }
    }

    fn open(&self, master: &mut OpenMaster, report: crate::progress::Report<'_>) -> Result<Reading, StoreError> {
        // The demo is made with it, and an error was told before.
        let changer = master.changer().ok();
        let OpenMaster { options, verified, log, .. } = master;
        let tell = |words: &str| log.tell(words);
        let tell: Option<Tell<'_>> = if log.is_open() { Some(&tell) } else { None };
        let inventory = open_telling(options, report, verified, tell)?;
        let mut folders: Vec<PathBuf> = watched_folders(options, &inventory);
        folders.extend(changer.iter().flat_map(|changer| changer.watched_folders()));
        let closed = closed(options, &inventory);
        let unrestartable = master.unrestartable();
        let clusters = changer.map(|changer| self.clusters(&changer)).unwrap_or_default();
        let beginning = machine::beginning(&master.options, &inventory);
        let machine = machine::machine(&master.options, &inventory);
        let reading =
            Reading { closed, unrestartable, beginning, machine, clusters: clusters.into(), ..Reading::new(inventory) };
        send(&self.sender, Message::Watch(folders));
        Ok(reading)
    }

    /// The clusters that were set up here. What cannot be read of them costs only itself.
    fn clusters(&self, changer: &Changer) -> Vec<ClusterSpec> {
        let tell = |why: String| {
            let problem = Problem::new("the answers of a cluster that was set up here cannot be read");
            self.tell(Event::Notice(Problem { why: vec![why], ..problem }));
        };
        match changer.clusters() {
            Ok(kept) => {
                kept.faults.into_iter().for_each(tell);
                kept.clusters
            }
            Err(failure) => {
                tell(failure.to_string());
                Vec::new()
            }
        }
    }

    fn unread(&self, master: &OpenMaster, error: &StoreError) -> Problem {
        master.log.tell(&format!("not read: {}", printable(&error.to_string())));
        if matches!(error, StoreError::NoSuchDirectory(_)) {
            send(&self.sender, Message::Watch(missing_folder(&master.options)));
        }
        Problem { hint: error.hint(), ..Problem::new(error.to_string()) }
    }
}
