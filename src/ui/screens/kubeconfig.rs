//! Everything about one kubeconfig but its secrets.
//!
//! ```text
//! State        how its current user's certificate stands
//! Contexts     name, cluster, user, which cluster it reaches
//! kubectl      whether it takes the server: by the files, and live
//! Users        who each one is, and how it shows that
//! Clusters     server, whose CA it trusts
//! Read by      component, flag, file:line
//! In a shell   kubectl commands
//! ```

use super::super::document::{Document, PageWriter};
use super::super::{shell, words};
use super::gone::gone;
use super::{certificate, copies, why};
use crate::inventory::judged::{is_astray, is_closed};
use crate::inventory::right::holder;
use crate::inventory::{KubeconfigItem, User};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Route};
use crate::running::{ServerVerdict, View, kubeconfig_views};
use crate::words::shell as lines;
use crate::words::{date, kubeconfig as told};

/// The page of the kubeconfig at this path.
pub(crate) fn document(world: &World, path: &str) -> Document {
    let Some(kubeconfig) = world
        .inventory()
        .kubeconfigs
        .iter()
        .find(|kubeconfig| *kubeconfig.path == *path)
    else {
        return gone(path);
    };
    let mut page = PageWriter::new(world);
    let closed = is_closed(kubeconfig);
    state(&mut page, world, kubeconfig, closed);
    if !closed {
        contexts(&mut page, kubeconfig);
        views(&mut page, world, path);
        for user in &kubeconfig.users {
            self::user(&mut page, world, user);
        }
        clusters(&mut page, world, kubeconfig);
    }
    why::readers(&mut page, &kubeconfig.read_by, path);
    shell::section(
        &mut page,
        "In a shell",
        &lines::kubeconfig(&world.inventory().mounted, path),
    );
    let certificate = kubeconfig.current_user().and_then(|user| user.certificate);
    let item = certificate.and_then(|index| world.inventory().item(index));
    Document {
        kind: "Kubeconfig",
        title: words::short_path(world, path),
        entries: page.finish(),
        copies: item.and_then(|item| copies::item_copies(world, item)),
        path: Some(path.into()),
        ..Document::default()
    }
}

fn state(page: &mut PageWriter<'_>, world: &World, kubeconfig: &KubeconfigItem, closed: bool) {
    page.heading("State");
    if let Some(fault) = &kubeconfig.fault {
        page.styled(
            if closed { "why" } else { "fault" },
            vec![(
                &fault.to_string(),
                if closed { Tone::Warn } else { Tone::Bad },
            )],
        );
    }
    if closed && !world.settings.sudo.is_empty() {
        page.styled("to read it", vec![(&world.settings.sudo, Tone::Bright)])
            .copies(&world.settings.sudo);
    }
    if is_astray(kubeconfig) {
        page.styled("fault", vec![(told::ASTRAY, Tone::Bad)]);
    }
    let state = words::kubeconfig_state(world, kubeconfig);
    page.styled("state", vec![(&state.line(), state.tone)]);
    page.fact("file", &kubeconfig.path)
        .opens(Route::Why(kubeconfig.path.clone()));
    for role in &kubeconfig.roles {
        page.styled(
            "role",
            vec![
                (role.name, Tone::Bright),
                ("   ", Tone::Text),
                (role.purpose, Tone::Text),
            ],
        )
        .opens(Route::Why(kubeconfig.path.clone()));
        page.fact("without it", role.consequence.words());
    }
}

fn contexts(page: &mut PageWriter<'_>, kubeconfig: &KubeconfigItem) {
    page.heading("Contexts");
    if kubeconfig.contexts.is_empty() {
        page.text(vec![(told::NO_CONTEXT, Tone::Dim)]);
    }
    for context in &kubeconfig.contexts {
        let (reaches, meaning) = told::reaches(context.reaches);
        let current = if context.name == kubeconfig.current {
            "   current"
        } else {
            ""
        };
        page.styled(
            "context",
            vec![(&context.name, Tone::Bright), (current, Tone::Accent)],
        );
        page.styled("", vec![(&told::context(context), Tone::Text)]);
        if let Some(cluster) = kubeconfig
            .clusters
            .iter()
            .find(|cluster| cluster.name == context.cluster)
        {
            page.fact("server", &cluster.server);
        }
        page.styled("reaches", vec![(reaches, meaning.into())]);
    }
}

fn user(page: &mut PageWriter<'_>, world: &World, user: &User) {
    page.heading("User");
    page.styled("name", vec![(&user.name, Tone::Bright)]);
    page.fact("shows", told::kind(user.kind));
    let (identity, meaning) = told::identity(user);
    page.styled("is for the API", vec![(identity, meaning.into())]);
    for group in &user.groups {
        page.fact("group", group);
    }
    if let Some(index) = user.certificate
        && let Some(item) = world.inventory().item(index)
    {
        let state = words::item_state(world, index, item);
        let name = words::item_name(world, item);
        page.styled(
            "certificate",
            vec![
                (&name, Tone::Text),
                ("   ", Tone::Text),
                (&state.line(), state.tone),
            ],
        )
        .opens(Route::Certificate(item.id.clone()));
        if let Some(right) = holder(world.inventory(), index, item).and_then(|holder| holder.right)
        {
            certificate::given(page, Some(right));
        }
    }
    if let Some(note) = &user.note {
        page.fact("note", note);
    }
}

fn clusters(page: &mut PageWriter<'_>, world: &World, kubeconfig: &KubeconfigItem) {
    page.heading("Clusters");
    for cluster in &kubeconfig.clusters {
        page.styled("cluster", vec![(&cluster.name, Tone::Bright)]);
        let in_use = kubeconfig
            .contexts
            .iter()
            .any(|context| context.cluster == cluster.name);
        if !in_use {
            page.fact("server", &cluster.server);
        }
        let entry = page.fact("its CA", &cluster.authority_text);
        let authority = cluster
            .certificate_authority
            .first()
            .and_then(|index| world.inventory().item(*index));
        entry.opens = authority.map(|item| Route::Certificate(item.id.clone()));
    }
}

/// What kubectl would say to the server.
fn views(page: &mut PageWriter<'_>, world: &World, path: &str) {
    let all = kubeconfig_views(
        world.inventory(),
        &world.running.observation,
        world.moment(),
    );
    let views: Vec<View> = all.into_iter().filter(|view| *view.path == *path).collect();
    if views.is_empty() {
        return;
    }
    page.heading("kubectl's view");
    for view in &views {
        page.styled(
            "server",
            vec![
                (&view.server, Tone::Text),
                ("   ", Tone::Text),
                (&view.cluster, Tone::Dim),
            ],
        );
        let (words, tone) = verdict(&view.on_disk);
        page.styled("by the files", vec![(&words, tone)]);
        let (words, tone) = verdict(&view.live);
        let answer = world.running.observation.answer(&view.server);
        let is_current = view.is_current || views.len() == 1;
        let key = world
            .keymap
            .keys(Action::Probe)
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        match answer {
            None if is_current => {
                page.styled(
                    "live",
                    vec![
                        ("not asked: ", Tone::Dim),
                        (&key, Tone::Accent),
                        (" asks it", Tone::Dim),
                    ],
                );
            }
            None => drop(page.styled("live", vec![(&words, Tone::Dim)])),
            Some(answer) => {
                let at = format!("   asked {}", date::near(answer.at, world.now.year()));
                page.styled("live", vec![(&words, tone), (&at, Tone::Dim)]);
            }
        }
    }
}

fn verdict(verdict: &ServerVerdict) -> (String, Tone) {
    let (word, why, meaning) = told::verdict(verdict);
    (format!("{word}: {why}"), meaning.into())
}
