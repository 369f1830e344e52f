//! What rules say of a request, as lines of a page.

use crate::model::theme::Tone;
use crate::model::world::World;
use crate::record::Answer;
use crate::ui::document::PageWriter;

/// One rule's answer as a line of a page.
pub(super) fn rule(page: &mut PageWriter<'_>, world: &World, answer: Answer, text: &str) {
    let (sign, tone) = sign(world, answer);
    let words = match answer {
        Answer::Red => Tone::Bad,
        Answer::Amber | Answer::Green => Tone::Text,
    };
    page.sentence(vec![(&format!("{sign} "), tone), (text, words)]);
}

/// The sign of an answer, and its tone.
pub(super) fn sign(world: &World, answer: Answer) -> (&'static str, Tone) {
    let is_ascii = world.settings.ascii;
    match answer {
        Answer::Green if is_ascii => ("+", Tone::Good),
        Answer::Green => ("●", Tone::Good),
        Answer::Amber => ("!", Tone::Warn),
        Answer::Red if is_ascii => ("x", Tone::Bad),
        Answer::Red => ("✗", Tone::Bad),
    }
}
