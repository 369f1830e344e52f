//! The seeds of the fuzz targets (`fuzz/seeds`), whole, cut and damaged, given to the very
//! functions that are fuzzed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::targets::{TARGETS, Target};

/// In how many places a seed is cut and damaged.
const PLACES: usize = 24;

fn seeds(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(name);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).expect("a seed")))
        .collect()
}

/// The seed itself must be something; what is left of it when it is damaged need not.
fn replay(name: &str) {
    let (_, target): &Target = TARGETS
        .iter()
        .find(|(known, _)| *known == name)
        .expect("a target");
    let seeds = seeds(name);
    assert!(seeds.len() >= 4, "{name} has {} seeds", seeds.len());
    for (path, bytes) in seeds {
        let run = |bytes: &[u8], what: &str| {
            std::panic::catch_unwind(|| target(bytes))
                .unwrap_or_else(|_| panic!("{} {what}", path.display()))
        };
        let is_damaged = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("damaged-"));
        assert!(
            run(&bytes, "whole") || is_damaged,
            "nothing is read from {}",
            path.display()
        );
        for place in (0..bytes.len()).step_by(bytes.len().div_ceil(PLACES).max(1)) {
            run(&bytes[..place], &format!("cut at {place}"));
            for change in [0x01, 0x20, 0x80] {
                let mut changed = bytes.clone();
                changed[place] ^= change;
                run(&changed, &format!("with {change:#04x} at {place}"));
            }
        }
    }
}

#[test]
fn der() {
    replay("der");
}

#[test]
fn flags() {
    replay("flags");
}

#[test]
fn journal() {
    replay("journal");
}

#[test]
fn kubeconfig() {
    replay("kubeconfig");
}

#[test]
fn pem() {
    replay("pem");
}

#[test]
fn requests() {
    replay("requests");
}

#[test]
fn tokens() {
    replay("tokens");
}

#[test]
fn yaml() {
    replay("yaml");
}

/// A folder of seeds, an executable and a function belong together.
#[test]
fn each_target_is_complete() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(fuzz.join(folder)).expect("a folder");
        let stem = |path: PathBuf| {
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
        };
        entries
            .filter_map(|entry| stem(entry.expect("an entry").path()))
            .collect()
    };
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("seeds"), known);
    assert_eq!(names("fuzz_targets"), known);
}
