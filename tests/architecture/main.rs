//! The architecture as a test: layers, sizes, the packages that were asked for, nothing half done.

mod bound_texts;
mod closed_sets;
mod compared;
mod helpers;
mod knots;
mod layout_names;
mod sentences;
mod sizes;
mod source;
mod table;
mod tokens;
mod type_names;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bound_texts::Constants;
use knots::{Circle, circles};
use source::Source;
use table::{
    CLOCK, LAYERS, Refused, STUBS, TERMINAL, TERMINAL_IO, WORLD, layer, layer_of, violations,
};

/// Where the project's own code lies.
const FOLDERS: [&str; 6] = [
    "src",
    "tests",
    "benches",
    "examples",
    "fuzz/src",
    "fuzz/fuzz_targets",
];

/// The packages that the work order names: each one a direct dependency, each one in use.
const ASKED_FOR: [&str; 7] = [
    "ratatui",
    "crossterm",
    "rcgen",
    "x509-parser",
    "serde_yaml",
    "directories",
    "anyhow",
];

#[test]
fn every_file_keeps_to_its_layer() {
    let mut faults = Vec::new();
    for (file, source) in sources("src") {
        match layer_of(&file) {
            None => faults.push(format!("src/{file} belongs to no layer of the table")),
            Some(layer) => {
                faults.extend(
                    violations(layer, &source)
                        .into_iter()
                        .map(|path| format!("src/{file} names {path}")),
                );
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_table_has_no_circle() {
    for (place, layer) in LAYERS.iter().enumerate() {
        for used in layer.may_use {
            assert!(
                LAYERS[..place].iter().any(|lower| lower.name == *used),
                "{} is above {used}",
                layer.name
            );
        }
    }
}

#[test]
fn no_siblings_need_one_another() {
    let faults: Vec<String> = circles(&sources("src")).iter().map(Circle::told).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// No folder is spared.
#[test]
fn each_circle_of_a_folder_is_refused() {
    let text = "mod alive { fn f() { super::world::f() } } mod panes { use super::rows::f; } mod rows { use super::panes; } \
                mod world { use super::alive; }";
    for (file, folder) in [("ui/mod.rs", "ui"), ("plan/mod.rs", "plan")] {
        let found = circles(&[(
            file.to_owned(),
            source::parse(file, text).expect("it is Rust"),
        )]);
        let told: Vec<String> = found.iter().map(Circle::told).collect();
        let heads: Vec<&str> = told
            .iter()
            .filter_map(|circle| circle.lines().next())
            .collect();
        let expected = ["alive, world:", "panes, rows:"]
            .map(|modules| format!("src/{folder} is knotted, {modules}"));
        assert_eq!(heads, expected);
    }
}

#[test]
fn no_layout_is_known_by_its_name() {
    let base = root().join("src");
    let layouts = layout_names::names(&root().join("assets/layouts"));
    assert!(layouts.len() >= 7, "{layouts:?}");
    let mut faults = Vec::new();
    for path in rust_files(&base) {
        let file = path
            .strip_prefix(&base)
            .unwrap_or(&path)
            .display()
            .to_string();
        let found = layout_names::violations(&file, &read(&path), &layouts);
        faults.extend(
            found
                .into_iter()
                .map(|name| format!("src/{file} names {name}")),
        );
    }
    assert!(
        faults.is_empty(),
        "a field of the layouts' YAML says it instead:\n{}",
        faults.join("\n")
    );
}

#[test]
fn no_lint_is_silenced_without_a_reason() {
    for folder in FOLDERS {
        for (file, source) in sources(folder) {
            assert_eq!(
                source.silenced, 0,
                "{folder}/{file}: `#[expect(…, reason = …)]`, never `#[allow]`"
            );
        }
    }
}

#[test]
fn stubs_and_silenced_lints_are_seen() {
    assert_eq!(
        parsed("pki", "#[allow(dead_code)]\nfn short() {}").silenced,
        1
    );
    assert!(parsed("pki", "//! To be written.").is_empty);
}

#[test]
fn no_file_is_a_stub() {
    let empty: Vec<String> = sources("src")
        .into_iter()
        .filter(|(_, source)| source.is_empty)
        .map(|(file, _)| file)
        .collect();
    assert!(empty.is_empty(), "nothing but comments in {empty:?}");
}

#[test]
fn the_packages_asked_for_are_direct_dependencies_in_use() {
    let manifest = read(&root().join("Cargo.toml"));
    let dependencies = manifest
        .split("\n[")
        .find(|section| section.starts_with("dependencies]"))
        .unwrap_or_default();
    let named: BTreeSet<&str> = dependencies
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0.trim()))
        .collect();
    let used: BTreeSet<String> = sources("src")
        .into_iter()
        .flat_map(|(_, source)| source.paths)
        .filter(|path| path.len() > 1)
        .map(|mut path| path.remove(0))
        .collect();
    for package in ASKED_FOR {
        assert!(named.contains(package), "{package} is no direct dependency");
        assert!(
            used.contains(&package.replace('-', "_")),
            "{package} is not used in src"
        );
    }
}

/// Each fixture is wrong on purpose: it says where it stands (`//! as:`) and what must be found
/// (`//! refuse:`, `//! knot:`).
#[test]
fn broken_fixtures_are_found_out() {
    let folder = root().join("tests/fixtures/architecture");
    let layouts = layout_names::names(&root().join("assets/layouts"));
    let (mut seen, mut faults) = (0, Vec::new());
    for path in rust_files(&folder) {
        let text = read(&path);
        let told = |key: &str| {
            text.lines()
                .filter_map(|line| line.strip_prefix(key))
                .map(|rest| rest.trim().to_owned())
                .collect::<Vec<_>>()
        };
        let file = told("//! as:").concat();
        let expected: BTreeSet<String> = told("//! refuse:").into_iter().collect();
        let expected_knots = told("//! knot:");
        let source = source::parse(&file, &text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let layer = layer_of(&file).unwrap_or_else(|| panic!("{}: no layer", path.display()));
        let mut found =
            &violations(layer, &source) | &layout_names::violations(&file, &text, &layouts);
        found.extend(sentences::compared(
            &file,
            &text,
            &Constants::of([(file.as_str(), text.as_str())]),
        ));
        if found != expected {
            faults.push(format!(
                "{}: found {found:?}, expected {expected:?}",
                path.display()
            ));
        }
        let knots = circles(&[(file, source)]);
        let knots: Vec<String> = knots
            .iter()
            .map(|circle| format!("{}: {}", circle.folder, circle.modules.join(", ")))
            .collect();
        if knots != expected_knots {
            faults.push(format!(
                "{}: found {knots:?}, expected {expected_knots:?}",
                path.display()
            ));
        }
        seen += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen >= 10, "only {seen} fixtures in {}", folder.display());
}

#[test]
fn each_pair_of_layers_that_is_not_in_the_table_is_refused() {
    let names: Vec<&str> = LAYERS
        .iter()
        .map(|layer| layer.name)
        .filter(|name| !["lib", "main"].contains(name))
        .collect();
    for user in LAYERS {
        for used in &names {
            let text = format!("fn f() {{ crate::{used}::f() }}");
            let refused = !violations(user, &parsed(user.name, &text)).is_empty();
            let allowed = user.name == *used || *used == "progress" || user.may_use.contains(used);
            assert_eq!(refused, !allowed, "{} and {used}", user.name);
        }
    }
}

/// What must be kept out, and of which layers.
const KEPT_OUT: [(&[Refused], &[&str]); 5] = [
    (
        WORLD,
        &[
            "progress",
            "pki",
            "kubernetes",
            "inventory",
            "record",
            "plan",
            "model",
            "ui",
            "app",
        ],
    ),
    (
        CLOCK,
        &[
            "progress",
            "pki",
            "kubernetes",
            "inventory",
            "record",
            "plan",
            "model",
            "ui",
            "app",
        ],
    ),
    (
        TERMINAL,
        &[
            "progress",
            "pki",
            "kubernetes",
            "inventory",
            "record",
            "plan",
        ],
    ),
    (TERMINAL_IO, &["model", "ui", "app"]),
    (
        STUBS,
        &[
            "pki", "store", "probe", "engine", "ui", "runtime", "cli", "main",
        ],
    ),
];

#[test]
fn each_part_of_the_world_is_refused_where_the_table_says_so() {
    for (rules, layers) in KEPT_OUT {
        for rule in rules {
            let text = match rule {
                Refused::Prefix(prefix) => {
                    format!(
                        "use {prefix}{};",
                        if prefix.ends_with('*') {
                            ""
                        } else {
                            "::{self as x, y}"
                        }
                    )
                }
                Refused::Name(name) => format!("fn f() {{ {name}!() }}"),
            };
            for name in layers {
                let layer = layer(name).unwrap_or_else(|| panic!("{name} is in the table"));
                assert!(
                    !violations(layer, &parsed(name, &text)).is_empty(),
                    "{name} may write {text}"
                );
            }
        }
    }
}

fn parsed(layer: &str, text: &str) -> Source {
    source::parse(&format!("{layer}/file.rs"), text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Every Rust file below a folder of the project, fixtures apart, with its path from there.
fn sources(folder: &str) -> Vec<(String, Source)> {
    let base = root().join(folder);
    let files = rust_files(&base)
        .into_iter()
        .filter(|path| !path.components().any(|part| part.as_os_str() == "fixtures"));
    files
        .map(|path| {
            let file = path
                .strip_prefix(&base)
                .unwrap_or(&path)
                .display()
                .to_string();
            let source = source::parse(&file, &read(&path))
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            (file, source)
        })
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
