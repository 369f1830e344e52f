//! The keys of the CAs that sign, each opened once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pki::Certificate;
use crate::pki::key::{Effort, PrivateKey};
use crate::plan::keys::{asked, signing_key};
use crate::plan::{Passphrase, PlanError};

/// Those that were opened, by their files.
pub(super) struct Signers<'a> {
    keys: BTreeMap<Arc<str>, PrivateKey>,
    passphrases: &'a [Passphrase],
    /// What encrypted keys may still cost.
    effort: Effort,
}

impl<'a> Signers<'a> {
    pub(super) fn new(passphrases: &'a [Passphrase], effort: Effort) -> Self {
        Self {
            keys: BTreeMap::new(),
            passphrases,
            effort,
        }
    }

    /// The key of `authority` in the file `path`; `content` reads that.
    pub(super) fn open<'c>(
        &mut self,
        path: &Arc<str>,
        authority: &Certificate,
        content: impl FnOnce() -> Result<&'c [u8], PlanError>,
    ) -> Result<&PrivateKey, PlanError> {
        let is_first = self.keys.is_empty();
        if !self.keys.contains_key(path) {
            let key = signing_key(
                content()?,
                path,
                authority,
                self.passphrases,
                &mut self.effort,
            )
            .map_err(|error| asked(error, self.passphrases, is_first))?;
            self.keys.insert(Arc::clone(path), key);
        }
        self.keys
            .get(path)
            .ok_or_else(|| super::edits::changed(path))
    }
}
