//! Files and functions stay small.

use crate::{FOLDERS, parsed, sources};

/// A file has fewer lines.
const FILE_LINES: usize = 400;

/// A file that is one thought has fewer lines.
const LONG_FILE_LINES: usize = 450;

const FUNCTION_LINES: usize = 60;

/// A file that may have `FILE_LINES` and more, for what it says falls apart when it is divided.
struct OneThought {
    path: &'static str,
    /// In one line.
    thought: &'static str,
}

const ONE_THOUGHT: &[OneThought] = &[];

/// What is wrong with the sizes of files, each given by its path and lines, and with the list of
/// long ones.
fn file_faults(files: &[(String, usize)], long: &[OneThought]) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, lines) in files {
        let is_listed = long.iter().any(|one| one.path == path);
        let limit = if is_listed {
            LONG_FILE_LINES
        } else {
            FILE_LINES
        };
        if *lines >= limit {
            faults.push(format!("{path} has {lines} lines"));
        }
        if is_listed && *lines < FILE_LINES {
            faults.push(format!("{path} has {lines} lines: it need not be listed"));
        }
    }
    for OneThought { path, thought } in long {
        if !files.iter().any(|(file, _)| file == path) {
            faults.push(format!("{path} is listed and not there"));
        }
        if thought.trim().is_empty() || thought.contains('\n') {
            faults.push(format!("{path}: one line says which thought it is"));
        }
    }
    faults
}

#[test]
fn files_and_functions_stay_small() {
    let (mut files, mut long_functions) = (Vec::new(), Vec::new());
    for folder in FOLDERS {
        for (file, source) in sources(folder) {
            let path = format!("{folder}/{file}");
            let long = source
                .functions
                .iter()
                .filter(|(_, lines)| *lines >= FUNCTION_LINES);
            long_functions
                .extend(long.map(|(name, lines)| format!("{path}: {name} has {lines} lines")));
            files.push((path, source.lines));
        }
    }
    let faults = [file_faults(&files, ONE_THOUGHT), long_functions].concat();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn long_functions_are_seen() {
    let body = "\n    let _ = 1;".repeat(FUNCTION_LINES);
    let source = parsed(
        "pki",
        &format!("trait T {{ fn long() {{{body}\n}} }}\nfn short() {{}}"),
    );
    assert_eq!(
        source.functions,
        [("long".to_owned(), FUNCTION_LINES), ("short".to_owned(), 0)]
    );
}

#[test]
fn long_files_are_refused_and_those_that_need_no_exception() {
    let listed = |path, thought| OneThought { path, thought };
    let files = |sizes: &[(&str, usize)]| -> Vec<(String, usize)> {
        sizes
            .iter()
            .map(|(path, lines)| ((*path).to_owned(), *lines))
            .collect()
    };
    let long = [
        listed("src/one.rs", "one thing"),
        listed("src/two.rs", "another"),
    ];
    let fine = files(&[
        ("src/one.rs", 400),
        ("src/two.rs", 449),
        ("src/three.rs", 399),
    ]);
    assert_eq!(file_faults(&fine, &long), Vec::<String>::new());
    let wrong = files(&[
        ("src/one.rs", 399),
        ("src/two.rs", 450),
        ("src/three.rs", 400),
    ]);
    let expected = [
        "src/one.rs has 399 lines: it need not be listed",
        "src/two.rs has 450 lines",
        "src/three.rs has 400 lines",
    ];
    assert_eq!(file_faults(&wrong, &long), expected);
    let long = [
        listed("src/gone.rs", "one thing"),
        listed("src/mute.rs", " "),
    ];
    let expected = [
        "src/gone.rs is listed and not there",
        "src/mute.rs: one line says which thought it is",
    ];
    assert_eq!(
        file_faults(&files(&[("src/mute.rs", 420)]), &long),
        expected
    );
}
