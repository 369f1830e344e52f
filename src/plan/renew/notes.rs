//! What the review must say, the worst first.

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
    asks: Vec<(Weight, String)>,
}

impl Notes {
    /// A warning; one that only reminds need not be seen before the plan is applied.
    pub(super) fn say(&mut self, weight: Weight, text: String) {
        if weight < Weight::Reminds {
            add(&mut self.asks, weight, text.clone());
        }
        add(&mut self.warnings, weight, text);
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
        add(&mut self.asks, Weight::Reminds, text);
    }

    /// The warnings, and the reasons to look in one sentence.
    pub(super) fn finish(self) -> (Vec<String>, Option<String>) {
        let (warnings, asks) = (in_order(self.warnings), in_order(self.asks));
        (warnings, (!asks.is_empty()).then(|| asks.join("; ")))
    }
}

fn add(to: &mut Vec<(Weight, String)>, weight: Weight, text: String) {
    if !to.iter().any(|(_, known)| *known == text) {
        to.push((weight, text));
    }
}

fn in_order(mut notes: Vec<(Weight, String)>) -> Vec<String> {
    notes.sort_by_key(|(weight, _)| *weight);
    notes.into_iter().map(|(_, text)| text).collect()
}
