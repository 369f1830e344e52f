//! Plans and operations for the tests of the application, made of the demo's own certificates.

use kubepki::model::{Command, Event, Job, PlanId, Reading};
use kubepki::plan::Request;
use kubepki::record::{
    Attributes, By, ChangeAction, ChangeSummary, IssueSummary, KeyChange, Left, Operation, OperationState, Place,
    PlanSummary, RestartRecord, RestartState, RestartSummary, Standing,
};
use time::Duration;

use crate::stage::{MOMENT, Stage};

/// A plan that renews these items, with one program to restart for each.
pub(crate) fn renewal(reading: &Reading, title: &str, ids: &[&str]) -> PlanSummary {
    let attributes = Attributes { owner: 0, group: 0, mode: 0o600 };
    let standing = |content: &str| Standing::File { sha256: content.to_owned(), attributes, through: None };
    let mut plan = PlanSummary { title: title.to_owned(), ..PlanSummary::default() };
    for id in ids {
        let item = reading.inventory.items.iter().find(|item| *item.id == **id).expect("an item of the demo");
        let certificate = item.certificate().expect("a certificate").clone();
        let programs: Vec<String> = item.read_by.iter().map(|reader| reader.component.to_string()).collect();
        plan.changes.push(ChangeSummary {
            place: Place::Master,
            action: ChangeAction::Replace,
            path: item.path.to_string(),
            summary: "new certificate".to_owned(),
            before: standing("old"),
            after: standing("new"),
        });
        for component in programs.iter().filter(|name| name.starts_with("kube-")).take(1) {
            plan.restarts.push(RestartSummary {
                component: component.clone(),
                required: true,
                reason: "it reads its certificate once, at its start".to_owned(),
                how: vec![format!("crictl ps --name {component} -q | xargs -r crictl stop")],
            });
        }
        plan.issues.push(IssueSummary {
            id: (*id).to_owned(),
            roles: Vec::new(),
            programs,
            authority: "kubernetes".to_owned(),
            paths: vec![item.path.to_string()],
            copies: Vec::new(),
            before: Some(certificate.clone()),
            after: certificate,
            key: KeyChange::New,
        });
    }
    plan.commands = vec!["umask 077".to_owned(), "# all of it".to_owned()];
    plan.leaves = vec![Left { what: "/etc/kubernetes/pki/sa.key".to_owned(), why: "it is no certificate".to_owned() }];
    plan
}

/// What became of a plan, `hours` after the moment of the tests.
pub(crate) fn operation(id: &str, plan: PlanSummary, hours: i64) -> Operation {
    let restarts = plan.must_restart().map(|restart| RestartRecord {
        component: restart.component.clone(),
        state: RestartState::Needed,
        served_before: None,
        served_after: None,
    });
    Operation {
        id: id.to_owned(),
        root: "/".to_owned(),
        state: OperationState::Done,
        by: By { user: "root".to_owned(), sudo_user: Some("alice".to_owned()), ..By::default() },
        started_at: MOMENT + Duration::hours(hours),
        ended_at: Some(MOMENT + Duration::hours(hours)),
        error: None,
        restarts: restarts.collect(),
        undoes: None,
        undone_by: None,
        plan,
    }
}

/// The one plan that was asked for since the last look, and the request.
pub(crate) fn planned(stage: &mut Stage) -> (PlanId, Request) {
    let asked = stage.asked();
    let mut plans = asked.iter().filter_map(|command| match command {
        Command::Start { job: Job::Plan { plan, request }, .. } => Some((*plan, request.clone())),
        _ => None,
    });
    let found = plans.next().unwrap_or_else(|| panic!("no plan was asked for: {asked:?}\n{}", stage.text()));
    assert_eq!(plans.next(), None);
    found
}

/// The plans that were to be applied since the last look.
pub(crate) fn applying(stage: &mut Stage) -> Vec<PlanId> {
    let apply = |command: Command| match command {
        Command::Start { job: Job::Apply(plan), .. } => Some(plan),
        _ => None,
    };
    stage.asked().into_iter().filter_map(apply).collect()
}

/// Answers a plan.
pub(crate) fn answer(stage: &mut Stage, plan: PlanId, summary: PlanSummary) {
    stage.event(Event::Planned { plan, summary: Ok(Box::new(summary)) });
}
