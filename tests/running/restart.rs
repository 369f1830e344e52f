//! Restarts as both faces make them, through `Changer`, on the demo's servers: what is written into
//! the operations that wait for them, and what is not begun.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use kubepki::engine::change::{RestartOrder, When};
use kubepki::kubernetes::component::Component;
use kubepki::pki::text::short_serial;
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::progress::{Progress, silent};
use kubepki::record::RestartState;
use kubepki::store::journal;

use crate::support::restarting::Master;

fn serial_of(master: &Master, id: &str) -> String {
    let inventory = master.inventory();
    let item = inventory
        .items
        .iter()
        .find(|item| *item.id == *id)
        .expect("an item");
    item.certificate()
        .expect("a certificate")
        .details()
        .serial_number
}

#[test]
fn what_a_restart_shows_stands_in_every_operation_that_waits_for_it() {
    let master = Master::start();
    let first = master.renew();
    assert!(
        first
            .restarts
            .iter()
            .any(|record| record.component == Component::KubeScheduler),
        "{first:?}"
    );
    let second = master.change(&Request::Renew(RenewRequest::new(Selection::All)));
    assert_eq!(
        master.states(Component::KubeScheduler),
        [RestartState::Needed; 2]
    );
    assert!(
        master.open().contains(&"kube-scheduler".to_owned()),
        "{:?}",
        master.open()
    );

    let record = master.restart(Component::KubeScheduler);
    assert_eq!(record.state, RestartState::Done, "{record:?}");
    assert_eq!(master.known(Component::KubeScheduler), vec![record; 2]);
    assert!(
        !master.open().contains(&"kube-scheduler".to_owned()),
        "{:?}",
        master.open()
    );

    // It was thought to read the new file by itself: the newest operation keeps what was seen.
    let (new, before) = (
        serial_of(&master, "etcd-server"),
        second
            .restarts
            .iter()
            .find(|it| it.component == Component::Etcd),
    );
    assert_eq!(before.expect("etcd").state, RestartState::Unproven);
    let record = master.restart(Component::Etcd);
    assert_eq!(
        (record.state, record.served_after.as_deref()),
        (RestartState::Done, Some(&*new)),
        "{record:?}"
    );
    assert!(record.served_before.is_some_and(|before| before != new));
    assert!(
        record
            .why
            .is_some_and(|why| why.contains(&*short_serial(&new)))
    );
    assert_eq!(master.states(Component::Etcd)[0], RestartState::Done);
}

#[test]
fn what_does_not_come_back_fails_and_stays_open() {
    let master = Master::start();
    master.renew();
    let inventory = master.inventory();
    // Its key is another's: it cannot start.
    fs::copy(
        master.file("etc/kubernetes/pki/etcd/peer.key"),
        master.file("etc/kubernetes/pki/etcd/server.key"),
    )
    .expect("a copy");
    let (record, seen) = master
        .changer()
        .restarter()
        .restart(
            &master.node,
            &inventory,
            RestartOrder::of(Component::Etcd, When::Always),
            &silent,
        )
        .expect("it is begun");
    assert_eq!(
        (record.state, record.served_after),
        (RestartState::Failed, None)
    );
    assert_eq!(
        record.why.as_deref(),
        Some("after 1 s port 2379: nobody listens there")
    );
    assert!(
        seen.answer("etcd")
            .is_some_and(|answer| answer.result.is_err())
    );
}

#[test]
fn what_fails_after_it_was_done_leaves_a_trace() {
    let master = Master::start();
    master.change(&Request::Renew(RenewRequest::new(Selection::All)));
    assert_eq!(master.restart(Component::Etcd).state, RestartState::Done);
    let inventory = master.inventory();
    fs::copy(
        master.file("etc/kubernetes/pki/etcd/peer.key"),
        master.file("etc/kubernetes/pki/etcd/server.key"),
    )
    .expect("a copy");
    let restarted = master.changer().restarter().restart(
        &master.node,
        &inventory,
        RestartOrder::of(Component::Etcd, When::Always),
        &silent,
    );
    let record = restarted.expect("it is begun").0;
    assert_eq!(record.state, RestartState::Failed);
    assert_eq!(master.states(Component::Etcd), [RestartState::Failed]);
    assert!(
        master.open().contains(&"etcd".to_owned()),
        "{:?}",
        master.open()
    );
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
    let answer = changer.restarter().restart(
        &master.node,
        &inventory,
        RestartOrder::of(Component::KubeScheduler, When::Always),
        &until_it_waits,
    );
    assert_eq!(answer.expect("it is begun").0.state, RestartState::Begun);
    assert!(is_waiting.into_inner());
    assert_eq!(
        master.states(Component::KubeScheduler),
        [RestartState::Begun]
    );
    assert!(master.open().contains(&"kube-scheduler".to_owned()));
    assert_eq!(
        master.restart(Component::KubeScheduler).state,
        RestartState::Done
    );
    assert_eq!(
        master.states(Component::KubeScheduler),
        [RestartState::Done]
    );
}

#[test]
fn what_was_undone_waits_for_nothing_and_its_undo_does() {
    let master = Master::start();
    let done = master.renew();
    master.change(&Request::Undo(Some(done.id)));
    assert_eq!(
        master.restart(Component::KubeScheduler).state,
        RestartState::Done
    );
    assert_eq!(
        master.states(Component::KubeScheduler),
        [RestartState::Done, RestartState::Needed]
    );
    assert!(!master.open().contains(&"kube-scheduler".to_owned()));
}

#[test]
fn journals_of_older_releases_are_read_and_go_on() {
    let master = Master::start();
    let done = master.renew();
    let path = journal::folder(&master.state(), &done.id).join("journal.json");
    let mut journal: serde_json::Value =
        serde_json::from_slice(&fs::read(&path).expect("a journal")).expect("JSON");
    for record in journal["operation"]["restarts"]
        .as_array_mut()
        .expect("restarts")
    {
        let record = record.as_object_mut().expect("a record");
        assert!(
            record.remove("why").is_some() && record.remove("at").is_some(),
            "{record:?}"
        );
    }
    // Earlier releases wrote no checksum either.
    assert!(
        journal
            .as_object_mut()
            .is_some_and(|journal| journal.remove("checksum").is_some())
    );
    fs::write(&path, serde_json::to_vec_pretty(&journal).expect("JSON")).expect("written");
    assert_eq!(
        master.states(Component::KubeScheduler),
        [RestartState::Needed]
    );
    assert_eq!(
        master.restart(Component::KubeScheduler).state,
        RestartState::Done
    );
    assert_eq!(
        master.states(Component::KubeScheduler),
        [RestartState::Done]
    );
}
