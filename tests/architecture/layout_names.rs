//! No layout is known by name: what a distribution needs stands in its YAML, and a new one needs no
//! line in Rust.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::is_of_tests;
use crate::tokens::is;

/// Words that a layout happens to be called, where they mean something else: file, word.
const OTHER_MEANINGS: [(&str, &str); 1] = [("record/plan_summary.rs", "directory")];

/// The names of the layouts in `folder`.
pub(crate) fn names(folder: &Path) -> BTreeSet<String> {
    let texts = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let texts = texts
        .filter(|entry| entry.file_name() != "common.yaml")
        .map(|entry| crate::read(&entry.path()));
    texts
        .filter_map(|text| {
            text.lines()
                .find_map(|line| Some(line.strip_prefix("name:")?.trim().to_owned()))
        })
        .collect()
}

/// The layouts that `text`, which stands at `file` under `src`, names in a string outside its unit
/// tests.
pub(crate) fn violations(file: &str, text: &str, names: &BTreeSet<String>) -> BTreeSet<String> {
    if is_of_tests(file) {
        return BTreeSet::new();
    }
    let tokens: TokenStream = text
        .parse()
        .unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut strings = BTreeSet::new();
    collect(tokens, &mut strings);
    strings.retain(|word| names.contains(word) && !OTHER_MEANINGS.contains(&(file, word)));
    strings
        .into_iter()
        .map(|name| format!("the layout {name}"))
        .collect()
}

fn collect(stream: TokenStream, strings: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        at += match &tokens[at..] {
            [hash, TokenTree::Group(attribute), rest @ ..]
                if is(hash, '#') && is_for_tests(&attribute.stream()) =>
            {
                let ends = |token: &TokenTree| match token {
                    TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                    other => is(other, ';'),
                };
                2 + rest.iter().position(ends).map_or(rest.len(), |end| end + 1)
            }
            [TokenTree::Group(group), ..] => {
                collect(group.stream(), strings);
                1
            }
            [TokenTree::Literal(literal), ..] => {
                if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    strings.insert(text.value());
                }
                1
            }
            _ => 1,
        };
    }
}

fn is_for_tests(attribute: &TokenStream) -> bool {
    attribute.to_string().replace(' ', "") == "cfg(test)"
}
