//! Renewal otherwise than as it is: lifetime, key, names, files.

use time::{Duration, OffsetDateTime};

use super::{Context, Field, Kind, Line, Note, Step, Wizard, always, nothing};
use crate::inventory::state::Status;
use crate::inventory::tree::Issuer;
use crate::inventory::{Item, ItemIndex, KeyState, Source};
use crate::kubernetes::layout;
use crate::model::WizardName;
use crate::pki::GeneralName;
use crate::pki::key::KeyAlgorithm;
use crate::plan::{Passphrase, RenewRequest, Request, SanChange, Selection, due};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::words;

/// More certificates than these are not decoded for a page.
const MOST_DECODED: usize = 500;

/// More days than these are no lifetime: as the command's flag has it.
const MOST_DAYS: u32 = 36_500;

pub(super) static WIZARD: Wizard = Wizard {
    title,
    steps: &[
        Step {
            title: "lifetime and key",
            fields: &[
                Field {
                    name: "days",
                    label: "lives for",
                    help: "from now, in days; empty for the usual",
                    kind: Kind::Number(Line { start: days_before, usual: usual_days, check: check_days }, "days"),
                    asked: always,
                    notes: end,
                },
                Field {
                    name: "key",
                    label: "key",
                    help: "a new key ends the trust in one that has leaked; keep it where something pins it",
                    kind: Kind::Choice {
                        options: keys,
                        start: |context| usize::from(before(context, |old| old.keep_key)),
                    },
                    asked: always,
                    notes: nothing,
                },
                Field {
                    name: "algorithm",
                    label: "algorithm",
                    help: "of the new key",
                    kind: Kind::Choice { options: algorithms, start: algorithm_before },
                    asked: |context| context.choice("key") == 0,
                    notes: algorithm_notes,
                },
            ],
        },
        Step {
            title: "names",
            fields: &[
                Field {
                    name: "sans",
                    label: "names",
                    help: "DNS names, IP addresses, e-mail addresses, URIs; Enter adds, Space on a name takes it away",
                    kind: Kind::List { base: names, start: names_before, one: "name", check: check_name },
                    asked: always,
                    notes: name_notes,
                },
                Field {
                    name: "identity",
                    label: "identity",
                    help: "today's specification may know more names, groups and usages than the old certificate has",
                    kind: Kind::Choice {
                        options: identities,
                        start: |context| usize::from(before(context, |old| old.to_specification)),
                    },
                    asked: always,
                    notes: identity_notes,
                },
            ],
        },
        Step {
            title: "files",
            fields: &[
                Field {
                    name: "copies",
                    label: "copies",
                    help: "other kubeconfigs with the same certificate, as ~/.kube/config, get the new one too",
                    kind: Kind::Toggle(|context| request_before(context).is_none_or(|old| old.refresh_copies)),
                    asked: has_kubeconfig,
                    notes: copies,
                },
                Field {
                    name: "modes",
                    label: "modes",
                    help: "private keys that others can read become 0600",
                    kind: Kind::Toggle(|context| before(context, |old| old.tighten_modes)),
                    asked: always,
                    notes: modes,
                },
                Field {
                    name: "passphrase",
                    label: "passphrase",
                    help: "of the encrypted CA key: used once, kept nowhere; empty to be asked later",
                    kind: Kind::Secret,
                    asked: has_encrypted_authority,
                    notes: nothing,
                },
            ],
        },
    ],
    request,
};

fn request(context: &Context<'_>) -> Request {
    let (added, removed) = context.list("sans");
    let algorithm = context.choice("algorithm").checked_sub(1).and_then(|at| KeyAlgorithm::ALL.get(at)).copied();
    let keep_key = context.choice("key") == 1;
    let secret = context.secret("passphrase");
    Request::Renew(RenewRequest {
        days: context.text("days").parse().ok(),
        keep_key,
        key_algorithm: algorithm.filter(|_| !keep_key),
        sans: added.into_iter().map(SanChange::Add).chain(removed.into_iter().map(SanChange::Remove)).collect(),
        to_specification: context.choice("identity") == 1,
        refresh_copies: context.is_on("copies"),
        tighten_modes: context.is_on("modes"),
        passphrases: secret.map(|text| Passphrase { asked_for: None, text }).into_iter().collect(),
        ..RenewRequest::new(what(context).clone())
    })
}

fn what<'a>(context: &Context<'a>) -> &'a Selection {
    let WizardName::Renew(what) = context.about;
    what
}

/// The request of the plan that is looked at, where it is about the same certificates.
fn request_before<'a>(context: &Context<'a>) -> Option<&'a RenewRequest> {
    match &context.world.change.as_ref()?.request {
        Request::Renew(old) if old.what == *what(context) => Some(old),
        _ => None,
    }
}

fn before(context: &Context<'_>, answer: fn(&RenewRequest) -> bool) -> bool {
    request_before(context).is_some_and(answer)
}

fn title(context: &Context<'_>) -> String {
    match what(context) {
        Selection::Due => "Renew what is due".to_owned(),
        Selection::All => "Renew all".to_owned(),
        Selection::Items(ids) => match ids.as_slice() {
            [id] => {
                let name = context.world.item_named(id).map(|(_, item)| words::item_name(context.world, item));
                format!("Renew {}", name.unwrap_or_else(|| text::show(id)))
            }
            more => format!("Renew {} certificates", more.len()),
        },
    }
}

/// The certificates that are meant.
fn targets<'a>(context: &Context<'a>) -> Vec<(ItemIndex, &'a Item)> {
    let inventory = context.world.inventory();
    let all = inventory.indexed().filter(|(_, item)| item.in_use && !item.is_authority());
    match what(context) {
        Selection::Items(ids) => ids.iter().filter_map(|id| context.world.item_named(id)).collect(),
        Selection::Due => {
            let ends = |index| matches!(context.world.status(index), Status::Expired | Status::Expiring);
            let is_due = |index, item| due(inventory, index, item, context.world.now).is_ok();
            all.filter(|(index, item)| ends(*index) && is_due(*index, item)).collect()
        }
        Selection::All => all.collect(),
    }
}

/// The CAs that signed them, each once.
fn authorities<'a>(context: &Context<'a>) -> Vec<&'a Item> {
    let inventory = context.world.inventory();
    let mut found: Vec<&Item> = Vec::new();
    for (index, _) in targets(context) {
        if let Issuer::Item(issuer) = inventory.tree.issuer(index)
            && let Some(item) = inventory.item(issuer)
            && !found.iter().any(|known| known.id == item.id)
        {
            found.push(item);
        }
    }
    found
}

fn days_before(context: &Context<'_>) -> String {
    request_before(context).and_then(|old| old.days).map(|days| days.to_string()).unwrap_or_default()
}

fn usual_days(context: &Context<'_>) -> String {
    let layouts = || layout::layout(&context.world.inventory().layout).map_or(365, |layout| layout.lifetime_days);
    context.world.settings.lifetime_days.unwrap_or_else(layouts).to_string()
}

fn check_days(_: &Context<'_>, text: &str) -> Result<(), String> {
    let days = text.parse::<u32>().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    days.map(drop).ok_or_else(|| format!("a number of days from 1 to {MOST_DAYS}"))
}

/// Until when the answer lets them live.
fn end(context: &Context<'_>) -> Vec<Note> {
    let text = context.text("days");
    let days = if text.is_empty() { usual_days(context) } else { text.to_owned() };
    let days = days.parse::<u32>().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    let asked = days.and_then(|days| context.world.now.checked_add(Duration::days(i64::from(days))));
    let Some(asked) = asked else { return Vec::new() };
    let ends = |item: &Item| item.certificate().map(crate::pki::Certificate::not_after);
    let first = authorities(context).into_iter().filter_map(|ca| Some((ends(ca)?, ca))).min_by_key(|(end, _)| *end);
    let mut notes = vec![(format!("until {}", text::moment_words(asked, 0)), Role::Text)];
    let mut until = asked;
    if let Some((end, ca)) = first.filter(|(end, _)| *end < asked) {
        let name = words::item_name(context.world, ca);
        notes.push((format!("but the CA {name} ends on {}, and with it what it signs", text::date(end)), Role::Warn));
        until = end;
    }
    notes.extend(shortened(context, until));
    notes
}

fn shortened(context: &Context<'_>, until: OffsetDateTime) -> Option<Note> {
    let longer = |item: &Item| item.certificate().is_some_and(|old| old.not_after() > until);
    let names: Vec<String> = targets(context)
        .into_iter()
        .filter(|(_, item)| longer(item))
        .map(|(_, item)| words::item_name(context.world, item))
        .collect();
    match names.as_slice() {
        [] => None,
        [one] => Some((format!("{one} lives longer than that now"), Role::Warn)),
        [one, more @ ..] => Some((format!("{one} and {} more live longer than that now", more.len()), Role::Warn)),
    }
}

fn keys(_: &Context<'_>) -> Vec<String> {
    vec!["a new one".to_owned(), "keep it".to_owned()]
}

fn algorithms(context: &Context<'_>) -> Vec<String> {
    let of = |item: &Item| item.certificate().map(|certificate| certificate.details().key_algorithm);
    let mut old: Vec<String> =
        targets(context).into_iter().take(MOST_DECODED).filter_map(|(_, item)| of(item)).collect();
    old.sort();
    old.dedup();
    let same = match old.as_slice() {
        [one] => format!("as it is ({})", text::show(one)),
        _ => "as it is".to_owned(),
    };
    std::iter::once(same).chain(KeyAlgorithm::ALL.map(|algorithm| algorithm.to_string())).collect()
}

fn algorithm_before(context: &Context<'_>) -> usize {
    let old = request_before(context).and_then(|old| old.key_algorithm);
    old.and_then(|old| KeyAlgorithm::ALL.iter().position(|one| *one == old)).map_or(0, |at| at + 1)
}

fn algorithm_notes(context: &Context<'_>) -> Vec<Note> {
    match context.choice("algorithm").checked_sub(1).and_then(|at| KeyAlgorithm::ALL.get(at)) {
        Some(KeyAlgorithm::Ed25519) => vec![("kubeadm does not read Ed25519 keys".to_owned(), Role::Warn)],
        Some(KeyAlgorithm::EcdsaP521) => vec![("kubeadm makes no such keys".to_owned(), Role::Dim)],
        _ => Vec::new(),
    }
}

/// As one would type it: without its kind, where that is plain.
fn bare(name: &GeneralName) -> String {
    let short = match name {
        GeneralName::Dns(text) | GeneralName::Email(text) | GeneralName::Uri(text) => text.clone(),
        GeneralName::Ip(address) => address.to_string(),
        GeneralName::Other(_) => return name.to_string(),
    };
    if short.parse().as_ref() == Ok(name) { short } else { name.to_string() }
}

/// The names that each of them has; where not these very ones are meant, those that any of them has.
fn names(context: &Context<'_>) -> Vec<String> {
    let mut each = targets(context)
        .into_iter()
        .filter_map(|(_, item)| item.certificate())
        .map(|certificate| certificate.details().subject_alt_names.iter().map(bare).collect::<Vec<_>>());
    let mut names = each.next().unwrap_or_default();
    for more in each {
        if matches!(what(context), Selection::Items(_)) {
            names.retain(|name| more.contains(name));
        } else {
            let new: Vec<String> = more.into_iter().filter(|name| !names.contains(name)).collect();
            names.extend(new);
        }
    }
    names
}

fn names_before(context: &Context<'_>) -> (Vec<String>, Vec<String>) {
    let (mut added, mut removed) = (Vec::new(), Vec::new());
    for change in request_before(context).iter().flat_map(|old| &old.sans) {
        match change {
            SanChange::Add(name) => added.push(name.clone()),
            SanChange::Remove(name) => removed.push(name.clone()),
        }
    }
    (added, removed)
}

fn check_name(context: &Context<'_>, text: &str) -> Result<(), String> {
    let name = text.parse::<GeneralName>().map_err(|error| error.to_string())?;
    let (added, removed) = context.list("sans");
    let is_it = |one: &String| one.parse().as_ref() == Ok(&name);
    let goes = removed.iter().any(is_it);
    if goes || added.iter().any(is_it) || names(context).iter().any(is_it) {
        return Err(if goes { "it is there, and goes: take that back" } else { "it is there already" }.to_owned());
    }
    Ok(())
}

fn name_notes(context: &Context<'_>) -> Vec<Note> {
    let several = targets(context).len() > 1;
    let by_name = matches!(what(context), Selection::Items(_));
    let mut notes = Vec::new();
    if several {
        let words = if by_name {
            "these are the names that each of them has; a new one goes into each"
        } else {
            "these are the names that any of them has; a new one goes into those of servers"
        };
        notes.push((words.to_owned(), Role::Dim));
    }
    let is_client = |item: &Item| item.kind() == "client";
    if by_name && targets(context).iter().all(|(_, item)| is_client(item)) {
        notes.push(("a client's names are looked at by nobody".to_owned(), Role::Dim));
    }
    notes
}

fn identities(_: &Context<'_>) -> Vec<String> {
    vec!["as it is".to_owned(), "to today's specification".to_owned()]
}

fn identity_notes(context: &Context<'_>) -> Vec<Note> {
    if context.choice("identity") == 0 {
        return Vec::new();
    }
    vec![("adds what is missing and takes nothing away; the review shows what".to_owned(), Role::Dim)]
}

fn copies(context: &Context<'_>) -> Vec<Note> {
    let mut copies: Vec<String> = targets(context)
        .into_iter()
        .flat_map(|(_, item)| &item.copies)
        .map(|path| words::short_path(context.world, path))
        .collect();
    copies.sort();
    copies.dedup();
    if copies.is_empty() {
        vec![("none is known here".to_owned(), Role::Dim)]
    } else {
        copies.into_iter().map(|path| (path, Role::Text)).collect()
    }
}

fn modes(context: &Context<'_>) -> Vec<Note> {
    let open = |item: &Item| Some((item.key.mode? & 0o077, item.key.path.clone()?)).filter(|(bits, _)| *bits != 0);
    let mut found: Vec<Note> = targets(context)
        .into_iter()
        .filter_map(|(_, item)| Some((open(item)?.1, item.key.mode?)))
        .map(|(path, mode)| (format!("{:04o} {}", mode & 0o7777, words::short_path(context.world, &path)), Role::Warn))
        .collect();
    found.dedup();
    if found.is_empty() {
        found.push(("no key of these can be read by others".to_owned(), Role::Dim));
    }
    found
}

fn has_kubeconfig(context: &Context<'_>) -> bool {
    targets(context).iter().any(|(_, item)| matches!(item.source, Source::Kubeconfig { .. }))
}

fn has_encrypted_authority(context: &Context<'_>) -> bool {
    authorities(context).iter().any(|ca| ca.key.state == KeyState::Encrypted)
}
