//! Screens, without a terminal: keys in, commands and frames out.

mod app;
mod app_changes;
mod app_dates;
mod app_endured;
mod app_footer;
mod app_history;
mod app_join;
mod app_readings;
mod app_review;
mod attention;
mod changes_refused;
mod check_list;
mod dead_authority;
mod frames;
mod frames_decide;
mod frames_issue;
mod frames_join;
mod frames_served;
mod frames_setup;
mod ledger;
mod pasted;
mod pointing;
mod restarting;
mod restarts_known;
mod screenshots;
mod served;
mod served_refused;
mod shown_whole;
mod spelled_out;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each of these programs uses a part of it")]
mod support;
mod wizard;
mod wizard_issue;
mod wizard_issue_refused;
mod wizard_join;
mod wizard_reviews;
mod wizard_setup;
mod wizard_setup_fields;
mod wizard_setup_offered;
mod wizard_shown;
mod wizard_typing;
mod wizard_words;
