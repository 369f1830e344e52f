//! Screens, without a terminal: keys in, commands and frames out.

mod app;
mod app_changes;
mod app_footer;
mod app_history;
mod app_join;
mod app_review;
mod attention;
mod dead_authority;
mod frames;
mod frames_join;
mod frames_served;
mod frames_setup;
mod restarting;
mod screenshots;
mod served;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each of these programs uses a part of it")]
mod support;
mod wizard;
mod wizard_join;
mod wizard_setup;
mod wizard_typing;
mod wizard_words;
