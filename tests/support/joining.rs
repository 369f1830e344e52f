//! The page of what nodes join with, and what was asked for there.

use kubepki::inventory::Inventory;
use kubepki::model::{Command, Job, Reading};
use kubepki::plan::{BootstrapRequest, Request};

use super::stage::{self, Stage};

/// The demo with another part of what lets nodes in.
pub(crate) fn reading(change: impl FnOnce(&mut Inventory)) -> Reading {
    let mut inventory: Inventory = (*stage::reading().inventory).clone();
    change(&mut inventory);
    Reading::new(inventory)
}

/// The page on the demo after these keys.
pub(crate) fn join(keys: &str) -> Stage {
    let mut stage = Stage::demo(80, 24);
    stage.keys("8").settle().keys(keys);
    stage
}

/// The request of the plan that was asked for last.
pub(crate) fn requested(stage: &Stage) -> Option<BootstrapRequest> {
    stage
        .commands
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::Start {
                job:
                    Job::Plan {
                        request: Request::Bootstrap(request),
                        ..
                    },
                ..
            } => Some(request.clone()),
            _ => None,
        })
}

/// What went to the clipboard last.
pub(crate) fn copied(stage: &Stage) -> String {
    let copied = stage
        .commands
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::Copy(text) => Some(text.clone()),
            _ => None,
        });
    copied.expect("something was copied")
}
