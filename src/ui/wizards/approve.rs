//! How requests are signed: by which CA, for how long, without which names.

use std::sync::Arc;

use super::{Context, Field, Kind, Line, Note, Step, Wizard, always, days, nothing};
use crate::inventory::{Inventory, RequestItem};
use crate::kubernetes::signing_request::check_signer;
use crate::model::WizardName;
use crate::model::theme::Tone;
use crate::pki::ExtendedKeyUsage;
use crate::pki::usage::joined;
use crate::plan::issue::{authorities, check_out, folder_of};
use crate::plan::{ApproveRequest, AskedDecision, DecideRequest, Passphrase, Request};
use crate::record::Answer;
use crate::ui::{requests, text, words};

pub(super) static WIZARD: Wizard = Wizard {
    title,
    steps: &[Step {
        title: "signature",
        page: None,
        fields: &[
            Field {
                name: "authority",
                label: "by",
                help: "the CA that signs",
                kind: Kind::Choice {
                    options: choices,
                    start: |_| 0,
                },
                asked: always,
                notes: nothing,
            },
            Field {
                name: "usage",
                label: "for",
                help: "what it is for: the request does not say",
                kind: Kind::Choice {
                    options: |_| purposes().map(|one| joined(&one)).collect(),
                    start: |_| 0,
                },
                asked: |context| all(context).iter().any(|one| requests::wants_usage(one)),
                notes: nothing,
            },
            Field {
                name: "signer",
                label: "signer",
                help: "the signer that is meant: certificates.k8s.io/v1beta1 did not ask for one",
                kind: Kind::Text(Line {
                    start: |_| String::new(),
                    usual: |_| String::new(),
                    unit: |_| "",
                    check: |_, text| check_signer(text),
                }),
                asked: |context| all(context).iter().any(|one| requests::wants_signer(one)),
                notes: nothing,
            },
            Field {
                name: "days",
                label: "lives",
                help: "days from now, never longer than its CA; empty: as the request and its signer say",
                kind: Kind::Text(Line {
                    start: |_| String::new(),
                    usual: |_| "as asked".to_owned(),
                    unit: days::unit,
                    check: days::check,
                }),
                asked: always,
                notes: nothing,
            },
            Field {
                name: "names",
                label: "names",
                help: "the names that it will bear: one may go, none may come",
                kind: Kind::List {
                    base: asked_names,
                    start: |_| (Vec::new(), Vec::new()),
                    one: "name",
                    check: |_, _| {
                        Err("what was not asked for cannot be signed: the asker sends a new request".to_owned())
                    },
                },
                asked: |context| !asked_names(context).is_empty(),
                notes: nothing,
            },
            Field {
                name: "out",
                label: "files",
                help: "their common beginning on this machine; empty: beside the request, where it lies in a file",
                kind: Kind::Text(Line {
                    start: own_folder,
                    usual: |_| "beside the request".to_owned(),
                    unit: |_| "",
                    check: |_, text| check_out(text),
                }),
                asked: |context| ids(context).len() == 1,
                notes: nothing,
            },
            Field {
                name: "passphrase",
                label: "passphrase",
                help: "of the encrypted CA key that is here: used once and kept nowhere; leave it empty to be asked later",
                kind: Kind::Secret,
                asked: super::has_encrypted_authority,
                notes: nothing,
            },
            Field {
                name: "confirm",
                label: "confirm",
                help: "what is red is signed only where its name is typed once more",
                kind: Kind::Text(Line {
                    start: |_| String::new(),
                    usual: |_| String::new(),
                    unit: |_| "",
                    check: |_, _| Ok(()),
                }),
                asked: |context| !red(context).is_empty(),
                notes: reasons,
            },
        ],
    }],
    request: |context| Request::Decide(Box::new(request(context))),
};

/// What a request may be for, where it does not say.
fn purposes() -> impl Iterator<Item = Vec<ExtendedKeyUsage>> {
    let (server, client) = (ExtendedKeyUsage::ServerAuth, ExtendedKeyUsage::ClientAuth);
    let both = vec![server.clone(), client.clone()];
    [vec![server], vec![client], both].into_iter()
}

fn ids<'a>(context: &Context<'a>) -> &'a [Arc<str>] {
    match context.about {
        WizardName::Approve(ids) => ids,
        _ => &[],
    }
}

fn all<'a>(context: &Context<'a>) -> Vec<&'a RequestItem> {
    let found = ids(context).iter();
    found
        .filter_map(|id| requests::named(context.world, id))
        .collect()
}

/// Where the files of a request go that was pasted: it lies in no folder.
fn own_folder(context: &Context<'_>) -> String {
    let [one] = all(context)[..] else {
        return String::new();
    };
    let folder = folder_of(&context.world.reading.machine.home, &one.name);
    let folder = folder.filter(|_| requests::is_pasted(context.world, &one.id));
    folder.unwrap_or_default()
}

fn red(context: &Context<'_>) -> Vec<String> {
    requests::red(context.world, ids(context))
}

fn title(context: &Context<'_>) -> String {
    match all(context).as_slice() {
        [one] => format!("Approve {}", text::show(&one.name)),
        more => format!("Approve {} requests", more.len()),
    }
}

fn choices(context: &Context<'_>) -> Vec<String> {
    let world = context.world;
    let usual = ids(context)
        .iter()
        .filter_map(|id| requests::judged(world, id)?.authority)
        .filter_map(|at| world.inventory().item(at))
        .map(|item| words::item_name(world, item));
    let usual: std::collections::BTreeSet<String> = usual.collect();
    let usual: Vec<String> = usual.into_iter().collect();
    let first = if usual.is_empty() {
        "that of its signer".to_owned()
    } else {
        format!("{}, that of its signer", usual.join(", "))
    };
    let others = authorities(world.inventory()).map(|(_, item)| words::item_name(world, item));
    std::iter::once(first).chain(others).collect()
}

/// The CA that was chosen; `None`: that of the signer.
fn authority(context: &Context<'_>, inventory: &Inventory) -> Option<Arc<str>> {
    let at = context.choice("authority").checked_sub(1)?;
    authorities(inventory)
        .nth(at)
        .map(|(_, item)| item.id.clone())
}

fn asked_names(context: &Context<'_>) -> Vec<String> {
    let [one] = all(context)[..] else {
        return Vec::new();
    };
    let names = one.request.as_ref().map(|asked| &asked.subject_alt_names);
    names.map_or_else(
        |_| Vec::new(),
        |names| names.iter().map(ToString::to_string).collect(),
    )
}

/// Why it is red.
fn reasons(context: &Context<'_>) -> Vec<Note> {
    let verdicts = ids(context)
        .iter()
        .filter_map(|id| requests::verdict(context.world, id));
    let rules = verdicts.flat_map(|verdict| &verdict.rules);
    let red = rules.filter(|rule| rule.answer == Answer::Red);
    red.map(|rule| (text::show(&rule.text), Tone::Bad))
        .collect()
}

fn request(context: &Context<'_>) -> DecideRequest {
    let world = context.world;
    let said = |name: &str| Some(context.text(name).to_owned()).filter(|text| !text.is_empty());
    let wants_usage = all(context).iter().any(|one| requests::wants_usage(one));
    let usages = purposes().nth(context.choice("usage"));
    let usages = usages.filter(|_| wants_usage).unwrap_or_default();
    let approve = ApproveRequest {
        authority: authority(context, world.inventory()),
        days: said("days").and_then(|text| days::days(&text).ok()),
        drop_names: context.list("names").1,
        usages,
        signer: said("signer"),
        out: said("out"),
    };
    let passphrase = context.secret("passphrase").map(|text| Passphrase {
        asked_for: None,
        text,
    });
    let confirmed = red(context);
    let is_confirmed = context.text("confirm") == confirmed.join(", ");
    DecideRequest {
        confirmed: if is_confirmed { confirmed } else { Vec::new() },
        passphrases: passphrase.into_iter().collect(),
        ..requests::decide(world, ids(context), AskedDecision::Approve(approve))
    }
}

/// What is wrong with the answers together.
pub(super) fn faults(context: &Context<'_>) -> Vec<(&'static str, String)> {
    let mut faults = Vec::new();
    let wants_signer = all(context).iter().any(|one| requests::wants_signer(one));
    if wants_signer && context.text("signer").is_empty() {
        faults.push(("signer", "say which signer is meant".to_owned()));
    }
    let is_pasted = ids(context)
        .iter()
        .any(|id| requests::is_pasted(context.world, id));
    if is_pasted && context.text("out").is_empty() {
        faults.push((
            "out",
            "say where: it was pasted, and lies in no file".to_owned(),
        ));
    }
    let red = red(context).join(", ");
    if !red.is_empty() && context.text("confirm") != red {
        faults.push((
            "confirm",
            format!("type {} here, or go back", text::show(&red)),
        ));
    }
    faults
}
