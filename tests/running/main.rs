//! What runs: ports that are asked, processes that are looked at, components that are restarted.

mod claims;
mod demo_servers;
mod node;
mod node_kubelet;
mod node_terminal;
mod node_timer;
mod probe;
mod probe_chains;
mod probe_hostile;
mod probe_versions;
mod processes;
mod restart;
mod restart_refused;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each of these programs uses a part of it")]
mod support;
