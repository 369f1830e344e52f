//! How to copy an operation's old files back by hand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::Journal;
use crate::pki::moment::rfc3339;
use crate::pki::text::{printable, quoted};
use crate::record::{Attributes, JournalEntry, PathState, Place};

/// The text of the README in the operation's folder.
pub(super) fn text(
    folder: &Path,
    journal: &Journal,
    real: &dyn Fn(Place, &str) -> PathBuf,
) -> String {
    let operation = &journal.operation;
    let mut text = format!(
        "kubepki: {}\nOperation {}, begun {}.\n\n\
         before/ holds the files as they were. `kubepki undo {}` brings them back. By hand, as root:\n\n",
        printable(&operation.plan.title),
        operation.id,
        rfc3339(operation.started_at),
        operation.id,
    );
    let _ = writeln!(text, "    cd {}", quoted(&folder.display().to_string()));
    for (entry, change) in journal.entries.iter().zip(&operation.plan.changes).rev() {
        for line in lines(
            entry,
            &real(change.place, &entry.target).display().to_string(),
        ) {
            let _ = writeln!(text, "    {line}");
        }
    }
    text.push_str(
        "\nThen restart what reads them. journal.json says what each file was and became.\n",
    );
    text
}

fn lines(entry: &JournalEntry, path: &str) -> Vec<String> {
    let path = quoted(path);
    let install = |what: &str, attributes: &Attributes| {
        let Attributes { owner, group, mode } = attributes;
        format!("install {what} -o {owner} -g {group} -m {mode:04o}")
    };
    match (&entry.before, &entry.after) {
        (PathState::Absent, PathState::Directory { .. }) => vec![format!("rmdir {path}")],
        (PathState::Absent, _) => vec![format!("rm -f {path}")],
        (PathState::File { attributes, .. }, _) => match &entry.backup {
            Some(name) => vec![format!(
                "{} {} {path}",
                install("-T", attributes),
                quoted(&format!("before/{name}"))
            )],
            None => vec![format!("# {path} was not kept")],
        },
        (PathState::Link { text }, _) => vec![format!("ln -sfn {} {path}", quoted(text))],
        (PathState::Directory { attributes }, _) => {
            vec![format!("{} {path}", install("-d", attributes))]
        }
    }
}
