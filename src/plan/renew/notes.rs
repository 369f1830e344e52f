//! What the review must say, the worst first.

use std::collections::HashSet;

use crate::record::Reason;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// What is dead stays dead.
    Stays,
    /// Something stops working, or is made wrongly.
    Breaks,
    /// The new certificates are not all that one expects.
    Surprises,
    /// Good to know; one key may pass it.
    Reminds,
}

/// Warnings, and why somebody must look at the plan before it is applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Notes {
    warnings: Vec<(Weight, String)>,
    known: HashSet<String>,
    asks: Vec<Reason>,
    confirm: Vec<String>,
}

impl Notes {
    /// A warning; one that only reminds need not be seen before the plan is applied.
    pub(super) fn say(&mut self, weight: Weight, text: String) {
        if self.known.insert(text.clone()) {
            self.warnings.push((weight, text));
        }
    }

    /// A surprise.
    pub(super) fn warn(&mut self, text: String) {
        self.say(Weight::Surprises, text);
    }

    /// A warning that one key may pass.
    pub(super) fn tell(&mut self, text: String) {
        self.say(Weight::Reminds, text);
    }

    /// A reason to look that is no warning.
    pub(super) fn ask(&mut self, text: String) {
        let reason = Reason::Look(text);
        if !self.asks.contains(&reason) {
            self.asks.push(reason);
        }
    }

    /// The id of what is done only where that very thing is named once more.
    pub(super) fn confirm(&mut self, id: String) {
        if !self.confirm.contains(&id) {
            self.confirm.push(id);
        }
    }

    /// The warnings; why to look first: the worst of them, where it is bad enough, and all other
    /// reasons; and the ids that must be confirmed.
    pub(super) fn finish(mut self) -> (Vec<String>, Vec<Reason>, Vec<String>) {
        let worst = self.warnings.iter().map(|(weight, _)| *weight).min();
        let warnings = in_order(self.warnings);
        if worst.is_some_and(|worst| worst < Weight::Reminds) {
            self.asks.insert(0, Reason::Warning(0));
        }
        (warnings, self.asks, self.confirm)
    }
}

fn in_order(mut notes: Vec<(Weight, String)>) -> Vec<String> {
    notes.sort_by_key(|(weight, _)| *weight);
    notes.into_iter().map(|(_, text)| text).collect()
}
