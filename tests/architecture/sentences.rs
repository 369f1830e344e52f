//! Values before words: no decision hangs on a sentence. Whoever compares a text with a piece of
//! one is refused, but for the few texts that come from elsewhere and are read as such.

use std::collections::BTreeSet;

use crate::bound_texts::Constants;
use crate::compared::all;

/// A text of somebody else's that is read for what it says.
pub(crate) struct Read {
    /// The file under `src`.
    file: &'static str,
    /// What it looks for.
    texts: &'static [&'static str],
    /// Whose text it is.
    whose: &'static str,
}

/// The true operations on texts.
pub(crate) const READ: &[Read] = &[
    read(
        "cli/history/text.rs",
        &["set -eu"],
        "a script's, as records keep it",
    ),
    read(
        "cli/mod.rs",
        &["error: "],
        "clap's, which has no other way to leave out its head",
    ),
    read(
        "inventory/given/unwrap.rs",
        &["kind", "Secret", "ConfigMap"],
        "a file's: a guess before it is read as YAML",
    ),
    read(
        "probe/dial.rs",
        &[" (os error"],
        "the standard library's: the system's words, without a number",
    ),
    read("inventory/assemble/paths.rs", &["backup"], "a file's name"),
    read(
        "inventory/origin.rs",
        &["kubepods"],
        "a control group's name",
    ),
    read(
        "kubernetes/flags/environment.rs",
        &["export "],
        "a shell script's",
    ),
    read(
        "kubernetes/yaml.rs",
        &["List"],
        "the kind of a Kubernetes object",
    ),
    read(
        "pki/general_name.rs",
        &["ip address"],
        "a name as openssl prints it",
    ),
    read(
        "record/plan_kind.rs",
        &["Undo: ", "Redo: "],
        "a journal's of a release that wrote no kind",
    ),
    read(
        "record/plan_summary.rs",
        &["kubectl apply -f "],
        "a journal's of a release that named its files there alone",
    ),
    read(
        "store/error.rs",
        &[" (os error"],
        "the standard library's: the system's words, without a number",
    ),
    read(
        "store/journal/record.rs",
        &[",\n  \"checksum\": \"", "\n    \"state\": \""],
        "a journal's: what its checksum is of, and its state where all else is left unread",
    ),
    read("store/read/wanted.rs", &["kubeconfig"], "a flag's name"),
    read(
        "ui/wizards/answer.rs",
        &["IP Address:"],
        "a person's: names as openssl prints them",
    ),
];

const fn read(file: &'static str, texts: &'static [&'static str], whose: &'static str) -> Read {
    Read { file, texts, whose }
}

/// The pieces of sentences with which the code of a file compares texts, those apart that it reads
/// by right. `constants`: those that stand for texts.
pub(crate) fn compared(file: &str, text: &str, constants: &Constants) -> BTreeSet<String> {
    let read = READ
        .iter()
        .filter(|read| read.file == file)
        .flat_map(|read| read.texts)
        .copied();
    let known: BTreeSet<&str> = read.collect();
    all(file, text, constants)
        .iter()
        .filter(|text| !known.contains(text.as_str()))
        .map(|text| format!("{text:?}"))
        .collect()
}

/// What [`READ`] names and the code does not look for any more.
pub(crate) fn not_read(file: &str, text: &str, constants: &Constants) -> Vec<String> {
    let found = all(file, text, constants);
    let read = READ
        .iter()
        .filter(|read| read.file == file)
        .flat_map(|read| read.texts);
    read.filter(|text| !found.contains(**text))
        .map(|text| format!("src/{file} does not read {text:?}"))
        .collect()
}

/// Every file under `src`, with its text.
fn files() -> Vec<(String, String)> {
    let base = crate::root().join("src");
    let paths = crate::rust_files(&base).into_iter();
    paths
        .map(|path| {
            (
                path.strip_prefix(&base)
                    .unwrap_or(&path)
                    .display()
                    .to_string(),
                crate::read(&path),
            )
        })
        .collect()
}

#[test]
fn no_decision_hangs_on_a_sentence() {
    let files = files();
    let constants = Constants::of(
        files
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str())),
    );
    let faults = |(file, text): &(String, String)| {
        let found = compared(file, text, &constants).into_iter();
        found
            .map(|words| format!("src/{file} looks for {words} in a text: hand up a value"))
            .collect::<Vec<_>>()
    };
    let faults: Vec<String> = files.iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_read_by_right_is_still_read() {
    let files = files();
    let constants = Constants::of(
        files
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str())),
    );
    for read in READ {
        assert!(
            files.iter().any(|(file, _)| file == read.file),
            "src/{} is not there",
            read.file
        );
        assert!(!read.whose.is_empty(), "src/{}: whose text?", read.file);
    }
    let named = files
        .iter()
        .filter(|(file, _)| READ.iter().any(|read| read.file == file));
    let idle: Vec<String> = named
        .flat_map(|(file, text)| not_read(file, text, &constants))
        .collect();
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}
