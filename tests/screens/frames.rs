//! Every route at three sizes, as text and styles, reached from the demo by keys alone.
//! `INSTA_UPDATE=always cargo test --test screens frames` writes them anew; read the difference
//! before you commit it.

use std::sync::Arc;

use kubepki::app::Setup;
use kubepki::model::route::RouteName;
use kubepki::model::{Event, PlanRefusal, Problem};
use kubepki::pki::{hex, sha256};
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::record::{Operation, OperationState};
use kubepki::setup::{ClusterSpec, check};

use crate::support::changes::{answer, operation, planned, summary};
use crate::support::snapshots::snapshots;
use crate::support::stage::{self, Stage};

/// The keys from the first screen. A route without keys does not compile.
fn keys(route: RouteName) -> &'static str {
    match route {
        RouteName::Authorities => "1",
        RouteName::Expiring | RouteName::Pasted => "2",
        RouteName::Requests => "3",
        RouteName::Kubeconfigs => "4",
        RouteName::Certificate => "/ apiserver <enter> <enter>",
        RouteName::Kubeconfig => "4 <enter>",
        RouteName::Request => "3 <enter>",
        RouteName::Why => "/ apiserver <enter> w",
        RouteName::Wizard => "o",
        RouteName::Review => "R",
        RouteName::Difference => "d",
        RouteName::Commands => "c",
        RouteName::Served => "0",
        RouteName::Component => "0 <enter>",
        RouteName::Join => "8",
        RouteName::Token => "8 <enter>",
        RouteName::Guide => "C",
        RouteName::Ledger => "6",
        RouteName::LedgerEntry => "6 <enter>",
        RouteName::History => "7",
        RouteName::Operation => "7 <enter>",
        RouteName::Unread => "!",
        RouteName::Lens => "t +90d",
        RouteName::Palette => ": co",
        RouteName::Help => "?",
    }
}

fn frame(stage: &Stage) -> String {
    let buffer = stage.buffer();
    format!("{}\n{}", stage::text(&buffer), stage::styles(&buffer))
}

fn stage(route: RouteName, columns: u16, rows: u16) -> Stage {
    let mut reading = stage::reading();
    if route == RouteName::Unread {
        let mut inventory = (*reading.inventory).clone();
        inventory.unread = vec![kubepki::inventory::Unread {
            path: "/etc/kubernetes/pki/ca.key".to_owned(),
            why: kubepki::inventory::Trouble::Denied.into(),
        }];
        reading = kubepki::model::Reading::new(inventory);
    }
    if route == RouteName::Guide {
        reading.clusters = Arc::new(vec![cluster()]);
    }
    let mut setup = stage::setup();
    "sudo kubepki".clone_into(&mut setup.settings.sudo);
    let mut stage = Stage::with(setup, reading, columns, rows);
    match route {
        RouteName::History | RouteName::Operation => {
            stage.event(Event::History(Ok(Arc::new(history().into()))));
        }
        RouteName::Ledger | RouteName::LedgerEntry => {
            let operations = history();
            let mut ledger = stage::ledger(&stage);
            ledger.add(kubepki::record::ledger::of_operations(&operations));
            // Their first serial numbers are random, and signed.
            for entry in ledger
                .entries
                .iter_mut()
                .filter(|one| one.operation.is_some())
            {
                entry.sha256 = hex(&sha256(entry.serial_number.as_bytes()));
            }
            stage.event(Event::History(Ok(Arc::new(operations.into()))));
            stage.event(Event::Ledger(Ok(Arc::new(ledger))));
        }
        RouteName::Difference | RouteName::Commands => drop(review(&mut stage, "R")),
        _ => {}
    }
    stage.keys(keys(route));
    if route == RouteName::Review {
        review(&mut stage, "");
    }
    if route == RouteName::Pasted {
        let pasted = stage.copied();
        stage.paste(&pasted);
    }
    assert_eq!(stage.app.route().name(), route);
    stage
}

/// A cluster that was set up here.
fn cluster() -> ClusterSpec {
    let line = |line: &str| check::node(line).expect("a machine");
    let nodes = [
        "master-1 10.0.0.10",
        "master-2 10.0.0.11",
        "master-3 10.0.0.12",
        "worker-1 10.0.0.21 worker",
    ];
    ClusterSpec {
        name: "prod".to_owned(),
        nodes: nodes.map(line).to_vec(),
        control_plane_endpoint: Some("api.prod.example:6443".to_owned()),
        ..ClusterSpec::default()
    }
}

fn due() -> Request {
    Request::Renew(RenewRequest::new(Selection::Due))
}

/// Presses the keys and answers the plan that they ask for.
fn review<'a>(stage: &'a mut Stage, keys: &str) -> &'a mut Stage {
    stage.keys(keys);
    let (plan, request) = planned(stage);
    answer(stage, plan, summary(&request).expect("a plan"));
    stage
}

/// Three operations: one done, its forerunner undone, one that was rolled back.
fn history() -> Vec<Operation> {
    let plan = summary(&due()).expect("a plan");
    let mut older = operation("20261120T041200Z-000001", plan.clone(), -47);
    older.state = OperationState::Undone;
    let mut oldest = operation("20251119T041200Z-000002", plan.clone(), -24 * 368);
    oldest.state = OperationState::RolledBack;
    oldest.error = Some("no space left on device".to_owned());
    vec![operation("20261122T041200Z-4f2a9c", plan, 1), older, oldest]
}

#[test]
fn every_route_at_every_size() {
    snapshots(|| {
        for route in RouteName::all() {
            for (columns, rows) in [(80, 24), (120, 36), (40, 12)] {
                let stage = stage(route, columns, rows);
                insta::assert_snapshot!(
                    format!("{route:?}-{columns}x{rows}").to_lowercase(),
                    frame(&stage)
                );
            }
        }
    });
}

#[test]
fn other_ways_to_show_it() {
    snapshots(|| {
        let mut light = stage::setup();
        light.base = kubepki::model::theme::Base::Light;
        let mut ascii = stage::setup();
        ascii.settings.ascii = true;
        let no_color = Setup {
            no_color: true,
            ..stage::setup()
        };
        for (name, setup) in [("light", light), ("ascii", ascii), ("no-color", no_color)] {
            let stage = Stage::with(setup, stage::reading(), 120, 36);
            insta::assert_snapshot!(format!("overview-{name}-120x36"), frame(&stage));
        }
        let mut zoomed = Stage::demo(120, 36);
        zoomed.keys("z");
        insta::assert_snapshot!("expiring-zoomed-120x36", frame(&zoomed));
    });
}

#[test]
fn a_change_in_its_stages() {
    snapshots(|| {
        let mut selected = Stage::demo(80, 24);
        selected.keys("<space> <space>");
        insta::assert_snapshot!("selected-80x24", frame(&selected));
        let mut asked = Stage::demo(80, 24);
        review(&mut asked, "/ etcd-server <enter> r");
        insta::assert_snapshot!("review-asked-80x24", frame(&asked));
        asked.keys("<pgdn>");
        insta::assert_snapshot!("review-below-80x24", frame(&asked));
        let mut toast = Stage::demo(80, 24);
        toast.keys("/ scheduler <enter> r");
        let (plan, request) = planned(&mut toast);
        let made = summary(&request).expect("a plan");
        answer(&mut toast, plan, made.clone());
        insta::assert_snapshot!("applying-80x24", frame(&toast));
        let done = operation("20261122T041200Z-4f2a9c", made, 1);
        toast.event(Event::Applied {
            plan,
            operation: Ok(Box::new(done)),
        });
        insta::assert_snapshot!("applied-80x24", frame(&toast));
        let why = vec!["/etc/kubernetes/pki/apiserver.crt has changed since".to_owned()];
        let conflict = Problem {
            why,
            ..Problem::new("\"Renew apiserver\" cannot be undone")
        };
        let conflict =
            PlanRefusal::Problem(conflict.hint("an operation is undone as a whole or not at all"));
        let path = "/etc/kubernetes/pki/ca.key".to_owned();
        for (name, refusal) in [
            ("refused", conflict),
            ("passphrase", PlanRefusal::Passphrase { path, wrong: true }),
        ] {
            let mut stage = Stage::demo(80, 24);
            stage.keys("R");
            let (plan, _) = planned(&mut stage);
            stage.event(Event::Planned {
                plan,
                summary: Err(refusal),
            });
            insta::assert_snapshot!(format!("review-{name}-80x24"), frame(&stage));
        }
        let mut ascii = stage::setup();
        ascii.settings.ascii = true;
        let ascii = Setup {
            no_color: true,
            ..ascii
        };
        let mut stage = Stage::with(ascii, stage::reading(), 80, 24);
        insta::assert_snapshot!("review-ascii-80x24", frame(review(&mut stage, "R")));
    });
}

#[test]
fn the_right_follows_from_the_subject_where_no_role_is_known() {
    let mut inventory = (*stage::reading().inventory).clone();
    inventory
        .items
        .iter_mut()
        .for_each(|item| item.roles.clear());
    let mut stage = Stage::with(
        stage::setup(),
        kubepki::model::Reading::new(inventory),
        100,
        60,
    );
    stage.keys("/ etc/kubernetes/admin.conf <enter> <enter>");
    assert!(
        stage
            .text()
            .contains("cluster-admin   by kubeadm:cluster-admins"),
        "{}",
        stage.text()
    );
}
