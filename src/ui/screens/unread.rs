//! What could not be looked at, and why; what operations have left behind.
//!
//! ```text
//! /etc/kubernetes/pki/ca.key      permission denied
//!
//! Left behind
//! /etc/kubernetes/pki/.kubepki-20261122T031205Z-0a1b2c-3
//! ```

use super::super::document::{Document, PageWriter};
use super::super::shell;
use crate::inventory::unread::LEFTOVER_HINT;
use crate::model::theme::Tone;
use crate::model::world::World;

/// Paths that the page lists.
const PATHS: usize = 1000;

/// The page.
pub(crate) fn document(world: &World) -> Document {
    let (unread, leftovers) = (&world.inventory().unread, &world.inventory().leftovers);
    let mut page = PageWriter::new(world);
    for (at, problem) in world.problems.iter().enumerate() {
        if at == 0 {
            page.heading("What went wrong");
        }
        page.text(vec![(&problem.line(), Tone::Warn)]);
    }
    if unread.is_empty() {
        page.heading("Everything could be read");
        page.text(vec![("nothing was left out", Tone::Dim)]);
    } else {
        if !world.settings.sudo.is_empty() {
            page.heading("With more permission");
            shell::command(&mut page, &world.settings.sudo);
        }
        page.heading("Not read");
        for one in unread.iter().take(PATHS) {
            page.text(vec![
                (&one.path, Tone::Text),
                ("   ", Tone::Text),
                (&one.why.to_string(), Tone::Dim),
            ]);
        }
        if unread.len() > PATHS {
            page.text(vec![(
                &format!("and {} more", unread.len() - PATHS),
                Tone::Dim,
            )]);
        }
    }
    if !leftovers.is_empty() {
        page.heading("Left behind");
        page.sentence(vec![
            ("private keys may be in these temporary files: ", Tone::Warn),
            (LEFTOVER_HINT, Tone::Dim),
        ]);
        for one in leftovers.iter().take(PATHS) {
            page.text(vec![(&one.path, Tone::Text)]);
        }
        if leftovers.len() > PATHS {
            page.text(vec![(
                &format!("and {} more", leftovers.len() - PATHS),
                Tone::Dim,
            )]);
        }
    }
    Document {
        kind: "Not read",
        title: "not read".to_owned(),
        entries: page.finish(),
        ..Document::default()
    }
}
