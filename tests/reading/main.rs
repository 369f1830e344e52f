//! Masters that are read from disks: what is there, and what is said of it.

mod acme;
mod assets;
mod bootstrap;
mod bootstrap_edits;
mod bootstrap_hand_made;
mod demo;
mod forms;
mod forms_kubeconfigs;
mod hand_made;
mod kubeadm_masters;
mod made_up_distribution;
mod ports;
mod samples;
mod samples_configuration;
mod samples_openssl;
mod single_ca;
mod split;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each of these programs uses a part of it")]
mod support;
mod truth;
mod truth_masters;
mod truth_processes;
mod truth_served;
mod truth_zoo;
mod verdicts;
mod verdicts_table;
mod zoo;
mod zoo_faults;
