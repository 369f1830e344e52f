//! What it is for: a profile, or a role of a node.

use std::collections::BTreeSet;

use super::super::{Context, Note};
use super::{about, note};
use crate::inventory::{Fault, Item};
use crate::kubernetes::cfssl::CfsslRequest;
use crate::kubernetes::role::{Role, RoleId};
use crate::model::IssueAbout;
use crate::model::theme::Tone;
use crate::pki::ExtendedKeyUsage;
use crate::plan::issue::{RolePlace, is_of_a_node, issuable_roles, place_of_role};
use crate::plan::{Profile, Purpose};
use crate::ui::text;

/// The profiles, then by role.
pub(super) fn purposes() -> Vec<String> {
    let word = |profile: Profile| match profile {
        Profile::Authority => "intermediate CA".to_owned(),
        other => other.to_string(),
    };
    Profile::ALL
        .into_iter()
        .map(word)
        .chain(["a role of Kubernetes".to_owned()])
        .collect()
}

pub(super) fn first_purpose(context: &Context<'_>) -> usize {
    match about(context) {
        IssueAbout::Role(_) => Profile::ALL.len(),
        IssueAbout::Anything
        | IssueAbout::Authority(_)
        | IssueAbout::Request
        | IssueAbout::Written => 0,
    }
}

/// The profile; `None`: by role.
pub(super) fn profile(context: &Context<'_>) -> Option<Profile> {
    Profile::ALL.get(context.choice("what")).copied()
}

pub(super) fn purpose_notes(context: &Context<'_>) -> Vec<Note> {
    let words = profile(context).map_or(
        "a certificate that a component of Kubernetes reads, as its role wants it",
        Profile::words,
    );
    vec![note(words, Tone::Text)]
}

/// Every role that is issued by itself, those that no certificate of this master has first.
fn roles(context: &Context<'_>) -> Vec<(&'static Role, bool)> {
    let items = context.world.inventory().items.iter();
    let there: BTreeSet<RoleId> = items
        .filter(|item| item.content.is_ok())
        .flat_map(|item| &item.roles)
        .map(|role| role.id)
        .collect();
    let (mut roles, others): (Vec<_>, Vec<_>) = issuable_roles(context.world.inventory())
        .map(|role| (role, !there.contains(&role.id)))
        .partition(|(_, is_missing)| *is_missing);
    roles.extend(others);
    roles
}

pub(super) fn role_words(context: &Context<'_>) -> Vec<String> {
    let words = |(role, is_missing): (&Role, bool)| {
        if is_missing {
            format!("{} (not here)", role.name)
        } else {
            role.name.to_owned()
        }
    };
    roles(context).into_iter().map(words).collect()
}

pub(super) fn first_role(context: &Context<'_>) -> usize {
    let IssueAbout::Role(wanted) = about(context) else {
        return 0;
    };
    roles(context)
        .iter()
        .position(|(role, _)| role.id == *wanted)
        .unwrap_or(0)
}

/// The role and its place on this master; `None`: by profile.
pub(super) fn role(context: &Context<'_>) -> Option<(&'static Role, RolePlace)> {
    if profile(context).is_some() {
        return None;
    }
    let (role, _) = roles(context).into_iter().nth(context.choice("role"))?;
    Some((role, place_of_role(context.world.inventory(), role)))
}

pub(super) fn role_notes(context: &Context<'_>) -> Vec<Note> {
    let Some((role, _)) = role(context) else {
        return vec![note(
            "no role's certificate is issued by itself",
            Tone::Warn,
        )];
    };
    let mut notes = vec![note(role.purpose, Tone::Text)];
    if lacks(context, role.id) {
        notes.push(note(
            format!("missing: {}", role.consequence.words()),
            Tone::Warn,
        ));
    }
    notes
}

/// Whether something here names the file of this role, and it is not there.
fn lacks(context: &Context<'_>, id: RoleId) -> bool {
    let mut items = context.world.inventory().items.iter();
    items.any(|item| {
        item.in_use
            && matches!(item.content, Err(Fault::Absent(_)))
            && item.roles.first().is_some_and(|role| role.id == id)
    })
}

pub(super) fn usual_node(context: &Context<'_>) -> String {
    let own = context.world.inventory().node.clone();
    own.map_or_else(|| "this one".to_owned(), |name| text::show(&name))
}

/// The node as it is meant: that which was named, else this one.
pub(super) fn node(context: &Context<'_>) -> Option<String> {
    Some(context.text("node"))
        .filter(|node| !node.is_empty())
        .map(str::to_owned)
        .or_else(|| context.world.inventory().node.clone())
}

/// Whether this very node is meant.
pub(super) fn is_here(context: &Context<'_>) -> bool {
    let named = context.text("node");
    named.is_empty() || context.world.inventory().node.as_deref() == Some(named)
}

/// Where the files of a role go.
pub(super) fn place_notes(context: &Context<'_>) -> Vec<Note> {
    let Some((role, place)) = role(context) else {
        return Vec::new();
    };
    let words = match place {
        _ if !is_here(context) => return Vec::new(),
        RolePlace::Free { certificate, .. } => {
            let place = format!("in its place: {}", text::show(&certificate));
            let mut notes = vec![note(place, Tone::Text)];
            notes.extend(other_file(context, role.id));
            return notes;
        }
        RolePlace::Taken { certificate, .. } => format!(
            "{} is there already: renew it, or name another node",
            text::show(&certificate)
        ),
        RolePlace::Nowhere => "this layout has no place for it: name one".to_owned(),
    };
    vec![note(words, Tone::Warn)]
}

/// The file elsewhere that has this role already, as the kubelet keeps its own.
fn other_file(context: &Context<'_>, id: RoleId) -> Option<Note> {
    let mut items = context.world.inventory().items.iter();
    let has = |item: &&Item| item.content.is_ok() && item.roles.iter().any(|role| role.id == id);
    let other = items.find(has)?;
    let path = text::show(&other.path);
    Some(note(format!("{path} has this role already"), Tone::Warn))
}

/// Whether somebody dials it by its names.
pub(super) fn is_dialled(context: &Context<'_>) -> bool {
    let serves = |role: &Role| {
        role.extended_key_usage
            .contains(&ExtendedKeyUsage::ServerAuth)
    };
    profile(context).map_or_else(
        || role(context).is_some_and(|(role, _)| serves(role)),
        Profile::is_served,
    )
}

/// The same where it is no role's.
pub(super) fn is_served(context: &Context<'_>) -> bool {
    profile(context).is_some_and(Profile::is_served)
}

/// A line's text where it is `asked` for, and not empty.
pub(super) fn given(context: &Context<'_>, name: &str, asked: bool) -> Option<String> {
    Some(context.text(name))
        .filter(|text| asked && !text.is_empty())
        .map(str::to_owned)
}

/// The name of the Secret for an Ingress.
pub(super) fn ingress(context: &Context<'_>) -> Option<String> {
    given(context, "ingress", is_for_ingress(context))
}

/// Whether it may be for an Ingress, which is given the certificate: a request is not enough.
pub(super) fn is_for_ingress(context: &Context<'_>) -> bool {
    profile(context) == Some(Profile::Server) && !is_request(context)
}

/// What it is for.
pub(super) fn purpose(context: &Context<'_>) -> Purpose {
    if let Some(profile) = profile(context) {
        return Purpose::Profile(profile);
    }
    // Where no role can be issued a fault says so before this is asked for.
    let role = role(context).map_or(RoleId::Apiserver, |(role, _)| role.id);
    Purpose::Role {
        role,
        node: given(context, "node", true),
    }
}

/// Whether somebody else shall sign it: what is made is a request.
pub(super) fn is_request(context: &Context<'_>) -> bool {
    matches!(about(context), IssueAbout::Request | IssueAbout::Written)
}

/// The pasted request that says who it is.
pub(super) fn written<'a>(context: &Context<'a>) -> Option<&'a CfsslRequest> {
    let is_written = *about(context) == IssueAbout::Written;
    let pasted = context.world.pasted.as_ref().filter(|_| is_written)?;
    pasted.cfssl.first()
}

/// What is wrong with what it is for.
pub(super) fn faults(context: &Context<'_>) -> Vec<(&'static str, String)> {
    let Some((role, _)) = role(context) else {
        let why = "no role's certificate is issued by itself: choose something else".to_owned();
        return profile(context)
            .is_none()
            .then_some(("what", why))
            .into_iter()
            .collect();
    };
    let is_unknown = is_of_a_node(role) && node(context).is_none();
    let why = "this node's name is not known here: which one is it?".to_owned();
    is_unknown.then_some(("node", why)).into_iter().collect()
}
