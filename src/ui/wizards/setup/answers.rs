//! The answers as a [`ClusterSpec`], and what they are at first.

use crate::kubernetes::layout::settable;
use crate::setup::check::Fault;
use crate::setup::question::{Kind, Question, questions};
use crate::setup::{ClusterField, ClusterSpec, Etcd, ExternalEtcd, check, kept};
use crate::ui::wizards::Context;

/// The answers at first: those that are kept, else what this master says of itself.
pub(super) fn base(context: &Context<'_>) -> ClusterSpec {
    if let Some(kept) = kept(context) {
        return kept.clone();
    }
    let usual = ClusterSpec::default();
    let inventory = context.world.inventory();
    let layout = settable()
        .find(|layout| layout.name == inventory.layout)
        .map(|layout| layout.name.clone());
    let name = inventory
        .cluster
        .clone()
        .filter(|name| check::name(name).is_ok());
    ClusterSpec {
        name: name.unwrap_or(usual.name.clone()),
        layout: layout.unwrap_or(usual.layout.clone()),
        ..usual
    }
}

/// The answers of the cluster that was set up here before.
fn kept<'a>(context: &Context<'a>) -> Option<&'a ClusterSpec> {
    let clusters = &context.world.reading.clusters;
    kept::base(clusters, context.world.inventory().cluster.as_deref()).or_else(|| clusters.first())
}

/// What an empty line stands for, where these are the answers at first.
pub(super) fn usual(base: &ClusterSpec) -> ClusterSpec {
    ClusterSpec {
        name: base.name.clone(),
        ..ClusterSpec::default()
    }
}

/// All answers.
pub(super) fn cluster(context: &Context<'_>) -> ClusterSpec {
    let mut cluster = base(context);
    let usual = usual(&cluster);
    // Choices decide what else is asked.
    for decides in [true, false] {
        for question in questions()
            .filter(|question| question.page().is_some() && question.kind.decides() == decides)
        {
            if decides || (question.applies)(&cluster) {
                take(question, context, &usual, &mut cluster);
            }
        }
    }
    for question in questions() {
        if !(question.applies)(&cluster) {
            question.copy(&usual, &mut cluster);
        }
    }
    cluster
}

/// Takes what was answered; what cannot be read is the usual answer until it can.
fn take(
    question: &Question,
    context: &Context<'_>,
    usual: &ClusterSpec,
    cluster: &mut ClusterSpec,
) {
    let given = match &question.kind {
        Kind::Line { .. } => Some(context.text(question.name))
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        Kind::Choice { options, .. } => options()
            .get(context.choice(question.name))
            .map(|(word, _)| (*word).to_owned()),
        Kind::Toggle { set, .. } => return set(cluster, context.is_on(question.name)),
        Kind::Names { texts, .. } | Kind::Lines { texts } => {
            return (texts.set)(cluster, &context.rows(question.name));
        }
    };
    if given.is_none_or(|text| question.take(cluster, &[text]).is_err()) {
        question.copy(usual, cluster);
    }
}

/// What is wrong with the machines only where etcd runs on them.
pub(super) fn member_faults(cluster: &ClusterSpec) -> Vec<Fault> {
    let is_of_machines = |fault: &Fault| fault.field == ClusterField::Nodes;
    let mut faults: Vec<Fault> = cluster
        .faults()
        .into_iter()
        .filter(is_of_machines)
        .collect();
    if faults.is_empty() {
        return faults;
    }
    let elsewhere = Etcd {
        external: Some(ExternalEtcd::default()),
        ..Etcd::default()
    };
    let without = ClusterSpec {
        etcd: elsewhere,
        ..cluster.clone()
    }
    .faults();
    faults.retain(|fault| !without.contains(fault));
    faults
}

/// Whether something of a PKI is there already.
pub(super) fn has_files(context: &Context<'_>) -> bool {
    let inventory = context.world.inventory();
    !(inventory.items.is_empty() && inventory.keys.is_empty())
}
