//! What went wrong, as the user reads it: a fact, its causes, what to do next.

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// The fact, one sentence.
    pub what: String,
    /// Its causes, outermost first.
    pub why: Vec<String>,
    /// What to do next; empty where nothing helps.
    pub hint: String,
}

impl Problem {
    /// A fact without a cause.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            ..Self::default()
        }
    }

    /// The same with a cause more.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why.push(why.into());
        self
    }

    /// The same with several causes or candidates more.
    #[must_use]
    pub fn because_all(mut self, why: impl IntoIterator<Item = String>) -> Self {
        self.why.extend(why);
        self
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// All in one line.
    pub fn line(&self) -> String {
        let mut line = self.what.clone();
        for why in &self.why {
            line.push_str(": ");
            line.push_str(why);
        }
        if !self.hint.is_empty() {
            line.push_str(" (");
            line.push_str(&self.hint);
            line.push(')');
        }
        line
    }
}
