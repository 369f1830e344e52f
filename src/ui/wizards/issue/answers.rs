//! The answers as values, and the request that they make.

use std::sync::Arc;

use super::super::Context;
use super::purpose::{given, ingress, is_dialled, is_request, is_served, purpose, written};
use crate::inventory::Item;
use crate::pki::ExtendedKeyUsage;
use crate::pki::key::KeyAlgorithm;
use crate::plan::issue::{
    CanSign, authorities, can_sign_here, chosen_authority, names_of_machine, usual_out,
};
use crate::plan::{AskedObject, IssueRequest, SecretName, ServiceName};
use crate::ui::wizards::days;

/// The namespace where none is named, as kubectl has it.
pub(super) const NAMESPACE: &str = "default";

/// The request that the command's flags make.
pub(super) fn request(context: &Context<'_>) -> IssueRequest {
    let is_served = is_served(context);
    let namespace = || given(context, "namespace", true).unwrap_or_else(|| NAMESPACE.to_owned());
    let mut request = IssueRequest {
        common_name: context.text("cn").to_owned(),
        organizations: context.rows("groups"),
        names: names(context),
        service: given(context, "service", is_served).map(|name| ServiceName {
            name,
            namespace: namespace(),
        }),
        usages: usages(context),
        days: days::days(context.text("days")).ok(),
        key_algorithm: algorithm(context),
        authority: named(context),
        out: given(context, "out", true),
        ingress: ingress(context).map(|name| SecretName {
            name,
            namespace: namespace(),
        }),
        note: context.text("note").to_owned(),
        replace: context.rows("replace"),
        ..IssueRequest::new(purpose(context))
    };
    if let Some(written) = written(context) {
        request.ask_as_written(written.clone());
    }
    request.object = is_request(context).then(|| AskedObject {
        name: context.text("object").to_owned(),
        signer_name: context.text("signer").to_owned(),
    });
    request.request_only = is_request(context) || is_request_only(context, &request);
    let machine = &context.world.reading.machine;
    let own = context.world.inventory().node.as_deref();
    request.out = request
        .out
        .take()
        .or_else(|| usual_out(&machine.home, &request, own));
    request
}

/// The list of names that is asked for.
pub(super) fn list(context: &Context<'_>) -> &'static str {
    if is_dialled(context) {
        "names"
    } else {
        "more-names"
    }
}

/// This machine's names and addresses.
pub(super) fn of_machine(context: &Context<'_>) -> Vec<String> {
    names_of_machine(&context.world.reading.machine)
}

/// All names that were asked for.
fn names(context: &Context<'_>) -> Vec<String> {
    let mut names = context.rows(list(context));
    if is_dialled(context) && context.is_on("this-node") {
        names.extend(of_machine(context));
    }
    names
}

/// The CA that was chosen, where it is not the usual one.
fn named(context: &Context<'_>) -> Option<Arc<str>> {
    let at = context.choice("authority").checked_sub(1)?;
    authorities(context.world.inventory())
        .nth(at)
        .map(|(_, item)| item.id.clone())
}

/// The CA that a request means.
pub(super) fn item<'a>(context: &Context<'a>, request: &IssueRequest) -> Option<&'a Item> {
    let inventory = context.world.inventory();
    let chosen = chosen_authority(inventory, request, context.world.now);
    inventory.item(chosen.ok().flatten()?)
}

/// How the CA of a request can sign here; `None`: nothing says which it is.
pub(super) fn means(context: &Context<'_>, request: &IssueRequest) -> Option<CanSign> {
    let item = item(context, request)?;
    Some(can_sign_here(
        context.world.inventory(),
        item,
        context.world.now,
    ))
}

/// Whether key and request are all that is wanted.
fn is_request_only(context: &Context<'_>, request: &IssueRequest) -> bool {
    means(context, request) != Some(CanSign::Elsewhere) && !context.is_on("sign")
}

/// The place of the algorithm that everything reads.
pub(super) fn usual_algorithm() -> usize {
    let is_usual = |one: &KeyAlgorithm| *one == KeyAlgorithm::Rsa2048;
    KeyAlgorithm::ALL.iter().position(is_usual).unwrap_or(0)
}

/// What was chosen, where it is not the usual one.
pub(super) fn algorithm(context: &Context<'_>) -> Option<KeyAlgorithm> {
    let at = context.choice("algorithm");
    let chosen = KeyAlgorithm::ALL.get(at).copied();
    chosen.filter(|_| at != usual_algorithm())
}

/// The usages beside those of its purpose.
pub(super) fn usages(context: &Context<'_>) -> Vec<ExtendedKeyUsage> {
    let parsed = |text: &String| text.parse().ok();
    context.rows("usages").iter().filter_map(parsed).collect()
}
