//! The command line, as scripts and people use it.

mod bootstrap;
mod bootstrap_token;
mod bootstrap_token_file;
mod both_faces;
mod both_faces_changes;
mod both_faces_kubeconfigs;
mod both_faces_tokens;
mod contract;
mod dead_authority;
mod decide;
mod given;
mod hints;
mod history;
mod history_damaged;
mod hostile;
mod issue;
mod kubeconfig;
mod kubeconfig_check;
mod ledger;
mod living_ways;
mod no_permission;
mod nothing_found;
mod places;
mod probe;
mod readme;
mod renew;
mod renew_asking;
mod renew_dry_run;
mod request_forms;
mod requests;
mod restart;
mod shell_lines;
mod show;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each of these programs uses a part of it")]
mod support;
mod usage;
