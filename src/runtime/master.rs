//! The master that the jobs read and change: one of them holds it at a time.

use std::path::PathBuf;
use std::sync::Arc;

use time::OffsetDateTime;

use super::Options;
use super::log::Log;
use crate::inventory::tree::Verified;
use crate::model::Problem;
use crate::operation::change::Changer;
use crate::operation::open::OpenOptions;
use crate::record::Settings;

/// What the jobs share of it.
pub(super) struct Master {
    pub(super) options: OpenOptions,
    pub(super) verified: Verified,
    pub(super) log: Log,
    /// Whether what was interrupted earlier was looked for.
    pub(super) is_recovered: bool,
    pub(super) read_only: bool,
    state_dir: Option<PathBuf>,
    settings: Settings,
    changer: Option<Arc<Changer>>,
    demo: Demo,
}

enum Demo {
    No,
    Wanted,
    Made(#[expect(dead_code, reason = "held until the end: dropping it removes the folder")] tempfile::TempDir),
}

impl Master {
    pub(super) fn new(options: &Options, settings: Settings, log: Log) -> Self {
        Self {
            options: options.open.clone(),
            verified: Verified::new(),
            log,
            is_recovered: false,
            read_only: options.read_only,
            state_dir: options.state_dir.clone(),
            settings,
            changer: None,
            demo: if options.demo { Demo::Wanted } else { Demo::No },
        }
    }

    /// What changes it. The demo is made here, where it is wanted: nothing is known of it before.
    pub(super) fn changer(&mut self) -> Result<Arc<Changer>, Problem> {
        if let Some(changer) = &self.changer {
            return Ok(changer.clone());
        }
        if matches!(self.demo, Demo::Wanted) {
            self.make_demo()?;
        }
        let changer = Changer::with_settings(&self.options, self.state_dir.as_deref(), self.settings.clone());
        let changer = Arc::new(changer.read_only(self.read_only));
        self.changer = Some(changer.clone());
        Ok(changer)
    }

    /// Removes the demo.
    pub(super) fn end(&mut self) {
        self.demo = Demo::No;
    }

    fn make_demo(&mut self) -> Result<(), Problem> {
        let fault = |why: String| Problem { why: vec![why], ..Problem::new("the demo cannot be made") };
        let folder = tempfile::Builder::new().prefix("kubepki-demo-").tempdir();
        let folder = folder.map_err(|error| fault(error.to_string()))?;
        crate::operation::demo::create(folder.path(), OffsetDateTime::now_utc())
            .map_err(|error| fault(error.to_string()))?;
        let root = folder.path().to_owned();
        // Its history goes with it.
        self.state_dir.get_or_insert_with(|| root.join("var/lib/kubepki"));
        self.options = OpenOptions { root, directory: None, processes: false, ..self.options.clone() };
        self.demo = Demo::Made(folder);
        Ok(())
    }
}
