//! The check list of restarts that the renewal of everything leaves.

use std::sync::Arc;

use kubepki::model::Event;
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::record::{Operation, RestartState};

use crate::support::changes::{operation, summary};
use crate::support::stage::Stage;

pub(crate) const ID: &str = "20261122T031500Z-4f2a9c";
pub(crate) const HOLDING: [&str; 3] = ["kube-controller-manager", "kube-scheduler", "kubelet"];

/// What becomes of the renewal of everything, when the two that read their files by themselves have
/// shown it.
pub(crate) fn renewal() -> Operation {
    let mut operation = whole_renewal();
    operation
        .restarts
        .retain(|one| one.state != RestartState::Unproven);
    operation.plan.restarts.retain(|one| one.required);
    operation
}

/// What becomes of the renewal of everything: three components must be restarted, two must show
/// what they read.
pub(crate) fn whole_renewal() -> Operation {
    let request = Request::Renew(RenewRequest::new(Selection::All));
    let done = operation(ID, summary(&request).expect("a plan"), 0);
    let names: Vec<&str> = done
        .restarts
        .iter()
        .map(|one| one.component.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "etcd",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kubelet"
        ]
    );
    done
}

/// The page of that operation, seen.
pub(crate) fn check_list(operation: Operation) -> Stage {
    let mut stage = Stage::demo(80, 24);
    stage.event(Event::History(Ok(Arc::new(vec![operation].into()))));
    stage.keys("7 <enter>").settle();
    stage.asked();
    stage
}

pub(crate) fn row<'a>(text: &'a str, component: &str) -> &'a str {
    text.lines()
        .find(|line| line.contains('[') && line.contains(component))
        .unwrap_or_default()
}
