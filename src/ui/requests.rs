//! Requests under the cursor or selected, and what keys about them lead to.

use std::sync::Arc;

use crate::inventory::RequestItem;
use crate::kubernetes::signing_request::Condition;
use crate::model::world::World;
use crate::model::{Action, Effect, Route, WizardName};
use crate::plan::{
    ApproveRequest, AskedDecision, AskedRequest, DecideRequest, Request, RequestSource,
};
use crate::record::Answer;
use crate::verdict::{JudgedRequest, Verdict};
use crate::words::request as told;

/// The request of this id, on the master or pasted.
pub(crate) fn named<'a>(world: &'a World, id: &str) -> Option<&'a RequestItem> {
    let mut requests = world.inventory().requests.iter();
    let own = requests.find(|request| *request.id == *id);
    own.or_else(|| pasted(world, id).map(|(item, ..)| item))
}

/// What is to be thought of the request of this id.
pub(crate) fn judged<'a>(world: &'a World, id: &str) -> Option<&'a JudgedRequest> {
    let mut requests = world.inventory().requests.iter();
    match requests.position(|request| *request.id == *id) {
        Some(at) => world.reading.verdicts.get(at),
        None => pasted(world, id).map(|(_, judged, _)| judged),
    }
}

/// The request of this id, where it was pasted.
fn pasted<'a>(
    world: &'a World,
    id: &str,
) -> Option<(&'a RequestItem, &'a JudgedRequest, &'a RequestSource)> {
    world.pasted.as_ref()?.request(id)
}

/// Whether it was pasted and lies nowhere, so that its certificate needs a place.
pub(crate) fn is_pasted(world: &World, id: &str) -> bool {
    let source = pasted(world, id).map(|(.., source)| source);
    matches!(source, Some(RequestSource::Given(_)))
}

/// Its verdict.
pub(crate) fn verdict<'a>(world: &'a World, id: &str) -> Option<&'a Verdict> {
    judged(world, id).map(|judged| &judged.verdict)
}

/// How it stands.
pub(crate) fn condition(world: &World, request: &RequestItem) -> Condition {
    told::condition(request, &world.reading.decided)
}

/// The requests that a key is about: those selected, else the one under the cursor.
pub(crate) fn chosen(world: &World, under: Option<&Arc<str>>) -> Vec<Arc<str>> {
    let requests = world.inventory().requests.iter();
    let selected: Vec<Arc<str>> = requests
        .filter(|request| world.selected.contains(&request.id))
        .map(|request| request.id.clone())
        .collect();
    if selected.is_empty() {
        under.cloned().into_iter().collect()
    } else {
        selected
    }
}

/// Those of which every rule is green, and that nobody has decided on.
pub(crate) fn greens(world: &World) -> Vec<Arc<str>> {
    let requests = world.inventory().requests.iter();
    let green = requests
        .zip(world.reading.verdicts.iter())
        .filter(|(request, judged)| {
            judged.verdict.answer() == Answer::Green && condition(world, request).is_pending()
        });
    green.map(|(request, _)| request.id.clone()).collect()
}

/// What is decided on these requests, with nothing else said.
pub(crate) fn decide(world: &World, ids: &[Arc<str>], decision: AskedDecision) -> DecideRequest {
    let asked = ids.iter().filter_map(|id| {
        let source = pasted(world, id).map(|(.., source)| source.clone());
        Some(AskedRequest {
            item: named(world, id)?.clone(),
            source: source.unwrap_or(RequestSource::Master),
        })
    });
    DecideRequest::new(asked.collect(), decision)
}

/// Whether one of them is red: its name is typed before it is signed.
pub(crate) fn red(world: &World, ids: &[Arc<str>]) -> Vec<String> {
    let is_red =
        |id: &&Arc<str>| verdict(world, id).is_none_or(|verdict| verdict.answer() == Answer::Red);
    let red = ids.iter().filter(is_red).filter_map(|id| named(world, id));
    red.map(|request| request.name.clone()).collect()
}

/// What a key leads to, with this one under the cursor.
pub(crate) fn effects(world: &World, under: Option<&Arc<str>>, action: Action) -> Vec<Effect> {
    let ids = match action {
        Action::ApproveGreens => greens(world),
        _ => chosen(world, under),
    };
    effects_of(world, ids, action)
}

/// The same for these.
pub(crate) fn effects_of(world: &World, ids: Vec<Arc<str>>, action: Action) -> Vec<Effect> {
    match action {
        Action::Deny => vec![Effect::Open(Route::Wizard(WizardName::Deny(ids)))],
        Action::Options => vec![Effect::Open(Route::Wizard(WizardName::Approve(ids)))],
        Action::Approve if must_ask(world, &ids) => {
            vec![Effect::Open(Route::Wizard(WizardName::Approve(ids)))]
        }
        Action::Approve | Action::ApproveGreens => {
            let approve = AskedDecision::Approve(ApproveRequest::default());
            vec![Effect::Plan(Request::Decide(Box::new(decide(
                world, &ids, approve,
            ))))]
        }
        _ => Vec::new(),
    }
}

/// Whether something must be answered before they can be signed: the name of a red one, a signer, a
/// usage, a place.
fn must_ask(world: &World, ids: &[Arc<str>]) -> bool {
    let asks = |id: &Arc<str>| {
        let asks = |request| wants_signer(request) || wants_usage(request);
        is_pasted(world, id) || named(world, id).is_some_and(asks)
    };
    !red(world, ids).is_empty() || ids.iter().any(asks)
}

/// An object that names no signer.
pub(crate) fn wants_signer(request: &RequestItem) -> bool {
    let object = request.object.as_ref();
    object.is_some_and(|object| object.signer_name.is_empty())
}

/// A file that does not say what it is for.
pub(crate) fn wants_usage(request: &RequestItem) -> bool {
    let asked = request.request.as_ref();
    request.object.is_none() && asked.is_ok_and(|asked| asked.extended_key_usage.is_empty())
}

/// Why a key leads nowhere, with this one under the cursor.
pub(crate) fn refusal(
    world: &World,
    under: Option<&Arc<str>>,
    action: Action,
) -> Option<&'static str> {
    if action == Action::ApproveGreens {
        let none = greens(world).is_empty();
        return none.then_some("no request is green in all its rules");
    }
    refusal_of(world, &chosen(world, under), action)
}

/// The same for these.
pub(crate) fn refusal_of(world: &World, ids: &[Arc<str>], action: Action) -> Option<&'static str> {
    let all: Vec<&RequestItem> = ids.iter().filter_map(|id| named(world, id)).collect();
    if all.is_empty() {
        return Some("there is no request under the cursor");
    }
    let mut objects = all.iter().filter_map(|one| one.object.as_ref());
    if objects.any(|object| object.pod.is_some()) {
        return Some(told::NO_APPROVAL_STEP);
    }
    if action != Action::Deny && all.iter().any(|one| one.request.is_err()) {
        return Some("it cannot be read, so nothing can be signed for it");
    }
    let is_decided = all.iter().any(|one| !condition(world, one).is_pending());
    is_decided.then_some("it was decided on already")
}
