//! Masters that are changed: plans applied, cut off, recovered, remembered, taken back; what is
//! renewed, and what is left alone.

mod apply;
mod apply_disk;
mod apply_kinds;
mod apply_local;
mod apply_pairs;
mod apply_refused;
mod apply_sync;
mod crash;
mod decide_recorded;
mod decide_served;
mod foreign_disk;
mod foreign_folders;
mod foreign_records;
mod foreign_setup;
mod history;
mod import;
mod interrupted;
mod issue;
mod issue_external;
mod issue_served;
mod issue_trusted;
mod kubeconfig_edit;
mod ledger;
mod ledger_beside;
mod mounted_history;
mod named_by_others;
mod old_files;
mod renew_authorities;
mod renew_commands;
mod renew_copies;
mod renew_dates;
mod renew_e2e;
mod renew_files;
mod renew_keys;
mod renew_kubeadm;
mod renew_kubelet;
mod renew_names;
mod renew_plan;
mod renew_zoo;
mod state_folder;
mod still_renewed;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each of these programs uses a part of it")]
mod support;
mod unasked;
mod unasked_homes;
mod unasked_places;
mod undo;
