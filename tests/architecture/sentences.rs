//! Values before words: no decision hangs on a sentence. Whoever compares a text with a piece of one is refused, but for
//! the few texts that come from elsewhere and are read as such.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Operations that look for their first argument in a text.
const SEARCHES: [&str; 21] = [
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
    "match_indices",
    "replace",
    "replacen",
    "split",
    "split_inclusive",
    "rsplit",
    "splitn",
    "rsplitn",
    "split_once",
    "rsplit_once",
    "eq_ignore_ascii_case",
];

/// Of these a bare word is refused too: a sentence may be known by one.
const SEARCHES_FOR_WORDS: [&str; 3] = ["contains", "starts_with", "ends_with"];

/// A word of fewer letters tells no sentence.
const SHORTEST_WORD: usize = 4;

/// A text of somebody else's that is read for what it says.
pub(crate) struct Read {
    /// The file under `src`.
    file: &'static str,
    /// What it looks for.
    texts: &'static [&'static str],
    /// Whose text it is.
    whose: &'static str,
}

/// The true operations on texts.
pub(crate) const READ: &[Read] = &[
    read("cli/mod.rs", &["error: "], "clap's, which has no other way to leave out its head"),
    read("cli/show/unwrap.rs", &["kind", "Secret", "ConfigMap"], "a file's: a guess before it is read as YAML"),
    read("cluster/probe/dial.rs", &[" (os error"], "the standard library's: the system's words, without a number"),
    read("inventory/assemble/usage.rs", &["backup"], "a file's name"),
    read("inventory/origin.rs", &["kubepods"], "a control group's name"),
    read("kubernetes/flags/environment.rs", &["export "], "a shell script's"),
    read("kubernetes/yaml.rs", &["List"], "the kind of a Kubernetes object"),
    read("pki/general_name.rs", &["ip address"], "a name as openssl prints it"),
    read("record/plan_kind.rs", &["Undo: ", "Redo: "], "a journal's of a release that wrote no kind"),
    read("record/plan_summary.rs", &["kubectl apply -f "], "a journal's of a release that named its files there alone"),
    read("store/error.rs", &[" (os error"], "the standard library's: the system's words, without a number"),
    read("store/journal/record.rs", &["\n    \"state\": \""], "a journal's, of which all but this is left unread"),
    read("store/read/wanted.rs", &["kubeconfig"], "a flag's name"),
    read("ui/wizards/answer.rs", &["IP Address:"], "a person's: names as openssl prints them"),
];

const fn read(file: &'static str, texts: &'static [&'static str], whose: &'static str) -> Read {
    Read { file, texts, whose }
}

/// The pieces of sentences with which the code of a file compares texts, those apart that it reads by right.
pub(crate) fn compared(file: &str, text: &str) -> BTreeSet<String> {
    let read = READ.iter().filter(|read| read.file == file).flat_map(|read| read.texts).copied();
    let known: BTreeSet<&str> = read.collect();
    all(file, text).iter().filter(|text| !known.contains(text.as_str())).map(|text| format!("{text:?}")).collect()
}

/// What [`READ`] names and the code does not look for any more.
pub(crate) fn not_read(file: &str, text: &str) -> Vec<String> {
    let found = all(file, text);
    let read = READ.iter().filter(|read| read.file == file).flat_map(|read| read.texts);
    read.filter(|text| !found.contains(**text)).map(|text| format!("src/{file} does not read {text:?}")).collect()
}

/// Every file under `src`, with its text.
fn files() -> Vec<(String, String)> {
    let base = crate::root().join("src");
    let paths = crate::rust_files(&base).into_iter();
    paths.map(|path| (path.strip_prefix(&base).unwrap_or(&path).display().to_string(), crate::read(&path))).collect()
}

#[test]
fn no_decision_hangs_on_a_sentence() {
    let faults = |(file, text): (String, String)| {
        let found = compared(&file, &text).into_iter();
        found.map(|words| format!("src/{file} looks for {words} in a text: hand up a value")).collect::<Vec<_>>()
    };
    let faults: Vec<String> = files().into_iter().flat_map(faults).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_is_read_by_right_is_still_read() {
    let files = files();
    for read in READ {
        assert!(files.iter().any(|(file, _)| file == read.file), "src/{} is not there", read.file);
        assert!(!read.whose.is_empty(), "src/{}: whose text?", read.file);
    }
    let named = files.iter().filter(|(file, _)| READ.iter().any(|read| read.file == file));
    let idle: Vec<String> = named.flat_map(|(file, text)| not_read(file, text)).collect();
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

fn all(file: &str, text: &str) -> BTreeSet<String> {
    let is_test = file.split('/').any(|part| part == "tests" || part == "tests.rs");
    let mut found = BTreeSet::new();
    match text.parse::<TokenStream>() {
        Ok(tokens) if !is_test => scan(tokens, &mut found),
        _ => {}
    }
    found
}

fn scan(stream: TokenStream, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        if let Some(length) = test_module(rest) {
            at += length;
            continue;
        }
        searched(rest, found);
        equal(&tokens, at, found);
        patterns(&tokens, at, found);
        if let TokenTree::Group(group) = &tokens[at] {
            scan(group.stream(), found);
        }
        at += 1;
    }
}

/// The tokens of `#[cfg(test)] mod tests { … }`: tests look at words, as whoever reads them does.
fn test_module(tokens: &[TokenTree]) -> Option<usize> {
    let [TokenTree::Punct(sign), TokenTree::Group(attribute), rest @ ..] = tokens else { return None };
    let is_test = sign.as_char() == '#' && attribute.stream().to_string().replace(' ', "") == "cfg(test)";
    let end = rest.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is(token, ';'),
    });
    end.filter(|_| is_test).map(|end| end + 3)
}

/// `.contains("…")` and its like; `matches!(…, "…")`.
fn searched(tokens: &[TokenTree], found: &mut BTreeSet<String>) {
    match tokens {
        [TokenTree::Punct(dot), TokenTree::Ident(name), TokenTree::Group(arguments), ..]
            if dot.as_char() == '.' && arguments.delimiter() == Delimiter::Parenthesis =>
        {
            let name = name.to_string();
            if !SEARCHES.contains(&name.as_str()) {
                return;
            }
            let searches_for_words = SEARCHES_FOR_WORDS.contains(&name.as_str());
            let arguments: Vec<TokenTree> = arguments.stream().into_iter().collect();
            let first = arguments.split(|token| is(token, ',')).next().unwrap_or_default();
            // What stands in a call or a closure of the argument is judged by itself.
            let own = first.iter().filter(|token| !is_call(token));
            let texts = own.flat_map(texts);
            found.extend(texts.filter(|text| is_sentence(text) || searches_for_words && is_word(text)));
        }
        [TokenTree::Ident(name), TokenTree::Punct(sign), TokenTree::Group(arguments), ..]
            if *name == "matches" && sign.as_char() == '!' =>
        {
            let arguments: Vec<TokenTree> = arguments.stream().into_iter().collect();
            let pattern = arguments.splitn(2, |token| is(token, ',')).nth(1).unwrap_or_default();
            found.extend(before_guard(pattern).iter().flat_map(texts).filter(|text| is_sentence(text)));
        }
        _ => {}
    }
}

/// `== "…"`, `!= Some("…")`, and the same the other way round.
fn equal(tokens: &[TokenTree], at: usize, found: &mut BTreeSet<String>) {
    let [first, second, after @ ..] = &tokens[at..] else { return };
    if !(is(first, '=') || is(first, '!')) || !is(second, '=') {
        return;
    }
    let right = after.iter().take_while(|token| match token {
        TokenTree::Punct(sign) => "&*:".contains(sign.as_char()),
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
        _ => true,
    });
    let left = at.checked_sub(1).map(|before| &tokens[before]).filter(|token| matches!(token, TokenTree::Literal(_)));
    found.extend(right.take(3).chain(left).flat_map(texts).filter(|text| is_sentence(text)));
}

/// The pattern before an arrow, and that of a `let`.
fn patterns(tokens: &[TokenTree], at: usize, found: &mut BTreeSet<String>) {
    let pattern = match &tokens[at..] {
        [first, second, ..] if is(first, '=') && is(second, '>') => {
            let begins = |token: &TokenTree| match token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                token => is(token, ','),
            };
            let last = at.saturating_sub(1);
            let begin = tokens[..last].iter().rposition(begins).map_or(0, |begin| begin + 1);
            &tokens[begin..at]
        }
        [TokenTree::Ident(word), rest @ ..] if *word == "let" => {
            let end = rest.iter().position(|token| is(token, '=') || is(token, ';')).unwrap_or(0);
            &rest[..end]
        }
        _ => return,
    };
    found.extend(before_guard(pattern).iter().flat_map(texts).filter(|text| is_sentence(text)));
}

fn before_guard(pattern: &[TokenTree]) -> &[TokenTree] {
    let guard = pattern.iter().position(|token| matches!(token, TokenTree::Ident(word) if *word == "if"));
    &pattern[..guard.unwrap_or(pattern.len())]
}

/// The texts in a token, and in what it encloses.
fn texts(token: &TokenTree) -> Vec<String> {
    match token {
        TokenTree::Literal(literal) => {
            syn::parse_str::<syn::LitStr>(&literal.to_string()).map(|text| text.value()).into_iter().collect()
        }
        TokenTree::Group(group) => group.stream().into_iter().flat_map(|token| texts(&token)).collect(),
        _ => Vec::new(),
    }
}

/// Letters with a space beside them, or what sentences are joined by. What is written in capitals is a name, as those of
/// PEM blocks.
fn is_sentence(text: &str) -> bool {
    text == "; " || text.contains(' ') && text.chars().any(char::is_lowercase)
}

fn is_word(text: &str) -> bool {
    text.len() >= SHORTEST_WORD && text.chars().all(char::is_alphabetic) && text.chars().any(char::is_lowercase)
}

fn is_call(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() != Delimiter::Bracket)
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}
