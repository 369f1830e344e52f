//! The zoo of masters, made afresh by `fixtures/zoo/make_zoo.py`.

use std::path::Path;
use std::process::Command;

use super::{succeed, text, tool};

/// Makes these masters (all, where none is named) below `folder`, as of the date `now` (RFC 3339). `None` where
/// Python or its `cryptography` is missing.
pub(crate) fn make(folder: &Path, now: &str, only: &[&str]) -> Option<()> {
    let python = tool("python3")?;
    let has_cryptography =
        Command::new(&python).args(["-c", "import cryptography"]).output().is_ok_and(|it| it.status.success());
    if !has_cryptography {
        assert!(
            std::env::var_os("KUBEPKI_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
            "python3-cryptography is required"
        );
        eprintln!("skipped: python3 has no cryptography");
        return None;
    }
    let generator = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/zoo/make_zoo.py");
    let mut arguments = vec![generator, text(folder), "--now", now];
    let list = folder.with_extension("only");
    if !only.is_empty() {
        std::fs::write(&list, only.join("\n")).expect("the list of cases");
        arguments.extend(["--only", text(&list)]);
    }
    succeed(&python, &arguments);
    Some(())
}
