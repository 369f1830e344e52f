//! Restarts as text for people.

use std::fmt::Write as _;

use crate::cli::arguments::Form;
use crate::cli::plan::text::warnings;
use crate::cli::table::{Cell, Table};
use crate::inventory::state::Status;
use crate::pki::text::{printable, short_serial};
use crate::record::{PlanSummary, RestartRecord, RestartState, RestartSummary};
use crate::words::date;

/// What a dry run prints.
pub(super) fn plan(plan: &PlanSummary) -> String {
    format!(
        "{}\n{}{}",
        printable(&plan.title),
        warnings(plan),
        steps(&plan.restarts)
    )
}

/// Each component with its reason and its commands, in order; those that one command restarts
/// together.
pub(super) fn steps(steps: &[RestartSummary]) -> String {
    let mut out = String::new();
    let is_first =
        |at: usize, step: &RestartSummary| !steps[..at].iter().any(|before| before.how == step.how);
    let firsts = steps
        .iter()
        .enumerate()
        .filter(|(at, step)| is_first(*at, step));
    for (number, (_, first)) in (1..).zip(firsts) {
        for (at, step) in steps
            .iter()
            .filter(|step| step.how == first.how)
            .enumerate()
        {
            let number = if at == 0 {
                format!("{number}.")
            } else {
                "  ".to_owned()
            };
            let _ = writeln!(
                out,
                "{number} {}: {}",
                step.component,
                printable(&step.reason)
            );
        }
        for command in &first.how {
            let _ = writeln!(out, "   {}", printable(command));
        }
    }
    out
}

/// What one would type, in order, each line once.
pub(super) fn commands(steps: &[RestartSummary]) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in steps.iter().flat_map(|step| &step.how) {
        if !lines.contains(&line.as_str()) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// One row a component.
pub(in crate::cli) fn table(records: &[RestartRecord], form: Form) -> Table {
    let mut head = vec!["COMPONENT", "STATE", "SERVED BEFORE", "SERVED NOW", "WHEN"];
    head.push("WHY");
    let mut table = Table::new(&head);
    for record in records {
        let status = match record.state {
            RestartState::Done | RestartState::ReloadsByItself | RestartState::Skipped => {
                Status::Ok
            }
            RestartState::Needed | RestartState::Unproven | RestartState::Begun => Status::Expiring,
            RestartState::Failed => Status::Broken,
        };
        let serial = |serial: &Option<String>| {
            let serial = serial.as_deref().unwrap_or_default();
            Cell::new(if form == Form::Wide {
                serial.into()
            } else {
                short_serial(serial)
            })
        };
        table.push(vec![
            Cell::new(record.component.as_str()),
            Cell::colored(record.state.word(), status),
            serial(&record.served_before),
            serial(&record.served_after),
            Cell::new(record.at.map(date::minute).unwrap_or_default()),
            Cell::new(record.why.as_deref().unwrap_or_default()),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::component::Component;

    #[test]
    fn what_one_command_restarts_is_one_step() {
        let step = |component: Component, how: &str| RestartSummary {
            component,
            required: true,
            reason: "asked for".to_owned(),
            how: vec![format!("systemctl restart {how}")],
            shows: false,
            files: Vec::new(),
        };
        let all = [
            step(Component::Etcd, "k3s"),
            step(Component::KubeProxy, "kube-proxy"),
            step(Component::Kubelet, "k3s"),
        ];
        assert_eq!(
            steps(&all),
            "1. etcd: asked for\n   kubelet: asked for\n   systemctl restart k3s\n\
             2. kube-proxy: asked for\n   systemctl restart kube-proxy\n"
        );
    }
}
