//! Changing a master, for both faces: make a plan, apply it, remember it, take it back, finish what
//! was interrupted.

mod apply;
mod failure;
mod interrupted;
mod ledger;
mod prepare;
mod records;
mod restart;

use std::path::Path;

use zeroize::Zeroizing;

pub use failure::{Failure, FailureKind, sudo_line};
pub use records::Records;
pub use restart::{Begun, RestartOrder, Restarter, When};

use super::ground::{Ground, OpenOptions};
use crate::inventory::bootstrap::TokenItem;
use crate::pki::text::printable;
use crate::plan::bootstrap::token_of;
use crate::record::{Approval, Settings};
pub use crate::store::history::{Verification, Verified};
pub use crate::store::kept::KeptFiles;
pub use crate::store::recover::{Ending, Recovered, RecoveryOutcome, RecoveryWay};
pub use crate::store::survey::{Interrupted, Survey};
use crate::store::{approval, materials, settings, state};

/// Changes one master, and keeps what was done to it.
#[derive(Debug)]
pub struct Changer {
    records: Records,
    settings: Settings,
    /// What counts of `approval` in the settings, and why not all of it.
    approval: (Approval, Option<String>),
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
        Ok(Self::with_settings(options, state_dir, settings).approving(folder.as_deref()))
    }

    /// The same with settings that are known.
    pub fn with_settings(
        options: &OpenOptions,
        state_dir: Option<&Path>,
        settings: Settings,
    ) -> Self {
        Self {
            records: Records::new(options, state_dir),
            settings,
            approval: Default::default(),
            read_only: false,
            asks: false,
        }
    }

    /// The same, with what `settings.yaml` in this folder says of requests, as far as it counts.
    #[must_use]
    pub fn approving(mut self, config_dir: Option<&Path>) -> Self {
        let is_said = self.settings.approval.is_some();
        self.approval = match approval::of_settings(config_dir) {
            Ok(approval) => (approval.unwrap_or_default(), None),
            Err(error) if is_said => (Approval::default(), Some(error.to_string())),
            Err(_) => (Approval::default(), None),
        };
        self
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
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self.records.keeps_index = !read_only;
        self
    }

    /// What was done so far.
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// By what requests are judged here, and a sentence for each part that does not count: others
    /// could have written it, or it cannot be read.
    pub fn approval(&self) -> (Approval, Vec<String>) {
        let (of_settings, fault) = self.approval.clone();
        let mut faults: Vec<String> = fault.into_iter().collect();
        match self.records.confirmed() {
            Ok(confirmed) => (of_settings.and(confirmed.unwrap_or_default()), faults),
            Err(failure) => {
                faults.push(failure.to_string());
                (of_settings, faults)
            }
        }
    }

    /// Whether changes can be made here at all, asked before keys are made for them.
    ///
    /// # Errors
    /// [`Failure`] where nothing could be applied: read-only, or a state folder that cannot be
    /// used.
    pub fn ready(&self) -> Result<(), Failure> {
        self.refuse_read_only()?;
        Ok(state::usable(&self.records.keeping()?.state)?)
    }

    fn refuse_read_only(&self) -> Result<(), Failure> {
        if self.read_only {
            Err(Failure::refused("kubepki was started with --read-only"))
        } else {
            Ok(())
        }
    }

    /// The token itself, read from its file.
    ///
    /// # Errors
    /// [`Failure`] where the file cannot be read, or has it no more.
    pub fn token(&self, item: &TokenItem) -> Result<Zeroizing<String>, Failure> {
        let unable = || {
            Failure::new(
                FailureKind::Unable,
                format!("{} cannot be read", printable(&item.path)),
            )
        };
        let material = materials::file(&self.records.ground()?.root, Path::new(&*item.path));
        let content = material
            .content
            .map_err(|why| unable().because(why.to_string()))?;
        let text = std::str::from_utf8(content.expose())
            .map_err(|_| unable().because("it is not UTF-8 text"))?;
        token_of(item, text)
            .ok_or_else(|| unable().because("the token does not stand in it any more"))
    }
}
