//! Drawing. Rules of this interface:
//! - quiet: one accent colour for focus and keys; red, yellow and green mean bad, due and good, and
//!   nothing else;
//! - state is a sign and a word and a colour, never colour alone; it stands always in the same
//!   place;
//! - names left, numbers right, one column one meaning; white space rather than lines;
//! - the cursor is a mark in the gutter and a bold name;
//! - sentences begin small and end without a full stop; every text from a file is shown through
//!   `text::show`;
//! - `render` takes `&self` and data: it cannot load, lock or wait.

pub mod bars;
pub mod chrome;
pub mod document;
pub mod notice;
pub mod outcome;
pub mod panes;
pub mod restarts;
pub mod rows;
pub mod screens;
pub mod spoken;
pub mod words;

mod actions;
mod chooser;
mod hidden;
pub(crate) mod input;
mod ledger;
pub(crate) mod placeholder;
mod requests;
mod served;
pub(crate) mod shell;
pub(crate) mod text;
mod tokens;
mod wizards;
