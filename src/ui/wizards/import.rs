//! Certificates that somebody else's CA has issued for requests made here.

use super::{Context, Field, Kind, Note, Step, Wizard, always};
use crate::inventory::RequestItem;
use crate::model::theme::Tone;
use crate::plan::{ImportRequest, Request};
use crate::ui::text;
use crate::words::count;

pub(super) static WIZARD: Wizard = Wizard {
    title: |_| "Place certificates".to_owned(),
    steps: &[Step {
        title: "files",
        page: None,
        fields: &[Field {
            name: "files",
            label: "files",
            help: "a path each, on this machine: PEM or DER, leaves, intermediates and CAs in any order; each is matched with \
                   its key and checked before it is placed",
            kind: Kind::Table {
                start: |_| (Vec::new(), Vec::new()),
                one: "path",
                check: |_, _| Ok(()),
            },
            asked: always,
            notes: waiting,
        }],
    }],
    request: |context| {
        Request::Import(ImportRequest {
            files: files(context),
            clusters: context.world.reading.clusters.to_vec(),
            waiting: context.world.reading.waiting.to_vec(),
        })
    },
};

/// Below the folder in which kubepki was started, where they say no more.
fn files(context: &Context<'_>) -> Vec<String> {
    let folder = context.world.reading.machine.folder.trim_end_matches('/');
    let whole = |path: String| {
        if path.starts_with('/') {
            path
        } else {
            format!("{folder}/{path}")
        }
    };
    context.rows("files").into_iter().map(whole).collect()
}

pub(super) fn faults(context: &Context<'_>) -> Vec<(&'static str, String)> {
    let is_empty = context.rows("files").is_empty();
    is_empty
        .then(|| ("files", "name a file at least".to_owned()))
        .into_iter()
        .collect()
}

/// What waits for an answer.
fn waiting(context: &Context<'_>) -> Vec<Note> {
    let waits = |request: &&RequestItem| request.request.is_ok();
    let requests = context.world.inventory().requests.iter().filter(waits);
    let names = requests.map(|request| &request.name);
    let kept = context.world.reading.waiting.iter().map(|one| &one.name);
    let names: Vec<String> = names.chain(kept).map(|name| text::show(name)).collect();
    if names.is_empty() {
        return vec![(
            "no request is here that waits for an answer".to_owned(),
            Tone::Warn,
        )];
    }
    vec![(
        format!(
            "{} here: {}",
            count::of(names.len(), "request"),
            names.join(", ")
        ),
        Tone::Text,
    )]
}
