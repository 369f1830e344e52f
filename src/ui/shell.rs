//! The shell commands that show the same without kubepki, as lines of a page.

use super::document::Writer;
use super::theme::Role;
use super::world::World;
use crate::inventory::{Item, ItemIndex};
use crate::words::shell;

/// The openssl commands for a certificate.
pub(crate) fn certificate(page: &mut Writer<'_>, world: &World, index: ItemIndex, item: &Item) {
    page.heading("In a shell");
    command(page, &shell::decoded(world.inventory(), item));
    for line in shell::compared(world.inventory(), index, item) {
        command(page, &line);
    }
}

/// One command: `y` on it copies it.
pub(crate) fn command(page: &mut Writer<'_>, text: &str) {
    page.text(vec![(text, Role::Text)]).copies(text);
}

/// A file of the master as a shell on this machine finds it, quoted.
pub(crate) fn on_disk(world: &World, path: &str) -> String {
    world.inventory().mounted.typed(path)
}
