//! What the review must say.

/// Warnings, and why somebody must look at the plan before it is applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Notes {
    pub(super) warnings: Vec<String>,
    pub(super) asks: Vec<String>,
}

impl Notes {
    /// A warning that must be seen before the plan is applied.
    pub(super) fn warn(&mut self, text: String) {
        self.ask(text.clone());
        self.tell(text);
    }

    /// A warning that one key may pass.
    pub(super) fn tell(&mut self, text: String) {
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }

    /// A reason to look that is no warning.
    pub(super) fn ask(&mut self, text: String) {
        if !self.asks.contains(&text) {
            self.asks.push(text);
        }
    }
}
