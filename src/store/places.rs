//! Where a change's path lies: below the master's root, or on this machine. What of this machine's
//! paths lies in the root too is resolved inside it, so that no link of a mounted disk leads to the
//! host's files.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::StoreError;
use super::read::{Below, Root, Spot, Trouble};
use super::state::StateFolder;
use crate::record::{Operation, Place};

/// Both places of a plan's paths.
#[derive(Debug)]
pub(super) struct Places<'a> {
    root: &'a Root,
    machine: MachinePaths,
}

/// What this machine's paths are.
#[derive(Debug)]
enum MachinePaths {
    /// Paths of this machine.
    This(Root),
    /// Paths of the machine on which the root was mounted here: all of them below it.
    Disk(PathBuf),
}

impl<'a> Places<'a> {
    /// For a change that is made now, and written down in `state`.
    pub(super) fn now(root: &'a Root, state: &StateFolder) -> Result<Self, StoreError> {
        let real = std::path::absolute(root.real()).unwrap_or_else(|_| root.real().to_owned());
        Self::of(root, state, &real)
    }

    /// For what is written down in `state`.
    pub(super) fn of_operation(
        root: &'a Root,
        state: &StateFolder,
        operation: &Operation,
    ) -> Result<Self, StoreError> {
        Self::of(root, state, Path::new(&operation.root))
    }

    fn of(root: &'a Root, state: &StateFolder, mounted: &Path) -> Result<Self, StoreError> {
        // What a disk brings is its own word, and touches nothing but the disk.
        let machine = if state.is_on_disk() {
            MachinePaths::Disk(mounted.to_owned())
        } else {
            MachinePaths::This(Root::open(Path::new("/"), Path::new("/"))?)
        };
        Ok(Self { root, machine })
    }

    /// Where a path of that place lies.
    pub(super) fn spot(&self, place: Place, path: &Path, follow: bool) -> Result<Spot, Trouble> {
        match (place, &self.machine) {
            (Place::Master, _) => self.root.spot(path, follow),
            (Place::Local, machine) => match (self.below(path), machine) {
                (Some(Below { above, logical }), _) => {
                    let spot = self.root.spot(&logical, follow)?;
                    let rest = spot
                        .path
                        .strip_prefix(self.root.mount())
                        .map_err(|_| Trouble::Outside)?;
                    Ok(Spot {
                        path: above.join(rest),
                        ..spot
                    })
                }
                (None, MachinePaths::This(whole)) => whole.spot(path, follow),
                (None, MachinePaths::Disk(_)) => Err(Trouble::Outside),
            },
        }
    }

    /// The path on this machine of a resolved one, by which two are known to be the same.
    pub(super) fn real(&self, place: Place, target: &str) -> PathBuf {
        let path = Path::new(target);
        let logical = match place {
            Place::Master => path.to_owned(),
            Place::Local => match self.below(path) {
                Some(below) => below.logical,
                None => return path.to_owned(),
            },
        };
        let below = logical
            .strip_prefix(self.root.mount())
            .unwrap_or(Path::new(""));
        fs::canonicalize(self.root.real())
            .unwrap_or_else(|_| self.root.real().to_owned())
            .join(below)
    }

    /// A path of this machine as one of the master; `None`: it lies outside the root.
    fn below(&self, path: &Path) -> Option<Below> {
        match &self.machine {
            MachinePaths::This(_) => self.root.below(path),
            MachinePaths::Disk(mounted) => below(path, mounted, self.root.mount()),
        }
    }
}

/// A path of another machine's, by its words alone.
pub(super) fn below(path: &Path, mounted: &Path, mount: &Path) -> Option<Below> {
    let rest = path.strip_prefix(mounted).ok()?;
    let is_plain = rest
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    is_plain.then(|| Below {
        above: mounted.to_owned(),
        logical: mount.join(rest),
    })
}
