//! What every screen may look at: the master as it was read, the moment it is judged for, and how
//! to show it.

use std::collections::BTreeSet;
use std::sync::Arc;

use ratatui::style::Style;
use time::OffsetDateTime;

use super::change::{ChangeProgress, Stage};
use super::running::Running;
use super::theme::{ASCII, Signs, Theme, Tone, UNICODE};
use crate::inventory::judged::{Certainty, Judged};
use crate::inventory::life::life;
use crate::inventory::state::{State, Status, judge};
use crate::inventory::{Inventory, Item, ItemIndex};
use crate::model::{Action, JobId, Keymap, Pasted, Problem, Reading};
use crate::record::{History, Ledger, Operation, PlanSummary};

/// What does not change while the program runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Settings {
    /// Whether changing actions are refused.
    pub read_only: bool,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Whether the screen is told as lines.
    pub plain: bool,
    /// Whether this is the demo.
    pub demo: bool,
    /// Who runs the program, as "root".
    pub user: String,
    /// What to type to run it with more permission, as "sudo kubepki".
    pub sudo: String,
    /// How long a renewed certificate lives, in days, where `settings.yaml` says so.
    pub lifetime_days: Option<u32>,
    /// Whether all ports are asked after the first reading.
    pub probe_at_start: bool,
}

/// How far the reading is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Loaded {
    /// Nothing was read yet: what is being done.
    Reading(String),
    /// It was read.
    #[default]
    Yes,
    /// Nothing could be read.
    Failed(Problem),
}

impl Loaded {
    /// Takes a report of the reading.
    pub fn progress(&mut self, now: String) {
        if let Self::Reading(words) = self {
            *words = now;
        }
    }
}

/// Everything that a screen draws from.
#[derive(Debug)]
pub struct World {
    /// The master.
    pub reading: Reading,
    /// How far the reading is.
    pub loaded: Loaded,
    /// Why the disk could not be read again: what is shown is old.
    pub stale: Option<Problem>,
    /// What went wrong so far: a toast leaves, the page of what was not read keeps it.
    pub problems: Vec<Problem>,
    /// When it was read, or the moment that came since.
    pub now: OffsetDateTime,
    /// The date looked at, where it is not now.
    pub lens: Option<OffsetDateTime>,
    /// How the items stand at [`Self::moment`].
    pub judged: Judged,
    /// Styles.
    pub theme: Theme,
    /// Keys.
    pub keymap: Keymap,
    /// The command line's part.
    pub settings: Settings,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Ids of the items that are selected for the next change.
    pub selected: BTreeSet<Arc<str>>,
    /// The change that is under way or looked at.
    pub change: Option<ChangeProgress>,
    /// What was done so far, newest first; `None`: not known yet.
    pub history: Option<Result<Arc<History>, Problem>>,
    /// Every certificate that was made or seen here; `None`: not known yet.
    pub ledger: Option<Result<Arc<Ledger>, Problem>>,
    /// What was pasted last.
    pub pasted: Option<Arc<Pasted>>,
    /// The running side, as far as it was looked at.
    pub running: Running,
    /// What cannot be done on the screen below palette or help, and why.
    pub refusals: Vec<(Action, &'static str)>,
    /// What the keys do on the screen below the help, where one types there.
    pub keys_below: Vec<(&'static str, &'static str)>,
}

impl World {
    /// A world in which nothing was read yet.
    pub fn new(theme: Theme, keymap: Keymap, settings: Settings) -> Self {
        Self {
            reading: Reading::default(),
            loaded: Loaded::Reading("reading".to_owned()),
            stale: None,
            problems: Vec::new(),
            now: OffsetDateTime::UNIX_EPOCH,
            lens: None,
            judged: Judged::default(),
            theme,
            keymap,
            settings,
            size: (80, 24),
            selected: BTreeSet::new(),
            change: None,
            history: None,
            ledger: None,
            pasted: None,
            running: Running::default(),
            refusals: Vec::new(),
            keys_below: Vec::new(),
        }
    }

    /// Takes what was read; `false`: it could not be, and what was read before is still the best
    /// that is known.
    pub fn take(&mut self, reading: Result<Reading, Problem>) -> bool {
        self.change.take_if(|change| change.stage == Stage::Reading);
        match reading {
            Ok(reading) => {
                self.reading = reading;
                self.stale = None;
                self.loaded = Loaded::Yes;
                let selected = std::mem::take(&mut self.selected);
                self.selected = selected
                    .into_iter()
                    .filter(|id| self.item_named(id).is_some() || self.has_request(id))
                    .collect();
            }
            Err(problem) if self.loaded == Loaded::Yes => {
                self.stale = Some(problem);
                return false;
            }
            Err(problem) => self.loaded = Loaded::Failed(problem),
        }
        true
    }

    fn has_request(&self, id: &str) -> bool {
        let mut requests = self.inventory().requests.iter();
        requests.any(|request| *request.id == *id)
    }

    /// Takes a report of a job; `false`: nothing that is shown waits for it.
    pub fn progress(&mut self, job: JobId, now: String) -> bool {
        if let Some(change) = self.change.as_mut().filter(|change| change.job == job) {
            change.progress(now);
        } else if let Some(restarting) = self
            .running
            .restarting
            .as_mut()
            .filter(|one| one.job == job)
        {
            restarting.said = Some(now);
        } else if let Some(probing) = self.running.probing.as_mut().filter(|one| one.job == job) {
            probing.words = now;
        } else {
            return false;
        }
        true
    }

    /// Keeps a problem for the page of what went wrong.
    pub fn keep(&mut self, problem: &Problem) {
        if !self.problems.contains(problem) {
            self.problems.push(problem.clone());
        }
    }

    /// Selects an item, or unselects it.
    pub fn select(&mut self, id: Arc<str>) {
        if !self.selected.remove(&id) {
            self.selected.insert(id);
        }
    }

    /// Why nothing is changed: the user wants it so, or the files cannot be written.
    pub fn read_only(&self) -> Option<&'static str> {
        let wanted = self
            .settings
            .read_only
            .then_some("kubepki was started with --read-only");
        wanted.or(self.reading.closed)
    }

    /// The operation of this id.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.history
            .as_ref()?
            .as_ref()
            .ok()?
            .operations
            .iter()
            .find(|operation| operation.id == id)
    }

    /// The plan that is kept, or that of an operation.
    pub fn plan_summary(&self, operation: Option<&str>) -> Option<&PlanSummary> {
        match operation {
            Some(id) => self.operation(id).map(|operation| &operation.plan),
            None => self.change.as_ref().and_then(ChangeProgress::summary),
        }
    }

    /// The master.
    pub fn inventory(&self) -> &Inventory {
        &self.reading.inventory
    }

    /// A world in which what was pasted is the master, at the same moment.
    #[must_use]
    pub fn of_pasted(&self, pasted: &Pasted) -> Self {
        let (theme, keymap, settings) = (
            self.theme.clone(),
            self.keymap.clone(),
            self.settings.clone(),
        );
        let mut world = Self {
            reading: Reading {
                decided: Arc::clone(&self.reading.decided),
                ..pasted.reading.clone()
            },
            loaded: Loaded::Yes,
            now: self.now,
            lens: self.lens,
            size: self.size,
            ..Self::new(theme, keymap, settings)
        };
        world.judge();
        world
    }

    /// The moment that everything is judged for.
    pub fn moment(&self) -> OffsetDateTime {
        self.lens.unwrap_or(self.now)
    }

    /// The style of `role`.
    pub fn style(&self, role: Tone) -> Style {
        self.theme.style(role)
    }

    /// The signs to draw with.
    pub fn signs(&self) -> &'static Signs {
        if self.settings.ascii {
            &ASCII
        } else {
            &UNICODE
        }
    }

    /// How an item stands, with the reason.
    pub fn state(&self, index: ItemIndex, item: &Item) -> State {
        judge(self.inventory(), index, item, self.moment())
    }

    /// When nobody takes an item any more: its own end, or that of a CA above it.
    pub fn end(&self, index: ItemIndex, item: &Item) -> Option<OffsetDateTime> {
        Some(life(self.inventory(), index, item.certificate()?, self.moment()).end)
    }

    /// How far it may be said that all is well where nothing wrong was found.
    pub fn certainty(&self) -> Certainty {
        self.judged.certainty(self.inventory())
    }

    /// The status of an item, from the table.
    pub fn status(&self, index: ItemIndex) -> Status {
        self.judged
            .status
            .get(index.0 as usize)
            .copied()
            .unwrap_or(Status::Ok)
    }

    /// Whether an item counts: it is in use, or nothing here is known to be.
    pub fn counts(&self, item: &Item) -> bool {
        item.in_use || !self.reading.order.any_in_use
    }

    /// The item of this id.
    pub fn item_named(&self, id: &str) -> Option<(ItemIndex, &Item)> {
        let items = &self.inventory().items;
        let order = &self.reading.order.by_id;
        let at = order
            .binary_search_by(|index| items[index.0 as usize].id.as_ref().cmp(id))
            .ok()?;
        Some((order[at], &items[order[at].0 as usize]))
    }

    /// Judges what runs again. To be called when the history has changed, too: it tells what a
    /// process holds.
    pub fn judge_running(&mut self) {
        let moment = self.moment();
        let history = self
            .history
            .as_ref()
            .and_then(|history| history.as_ref().ok());
        let operations = history.map(|history| history.operations.as_slice());
        self.running
            .judge(&self.reading.inventory, operations, moment);
    }

    /// Judges all items again. To be called when the reading or the moment has changed.
    pub fn judge(&mut self) {
        let moment = self.moment();
        self.judged = Judged::of(self.inventory(), &self.reading.order.by_end, moment);
        self.judge_running();
    }
}
