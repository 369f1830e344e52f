//! The one line that the footer says in place of its keys, until the next key.

use crate::model::{Action, Problem};

/// What is said.
#[derive(Debug, Default)]
pub(super) struct Toast {
    said: Option<Problem>,
    refused: Option<Refused>,
    /// What became of a change, until the disk was read after it.
    outcome: Option<Problem>,
}

/// The action that was refused last, why, and how that was said.
#[derive(Debug)]
struct Refused {
    action: Action,
    why: &'static str,
    said: Problem,
}

impl Toast {
    /// One that says this.
    pub(super) fn new(said: Option<Problem>) -> Self {
        Self {
            said,
            ..Self::default()
        }
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
    pub(super) fn refuse(&mut self, action: Action, why: &'static str) {
        let said = Problem::new(format!("{}: {why}", action.label()));
        self.refused = Some(Refused {
            action,
            why,
            said: said.clone(),
        });
        self.said = Some(said);
    }

    /// Takes the words of a refusal away where its reason is none any more: the plan is made now.
    pub(super) fn grant(&mut self, refusal: impl Fn(Action) -> Option<&'static str>) {
        if let Some(refused) = self
            .refused
            .take_if(|refused| refusal(refused.action) != Some(refused.why))
            && self.said.as_ref() == Some(&refused.said)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_said_for_as_long_as_its_reason_holds() {
        let mut toast = Toast::new(None);
        toast.refuse(Action::Renew, "a change is under way");
        toast.grant(|_| Some("a change is under way"));
        assert!(toast.said().is_some());
        toast.grant(|_| Some("this plan waits"));
        assert_eq!(
            toast.said(),
            None,
            "it is refused for another reason, which nobody asked for"
        );
    }
}
