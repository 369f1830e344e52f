//! What comes after a setup: what to do next, the flags of each component, what goes where, what stays secret, who is who.
//!
//! ```text
//!  Expiring › prod: what comes next
//! ╭─ What comes next ──────────────────────────────────────────────╮
//! │ Next                                                           │
//! │▌  1  start etcd on each machine                                │
//! │                                                                │
//! │ kube-apiserver                                                 │
//! │   --client-ca-file   /etc/kubernetes/pki/ca.crt                │
//! ╰────────────────────────────────────────────────────────────────╯
//!  y copy  n new  Tab next  Esc back                          ? help
//! ```

use super::super::document::{Document, PageWriter};
use super::super::text;
use super::gone::gone;
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::setup::guide::{ComponentGuide, Guide, guide};

/// The page of the cluster of this name.
pub(super) fn document(world: &World, name: &str) -> Document {
    let Some(cluster) = world
        .reading
        .clusters
        .iter()
        .find(|cluster| cluster.name == name)
    else {
        return gone(name);
    };
    let guide = guide(cluster, None);
    let mut page = PageWriter::new(world);
    next(&mut page, &guide);
    for component in &guide.components {
        flags(&mut page, component);
    }
    copies(&mut page, &guide);
    identities(&mut page, &guide);
    Document {
        kind: "What comes next",
        title: format!("{}: what comes next", text::show(&guide.title)),
        start: 1,
        entries: page.finish(),
        ..Document::default()
    }
}

fn next(page: &mut PageWriter<'_>, guide: &Guide) {
    page.heading("Next");
    for (number, step) in (1..).zip(&guide.next) {
        let number = format!("{number:>2}  ");
        page.step(vec![(&number, Tone::Accent)], vec![(step, Tone::Text)])
            .copies(step);
    }
}

fn flags(page: &mut PageWriter<'_>, component: &ComponentGuide) {
    page.heading(component.component.as_str());
    for (flag, value) in &component.flags {
        page.styled(flag, vec![(value, Tone::Text)])
            .copies(&format!("--{flag}={value}"));
    }
    if component.snippet.is_empty() {
        return;
    }
    let whole = component.snippet.join("\n") + "\n";
    page.sentence(vec![
        ("  ", Tone::Dim),
        (&component.snippet_title, Tone::Dim),
    ])
    .copies(&whole);
    for line in &component.snippet {
        page.text(vec![(line, Tone::Bright)]).copies(&whole);
    }
}

fn copies(page: &mut PageWriter<'_>, guide: &Guide) {
    for (at, copy) in guide.copies.iter().enumerate() {
        if at == 0 {
            page.heading("What is copied where");
        }
        let (to, why) = (format!("   to {}", copy.to), format!("   {}", copy.why));
        page.text(vec![
            (&copy.path, Tone::Bright),
            (&to, Tone::Text),
            (&why, Tone::Dim),
        ])
        .copies(&copy.path);
    }
    for (at, (path, why)) in guide.secrets.iter().enumerate() {
        if at == 0 {
            page.heading("What stays secret");
        }
        let why = format!("   {why}");
        page.text(vec![(path, Tone::Warn), (&why, Tone::Dim)])
            .copies(path);
    }
}

fn identities(page: &mut PageWriter<'_>, guide: &Guide) {
    for (at, one) in guide.identities.iter().enumerate() {
        if at == 0 {
            page.heading("Who is who");
        }
        let kind = format!("   {}", one.kind);
        page.styled(
            &text::show(&one.id),
            vec![(&one.subject, Tone::Bright), (&kind, Tone::Dim)],
        );
        page.styled("", vec![(&one.purpose, Tone::Text)]);
        if !one.right.is_empty() {
            page.styled("", vec![("may: ", Tone::Dim), (&one.right, Tone::Text)]);
        }
        page.styled("", vec![("read by: ", Tone::Dim), (&one.owner, Tone::Text)]);
    }
}
