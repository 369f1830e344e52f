//! The master that the jobs read and change: one of them holds it at a time.

use std::path::PathBuf;
use std::sync::Arc;

use time::OffsetDateTime;

use super::Options;
use super::log::Log;
use crate::engine::change::Changer;
use crate::engine::demo::servers::Servers;
use crate::engine::node::Node;
use crate::engine::open::{OpenOptions, open};
use crate::inventory::Inventory;
use crate::inventory::tree::Verified;
use crate::model::Problem;
use crate::progress::Report;
use crate::record::Settings;
use crate::store::StoreError;

/// What the jobs share of it.
pub(super) struct OpenMaster {
    pub(super) options: OpenOptions,
    pub(super) verified: Verified,
    pub(super) log: Log,
    /// Whether what was interrupted earlier was looked for.
    pub(super) is_recovered: bool,
    pub(super) read_only: bool,
    /// What was read last.
    pub(super) inventory: Arc<Inventory>,
    state_dir: Option<PathBuf>,
    settings: Settings,
    /// Where `settings.yaml` lies.
    config_dir: Option<PathBuf>,
    changer: Option<Arc<Changer>>,
    demo: Demo,
    node: Option<Node>,
}

enum Demo {
    No,
    Wanted,
    /// Its folder, and when it was there.
    Made(tempfile::TempDir, OffsetDateTime),
}

impl OpenMaster {
    pub(super) fn new(options: &Options, settings: Settings, log: Log) -> Self {
        Self {
            options: OpenOptions {
                state_dir: options.state_dir.clone(),
                ..options.open.clone()
            },
            verified: Verified::new(),
            log,
            is_recovered: false,
            read_only: options.read_only,
            inventory: Arc::default(),
            state_dir: options.state_dir.clone(),
            config_dir: options.config_dir.clone(),
            settings,
            changer: None,
            node: None,
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
        let changer = Changer::with_settings(
            &self.options,
            self.state_dir.as_deref(),
            self.settings.clone(),
        );
        let changer = changer.approving(self.config_dir.as_deref());
        let changer = Arc::new(changer.read_only(self.read_only).asking());
        self.changer = Some(changer.clone());
        Ok(changer)
    }

    /// Where its components run. The demo's servers start when they are first asked for.
    pub(super) fn node(&mut self) -> Result<Node, Problem> {
        self.changer()?;
        if let Some(node) = &self.node {
            return Ok(node.clone());
        }
        let node = match &self.demo {
            Demo::Made(folder, moment) => {
                let servers = Servers::start(
                    &folder.path().join("master"),
                    *moment,
                    OffsetDateTime::now_utc,
                );
                let fault = |error| Problem {
                    why: vec![error],
                    ..Problem::new("the demo's servers do not start")
                };
                Node::Demo(Arc::new(servers.map_err(|error| fault(error.to_string()))?))
            }
            _ => Node::of(&self.options),
        };
        self.node = Some(node.clone());
        Ok(node)
    }

    /// Why nothing can be restarted. The demo's servers are not started for that.
    pub(super) fn unrestartable(&self) -> Option<&'static str> {
        if matches!(self.demo, Demo::Made(..)) {
            None
        } else {
            Node::of(&self.options).refusal()
        }
    }

    /// What is there now; what was read is not written into the log.
    pub(super) fn read(&mut self, report: Report<'_>) -> Result<Inventory, StoreError> {
        open(&self.options, report, &mut self.verified)
    }

    /// The home of the demo: what is made for others there goes with it.
    pub(super) fn home(&self) -> Option<String> {
        match &self.demo {
            Demo::Made(folder, _) => {
                Some(folder.path().join("home").to_string_lossy().into_owned())
            }
            Demo::No | Demo::Wanted => None,
        }
    }

    /// Removes the demo.
    pub(super) fn end(&mut self) {
        self.node = None;
        self.demo = Demo::No;
    }

    fn make_demo(&mut self) -> Result<(), Problem> {
        let fault = |why: String| Problem {
            why: vec![why],
            ..Problem::new("the demo cannot be made")
        };
        let folder = tempfile::Builder::new().prefix("kubepki-demo-").tempdir();
        let folder = folder.map_err(|error| fault(error.to_string()))?;
        let root = folder.path().join("master");
        crate::engine::demo::create(&root, OffsetDateTime::now_utc())
            .map_err(|error| fault(error.to_string()))?;
        // Its history goes with it, and is our own word: what is made for other nodes lies outside
        // the root.
        self.state_dir
            .get_or_insert_with(|| folder.path().join("state"));
        self.options = OpenOptions {
            root,
            directory: None,
            processes: false,
            ..self.options.clone()
        };
        self.demo = Demo::Made(folder, OffsetDateTime::now_utc());
        Ok(())
    }
}
