//! What changes the master that the flags name, and whether it may.

use std::path::Path;

use super::arguments::Global;
use super::failure::Failure;
use super::master::open_options;
use crate::engine::change::Changer;

/// Why nothing may be changed, where the flags say so.
pub(super) fn read_only_refusal(global: &Global) -> Option<&'static str> {
    global
        .read_only
        .then_some("this changes something, and --read-only refuses that")
}

/// `--read-only` refuses whatever changes something.
pub(super) fn refuse_read_only(global: &Global) -> Result<(), Failure> {
    match read_only_refusal(global) {
        None => Ok(()),
        Some(why) => Err(Failure::refused(why).hint("--dry-run shows the plan")),
    }
}

/// What plans and applies on the master that the flags name.
pub(super) fn changer(global: &Global, directory: Option<&Path>) -> Result<Changer, Failure> {
    let options = open_options(global, directory);
    let changer = Changer::new(
        &options,
        global.state_dir.as_deref(),
        global.config_dir.as_deref(),
    )?;
    Ok(changer.kdf_limit(global.kdf_limit))
}
