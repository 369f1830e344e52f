//! What is to be thought of a request before somebody signs it, rule by rule, under the two questions
//! of Kubernetes' documentation (reference/access-authn-authz/certificate-signing-requests.md,
//! "Authorization"). A rule that could not be looked at is a doubt, never an assent; what a file
//! merely claims speaks against a request, never for it.

mod answers;
mod asker;
pub mod authority;
mod evidence;
mod key;
mod life;
mod names;
mod opens;
mod pod;
mod rule;
mod signer;

use time::OffsetDateTime;

use crate::inventory::{Inventory, Item, ItemIndex, RequestItem};
use crate::kubernetes::controller_signer::ControllerSigner;
use crate::kubernetes::signing_request::{RequestObject, RequestedUsage, SigningRequestKind};
use crate::pki::{CertificationRequest, ExtendedKeyUsage};
use crate::record::{Approval, RuleRecord};
use answers::AnswerSheet;

pub use crate::record::Answer;
pub use evidence::Evidence;
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

impl Verdict {
    /// The worst answer of all; of no rule at all nothing is known.
    pub fn answer(&self) -> Answer {
        let answers = self.rules.iter().map(|rule| rule.answer);
        answers.max().unwrap_or(Answer::Amber)
    }

    /// The worst answer, and how many rules give it.
    pub fn worst(&self) -> (Answer, usize) {
        let worst = self.answer();
        let rules = self.rules.iter();
        (worst, rules.filter(|rule| rule.answer == worst).count())
    }

    /// The answers under one question.
    pub fn of(&self, question: ApprovalQuestion) -> impl Iterator<Item = &RuleAnswer> {
        let is_of = move |answer: &&RuleAnswer| answer.rule.question() == question;
        self.rules.iter().filter(is_of)
    }
}

/// For how many days a server's certificate lives where nobody says otherwise.
pub const SERVER_DAYS: u32 = 365;

/// The same of a client's.
pub const CLIENT_DAYS: u32 = 90;

/// The same for what is for these purposes.
pub fn usual_days(usages: &[ExtendedKeyUsage]) -> u32 {
    if usages.contains(&ExtendedKeyUsage::ServerAuth) {
        SERVER_DAYS
    } else {
        CLIENT_DAYS
    }
}

/// A request that could be read, and everything that is asked of each rule.
#[derive(Clone, Copy)]
struct Case<'a> {
    item: &'a RequestItem,
    asked: &'a CertificationRequest,
    object: Option<&'a RequestObject>,
    kind: SigningRequestKind,
    controller: Option<ControllerSigner>,
    authority: Option<&'a Item>,
    evidence: &'a Evidence<'a>,
}

/// What one room of rules adds.
type RuleOf = fn(Case<'_>, &mut AnswerSheet);

/// What is to be thought of `request`, if `authority` signs it; `None`: it is not known who would.
pub fn judge(request: &RequestItem, authority: Option<&Item>, evidence: &Evidence<'_>) -> Verdict {
    let mut answers = AnswerSheet::default();
    match &request.request {
        Err(fault) => answers.red(Rule::OwnSignature, fault.to_string()),
        Ok(asked) => {
            let object = request.object.as_ref();
            let case = Case {
                item: request,
                asked,
                object,
                kind: authority::kind_of(request).unwrap_or(SigningRequestKind::Other),
                controller: object.and_then(|one| ControllerSigner::of_name(&one.signer_name)),
                authority,
                evidence,
            };
            let of_pod: &[RuleOf] = &[key::answer, pod::answer];
            let of_others: &[RuleOf] = &[
                key::answer,
                asker::answer,
                signer::answer,
                names::answer,
                opens::answer,
                life::answer,
            ];
            let is_pod = object.is_some_and(|object| object.pod.is_some());
            for rule in if is_pod { of_pod } else { of_others } {
                rule(case, &mut answers);
            }
        }
    }
    Verdict {
        rules: answers.finish(),
    }
}

/// A request's verdict, and the CA that would sign it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedRequest {
    /// `None`: nothing says which.
    pub authority: Option<ItemIndex>,
    /// What is to be thought of it.
    pub verdict: Verdict,
}

/// The verdicts on all requests of a master, in their order.
pub fn judge_all(
    inventory: &Inventory,
    approval: &Approval,
    moment: OffsetDateTime,
) -> Vec<JudgedRequest> {
    let evidence = Evidence::new(inventory, approval, moment);
    let judged = |request: &RequestItem| judge_one(request, &evidence);
    inventory.requests.iter().map(judged).collect()
}

/// The same for one request, which may lie elsewhere.
pub fn judge_one(request: &RequestItem, evidence: &Evidence<'_>) -> JudgedRequest {
    let authority = authority::authority_of(evidence.inventory, request);
    let item = authority.and_then(|index| evidence.inventory.item(index));
    JudgedRequest {
        authority,
        verdict: judge(request, item, evidence),
    }
}

impl Case<'_> {
    /// The extended key usages of what would be signed: an object's list, else the request's own.
    fn usages(self) -> Vec<ExtendedKeyUsage> {
        let Some(object) = self.object else {
            return self.asked.extended_key_usage.clone();
        };
        let listed = object.usages.iter().map(RequestedUsage::meaning);
        let extended = |usage| match usage {
            RequestedUsage::Extended(usage) => Some(usage),
            RequestedUsage::Key(_) | RequestedUsage::Other(_) => None,
        };
        listed.filter_map(extended).collect()
    }

    /// Whether it would let its holder log in somewhere: one that says no usage is for all.
    fn is_client(self) -> bool {
        ExtendedKeyUsage::ClientAuth.is_allowed_by(&self.usages())
    }
}
