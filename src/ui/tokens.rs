//! How a token that lets nodes in stands, in the few words of a row.

use std::sync::Arc;

use super::document::PageWriter;
use super::shell;
use super::text;
use super::words::{self, StateWords};
use crate::inventory::bootstrap::{TokenItem, TokenKind, TokenState};
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::model::Effect;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::plan::{BootstrapRequest, Request};
use crate::record::PlanSummary;
use crate::words::shell::handed_over;
use crate::words::token;

/// Names a token in a route: no two of a file share it, and a rescan finds it again.
pub(crate) fn key(token: &TokenItem) -> Arc<str> {
    format!("{}:{}:{}", token.path, token.line, token.id).into()
}

/// The token of this key.
pub(crate) fn find<'a>(world: &'a World, key: &str) -> Option<&'a TokenItem> {
    world
        .inventory()
        .bootstrap
        .tokens
        .iter()
        .find(|token| *self::key(token) == *key)
}

/// The tokens that let somebody in now, the last to end first.
pub(crate) fn usable(world: &World) -> Vec<&TokenItem> {
    let all = world.inventory().bootstrap.tokens.iter();
    let mut tokens: Vec<&TokenItem> = all
        .filter(|token| token.authenticates && !token.state(world.moment()).is_dead())
        .collect();
    // What never ends is not what one reaches for first.
    tokens.sort_by_key(|token| std::cmp::Reverse(token.expires));
    tokens
}

/// What a token is called: never the token.
pub(crate) fn name(token: &TokenItem) -> String {
    text::show(token.name())
}

/// What sort of token it is.
pub(crate) fn kind(token: &TokenItem) -> &'static str {
    match token.kind {
        TokenKind::Secret => "bootstrap token",
        TokenKind::Line => "line of a token file",
    }
}

/// File and line, as they are shown.
pub(crate) fn place(world: &World, token: &TokenItem) -> String {
    let path = words::short_path(world, &token.path);
    if token.kind == TokenKind::Line {
        format!("{path}:{}", token.line)
    } else {
        path
    }
}

/// How long it still lets in.
pub(crate) fn state(world: &World, token: &TokenItem) -> StateWords {
    let signs = world.signs();
    let (sign, tone) = match token.state(world.moment()) {
        TokenState::Expired | TokenState::Faulty => (signs.bad, Tone::Bad),
        TokenState::Endless => (signs.warn, Tone::Warn),
        TokenState::Valid => ("", Tone::Text),
    };
    StateWords {
        sign,
        text: token::left(token, world.moment()),
        tone,
    }
}

/// How many tokens there are, or how many of them let nobody in, and "!" then.
pub(crate) fn counted(world: &World) -> (usize, &'static str, bool) {
    let tokens = &world.inventory().bootstrap.tokens;
    let dead = tokens
        .iter()
        .filter(|token| token.state(world.moment()).is_dead())
        .count();
    match dead + faults_of_files(world).len() {
        0 => (tokens.len(), "", false),
        dead => (dead, "!", true),
    }
}

/// What is wrong with token files beside the lines that count: path, line (0: the file itself),
/// sentence.
pub(crate) fn faults_of_files(world: &World) -> Vec<(&str, u32, String)> {
    let bootstrap = &world.inventory().bootstrap;
    let counts = |path: &str, line: u32| {
        let mut tokens = bootstrap
            .tokens
            .iter()
            .filter(|token| token.kind == TokenKind::Line);
        tokens.any(|token| *token.path == *path && token.line == line)
    };
    let mut found = Vec::new();
    for file in &bootstrap.token_files {
        let own = file
            .faults
            .iter()
            .filter(|(line, _)| !counts(&file.path, *line));
        found.extend(own.map(|(line, fault)| (&*file.path, *line, fault.to_string())));
        let whole = file.fault.as_ref().filter(|_| file.named_in.is_some());
        found.extend(whole.map(|fault| {
            (
                &*file.path,
                0,
                file.stops().unwrap_or_else(|| fault.to_string()),
            )
        }));
    }
    found
}

/// The commands that give the cluster what a plan writes, as lines of a page.
pub(crate) fn to_cluster(page: &mut PageWriter<'_>, world: &World, plan: &PlanSummary) {
    for (at, command) in handed_over(&world.inventory().mounted, plan)
        .iter()
        .enumerate()
    {
        if at == 0 {
            page.heading("Then, for the cluster");
        }
        shell::command(page, command);
    }
}

/// The review of a token's end.
pub(crate) fn expire(token: &TokenItem) -> Vec<Effect> {
    let request = match token.kind {
        TokenKind::Secret => BootstrapRequest::ExpireToken {
            id: token.id.clone(),
        },
        TokenKind::Line => BootstrapRequest::ExpireLine {
            user: token.user.clone(),
        },
    };
    vec![Effect::Plan(Request::Bootstrap(request))]
}

/// Why a token cannot be ended.
pub(crate) fn expire_refusal(world: &World, token: Option<&TokenItem>) -> Option<&'static str> {
    match token {
        None => Some("there is no token under the cursor"),
        Some(token) if token.state(world.moment()) == TokenState::Expired => {
            Some("it has ended already")
        }
        Some(token) if token.kind == TokenKind::Secret && token.id.is_empty() => {
            Some("it has no id")
        }
        Some(_) => None,
    }
}

/// Who a new kubelet may be, as bindings name him.
pub(crate) fn identity(identity: BootstrapIdentity) -> &'static str {
    match identity {
        BootstrapIdentity::TokenFile => "user kubelet-bootstrap",
        BootstrapIdentity::Bootstrapper => "user system:bootstrapper",
        _ => "bootstrap tokens",
    }
}
