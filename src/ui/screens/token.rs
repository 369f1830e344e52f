//! Everything about one token that lets nodes in, but the token.
//!
//! ```text
//! State        how long it lets in, what is wrong with it
//! Who it is    user, groups, what it is for
//! Where        file:line, the kubeconfigs that hold it
//! In a shell   what gives it to the cluster, and what the cluster knows of it
//! ```

use super::super::document::{Document, PageWriter};
use super::super::{shell, tokens};
use super::gone::gone;
use crate::inventory::bootstrap::{TokenItem, TokenKind, is_read_by_habit};
use crate::kubernetes::component::Component;
use crate::model::Route;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::words::date;
use crate::words::shell as lines;

/// The page of the token of this key.
pub(crate) fn document(world: &World, key: &str) -> Document {
    let Some(token) = tokens::find(world, key) else {
        return gone("token");
    };
    let mut page = PageWriter::new(world);
    state(&mut page, world, token);
    page.heading("Who comes with it");
    page.styled("user", vec![(&token.user, Tone::Bright)]);
    for group in &token.groups {
        page.fact("group", group);
    }
    if !token.description.is_empty() {
        page.fact("what for", &token.description);
    }
    page.heading("Where");
    let line = if token.kind == TokenKind::Line {
        format!(":{}", token.line)
    } else {
        String::new()
    };
    page.styled("file", vec![(&token.path, Tone::Text), (&line, Tone::Dim)])
        .opens(Route::Why(token.path.clone()));
    for kubeconfig in &token.kubeconfigs {
        page.fact("held by", kubeconfig)
            .opens(Route::Kubeconfig(kubeconfig.clone()));
    }
    shell::section(
        &mut page,
        "In a shell",
        &lines::token(&world.inventory().mounted, token),
    );
    Document {
        kind: "Token",
        title: tokens::name(token),
        entries: page.finish(),
        path: Some(token.path.clone()),
        ..Document::default()
    }
}

fn state(page: &mut PageWriter<'_>, world: &World, token: &TokenItem) {
    page.heading("State");
    let state = tokens::state(world, token);
    let end = token
        .expires
        .map(|end| format!("   {}", date::second(end)))
        .unwrap_or_default();
    page.styled(
        "lets in",
        vec![(&state.line(), state.tone), (&end, Tone::Dim)],
    );
    for fault in &token.faults {
        page.styled("fault", vec![(fault, Tone::Bad)]);
    }
    page.styled("kind", vec![(tokens::kind(token), Tone::Text)]);
    let yes = |is: bool| {
        if is {
            ("yes", Tone::Text)
        } else {
            ("no", Tone::Warn)
        }
    };
    page.styled(
        "authenticates",
        vec![
            yes(token.authenticates),
            ("   a kubelet may show it", Tone::Dim),
        ],
    );
    if token.kind == TokenKind::Secret {
        page.styled(
            "signs",
            vec![
                yes(token.signs),
                ("   cluster-info, which kubeadm join needs", Tone::Dim),
            ],
        );
        page.text(vec![(
            "it is valid where the cluster has its Secret, which only the API server knows",
            Tone::Dim,
        )]);
    } else {
        read_by(page, world, token);
        page.text(vec![(
            "the API server reads its token file only at its start; a line has no end",
            Tone::Dim,
        )]);
    }
}

/// Who reads the token file, and who says so.
fn read_by(page: &mut PageWriter<'_>, world: &World, token: &TokenItem) {
    let mut files = world
        .inventory()
        .bootstrap
        .token_files
        .iter()
        .filter(|file| file.path == token.path);
    match files.find_map(|file| file.named_in.as_ref()) {
        Some((file, line)) => {
            let place = format!("   {file}:{line}");
            page.styled(
                "read by",
                vec![
                    (Component::KubeApiserver.as_str(), Tone::Text),
                    (&place, Tone::Dim),
                ],
            )
            .opens(Route::Why(token.path.clone()));
        }
        None if is_read_by_habit(world.inventory(), &token.path) => {
            let habit = format!(
                "   as {} has it: no flag of it was found",
                world.inventory().layout
            );
            page.styled(
                "read by",
                vec![
                    (Component::KubeApiserver.as_str(), Tone::Text),
                    (&habit, Tone::Dim),
                ],
            );
        }
        None => {
            page.styled(
                "read by",
                vec![(
                    "nobody: no --token-auth-file of kube-apiserver names it",
                    Tone::Warn,
                )],
            );
        }
    }
}
