//! Requests are signed here, denied, or taken away: each with its verdict, which is kept.

mod outline;
mod review;
mod script;
mod signing;
mod way;
mod written;

use super::files::add_folders;
use super::request::{AskedDecision, AskedRequest, DecideRequest};
use super::{Materials, Needs, Plan, PlanContext, PlanError};
use crate::inventory::{Inventory, Item, RequestItem};
use crate::pki::{Certificate, GeneralName};
use crate::record::decided_request;
use crate::verdict::{Evidence, Verdict, judge};
use outline::DecideOutline;
use signing::SignedRequest;

pub use outline::{APPROVED_REASON, DENIED_REASON};

/// What is decided, and of what.
#[derive(Clone, Copy)]
struct DecideTask<'a> {
    inventory: &'a Inventory,
    request: &'a DecideRequest,
    context: PlanContext<'a>,
}

/// One request of them, with what is thought of it and what was made.
struct DecidedOne<'a> {
    asked: &'a AskedRequest,
    outline: DecideOutline,
    verdict: Verdict,
    signed: Option<SignedRequest>,
}

/// The files that are read.
///
/// # Errors
/// [`PlanError::Refused`] where it is clear already that nothing can be decided.
pub(super) fn needs(
    inventory: &Inventory,
    request: &DecideRequest,
    context: PlanContext<'_>,
) -> Result<Needs, PlanError> {
    let task = DecideTask {
        inventory,
        request,
        context,
    };
    let mut needs = Needs::default();
    for outline in outlines(task)? {
        needs.files.extend(outline.master_paths(inventory));
        needs.local.extend(outline.local_paths());
        needs.state.extend(outline.kept_path.clone());
    }
    if !needs.state.is_empty() {
        needs.state.push(decided_request::FOLDER.to_owned());
    }
    add_folders(&mut needs.files);
    add_folders(&mut needs.local);
    for paths in [&mut needs.files, &mut needs.local, &mut needs.state] {
        paths.sort();
        paths.dedup();
    }
    Ok(needs)
}

/// The plan: certificates, objects with their new status, and what is remembered.
///
/// # Errors
/// [`PlanError`] where nothing may or can be decided.
pub(super) fn plan(
    inventory: &Inventory,
    materials: &Materials,
    request: &DecideRequest,
    context: PlanContext<'_>,
) -> Result<Plan, PlanError> {
    let task = DecideTask {
        inventory,
        request,
        context,
    };
    let evidence = Evidence::new(inventory, context.approval, context.moment);
    let mut warnings = Vec::new();
    let mut all = Vec::new();
    for (asked, outline) in request.asked.iter().zip(outlines(task)?) {
        let authority = outline.authority.and_then(|index| inventory.item(index));
        let item = without_dropped(&asked.item, &request.decision);
        let verdict = judge(&item, authority, &evidence);
        let signed = match &request.decision {
            AskedDecision::Approve(approve) => Some(signing::sign(
                &signing::Signing {
                    task,
                    materials,
                    asked,
                    outline: &outline,
                    approve,
                },
                &mut warnings,
            )?),
            AskedDecision::Deny { .. } | AskedDecision::Delete => None,
        };
        all.push(DecidedOne {
            asked,
            outline,
            verdict,
            signed,
        });
    }
    let changes = written::changes(task, materials, &all)?;
    Ok(review::plan(task, materials, &all, changes, warnings))
}

/// The request without the names that shall not be signed: what is judged is what would be signed.
fn without_dropped(item: &RequestItem, decision: &AskedDecision) -> RequestItem {
    let mut item = item.clone();
    if let (AskedDecision::Approve(approve), Ok(asked)) = (decision, &mut item.request) {
        let dropped = approve
            .drop_names
            .iter()
            .map(|text| text.parse::<GeneralName>());
        let dropped: Vec<GeneralName> = dropped.filter_map(Result::ok).collect();
        asked
            .subject_alt_names
            .retain(|name| !dropped.contains(name));
    }
    item
}

fn outlines(task: DecideTask<'_>) -> Result<Vec<DecideOutline>, PlanError> {
    if task.request.asked.is_empty() {
        return Err(PlanError::refused("there is no request to decide on"));
    }
    let several = task.request.asked.len() > 1;
    let each = task.request.asked.iter();
    each.map(|asked| DecideOutline::of(task, asked, several))
        .collect()
}

impl DecidedOne<'_> {
    /// The CAs above what was signed, its signer first, as far as they are here.
    fn authorities<'a>(&self, inventory: &'a Inventory) -> Vec<&'a Item> {
        let chain = self.outline.authority.map(|at| inventory.tree.chain(at));
        let items = chain.into_iter().flatten();
        items.filter_map(|at| inventory.item(at)).collect()
    }

    /// The certificate, and the CAs above it that are no roots. The controller manager writes the
    /// certificate alone.
    fn chain(&self, inventory: &Inventory, certificate: &Certificate) -> String {
        let mut text = certificate.to_pem();
        if self.outline.controller.is_none() {
            let above = self.authorities(inventory).into_iter();
            let between = above.filter_map(Item::certificate);
            for authority in between.filter(|one| !one.is_self_issued()) {
                text.push_str(&authority.to_pem());
            }
        }
        text
    }
}
