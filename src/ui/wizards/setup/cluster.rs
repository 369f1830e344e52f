//! Which cluster, and where its files lie.

use super::answers::{base, has_files, has_subject, layout_setup};
use crate::kubernetes::cluster::{ClusterSpec, check};
use crate::kubernetes::layout::settable;
use crate::model::theme::Role;
use crate::ui::wizards::{Context, Field, Kind, Line, Note, Step, always, nothing};

pub(super) const STEP: Step = Step {
    title: "cluster",
    fields: &[
        Field {
            name: "name",
            label: "name",
            help: "stands in every kubeconfig; the answers are kept under it, for the node that comes next year",
            kind: Kind::Text(Line {
                start: |_| String::new(),
                usual: |context| base(context).name,
                unit,
                check: check_name,
            }),
            asked: always,
            notes: |context| {
                let words = "a PKI is here: what fits stays and is verified, what is missing is made";
                has_files(context).then(|| (words.to_owned(), Role::Text)).into_iter().collect()
            },
        },
        Field {
            name: "layout",
            label: "layout",
            help: "where the files lie and who signs what; Space chooses",
            kind: Kind::Choice {
                options: |_| settable().map(|layout| layout.name.clone()).collect(),
                start: |context| {
                    let layout = base(context).layout;
                    settable().position(|one| one.name == layout).unwrap_or(0)
                },
            },
            asked: always,
            notes: layout_notes,
        },
        Field {
            name: "subject",
            label: "subject",
            help: "what stands in every subject beside CN and O, one part a line: C=NO, ST=Oslo, L=Oslo, O=Example, OU=IT",
            kind: Kind::Table {
                start: |context| (Vec::new(), base(context).subject.iter().map(subject_line).collect()),
                one: "part, as C=NO",
                check: |_, text| check::subject(text).map(drop),
            },
            asked: has_subject,
            notes: nothing,
        },
        Field {
            name: "kubernetesVersion",
            label: "version",
            help: "of Kubernetes: a few groups differ by it, as that of admin.conf since 1.29",
            kind: Kind::Text(Line {
                start: |context| changed(context, |cluster| cluster.kubernetes_version.to_string()),
                usual: |_| ClusterSpec::default().kubernetes_version.to_string(),
                unit,
                check: |_, text| check::version(text).map(drop),
            }),
            asked: always,
            notes: nothing,
        },
    ],
};

/// No word stands behind the line.
pub(super) fn unit(_: &str) -> &'static str {
    ""
}

/// A line at first: empty where the answer is the usual one.
pub(super) fn changed(context: &Context<'_>, answer: fn(&ClusterSpec) -> String) -> String {
    let own = answer(&base(context));
    if own == answer(&ClusterSpec::default()) { String::new() } else { own }
}

fn subject_line((attribute, value): &(String, String)) -> String {
    format!("{attribute}={value}")
}

fn check_name(_: &Context<'_>, text: &str) -> Result<(), String> {
    check::name(text)
}

fn layout_notes(context: &Context<'_>) -> Vec<Note> {
    let words = layout_setup(context).into_iter().flat_map(|setup| &setup.words);
    words.map(|words| (words.clone(), Role::Text)).collect()
}
