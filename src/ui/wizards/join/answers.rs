//! What the answers mean: which of them are asked, what they are where they are empty, and what is
//! wrong with them.

use time::Duration;

use super::super::{Context, Note};
use super::IDENTITIES;
use super::means::JoinMeans;
use crate::inventory::bootstrap::{TokenItem, TokenKind, kubeconfig_path, server};
use crate::kubernetes::address::Address;
use crate::kubernetes::bootstrap::{self, BootstrapIdentity, TOKEN_HOURS};
use crate::model::theme::Tone;
use crate::plan::{BootstrapRequest, Request};
use crate::record::moment::parse_duration;
use crate::ui::{text, tokens};
use crate::words::date;

/// More hours than these are no lifetime: a hundred years.
const MOST_HOURS: u32 = 876_000;

pub(super) fn title(context: &Context<'_>) -> String {
    JoinMeans::of(context).title().to_owned()
}

pub(super) fn kind_notes(context: &Context<'_>) -> Vec<Note> {
    vec![(JoinMeans::of(context).explained().to_owned(), Tone::Dim)]
}

/// The request that the command's flags make.
pub(super) fn request(context: &Context<'_>) -> Request {
    let given = |name: &str| Some(context.text(name).to_owned()).filter(|text| !text.is_empty());
    let groups = |name: &str, usual: Vec<String>| {
        let (added, removed) = context.list(name);
        usual
            .into_iter()
            .filter(|group| !removed.contains(group))
            .chain(added)
            .collect()
    };
    Request::Bootstrap(match JoinMeans::of(context) {
        JoinMeans::Token => BootstrapRequest::NewToken {
            description: context.text("description").to_owned(),
            hours: asked_hours(context).filter(|hours| *hours > 0),
            groups: groups("groups", vec![bootstrap::NODE_TOKENS.to_owned()]),
            path: given("token-file"),
        },
        JoinMeans::Line => BootstrapRequest::NewLine {
            user: given("user").unwrap_or_else(|| usual_user(context)),
            uid: context.text("uid").to_owned(),
            groups: groups("line-groups", usual_groups(context)),
        },
        JoinMeans::Kubeconfig => BootstrapRequest::Kubeconfig {
            identity: chosen(context).map(identity_of).unwrap_or_default(),
            server: given("server"),
            path: given("kubeconfig-file"),
        },
        JoinMeans::Bindings => BootstrapRequest::Manifests {
            identity: IDENTITIES
                .get(context.choice("identity"))
                .copied()
                .unwrap_or_default(),
            path: given("bindings-file"),
        },
    })
}

/// Whole hours, as a bare number or as a duration of the command line.
fn hours(text: &str) -> Result<u32, String> {
    let is_bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let duration = if is_bare {
        parse_duration(&format!("{text}h"))
    } else {
        parse_duration(text)
    };
    let hours = duration
        .map_err(|_| format!("{text:?} is no time: write hours, or 36h, 7d, 2w; 0 is for ever"))?;
    let hours = u32::try_from(hours.whole_hours())
        .ok()
        .filter(|hours| *hours <= MOST_HOURS);
    hours.ok_or_else(|| format!("a token lets in for {MOST_HOURS} hours at most, or for ever (0)"))
}

fn asked_hours(context: &Context<'_>) -> Option<u32> {
    match context.text("hours") {
        "" => Some(TOKEN_HOURS),
        text => hours(text).ok(),
    }
}

pub(super) fn unit(text: &str) -> &'static str {
    match text.parse() {
        Ok(0_u32) => "for ever",
        Ok(1) => "hour",
        Ok(_) => "hours",
        Err(_) => "",
    }
}

pub(super) fn end(context: &Context<'_>) -> Vec<Note> {
    let Some(hours) = asked_hours(context) else {
        return Vec::new();
    };
    if hours == 0 {
        return vec![(
            "it never ends: end it by hand when the node is in".to_owned(),
            Tone::Warn,
        )];
    }
    let end = context
        .world
        .now
        .checked_add(Duration::hours(i64::from(hours)));
    end.map(|end| (format!("until {}", date::near(end, 0)), Tone::Text))
        .into_iter()
        .collect()
}

pub(super) fn check_hours(_: &Context<'_>, text: &str) -> Result<(), String> {
    hours(text).map(drop)
}

pub(super) fn check_word(_: &Context<'_>, text: &str) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        Err("a control character cannot stand here".to_owned())
    } else {
        Ok(())
    }
}

pub(super) fn check_group(context: &Context<'_>, text: &str) -> Result<(), String> {
    bootstrap::check_group(text).map_err(|why| format!("{text} {why}"))?;
    is_new(context, "groups", text)
}

pub(super) fn check_line_group(context: &Context<'_>, text: &str) -> Result<(), String> {
    bootstrap::check_field(text, true).map_err(|why| format!("{text} {why}"))?;
    is_new(context, "line-groups", text)
}

fn is_new(context: &Context<'_>, name: &str, text: &str) -> Result<(), String> {
    let (added, _) = context.list(name);
    let is_there = added.iter().any(|one| one == text);
    if is_there {
        Err(format!("{text} is there already"))
    } else {
        Ok(())
    }
}

pub(super) fn check_user(_: &Context<'_>, text: &str) -> Result<(), String> {
    bootstrap::check_field(text, false).map_err(|why| format!("{text} {why}"))
}

/// An absolute path of a file, without steps upwards.
pub(super) fn check_path(_: &Context<'_>, text: &str) -> Result<(), String> {
    if !text.starts_with('/') {
        return Err("a path on the master begins with /".to_owned());
    }
    if text.ends_with('/') {
        return Err("this is a folder: name a file in it".to_owned());
    }
    if text.split('/').any(|part| part == ".." || part == ".") {
        return Err("\".\" and \"..\" cannot stand in it".to_owned());
    }
    Ok(())
}

pub(super) fn check_server(_: &Context<'_>, text: &str) -> Result<(), String> {
    let is_url =
        text.starts_with("https://") && !text.contains(' ') && Address::parse(text).is_some();
    if is_url {
        Ok(())
    } else {
        Err("write it as https://HOST:PORT, an IPv6 address in brackets".to_owned())
    }
}

pub(super) fn usual_server(context: &Context<'_>) -> String {
    text::show(&server(context.world.inventory()).unwrap_or_default())
}

pub(super) fn usual_kubeconfig(context: &Context<'_>) -> String {
    text::show(&kubeconfig_path(context.world.inventory()))
}

fn layout_identity(context: &Context<'_>) -> BootstrapIdentity {
    context.world.inventory().known_layout().usual_identity()
}

/// Who stands in this layout's token file.
fn token_user(context: &Context<'_>) -> Option<bootstrap::TokenUser> {
    layout_identity(context)
        .token_user()
        .or_else(|| BootstrapIdentity::TokenFile.token_user())
}

pub(super) fn usual_user(context: &Context<'_>) -> String {
    token_user(context)
        .map(|one| one.user.to_owned())
        .unwrap_or_default()
}

pub(super) fn usual_groups(context: &Context<'_>) -> Vec<String> {
    token_user(context)
        .map(|one| one.group.to_owned())
        .into_iter()
        .collect()
}

pub(super) fn user_notes(context: &Context<'_>) -> Vec<Note> {
    let typed = context.text("user");
    let user = if typed.is_empty() {
        usual_user(context)
    } else {
        typed.to_owned()
    };
    let mut lines = context
        .world
        .inventory()
        .bootstrap
        .tokens
        .iter()
        .filter(|one| one.kind == TokenKind::Line);
    if lines.any(|one| one.user == user) {
        return vec![(
            "he has a line already: both tokens let him in".to_owned(),
            Tone::Warn,
        )];
    }
    Vec::new()
}

fn chosen<'a>(context: &Context<'a>) -> Option<&'a TokenItem> {
    tokens::usable(context.world)
        .get(context.choice("whose"))
        .copied()
}

fn identity_of(token: &TokenItem) -> String {
    if token.id.is_empty() {
        token.user.clone()
    } else {
        token.id.clone()
    }
}

pub(super) fn identities(context: &Context<'_>) -> Vec<String> {
    let names: Vec<String> = tokens::usable(context.world)
        .into_iter()
        .map(tokens::name)
        .collect();
    if names.is_empty() {
        vec!["none is here".to_owned()]
    } else {
        names
    }
}

pub(super) fn identity_notes(context: &Context<'_>) -> Vec<Note> {
    let Some(token) = chosen(context) else {
        return vec![(
            "no token here lets anybody in: make one first".to_owned(),
            Tone::Warn,
        )];
    };
    let state = tokens::state(context.world, token);
    let words = format!("{}, {}", tokens::kind(token), text::show(&token.user));
    vec![
        (words, Tone::Text),
        (format!("lets in: {}", state.line()), state.tone),
    ]
}

pub(super) fn identity_words(_: &Context<'_>) -> Vec<String> {
    IDENTITIES
        .map(|identity| tokens::identity(identity).to_owned())
        .to_vec()
}

pub(super) fn usual_identity(context: &Context<'_>) -> usize {
    IDENTITIES
        .iter()
        .position(|one| *one == layout_identity(context))
        .unwrap_or(0)
}

/// The bindings by name, and what nobody approves.
pub(super) fn binding_notes(context: &Context<'_>) -> Vec<Note> {
    let identity = IDENTITIES
        .get(context.choice("identity"))
        .copied()
        .unwrap_or_default();
    let all = bootstrap::bindings(identity).iter();
    let mut notes: Vec<Note> = all
        .map(|one| {
            (
                format!("{}: lets them {}", one.name, one.grant.purpose()),
                Tone::Text,
            )
        })
        .collect();
    notes.push((bootstrap::NO_APPROVER.to_owned(), Tone::Dim));
    notes
}
