//! The key of a CA that signs, opened.

use super::{Materials, Passphrase, PlanContext, PlanError, keys};
use crate::inventory::{Inventory, Item, ItemIndex};
use crate::pki::Certificate;
use crate::pki::key::{Effort, PrivateKey};
use crate::pki::text::printable;

/// A CA that is about to sign, and the file of its key, which was read.
#[derive(Clone, Copy)]
pub(super) struct SigningAuthority<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) materials: &'a Materials,
    pub(super) context: PlanContext<'a>,
    pub(super) item: ItemIndex,
    pub(super) key_path: &'a str,
}

impl<'a> SigningAuthority<'a> {
    /// Its certificate, and its key.
    ///
    /// # Errors
    /// [`PlanError::PassphraseNeeded`]; [`PlanError::Refused`] where the key cannot be used.
    pub(super) fn open(
        self,
        passphrases: &[Passphrase],
    ) -> Result<(&'a Certificate, PrivateKey), PlanError> {
        let authority = self.inventory.item(self.item).and_then(Item::certificate);
        let authority = authority.ok_or_else(|| changed(self.key_path))?;
        let material = self.materials.files.get(self.key_path);
        let content = material.ok_or_else(|| changed(self.key_path))?;
        let content = content.content.as_ref().map_err(|why| {
            PlanError::refused(format!("{} cannot be read", self.key_path)).unread(why)
        })?;
        let mut effort = Effort::new(self.context.settings.key_effort());
        let key = keys::signing_key(
            content.expose(),
            self.key_path,
            authority,
            passphrases,
            &mut effort,
        )
        .map_err(|error| keys::asked(error, passphrases, true))?;
        Ok((authority, key))
    }

    /// It and the CAs above it, as far as they are here.
    pub(super) fn chain(self) -> Vec<&'a Certificate> {
        let above = self.inventory.tree.chain(self.item).into_iter();
        let items = above.filter_map(|at| self.inventory.item(at));
        items.filter_map(Item::certificate).collect()
    }
}

/// What was read is not there any more.
pub(super) fn changed(path: &str) -> PlanError {
    PlanError::refused(format!("{} has changed since it was read", printable(path)))
        .hint("look again")
}
