//! Decisions on requests: their wizards and reviews, as text and styles.
//! `INSTA_UPDATE=always cargo test --test screens frames_decide` writes them anew.

use crate::support::changes;
use crate::support::snapshots::snapshots;
use crate::support::stage::{self, Stage};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (40, 12)];

/// The pages, by the keys that lead there.
const PAGES: [(&str, &str); 5] = [
    ("options", "3 j o"),
    ("options-bare", "3 j j o"),
    ("deny", "3 d"),
    ("nodes", "3 N"),
    ("ask", "3 n <right> <enter> a n n <enter>"),
];

fn frame(stage: &Stage) -> String {
    let buffer = stage.buffer();
    format!("{}\n{}", stage::text(&buffer), stage::styles(&buffer))
}

#[test]
fn pages_of_the_wizards() {
    snapshots(|| {
        for (columns, rows) in SIZES {
            for (name, keys) in PAGES {
                let mut stage = Stage::demo(columns, rows);
                stage.keys(keys);
                insta::assert_snapshot!(format!("decide-{name}-{columns}x{rows}"), frame(&stage));
            }
        }
    });
}

#[test]
fn reviews_of_decisions() {
    snapshots(|| {
        for (columns, rows) in [(80, 24), (120, 36)] {
            for (name, keys) in [("approve", "3 a"), ("several", "3 <space> <space> a")] {
                let mut stage = Stage::demo(columns, rows);
                stage.keys(keys);
                changes::make(&mut stage);
                insta::assert_snapshot!(
                    format!("decide-review-{name}-{columns}x{rows}"),
                    frame(&stage)
                );
            }
        }
    });
}
