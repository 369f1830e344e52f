//! Is all as the plan saw it? Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{ApplyError, Folders, Order};
use crate::pki::text::printable;
use crate::plan::{After, Change, Plan};
use crate::record::{JournalEntry, PathState, Place};
use crate::store::file::name_of;
use crate::store::journal::{backup_name, temporary_prefix};
use crate::store::path_state::{SeenAtPath, difference, look, of_file_itself};
use crate::store::read::Trouble;
use crate::store::state::OPERATIONS;

/// Where a change really takes place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) place: Place,
    /// As on the master, without a link on the way.
    pub(super) path: String,
    /// The text of the link that leads to it.
    through: Option<String>,
    /// The folder on the way to which others may write.
    pub(super) open_folder: Option<PathBuf>,
}

/// Folders that the plan makes, by whether they are this machine's and by their path: where each
/// really lies.
type MadeFolders = BTreeMap<(bool, String), String>;

/// Where the changes of a plan take place, links followed as the plan means it.
pub(super) fn targets(order: &Order<'_>, folders: &Folders<'_>) -> Result<Vec<Target>, ApplyError> {
    let plan = order.plan;
    let mut made: MadeFolders = BTreeMap::new();
    for state in order.own() {
        let lies = state
            .lies_at()
            .and_then(|(lies, _)| lies.into_os_string().into_string().ok());
        made.extend(
            state
                .path()
                .to_str()
                .zip(lies)
                .map(|(named, lies)| ((true, named.to_owned()), lies)),
        );
    }
    let mut lie = BTreeSet::new();
    let mut targets: Vec<Target> = Vec::with_capacity(plan.changes.len());
    for change in &plan.changes {
        let target = target(change, folders, &made)?;
        let real = folders.real(target.place, &target.path);
        if !lie.insert(real.clone()) {
            let why = "two changes of one plan lead to the same file".to_owned();
            return Err(ApplyError::NotPlain {
                path: change.path.clone(),
                why,
            });
        }
        if matches!(change.after, After::Directory(_)) {
            made.insert(
                (change.place == Place::Local, change.path.clone()),
                target.path.clone(),
            );
            // The master's folders are some of this machine's.
            if let (Place::Master, Some(real)) = (change.place, real.to_str()) {
                made.insert((true, real.to_owned()), real.to_owned());
            }
        }
        targets.push(target);
    }
    Ok(targets)
}

fn target(
    change: &Change,
    folders: &Folders<'_>,
    made: &MadeFolders,
) -> Result<Target, ApplyError> {
    let place = change.place;
    let spot = match folders.spot(place, Path::new(&change.path), !change.is_of_link()) {
        Err(Trouble::Absent) => {
            let (parent, name) = change.path.rsplit_once('/').unwrap_or_default();
            let parent = made.get(&(place == Place::Local, parent.to_owned()));
            let parent = parent.ok_or_else(|| nowhere(change, folders))?;
            return Ok(Target {
                place,
                path: format!("{parent}/{name}"),
                through: None,
                open_folder: None,
            });
        }
        spot => spot.map_err(|trouble| ApplyError::in_trouble(&change.path, &trouble))?,
    };
    if let Some(why) = spot.exposed() {
        return Err(ApplyError::NotPlain {
            path: change.path.clone(),
            why,
        });
    }
    let not_text = || ApplyError::NotPlain {
        path: change.path.clone(),
        why: "its name is not UTF-8".to_owned(),
    };
    let path = spot
        .path
        .into_os_string()
        .into_string()
        .map_err(|_| not_text())?;
    Ok(Target {
        place,
        path,
        through: spot.through,
        open_folder: spot.open_folder,
    })
}

/// Why a path has no folder: it never had one where it is a link that leads to none.
fn nowhere(change: &Change, folders: &Folders<'_>) -> ApplyError {
    let itself = folders
        .spot(change.place, Path::new(&change.path), false)
        .ok();
    let seen = itself.and_then(|spot| look(&spot.folder, &spot.name).ok());
    match seen.map(|seen| seen.path_state) {
        Some(PathState::Link { text }) => {
            let why = format!(
                "it is a link to {}, and there is no such folder below the root",
                printable(&text)
            );
            ApplyError::NotPlain {
                path: change.path.clone(),
                why,
            }
        }
        _ => ApplyError::in_trouble(&change.path, &Trouble::Absent),
    }
}

/// How each target stands, which is as the plan saw it.
pub(super) fn path_states(
    order: &Order<'_>,
    folders: &Folders<'_>,
    expected: &[Target],
) -> Result<Vec<SeenAtPath>, ApplyError> {
    let plan = order.plan;
    if targets(order, folders)? != expected {
        let path = plan
            .changes
            .first()
            .map(|change| change.path.clone())
            .unwrap_or_default();
        return Err(ApplyError::Changed {
            path,
            what: "a link on the way leads elsewhere".to_owned(),
        });
    }
    plan.changes
        .iter()
        .zip(expected)
        .map(|(change, target)| path_state(change, folders, target))
        .collect()
}

/// The targets once more, after the new files were written beside them.
pub(super) fn unchanged(
    plan: &Plan,
    folders: &Folders<'_>,
    expected: &[Target],
) -> Result<(), ApplyError> {
    for (change, target) in plan.changes.iter().zip(expected) {
        // A new folder was made with the new files.
        if change.before != PathState::Absent || !matches!(change.after, After::Directory(_)) {
            path_state(change, folders, target)?;
        }
    }
    Ok(())
}

fn path_state(
    change: &Change,
    folders: &Folders<'_>,
    target: &Target,
) -> Result<SeenAtPath, ApplyError> {
    let seen = match folders.of(target.place, &target.path) {
        Some(folder) => look(folder, name_of(&target.path)),
        None => Ok(SeenAtPath::nothing()),
    };
    let seen = seen.map_err(|trouble| ApplyError::in_trouble(&change.path, &trouble))?;
    let mut now = seen.path_state.clone();
    if let PathState::File { through, .. } = &mut now {
        through.clone_from(&target.through);
    }
    if now != change.before {
        let what = difference(&change.before, &now);
        return Err(ApplyError::Changed {
            path: change.path.clone(),
            what,
        });
    }
    Ok(seen)
}

/// Every file that the plan was made from is as it was.
pub(super) fn made_from(plan: &Plan, folders: &Folders<'_>) -> Result<(), ApplyError> {
    for (path, before) in &plan.made_from {
        let follow = !matches!(before, PathState::Link { .. });
        let now = match folders.spot(Place::Master, Path::new(path), follow) {
            Ok(spot) => look(&spot.folder, &spot.name).map(|seen| (seen.path_state, spot.through)),
            Err(Trouble::Absent | Trouble::Outside) => Ok((PathState::Absent, None)),
            Err(trouble) => Err(trouble),
        };
        let (mut now, link) = now.map_err(|trouble| ApplyError::in_trouble(path, &trouble))?;
        if let PathState::File { through, .. } = &mut now {
            *through = link;
        }
        if now != *before {
            return Err(ApplyError::Changed {
                path: path.clone(),
                what: difference(before, &now),
            });
        }
    }
    Ok(())
}

/// The journal's entries: what is done where, under which temporary name.
pub(super) fn entries(
    order: &Order<'_>,
    folders: &Folders<'_>,
    targets: &[Target],
) -> Vec<JournalEntry> {
    let own: Vec<PathBuf> = order
        .own()
        .filter_map(|state| Some(state.lies_at()?.1.join(OPERATIONS)))
        .collect();
    let pairs = order.plan.changes.iter().zip(targets).enumerate();
    pairs
        .map(|(number, (change, target))| {
            let after = change.path_state_after();
            let is_folder =
                |path_state: &PathState| matches!(path_state, PathState::Directory { .. });
            let is_in_place = is_folder(&change.before) || is_folder(&after);
            let name = target.path.rsplit('/').next().unwrap_or_default();
            // Old files that `history prune` takes away are not kept once more.
            let is_own = || {
                let real = folders.real(target.place, &target.path);
                own.iter().any(|own| real.starts_with(own))
            };
            let is_old = after == PathState::Absent && is_own();
            let is_kept = matches!(change.before, PathState::File { .. }) && !is_old;
            JournalEntry {
                path: change.path.clone(),
                target: target.path.clone(),
                temporary: if is_in_place {
                    String::new()
                } else {
                    format!("{}{number}", temporary_prefix(&order.id))
                },
                before: of_file_itself(&change.before),
                after: of_file_itself(&after),
                backup: is_kept.then(|| backup_name(number, name)),
            }
        })
        .collect()
}
