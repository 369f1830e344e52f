//! The rules.

use super::{Answer, Evidence, RuleAnswer};
use crate::inventory::{Item, RequestItem};

/// The two questions before an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApprovalQuestion {
    /// Does the asker hold the key?
    HoldsKey,
    /// May the asker be who it asks to be?
    MayBe,
}

impl ApprovalQuestion {
    /// Both, in their order.
    pub const ALL: [Self; 2] = [Self::HoldsKey, Self::MayBe];

    /// As it is asked.
    pub const fn words(self) -> &'static str {
        match self {
            Self::HoldsKey => "Does the asker hold the key?",
            Self::MayBe => "May the asker be who it asks to be?",
        }
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The request is signed with the key that it names.
    OwnSignature,
}

impl Rule {
    /// Its name in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::OwnSignature => "own-signature",
        }
    }

    /// What it answers.
    pub const fn question(self) -> ApprovalQuestion {
        match self {
            Self::OwnSignature => ApprovalQuestion::HoldsKey,
        }
    }
}

/// Every rule that concerns `request`.
pub(super) fn answers(
    request: &RequestItem,
    _authority: Option<&Item>,
    _evidence: &Evidence<'_>,
) -> Vec<RuleAnswer> {
    vec![own_signature(request)]
}

fn own_signature(request: &RequestItem) -> RuleAnswer {
    let (answer, is_known, text) = match &request.request {
        Err(fault) => (Answer::Red, true, fault.to_string()),
        Ok(asked) => match asked.signature_valid {
            Some(true) => (
                Answer::Green,
                true,
                "signed with the key that it names".to_owned(),
            ),
            Some(false) => (
                Answer::Red,
                true,
                "not signed with the key that it names".to_owned(),
            ),
            None => (
                Answer::Amber,
                false,
                format!(
                    "not known: {} cannot be checked here",
                    asked.signature_algorithm
                ),
            ),
        },
    };
    RuleAnswer {
        rule: Rule::OwnSignature,
        answer,
        is_known,
        text,
    }
}
