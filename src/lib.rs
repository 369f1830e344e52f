//! kubepki keeps a Kubernetes master's certificates alive.
//!
//! `disk -> store::read -> files -> inventory -> panes and commands`: one direction. See
//! `ARCHITECTURE.md`.

pub mod app;
pub mod cli;
pub mod engine;
pub mod inventory;
pub mod kubernetes;
pub mod model;
pub mod pki;
pub mod plan;
pub mod probe;
pub mod progress;
pub mod record;
pub mod running;
pub mod runtime;
pub mod setup;
pub mod store;
pub mod ui;
pub mod verdict;
pub mod words;
