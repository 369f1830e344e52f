//! What is said where nothing is due.

use super::count;
use crate::inventory::Inventory;
use crate::inventory::judged::{Certainty, Judged};

/// "nothing is due, yet 2 are dead and 1 is broken": no more than was judged of `inventory`.
pub fn nothing(inventory: &Inventory, judged: &Judged) -> String {
    let what = match judged.certainty(inventory) {
        Certainty::All | Certainty::InUse => "nothing is due",
        Certainty::Judged => "nothing that could be judged is due",
        Certainty::Read => "nothing that was read is due",
    };
    match (judged.all_dead(), judged.all_broken()) {
        (0, 0) => what.to_owned(),
        (0, broken) => format!("{what}, yet {}", count::are(broken, "broken")),
        (dead, 0) => format!("{what}, yet {}", count::are(dead, "dead")),
        (dead, broken) => format!(
            "{what}, yet {} and {}",
            count::are(dead, "dead"),
            count::are(broken, "broken")
        ),
    }
}
