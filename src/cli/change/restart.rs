//! `renew --restart`: what follows the files.

use super::{AppliedPlan, Change};
use crate::cli::arguments::Form;
use crate::cli::failure::{Failure, worst};
use crate::cli::history;
use crate::cli::master::Master;
use crate::cli::plan::text;
use crate::cli::restart::Restarts;
use crate::engine::change::{Changer, When};
use crate::kubernetes::component::Component;
use crate::record::OperationState;

impl Change<'_> {
    /// Restarts what waits for it: after an operation on what was asked for by name the programs of
    /// that one, else also what earlier operations wait for. What was done, and the exit code.
    pub(super) fn restarted(
        &self,
        applied: &AppliedPlan<'_>,
        master: &Master,
        changer: &Changer,
    ) -> Result<(String, u8), Failure> {
        let AppliedPlan {
            plan,
            operation,
            is_named,
        } = *applied;
        if let Some(operation) =
            operation.filter(|operation| operation.state != OperationState::Done)
        {
            return self.told(operation, &master.inventory, changer);
        }
        let (form, style) = (self.form, self.style);
        let (when, remembers) = (When::Needed, true);
        let restarts = Restarts {
            global: self.global,
            changer,
            node: self.node(),
            form,
            style,
            remembers,
            when,
        };
        // What was read before the change is old by now.
        let read_again = operation
            .map(|_| Master::open_to_change(self.global))
            .transpose()?;
        let master = read_again.as_ref().unwrap_or(master);
        let own = || {
            plan.summary
                .restarts
                .iter()
                .filter(|restart| restart.required || restart.shows)
        };
        let is_own = |component: Component| own().any(|restart| restart.component == component);
        let mut found = restarts.open(master);
        found.retain(|component| !is_named || is_own(component));
        // What the plan showed is confirmed with it.
        let is_known = operation.is_some() && found.steps.iter().all(|step| is_own(step.component));
        let done = restarts.perform(master, &found.steps, self.arguments.yes || is_known);
        let text = match operation {
            None if found.steps.is_empty() => self.nothing(plan, &master.inventory)?,
            None => restarts.list(master, &done.records)?,
            Some(operation) => {
                // With what became of its restarts.
                let operation = changer.records().operation(&operation.id)?;
                match self.form {
                    Form::Json | Form::Yaml | Form::Name => {
                        history::one(&operation, self.form, self.style)?
                    }
                    _ => {
                        text::done(
                            &operation,
                            &master.inventory.mounted,
                            &super::undo(&operation, changer),
                        ) + &restarts.list(master, &done.records)?
                    }
                }
            }
        };
        Ok((text, worst([done.tell(), found.tell()])))
    }
}
