//! `kind: Plan`, and the plan inside of an `Operation`.

use serde::Serialize;
use time::OffsetDateTime;

use super::nodes::NodeDocument;
use super::octal_mode;
use crate::cli::certificate::{document, fill, key_word, source_word};
use crate::cli::document::{API_VERSION, CertificateDocument, some_text};
use crate::inventory::judged::JudgedItem;
use crate::inventory::life::life;
use crate::inventory::state::{Status, days_between};
use crate::inventory::{Inventory, KeyState, Source};
use crate::pki::{Certificate, hex};
use crate::record::{
    Attributes, ChangeAction, ChangeSummary, IssueSummary, KeyChange, Left, PathState, Place,
    PlanSummary, RequestDecision, RestartSummary,
};
use crate::words::date;

/// What a changing command would do.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanDocument {
    api_version: &'static str,
    kind: &'static str,
    /// For when it was made.
    at: String,
    root: String,
    #[serde(flatten)]
    body: PlanBody,
}

/// A plan without a head.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlanBody {
    title: String,
    /// Why somebody should look at it before it is applied.
    ask: Option<String>,
    /// The ids that `--confirm` must name.
    confirm: Vec<String>,
    changes: Vec<ChangeDocument>,
    /// What is done in a live cluster; a plan has changes or actions, never both.
    actions: [(); 0],
    issues: Vec<IssueDocument>,
    restarts: Vec<RestartSummary>,
    warnings: Vec<String>,
    #[serde(rename = "leaves")]
    left_alone: Vec<Left>,
    commands: Vec<String>,
    /// What is decided of requests, with each rule's answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    decisions: Vec<RequestDecision>,
    /// What a setup makes, node by node; empty for all else.
    nodes: Vec<NodeDocument>,
}

/// One change of one path. Owner, group and mode are those afterwards; null where there is nothing
/// that has any.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeDocument {
    place: Place,
    action: ChangeAction,
    path: String,
    owner: Option<u32>,
    group: Option<u32>,
    mode: Option<String>,
    summary: String,
    before_sha256: Option<String>,
    after_sha256: Option<String>,
    /// Where a link leads afterwards.
    link: Option<String>,
}

/// One certificate that is issued: an item of a `CertificateList`, and what it replaces.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct IssueDocument {
    #[serde(flatten)]
    certificate: CertificateDocument,
    /// The node for which it is, where its files do not lie here.
    node: Option<String>,
    /// `new` or `kept`.
    key: KeyChange,
    replaces: Option<ReplacedDocument>,
}

/// The certificate that is replaced.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplacedDocument {
    serial_number: String,
    not_before: String,
    not_after: String,
    sha256: String,
}

impl PlanDocument {
    /// A plan for this master.
    pub(crate) fn new(plan: &PlanSummary, inventory: &Inventory, moment: OffsetDateTime) -> Self {
        Self {
            api_version: API_VERSION,
            kind: "Plan",
            at: date::rfc3339(moment),
            root: inventory.root.clone(),
            body: PlanBody::new(plan, Some(inventory), moment),
        }
    }
}

impl PlanBody {
    /// `inventory`: the master as it was read for the plan; `None` for one of the past.
    pub(crate) fn new(
        plan: &PlanSummary,
        inventory: Option<&Inventory>,
        moment: OffsetDateTime,
    ) -> Self {
        Self {
            title: plan.title.clone(),
            ask: plan.ask(),
            confirm: plan.confirm.clone(),
            changes: plan.changes.iter().map(ChangeDocument::from).collect(),
            actions: [],
            issues: plan
                .issues
                .iter()
                .map(|issue| IssueDocument::new(issue, inventory, moment))
                .collect(),
            restarts: plan.restarts.clone(),
            warnings: plan.warnings.clone(),
            left_alone: plan.left_alone.clone(),
            commands: plan.commands.clone(),
            decisions: plan.decisions.clone(),
            nodes: plan.nodes.iter().map(NodeDocument::from).collect(),
        }
    }
}

impl From<&ChangeSummary> for ChangeDocument {
    fn from(change: &ChangeSummary) -> Self {
        let after = change.after.attributes();
        Self {
            place: change.place,
            action: change.action,
            path: change.path.clone(),
            owner: after.map(|attributes| attributes.owner),
            group: after.map(|attributes| attributes.group),
            mode: after.map(octal),
            summary: change.summary.clone(),
            before_sha256: change.before.sha256().map(ToOwned::to_owned),
            after_sha256: change.after.sha256().map(ToOwned::to_owned),
            link: match &change.after {
                PathState::Link { text } => Some(text.clone()),
                _ => None,
            },
        }
    }
}

/// Permission bits as `chmod` takes them.
pub(crate) fn octal(attributes: Attributes) -> String {
    octal_mode(attributes.mode)
}

impl IssueDocument {
    fn new(issue: &IssueSummary, inventory: Option<&Inventory>, moment: OffsetDateTime) -> Self {
        let mut document = inventory
            .and_then(|inventory| in_place(issue, inventory, moment))
            .unwrap_or_default();
        fill(&mut document, &issue.after, &issue.after.details());
        let own: Vec<&String> = issue
            .paths
            .iter()
            .filter(|path| !issue.copies.contains(path))
            .collect();
        if let Some(path) = own.first() {
            document.path.clone_from(path);
        }
        document.id.clone_from(&issue.id);
        document.roles.clone_from(&issue.roles);
        document.copies.clone_from(&issue.copies);
        document.authority = some_text(&issue.authority);
        document.days_left = Some(days_between(moment, issue.after.not_after()));
        (document.works_until, document.ends_with) = works_until(issue, inventory, moment);
        // It is new, and its key was made or checked with it.
        (document.status, document.why, document.in_use) = (Status::Ok.word(), None, true);
        document.key_path = own.get(1).or(own.first()).map(|path| (*path).clone());
        (document.key_state, document.key_matches) = (key_word(KeyState::Present), Some(true));
        if document.source.is_empty() {
            document.source = source_word(&Source::File);
        }
        let replaces = issue.before.as_ref().map(ReplacedDocument::from);
        Self {
            certificate: document,
            node: issue.node.clone(),
            key: issue.key,
            replaces,
        }
    }
}

/// How long the new one is taken, and the CA with which it ends where that ends first.
fn works_until(
    issue: &IssueSummary,
    inventory: Option<&Inventory>,
    moment: OffsetDateTime,
) -> (Option<String>, Option<String>) {
    let own = issue.after.not_after();
    let signer = inventory.and_then(|inventory| {
        let (index, signer) = inventory
            .indexed()
            .find(|(_, item)| *item.id == *issue.authority)?;
        Some((
            inventory,
            life(inventory, index, signer.certificate()?, moment),
        ))
    });
    match signer {
        None => (None, None),
        Some((inventory, life)) if life.end < own => {
            let authority = inventory
                .item(life.ends_with)
                .map(|item| item.id.to_string());
            (Some(date::rfc3339(life.end)), authority)
        }
        Some(_) => (Some(date::rfc3339(own)), None),
    }
}

/// What is known of the item that is replaced: who reads it, which right it gives.
fn in_place(
    issue: &IssueSummary,
    inventory: &Inventory,
    moment: OffsetDateTime,
) -> Option<CertificateDocument> {
    let (index, item) = inventory
        .indexed()
        .find(|(_, item)| *item.id == *issue.id)?;
    Some(document(
        inventory,
        &JudgedItem::of(inventory, index, item, moment),
    ))
}

impl From<&Certificate> for ReplacedDocument {
    fn from(certificate: &Certificate) -> Self {
        Self {
            serial_number: certificate.details().serial_number,
            not_before: date::rfc3339(certificate.not_before()),
            not_after: date::rfc3339(certificate.not_after()),
            sha256: hex(certificate.sha256()),
        }
    }
}
