//! The real program in a pseudo terminal.

mod alive;
mod change;
mod cost;
mod decide;
mod endured_dates;
mod endured_files;
mod endured_keys;
mod endured_leftovers;
mod endured_yaml;
mod given_back;
mod interrupted;
mod issue;
mod join;
mod memory;
mod paste;
mod setup;
mod shown;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each of these programs uses a part of it")]
mod support;
mod watched;
mod wizard;
