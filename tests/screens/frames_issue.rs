//! The wizard that issues certificates, page by page, as text and styles.
//! `INSTA_UPDATE=always cargo test --test screens frames_issue` writes them anew.

use crate::support::changes;
use crate::support::issue_wizard::wizard;
use crate::support::snapshots::snapshots;
use crate::support::stage::{self, Stage};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (40, 12)];

/// The pages, by the keys that lead there.
const PAGES: [(&str, &str); 6] = [
    ("what", ""),
    ("role", "<left>"),
    (
        "server",
        "<enter> w e b . s h o p <enter> <tab> <tab> <tab> w e b <tab> <space> <tab> w e b - t l s",
    ),
    (
        "user",
        "<right> <right> <right> <enter> a n n <tab> s y s t e m : m a s t e r s <enter> <tab> <tab>",
    ),
    ("signed", "<enter> w e b . s h o p <pgdn>"),
    (
        "signed-etcd",
        "<right> <enter> r o b o t <enter> <right> <right> <tab> <tab> 9 9 9 9 9 <enter>",
    ),
];

/// Reviews, by the keys that lead there.
const REVIEWS: [(&str, &str); 4] = [
    ("server", "<enter> w e b . s h o p <enter> <enter> <enter>"),
    (
        "ingress",
        "<enter> w e b . s h o p <enter> <tab> <tab> <tab> <tab> <tab> w e b - t l s <enter> <enter>",
    ),
    (
        "masters",
        "<right> <right> <right> <enter> a n n <tab> s y s t e m : m a s t e r s <enter> <tab> <tab> \
         s y s t e m : m a s t e r s <enter> <enter>",
    ),
    (
        "request",
        "<enter> w e b . s h o p <enter> <enter> <tab> <space> <enter>",
    ),
];

fn frame(stage: &Stage) -> String {
    let buffer = stage.buffer();
    format!("{}\n{}", stage::text(&buffer), stage::styles(&buffer))
}

#[test]
fn pages_of_the_wizard() {
    snapshots(|| {
        for (columns, rows) in SIZES {
            for (name, keys) in PAGES {
                let mut stage = wizard(columns, rows);
                stage.keys(keys);
                insta::assert_snapshot!(format!("issue-{name}-{columns}x{rows}"), frame(&stage));
            }
        }
    });
}

/// What was done, told and listed; and what differs from nothing.
#[test]
fn what_became_of_it() {
    snapshots(|| {
        let mut stage = wizard(80, 24);
        stage.keys("<enter> w e b . s h o p <enter> <enter> <enter>");
        let (plan, made) = changes::make(&mut stage);
        stage.keys("d");
        insta::assert_snapshot!("issue-difference-80x24", frame(&stage));
        stage.keys("<esc>").settle().keys("<enter>");
        let done = changes::operation("20261122T031500Z-4f2a9c", made, 0);
        changes::applied(&mut stage, plan, done);
        insta::assert_snapshot!("issue-done-80x24", frame(&stage));
    });
}

#[test]
fn reviews_of_what_is_issued() {
    snapshots(|| {
        for (columns, rows) in [(80, 24), (120, 36)] {
            for (name, keys) in REVIEWS {
                let mut stage = wizard(columns, rows);
                stage.keys(keys);
                changes::make(&mut stage);
                insta::assert_snapshot!(
                    format!("issue-review-{name}-{columns}x{rows}"),
                    frame(&stage)
                );
            }
        }
    });
}
