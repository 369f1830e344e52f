//! The one change that may be under way, step by step: asked for, planned, looked at, applied. Each
//! step says what follows.

use std::sync::Arc;

use crate::model::change::{ChangeProgress, Stage};
use crate::model::world::World;
use crate::model::{Command, Effect, Job, JobId, PlanId, PlanRefusal, Problem, Route, RouteName};
use crate::pki::Secret;
use crate::pki::text::printable;
use crate::plan::{Passphrase, Request, Selection};
use crate::record::{Operation, OperationState, PlanSummary};
use crate::ui::outcome;

/// Has a plan made; the one before is forgotten. Its review opens now, or only where it must be
/// looked at.
pub(super) fn ask(world: &mut World, job: JobId, request: Request, at_once: bool) -> Vec<Effect> {
    if world
        .change
        .as_ref()
        .is_some_and(ChangeProgress::is_under_way)
    {
        return vec![Effect::Say(Problem::new("a change is under way"))];
    }
    let plan = PlanId(job.0);
    let mut effects: Vec<Effect> = world
        .change
        .take()
        .map(|change| forget(change.plan))
        .into_iter()
        .collect();
    effects.push(Effect::start(
        job,
        Job::Plan {
            plan,
            request: request.clone(),
        },
    ));
    world.change = Some(ChangeProgress::new(plan, job, request, at_once));
    if !at_once {
        effects.extend([
            Effect::Leave(&[RouteName::Review]),
            Effect::Open(Route::Review),
        ]);
    }
    effects
}

/// The same plan once more, with the passphrase of the CA's key.
pub(super) fn unlock(world: &mut World, job: JobId, passphrase: Secret) -> Vec<Effect> {
    let Some(change) = &world.change else {
        return Vec::new();
    };
    let (mut request, at_once) = (change.request.clone(), change.at_once);
    if let (Some(known), Stage::Passphrase { path, .. }) = (request.passphrases(), &change.stage) {
        known.push(Passphrase {
            asked_for: Some(path.clone()),
            text: passphrase,
        });
    }
    let mut effects = ask(world, job, request, at_once);
    // The page that asked for it is open: it shows that the plan is being made.
    effects.push(Effect::Refresh);
    effects
}

/// Takes the answer to [`Job::Plan`]; `job` is that of the plan's application, where nobody has to
/// look first.
pub(super) fn planned(
    world: &mut World,
    job: JobId,
    plan: PlanId,
    summary: Result<Box<PlanSummary>, PlanRefusal>,
) -> Vec<Effect> {
    let waits = |change: &&mut ChangeProgress| {
        change.plan == plan && matches!(change.stage, Stage::Making(_))
    };
    let Some(change) = world.change.as_mut().filter(waits) else {
        return vec![forget(plan)];
    };
    // What was typed is kept until the plan is made: another key may want another one.
    if let (Some(typed), Ok(_) | Err(PlanRefusal::Problem(_))) =
        (change.request.passphrases(), &summary)
    {
        typed.clear();
    }
    let is_due = matches!(&change.request, Request::Renew(renew) if renew.what == Selection::Due);
    let is_prune = change.request == Request::Prune;
    match summary {
        Ok(summary)
            if summary.is_empty()
                && summary.warnings.is_empty()
                && (change.at_once || is_due || is_prune) =>
        {
            world.change = None;
            let words = if is_due {
                outcome::nothing_due(world)
            } else {
                outcome::nothing_to_do(&summary)
            };
            return said(words, Some(plan));
        }
        Ok(summary) => {
            let at_once = change.at_once && summary.asks.is_empty() && !summary.is_empty();
            change.stage = Stage::Made(summary);
            if at_once {
                let mut effects = confirm(world, job);
                // Its review may be open: a passphrase was typed there.
                effects.push(Effect::Refresh);
                return effects;
            }
        }
        Err(PlanRefusal::Problem(problem)) if change.at_once && problem.why.is_empty() => {
            world.change = None;
            return said(problem, None);
        }
        Err(PlanRefusal::Problem(problem)) => change.stage = Stage::Refused(problem),
        Err(PlanRefusal::Passphrase { path, wrong }) => {
            change.stage = Stage::Passphrase { path, wrong }
        }
    }
    review()
}

/// What is red and was not named: a request may have become so since it was looked at.
fn unconfirmed(change: &ChangeProgress) -> Option<Problem> {
    let Request::Decide(request) = &change.request else {
        return None;
    };
    let plan = change.summary()?;
    let mut missing = plan
        .confirm
        .iter()
        .filter(|name| !request.confirmed.contains(name));
    let name = missing.next()?;
    Some(Problem::new(format!("{} is red", printable(name))).hint(
        "its name is typed before it is signed: leave this page, and look at the request again",
    ))
}

/// Applies the plan that was made, as this job.
pub(super) fn confirm(world: &mut World, job: JobId) -> Vec<Effect> {
    if let Some(words) = world.change.as_ref().and_then(unconfirmed) {
        return vec![Effect::Say(words), Effect::Refresh];
    }
    let plan = world.change.as_mut().and_then(|change| change.apply(job));
    plan.map(|plan| Effect::start(job, Job::Apply(plan)))
        .into_iter()
        .collect()
}

/// Takes the answer to [`Job::Apply`]. `is_reviewed`: the review is open, so that the operation's
/// page takes its place; else it is told on the screen of this name.
pub(super) fn applied(
    world: &mut World,
    plan: PlanId,
    operation: Result<Box<Operation>, Problem>,
    is_reviewed: bool,
    screen: RouteName,
) -> Vec<Effect> {
    let Some(change) = world.change.as_mut().filter(|change| change.plan == plan) else {
        return vec![forget(plan)];
    };
    let mut effects = match operation {
        Ok(operation) => {
            change.stage = Stage::Reading;
            let joins = matches!(change.request, Request::Bootstrap(_));
            done(world, *operation, joins, is_reviewed, screen)
        }
        Err(problem) => {
            change.stage = Stage::Refused(problem);
            review()
        }
    };
    effects.push(Effect::Read);
    effects
}

/// It was applied, or rolled back: that is said, kept, and shown where the page must be seen.
fn done(
    world: &mut World,
    operation: Operation,
    joins: bool,
    is_reviewed: bool,
    screen: RouteName,
) -> Vec<Effect> {
    world.selected.clear();
    let has_page = is_reviewed || operation.state != OperationState::Done;
    let page = Route::Operation(operation.id.as_str().into());
    let screen = if is_reviewed {
        RouteName::Operation
    } else {
        screen
    };
    let toast = outcome::done(world, &operation, joins, screen);
    if let Some(Ok(history)) = &mut world.history {
        Arc::make_mut(history).operations.insert(0, operation);
    } else {
        world.history = Some(Ok(Arc::new(vec![operation].into())));
    }
    let mut effects = Vec::new();
    if has_page {
        effects.extend([
            Effect::Leave(&[RouteName::Wizard, RouteName::Review]),
            Effect::Open(page),
        ]);
    }
    effects.extend([Effect::SayOutcome(toast), Effect::Refresh]);
    effects
}

/// Its review shows how it stands.
fn review() -> Vec<Effect> {
    vec![Effect::Show(Route::Review), Effect::Refresh]
}

/// A word is enough; the plan, if there is one, is dropped.
fn said(words: Problem, plan: Option<PlanId>) -> Vec<Effect> {
    let said = [
        Effect::Leave(&[RouteName::Review]),
        Effect::Say(words),
        Effect::Refresh,
    ];
    said.into_iter().chain(plan.map(forget)).collect()
}

fn forget(plan: PlanId) -> Effect {
    Effect::Command(Command::Forget(plan))
}
