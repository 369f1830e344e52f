//! A plan as a document, and as text for people.

mod document;
mod nodes;
pub(super) mod text;

pub(super) use document::{PlanBody, PlanDocument};

/// Permission bits as `chmod` takes them.
fn octal_mode(mode: u32) -> String {
    format!("{mode:04o}")
}
