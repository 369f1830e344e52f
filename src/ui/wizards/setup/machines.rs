//! Which machines, and which of them this is.

use super::answers::{base, choices, is_external_etcd, member_faults, nodes};
use crate::kubernetes::cluster::{ClusterSpec, Node, NodeRole, check};
use crate::model::theme::Role;
use crate::ui::text;
use crate::ui::wizards::{Context, Field, Kind, Note, Step, always};
use crate::words::count;

pub(super) const STEP: Step = Step {
    title: "machines",
    fields: &[
        Field {
            name: "nodes",
            label: "machines",
            help: "NAME ADDRESS[,ADDRESS] [ROLE[,ROLE]], a line each or a pasted table; roles: master, etcd, worker; without \
                   one it is a master; Enter takes the line, Backspace on one changes it",
            kind: Kind::Table { start: offered, one: "machine", check: |_, line| check::node(line).map(drop) },
            asked: always,
            notes: node_notes,
        },
        Field {
            name: "here",
            label: "this is",
            help: "its files are written here; each other machine gets one archive, to be sent there",
            kind: Kind::Choice {
                options: |context| choices(context).into_iter().map(|(words, _)| words).collect(),
                start: |_| 0,
            },
            asked: |context| nodes(context).len() > 1,
            notes: here_notes,
        },
    ],
};

/// The machine itself, where nothing is kept of a cluster: a pasted table takes its place.
fn offered(context: &Context<'_>) -> (Vec<String>, Vec<String>) {
    let kept: Vec<String> = base(context).nodes.iter().map(check::node_line).collect();
    let machine = &context.world.reading.machine;
    let own = machine.addresses.first().filter(|_| check::node_name(&machine.name).is_ok() && kept.is_empty());
    let own = own.map(|address| Node {
        name: machine.name.clone(),
        addresses: vec![*address],
        roles: vec![NodeRole::ControlPlane],
    });
    (own.iter().map(check::node_line).collect(), kept)
}

fn node_notes(context: &Context<'_>) -> Vec<Note> {
    let machine = &context.world.reading.machine;
    let cluster = ClusterSpec { nodes: nodes(context), ..ClusterSpec::default() };
    let mut notes = Vec::new();
    let known = |address| cluster.nodes.iter().any(|node: &Node| node.addresses.contains(address));
    let others: Vec<String> = machine.addresses.iter().filter(|one| !known(one)).map(ToString::to_string).collect();
    if !others.is_empty() {
        notes.push((format!("this machine also has {}", others.join(", ")), Role::Dim));
    }
    let masters = cluster.masters().count();
    if masters == 0 {
        return notes;
    }
    let mut words = count::of(masters, "master");
    if !is_external_etcd(context) {
        let members: Vec<String> = cluster.members().map(|node| text::show(&node.name)).collect();
        let whose = if cluster.has_etcd_nodes() { "on " } else { "beside the API server on " };
        words = format!("{words}; etcd runs {whose}{}", members.join(", "));
    }
    notes.push((words, Role::Text));
    let faults = member_faults(context).into_iter();
    notes.extend(faults.map(|fault| (format!("{}, or an etcd that somebody else keeps", fault.why), Role::Warn)));
    notes
}

fn here_notes(context: &Context<'_>) -> Vec<Note> {
    match choices(context).into_iter().nth(context.choice("here")) {
        Some((_, None)) => {
            vec![("nothing is written below /etc here: every machine gets an archive".to_owned(), Role::Text)]
        }
        _ => Vec::new(),
    }
}
