//! Restarts that are not begun: what would not come back, what nobody may or wants to restart, and
//! two at a time.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use kubepki::engine::change::{Changer, FailureKind, RestartOrder, When};
use kubepki::engine::node::Node;
use kubepki::kubernetes::component::Component;
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::progress::silent;
use kubepki::record::{RestartState, Settings};
use kubepki::running::ProbeTarget;
use time::OffsetDateTime;

use crate::support::restarting::Master;

#[test]
fn what_would_not_come_back_is_not_stopped() {
    let master = Master::start();
    master.renew();
    let before = master.known(Component::Etcd);
    fs::copy(
        master.file("etc/kubernetes/pki/etcd/peer.key"),
        master.file("etc/kubernetes/pki/etcd/server.key"),
    )
    .expect("a copy");
    let inventory = master.inventory();
    let restart = |component| {
        master.changer().restarter().restart(
            &master.node,
            &inventory,
            RestartOrder::of(component, When::Always),
            &silent,
        )
    };
    let refused = restart(Component::Etcd).expect_err("it is refused");
    let expected = "etcd would not come back: /etc/kubernetes/pki/etcd/server.key is not the key of server.crt";
    assert_eq!(refused.to_string(), expected);
    assert_eq!(
        master.known(Component::Etcd),
        before,
        "what waits for it goes on waiting"
    );
    let seen = master.node.observe(
        &inventory,
        &[ProbeTarget::Component(Component::Etcd)],
        &silent,
    );
    assert!(
        seen.answer("etcd")
            .is_some_and(|answer| answer.result.is_ok()),
        "it serves as before"
    );
    assert_eq!(
        restart(Component::KubeScheduler)
            .expect("it reads other files")
            .0
            .state,
        RestartState::Done
    );
}

fn has_a_lock(state: &Path) -> bool {
    let mut names = fs::read_dir(state)
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().contains("lock"))
}

#[test]
fn one_component_is_restarted_at_a_time() {
    let master = Master::start();
    master.renew();
    let (first, second, inventory) = (master.changer(), master.changer(), master.inventory());
    let request = Request::Renew(RenewRequest::new(Selection::All));
    let plan = second
        .prepare(&inventory, &request, OffsetDateTime::now_utc(), &silent)
        .expect("a plan");
    let begun = first
        .restarter()
        .begin(
            &master.node,
            &inventory,
            RestartOrder::of(Component::Etcd, When::Always),
            &silent,
        )
        .expect("it is begun");
    let other = second.restarter().restart(
        &master.node,
        &inventory,
        RestartOrder::of(Component::KubeScheduler, When::Always),
        &silent,
    );
    let expected = format!(
        "a component is being restarted by pid {} (",
        std::process::id()
    );
    for refused in [
        other.expect_err("it is refused"),
        second.apply(&plan, &silent).expect_err("it is refused"),
    ] {
        assert!(refused.to_string().starts_with(&expected), "{refused}");
        assert_eq!(refused.kind, FailureKind::Refused);
    }
    assert_eq!(
        master.states(Component::KubeScheduler),
        [RestartState::Needed]
    );
    assert_eq!(
        first.restarter().finish(begun, &silent).0.state,
        RestartState::Done
    );
    second.apply(&plan, &silent).expect("it is applied");
    assert_eq!(
        master.restart(Component::KubeScheduler).state,
        RestartState::Done
    );
    assert!(!has_a_lock(&master.state()), "nothing is left behind");
}

#[test]
fn nothing_is_begun_that_must_not_be_or_cannot_be_remembered() {
    let master = Master::start();
    master.renew();
    let inventory = master.inventory();
    let refused = |changer: &Changer, node: &Node| {
        changer
            .restarter()
            .restart(
                node,
                &inventory,
                RestartOrder::of(Component::KubeScheduler, When::Always),
                &silent,
            )
            .expect_err("it is refused")
            .to_string()
    };
    let read_only = master.changer().read_only(true);
    assert!(refused(&read_only, &master.node).contains("--read-only"));
    assert!(
        read_only
            .restarter()
            .skip(Component::KubeScheduler)
            .is_err()
    );
    assert!(refused(&master.changer(), &Node::Elsewhere).contains("not those of the machine"));
    let shared = master.folder.path().join("shared");
    fs::create_dir(&shared).expect("a folder");
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o777)).expect("a mode");
    let open = Changer::with_settings(
        &master.options,
        Some(&shared.join("state")),
        Settings::default(),
    );
    assert!(refused(&open, &master.node).contains("shared"));
    assert_eq!(
        master.states(Component::KubeScheduler),
        [RestartState::Needed]
    );
}

#[test]
fn what_is_left_as_it_is_is_not_waited_for() {
    let master = Master::start();
    master.renew();
    master
        .changer()
        .restarter()
        .skip(Component::KubeScheduler)
        .expect("it is written down");
    let skipped = master.known(Component::KubeScheduler);
    assert_eq!(skipped[0].state, RestartState::Skipped);
    assert!(skipped[0].at.is_some());
    assert!(!master.open().contains(&"kube-scheduler".to_owned()));
    assert_eq!(
        master.restart(Component::KubeScheduler).state,
        RestartState::Done
    );
    assert_eq!(
        master.states(Component::KubeScheduler),
        [RestartState::Done]
    );
}
