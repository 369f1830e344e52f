//! What tokens are.

use proc_macro2::{Delimiter, Group, TokenTree};

/// The tokens of `#[cfg(test)] mod tests { … }`: tests look at words, as whoever reads them does.
pub(crate) fn test_module(tokens: &[TokenTree]) -> Option<usize> {
    let [
        TokenTree::Punct(sign),
        TokenTree::Group(attribute),
        rest @ ..,
    ] = tokens
    else {
        return None;
    };
    let is_test =
        sign.as_char() == '#' && attribute.stream().to_string().replace(' ', "") == "cfg(test)";
    let end = rest.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is(token, ';'),
    });
    end.filter(|_| is_test).map(|end| end + 3)
}

/// The texts in a token, and in what it encloses.
pub(crate) fn texts(token: &TokenTree) -> Vec<String> {
    match token {
        TokenTree::Literal(literal) => syn::parse_str::<syn::LitStr>(&literal.to_string())
            .map(|text| text.value())
            .into_iter()
            .collect(),
        TokenTree::Group(group) => group
            .stream()
            .into_iter()
            .flat_map(|token| texts(&token))
            .collect(),
        _ => Vec::new(),
    }
}

pub(crate) fn inside(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

pub(crate) fn without_sign(tokens: &[TokenTree]) -> &[TokenTree] {
    let begin = tokens
        .iter()
        .position(|token| !is(token, '&') && !is(token, '*'))
        .unwrap_or(tokens.len());
    &tokens[begin..]
}

pub(crate) fn is_call(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() != Delimiter::Bracket)
}

pub(crate) fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}
