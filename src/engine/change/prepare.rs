//! From a request to a plan: what is needed is worked out, read, made, and put together.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{getegid, geteuid};
use time::OffsetDateTime;

use super::apply::rehearse;
use super::{Changer, Failure, FailureKind, Ground};
use crate::inventory::Inventory;
use crate::pki::key::{KeyAlgorithm, PrivateKey};
use crate::plan::{
    self, AskedDecision, Materials, Mounted, Plan, PlanContext, Request, Undoable, prune, undo,
};
use crate::progress::{Progress, Report};
use crate::record::{Approval, History, Operation, Reason};
use crate::store::read::{Root, shown};
use crate::store::{StoreError, history, materials, survey};

impl Changer {
    /// The plan for `request`, from the inventory and what the disk holds now. Changes nothing.
    ///
    /// # Errors
    /// [`Failure`] where there is none, with the reason.
    pub fn prepare(
        &self,
        inventory: &Inventory,
        request: &Request,
        moment: OffsetDateTime,
        report: Report<'_>,
    ) -> Result<Plan, Failure> {
        let (approval, uncounted) = self.approval_for(request);
        let context = PlanContext {
            moment,
            settings: &self.settings,
            approval: &approval,
        };
        let ground = self.records.ground()?;
        let root = &ground.root;
        refuse_components(root, request)?;
        let (history, unread) = history_for(&ground, request)?;
        let damaged = self.records.damaged_with(history.damaged.clone());
        let mut needs = plan::needs(inventory, request, context)?;
        let undoable = needs.operation.as_deref().map(|id| {
            let undoable = self.undoable(&ground, &history, id, &inventory.mounted);
            undoable.map_err(|failure| damaged.iter().fold(failure, Failure::because))
        });
        let undoable = undoable.transpose()?;
        if let Some(undoable) = &undoable {
            undo::add_paths(&mut needs, undoable);
        }
        let state = state_for(&ground, request);
        let own = |path: &String| state.as_ref().map(|state| format!("{state}/{path}"));
        needs.local.extend(needs.state.iter().filter_map(own));
        let mut materials = materials::read(root, &needs);
        if *request == Request::Prune {
            for operation in prune::past_keeping(&history.operations, context) {
                materials.files.extend(history::old_files(
                    ground.keeper(&operation.id),
                    &operation.id,
                ));
            }
        }
        let user = (geteuid().as_raw(), getegid().as_raw());
        let new_keys = make_keys(&needs.new_keys, report)?;
        let mounted = mounted(root, &inventory.mounted);
        let history = history.operations;
        let materials = Materials {
            new_keys,
            operation: undoable,
            root: mounted,
            history,
            state,
            user,
            ..materials
        };
        let mut plan = plan::make(inventory, materials, request, context)?;
        if let Request::Undo(_) = request {
            // What is not known may have come after it.
            let next = plan.summary.warnings.len();
            plan.summary
                .asks
                .extend((next..next + damaged.len()).map(Reason::Warning));
        }
        plan.summary
            .warnings
            .extend(damaged.into_iter().chain(unread).chain(uncounted));
        rehearse(&ground, &mut plan)?;
        Ok(plan)
    }

    /// What was confirmed of the cluster, and a warning for each part that does not count, where it
    /// is asked for.
    fn approval_for(&self, request: &Request) -> (Approval, Vec<String>) {
        if !matches!(request, Request::Decide(_)) {
            return (Approval::default(), Vec::new());
        }
        let (approval, faults) = self.approval();
        let said = |why: String| format!("what was confirmed of the cluster does not count: {why}");
        (approval, faults.into_iter().map(said).collect())
    }

    /// What is needed to take back the operation of this id, or, without one, the newest that can
    /// be.
    fn undoable(
        &self,
        ground: &Ground,
        history: &History,
        id: &str,
        root: &Mounted,
    ) -> Result<Undoable, Failure> {
        // The state folder may hold what was done to others.
        let is_ours = |operation: &Operation| {
            survey::is_of(&ground.root, ground.keeper(&operation.id), operation)
        };
        let operation = if id.is_empty() {
            undo::newest(&history.operations, &is_ours, root)
                .map_err(|error| unless_damaged(error.into(), history))?
                .clone()
        } else {
            let named = self.records.find(history, id)?;
            if !is_ours(&named) {
                let what = format!(
                    "\"{}\" ({}) was done to another master",
                    named.plan.title, named.id
                );
                let undo = self
                    .records
                    .options
                    .command_below(Path::new(&named.root), &format!("undo {}", named.id));
                return Err(Failure::refused(what)
                    .because(format!("it was done below {}", named.root))
                    .hint(format!("name that one: {undo}")));
            }
            named
        };
        Ok(history::undoable(ground.keeper(&operation.id), operation)?)
    }
}

/// The folder in which the plan keeps something of its own. Where an answer goes on this machine is
/// kept in the caller's own: it is no word of a disk's.
fn state_for(ground: &Ground, request: &Request) -> Option<String> {
    let state = match request {
        Request::Issue(_) | Request::Decide(_) | Request::Confirm(_) => ground.own()?,
        _ => &ground.state,
    };
    state.path().to_str().map(str::to_owned)
}

/// What is made for others goes to no folder of a master's components, whatever links lead there.
fn refuse_components(root: &Root, request: &Request) -> Result<(), Failure> {
    let out = match request {
        Request::Issue(request) => request.out.as_deref(),
        Request::Decide(request) => match &request.decision {
            AskedDecision::Approve(approve) => approve.out.as_deref(),
            AskedDecision::Deny { .. } | AskedDecision::Delete => None,
        },
        _ => None,
    };
    let Some(out) = out.map(Path::new) else {
        return Ok(());
    };
    let real = out
        .ancestors()
        .skip(1)
        .find_map(|folder| folder.canonicalize().ok());
    let of_root = root
        .real()
        .join(plan::issue::OF_COMPONENTS.trim_start_matches('/'));
    let ours = [Path::new(plan::issue::OF_COMPONENTS), &of_root];
    let mut ours = ours
        .into_iter()
        .filter_map(|folder| folder.canonicalize().ok());
    if ours.any(|folder| real.as_ref().is_some_and(|real| real.starts_with(folder))) {
        let what = format!("{} is no place for these files", shown(out.as_os_str()));
        return Err(Failure::refused(what)
            .because("it leads to what the master's components read")
            .hint("--out names another folder"));
    }
    Ok(())
}

/// What was done so far, as much as `request` asks of it; or why that is not known, where it can be
/// done without.
fn history_for(ground: &Ground, request: &Request) -> Result<(History, Option<String>), Failure> {
    match request {
        // Whether the clock was set back is all that a renewal asks of it.
        Request::Renew(_)
        | Request::Setup(_)
        | Request::Import(_)
        | Request::Bootstrap(_)
        | Request::Issue(_)
        | Request::Decide(_)
        | Request::Confirm(_) => Ok(match ground.newest() {
            Ok(newest) => (newest.into(), None),
            Err(error) => (
                History::default(),
                Some(format!("the history cannot be read: {error}")),
            ),
        }),
        // Without the history nothing can be taken back.
        Request::Undo(_) | Request::Prune => Ok((ground.history(false)?, None)),
    }
}

/// The root as it is now, with what was found out about it.
fn mounted(root: &Root, known: &Mounted) -> Mounted {
    let real = std::path::absolute(root.real()).unwrap_or_else(|_| root.real().to_owned());
    Mounted {
        real: shown(real.as_os_str()),
        at: shown(root.mount().as_os_str()),
        ..known.clone()
    }
}

/// Where not every record can be read it is not known that nothing is left.
fn unless_damaged(failure: Failure, history: &History) -> Failure {
    let kind = if history.damaged.is_empty() {
        failure.kind
    } else {
        FailureKind::Unable
    };
    Failure { kind, ..failure }
}

/// Makes the keys on all cores: RSA takes its time.
fn make_keys(wanted: &[KeyAlgorithm], report: Report<'_>) -> Result<Vec<PrivateKey>, Failure> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let made: Mutex<Vec<Option<PrivateKey>>> = Mutex::new(wanted.iter().map(|_| None).collect());
    let total = wanted.len() as u64;
    let tell = |done: usize| {
        report(Progress {
            what: "making keys".to_owned(),
            done: done as u64,
            total,
        })
    };
    let work = || -> Result<(), Failure> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(algorithm) = wanted.get(at) else {
                return Ok(());
            };
            if !tell(done.load(Ordering::Relaxed)) {
                next.store(wanted.len(), Ordering::Relaxed);
                return Err(StoreError::Stopped.into());
            }
            let key = PrivateKey::generate(*algorithm).map_err(|error| {
                Failure::new(FailureKind::Unable, "no key could be made").because(error.to_string())
            })?;
            done.fetch_add(1, Ordering::Relaxed);
            if let Some(place) = made
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
                .get_mut(at)
            {
                *place = Some(key);
            }
        }
    };
    let cores = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(wanted.len());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..cores).map(|_| scope.spawn(work)).collect();
        let own = work();
        let panicked = || Err(Failure::new(FailureKind::Internal, "making a key panicked"));
        let others = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| panicked()));
        others.fold(own, Result::and)
    })?;
    let made = made
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    Ok(made.into_iter().flatten().collect())
}
