//! One machine more of a cluster that was set up here: only its own files are made.

use super::{Context, Field, Kind, Line, Note, Step, Wizard, always, nothing};
use crate::model::WizardName;
use crate::model::theme::Tone;
use crate::plan::{Passphrase, Request, SetupRequest};
use crate::setup::{ClusterSpec, Node, check};
use crate::ui::text;

pub(super) static WIZARD: Wizard = Wizard {
    title,
    steps: &[Step {
        title: "machine",
        page: None,
        fields: &[
            Field {
                name: "nodes",
                label: "machine",
                help: "NAME ADDRESS[,ADDRESS] master,etcd,worker; no role is a master; only its files are made",
                kind: Kind::Text(Line {
                    start: |_| String::new(),
                    usual: |_| String::new(),
                    unit: |_| "",
                    check: |_, line| check::node(line).map(drop),
                }),
                asked: always,
                notes: node_notes,
            },
            Field {
                name: "archives",
                label: "archive",
                help: "the folder on this machine for it: owners and modes are in the archive",
                kind: Kind::Text(Line {
                    start: |_| String::new(),
                    usual: |context| context.world.reading.machine.folder.clone(),
                    unit: |_| "",
                    check: |_, text| check::file(text),
                }),
                asked: always,
                notes: nothing,
            },
            Field {
                name: "passphrase",
                label: "passphrase",
                help: "of the encrypted CA key that is here: used once and kept nowhere; leave it empty to be asked later",
                kind: Kind::Secret,
                asked: super::has_encrypted_authority,
                notes: nothing,
            },
        ],
    }],
    request,
};

fn kept<'a>(context: &Context<'a>) -> Option<&'a ClusterSpec> {
    let WizardName::AddNode(name) = context.about else {
        return None;
    };
    context
        .world
        .reading
        .clusters
        .iter()
        .find(|cluster| *cluster.name == **name)
}

fn node(context: &Context<'_>) -> Option<Node> {
    check::node(context.text("nodes")).ok()
}

/// The cluster with the machine in it.
fn grown(context: &Context<'_>) -> ClusterSpec {
    let mut cluster = kept(context).cloned().unwrap_or_default();
    cluster.nodes.extend(node(context));
    cluster
}

fn title(context: &Context<'_>) -> String {
    let name = kept(context)
        .map(|cluster| text::show(&cluster.name))
        .unwrap_or_default();
    format!("Add a machine to {name}")
}

fn node_notes(context: &Context<'_>) -> Vec<Note> {
    let there: Vec<String> = kept(context)
        .iter()
        .flat_map(|cluster| &cluster.nodes)
        .map(check::node_line)
        .collect();
    there
        .into_iter()
        .map(|line| (format!("there is {}", text::show(&line)), Tone::Dim))
        .collect()
}

pub(super) fn faults(context: &Context<'_>) -> Vec<(&'static str, String)> {
    if context.text("nodes").is_empty() {
        return vec![(
            "nodes",
            "say which machine: its name and its address".to_owned(),
        )];
    }
    let faults = grown(context).faults_while_growing().into_iter();
    faults.map(|fault| ("nodes", fault.why)).collect()
}

fn request(context: &Context<'_>) -> Request {
    let usual = SetupRequest::new(grown(context), &context.world.reading.machine);
    let archives = Some(context.text("archives"))
        .filter(|text| !text.is_empty())
        .map(str::to_owned);
    Request::Setup(Box::new(SetupRequest {
        only: node(context).map(|node| node.name).into_iter().collect(),
        archives: archives.or_else(|| usual.archives.clone()),
        passphrases: context
            .secret("passphrase")
            .map(|text| Passphrase {
                asked_for: None,
                text,
            })
            .into_iter()
            .collect(),
        ..usual
    }))
}
