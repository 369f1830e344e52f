//! Closed sets are types: no literal names what an enum does.

use std::collections::BTreeSet;

use kubepki::kubernetes::component::Component;
use kubepki::kubernetes::role::role;
use kubepki::pki::{ExtendedKeyUsage, KeyUsage};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::is_of_tests;
use crate::{read, root, rust_files};

/// Where such a word is no component: file, word, what it is there.
const OTHERS: &[(&str, &str, &str)] = &[
    (
        "cli/certificate.rs",
        "kubelet",
        "where a certificate lies: in the kubelet's own folder",
    ),
    ("setup/check/nodes.rs", "etcd", "the role of a node"),
    ("setup/mod.rs", "etcd", "the role of a node"),
    ("setup/kubeadm/read.rs", "etcd", "a field of kubeadm's file"),
    (
        "kubernetes/role/table.rs",
        "kube-apiserver",
        "the CN that kubeadm gives",
    ),
    (
        "engine/demo/leaves.rs",
        "kube-apiserver",
        "the CN that kubeadm gives",
    ),
    (
        "plan/setup/placing/archives.rs",
        "etcd",
        "the role of a node",
    ),
    ("ui/served.rs", "any", "any certificate is taken"),
];

/// The names of components and usages that stand as literals in a file, outside unit tests and
/// attributes.
fn named(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let tokens = text
        .parse()
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    scan(tokens, &mut found);
    found
}

fn scan(stream: TokenStream, found: &mut BTreeSet<String>) {
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                tokens.next_if(
                    |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '!'),
                );
                let is_test = matches!(tokens.next(), Some(TokenTree::Group(group)) if is_test(&group.stream()));
                if is_test {
                    // What the attribute stands before ends with its body, or with a semicolon.
                    let _ = tokens.by_ref().find(is_end);
                }
            }
            TokenTree::Group(group) => scan(group.stream(), found),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let names = Component::ALL.iter().map(|component| component.as_str());
                let names = names
                    .chain(KeyUsage::ALL.map(KeyUsage::as_str))
                    .map(str::to_owned);
                let mut names =
                    names.chain(ExtendedKeyUsage::NAMED.iter().map(ToString::to_string));
                found.extend(names.find(|name| text.trim_matches('"') == name));
            }
            TokenTree::Punct(_) | TokenTree::Ident(_) => {}
        }
    }
}

fn is_test(attribute: &TokenStream) -> bool {
    attribute.to_string().replace(' ', "") == "cfg(test)"
}

fn is_end(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    }
}

/// The roles that are asked for by a literal in a file: `role.name == "ca"`, `role("ca")`.
fn roles_by_name(text: &str) -> BTreeSet<String> {
    // Tokens apart from each other, whatever the line breaks are.
    let tokens: TokenStream = text
        .parse()
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    let text = tokens.to_string().split_whitespace().collect::<String>();
    let mut found = BTreeSet::new();
    for before in [".name==\"", ".name!=\"", "role(\""] {
        let words = text
            .split(before)
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        found.extend(words.filter(|word| role(word).is_some()).map(str::to_owned));
    }
    found
}

#[test]
fn roles_are_no_words() {
    let base = root().join("src");
    for path in rust_files(&base) {
        let found = roles_by_name(&read(&path));
        assert!(
            found.is_empty(),
            "{}: `RoleId`, not a word: {found:?}",
            path.display()
        );
    }
}

#[test]
fn a_role_as_a_word_is_found_out() {
    let text = read(&root().join("tests/fixtures/closed_sets/role_as_a_word.rs"));
    assert_eq!(roles_by_name(&text), refused(&text));
}

#[test]
fn components_and_usages_are_no_words() {
    let base = root().join("src");
    let mut found: BTreeSet<(String, String)> = BTreeSet::new();
    for path in rust_files(&base) {
        let file = path
            .strip_prefix(&base)
            .unwrap_or(&path)
            .display()
            .to_string();
        if !is_of_tests(&file)
            && !["kubernetes/component.rs", "pki/usage.rs"].contains(&file.as_str())
        {
            found.extend(
                named(&read(&path))
                    .into_iter()
                    .map(|word| (file.clone(), word)),
            );
        }
    }
    let others: BTreeSet<_> = OTHERS
        .iter()
        .map(|(file, word, _)| ((*file).to_owned(), (*word).to_owned()))
        .collect();
    let faults: Vec<_> = found.difference(&others).collect();
    assert!(
        faults.is_empty(),
        "`Component`, `KeyUsage` or `ExtendedKeyUsage`, not a word: {faults:?}"
    );
    let gone: Vec<_> = others.difference(&found).collect();
    assert!(
        gone.is_empty(),
        "no such word stands there any more: {gone:?}"
    );
}

#[test]
fn such_a_word_is_found_out() {
    let text = read(&root().join("tests/fixtures/closed_sets/member_as_a_word.rs"));
    assert_eq!(named(&text), refused(&text));
}

/// What a fixture says must be found in it.
fn refused(text: &str) -> BTreeSet<String> {
    let words = text
        .lines()
        .filter_map(|line| line.strip_prefix("//! refuse:"));
    let words: BTreeSet<String> = words.map(|word| word.trim().to_owned()).collect();
    assert!(words.len() > 2, "{words:?}");
    words
}
