//! What the tests share is in use: each program of tests expects that some of it is dead there, so
//! no compiler says what is dead in all of them.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};

use crate::{read, root, rust_files};

/// How often each name stands in some texts, outside strings and comments.
fn names<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let mut names = BTreeMap::new();
    for text in texts {
        count(
            text.parse()
                .unwrap_or_else(|error| panic!("{error}: {text}")),
            &mut names,
        );
    }
    names
}

fn count(stream: TokenStream, names: &mut BTreeMap<String, usize>) {
    for token in stream {
        match token {
            TokenTree::Group(group) => count(group.stream(), names),
            TokenTree::Ident(name) => *names.entry(name.to_string()).or_default() += 1,
            _ => {}
        }
    }
}

/// The names that a text gives to others, as `pub(crate) fn NAME`.
fn given(text: &str) -> impl Iterator<Item = &str> {
    let ends = |character: char| !character.is_alphanumeric() && character != '_';
    let items = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("pub(crate) "));
    let items = items.filter_map(|item| {
        ["fn ", "const ", "struct ", "enum ", "type "]
            .iter()
            .find_map(|kind| item.strip_prefix(kind))
    });
    items.filter_map(move |rest| rest.split(ends).next())
}

/// The names that helpers give and nothing else names.
fn unused<'a>(helpers: &[&'a str], users: &[&'a str]) -> Vec<&'a str> {
    let names = names(helpers.iter().chain(users).copied());
    helpers
        .iter()
        .flat_map(|text| given(text))
        .filter(|name| names.get(*name) == Some(&1))
        .collect()
}

#[test]
fn every_helper_is_in_use() {
    let texts = |folder: &str| -> Vec<(bool, String)> {
        let files = rust_files(&root().join(folder)).into_iter();
        let files =
            files.filter(|path| !path.components().any(|part| part.as_os_str() == "fixtures"));
        files
            .map(|path| {
                (
                    path.components().any(|part| part.as_os_str() == "support"),
                    read(&path),
                )
            })
            .collect()
    };
    let all = [texts("tests"), texts("examples")].concat();
    let of = |kind: bool| {
        all.iter()
            .filter(|(is, _)| *is == kind)
            .map(|(_, text)| text.as_str())
            .collect::<Vec<_>>()
    };
    let helpers = of(true);
    assert!(
        helpers.iter().flat_map(|text| given(text)).count() > 100,
        "the helpers are not found"
    );
    assert_eq!(
        unused(&helpers, &of(false)),
        Vec::<&str>::new(),
        "nobody uses them"
    );
}

#[test]
fn a_helper_that_nobody_uses_is_seen() {
    let helpers = "pub(crate) const A: &str = \"b\";\nimpl X {\n    pub(crate) fn b() {}\n}\npub(crate) fn c<T>() {}\nfn d() {}";
    assert_eq!(unused(&[helpers], &["fn e() { A; } // b()"]), ["b", "c"]);
    assert_eq!(
        unused(&[helpers], &["fn e() { A; X::b(); c::<u8>() }"]),
        Vec::<&str>::new()
    );
}
