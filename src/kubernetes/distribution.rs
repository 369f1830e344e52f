//! The layouts' YAML as it is embedded (`assets/layouts/`), and what whoever reads flags must know
//! of all of them before it is known which one it is.

use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::yaml;

/// Every layout, in no order that means anything.
pub(super) static TEXTS: &[&str] = include!(concat!(env!("OUT_DIR"), "/layouts.rs"));

/// What all of them have in common.
pub(super) const COMMON: &str = include_str!("../../assets/layouts/common.yaml");

/// The programs of all distributions that are several components at once, or start them, as "k3s".
pub fn programs() -> &'static [String] {
    static PROGRAMS: LazyLock<Vec<String>> =
        LazyLock::new(|| TEXTS.iter().flat_map(|text| programs_of(text)).collect());
    &PROGRAMS
}

/// The units in which distributions keep all their components, as "rke2-server": a unit need not be
/// called as its program is.
pub fn units() -> &'static [String] {
    static UNITS: LazyLock<Vec<String>> =
        LazyLock::new(|| TEXTS.iter().filter_map(|text| unit_of(text)).collect());
    &UNITS
}

fn programs_of(text: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Programs {
        programs: Vec<String>,
    }
    field(text, "programs:")
        .map(|read: Programs| read.programs)
        .unwrap_or_default()
}

fn unit_of(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Kept {
        keeper: Keeper,
    }
    #[derive(Deserialize)]
    struct Keeper {
        unit: Unit,
    }
    #[derive(Deserialize)]
    struct Unit {
        name: String,
    }
    // Another keeper is no map with a unit in it.
    field(text, "keeper:").map(|read: Kept| read.keeper.unit.name)
}

/// Only that field is parsed: the rest of the text is the layout's to judge, and whoever starts
/// waits for this.
fn field<T: DeserializeOwned>(text: &str, key: &str) -> Option<T> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(key));
    let first = lines.next()?;
    let rest =
        lines.take_while(|line| line.is_empty() || line.starts_with([' ', '-', '#', ']', '}']));
    let field: Vec<&str> = std::iter::once(first).chain(rest).collect();
    serde_yaml::from_value(yaml::value(&field.join("\n")).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_read_out_of_a_layout() {
        for (text, expected) in [
            ("name: a\nprograms: [a, b]\nplaces: []\n", &["a", "b"][..]),
            (
                "programs:\n- a\n  # or\n\n- b\nplaces:\n- {path: /c}\n",
                &["a", "b"],
            ),
            ("programs: [\n  a,\n  b\n]\nplaces: []\n", &["a", "b"]),
            ("name: a\nplaces: []\n", &[]),
        ] {
            assert_eq!(programs_of(text), expected, "{text}");
        }
    }

    #[test]
    fn units_are_read_out_of_a_layout() {
        for (text, expected) in [
            (
                "name: a\nkeeper: {unit: {name: b, one_process: true}}\nplaces: []\n",
                Some("b"),
            ),
            ("keeper:\n  unit:\n    name: b\nplaces: []\n", Some("b")),
            ("keeper: {\n  unit: {name: b}\n}\nplaces: []\n", Some("b")),
            ("keeper: docker\nplaces: []\n", None),
            ("name: a\nplaces: []\n", None),
        ] {
            assert_eq!(unit_of(text).as_deref(), expected, "{text}");
        }
    }
}
