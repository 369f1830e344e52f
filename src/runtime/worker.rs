//! Jobs on threads of their own.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex};

use super::changes;
use super::master::OpenMaster;
use super::reading;
use super::running;
use super::shared::{Shared, unpoisoned};
use super::{Message, Options};
use crate::kubernetes::component::Component;
use crate::model::{Job, JobId, PlanId};
use crate::record::Settings;
use crate::running::ProbeTarget;

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
        self.shared.spawn(format!("read-{}", id.0), move || reading::read(&shared, id));
    }
}
