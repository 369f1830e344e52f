//! A bootstrap token that lets nobody in any more.

use super::{Draft, SECRET_MODE, paths_of};
use crate::inventory::Inventory;
use crate::inventory::bootstrap::TokenKind;
use crate::kubernetes::bootstrap::{expire, secret_name, tokens_from_yaml};
use crate::pki::Secret;
use crate::pki::text::printable;
use crate::plan::PlanError;

/// The manifests that hold the token.
pub(super) fn files_of(inventory: &Inventory, id: &str) -> Result<Vec<String>, PlanError> {
    let paths = paths_of(inventory, TokenKind::Secret, |found, _| found == id);
    if !paths.is_empty() {
        return Ok(paths);
    }
    let known = paths_of(inventory, TokenKind::Secret, |_, _| true);
    let refused = PlanError::refused(format!(
        "no manifest here has the bootstrap token \"{}\"",
        printable(id)
    ));
    let in_cluster =
        "kubectl -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token";
    Err(match known.len() {
        0 => refused.because("there is no manifest of a bootstrap token here"),
        _ => refused,
    }
    .hint(format!("those that the cluster has: {in_cluster}")))
}

pub(super) fn end(draft: &mut Draft<'_>, id: &str) -> Result<(), PlanError> {
    let moment = draft.context.moment;
    let mut ended = Vec::new();
    for path in files_of(draft.inventory, id)? {
        let text = draft.text(&path)?;
        let tokens = tokens_from_yaml(text).map_err(|error| refused(&path, &error.to_string()))?;
        if tokens
            .iter()
            .filter(|token| token.id == id)
            .all(|token| token.expires.is_some_and(|end| end <= moment))
        {
            continue;
        }
        let edited =
            expire(text, id, moment).map_err(|error| refused(&path, &error.to_string()))?;
        draft.write(
            &path,
            Secret::from(edited),
            draft.mode(&path, SECRET_MODE),
            &format!("{} ends", secret_name(id)),
        )?;
        ended.push(path);
    }
    if ended.is_empty() {
        draft.title = format!("The bootstrap token {id} has ended already");
        return Ok(());
    }
    draft.title = format!("End the bootstrap token {id}");
    for path in &ended {
        draft.hand_over(path);
    }
    draft.commands.push(format!(
        "# or: kubectl -n kube-system delete secret {}",
        secret_name(id)
    ));
    draft.warn(
        "the cluster's own copy lets in until it is told: kubectl apply, or delete the Secret",
    );
    draft.ask("who holds it cannot join any more");
    let held = draft
        .inventory
        .bootstrap
        .tokens
        .iter()
        .filter(|token| token.id == id);
    let held: Vec<String> = held
        .flat_map(|token| &token.kubeconfigs)
        .map(|path| printable(path).into_owned())
        .collect();
    if !held.is_empty() {
        draft.warn(format!(
            "{} holds it, and lets nobody in any more",
            held.join(", ")
        ));
    }
    Ok(())
}

fn refused(path: &str, why: &str) -> PlanError {
    PlanError::refused(format!(
        "{} cannot be changed without changing more",
        printable(path)
    ))
    .because(why)
    .hint("delete the Secret in the cluster, and then this file")
}
