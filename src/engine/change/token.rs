//! The one secret that is told: a token, to whoever asks for the line that holds it.

use std::path::Path;

use zeroize::Zeroizing;

use super::{Changer, Failure, FailureKind};
use crate::inventory::bootstrap::TokenItem;
use crate::pki::text::printable;
use crate::plan::bootstrap::token_of;
use crate::store::materials;

impl Changer {
    /// The token itself, read from its file.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be read, or has it no more.
    pub fn token(&self, item: &TokenItem) -> Result<Zeroizing<String>, Failure> {
        let unable = || {
            Failure::new(
                FailureKind::Unable,
                format!("{} cannot be read", printable(&item.path)),
            )
        };
        let material = materials::file(&self.root()?, Path::new(&*item.path));
        let content = material
            .content
            .map_err(|why| unable().because(why.to_string()))?;
        let text = std::str::from_utf8(content.expose())
            .map_err(|_| unable().because("it is not UTF-8 text"))?;
        token_of(item, text)
            .ok_or_else(|| unable().because("the token does not stand in it any more"))
    }
}
