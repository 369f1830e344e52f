//! The answers of one request as they come together.

use super::rule::Rule;
use super::{Answer, RuleAnswer};

/// The answers so far.
#[derive(Debug, Default)]
pub(super) struct AnswerSheet(Vec<RuleAnswer>);

impl AnswerSheet {
    fn push(&mut self, rule: Rule, answer: Answer, is_known: bool, text: String) {
        self.0.push(RuleAnswer {
            rule,
            answer,
            is_known,
            text,
        });
    }

    /// Nothing speaks against it.
    pub(super) fn green(&mut self, rule: Rule, text: impl Into<String>) {
        self.push(rule, Answer::Green, true, text.into());
    }

    /// A doubt.
    pub(super) fn amber(&mut self, rule: Rule, text: impl Into<String>) {
        self.push(rule, Answer::Amber, true, text.into());
    }

    /// What could not be looked at, and what would be needed.
    pub(super) fn not_known(&mut self, rule: Rule, what: &str) {
        self.push(rule, Answer::Amber, false, format!("not known: {what}"));
    }

    /// It must not be.
    pub(super) fn red(&mut self, rule: Rule, text: impl Into<String>) {
        self.push(rule, Answer::Red, true, text.into());
    }

    /// Whether this rule has answered.
    pub(super) fn has(&self, rule: Rule) -> bool {
        self.0.iter().any(|answer| answer.rule == rule)
    }

    /// All of them in the order of the rules.
    pub(super) fn finish(mut self) -> Vec<RuleAnswer> {
        self.0.sort_by_key(|answer| answer.rule);
        self.0
    }
}
