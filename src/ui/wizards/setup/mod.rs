//! The PKI of a new cluster: what only a person can know, explained while it is asked. Enter on
//! every page is kubeadm's usual cluster with this machine as its one master.

mod answers;
mod asking;
mod notes;
mod written;

pub(super) use self::asking::{asked, check, field, shape, start};
use super::{Context, Step, Wizard};
use crate::plan::Request;
use crate::setup::ClusterField;
use crate::setup::check::Fault;
use crate::setup::question::Page;
use crate::ui::text;

/// The pages: the questions about the cluster, then those about this machine.
static STEPS: &[Step] = &[
    Step {
        title: "cluster",
        page: Some(Page::Cluster),
        fields: &[],
    },
    Step {
        title: "machines",
        page: Some(Page::Machines),
        fields: written::HERE,
    },
    Step {
        title: "network",
        page: Some(Page::Network),
        fields: &[],
    },
    Step {
        title: "etcd and CAs",
        page: Some(Page::Authorities),
        fields: &[],
    },
    Step {
        title: "keys",
        page: Some(Page::Keys),
        fields: &[],
    },
    Step {
        title: "joining",
        page: Some(Page::Joining),
        fields: written::FILES,
    },
];

pub(super) static WIZARD: Wizard = Wizard {
    title: |context| format!("Set up {}", text::show(&answers::cluster(context).name)),
    steps: STEPS,
    request: |context| Request::Setup(Box::new(written::request(context))),
};

/// What is wrong with the answers together, each where it can be mended.
pub(super) fn faults(context: &Context<'_>) -> Vec<(&'static str, String)> {
    let cluster = answers::cluster(context);
    let members = answers::member_faults(&cluster);
    // Whose etcd it is, is asked after the machines: what is wrong with its members waits for that.
    let field = |fault: &Fault| {
        if members.contains(fault) {
            ClusterField::EtcdExternal
        } else {
            fault.field.question().said_at()
        }
    };
    cluster
        .faults()
        .into_iter()
        .map(|fault| (field(&fault).question().name, fault.why))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::question::questions;

    #[test]
    fn every_question_that_has_a_page_is_on_one() {
        for question in questions() {
            let pages = STEPS
                .iter()
                .filter(|step| step.page.is_some() && step.page == question.page())
                .count();
            assert_eq!(
                pages,
                usize::from(question.page().is_some()),
                "{}",
                question.name
            );
        }
    }
}
