//! The zoo of masters, made afresh by `fixtures/zoo/make_zoo.py`.

use std::path::Path;

use super::{python, succeed, text};

/// The date of the zoo whose faults are known.
pub(crate) const MADE: &str = "2026-11-22T00:00:00Z";

/// Makes these masters (all, where none is named) below `folder`, as of the date `now` (RFC 3339).
/// `None` where Python or its `cryptography` is missing.
pub(crate) fn make(folder: &Path, now: &str, only: &[&str]) -> Option<()> {
    let python = python("cryptography")?;
    let generator = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/zoo/make_zoo.py"
    );
    let mut arguments = vec![generator, text(folder), "--now", now];
    let list = folder.with_extension("only");
    if !only.is_empty() {
        std::fs::write(&list, only.join("\n")).expect("the list of cases");
        arguments.extend(["--only", text(&list)]);
    }
    succeed(&python, &arguments);
    Some(())
}
