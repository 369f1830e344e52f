//! By whom it is signed, until when, with which key, and where its files go.

use time::{Duration, OffsetDateTime};

use super::super::{Context, Note};
use super::answers::{algorithm, item, means, request, usages};
use super::purpose::{ingress, is_here, profile, purpose, role};
use super::{about, note};
use crate::model::IssueAbout;
use crate::model::theme::Tone;
use crate::pki::ExtendedKeyUsage;
use crate::pki::key::KeyAlgorithm;
use crate::plan::IssueRequest;
use crate::plan::issue::{CanSign, RolePlace, authorities, opens, signer_of_purpose, too_long};
use crate::ui::wizards::days;
use crate::ui::{text, words};
use crate::words::{date, span};

/// The usual CA of the purpose, then each one here: its place never depends on other answers.
pub(super) fn authority_words(context: &Context<'_>) -> Vec<String> {
    let world = context.world;
    let usual = IssueRequest {
        authority: None,
        ..request(context)
    };
    let usual = match item(context, &usual) {
        Some(item) => format!("the usual: {}", words::item_name(world, item)),
        None => "somebody else's".to_owned(),
    };
    let all = authorities(world.inventory()).map(|(_, item)| words::item_name(world, item));
    std::iter::once(usual).chain(all).collect()
}

pub(super) fn first_authority(context: &Context<'_>) -> usize {
    let IssueAbout::Authority(id) = about(context) else {
        return 0;
    };
    authorities(context.world.inventory())
        .position(|(_, item)| item.id == *id)
        .map_or(0, |at| at + 1)
}

/// Where no CA is, only a request can be made.
pub(super) fn signs_at_first(context: &Context<'_>) -> bool {
    authorities(context.world.inventory()).next().is_some()
}

/// Whether it may be signed here, or not.
pub(super) fn has_choice(context: &Context<'_>) -> bool {
    means(context, &request(context)) != Some(CanSign::Elsewhere)
}

pub(super) fn authority_notes(context: &Context<'_>) -> Vec<Note> {
    let request = request(context);
    let Some(item) = item(context, &request) else {
        return vec![note("somebody else's: nothing here says which", Tone::Warn)];
    };
    let end = item.certificate().map(|certificate| {
        let end = certificate.not_after();
        format!(
            "until {}, {}; ",
            date::day(end),
            span::left(end, context.world.now)
        )
    });
    let (how, tone) = match means(context, &request) {
        Some(CanSign::Here(_)) => ("its key is here".to_owned(), Tone::Text),
        Some(CanSign::Refused(why)) => (text::show(&why), Tone::Warn),
        Some(CanSign::Elsewhere) | None => (
            "its key is not here: a request is made for it".to_owned(),
            Tone::Warn,
        ),
    };
    let mut notes = vec![note(format!("{}{how}", end.unwrap_or_default()), tone)];
    notes.extend(opens(&request, item).map(|why| note(text::show(&why), Tone::Warn)));
    notes
}

/// The signer that an empty line stands for.
pub(super) fn usual_signer(context: &Context<'_>) -> String {
    signer_of_purpose(context.world.inventory(), &purpose(context))
}

/// The days that an empty line stands for.
pub(super) fn usual_days(context: &Context<'_>) -> String {
    match profile(context) {
        Some(profile) => profile.usual_days().to_string(),
        None => days::usual(context),
    }
}

/// Until when it lives, and what is refused of that.
pub(super) fn end(context: &Context<'_>) -> Vec<Note> {
    let typed = context.text("days");
    let asked = if typed.is_empty() {
        days::days(&usual_days(context))
    } else {
        days::days(typed)
    };
    let Ok(asked) = asked else {
        return Vec::new();
    };
    let mut notes: Vec<Note> = ends(context, asked).into_iter().collect();
    let long = profile(context).and_then(|profile| too_long(profile, asked));
    notes.extend(long.map(|why| note(why, Tone::Warn)));
    notes
}

fn ends(context: &Context<'_>, days: u32) -> Option<Note> {
    let asked = context
        .world
        .now
        .checked_add(Duration::days(i64::from(days)))?;
    let request = request(context);
    let signs = matches!(means(context, &request), Some(CanSign::Here(_)));
    let last = || {
        let certificate = item(context, &request)?.certificate()?;
        Some(certificate.not_after()).filter(|end| *end < asked && signs)
    };
    Some(last().map_or_else(
        || note(format!("until {}", date::near(asked, 0)), Tone::Text),
        |end: OffsetDateTime| {
            let words = format!("the CA ends first: until {}", date::near(end, 0));
            note(words, Tone::Warn)
        },
    ))
}

pub(super) fn algorithms(_: &Context<'_>) -> Vec<String> {
    KeyAlgorithm::ALL
        .map(|algorithm| algorithm.to_string())
        .to_vec()
}

pub(super) fn algorithm_notes(context: &Context<'_>) -> Vec<Note> {
    if algorithm(context) != Some(KeyAlgorithm::Ed25519) {
        return Vec::new();
    }
    vec![note(
        "kubeadm and etcd read no Ed25519 keys, and browsers take no such certificate",
        Tone::Warn,
    )]
}

/// Those that it has unasked.
fn own_usages(context: &Context<'_>) -> &'static [ExtendedKeyUsage] {
    match profile(context) {
        Some(profile) => profile.extended_key_usage(),
        None => role(context).map_or(&[], |(role, _)| role.extended_key_usage),
    }
}

pub(super) fn check_usage(context: &Context<'_>, text: &str) -> Result<(), String> {
    let usage: ExtendedKeyUsage = text
        .parse()
        .map_err(|why| format!("{text} is no usage: {why}"))?;
    if own_usages(context).contains(&usage) || usages(context).contains(&usage) {
        return Err(format!("{usage} is there already"));
    }
    Ok(())
}

pub(super) fn usage_notes(context: &Context<'_>) -> Vec<Note> {
    let own = own_usages(context);
    if own.is_empty() {
        return Vec::new();
    }
    vec![note(
        format!("beside {}", crate::pki::usage::joined(own)),
        Tone::Dim,
    )]
}

/// The place that a role's files have on this node.
fn own_place(context: &Context<'_>) -> Option<RolePlace> {
    let is_meant = context.text("out").is_empty() && is_here(context);
    role(context).filter(|_| is_meant).map(|(_, place)| place)
}

/// Where the files go where nobody says otherwise.
pub(super) fn usual_place(context: &Context<'_>) -> String {
    match own_place(context) {
        Some(RolePlace::Free { certificate, .. }) => text::show(&certificate),
        Some(RolePlace::Taken { .. } | RolePlace::Nowhere) => String::new(),
        None => {
            let without = request(context)
                .out
                .filter(|_| context.text("out").is_empty());
            text::show(&without.unwrap_or_default())
        }
    }
}

/// Which files come.
pub(super) fn file_notes(context: &Context<'_>) -> Vec<Note> {
    let request = request(context);
    if let Some(RolePlace::Free { key, .. }) = own_place(context) {
        return vec![note(
            format!("its key: {}, 0600", text::show(&key)),
            Tone::Dim,
        )];
    }
    let Some(out) = request.out.as_deref() else {
        return Vec::new();
    };
    let is_here = matches!(means(context, &request), Some(CanSign::Here(_)));
    let made = if request.object.is_some() {
        ".key, .csr, .yaml"
    } else if request.request_only || !is_here {
        ".key, .csr"
    } else if request.ingress.is_some() {
        ".key, .crt, -ca.crt, -secret.yaml, -ingress.yaml, -trust.md"
    } else {
        ".key, .crt, -ca.crt"
    };
    let name = out.rsplit('/').next().unwrap_or_default();
    vec![note(format!("{}: {made}", text::show(name)), Tone::Dim)]
}

/// What is wrong with who signs it and with its place.
pub(super) fn faults(context: &Context<'_>) -> Vec<(&'static str, String)> {
    let request = request(context);
    let mut faults = Vec::new();
    let means = means(context, &request);
    match &means {
        _ if request.request_only => {}
        None => faults.push((
            "sign",
            "no CA here signs it: choose one, or make a request only".to_owned(),
        )),
        Some(CanSign::Refused(why)) => faults.push((
            "sign",
            format!("{why}: choose another CA, or make a request only"),
        )),
        Some(CanSign::Here(_) | CanSign::Elsewhere) => {}
    }
    let is_made = matches!(means, Some(CanSign::Here(_))) && !request.request_only;
    if ingress(context).is_some() && !is_made {
        let field = if has_choice(context) {
            "sign"
        } else {
            "authority"
        };
        let why = "the Secret for an Ingress holds the certificate: a request is not enough";
        faults.push((field, why.to_owned()));
    }
    faults.extend(place_fault(context, &request).map(|why| ("out", why)));
    faults
}

fn place_fault(context: &Context<'_>, request: &IssueRequest) -> Option<String> {
    match own_place(context) {
        Some(RolePlace::Taken { certificate, .. }) => Some(format!(
            "{certificate} is there already: renew that one, or name a place for another"
        )),
        Some(RolePlace::Nowhere) => {
            Some("this layout has no place for it: name one for its files".to_owned())
        }
        None if request.out.is_none() => Some("nothing says where the files shall go".to_owned()),
        Some(RolePlace::Free { .. }) | None => None,
    }
}
