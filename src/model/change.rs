//! The one change that may be under way: what was asked for, and how far it is.

use super::{JobId, PlanId, Problem};
use crate::plan::Request;
use crate::record::PlanSummary;

/// What was asked for, and how far it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeProgress {
    /// Names the plan, here and in the runtime.
    pub plan: PlanId,
    /// The job that makes or applies it.
    pub job: JobId,
    /// What was asked for.
    pub request: Request,
    /// Whether it is applied without a question where nothing asks for one.
    pub at_once: bool,
    /// How far it is.
    pub stage: Stage,
}

/// How far a change is.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// The plan is being made: what is being done.
    Making(String),
    /// A CA key is encrypted.
    Passphrase {
        /// The key's file.
        path: String,
        /// True where one was given, and it is not the right one.
        wrong: bool,
    },
    /// It must not be done, or cannot, or did not come to its end.
    Refused(Problem),
    /// The plan is made.
    Made(Box<PlanSummary>),
    /// It is being applied: what is being done.
    Applying(String, Box<PlanSummary>),
    /// It is done, and the disk is read again.
    Reading,
}

impl ChangeProgress {
    /// One that was just asked for.
    pub fn new(plan: PlanId, job: JobId, request: Request, at_once: bool) -> Self {
        Self {
            plan,
            job,
            request,
            at_once,
            stage: Stage::Making("planning".to_owned()),
        }
    }

    /// Whether no other change may begin.
    pub fn is_under_way(&self) -> bool {
        match self.stage {
            Stage::Making(_) => self.at_once,
            Stage::Applying(..) | Stage::Reading => true,
            Stage::Passphrase { .. } | Stage::Refused(_) | Stage::Made(_) => false,
        }
    }

    /// What is being done, while something is.
    pub fn words(&self) -> Option<&str> {
        match &self.stage {
            Stage::Making(words) | Stage::Applying(words, _) => Some(words),
            _ => None,
        }
    }

    /// Takes a report of its job.
    pub fn progress(&mut self, now: String) {
        if let Stage::Making(words) | Stage::Applying(words, _) = &mut self.stage {
            *words = now;
        }
    }

    /// Begins to apply the plan that is made, as this job.
    pub fn apply(&mut self, job: JobId) -> Option<PlanId> {
        let Stage::Made(summary) = &mut self.stage else {
            return None;
        };
        if summary.is_empty() {
            return None;
        }
        self.stage = Stage::Applying("applying".to_owned(), std::mem::take(summary));
        self.job = job;
        Some(self.plan)
    }

    /// The plan, as far as there is one.
    pub fn summary(&self) -> Option<&PlanSummary> {
        match &self.stage {
            Stage::Made(summary) | Stage::Applying(_, summary) => Some(summary),
            _ => None,
        }
    }
}
