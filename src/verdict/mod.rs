//! What is to be thought of a request before somebody signs it, rule by rule, under the two questions
//! of Kubernetes' documentation (reference/access-authn-authz/certificate-signing-requests.md,
//! "Authorization"). A rule that could not be looked at is a doubt, never an assent; what a file
//! merely claims speaks against a request, never for it.

pub mod authority;
mod rule;

use crate::inventory::{Inventory, Item, RequestItem};
use time::OffsetDateTime;

pub use crate::record::Answer;
use crate::record::{Approval, RuleRecord};
pub use rule::{ApprovalQuestion, Rule};

/// The answer of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleAnswer {
    /// Which.
    pub rule: Rule,
    /// What it says.
    pub answer: Answer,
    /// False where it could not be looked at: then it is amber.
    pub is_known: bool,
    /// Why, in one sentence without its full stop.
    pub text: String,
}

impl RuleAnswer {
    /// As it is kept.
    pub fn to_record(&self) -> RuleRecord {
        RuleRecord {
            id: self.rule.id().to_owned(),
            answer: self.answer,
            known: self.is_known,
            text: self.text.clone(),
        }
    }
}

/// What all rules say of one request, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// One answer a rule that concerns it; a rule may answer several times where several things are
    /// asked for.
    pub rules: Vec<RuleAnswer>,
}

/// What requests are judged by: made once for all of them.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    inventory: &'a Inventory,
    approval: &'a Approval,
    moment: OffsetDateTime,
}

impl<'a> Evidence<'a> {
    /// What is on the disk, what the keeper of this cluster has confirmed, and now.
    pub fn new(inventory: &'a Inventory, approval: &'a Approval, moment: OffsetDateTime) -> Self {
        Self {
            inventory,
            approval,
            moment,
        }
    }
}

impl Verdict {
    /// The worst answer of all; of no rule at all nothing is known.
    pub fn answer(&self) -> Answer {
        let answers = self.rules.iter().map(|rule| rule.answer);
        answers.max().unwrap_or(Answer::Amber)
    }

    /// The answers under one question.
    pub fn of(&self, question: ApprovalQuestion) -> impl Iterator<Item = &RuleAnswer> {
        let is_of = move |answer: &&RuleAnswer| answer.rule.question() == question;
        self.rules.iter().filter(is_of)
    }
}

/// What is to be thought of `request`, if `authority` signs it; `None`: it is not known who would.
pub fn judge(request: &RequestItem, authority: Option<&Item>, evidence: &Evidence<'_>) -> Verdict {
    Verdict {
        rules: rule::answers(request, authority, evidence),
    }
}
