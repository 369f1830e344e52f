//! A request as text: what is to be thought of it, rule by rule, then what it says.

use std::fmt::Write as _;

use super::judged::Judged;
use crate::cli::show::{request, text};
use crate::cli::table::{Style, sign};
use crate::inventory::state::Status;
use crate::pki::text::printable;
use crate::record::Answer;
use crate::verdict::ApprovalQuestion;
use crate::words::request as told;

/// One request.
pub(super) fn one(judged: &Judged<'_>, style: Style) -> String {
    let mut out = String::new();
    let verdict = &judged.opinion.verdict;
    let sentence = told::sentence(judged.item, judged.decided, verdict.worst());
    for (name, line) in ["", "so", "do"].iter().zip(sentence) {
        let name = if name.is_empty() {
            String::new()
        } else {
            format!("{name}  ")
        };
        let _ = writeln!(out, "{name}{}", printable(&line));
    }
    for question in ApprovalQuestion::ALL {
        let _ = writeln!(out, "\n{}", question.words());
        for rule in verdict.of(question) {
            let mark = if style.plain {
                rule.answer.word()
            } else {
                sign_of(rule.answer, style.ascii)
            };
            let _ = writeln!(out, "  {mark} {}", printable(&rule.text));
        }
    }
    let document = request::document(&judged.inventory.mounted, judged.item);
    let _ = write!(out, "\n{}", text::request(&document, style));
    out
}

fn sign_of(answer: Answer, ascii: bool) -> &'static str {
    match answer {
        Answer::Green if ascii => "+",
        Answer::Green => "●",
        Answer::Amber => sign(Status::Expiring, ascii),
        Answer::Red => sign(Status::Broken, ascii),
    }
}
