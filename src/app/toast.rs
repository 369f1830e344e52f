//! The one line that the footer says in place of its keys, until the next key.

use crate::model::{Action, Problem};

/// What is said.
#[derive(Debug, Default)]
pub(super) struct Toast {
    said: Option<Problem>,
    /// The action that was refused last, and how that was said.
    refused: Option<(Action, Problem)>,
    /// What became of a change, until the disk was read after it.
    outcome: Option<Problem>,
}

impl Toast {
    /// One that says this.
    pub(super) fn new(said: Option<Problem>) -> Self {
        Self { said, ..Self::default() }
    }

    /// What it says now.
    pub(super) fn said(&self) -> Option<&Problem> {
        self.said.as_ref()
    }

    /// Says something else.
    pub(super) fn say(&mut self, problem: Problem) {
        self.said = Some(problem);
    }

    /// A key was pressed.
    pub(super) fn clear(&mut self) {
        self.said = None;
    }

    /// Says why an action is not done.
    pub(super) fn refuse(&mut self, action: Action, why: &str) {
        let problem = Problem::new(format!("{}: {why}", action.label()));
        self.refused = Some((action, problem.clone()));
        self.said = Some(problem);
    }

    /// Takes the words of a refusal away where nothing refuses it any more: the plan is made now.
    pub(super) fn grant(&mut self, is_refused: impl Fn(Action) -> bool) {
        if let Some((_, said)) = self.refused.take_if(|(action, _)| !is_refused(*action))
            && self.said.as_ref() == Some(&said)
        {
            self.said = None;
        }
    }

    /// Says what became of a change, and keeps it until the disk was read after it.
    pub(super) fn say_outcome(&mut self, problem: Problem) {
        self.outcome = Some(problem.clone());
        self.said = Some(problem);
    }

    /// The disk was read: keys that were refused meanwhile must not hide what became of the change.
    pub(super) fn repeat_outcome(&mut self) {
        if let Some(outcome) = self.outcome.take().filter(|_| self.said.is_some()) {
            self.said = Some(outcome);
        }
    }
}
