//! The one way of every changing command: recover, read, plan, show, ask, apply, tell.

mod confirm;
mod records;
mod renew;
mod restart;

use super::arguments::{ChangeArguments, Form, Global, RenewArguments};
use super::asking;
use super::changer::{changer, refuse_read_only};
use super::exit_of;
use super::failure::{Exit, Failure, worst};
use super::history;
use super::interrupted;
use super::master::{Master, open_options};
use super::output;
use super::plan::PlanDocument;
use super::plan::text::{self, warnings};
use super::table::Style;
use crate::engine::change::{Changer, FailureKind};
use crate::engine::node::Node;
use crate::inventory::Inventory;
use crate::pki::text::printable;
use crate::plan::{Passphrase, Plan, Request, Selection};
use crate::record::{Operation, OperationState};

/// How often a passphrase may be mistyped.
const ATTEMPTS: usize = 3;

/// One changing command.
pub(super) struct Change<'a> {
    pub(super) global: &'a Global,
    pub(super) arguments: &'a ChangeArguments,
    pub(super) form: Form,
    pub(super) style: Style,
    /// Say nothing where nothing is to be done: a timer asks every day.
    pub(super) quiet: bool,
    /// Restart what holds the old files.
    pub(super) restart: bool,
}

/// Runs `renew`: the text for standard output, and the exit code.
pub(super) fn renew(
    global: &Global,
    arguments: &RenewArguments,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    let quiet = arguments.due && arguments.change.yes;
    let change = Change {
        quiet,
        restart: arguments.restart,
        ..Change::new(global, &arguments.change, form, style)
    };
    change.run(|master| renew::request(master, arguments))
}

/// What was done before anything is restarted.
struct AppliedPlan<'a> {
    plan: &'a Plan,
    /// `None`: there was nothing to do.
    operation: Option<&'a Operation>,
    /// Whether its certificates were asked for by name.
    is_named: bool,
}

impl<'a> Change<'a> {
    /// One that restarts nothing, and says where nothing is to be done.
    pub(super) fn new(
        global: &'a Global,
        arguments: &'a ChangeArguments,
        form: Form,
        style: Style,
    ) -> Self {
        Self {
            global,
            arguments,
            form,
            style,
            quiet: false,
            restart: false,
        }
    }

    /// Runs it: the text for standard output, and the exit code. `request` is asked once the master
    /// is read.
    pub(super) fn run(
        &self,
        request: impl FnOnce(&Master) -> Result<Request, Failure>,
    ) -> Result<(String, u8), Failure> {
        self.refuse_early()?;
        let changer = changer(self.global, None)?;
        let left = if self.arguments.dry_run {
            interrupted::tell_unfinished(&changer);
            0
        } else {
            interrupted::recover_first(&changer, self.global)?
        };
        let master = Master::open_to_change(self.global)?;
        if !self.arguments.dry_run {
            changer.ready()?;
        }
        let mut request = request(&master)?;
        renew::refuse_nothing(&request, &master)?;
        let plan = self
            .prepare(&changer, &master, &mut request)
            .map_err(|failure| failure.of_unseen(&master))?;
        let inventory = &master.inventory;
        let unread = records::unread(&request, &changer);
        if self.arguments.dry_run {
            return Ok((
                self.plan(&plan, inventory)?,
                worst([exit_of(&master), unread]),
            ));
        }
        let is_named = match &request {
            Request::Renew(asked) => matches!(asked.what, Selection::Items(_)),
            Request::Issue(_) | Request::Decide(_) | Request::Confirm(_) => true,
            _ => false,
        };
        let operation = self.applied(&changer, &plan, inventory)?;
        let (text, code) = match &operation {
            _ if self.restart => {
                let applied = AppliedPlan {
                    plan: &plan,
                    operation: operation.as_ref(),
                    is_named,
                };
                self.restarted(&applied, &master, &changer)?
            }
            None => (self.nothing(&plan, inventory)?, 0),
            Some(operation) => self.told(operation, inventory, &changer)?,
        };
        let not_renewed = renew::not_renewed(&plan.summary);
        if let Some(failure) = &not_renewed {
            output::tell(&failure.to_words());
        }
        // Of what was asked for by name nothing is unknown.
        let unseen = if is_named { 0 } else { exit_of(&master) };
        Ok((
            text,
            worst([
                code,
                unseen,
                unread,
                not_renewed.map_or(0, |failure| failure.exit.code()),
                left,
            ]),
        ))
    }

    /// What became of the plan, where it changes something and is confirmed.
    fn applied(
        &self,
        changer: &Changer,
        plan: &Plan,
        inventory: &Inventory,
    ) -> Result<Option<Operation>, Failure> {
        if plan.summary.is_empty() {
            return Ok(None);
        }
        self.confirm(plan, inventory)?;
        let operation = changer.apply(plan, &output::report(self.global.verbose))?;
        records::note(changer, plan, inventory);
        Ok(Some(operation))
    }

    /// What can be refused before anything is looked at.
    fn refuse_early(&self) -> Result<(), Failure> {
        if self.arguments.dry_run {
            return Ok(());
        }
        if self.global.at.is_some() {
            return Err(Failure::usage(
                "--at goes with --dry-run only: a change is made now",
            ));
        }
        refuse_read_only(self.global)?;
        match self.node().refusal().filter(|_| self.restart) {
            None => Ok(()),
            Some(why) => Err(Failure::refused(
                "nothing was changed: nothing could be restarted afterwards",
            )
            .because(why)
            .hint("without --restart it is done, and says what is to be restarted and how")),
        }
    }

    fn node(&self) -> Node {
        Node::of(&open_options(self.global, None))
    }

    /// The plan; for an encrypted CA key with its passphrase.
    fn prepare(
        &self,
        changer: &Changer,
        master: &Master,
        request: &mut Request,
    ) -> Result<Plan, Failure> {
        let file = self.arguments.passphrase_file.as_deref();
        if let Some(file) = file {
            for text in asking::passphrases_in(file)? {
                give(
                    request,
                    Passphrase {
                        asked_for: None,
                        text,
                    },
                );
            }
        }
        let mut attempts = 0;
        let mut asked: Vec<String> = Vec::new();
        loop {
            let failure = match changer.prepare(
                &master.inventory,
                request,
                master.at,
                &output::report(self.global.verbose),
            ) {
                Ok(plan) => return Ok(plan),
                Err(failure) => failure,
            };
            let FailureKind::Passphrase { path, wrong } = &failure.kind else {
                return Err(failure.into());
            };
            if *wrong && file.is_none() {
                output::tell(&format!(
                    "kubepki: that is not the passphrase of {}\n",
                    printable(path)
                ));
            }
            if !asked.contains(path) {
                asked.push(path.clone());
                attempts = 0;
            }
            if file.is_some() || !asking::somebody() || attempts == ATTEMPTS {
                return Err(failure.into());
            }
            attempts += 1;
            give(
                request,
                Passphrase {
                    asked_for: Some(path.clone()),
                    text: asking::passphrase_of(path)?,
                },
            );
        }
    }

    fn plan(&self, plan: &Plan, inventory: &Inventory) -> Result<String, Failure> {
        let document = || PlanDocument::new(&plan.summary, inventory, plan.moment);
        match self.form {
            Form::Json => output::json(&document()),
            Form::Yaml => output::yaml(&document()),
            Form::Name => Ok(plan
                .summary
                .changes
                .iter()
                .fold(String::new(), |out, change| {
                    out + &printable(&change.path) + "\n"
                })),
            form => Ok(self.letter(plan, inventory, form)),
        }
    }

    fn letter(&self, plan: &Plan, inventory: &Inventory, form: Form) -> String {
        text::plan(&plan.summary, inventory, plan.moment, form, self.style)
    }

    /// Where nothing is to be done. Scripts that want a document get the empty plan.
    fn nothing(&self, plan: &Plan, inventory: &Inventory) -> Result<String, Failure> {
        match self.form {
            Form::Json | Form::Yaml => self.plan(plan, inventory),
            Form::Name => Ok(String::new()),
            _ if self.quiet => {
                output::tell(&warnings(&plan.summary));
                Ok(String::new())
            }
            form => {
                output::tell(&self.letter(plan, inventory, form));
                Ok(String::new())
            }
        }
    }

    /// Asks where somebody is there to answer.
    fn confirm(&self, plan: &Plan, inventory: &Inventory) -> Result<(), Failure> {
        confirm::refuse_unnamed(&plan.summary, &self.arguments.confirm)?;
        if self.arguments.yes {
            // Nobody sees the plan itself.
            output::tell(&warnings(&plan.summary));
            return Ok(());
        }
        let refused = Failure::refused("not confirmed");
        if !asking::somebody() || self.arguments.passphrase_file.as_deref() == Some("-") {
            return Err(refused
                .because("nobody can be asked")
                .hint("--yes applies without a question, --dry-run shows the plan"));
        }
        let form = if self.form == Form::Wide {
            Form::Wide
        } else {
            Form::Table
        };
        output::tell(&(self.letter(plan, inventory, form) + "\n"));
        let question = if self.restart {
            "Apply, and restart what holds the old files?"
        } else {
            "Apply?"
        };
        if asking::confirm(question)? {
            Ok(())
        } else {
            Err(refused)
        }
    }

    /// What was done. What was rolled back is a failure.
    fn told(
        &self,
        operation: &Operation,
        inventory: &Inventory,
        changer: &Changer,
    ) -> Result<(String, u8), Failure> {
        let failure = (operation.state != OperationState::Done).then(|| {
            let failure = Failure::unable("nothing was changed: all files are as they were");
            let failure = if operation.state.is_unfinished() {
                Failure::unable(format!("the operation {} is not finished", operation.id))
                    .hint(interrupted::how_to_recover(changer, None))
            } else {
                failure
            };
            failure.because_all(operation.error.clone())
        });
        let text = match self.form {
            Form::Json | Form::Yaml | Form::Name => history::one(operation, self.form, self.style)?,
            // Without a document the failure says it all.
            _ if failure.is_some() => String::new(),
            _ => {
                text::done(operation, &inventory.mounted, &undo(operation, changer))
                    + &self.how_to_restart(operation, changer)
            }
        };
        match failure {
            None => Ok((text, 0)),
            Some(failure) => {
                output::tell(&failure.to_words());
                Ok((text, Exit::Unable.code()))
            }
        }
    }

    /// The command that restarts what waits, where that can be done from here.
    fn how_to_restart(&self, operation: &Operation, changer: &Changer) -> String {
        let is_waiting = operation
            .restarts
            .iter()
            .any(|record| record.state.is_open());
        if !is_waiting || self.node().refusal().is_some() {
            return String::new();
        }
        format!(
            "{} restarts one after the other and proves each\n",
            changer.records().command("restart --changed")
        )
    }
}

fn give(request: &mut Request, passphrase: Passphrase) {
    if let Some(known) = request.passphrases() {
        known.push(passphrase);
    }
}

/// The command that takes an operation back.
fn undo(operation: &Operation, changer: &Changer) -> String {
    changer.records().command(&format!("undo {}", operation.id))
}
