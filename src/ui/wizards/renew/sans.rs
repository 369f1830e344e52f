//! The names that a new certificate is to have.

use super::super::{Context, Note};
use super::{request_before, targets, what};
use crate::inventory::{Item, Purpose};
use crate::model::theme::Tone;
use crate::pki::GeneralName;
use crate::plan::{SanChange, Selection};

/// As one would type it: without its kind, where that is plain.
fn bare(name: &GeneralName) -> String {
    let short = match name {
        GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) => text.clone(),
        GeneralName::Ip(address) => address.to_string(),
        GeneralName::Other(_) => return name.to_string(),
    };
    if short.parse().as_ref() == Ok(name) {
        short
    } else {
        name.to_string()
    }
}

/// The names that each of them has; where not these very ones are meant, those that any of them
/// has.
pub(super) fn names(context: &Context<'_>) -> Vec<String> {
    let mut each = targets(context)
        .into_iter()
        .filter_map(|(_, item)| item.certificate())
        .map(|certificate| {
            certificate
                .details()
                .subject_alt_names
                .iter()
                .map(bare)
                .collect::<Vec<_>>()
        });
    let mut names = each.next().unwrap_or_default();
    for more in each {
        if matches!(what(context), Selection::Items(_)) {
            names.retain(|name| more.contains(name));
        } else {
            let new: Vec<String> = more
                .into_iter()
                .filter(|name| !names.contains(name))
                .collect();
            names.extend(new);
        }
    }
    names
}

pub(super) fn names_before(context: &Context<'_>) -> (Vec<String>, Vec<String>) {
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for change in request_before(context).iter().flat_map(|old| &old.sans) {
        match change {
            SanChange::Add(name) => added.push(name.clone()),
            SanChange::Remove(name) => removed.push(name.clone()),
        }
    }
    (added, removed)
}

pub(super) fn check_name(context: &Context<'_>, text: &str) -> Result<(), String> {
    let name = text
        .parse::<GeneralName>()
        .map_err(|error| error.to_string())?;
    let (added, removed) = context.list("sans");
    let is_it = |one: &String| one.parse().as_ref() == Ok(&name);
    if removed.iter().any(is_it) {
        return Err(format!(
            "{text} is there and was taken away: Space on its line keeps it"
        ));
    }
    let is_there = added.iter().any(is_it) || names(context).iter().any(is_it);
    if is_there {
        Err(format!("{text} is there already"))
    } else {
        Ok(())
    }
}

pub(super) fn name_notes(context: &Context<'_>) -> Vec<Note> {
    let several = targets(context).len() > 1;
    let by_name = matches!(what(context), Selection::Items(_));
    let mut notes = Vec::new();
    if several {
        let words = if by_name {
            "the names that all of them have; a new name goes into each"
        } else {
            "all names that any of them has; a new name goes into those of servers"
        };
        notes.push((words.to_owned(), Tone::Dim));
    }
    let is_client = |item: &Item| item.purpose() == Some(Purpose::Client);
    if by_name && targets(context).iter().all(|(_, item)| is_client(item)) {
        notes.push((
            "nothing looks at the names of a client certificate".to_owned(),
            Tone::Dim,
        ));
    }
    notes
}
