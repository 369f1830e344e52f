//! Renewal otherwise than as it is: lifetime, key, names, files.

mod lifetime;
mod sans;

use super::{Context, Field, Kind, Line, Note, Step, Wizard, always, days, nothing};
use crate::inventory::state::Status;
use crate::inventory::tree::Issuer;
use crate::inventory::{Item, ItemIndex, KeyState};
use crate::model::WizardName;
use crate::model::theme::Tone;
use crate::pki::key::KeyAlgorithm;
use crate::plan::{self, Passphrase, RenewRequest, Request, SanChange, Selection, due};
use crate::ui::outcome;
use crate::ui::text;
use crate::ui::words;
use sans::{check_name, name_notes, names, names_before};

/// More certificates than these are not decoded for a page.
const MOST_DECODED: usize = 500;

pub(super) static WIZARD: Wizard = Wizard {
    title,
    steps: &[
        Step {
            title: "lifetime and key",
            page: None,
            fields: &[
                Field {
                    name: "days",
                    label: "lives for",
                    help: "from now on: 90 (days), 90d, 12w or 1y; empty for the usual",
                    kind: Kind::Text(Line {
                        start: lifetime::before,
                        usual: days::usual,
                        unit: days::unit,
                        check: days::check,
                    }),
                    asked: always,
                    notes: lifetime::end,
                },
                Field {
                    name: "key",
                    label: "key",
                    help: "take a new one, unless something outside knows the old one by its fingerprint",
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
                    kind: Kind::Choice {
                        options: algorithms,
                        start: algorithm_before,
                    },
                    asked: |context| context.choice("key") == 0,
                    notes: algorithm_notes,
                },
            ],
        },
        Step {
            title: "names",
            page: None,
            fields: &[
                Field {
                    name: "sans",
                    label: "names",
                    help: "DNS names, IP addresses, e-mail addresses, URIs; paste a whole list, Space on a name takes it away",
                    kind: Kind::List {
                        base: names,
                        start: names_before,
                        one: "name",
                        check: check_name,
                    },
                    asked: always,
                    notes: name_notes,
                },
                Field {
                    name: "identity",
                    label: "identity",
                    help: "today's specification: the names, groups and usages that Kubernetes asks of such a certificate now",
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
            page: None,
            fields: &[
                Field {
                    name: "copies",
                    label: "copies",
                    help: "kubeconfigs of users with the same certificate: left as they are, they keep the old one",
                    kind: Kind::Toggle {
                        words: ["renew them too", "leave them"],
                        start: |context| {
                            request_before(context).is_none_or(|old| old.refresh_copies)
                        },
                    },
                    asked: |context| !copies(context).is_empty(),
                    notes: copies,
                },
                Field {
                    name: "modes",
                    label: "key files",
                    help: "0600: only its owner can read a private key",
                    kind: Kind::Toggle {
                        words: ["make them 0600", "leave them as they are"],
                        start: |context| before(context, |old| old.tighten_modes),
                    },
                    asked: always,
                    notes: modes,
                },
                Field {
                    name: "passphrase",
                    label: "passphrase",
                    help: "of the encrypted CA key: used once and kept nowhere; leave it empty to be asked later",
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
    let algorithm = context
        .choice("algorithm")
        .checked_sub(1)
        .and_then(|at| KeyAlgorithm::ALL.get(at))
        .copied();
    let keep_key = context.choice("key") == 1;
    let secret = context.secret("passphrase");
    Request::Renew(RenewRequest {
        days: days::days(context.text("days")).ok(),
        keep_key,
        key_algorithm: algorithm.filter(|_| !keep_key),
        sans: added
            .into_iter()
            .map(SanChange::Add)
            .chain(removed.into_iter().map(SanChange::Remove))
            .collect(),
        to_specification: context.choice("identity") == 1,
        refresh_copies: context.is_on("copies"),
        tighten_modes: context.is_on("modes"),
        passphrases: secret
            .map(|text| Passphrase {
                asked_for: None,
                text,
            })
            .into_iter()
            .collect(),
        ..RenewRequest::new(what(context).clone())
    })
}

fn what<'a>(context: &Context<'a>) -> &'a Selection {
    match context.about {
        WizardName::Renew(what) => what,
        _ => &Selection::Due,
    }
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
    outcome::renewal(context.world, what(context))
}

/// The certificates that are meant.
fn targets<'a>(context: &Context<'a>) -> Vec<(ItemIndex, &'a Item)> {
    let inventory = context.world.inventory();
    let all = inventory
        .indexed()
        .filter(|(_, item)| item.in_use && !item.is_authority());
    match what(context) {
        Selection::Items(ids) => ids
            .iter()
            .filter_map(|id| context.world.item_named(id))
            .collect(),
        Selection::Due => {
            // Who is well, or has not begun, is not asked for the reasons.
            let ends = |index| {
                !matches!(
                    context.world.status(index),
                    Status::Ok | Status::NotYetValid
                )
            };
            let is_due = |index, item| due(inventory, index, item, context.world.now).is_ok();
            all.filter(|(index, item)| ends(*index) && is_due(*index, item))
                .collect()
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

fn keys(_: &Context<'_>) -> Vec<String> {
    vec!["a new one".to_owned(), "keep it".to_owned()]
}

fn algorithms(context: &Context<'_>) -> Vec<String> {
    let of = |item: &Item| {
        item.certificate()
            .map(|certificate| certificate.details().key_algorithm.to_string())
    };
    let mut old: Vec<String> = targets(context)
        .into_iter()
        .take(MOST_DECODED)
        .filter_map(|(_, item)| of(item))
        .collect();
    old.sort();
    old.dedup();
    let same = match old.as_slice() {
        [one] => format!("as it is ({})", text::show(one)),
        _ => "as it is".to_owned(),
    };
    std::iter::once(same)
        .chain(KeyAlgorithm::ALL.map(|algorithm| algorithm.to_string()))
        .collect()
}

fn algorithm_before(context: &Context<'_>) -> usize {
    let old = request_before(context).and_then(|old| old.key_algorithm);
    old.and_then(|old| KeyAlgorithm::ALL.iter().position(|one| *one == old))
        .map_or(0, |at| at + 1)
}

fn algorithm_notes(context: &Context<'_>) -> Vec<Note> {
    match context
        .choice("algorithm")
        .checked_sub(1)
        .and_then(|at| KeyAlgorithm::ALL.get(at))
    {
        Some(KeyAlgorithm::Ed25519) => {
            vec![("kubeadm cannot read Ed25519 keys".to_owned(), Tone::Warn)]
        }
        Some(KeyAlgorithm::EcdsaP521) => {
            vec![("kubeadm never makes such keys".to_owned(), Tone::Dim)]
        }
        _ => Vec::new(),
    }
}

fn identities(_: &Context<'_>) -> Vec<String> {
    vec!["as it is".to_owned(), "to today's specification".to_owned()]
}

fn identity_notes(context: &Context<'_>) -> Vec<Note> {
    if context.choice("identity") == 0 {
        return Vec::new();
    }
    vec![(
        "what is missing is added, nothing is taken away; the review shows what".to_owned(),
        Tone::Dim,
    )]
}

/// The copies that the plan would refresh.
fn copies(context: &Context<'_>) -> Vec<Note> {
    let inventory = context.world.inventory();
    let mut paths: Vec<String> = targets(context)
        .into_iter()
        .flat_map(|(index, item)| plan::copies(inventory, index, item))
        .filter_map(|copy| {
            Some(words::short_path(
                context.world,
                &inventory.item(copy)?.path,
            ))
        })
        .collect();
    paths.sort();
    paths.dedup();
    paths.into_iter().map(|path| (path, Tone::Text)).collect()
}

fn modes(context: &Context<'_>) -> Vec<Note> {
    let open = |item: &Item| {
        Some((item.key.mode? & 0o077, item.key.path.clone()?)).filter(|(bits, _)| *bits != 0)
    };
    let mut found: Vec<Note> = targets(context)
        .into_iter()
        .filter_map(|(_, item)| Some((open(item)?.1, item.key.mode?)))
        .map(|(path, mode)| {
            (
                format!(
                    "{:04o} {}",
                    mode & 0o7777,
                    words::short_path(context.world, &path)
                ),
                Tone::Warn,
            )
        })
        .collect();
    found.dedup();
    if found.is_empty() {
        found.push((
            "all of them are readable by their owner alone already".to_owned(),
            Tone::Dim,
        ));
    }
    found
}

fn has_encrypted_authority(context: &Context<'_>) -> bool {
    authorities(context)
        .iter()
        .any(|ca| ca.key.state == KeyState::Encrypted)
}
