//! With what nodes join: tokens, who a new kubelet may be, its kubeconfigs, and what to type on the worker.
//!
//! ```text
//! ╭─ Join ─────────────────────────────────────────────────────────╮
//! │ Tokens                                                         │
//! │▌abcdef            ✗ expired 2 d  lets in, signs  bootstrap/…   │
//! │ 07401b                    18 h   lets in, signs  bootstrap/…   │
//! │                                                                │
//! │ Kubeconfigs of kubelets without a certificate                  │
//! │ bootstrap-kubelet.conf    18 h   07401b  CA ok   https://…     │
//! │                                                                │
//! │ Who they are      …and which bindings are here                 │
//! │ On the worker     discovery hash, kubeadm join …, flags        │
//! ╰────────────────────────────────────────────────────────────────╯
//!  n new  e expire  ↵ open  y copy  w why?  / filter  ? help  q quit
//! ```

mod rows;

use super::super::document::{Document, PageWriter};
use super::super::tokens;
use super::super::words;
use crate::inventory::bootstrap::{self, TokenItem, TokenKind, bindings_state};
use crate::inventory::{KubeconfigItem, UserKind};
use crate::kubernetes::bootstrap::{BootstrapIdentity, NO_APPROVER, join_line};
use crate::kubernetes::component::Component;
use crate::kubernetes::role::RoleId;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::model::{Action, Route};
use crate::pki::text::quoted;
use rows::{JoinColumns, kubeconfig_row, token_row};

/// The page.
pub(crate) fn document(world: &World) -> Document {
    let mut page = PageWriter::new(world);
    let kubeconfigs: Vec<&KubeconfigItem> = kubeconfigs(world).collect();
    if world.inventory().bootstrap.tokens.is_empty() && kubeconfigs.is_empty() {
        nothing(&mut page, world);
    }
    let start = page.len() + 1;
    let all = world.inventory().bootstrap.worst_first(world.moment());
    let columns = JoinColumns::of(world, &all, &kubeconfigs);
    for (at, token) in all.iter().enumerate() {
        if at == 0 {
            page.heading("Tokens");
        }
        token_row(&mut page, world, token, &columns);
    }
    token_files(&mut page, world);
    for (at, kubeconfig) in kubeconfigs.iter().enumerate() {
        if at == 0 {
            page.heading("Bootstrap kubeconfigs");
        }
        kubeconfig_row(&mut page, world, kubeconfig, &columns);
    }
    let (met, others): (Vec<_>, Vec<_>) = IDENTITIES
        .into_iter()
        .partition(|identity| is_met(world, *identity));
    for identity in &met {
        who(&mut page, world, *identity);
    }
    worker(&mut page, world);
    flags(&mut page, world, &met);
    page.heading("Serving certificates of kubelets");
    page.text(vec![(NO_APPROVER, Tone::Text)]);
    for identity in others {
        who(&mut page, world, identity);
    }
    Document {
        kind: "Join",
        title: "Join".to_owned(),
        start,
        entries: page.finish(),
        ..Document::default()
    }
}

/// What joining is, where nothing here is for it.
fn nothing(page: &mut PageWriter<'_>, world: &World) {
    page.sentence(vec![("Nothing here lets a node in.", Tone::Bright)]);
    page.blank();
    let words = "A new kubelet has no certificate yet: it shows a token once, and asks the API server for one. \
                 The token says who it is, and bindings say what it may ask for and what is approved by itself.";
    page.sentence(vec![(words, Tone::Text)]);
    page.blank();
    let key = world
        .keymap
        .keys(Action::New)
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    page.sentence(vec![
        (&key, Tone::Accent),
        (
            " makes a token, its kubeconfig, or the bindings",
            Tone::Text,
        ),
    ]);
}

/// Kubeconfigs that hold a token of a node that joins, or have the place of one.
fn kubeconfigs(world: &World) -> impl Iterator<Item = &KubeconfigItem> {
    let bootstrap = &world.inventory().bootstrap;
    let holds = |path: &str| {
        bootstrap
            .tokens
            .iter()
            .any(|token| token.kubeconfigs.iter().any(|one| **one == *path))
    };
    world.inventory().kubeconfigs.iter().filter(move |one| {
        one.roles
            .iter()
            .any(|role| role.id == RoleId::BootstrapKubeletConf)
            || one
                .users
                .iter()
                .any(|user| user.kind == UserKind::BootstrapToken)
            || holds(&one.path)
    })
}

/// What the API server stumbles over, and files that nobody reads.
fn token_files(page: &mut PageWriter<'_>, world: &World) {
    for (at, (path, line, fault)) in tokens::faults_of_files(world).into_iter().enumerate() {
        if at == 0 {
            page.heading("Token files");
        }
        let name = words::short_path(world, path);
        let place = if line > 0 {
            format!("{name}:{line}")
        } else {
            name
        };
        page.styled(
            &place,
            vec![
                (world.signs().bad, Tone::Bad),
                (" ", Tone::Bad),
                (&fault, Tone::Bad),
            ],
        )
        .opens(Route::Why(path.into()));
    }
}

/// Tokens that an identity names, at most.
const MOST_NAMES: usize = 8;

/// Who a new kubelet may be.
const IDENTITIES: [BootstrapIdentity; 3] = [
    BootstrapIdentity::Token,
    BootstrapIdentity::TokenFile,
    BootstrapIdentity::Bootstrapper,
];

/// The tokens here of an identity.
fn of(world: &World, identity: BootstrapIdentity) -> impl Iterator<Item = &TokenItem> {
    let line = identity.token_user();
    world
        .inventory()
        .bootstrap
        .tokens
        .iter()
        .filter(move |token| match &line {
            None => token.kind == TokenKind::Secret,
            Some(line) => token.kind == TokenKind::Line && token.user == line.user,
        })
}

/// Whether it is the layout's own, or a token here has it.
fn is_met(world: &World, identity: BootstrapIdentity) -> bool {
    let usual = world.inventory().known_layout().usual_identity();
    identity == usual || of(world, identity).next().is_some()
}

/// An identity: who has it here, and which manifests here bind it.
fn who(page: &mut PageWriter<'_>, world: &World, identity: BootstrapIdentity) {
    page.heading(match identity {
        BootstrapIdentity::TokenFile => "As kubelet-bootstrap, by a token file",
        BootstrapIdentity::Bootstrapper => "As system:bootstrapper, by a token file",
        _ => "With a bootstrap token",
    });
    let names: Vec<String> = of(world, identity).map(tokens::name).collect();
    let is_used = !names.is_empty();
    let shown = names
        .iter()
        .take(MOST_NAMES)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let more = names.len().saturating_sub(MOST_NAMES);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let (shown, tone) = if is_used {
        (shown, Tone::Text)
    } else {
        ("no token here".to_owned(), Tone::Dim)
    };
    page.styled("used by", vec![(&shown, tone), (&more, Tone::Dim)]);
    let signs = world.signs();
    for (binding, path) in bindings_state(world.inventory(), identity) {
        let (sign, tone) = match &path {
            Some(_) => (signs.good, Tone::Good),
            None if is_used => (signs.warn, Tone::Warn),
            None => (signs.off, Tone::Dim),
        };
        let stands = path.as_deref().map_or_else(
            || if is_used { "missing" } else { "not here" }.to_owned(),
            |path| words::short_path(world, path),
        );
        let sign = format!("{sign} ");
        let parts = vec![
            (&*sign, tone),
            (binding.name, Tone::Text),
            ("   ", Tone::Dim),
            (&*stands, Tone::Dim),
        ];
        let entry = page.styled(binding.grant.word(), parts);
        entry.copies(&binding.to_manifest());
        entry.opens = path.map(Route::Why);
    }
}

/// What the new machine is told.
fn worker(page: &mut PageWriter<'_>, world: &World) {
    let inventory = world.inventory();
    page.heading("On the worker");
    for hash in bootstrap::hashes(inventory) {
        page.fact("discovery hash", &hash).copies(&hash);
    }
    let Some(join) = bootstrap::join(inventory, false) else {
        page.styled(
            "API server",
            vec![(
                "no kubeconfig or flag here says where other machines reach it",
                Tone::Warn,
            )],
        );
        return;
    };
    let usable = tokens::usable(world)
        .into_iter()
        .find(|token| token.kind == TokenKind::Secret && token.signs);
    if !bootstrap::takes_kubeadm(inventory, usable) {
        let words = "no kubeadm made this cluster: a kubelet joins with the flags below and a bootstrap kubeconfig";
        page.styled("to join", vec![(words, Tone::Text)]);
        let command = inventory.mounted.kubepki("bootstrap join");
        page.styled(
            "",
            vec![(&command, Tone::Bright), ("   prints the flags", Tone::Dim)],
        )
        .copies(&command);
        return;
    }
    let id = usable.map(|token| token.id.as_str());
    let token = id.map_or_else(|| "<token>".to_owned(), |id| format!("{id}.<secret>"));
    let line = join_line(&join, &token, None);
    page.fact("join line", &line).copies(&line);
    let command = inventory.mounted.kubepki(&match id {
        Some(id) => format!("bootstrap join --token {}", quoted(id)),
        None => "bootstrap join".to_owned(),
    });
    page.styled(
        "with its secret",
        vec![(&command, Tone::Bright), ("   prints it whole", Tone::Dim)],
    )
    .copies(&command);
}

/// The flags that these identities need, and whether they stand here.
fn flags(page: &mut PageWriter<'_>, world: &World, identities: &[BootstrapIdentity]) {
    let inventory = world.inventory();
    let mut needed: Vec<(Component, &str, String)> = Vec::new();
    for flag in identities
        .iter()
        .flat_map(|identity| bootstrap::needed_flags(inventory, *identity))
    {
        if !needed.contains(&flag) {
            needed.push(flag);
        }
    }
    page.heading("Flags");
    for (component, flag, value) in needed {
        let written = format!("{}={value}", crate::kubernetes::flags::written(flag));
        let mut facts = inventory
            .flags
            .iter()
            .filter(|fact| fact.component == component && fact.flag == flag);
        let fact = facts.next();
        let (stands, tone) = match fact {
            Some(fact) if fact.value == value => (
                format!("{}:{}", words::short_path(world, &fact.file), fact.line),
                Tone::Good,
            ),
            Some(fact) => (
                format!(
                    "is {} in {}:{}",
                    fact.value,
                    words::short_path(world, &fact.file),
                    fact.line
                ),
                Tone::Warn,
            ),
            None => ("not named here".to_owned(), Tone::Dim),
        };
        let entry = page.styled(
            component.as_str(),
            vec![(&written, Tone::Text), ("   ", Tone::Dim), (&stands, tone)],
        );
        entry.copies(&written);
    }
}
