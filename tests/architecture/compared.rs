//! With which texts code compares others: written where they are compared, or behind a constant or
//! a variable.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::bound_texts::{Constants, Names, Scope, bind};
use crate::source::is_of_tests;
use crate::tokens::{inside, is, is_call, test_module, texts, without_sign};

/// Operations that look for their first argument in a text.
const SEARCHES: [&str; 26] = [
    "contains",
    "starts_with",
    "ends_with",
    "strip_prefix",
    "strip_suffix",
    "trim_start_matches",
    "trim_end_matches",
    "trim_matches",
    "find",
    "rfind",
    "matches",
    "rmatches",
    "match_indices",
    "rmatch_indices",
    "replace",
    "replacen",
    "split",
    "split_inclusive",
    "split_terminator",
    "rsplit",
    "rsplit_terminator",
    "splitn",
    "rsplitn",
    "split_once",
    "rsplit_once",
    "eq_ignore_ascii_case",
];

/// Of these a bare word is refused too: a sentence may be known by one.
const SEARCHES_FOR_WORDS: [&str; 20] = [
    "contains",
    "starts_with",
    "ends_with",
    "strip_prefix",
    "strip_suffix",
    "trim_start_matches",
    "trim_end_matches",
    "find",
    "rfind",
    "matches",
    "rmatches",
    "match_indices",
    "split",
    "split_inclusive",
    "split_terminator",
    "rsplit",
    "splitn",
    "rsplitn",
    "split_once",
    "rsplit_once",
];

/// A word of fewer letters tells no sentence.
const SHORTEST_WORD: usize = 4;

/// All pieces of sentences with which the code of a file compares texts.
pub(crate) fn all(file: &str, text: &str, constants: &Constants) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match text.parse::<TokenStream>() {
        Ok(tokens) if !is_of_tests(file) => {
            let tokens: Vec<TokenTree> = tokens.into_iter().collect();
            let everywhere = Scope {
                own: constants.seen_by(text),
                around: None,
            };
            // What the file calls so itself is not another's.
            let mut here = Scope {
                own: Names::new(),
                around: Some(&everywhere),
            };
            bind(&tokens, &["const", "static"], true, &mut here.own);
            scan(&tokens, &here, &mut found);
        }
        _ => {}
    }
    found
}

fn scan(tokens: &[TokenTree], around: &Scope<'_>, found: &mut BTreeSet<String>) {
    let mut names = Scope {
        own: Names::new(),
        around: Some(around),
    };
    let mut at = 0;
    while at < tokens.len() {
        if let Some(length) = test_module(&tokens[at..]) {
            at += length;
            continue;
        }
        searched(tokens, at, &names, found);
        equal(tokens, at, &names, found);
        patterns(tokens, at, &names, found);
        if let TokenTree::Group(group) = &tokens[at] {
            scan(&inside(group), &names, found);
        }
        // A name is known behind its statement.
        if is(&tokens[at], ';') {
            let begin = tokens[..at]
                .iter()
                .rposition(|token| matches!(token, TokenTree::Ident(word) if *word == "let"));
            bind(
                &tokens[begin.unwrap_or(at)..at],
                &["let"],
                false,
                &mut names.own,
            );
        }
        at += 1;
    }
}

/// `.contains("…")` and its like, `str::contains(…, "…")`, `["…"].contains(…)`; `matches!(…, "…")`.
fn searched(tokens: &[TokenTree], at: usize, names: &Scope<'_>, found: &mut BTreeSet<String>) {
    match &tokens[at..] {
        [
            TokenTree::Punct(sign),
            TokenTree::Ident(name),
            TokenTree::Group(arguments),
            ..,
        ] if ".:".contains(sign.as_char()) && arguments.delimiter() == Delimiter::Parenthesis => {
            let name = name.to_string();
            if !SEARCHES.contains(&name.as_str()) {
                return;
            }
            let arguments = inside(arguments);
            // A path is given the text itself first.
            let place = usize::from(sign.as_char() == ':');
            let argument = arguments
                .split(|token| is(token, ','))
                .nth(place)
                .unwrap_or_default();
            let searches_for_words = SEARCHES_FOR_WORDS.contains(&name.as_str());
            let texts = own_texts(argument, names);
            found.extend(
                texts
                    .into_iter()
                    .filter(|text| is_sentence(text) || searches_for_words && is_word(text)),
            );
            if name == "contains" && sign.as_char() == '.' {
                let listed = at
                    .checked_sub(1)
                    .map(|before| listed(&tokens[before], names))
                    .unwrap_or_default();
                found.extend(listed.into_iter().filter(|text| is_sentence(text)));
            }
        }
        [
            TokenTree::Ident(name),
            TokenTree::Punct(sign),
            TokenTree::Group(arguments),
            ..,
        ] if *name == "matches" && sign.as_char() == '!' => {
            let arguments = inside(arguments);
            let pattern = arguments
                .splitn(2, |token| is(token, ','))
                .nth(1)
                .unwrap_or_default();
            found.extend(of_pattern(pattern, names));
        }
        _ => {}
    }
}

/// The texts of an argument. What stands in a call or a closure of it is judged by itself.
fn own_texts(argument: &[TokenTree], names: &Scope<'_>) -> BTreeSet<String> {
    let is_closure = argument.iter().any(|token| is(token, '|'));
    let own = argument
        .iter()
        .enumerate()
        .filter(|(_, token)| !is_closure && !is_call(token));
    own.flat_map(|(at, token)| match token {
        TokenTree::Ident(_) => named(argument, at, names),
        token => texts(token),
    })
    .collect()
}

/// The texts of a list before `.contains(…)`.
fn listed(token: &TokenTree, names: &Scope<'_>) -> Vec<String> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => texts(token),
        TokenTree::Ident(name) => {
            let bound = names.get(&name.to_string()).filter(|bound| bound.is_list);
            bound
                .into_iter()
                .flat_map(|bound| bound.texts.iter().cloned())
                .collect()
        }
        _ => Vec::new(),
    }
}

/// What the name at this place stands for: not where it is a field or a part of a longer path, or
/// something is asked of it.
fn named(tokens: &[TokenTree], at: usize, names: &Scope<'_>) -> Vec<String> {
    const SAME: [&str; 5] = ["as_str", "to_owned", "to_string", "into", "clone"];
    let TokenTree::Ident(name) = &tokens[at] else {
        return Vec::new();
    };
    let is_field = at
        .checked_sub(1)
        .is_some_and(|before| is(&tokens[before], '.'));
    let goes_on = match &tokens[at + 1..] {
        [dot, TokenTree::Ident(method), ..] if is(dot, '.') => {
            !SAME.iter().any(|same| method == same)
        }
        [next, ..] => is(next, ':') || is(next, '!') || matches!(next, TokenTree::Group(_)),
        [] => false,
    };
    let bound = names
        .get(&name.to_string())
        .filter(|_| !is_field && !goes_on);
    bound
        .into_iter()
        .flat_map(|bound| bound.texts.iter().cloned())
        .collect()
}

/// `== "…"`, `!= Some("…")`, and the same the other way round.
fn equal(tokens: &[TokenTree], at: usize, names: &Scope<'_>, found: &mut BTreeSet<String>) {
    let [first, second, after @ ..] = &tokens[at..] else {
        return;
    };
    if !(is(first, '=') || is(first, '!')) || !is(second, '=') {
        return;
    }
    let after = without_sign(after);
    let path = after
        .iter()
        .take_while(|token| matches!(token, TokenTree::Ident(_)) || is(token, ':'))
        .count();
    let is_value = |token: &&TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
        token => matches!(token, TokenTree::Literal(_)),
    };
    let value = after
        .get(path)
        .filter(is_value)
        .map(texts)
        .unwrap_or_default();
    let name = path
        .checked_sub(1)
        .map(|last| named(after, last, names))
        .unwrap_or_default();
    let left = at.checked_sub(1).map(|before| match &tokens[before] {
        TokenTree::Ident(_) => named(&tokens[..at], before, names),
        token @ TokenTree::Literal(_) => texts(token),
        _ => Vec::new(),
    });
    found.extend(
        value
            .into_iter()
            .chain(name)
            .chain(left.unwrap_or_default())
            .filter(|text| is_sentence(text)),
    );
}

/// The pattern before an arrow, and that of a `let`.
fn patterns(tokens: &[TokenTree], at: usize, names: &Scope<'_>, found: &mut BTreeSet<String>) {
    let pattern = match &tokens[at..] {
        [first, second, ..] if is(first, '=') && is(second, '>') => {
            let begins = |token: &TokenTree| match token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                token => is(token, ','),
            };
            let last = at.saturating_sub(1);
            let begin = tokens[..last]
                .iter()
                .rposition(begins)
                .map_or(0, |begin| begin + 1);
            &tokens[begin..at]
        }
        [TokenTree::Ident(word), rest @ ..] if *word == "let" => {
            let end = rest
                .iter()
                .position(|token| is(token, '=') || is(token, ';'))
                .unwrap_or(0);
            &rest[..end]
        }
        _ => return,
    };
    found.extend(of_pattern(pattern, names));
}

/// The sentences of a pattern, before its guard. A name in small letters is a new one there.
fn of_pattern(pattern: &[TokenTree], names: &Scope<'_>) -> Vec<String> {
    let guard = pattern
        .iter()
        .position(|token| matches!(token, TokenTree::Ident(word) if *word == "if"));
    let pattern = &pattern[..guard.unwrap_or(pattern.len())];
    let is_constant = |token: &TokenTree| {
        token
            .to_string()
            .chars()
            .all(|letter| !letter.is_lowercase())
    };
    let own = pattern
        .iter()
        .enumerate()
        .flat_map(|(at, token)| match token {
            TokenTree::Ident(_) if is_constant(token) => named(pattern, at, names),
            TokenTree::Group(group) => of_pattern(&inside(group), names),
            token => texts(token),
        });
    own.filter(|text| is_sentence(text)).collect()
}

/// Letters with a space beside them, or what sentences are joined by. What is written in capitals
/// is a name, as those of PEM blocks.
fn is_sentence(text: &str) -> bool {
    text == "; " || text.contains(' ') && text.chars().any(char::is_lowercase)
}

fn is_word(text: &str) -> bool {
    text.len() >= SHORTEST_WORD
        && text.chars().all(char::is_alphabetic)
        && text.chars().any(char::is_lowercase)
}
