//! The one change that may be under way: what was asked for, how far it is, and the words for it.

use std::sync::Arc;

use time::Duration;

use super::restarts;
use super::text;
use super::words;
use super::world::World;
use crate::inventory::Item;
use crate::inventory::state::near_after;
use crate::model::{Action, Effect, JobId, PlanId, PlanRefusal, Problem, Route, RouteName, WizardName};
use crate::plan::{RenewRequest, Request, Selection, due};
use crate::record::{Operation, OperationState, PlanSummary, RestartRecord, RestartState, Way};
use crate::words::{count, date, shell};

/// What was asked for, and how far it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Names the plan, here and in the runtime.
    pub plan: PlanId,
    /// The job that makes or applies it.
    pub job: JobId,
    /// What was asked for.
    pub request: Request,
    /// Whether it is applied without a question where nothing asks for one.
    pub at_once: bool,
    /// How far it is.
    pub stage: Stage,
}

/// How far a change is.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// The plan is being made: what is being done.
    Making(String),
    /// A CA key is encrypted.
    Passphrase {
        /// The key's file.
        path: String,
        /// True where one was given, and it is not the right one.
        wrong: bool,
    },
    /// It must not be done, or cannot, or did not come to its end.
    Refused(Problem),
    /// The plan is made.
    Made(Box<PlanSummary>),
    /// It is being applied: what is being done.
    Applying(String, Box<PlanSummary>),
    /// It is done, and the disk is read again.
    Reading,
}

impl Change {
    /// One that was just asked for.
    pub fn new(plan: PlanId, job: JobId, request: Request, at_once: bool) -> Self {
        Self { plan, job, request, at_once, stage: Stage::Making("planning".to_owned()) }
    }

    /// Whether no other change may begin.
    pub fn is_under_way(&self) -> bool {
        match self.stage {
            Stage::Making(_) => self.at_once,
            Stage::Applying(..) | Stage::Reading => true,
            Stage::Passphrase { .. } | Stage::Refused(_) | Stage::Made(_) => false,
        }
    }

    /// What is being done, while something is.
    pub fn words(&self) -> Option<&str> {
        match &self.stage {
            Stage::Making(words) | Stage::Applying(words, _) => Some(words),
            _ => None,
        }
    }

    /// Takes a report of its job.
    pub fn progress(&mut self, now: String) {
        if let Stage::Making(words) | Stage::Applying(words, _) = &mut self.stage {
            *words = now;
        }
    }

    /// Begins to apply the plan that is made, as this job.
    pub fn apply(&mut self, job: JobId) -> Option<PlanId> {
        let Stage::Made(summary) = &mut self.stage else { return None };
        if summary.is_empty() {
            return None;
        }
        self.stage = Stage::Applying("applying".to_owned(), std::mem::take(summary));
        self.job = job;
        Some(self.plan)
    }

    /// The plan, as far as there is one.
    pub fn summary(&self) -> Option<&PlanSummary> {
        match &self.stage {
            Stage::Made(summary) | Stage::Applying(_, summary) => Some(summary),
            _ => None,
        }
    }
}

/// What the footer says of a change that is under way.
pub fn doing(world: &World) -> Option<Problem> {
    world.change.as_ref().filter(|change| change.is_under_way())?.words().map(Problem::new)
}

/// What the application does about an answer of the runtime.
#[derive(Debug)]
pub enum Next {
    /// Nobody waits for this plan.
    Forget(PlanId),
    /// It is applied without a question.
    Apply,
    /// Its review shows how it stands.
    Review,
    /// A word is enough; the plan, if there is one, is dropped.
    Say(Problem, Option<PlanId>),
    /// It was applied, or rolled back.
    Done {
        /// The words.
        toast: Problem,
        /// The operation's id, and whether its page must be seen.
        page: (Arc<str>, bool),
    },
}

/// Takes the answer to [`crate::model::Job::Plan`].
pub fn planned(world: &mut World, plan: PlanId, summary: Result<Box<PlanSummary>, PlanRefusal>) -> Next {
    let waits = |change: &&mut Change| change.plan == plan && matches!(change.stage, Stage::Making(_));
    let Some(change) = world.change.as_mut().filter(waits) else { return Next::Forget(plan) };
    // What was typed is kept until the plan is made: another key may want another one.
    if let (Some(typed), Ok(_) | Err(PlanRefusal::Problem(_))) = (change.request.passphrases(), &summary) {
        typed.clear();
    }
    let is_due = matches!(&change.request, Request::Renew(renew) if renew.what == Selection::Due);
    let is_prune = change.request == Request::Prune;
    match summary {
        Ok(summary) if summary.is_empty() && summary.warnings.is_empty() && (change.at_once || is_due || is_prune) => {
            world.change = None;
            Next::Say(if is_due { nothing_due(world) } else { nothing_to_do(&summary) }, Some(plan))
        }
        Ok(summary) => {
            let asks = !summary.asks.is_empty();
            change.stage = Stage::Made(summary);
            if change.at_once && !asks { Next::Apply } else { Next::Review }
        }
        Err(PlanRefusal::Problem(problem)) if change.at_once && problem.why.is_empty() => {
            world.change = None;
            Next::Say(problem, None)
        }
        Err(PlanRefusal::Problem(problem)) => {
            change.stage = Stage::Refused(problem);
            Next::Review
        }
        Err(PlanRefusal::Passphrase { path, wrong }) => {
            change.stage = Stage::Passphrase { path, wrong };
            Next::Review
        }
    }
}

fn nothing_to_do(summary: &PlanSummary) -> Problem {
    let why =
        summary.leaves.iter().take(3).map(|left| format!("{}: {}", text::show(&left.what), text::show(&left.why)));
    Problem { why: why.collect(), ..Problem::new(text::show(&summary.title)) }
}

/// Takes the answer to [`crate::model::Job::Apply`]; what became of it is said on the screen of this name.
pub fn applied(world: &mut World, plan: PlanId, operation: Result<Box<Operation>, Problem>, screen: RouteName) -> Next {
    let Some(change) = world.change.as_mut().filter(|change| change.plan == plan) else { return Next::Forget(plan) };
    match operation {
        Ok(operation) => {
            change.stage = Stage::Reading;
            world.selected.clear();
            let page = (operation.id.as_str().into(), operation.state != OperationState::Done);
            let joins = matches!(change.request, Request::Bootstrap(_));
            let toast = done(world, &operation, screen);
            let toast = if joins { handed_over(world, &operation, toast) } else { toast };
            if let Some(Ok(history)) = &mut world.history {
                Arc::make_mut(history).operations.insert(0, *operation);
            } else {
                world.history = Some(Ok(Arc::new(vec![*operation].into())));
            }
            Next::Done { toast, page }
        }
        Err(problem) => {
            change.stage = Stage::Refused(problem);
            Next::Review
        }
    }
}

/// What an action about certificates, or about the last change, leads to.
pub(crate) fn effects(ids: Vec<Arc<str>>, action: Action) -> Vec<Effect> {
    match action {
        Action::Renew => vec![Effect::Change(Request::Renew(RenewRequest::new(Selection::Items(ids))))],
        Action::Options => vec![Effect::Open(Route::Wizard(WizardName::Renew(Selection::Items(ids))))],
        Action::Select => ids.into_iter().map(Effect::Select).collect(),
        Action::Undo => vec![Effect::Change(Request::Undo(None))],
        _ => Vec::new(),
    }
}

/// Why such an action cannot be done with `item`; what only a plan can tell is left to it.
pub(crate) fn refusal(world: &World, item: Option<&Item>, action: Action) -> Option<&'static str> {
    match (action, item) {
        (Action::Renew | Action::Options | Action::Select, None) => Some("there is no certificate under the cursor"),
        (Action::Renew | Action::Options | Action::Select, Some(item)) if item.is_authority() => {
            Some("CAs are rotated, not renewed")
        }
        (Action::Undo, _) => undo_refusal(world, None),
        _ => None,
    }
}

/// Ends what was interrupted, as an action of its page or of the history wants it.
pub(crate) fn recover(id: &str, action: Action) -> Vec<Effect> {
    let way = if action == Action::RecoverForward { Way::Forward } else { Way::Back };
    vec![Effect::Recover { id: id.into(), way }]
}

/// Why there is nothing to end.
pub(crate) fn recover_refusal(world: &World, id: &str) -> Option<&'static str> {
    let is_open = world.operation(id).is_some_and(|operation| operation.state.is_unfinished());
    (!is_open).then_some("it came to its end")
}

/// Why an operation cannot be taken back; `None` as id: the newest that can be.
pub(crate) fn undo_refusal(world: &World, id: Option<&str>) -> Option<&'static str> {
    let Some(Ok(history)) = &world.history else { return None };
    let Some(id) = id else {
        let can = |one: &Operation| one.undoes.is_none() && undoable(one).is_none();
        // What is damaged may be one that can be: the plan says what is known of it.
        let may = !history.damaged.is_empty() || history.operations.iter().any(can);
        return (!may).then_some("there is nothing left to undo");
    };
    history.operations.iter().find(|one| one.id == id).and_then(undoable)
}

fn undoable(operation: &Operation) -> Option<&'static str> {
    match operation.state {
        _ if operation.undone_by.is_some() => Some("it is undone already"),
        OperationState::Undone => Some("it is undone already"),
        OperationState::RolledBack => Some("it was not done: all is as it was before"),
        OperationState::Prepared | OperationState::Committing => Some("it did not come to its end"),
        OperationState::Done => None,
    }
}

/// "renewed apiserver; 2 components still hold the old one: A restarts them; u undoes", on the screen of this name.
fn done(world: &World, operation: &Operation, screen: RouteName) -> Problem {
    let outcome = outcome(world, operation);
    if operation.state != OperationState::Done || operation.undoes.is_some() {
        return outcome;
    }
    let undo = world.keymap.keys(Action::Undo).first().map(ToString::to_string).unwrap_or_default();
    let holding = operation.restarts.iter().filter(|one| one.state.is_open()).count();
    let them = count::word(holding, "it", "them");
    let restarts = match world.reading.unrestartable {
        None if holding > 0 => format!(": {} restarts {them}", restarts::keys_to_all(world, screen)),
        _ => String::new(),
    };
    let guide = world.keymap.keys(Action::Guide).first().map(ToString::to_string).unwrap_or_default();
    let next = if operation.plan.nodes.is_empty() { String::new() } else { format!("; {guide} says what comes next") };
    Problem { what: format!("{}{restarts}{next}; {undo} undoes", outcome.what), ..outcome }
}

/// What lets nodes in is valid once the cluster has it: the command that gives it comes before all else.
fn handed_over(world: &World, operation: &Operation, toast: Problem) -> Problem {
    let mut commands = shell::handed_over(&world.inventory().mounted, &operation.plan).into_iter();
    let Some(command) = commands.next().filter(|_| operation.state == OperationState::Done) else { return toast };
    let title = text::show(&operation.plan.title);
    let undo = world.keymap.keys(Action::Undo).first().map(ToString::to_string).unwrap_or_default();
    Problem { what: format!("done: {title}; now {}; {undo} undoes", text::show(&command)), ..toast }
}

/// The same without a key.
pub(crate) fn outcome(world: &World, operation: &Operation) -> Problem {
    let plan = &operation.plan;
    let title = text::show(&plan.title);
    if operation.state != OperationState::Done {
        let why = operation.error.as_deref().map(text::show).into_iter().collect();
        return Problem { why, ..Problem::new(format!("not done: {title}")) }.hint("all is as it was before");
    }
    let holding: Vec<&RestartRecord> =
        operation.restarts.iter().filter(|one| one.state == RestartState::Needed).collect();
    if let Some(undone) = &operation.undoes {
        let undone = world.operation(undone);
        // An undo that is taken back does again what it undid.
        let again = undone.and_then(|undone| undone.undoes.as_deref());
        let (first, how) = again.map_or((undone, "taken back"), |id| (world.operation(id), "renewed again"));
        let back = match first.map_or(&[][..], |first| first.plan.issues.as_slice()) {
            [] => String::new(),
            [one] => format!("{} {how}, ", issue_name(world, &one.id)),
            more => format!("{} certificates {how}, ", more.len()),
        };
        let files = count::of(plan.files().count(), "file");
        let restart = match holding.as_slice() {
            [] => String::new(),
            [one] => format!("; restart {}", one.component),
            more => format!("; restart {} components", more.len()),
        };
        return Problem::new(format!("{back}{files} as before{restart}"));
    }
    if !plan.nodes.is_empty() {
        return Problem::new(format!("done: {title}"));
    }
    let (what, old) = match plan.issues.as_slice() {
        issues if issues.iter().all(|issue| issue.before.is_none()) => (format!("done: {title}"), "the old ones"),
        [one] => (format!("renewed {}", issue_name(world, &one.id)), "the old one"),
        [] => (format!("done: {title}"), "the old ones"),
        more => (format!("renewed {} certificates", more.len()), "the old ones"),
    };
    let verb = count::word(holding.len(), "holds", "hold");
    let unproven = operation.restarts.iter().filter(|one| one.state == RestartState::Unproven).count();
    let held = match (holding.len(), unproven) {
        (0, 0) => String::new(),
        (0, number) => format!("; {} may still hold {old}", count::of(number, "component")),
        (number, 0) => format!("; {} still {verb} {old}", count::of(number, "component")),
        (number, more) => format!("; {} still {verb} {old}, {more} may", count::of(number, "component")),
    };
    Problem::new(format!("{what}{held}"))
}

/// What a renewal is called before its plan is made.
pub(crate) fn renewal(world: &World, what: &Selection) -> String {
    match what {
        Selection::Due => "Renew what is due".to_owned(),
        Selection::All => "Renew all".to_owned(),
        Selection::Items(ids) => match ids.as_slice() {
            [id] => format!("Renew {}", issue_name(world, id)),
            more => format!("Renew {} certificates", more.len()),
        },
    }
}

/// What the certificate of an issue is called.
pub(crate) fn issue_name(world: &World, id: &str) -> String {
    world.item_named(id).map_or_else(|| words::short_path(world, id), |(_, item)| words::item_name(world, item))
}

/// "nothing is due: next apiserver on 12 Dec 2026"; that something is dead or broken all the same comes before that.
pub(crate) fn nothing_due(world: &World) -> Problem {
    let inventory = world.inventory();
    let falls = inventory.indexed().filter_map(|(index, item)| {
        let certificate = item.certificate()?;
        let at = near_after(certificate.not_before(), certificate.not_after())?.checked_add(Duration::SECOND)?;
        due(inventory, index, item, at).is_ok().then_some((at, item))
    });
    let next = falls.filter(|(at, _)| *at > world.now).min_by_key(|(at, _)| *at);
    let next = next.map(|(at, item)| format!(": next {} on {}", words::item_name(world, item), date::day(at)));
    let judged = &world.judged;
    let is_well = judged.all_dead() + judged.all_broken() == 0;
    let next = next.filter(|_| is_well).unwrap_or_default();
    Problem::new(format!("{}{next}", crate::words::due::nothing(inventory, judged)))
}
