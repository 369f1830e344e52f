//! The demo with its servers, whose components are restarted as both faces do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kubepki::engine::change::{Changer, RestartOrder, When};
use kubepki::engine::demo;
use kubepki::engine::demo::servers::Servers;
use kubepki::engine::node::Node;
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::Inventory;
use kubepki::inventory::tree::Verified;
use kubepki::kubernetes::component::Component;
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::progress::silent;
use kubepki::record::{Operation, RestartRecord, RestartState, Settings};
use kubepki::store::journal;
use kubepki::store::read::Root;
use kubepki::store::state::StateFolder;
use tempfile::TempDir;
use time::OffsetDateTime;

use super::changer::operations;

/// The demo with its servers, and a state folder beside it.
pub(crate) struct Master {
    pub(crate) folder: TempDir,
    pub(crate) options: OpenOptions,
    pub(crate) node: Node,
}

impl Master {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, now) = (folder.path().join("root"), OffsetDateTime::now_utc());
        demo::create(&root, now).expect("the demo");
        let node = Node::Demo(Arc::new(
            Servers::start(&root, now, OffsetDateTime::now_utc).expect("servers"),
        ));
        let options = OpenOptions {
            root,
            processes: false,
            ..OpenOptions::default()
        };
        Self {
            folder,
            options,
            node,
        }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn changer(&self) -> Changer {
        let settings = Settings {
            restart_seconds: Some(1),
            ..Settings::default()
        };
        Changer::with_settings(&self.options, Some(&self.state()), settings)
    }

    pub(crate) fn inventory(&self) -> Inventory {
        open(&self.options, &silent, &mut Verified::new()).expect("it is read")
    }

    pub(crate) fn change(&self, request: &Request) -> Operation {
        let (changer, now) = (self.changer(), OffsetDateTime::now_utc());
        let plan = changer
            .prepare(&self.inventory(), request, now, &silent)
            .expect("a plan");
        changer.apply(&plan, &silent).expect("it is applied")
    }

    /// Renews all that is due.
    pub(crate) fn renew(&self) -> Operation {
        self.change(&Request::Renew(RenewRequest::new(Selection::Due)))
    }

    pub(crate) fn restart(&self, component: Component) -> RestartRecord {
        self.changer()
            .restarter()
            .restart(
                &self.node,
                &self.inventory(),
                RestartOrder::of(component, When::Always),
                &silent,
            )
            .expect("it is begun")
            .0
    }

    /// What the operations' journals know of a component, the newest first.
    pub(crate) fn known(&self, component: Component) -> Vec<RestartRecord> {
        let whole = Path::new("/");
        let state = StateFolder::of(&self.state(), &Root::open(whole, whole).expect("a root"))
            .expect("a place");
        let operations = operations(&self.changer()).into_iter();
        let journals =
            operations.map(|operation| journal::read(&state, &operation.id).expect("a journal"));
        let restarts = journals.flat_map(|(operation, _)| operation.restarts);
        restarts
            .filter(|record| record.component == component)
            .collect()
    }

    pub(crate) fn states(&self, component: Component) -> Vec<RestartState> {
        self.known(component)
            .iter()
            .map(|record| record.state)
            .collect()
    }

    pub(crate) fn open(&self) -> Vec<String> {
        self.changer()
            .restarter()
            .open()
            .expect("a history")
            .into_iter()
            .map(|record| record.component.to_string())
            .collect()
    }

    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.options.root.join(path)
    }
}
