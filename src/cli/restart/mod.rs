//! `restart`, and what `renew --restart` does after the files: components one after the other, each
//! proven before the next.

mod document;
mod text;
mod which;

use std::io::IsTerminal as _;

use super::arguments::{Form, Global, RestartArguments};
use super::asking;
use super::changer::{changer, read_only_refusal};
use super::document::ListDocument;
use super::exit_of;
use super::failure::{Failure, worst};
use super::interrupted;
use super::master::{Master, open_options};
use super::output;
use super::plan::PlanDocument;
use super::table::Style;
use crate::engine::change::{Changer, RestartOrder, When};
use crate::engine::node::Node;
use crate::kubernetes::component::{Component, joined};
use crate::progress::Progress;
use crate::record::{Left, PlanSummary, RestartRecord, RestartState, RestartSummary};
pub(super) use document::RestartDocument;
pub(super) use text::table;
use which::Changed;

/// Restarts on the master that the flags name.
pub(super) struct Restarts<'a> {
    pub(super) global: &'a Global,
    pub(super) changer: &'a Changer,
    pub(super) node: Node,
    pub(super) form: Form,
    pub(super) style: Style,
    /// Whether what was restarted meanwhile is written down.
    pub(super) remembers: bool,
    pub(super) when: When,
}

/// What became of restarts.
#[derive(Debug)]
pub(super) struct Restarted {
    /// All that were to be restarted, in order; those that were not begun are
    /// [`RestartState::Needed`].
    pub(super) records: Vec<RestartRecord>,
    /// Why not all is done.
    pub(super) failure: Option<Failure>,
}

/// Runs `restart`: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    arguments: &RestartArguments,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    if global.at.is_some() && !arguments.dry_run {
        return Err(Failure::usage(
            "--at goes with --dry-run only: a restart is made now",
        ));
    }
    let changer = changer(global, None)?;
    let node = Node::of(&open_options(global, None));
    let refusal = read_only_refusal(global).or_else(|| node.refusal());
    let remembers = refusal.is_none() && !arguments.dry_run;
    let when = if arguments.changed {
        When::Needed
    } else {
        When::Always
    };
    let restarts = Restarts {
        global,
        changer: &changer,
        node,
        form,
        style,
        remembers,
        when,
    };
    if arguments.dry_run || refusal.is_some() {
        interrupted::tell_unfinished(&changer);
    } else {
        interrupted::recover_first(&changer, global)?;
    }
    let master = Master::open_to_change(global)?;
    let found = if arguments.changed {
        restarts.changed(&master)
    } else {
        restarts.named(&master, &arguments.components)?
    };
    if arguments.dry_run {
        let text = restarts.plan(&master, &found, refusal)?;
        return Ok((text, worst([found.tell(), exit_of(&master)])));
    }
    if let Some(why) = refusal {
        return Err(refused(why, &found));
    }
    // What is named is restarted, all of it, or nothing is.
    if let Some(failure) = found
        .failures()
        .into_iter()
        .next()
        .filter(|_| !arguments.changed)
    {
        return Err(failure);
    }
    restarts.make(&master, &found, arguments.yes)
}

/// Nothing was restarted; what one would type is said.
fn refused(why: &str, found: &Changed) -> Failure {
    let others = found
        .failures()
        .into_iter()
        .flat_map(|failure| failure.problem.why);
    let failure = Failure::refused("nothing was restarted")
        .because(why)
        .because_all(others);
    if found.steps.is_empty() {
        failure
    } else {
        failure.hint(format!("by hand:\n{}", text::commands(&found.steps)))
    }
}

impl Restarts<'_> {
    /// Restarts what was found: the text for standard output, and the exit code.
    fn make(&self, master: &Master, found: &Changed, yes: bool) -> Result<(String, u8), Failure> {
        if found.steps.is_empty() {
            let code = found.tell();
            if code == 0 {
                output::tell("kubepki: nothing holds old files, nothing waits for a restart\n");
            }
            return Ok((self.list(master, &[])?, worst([code, exit_of(master)])));
        }
        let done = self.perform(master, &found.steps, yes);
        match done.failure {
            Some(failure) if done.is_untouched() => Err(failure),
            _ => {
                let text = self.list(master, &done.records)?;
                Ok((text, worst([done.tell(), found.tell()])))
            }
        }
    }

    /// What a dry run prints.
    fn plan(
        &self,
        master: &Master,
        found: &Changed,
        refusal: Option<&str>,
    ) -> Result<String, Failure> {
        let steps = &found.steps;
        let title = match steps.as_slice() {
            [] => "Nothing to restart".to_owned(),
            _ => format!(
                "Restart {}",
                joined(steps.iter().map(|step| step.component), ", ")
            ),
        };
        let warnings = refusal
            .map(|why| format!("kubepki would refuse this: {why}"))
            .into_iter()
            .collect();
        let summary = PlanSummary {
            title,
            restarts: steps.clone(),
            left_alone: found
                .left
                .iter()
                .map(|(component, why)| Left::new(component.as_str(), why))
                .collect(),
            warnings,
            ..PlanSummary::default()
        };
        let document = || PlanDocument::new(&summary, &master.inventory, master.at);
        match self.form {
            Form::Json => output::json(&document()),
            Form::Yaml => output::yaml(&document()),
            Form::Name => Ok(names(steps.iter().map(|step| step.component))),
            _ => Ok(text::plan(&summary)),
        }
    }

    /// Asks where `yes` is not said, and restarts one after the other until one does not prove
    /// itself.
    pub(super) fn perform(
        &self,
        master: &Master,
        steps: &[RestartSummary],
        yes: bool,
    ) -> Restarted {
        let report = output::report(self.global.verbose || std::io::stderr().is_terminal());
        let mut done = Restarted {
            records: Vec::new(),
            failure: confirm(steps, yes).err(),
        };
        for step in steps {
            let not_begun = || RestartRecord::new(step.component, true);
            // In k3s one restart is that of all.
            let mut ended = steps
                .iter()
                .zip(&done.records)
                .filter(|(_, record)| record.state == RestartState::Done);
            let same = ended
                .find(|(ended, _)| ended.how == step.how)
                .map(|(_, record)| record.clone());
            let record = if done.failure.is_some() {
                not_begun()
            } else if let Some(record) = same {
                RestartRecord::along(step.component, &record)
            } else {
                let same = steps
                    .iter()
                    .filter(|other| other.how == step.how)
                    .map(|other| other.component);
                let same: Vec<Component> = same.collect();
                let (inventory, component) = (&master.inventory, step.component);
                let report = |progress: Progress| report(progress.about(component.as_str()));
                let order = RestartOrder {
                    component,
                    with: &same,
                    when: self.when,
                };
                match self
                    .changer
                    .restarter()
                    .restart(&self.node, inventory, order, &report)
                {
                    Ok((record, _)) => {
                        done.failure = failure(&record);
                        record
                    }
                    Err(failure) => {
                        done.failure = Some(failure.into());
                        not_begun()
                    }
                }
            };
            done.records.push(record);
        }
        if !done.is_untouched() {
            done.failure = done
                .failure
                .take()
                .map(|failure| self.with_rest(failure, &done.records));
        }
        done
    }

    /// Names what was not begun, and how one goes on.
    fn with_rest(&self, failure: Failure, records: &[RestartRecord]) -> Failure {
        let rest = records
            .iter()
            .filter(|record| record.state == RestartState::Needed);
        let rest = joined(rest.map(|record| record.component), ", ");
        let failure = if rest.is_empty() {
            failure
        } else {
            failure.because(format!("not restarted: {rest}"))
        };
        let next = format!(
            "{} goes on",
            self.changer.records().command("restart --changed")
        );
        let hint = match failure.problem.hint.as_str() {
            "" => next,
            hint => format!("{hint}\n{next}"),
        };
        failure.hint(hint)
    }

    /// What became of each, in the form that is asked for.
    pub(super) fn list(
        &self,
        master: &Master,
        records: &[RestartRecord],
    ) -> Result<String, Failure> {
        let list = || ListDocument {
            head: master.head("RestartList"),
            items: records.iter().map(RestartDocument::from).collect(),
        };
        match self.form {
            Form::Json => output::json(&list()),
            Form::Yaml => output::yaml(&list()),
            Form::Name => Ok(names(records.iter().map(|record| record.component))),
            form => Ok(table(records, form)
                .without_empty_columns()
                .render(self.style)),
        }
    }
}

impl Restarted {
    /// True where not one was begun.
    fn is_untouched(&self) -> bool {
        self.records
            .iter()
            .all(|record| record.state == RestartState::Needed)
    }

    /// Says why not all is done: the exit code.
    pub(super) fn tell(&self) -> u8 {
        let Some(failure) = &self.failure else {
            return 0;
        };
        output::tell(&failure.to_words());
        failure.exit.code()
    }
}

/// Asks where somebody is there to answer.
fn confirm(steps: &[RestartSummary], yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let refused = Failure::refused("not confirmed");
    if !asking::somebody() {
        let hint = "--yes restarts without a question, --dry-run shows what";
        return Err(refused.because("nobody can be asked").hint(hint));
    }
    output::tell(&text::steps(steps));
    let question = match steps {
        [one] => format!("Restart {}?", one.component),
        [first, others @ ..] if others.iter().all(|other| other.how == first.how) => {
            "Restart these, all at once?".to_owned()
        }
        several => format!("Restart these {}, one after the other?", several.len()),
    };
    if asking::confirm(&question)? {
        Ok(())
    } else {
        Err(refused)
    }
}

/// Why a restart is not done.
fn failure(record: &RestartRecord) -> Option<Failure> {
    let what = match record.state {
        RestartState::Done => return None,
        RestartState::Begun => format!("the restart of {} was cut off", record.component),
        _ => format!(
            "the restart of {} did not bring what it should",
            record.component
        ),
    };
    Some(Failure::unable(what).because_all(record.why.clone()))
}

/// A line each.
fn names(components: impl Iterator<Item = Component>) -> String {
    components.fold(String::new(), |out, component| {
        out + component.as_str() + "\n"
    })
}
