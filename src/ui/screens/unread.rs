//! What could not be looked at, and why.
//!
//! ```text
//! /etc/kubernetes/pki/ca.key      permission denied
//! ```

use super::super::document::{Document, Writer};
use super::super::shell;
use super::super::theme::Role;
use super::super::world::World;

/// Paths that the page lists.
const PATHS: usize = 1000;

/// The page.
pub(crate) fn document(world: &World) -> Document {
    let unread = &world.inventory().unread;
    let mut page = Writer::new(world);
    for (at, problem) in world.problems.iter().enumerate() {
        if at == 0 {
            page.heading("What went wrong");
        }
        page.text(vec![(&problem.line(), Role::Warn)]);
    }
    if unread.is_empty() {
        page.heading("Everything could be read");
        page.text(vec![("nothing was left out", Role::Dim)]);
    } else {
        if !world.settings.sudo.is_empty() {
            page.heading("With more permission");
            shell::command(&mut page, &world.settings.sudo);
        }
        page.heading("Not read");
        for one in unread.iter().take(PATHS) {
            page.text(vec![(&one.path, Role::Text), ("   ", Role::Text), (&one.why, Role::Dim)]);
        }
        if unread.len() > PATHS {
            page.text(vec![(&format!("and {} more", unread.len() - PATHS), Role::Dim)]);
        }
    }
    Document { kind: "Not read", title: "not read".to_owned(), entries: page.finish(), ..Document::default() }
}
