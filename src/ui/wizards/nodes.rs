//! By what requests are judged: the cluster's nodes, their addresses, the longest life.

use super::{Context, Field, Kind, Line, Note, Step, Wizard, always, days, nothing};
use crate::model::theme::Tone;
use crate::plan::Request;
use crate::plan::confirm::propose;
use crate::record::Approval;

pub(super) static WIZARD: Wizard = Wizard {
    title: |_| "By what requests are judged".to_owned(),
    steps: &[Step {
        title: "nodes",
        page: None,
        fields: &[
            Field {
                name: "nodes",
                label: "nodes",
                help: "their names; * stands for any run of characters in a label. Proposed are those that are known here, never \
                       what requests ask for",
                kind: Kind::Table {
                    start: |context| (Vec::new(), proposed(context).node_names),
                    one: "node",
                    check: |_, text| {
                        checked(&Approval {
                            node_names: vec![text.to_owned()],
                            ..Approval::default()
                        })
                    },
                },
                asked: always,
                notes: told,
            },
            Field {
                name: "ranges",
                label: "addresses",
                help: "networks in which they lie (10.0.0.0/24), or single addresses",
                kind: Kind::Table {
                    start: |context| (Vec::new(), proposed(context).address_ranges),
                    one: "network",
                    check: |_, text| {
                        checked(&Approval {
                            address_ranges: vec![text.to_owned()],
                            ..Approval::default()
                        })
                    },
                },
                asked: always,
                notes: nothing,
            },
            Field {
                name: "days",
                label: "longest life",
                help: "days that a certificate may live; empty: nobody says",
                kind: Kind::Text(Line {
                    start: |_| String::new(),
                    usual: |_| "not said".to_owned(),
                    unit: days::unit,
                    check: days::check,
                }),
                asked: always,
                notes: nothing,
            },
        ],
    }],
    request: |context| {
        Request::Confirm(Box::new(Approval {
            node_names: context.rows("nodes"),
            address_ranges: context.rows("ranges"),
            maximum_days: days::days(context.text("days")).ok(),
        }))
    },
};

fn proposed(context: &Context<'_>) -> Approval {
    let reading = &context.world.reading;
    propose(&reading.inventory, &reading.clusters, &[])
}

fn checked(approval: &Approval) -> Result<(), String> {
    approval.fault().map_or(Ok(()), Err)
}

/// Where more of them stand.
fn told(_: &Context<'_>) -> Vec<Note> {
    vec![(
        "kubectl get nodes -o json tells all: kubepki request nodes --from FILE reads it"
            .to_owned(),
        Tone::Dim,
    )]
}
