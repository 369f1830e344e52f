//! What is written, and where: the questions of a setup that are about this machine, and not about
//! the cluster.

use super::answers::{cluster, has_files};
use crate::model::theme::Tone;
use crate::plan::{Passphrase, SetupRequest};
use crate::setup::{AuthorityKeys, ClusterSpec, check};
use crate::ui::text;
use crate::ui::wizards::{
    Context, Field, Kind, Line, Note, always, has_encrypted_authority, nothing,
};

/// Which of the machines this is.
pub(super) const HERE: &[Field] = &[Field {
    name: "here",
    label: "this is",
    help: "its files are written here; each other machine gets one archive, to be sent there",
    kind: Kind::Choice {
        options: |context| {
            choices(context)
                .into_iter()
                .map(|(words, _)| words)
                .collect()
        },
        start: |_| 0,
    },
    asked: |context| cluster(context).nodes.len() > 1,
    notes: here_notes,
}];

/// Files of this machine.
pub(super) const FILES: &[Field] = &[
    Field {
        name: "archives",
        label: "archives",
        help: "the folder on this machine for what goes to others: owners and modes are in the archive",
        kind: path(|context| context.world.reading.machine.folder.clone()),
        asked: files_elsewhere,
        notes: nothing,
    },
    Field {
        name: "guide",
        label: "guide file",
        help: "a file for what comes next, in Markdown: flags, copies, secrets, who is who; the key C shows it too",
        kind: path(|_| "none".to_owned()),
        asked: always,
        notes: nothing,
    },
    Field {
        name: "kubeadmConfig",
        label: "kubeadm.yaml",
        help: "a file for the same answers as kubeadm's own configuration, for kubeadm init --config",
        kind: path(|_| "none".to_owned()),
        asked: |context| cluster(context).is_kubeadm(),
        notes: nothing,
    },
    Field {
        name: "replace",
        label: "make anew",
        help: "paths of the master, one a line: what lies there is replaced, all else that is there is kept and verified",
        kind: Kind::Table {
            start: |_| (Vec::new(), Vec::new()),
            one: "path",
            check: |_, text| check::file(text),
        },
        asked: has_files,
        notes: nothing,
    },
    Field {
        name: "passphrase",
        label: "passphrase",
        help: "of the encrypted CA key that is here: used once and kept nowhere; leave it empty to be asked later",
        kind: Kind::Secret,
        asked: |context| has_encrypted_authority(context) && !cluster(context).external_authority,
        notes: nothing,
    },
];

/// A path of this machine.
const fn path(usual: fn(&Context<'_>) -> String) -> Kind {
    Kind::Text(Line {
        start: |_| String::new(),
        usual,
        unit: |_| "",
        check: |_, text| check::file(text),
    })
}

/// The request of all answers.
pub(super) fn request(context: &Context<'_>) -> SetupRequest {
    let usual = SetupRequest::new(cluster(context), &context.world.reading.machine);
    let given = |name: &str| {
        Some(context.text(name))
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let passphrase = context.secret("passphrase").map(|text| Passphrase {
        asked_for: None,
        text,
    });
    SetupRequest {
        here: here(context, &usual),
        archives: given("archives")
            .filter(|_| files_elsewhere(context))
            .or_else(|| usual.archives.clone()),
        guide: given("guide"),
        kubeadm_config: given("kubeadmConfig").filter(|_| usual.cluster.is_kubeadm()),
        replace: if has_files(context) {
            context.rows("replace")
        } else {
            Vec::new()
        },
        passphrases: passphrase.into_iter().collect(),
        ..usual
    }
}

/// Which machine this may be: what is usual first.
fn choices(context: &Context<'_>) -> Vec<(String, Option<String>)> {
    let cluster = ClusterSpec {
        nodes: cluster(context).nodes,
        ..ClusterSpec::default()
    };
    let names: Vec<Option<String>> = cluster
        .nodes
        .iter()
        .map(|node| Some(node.name.clone()))
        .chain([None])
        .collect();
    let usual = SetupRequest::new(cluster, &context.world.reading.machine).here;
    let words = |here: &Option<String>| {
        here.as_deref()
            .map_or_else(|| "none of them".to_owned(), text::show)
    };
    let others: Vec<Option<String>> = names.into_iter().filter(|name| *name != usual).collect();
    std::iter::once(usual)
        .chain(others)
        .map(|here| (words(&here), here))
        .collect()
}

fn here_notes(context: &Context<'_>) -> Vec<Note> {
    match choices(context).into_iter().nth(context.choice("here")) {
        Some((_, None)) => {
            vec![(
                "nothing is written below /etc here: every machine gets an archive".to_owned(),
                Tone::Text,
            )]
        }
        _ => Vec::new(),
    }
}

/// The node whose files are written here.
fn here(context: &Context<'_>, usual: &SetupRequest) -> Option<String> {
    if usual.cluster.nodes.len() < 2 {
        return usual.here.clone();
    }
    choices(context)
        .into_iter()
        .nth(context.choice("here"))
        .map_or_else(|| usual.here.clone(), |(_, here)| here)
}

/// Whether some file goes to another machine than this, or to none.
fn files_elsewhere(context: &Context<'_>) -> bool {
    let usual = SetupRequest::new(cluster(context), &context.world.reading.machine);
    usual.cluster.nodes.len() > 1
        || here(context, &usual).is_none()
        || usual.cluster.authority_keys == AuthorityKeys::Apart
}
