//! Which master is meant, the root in which it is found, and where what is done to it is written
//! down: on the disk with it, or in the caller's own state folder.

use std::path::{Path, PathBuf};

use rustix::process::geteuid;

use crate::inventory::mounted::kubepki;
use crate::kubernetes::layout;
use crate::plan::{Change, Plan};
use crate::record::{History, Operation, Place};
use crate::store::journal;
use crate::store::read::{self, Root, Walk};
use crate::store::state::{StateFolder, default_folder};
use crate::store::survey;
use crate::store::{StoreError, history};

/// Which master to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// The folder under which the master's files lie; "/" on the master itself.
    pub root: PathBuf,
    /// A folder to look at in place of the root: a whole root, an /etc, an /etc/kubernetes, a
    /// folder of the PKI or any folder of certificates.
    pub directory: Option<PathBuf>,
    /// The layout's name; `None`: found out.
    pub layout: Option<String>,
    /// Home folders as on the master whose `.kube/config` is read, besides /root.
    pub homes: Vec<String>,
    /// Whether running processes are asked for their flags; has no effect where the root is not
    /// "/".
    pub processes: bool,
    /// kubepki's own folder where the user named one: the answers kept there say where certificates
    /// lie.
    pub state_dir: Option<PathBuf>,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            root: PathBuf::from("/"),
            directory: None,
            layout: None,
            homes: Vec::new(),
            processes: true,
            state_dir: None,
        }
    }
}

impl OpenOptions {
    /// A kubepki command about this very master and state, to be typed.
    pub fn command(&self, words: &str) -> String {
        self.command_below(self.directory.as_ref().unwrap_or(&self.root), words)
    }

    /// The same about the master below another folder.
    pub(super) fn command_below(&self, folder: &Path, words: &str) -> String {
        let root = (folder != Path::new("/")).then(|| typed(folder));
        kubepki(
            words,
            root.as_deref(),
            self.state_dir.as_deref().map(typed).as_deref(),
        )
    }
}

/// A master's root, and the folders in which its operations are kept.
#[derive(Debug)]
pub(in crate::engine) struct Ground {
    pub(in crate::engine) root: Root,
    /// The one that goes with the root, or that the user named.
    pub(in crate::engine) state: StateFolder,
    /// The caller's own, where the other lies on another machine's disk by default: what such a
    /// disk brings touches nothing outside it, so what was done outside it too is kept here.
    beside: Option<StateFolder>,
}

/// What a root was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundRoot {
    real: PathBuf,
    mounted_at: PathBuf,
    is_whole: bool,
}

impl FoundRoot {
    /// For the master of `options`.
    ///
    /// # Errors
    /// Where there is no such root.
    pub(super) fn of(options: &OpenOptions) -> Result<Self, StoreError> {
        let (root, walk) = root_of(options)?;
        let (real, mounted_at) = (root.real().to_owned(), root.mount().to_owned());
        Ok(Self {
            real,
            mounted_at,
            is_whole: walk.is_none(),
        })
    }

    /// The root, opened anew, and what goes with it.
    ///
    /// # Errors
    /// As [`Ground::with`]; where the root is gone.
    pub(super) fn ground(&self, options: &OpenOptions) -> Result<Ground, StoreError> {
        Ground::with(
            options,
            Root::open(&self.real, &self.mounted_at)?,
            self.is_whole,
        )
    }
}

impl Ground {
    /// For a root that is known, and whether it is a whole one.
    ///
    /// # Errors
    /// Where the user has no home.
    pub(in crate::engine) fn with(
        options: &OpenOptions,
        root: Root,
        is_whole: bool,
    ) -> Result<Self, StoreError> {
        if let Some(named) = &options.state_dir {
            let state = StateFolder::of(named, &root)?;
            return Ok(Self {
                root,
                state,
                beside: None,
            });
        }
        let goes_along = is_whole && root.mount() == Path::new("/");
        let whole = Path::new("/");
        let state = StateFolder::of(
            &default_folder(if goes_along { root.real() } else { whole })?,
            &root,
        )?;
        let has_other = state.is_on_disk() && geteuid().is_root();
        let beside = has_other
            .then(|| StateFolder::of(&default_folder(whole)?, &root))
            .transpose()?;
        Ok(Self {
            root,
            state,
            beside,
        })
    }

    /// Every folder that may keep operations of this master.
    pub(super) fn states(&self) -> impl Iterator<Item = &StateFolder> {
        std::iter::once(&self.state).chain(&self.beside)
    }

    /// The caller's own folder: what it says of this machine's files is nobody else's word. `None`:
    /// all that is kept lies on another machine's disk.
    pub(super) fn own(&self) -> Option<&StateFolder> {
        self.states().find(|state| !state.is_on_disk())
    }

    /// The folders in which somebody writes down what he does, as far as they are there.
    pub(in crate::engine) fn at_work(&self) -> Vec<PathBuf> {
        self.states().flat_map(journal::at_work).collect()
    }

    /// The folder that keeps the operation `id`: the caller's own, whatever a disk keeps by that
    /// name.
    pub(super) fn keeper(&self, id: &str) -> &StateFolder {
        self.beside
            .as_ref()
            .filter(|beside| journal::is_kept(beside, id))
            .unwrap_or(&self.state)
    }

    /// The folder that keeps what this plan does.
    pub(super) fn keeper_of(&self, plan: &Plan) -> &StateFolder {
        let Some(beside) = &self.beside else {
            return &self.state;
        };
        if let Some(undone) = &plan.undoes {
            return self.keeper(undone);
        }
        let is_outside = |path: &str| !self.root.holds(Path::new(path));
        let leads_out = plan
            .changes
            .iter()
            .any(|change| change.place == Place::Local && is_outside(&change.path));
        if leads_out { beside } else { &self.state }
    }

    /// The other folder, where what is kept in `keeper` puts something into it too.
    pub(super) fn also(&self, keeper: &StateFolder, plan: &Plan) -> Option<&StateFolder> {
        let other = self.states().find(|state| state.path() != keeper.path())?;
        let is_into = |change: &Change| {
            change.place == Place::Local && Path::new(&change.path).starts_with(other.path())
        };
        plan.changes.iter().any(is_into).then_some(other)
    }

    /// What was done so far. The caller's own folder keeps what was done to others too: that is
    /// left out.
    pub(super) fn history(&self, keep: bool) -> Result<History, StoreError> {
        let mut all = history::list(&self.state, keep)?;
        if let Some(beside) = &self.beside {
            // A disk says nothing of what is kept here: neither in its name, nor that it was
            // undone.
            all.operations
                .retain(|operation| !journal::is_kept(beside, &operation.id));
            let History {
                operations,
                damaged,
            } = history::list(beside, keep)?;
            all.operations.extend(
                operations
                    .into_iter()
                    .filter(|one| survey::is_of(&self.root, beside, one)),
            );
            // Of these nobody knows whose they are.
            all.damaged.extend(damaged);
            history::newest_first(&mut all.operations);
        }
        Ok(all)
    }

    /// The newest operation alone, as far as it can be known without reading all.
    pub(super) fn newest(&self) -> Result<Vec<Operation>, StoreError> {
        match &self.beside {
            None => Ok(history::newest(&self.state)?.into_iter().collect()),
            Some(_) => Ok(self.history(false)?.operations),
        }
    }

    /// As [`survey::survey`], of all folders.
    pub(super) fn survey(&self) -> Result<survey::Survey, StoreError> {
        let mut all = survey::Survey::default();
        for state in self.states() {
            let found = survey::survey(&self.root, state)?;
            all.interrupted.extend(found.interrupted);
            all.damaged.extend(found.damaged);
        }
        Ok(all)
    }

    /// As [`history::verify`], of all folders.
    pub(super) fn verify(
        &self,
        is_dropped: &dyn Fn(&str) -> bool,
    ) -> Result<history::Verification, StoreError> {
        let mut all = history::verify(&self.state, is_dropped)?;
        if let Some(beside) = &self.beside {
            let of_master = self.history(false)?.operations;
            let is_ours = |id: &str| of_master.iter().any(|operation| operation.id == id);
            let found = history::verify(beside, is_dropped)?.operations;
            all.operations
                .extend(found.into_iter().filter(|one| is_ours(&one.id)));
        }
        Ok(all)
    }
}

/// The root of the master that is meant, and the walk that found it where one was needed.
///
/// # Errors
/// Where there is no such folder.
pub(super) fn root_of(options: &OpenOptions) -> Result<(Root, Option<Walk>), StoreError> {
    // The same folder is the same master, however it is written.
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match &options.directory {
        None => {
            let folder = absolute(&options.root);
            let root = Root::open(&folder, Path::new("/"))?;
            // A folder without /etc is no whole disk: it may be a copy of a master's /etc or
            // /etc/kubernetes.
            if folder != Path::new("/") && !root.is_folder(Path::new("/etc")) {
                let (mounted, walk) = read::find_mount(&folder, layout::layouts())?;
                let real = std::fs::canonicalize(mounted.real());
                if real.map_or(true, |real| mounted.mount() != real) {
                    return Ok((mounted, walk));
                }
            }
            Ok((root, None))
        }
        Some(directory) => read::find_mount(&absolute(directory), layout::layouts()),
    }
}

/// A folder of this machine as a command names it, from wherever it is typed.
pub(super) fn typed(folder: &Path) -> String {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    absolute.to_string_lossy().into_owned()
}
