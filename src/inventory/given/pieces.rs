//! Several things in one text: PEM between documents of YAML, kubeconfigs behind each other, words of
//! base64.

use super::meant::Meant;
use crate::kubernetes::kubeconfig::decode;

/// A piece, and what it is meant to be.
struct Piece<'a> {
    text: &'a str,
    sort: Sort,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Pem,
    Meant(Meant),
    Other,
}

/// The pieces of `text` that are things of their own; one or none: it is one thing. Objects of one
/// kind stay together, and so do PEM blocks: they are read as one stream.
pub(super) fn pieces(text: &str) -> Vec<&str> {
    let words = words(text);
    if words.len() > 1 {
        return words;
    }
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for piece in split(text) {
        let is_one_stream = |last: &Piece<'_>| match (last.sort, piece.sort) {
            // What stands between PEM blocks explains them.
            (_, Sort::Other) | (Sort::Other, _) => true,
            (Sort::Meant(Meant::Kubeconfig), _) => false,
            (before, own) => before == own,
        };
        match pieces.last_mut().filter(|last| is_one_stream(last)) {
            Some(last) => {
                last.text = joined(text, last.text, piece.text);
                if last.sort == Sort::Other {
                    last.sort = piece.sort;
                }
            }
            None => pieces.push(piece),
        }
    }
    pieces.into_iter().map(|piece| piece.text).collect()
}

/// The words of a text that are base64 of PEM, each of its own, as `kubectl get csr -o jsonpath`
/// prints several.
fn words(text: &str) -> Vec<&str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_pem =
        |word: &&str| word.starts_with("LS0tLS1CRUdJTi") && decode(word.as_bytes()).is_some();
    if words.iter().all(is_pem) {
        words
    } else {
        Vec::new()
    }
}

/// `first` and `second`, which follow each other in `text`, with what lies between them.
fn joined<'a>(text: &'a str, first: &'a str, second: &'a str) -> &'a str {
    let place = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    &text[place(first)..place(second) + second.len()]
}

/// PEM blocks, and what lies between them, at the lines of `---`.
fn split(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut start, mut at, mut in_pem) = (Vec::new(), 0, 0, false);
    let mut end = |start: usize, end: usize, is_pem: bool| {
        let text = &text[start..end];
        if !text.trim().is_empty() {
            let meant = Meant::of(text).filter(|meant| meant.is_document());
            let sort = meant.map_or(Sort::Other, Sort::Meant);
            let sort = if is_pem { Sort::Pem } else { sort };
            pieces.push(Piece { text, sort });
        }
    };
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        if in_pem && line.starts_with("-----END ") {
            end(start, next, true);
            (start, in_pem) = (next, false);
        } else if !in_pem && line.starts_with("-----BEGIN ") {
            end(start, at, false);
            (start, in_pem) = (at, true);
        } else if !in_pem && line.trim_end() == "---" {
            end(start, at, false);
            start = next;
        }
        at = next;
    }
    end(start, at, in_pem);
    pieces
}
