//! Everything about one certificate.
//!
//! ```text
//! State          how it stands, what stops without it
//! What it is     its roles, its file, who signed it, copies
//! Read by        component, flag, file:line
//! Served         what each port that should serve it showed
//! Right          user, groups, binding
//! Key            file, state, whether it matches
//! Certificate    decoded
//! Chain          up to the root
//! Signed         what it signed, for a CA
//! In a shell     the openssl commands that show the same
//! PEM
//! ```

use super::super::document::{Document, PageWriter};
use super::super::text;
use super::super::words;
use super::gone::gone;
use super::{copies, serving, why};
use crate::inventory::judged::consequence;
use crate::inventory::right::holder;
use crate::inventory::state::Status;
use crate::inventory::tree::Issuer;
use crate::inventory::{Item, ItemIndex, KeyFact, Source};
use crate::kubernetes::role::Right;
use crate::model::Route;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::pki::{self, Certificate, Details, GeneralName, usage};
use crate::words::shell as lines;
use crate::words::{certificate as told, date};

/// Children that the page lists; the Authorities list all.
const CHILDREN: usize = 50;

/// The page of the item with this id.
pub(crate) fn document(world: &World, id: &str) -> Document {
    let Some((index, item)) = world.item_named(id) else {
        return gone(id);
    };
    let mut page = PageWriter::new(world);
    state(&mut page, world, index, item);
    what(&mut page, world, index, item);
    why::readers(&mut page, &item.read_by, &item.path);
    writers(&mut page, item);
    serving::of_certificate(&mut page, world, index, item);
    if let Some(certificate) = item.certificate() {
        let details = certificate.details();
        right(&mut page, world, index, item);
        key(&mut page, &item.key, item.is_authority());
        decoded(&mut page, certificate, &details);
        chain(&mut page, world, index);
        children(&mut page, world, index);
        super::super::shell::section(
            &mut page,
            "In a shell",
            &lines::certificate(world.inventory(), index, item),
        );
        page.heading("PEM");
        for line in certificate.to_pem().lines() {
            page.text(vec![(line, Tone::Dim)]);
        }
    }
    Document {
        kind: "Certificate",
        title: words::item_name(world, item),
        entries: page.finish(),
        copies: copies::item_copies(world, item),
        path: Some(item.path.clone()),
        ..Document::default()
    }
}

/// Who beside root and the caller can change it: it is not renewed unasked then.
fn writers(page: &mut PageWriter<'_>, item: &Item) {
    let Some(writers) = &item.writers else { return };
    page.heading("Written by");
    for writer in writers.iter() {
        page.styled(
            &writer.who.to_string(),
            vec![
                ("can write ", Tone::Warn),
                (&text::show(&writer.path), Tone::Text),
            ],
        );
    }
}

fn state(page: &mut PageWriter<'_>, world: &World, index: ItemIndex, item: &Item) {
    page.heading("State");
    let state = world.state(index, item);
    let short = words::item_state(world, index, item);
    let line = if state.status == Status::Ok {
        format!("{} left", short.line())
    } else {
        short.line()
    };
    let why = if state.why.is_empty() {
        String::new()
    } else {
        format!("   {}", state.why)
    };
    let tone = if state.status == Status::Ok {
        Tone::Good
    } else {
        short.tone
    };
    page.styled("state", vec![(&line, tone), (&why, Tone::Text)]);
    if let Some(stops) = consequence(item) {
        let label = if state.status.is_dead() {
            "dead, so"
        } else {
            "without it"
        };
        page.fact(label, stops.words());
    }
}

fn what(page: &mut PageWriter<'_>, world: &World, index: ItemIndex, item: &Item) {
    page.heading("What it is");
    for role in &item.roles {
        page.styled(
            "role",
            vec![
                (role.name, Tone::Bright),
                ("   ", Tone::Text),
                (role.purpose, Tone::Text),
            ],
        )
        .opens(Route::Why(item.path.clone()));
    }
    let place = match &item.source {
        Source::Kubeconfig { user } => format!("   user {user} of this kubeconfig"),
        Source::Kubelet => "   the kubelet's own folder".to_owned(),
        Source::File if item.index > 0 => format!("   certificate {} in the file", item.index + 1),
        Source::File => String::new(),
    };
    page.styled("file", vec![(&item.path, Tone::Text), (&place, Tone::Dim)])
        .opens(Route::Why(item.path.clone()));
    if !item.in_use {
        page.styled(
            "in use",
            vec![("no layout, flag or kubeconfig names it", Tone::Dim)],
        );
    }
    for copy in &item.copies {
        page.fact("the same in", copy);
    }
    let (text, meaning) = told::issuer(world.inventory(), index, |item| {
        words::item_name(world, item)
    });
    let entry = page.styled("signed by", vec![(&text, meaning.into())]);
    if let Issuer::Item(parent) = world.inventory().tree.issuer(index)
        && let Some(parent) = world.inventory().item(parent)
    {
        entry.opens = Some(Route::Certificate(parent.id.clone()));
    }
}

fn right(page: &mut PageWriter<'_>, world: &World, index: ItemIndex, item: &Item) {
    let Some(holder) = holder(world.inventory(), index, item) else {
        return;
    };
    page.heading("Right");
    page.fact("user", told::user(holder.user.as_deref()));
    for group in &holder.groups {
        page.fact("group", group);
    }
    given(page, holder.right);
}

/// What is given to a user, and what gives it.
pub(super) fn given(page: &mut PageWriter<'_>, right: Option<&Right>) {
    let tone = if right.is_some() {
        Tone::Text
    } else {
        Tone::Dim
    };
    let (gives, by) = told::right(right);
    let by = if by.is_empty() {
        by
    } else {
        format!("   {by}")
    };
    page.styled("right", vec![(gives, tone), (&by, Tone::Dim)]);
}

fn key(page: &mut PageWriter<'_>, key: &KeyFact, is_authority: bool) {
    page.heading("Key");
    let path = key.path.as_deref().unwrap_or("not known");
    page.fact("file", path);
    let (state, meaning) = told::key(key, is_authority);
    page.styled("state", vec![(state, meaning.into())]);
    if let Some(mode) = key.mode {
        let others_may = mode & 0o066 != 0;
        let tone = if others_may { Tone::Warn } else { Tone::Text };
        let others = if others_may {
            "   others than its owner may use it"
        } else {
            ""
        };
        page.styled(
            "mode",
            vec![
                (&format!("{:04o}", mode & 0o7777), tone),
                (others, Tone::Warn),
            ],
        );
    }
}

fn decoded(page: &mut PageWriter<'_>, certificate: &Certificate, details: &Details) {
    page.heading("Certificate");
    page.fact("subject", &or_none(details.subject.to_rfc4514()));
    page.fact("issuer", &or_none(details.issuer.to_rfc4514()));
    page.fact("serial number", &details.serial_number);
    page.fact("not before", &date::second(details.not_before));
    page.fact("not after", &date::second(details.not_after));
    names(page, &details.subject_alt_names);
    if !details.key_usage.is_empty() {
        page.fact("key usage", &usage::joined(&details.key_usage));
    }
    if !details.extended_key_usage.is_empty() {
        page.fact(
            "extended usage",
            &usage::joined(&details.extended_key_usage),
        );
    }
    page.fact("key", &details.key_algorithm.to_string());
    page.fact("signature", &details.signature_algorithm);
    page.fact("version", &details.version.to_string());
    for extension in details
        .extensions
        .iter()
        .filter(|extension| !extension.has_field)
    {
        let critical = if extension.critical {
            "   critical"
        } else {
            ""
        };
        page.styled(
            &text::show(&extension.name),
            vec![(&extension.text, Tone::Text), (critical, Tone::Dim)],
        );
    }
    page.fact("SHA-256", &text::colons(certificate.sha256()));
    let hash = format!("sha256:{}", pki::hex(certificate.spki_sha256()));
    page.fact(
        if certificate.is_authority() {
            "discovery hash"
        } else {
            "public key"
        },
        &hash,
    );
}

/// The subject alternative names, a line for each kind.
pub(super) fn names(page: &mut PageWriter<'_>, names: &[GeneralName]) {
    let mut kinds: [(&str, Vec<String>); 5] = [
        ("DNS", vec![]),
        ("IP", vec![]),
        ("email", vec![]),
        ("URI", vec![]),
        ("other names", vec![]),
    ];
    for name in names {
        let (kind, value) = match name {
            GeneralName::Dns(value) => (0, value.clone()),
            GeneralName::Ip(value) => (1, value.to_string()),
            GeneralName::Email(value) => (2, value.clone()),
            GeneralName::Uri(value) => (3, value.clone()),
            GeneralName::Other(value) => (4, value.clone()),
        };
        kinds[kind].1.push(value);
    }
    for (label, values) in kinds.into_iter().filter(|(_, values)| !values.is_empty()) {
        page.fact(label, &values.join(", "));
    }
}

fn or_none(text: String) -> String {
    if text.is_empty() {
        "empty".to_owned()
    } else {
        text
    }
}

fn chain(page: &mut PageWriter<'_>, world: &World, index: ItemIndex) {
    page.heading("Chain");
    for (depth, link) in world
        .inventory()
        .tree
        .chain(index)
        .into_iter()
        .rev()
        .enumerate()
    {
        linked(page, world, link, depth);
    }
}

fn children(page: &mut PageWriter<'_>, world: &World, index: ItemIndex) {
    let children = world.inventory().tree.children_of(index);
    if children.is_empty() {
        return;
    }
    page.heading("Signed");
    for child in children.iter().take(CHILDREN) {
        linked(page, world, *child, 0);
    }
    if children.len() > CHILDREN {
        let more = format!(
            "and {} more: unfold it among the Authorities",
            children.len() - CHILDREN
        );
        page.text(vec![(&more, Tone::Dim)]);
    }
}

fn linked(page: &mut PageWriter<'_>, world: &World, index: ItemIndex, depth: usize) {
    let Some(item) = world.inventory().item(index) else {
        return;
    };
    let indent = if depth == 0 {
        String::new()
    } else {
        format!("{}{} ", "  ".repeat(depth - 1), world.signs().last)
    };
    let name = words::item_name(world, item);
    let gap = " ".repeat(
        32_usize
            .saturating_sub(text::width(&indent) + text::width(&name))
            .max(1),
    );
    let state = words::item_state(world, index, item);
    page.text(vec![
        (&indent, Tone::Dim),
        (&name, Tone::Text),
        (&gap, Tone::Text),
        (&state.line(), state.tone),
    ])
    .opens(Route::Certificate(item.id.clone()));
}
