//! Clusters that are set up: on empty, wrong, half full and full ground.

mod add_node;
mod again;
mod archives;
mod authorities;
mod bad_input;
mod base;
mod cli;
mod commands;
mod damaged;
mod disk;
mod elsewhere;
mod etcd;
mod external;
mod keeping;
mod kubeadm;
mod layouts;
mod more_nodes;
mod nodes;
mod peers;
mod replace;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each of these programs uses a part of it")]
mod support;
mod variants;
