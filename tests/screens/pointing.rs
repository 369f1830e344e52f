//! The mouse on a stage.

use kubepki::model::{Event, Mouse, MouseKind};

use crate::support::stage::Stage;

pub(crate) fn click(stage: &mut Stage, column: u16, row: u16) {
    stage.event(Event::Mouse(Mouse {
        kind: MouseKind::Click,
        column,
        row,
    }));
}

/// Where these words begin: column and row, from above.
fn places(text: &str, words: &str) -> Vec<(u16, u16)> {
    let number = |number: usize| u16::try_from(number).expect("a small screen");
    let rows = text.lines().enumerate();
    rows.filter_map(|(row, line)| {
        Some((
            number(line[..line.find(words)?].chars().count()),
            number(row),
        ))
    })
    .collect()
}

/// Clicks on the uppermost of such words.
pub(crate) fn click_on(stage: &mut Stage, words: &str) {
    let text = stage.text();
    let places = places(&text, words);
    let (column, row) = *places
        .first()
        .unwrap_or_else(|| panic!("{words} is not in {text}"));
    click(stage, column, row);
}

/// Clicks on the lowest of such words: where the hints are.
pub(crate) fn click_on_last(stage: &mut Stage, words: &str) {
    let text = stage.text();
    let places = places(&text, words);
    let (column, row) = *places
        .last()
        .unwrap_or_else(|| panic!("{words} is not in {text}"));
    click(stage, column, row);
}
