//! The layouts' YAML as it is embedded (`assets/layouts/`), and what whoever reads flags must know of all of them before
//! it is known which one it is.

use std::sync::LazyLock;

use serde::Deserialize;

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

/// Only that field is parsed: the rest of the text is the layout's to judge, and whoever starts waits for this.
fn programs_of(text: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Programs {
        programs: Vec<String>,
    }
    let mut lines = text.lines().skip_while(|line| !line.starts_with("programs:"));
    let Some(first) = lines.next() else { return Vec::new() };
    let rest = lines.take_while(|line| line.is_empty() || line.starts_with([' ', '-', '#', ']']));
    let field: Vec<&str> = std::iter::once(first).chain(rest).collect();
    let read = yaml::value(&field.join("\n")).ok().and_then(|value| serde_yaml::from_value::<Programs>(value).ok());
    read.map(|read| read.programs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_read_out_of_a_layout() {
        for (text, expected) in [
            ("name: a\nprograms: [a, b]\nplaces: []\n", &["a", "b"][..]),
            ("programs:\n- a\n  # or\n\n- b\nplaces:\n- {path: /c}\n", &["a", "b"]),
            ("programs: [\n  a,\n  b\n]\nplaces: []\n", &["a", "b"]),
            ("name: a\nplaces: []\n", &[]),
        ] {
            assert_eq!(programs_of(text), expected, "{text}");
        }
    }
}
