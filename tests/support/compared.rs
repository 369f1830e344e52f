//! What a screen and a command say, so that they can be compared, and the masters of which they say
//! it.

use std::fs;
use std::path::{Path, PathBuf};

use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::Verified;
use kubepki::model::Reading;
use kubepki::progress::silent;
use time::Duration;
use time::format_description::well_known::Rfc3339;

use super::stage::MOMENT;

/// When the zoo is made.
pub(crate) const MADE: &str = "2026-11-22T00:00:00Z";

/// A screen's text without frame and spaces: lines are wrapped there.
pub(crate) fn joined(screen: &str) -> String {
    screen
        .chars()
        .filter(|one| !one.is_whitespace() && !"│▌".contains(*one))
        .collect()
}

/// A line's words without what separates them on either face.
pub(crate) fn bare(text: &str) -> String {
    joined(text).replace([',', ';', ':', '·'], "")
}

/// A master as the application reads it.
pub(crate) fn reading(root: &Path) -> Reading {
    let options = OpenOptions {
        root: root.to_owned(),
        processes: false,
        ..OpenOptions::default()
    };
    Reading::new(open(&options, &silent, &mut Verified::new()).expect("a master"))
}

/// The moment of the stage, so many days later.
pub(crate) fn at(later: i64) -> String {
    (MOMENT + Duration::days(later))
        .format(&Rfc3339)
        .expect("a date")
}

/// Every master of the zoo that is made in `folder`, for this date: its name and root.
pub(crate) fn zoo(folder: &Path, made: &str) -> Option<Vec<(String, PathBuf)>> {
    super::zoo::make(folder, made, &[])?;
    let truth = fs::read_to_string(folder.join("zoo.yaml")).expect("the zoo's list");
    let truth: serde_yaml::Value = serde_yaml::from_str(&truth).expect("YAML");
    let word = |value: &serde_yaml::Value| value.as_str().expect("a word").to_owned();
    let mut masters = Vec::new();
    for case in truth["cases"].as_sequence().expect("cases") {
        let id = word(&case["id"]);
        let roots = case["roots"].as_sequence().expect("roots").iter();
        masters.extend(roots.map(|root| (id.clone(), folder.join(&id).join(word(root)))));
    }
    masters.retain(|(_, root)| root.is_dir());
    assert!(masters.len() > 120, "{} masters", masters.len());
    Some(masters)
}
