//! Changing a master, for both faces: make a plan, apply it, remember it, take it back, finish what
//! was interrupted.

mod apply;
mod failure;
mod interrupted;
mod prepare;
mod records;
mod restart;
mod token;
mod who;

use std::path::{Path, PathBuf};

pub use failure::{Failure, FailureKind};
pub use restart::{Begun, RestartOrder, When};
pub use who::sudo_line;

use super::ground::{FoundRoot, Ground};
use super::options::OpenOptions;
use crate::record::Settings;
pub use crate::store::clusters::KeptClusters;
pub use crate::store::history::{Verification, Verified};
use crate::store::read::Root;
pub use crate::store::recover::{Ending, Recovered, RecoveryOutcome, RecoveryWay};
pub use crate::store::survey::{Interrupted, Survey};
use crate::store::{self, settings, state};

/// Changes one master, and keeps what was done to it.
#[derive(Debug)]
pub struct Changer {
    options: OpenOptions,
    /// Where kubepki keeps its own state; where it cannot, changes and history are refused with the
    /// reason.
    state: Result<PathBuf, store::StoreError>,
    /// What the root was found to be: to look for that again takes a walk through all files of a
    /// folder.
    found: Result<FoundRoot, store::StoreError>,
    settings: Settings,
    read_only: bool,
    /// What a disk of another machine was left with is ended only where somebody says so.
    asks: bool,
}

impl Changer {
    /// For the master of `options`. `state_dir`: kubepki's own folder, where the user named one;
    /// else it lies in the master's root for root, and in the user's home for others. `config_dir`:
    /// the folder of `settings.yaml`; else the user's. Nothing is written yet.
    ///
    /// # Errors
    /// [`Failure`] where the settings cannot be read. A state folder that cannot be used costs the
    /// history alone.
    pub fn new(
        options: &OpenOptions,
        state_dir: Option<&Path>,
        config_dir: Option<&Path>,
    ) -> Result<Self, Failure> {
        let folder = config_dir
            .map(Path::to_owned)
            .or_else(settings::default_folder);
        let settings = settings::read(folder.as_deref())?;
        Ok(Self::with_settings(options, state_dir, settings))
    }

    /// The same with settings that are known.
    pub fn with_settings(
        options: &OpenOptions,
        state_dir: Option<&Path>,
        settings: Settings,
    ) -> Self {
        let named = state_dir
            .map(Path::to_owned)
            .or_else(|| options.state_dir.clone());
        let options = OpenOptions {
            state_dir: named,
            ..options.clone()
        };
        let found = FoundRoot::of(&options);
        let ground = found.clone().and_then(|found| found.ground(&options));
        let state = ground.map(|ground| ground.state.path().to_owned());
        Self {
            options,
            state,
            found,
            settings,
            read_only: false,
            asks: false,
        }
    }

    /// The same for whoever has not said yet that anything shall be changed: what was interrupted
    /// on the disk of another machine is ended only by [`Changer::recover`].
    #[must_use]
    pub fn asking(self) -> Self {
        Self { asks: true, ..self }
    }

    /// The same with another limit for encrypted keys, where one is given.
    #[must_use]
    pub fn kdf_limit(mut self, limit: Option<u64>) -> Self {
        self.settings.kdf_limit = limit.or(self.settings.kdf_limit);
        self
    }

    /// The same, refusing every change; it does not even bring the history's index up to date.
    #[must_use]
    pub fn read_only(self, read_only: bool) -> Self {
        Self { read_only, ..self }
    }

    /// The user's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// kubepki's own folder for this master.
    ///
    /// # Errors
    /// [`Failure`] where there is none, as without a home folder.
    pub fn state(&self) -> Result<&Path, Failure> {
        self.state.as_deref().map_err(|error| error.clone().into())
    }

    /// Whether changes can be made here at all, asked before keys are made for them.
    ///
    /// # Errors
    /// [`Failure`] where nothing could be applied: read-only, or a state folder that cannot be
    /// used.
    pub fn ready(&self) -> Result<(), Failure> {
        self.refuse_read_only()?;
        Ok(state::usable(&self.keeping()?.state)?)
    }

    /// A kubepki command for this very master and state, to be typed.
    pub fn command(&self, words: &str) -> String {
        self.options.command(words)
    }

    /// As it is now.
    fn ground(&self) -> Result<Ground, Failure> {
        Ok(FoundRoot::of(&self.options)?.ground(&self.options)?)
    }

    /// The same for what only asks where operations are kept: that stays what it was found to be.
    fn keeping(&self) -> Result<Ground, Failure> {
        Ok(self.found.clone()?.ground(&self.options)?)
    }

    fn root(&self) -> Result<Root, Failure> {
        Ok(self.ground()?.root)
    }

    fn refuse_read_only(&self) -> Result<(), Failure> {
        if self.read_only {
            Err(Failure::refused("kubepki was started with --read-only"))
        } else {
            Ok(())
        }
    }
}
