//! Restarts as both faces make them, through `Changer`, on the demo's servers: what is written into the operations that wait
//! for them, and what is not begun.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kubepki::engine::change::{Changer, FailureKind, RestartOrder, When};
use kubepki::engine::demo;
use kubepki::engine::demo::servers::Servers;
use kubepki::engine::node::Node;
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::Inventory;
use kubepki::inventory::tree::Verified;
use kubepki::kubernetes::component::Component;
use kubepki::pki::text::short_serial;
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::progress::{Progress, silent};
use kubepki::record::{Operation, RestartRecord, RestartState, Settings};
use kubepki::running::ProbeTarget;
use kubepki::store::journal;
use kubepki::store::read::Root;
use kubepki::store::state::StateFolder;
use tempfile::TempDir;
use time::OffsetDateTime;

/// The demo with its servers, and a state folder beside it.
struct Master {
    folder: TempDir,
    options: OpenOptions,
    node: Node,
}

impl Master {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, now) = (folder.path().join("root"), OffsetDateTime::now_utc());
        demo::create(&root, now).expect("the demo");
        let node = Node::Demo(Arc::new(Servers::start(&root, now, OffsetDateTime::now_utc).expect("servers")));
        let options = OpenOptions { root, processes: false, ..OpenOptions::default() };
        Self { folder, options, node }
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn changer(&self) -> Changer {
        let settings = Settings { restart_seconds: Some(1), ..Settings::default() };
        Changer::with_settings(&self.options, Some(&self.state()), settings)
    }

    fn inventory(&self) -> Inventory {
        open(&self.options, &silent, &mut Verified::new()).expect("it is read")
    }

    fn change(&self, request: &Request) -> Operation {
        let (changer, now) = (self.changer(), OffsetDateTime::now_utc());
        let plan = changer.prepare(&self.inventory(), request, now, &silent).expect("a plan");
        changer.apply(&plan, &silent).expect("it is applied")
    }

    /// Renews all that is due.
    fn renew(&self) -> Operation {
        self.change(&Request::Renew(RenewRequest::new(Selection::Due)))
    }

    fn restart(&self, component: Component) -> RestartRecord {
        self.changer()
            .restart(&self.node, &self.inventory(), RestartOrder::of(component, When::Always), &silent)
            .expect("it is begun")
            .0
    }

    /// What the operations' journals know of a component, the newest first.
    fn known(&self, component: Component) -> Vec<RestartRecord> {
        let whole = Path::new("/");
        let state = StateFolder::of(&self.state(), &Root::open(whole, whole).expect("a root")).expect("a place");
        let operations = self.changer().history().expect("a history").into_iter();
        let journals = operations.map(|operation| journal::read(&state, &operation.id).expect("a journal"));
        let restarts = journals.flat_map(|(operation, _)| operation.restarts);
        restarts.filter(|record| record.component == component).collect()
    }

    fn states(&self, component: Component) -> Vec<RestartState> {
        self.known(component).iter().map(|record| record.state).collect()
    }

    fn open(&self) -> Vec<String> {
        self.changer()
            .open_restarts()
            .expect("a history")
            .into_iter()
            .map(|record| record.component.to_string())
            .collect()
    }

    fn file(&self, path: &str) -> PathBuf {
        self.options.root.join(path)
    }
}

fn serial_of(master: &Master, id: &str) -> String {
    let inventory = master.inventory();
    let item = inventory.items.iter().find(|item| *item.id == *id).expect("an item");
    item.certificate().expect("a certificate").details().serial_number
}

#[test]
fn what_a_restart_shows_stands_in_every_operation_that_waits_for_it() {
    let master = Master::start();
    let first = master.renew();
    assert!(first.restarts.iter().any(|record| record.component == Component::KubeScheduler), "{first:?}");
    let second = master.change(&Request::Renew(RenewRequest::new(Selection::All)));
    assert_eq!(master.states(Component::KubeScheduler), [RestartState::Needed; 2]);
    assert!(master.open().contains(&"kube-scheduler".to_owned()), "{:?}", master.open());

    let record = master.restart(Component::KubeScheduler);
    assert_eq!(record.state, RestartState::Done, "{record:?}");
    assert_eq!(master.known(Component::KubeScheduler), vec![record; 2]);
    assert!(!master.open().contains(&"kube-scheduler".to_owned()), "{:?}", master.open());

    // It was thought to read the new file by itself: the newest operation keeps what was seen.
    let (new, before) =
        (serial_of(&master, "etcd-server"), second.restarts.iter().find(|it| it.component == Component::Etcd));
    assert_eq!(before.expect("etcd").state, RestartState::Unproven);
    let record = master.restart(Component::Etcd);
    assert_eq!((record.state, record.served_after.as_deref()), (RestartState::Done, Some(&*new)), "{record:?}");
    assert!(record.served_before.is_some_and(|before| before != new));
    assert!(record.why.is_some_and(|why| why.contains(&*short_serial(&new))));
    assert_eq!(master.states(Component::Etcd)[0], RestartState::Done);
}

#[test]
fn what_does_not_come_back_fails_and_stays_open() {
    let master = Master::start();
    master.renew();
    let inventory = master.inventory();
    // Its key is another's: it cannot start.
    fs::copy(master.file("etc/kubernetes/pki/etcd/peer.key"), master.file("etc/kubernetes/pki/etcd/server.key"))
        .expect("a copy");
    let (record, seen) = master
        .changer()
        .restart(&master.node, &inventory, RestartOrder::of(Component::Etcd, When::Always), &silent)
        .expect("it is begun");
    assert_eq!((record.state, record.served_after), (RestartState::Failed, None));
    assert_eq!(record.why.as_deref(), Some("after 1 s port 2379: nobody listens there"));
    assert!(seen.answer("etcd").is_some_and(|answer| answer.result.is_err()));
}

#[test]
fn what_fails_after_it_was_done_leaves_a_trace() {
    let master = Master::start();
    master.change(&Request::Renew(RenewRequest::new(Selection::All)));
    assert_eq!(master.restart(Component::Etcd).state, RestartState::Done);
    let inventory = master.inventory();
    fs::copy(master.file("etc/kubernetes/pki/etcd/peer.key"), master.file("etc/kubernetes/pki/etcd/server.key"))
        .expect("a copy");
    let restarted =
        master.changer().restart(&master.node, &inventory, RestartOrder::of(Component::Etcd, When::Always), &silent);
    let record = restarted.expect("it is begun").0;
    assert_eq!(record.state, RestartState::Failed);
    assert_eq!(master.states(Component::Etcd), [RestartState::Failed]);
    assert!(master.open().contains(&"etcd".to_owned()), "{:?}", master.open());
}

#[test]
fn what_would_not_come_back_is_not_stopped() {
    let master = Master::start();
    master.renew();
    let before = master.known(Component::Etcd);
    fs::copy(master.file("etc/kubernetes/pki/etcd/peer.key"), master.file("etc/kubernetes/pki/etcd/server.key"))
        .expect("a copy");
    let inventory = master.inventory();
    let restart = |component| {
        master.changer().restart(&master.node, &inventory, RestartOrder::of(component, When::Always), &silent)
    };
    let refused = restart(Component::Etcd).expect_err("it is refused");
    let expected = "etcd would not come back: /etc/kubernetes/pki/etcd/server.key is not the key of server.crt";
    assert_eq!(refused.to_string(), expected);
    assert_eq!(master.known(Component::Etcd), before, "what waits for it goes on waiting");
    let seen = master.node.observe(&inventory, &[ProbeTarget::Component(Component::Etcd)], &silent);
    assert!(seen.answer("etcd").is_some_and(|answer| answer.result.is_ok()), "it serves as before");
    assert_eq!(restart(Component::KubeScheduler).expect("it reads other files").0.state, RestartState::Done);
}

#[test]
fn one_component_is_restarted_at_a_time() {
    let master = Master::start();
    master.renew();
    let (first, second, inventory) = (master.changer(), master.changer(), master.inventory());
    let request = Request::Renew(RenewRequest::new(Selection::All));
    let plan = second.prepare(&inventory, &request, OffsetDateTime::now_utc(), &silent).expect("a plan");
    let begun = first
        .begin_restart(&master.node, &inventory, RestartOrder::of(Component::Etcd, When::Always), &silent)
        .expect("it is begun");
    let other =
        second.restart(&master.node, &inventory, RestartOrder::of(Component::KubeScheduler, When::Always), &silent);
    let expected = format!("a component is being restarted by pid {} (", std::process::id());
    for refused in [other.expect_err("it is refused"), second.apply(&plan, &silent).expect_err("it is refused")] {
        assert!(refused.to_string().starts_with(&expected), "{refused}");
        assert_eq!(refused.kind, FailureKind::Refused);
    }
    assert_eq!(master.states(Component::KubeScheduler), [RestartState::Needed]);
    assert_eq!(first.finish_restart(begun, &silent).0.state, RestartState::Done);
    second.apply(&plan, &silent).expect("it is applied");
    assert_eq!(master.restart(Component::KubeScheduler).state, RestartState::Done);
    let kept = fs::read_dir(master.state()).expect("a folder").flatten().map(|entry| entry.file_name());
    assert!(kept.into_iter().all(|name| !name.to_string_lossy().contains("lock")), "nothing is left behind");
}

#[test]
fn what_is_left_as_it_is_is_not_waited_for() {
    let master = Master::start();
    master.renew();
    master.changer().skip_restart(Component::KubeScheduler).expect("it is written down");
    let skipped = master.known(Component::KubeScheduler);
    assert_eq!(skipped[0].state, RestartState::Skipped);
    assert!(skipped[0].at.is_some());
    assert!(!master.open().contains(&"kube-scheduler".to_owned()));
    assert_eq!(master.restart(Component::KubeScheduler).state, RestartState::Done);
    assert_eq!(master.states(Component::KubeScheduler), [RestartState::Done]);
}

#[test]
fn who_stops_waiting_leaves_it_begun() {
    let master = Master::start();
    master.renew();
    let is_waiting = AtomicBool::new(false);
    let until_it_waits = |progress: Progress| {
        let waits = progress.what.starts_with("waiting for");
        is_waiting.fetch_or(waits, Ordering::Relaxed);
        !waits
    };
    let (changer, inventory) = (master.changer(), master.inventory());
    let answer = changer.restart(
        &master.node,
        &inventory,
        RestartOrder::of(Component::KubeScheduler, When::Always),
        &until_it_waits,
    );
    assert_eq!(answer.expect("it is begun").0.state, RestartState::Begun);
    assert!(is_waiting.into_inner());
    assert_eq!(master.states(Component::KubeScheduler), [RestartState::Begun]);
    assert!(master.open().contains(&"kube-scheduler".to_owned()));
    assert_eq!(master.restart(Component::KubeScheduler).state, RestartState::Done);
    assert_eq!(master.states(Component::KubeScheduler), [RestartState::Done]);
}

#[test]
fn what_was_undone_waits_for_nothing_and_its_undo_does() {
    let master = Master::start();
    let done = master.renew();
    master.change(&Request::Undo(Some(done.id)));
    assert_eq!(master.restart(Component::KubeScheduler).state, RestartState::Done);
    assert_eq!(master.states(Component::KubeScheduler), [RestartState::Done, RestartState::Needed]);
    assert!(!master.open().contains(&"kube-scheduler".to_owned()));
}

#[test]
fn nothing_is_begun_that_must_not_be_or_cannot_be_remembered() {
    let master = Master::start();
    master.renew();
    let inventory = master.inventory();
    let refused = |changer: &Changer, node: &Node| {
        changer
            .restart(node, &inventory, RestartOrder::of(Component::KubeScheduler, When::Always), &silent)
            .expect_err("it is refused")
            .to_string()
    };
    let read_only = master.changer().read_only(true);
    assert!(refused(&read_only, &master.node).contains("--read-only"));
    assert!(read_only.skip_restart(Component::KubeScheduler).is_err());
    assert!(refused(&master.changer(), &Node::Elsewhere).contains("not those of the machine"));
    let shared = master.folder.path().join("shared");
    fs::create_dir(&shared).expect("a folder");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o777)).expect("a mode");
    let open = Changer::with_settings(&master.options, Some(&shared.join("state")), Settings::default());
    assert!(refused(&open, &master.node).contains("shared"));
    assert_eq!(master.states(Component::KubeScheduler), [RestartState::Needed]);
}

#[test]
fn journals_of_older_releases_are_read_and_go_on() {
    let master = Master::start();
    let done = master.renew();
    let path = journal::folder(&master.state(), &done.id).join("journal.json");
    let mut journal: serde_json::Value = serde_json::from_slice(&fs::read(&path).expect("a journal")).expect("JSON");
    for record in journal["operation"]["restarts"].as_array_mut().expect("restarts") {
        let record = record.as_object_mut().expect("a record");
        assert!(record.remove("why").is_some() && record.remove("at").is_some(), "{record:?}");
    }
    // Earlier releases wrote no checksum either.
    assert!(journal.as_object_mut().is_some_and(|journal| journal.remove("checksum").is_some()));
    fs::write(&path, serde_json::to_vec_pretty(&journal).expect("JSON")).expect("written");
    assert_eq!(master.states(Component::KubeScheduler), [RestartState::Needed]);
    assert_eq!(master.restart(Component::KubeScheduler).state, RestartState::Done);
    assert_eq!(master.states(Component::KubeScheduler), [RestartState::Done]);
}
