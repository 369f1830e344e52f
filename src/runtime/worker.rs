//! Says for each job on which thread it is done: what plans and writes one after the other, the
//! rest each on its own.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::{Sender, channel};

use super::log::Log;
use super::master::OpenMaster;
use super::shared::Shared;
use super::{Message, Options};
use super::{changes, pasted, reading, recovery, running};
use crate::model::{Job, JobId, PlanId};
use crate::record::Settings;

/// A job that waits for those before it.
type Work = Box<dyn FnOnce(&Shared) + Send>;

/// Starts jobs.
pub(super) struct Worker {
    shared: Arc<Shared>,
    queue: Sender<Work>,
}

impl Worker {
    pub(super) fn new(
        options: &Options,
        settings: Settings,
        sender: Sender<Message>,
        log: Log,
    ) -> Self {
        let shared = Arc::new(Shared::new(sender, OpenMaster::new(options, settings, log)));
        let (queue, jobs) = channel::<Work>();
        let own = shared.clone();
        shared.spawn("changes".to_owned(), move || {
            for work in jobs {
                work(&own);
            }
        });
        Self { shared, queue }
    }

    /// Starts a job. A reading or a probe that is under way is told to stop: this one will know
    /// more.
    pub(super) fn start(&self, id: JobId, job: Job) {
        match job {
            Job::Read => {
                self.shared.begin_read(id);
                self.at_once("read", id, move |shared| reading::read(shared, id));
            }
            Job::Plan { plan, request } => {
                self.shared.want(plan);
                self.in_turn(move |shared| changes::plan(shared, id, plan, &request));
            }
            Job::Apply(plan) => self.write(move |shared| changes::apply(shared, id, plan)),
            Job::Recover { id, way } => {
                self.write(move |shared| recovery::recover(shared, &id, way));
            }
            Job::History => self.in_turn(changes::history),
            Job::Ledger => self.in_turn(changes::ledger),
            Job::Look(beside) => {
                self.at_once("look", id, move |shared| pasted::look(shared, id, &beside));
            }
            Job::Probe(asked) => {
                self.shared.begin_probe(id);
                self.at_once("probe", id, move |shared| {
                    running::probe(shared, id, &asked);
                });
            }
            Job::Restart(component) => {
                self.at_once("restart", id, move |shared| {
                    running::restart(shared, id, component);
                });
            }
            Job::Skip(component) => self.in_turn(move |shared| running::skip(shared, component)),
        }
    }

    /// Drops a plan, its secrets too, or stops its making.
    pub(super) fn forget(&self, plan: PlanId) {
        self.shared.forget(plan);
    }

    /// Above 0 while a plan is being applied.
    pub(super) fn writing(&self) -> Arc<AtomicUsize> {
        self.shared.writing()
    }

    /// Whether something is being written.
    pub(super) fn is_writing(&self) -> bool {
        self.shared.is_writing()
    }

    /// Returns when nothing is being written: neither the program's end nor its stop may cut an
    /// operation in two.
    pub(super) fn rest(&self) {
        // A reading need not end for that.
        if self.shared.is_writing() {
            drop(self.shared.idle());
        }
    }

    /// Stops what can be stopped, waits for what is being written, and removes the demo.
    pub(super) fn finish(&self) {
        self.shared.stop();
        self.shared.idle().end();
    }

    fn at_once(&self, name: &str, id: JobId, work: impl FnOnce(&Shared) + Send + 'static) {
        let shared = self.shared.clone();
        self.shared
            .spawn(format!("{name}-{}", id.0), move || work(&shared));
    }

    fn in_turn(&self, work: impl FnOnce(&Shared) + Send + 'static) {
        // The thread that takes them lives as long as we do.
        let _ = self.queue.send(Box::new(work));
    }

    /// In turn, too; from now on until it is done nothing is read.
    fn write(&self, work: impl FnOnce(&Shared) + Send + 'static) {
        self.shared.begin_writing();
        self.in_turn(move |shared| {
            work(shared);
            shared.written();
        });
    }
}
