//! Requests as documents: `RequestList` of the contract.

use serde::Serialize;

use super::judged::Judged;
use crate::cli::document::{Head, RequestDocument};
use crate::cli::show::request;
use crate::verdict::authority::kind_of;
use crate::verdict::{Rule, RuleAnswer};
use crate::words::request as told;

/// `kind: RequestList`.
#[derive(Serialize)]
pub(super) struct RequestList<'a> {
    #[serde(flatten)]
    pub(super) head: Head,
    pub(super) items: Vec<ListedRequest<'a>>,
}

/// One item of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedRequest<'a> {
    #[serde(flatten)]
    request: RequestDocument,
    /// `file:PATH`, or `-`.
    source: String,
    class: &'static str,
    /// The CA that would sign it.
    authority: Option<String>,
    age: Option<String>,
    verdict: &'static str,
    rules: Vec<RuleDocument<'a>>,
}

/// What one rule says.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleDocument<'a> {
    id: &'static str,
    question: &'static str,
    answer: &'static str,
    known: bool,
    text: &'a str,
}

impl<'a> ListedRequest<'a> {
    pub(super) fn of(judged: &'a Judged<'_>) -> Self {
        let item = judged.item;
        let inventory = judged.inventory;
        let document = request::document(&inventory.mounted, item);
        let authority = judged
            .opinion
            .authority
            .and_then(|at| judged.master.item(at));
        let rule = |answer: &'a RuleAnswer| RuleDocument {
            id: answer.rule.id(),
            question: Rule::question(answer.rule).words(),
            answer: answer.answer.word(),
            known: answer.is_known,
            text: &answer.text,
        };
        Self {
            source: judged.source(),
            class: kind_of(item).map_or("other", |kind| kind.word()),
            authority: authority.map(|item| item.id.to_string()),
            age: told::age(item, judged.at),
            verdict: judged.opinion.verdict.answer().word(),
            rules: judged.opinion.verdict.rules.iter().map(rule).collect(),
            request: RequestDocument {
                state: Some(told::condition(item, judged.decided).to_string()),
                ..document
            },
        }
    }
}
