//! Masters that are read from disks: what is there, and what is said of it.

mod assets;
mod bootstrap;
mod demo;
mod forms;
mod layouts;
mod made_up_distribution;
mod ports;
mod samples;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each of these programs uses a part of it")]
mod support;
mod truth;
mod truth_zoo;
mod zoo;
