//! What is served, and restarts, in their states, as text and styles; reached from the demo by keys
//! and answers of its servers. `INSTA_UPDATE=always cargo test --test screens frames_served` writes
//! them anew.

use std::sync::Arc;

use kubepki::app::Setup;
use kubepki::model::Event;
use kubepki::model::theme::Base;
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::record::RestartState;
use kubepki::running::{Observation, ProbeTarget, Silence};

use crate::support::changes::{operation, summary};
use crate::support::seen::{observation, observed, probing, restarted};
use crate::support::snapshots::snapshots;
use crate::support::stage::{self, Stage};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (40, 12)];

fn frame(stage: &Stage) -> String {
    let buffer = stage.buffer();
    format!("{}\n{}", stage::text(&buffer), stage::styles(&buffer))
}

/// After `P` and this answer.
fn asked(setup: Setup, columns: u16, rows: u16, seen: &Observation) -> Stage {
    let mut stage = Stage::with(setup, stage::reading(), columns, rows);
    stage.keys("0 P");
    let (id, _) = probing(&mut stage).remove(0);
    observed(&mut stage, id, seen.clone());
    stage.settle().keys("g");
    stage
}

/// The same, yet one port is silent and one speaks no TLS.
fn silent(mut seen: Observation) -> Observation {
    for (of, silence) in [
        ("kubelet", Silence::TimedOut(5)),
        ("etcd-peer", Silence::NotTls { http: true }),
    ] {
        let answer = seen
            .answers
            .iter_mut()
            .find(|answer| *answer.of == *of)
            .expect("an answer");
        answer.result = Err(silence);
    }
    seen
}

#[test]
fn what_is_served() {
    let seen = observation(&[ProbeTarget::All]);
    snapshots(|| {
        for (columns, rows) in SIZES {
            let at = format!("{columns}x{rows}");
            let mut stage = asked(stage::setup(), columns, rows, &seen);
            insta::assert_snapshot!(format!("served-old-{at}"), frame(&stage));
            stage.keys("<enter>");
            insta::assert_snapshot!(format!("component-old-{at}"), frame(&stage));
            stage.keys("2");
            insta::assert_snapshot!(format!("expiring-old-{at}"), frame(&stage));
            stage.keys("/ etcd-server <enter> <enter>");
            insta::assert_snapshot!(format!("certificate-old-{at}"), frame(&stage));
            let stage = asked(stage::setup(), columns, rows, &silent(seen.clone()));
            insta::assert_snapshot!(format!("served-silent-{at}"), frame(&stage));
        }
        let mut stage = Stage::demo(80, 24);
        stage.keys("0 P");
        insta::assert_snapshot!("served-asking-80x24", frame(&stage));
        let mut stage = asked(stage::setup(), 80, 24, &seen);
        stage.keys("1");
        insta::assert_snapshot!("authorities-old-80x24", frame(&stage));
        let mut ascii = stage::setup();
        ascii.settings.ascii = true;
        let ascii = Setup {
            no_color: true,
            ..ascii
        };
        insta::assert_snapshot!("served-ascii-80x24", frame(&asked(ascii, 80, 24, &seen)));
        let light = Setup {
            base: Base::Light,
            ..stage::setup()
        };
        insta::assert_snapshot!("served-light-120x36", frame(&asked(light, 120, 36, &seen)));
    });
}

#[test]
fn kubectls_view() {
    let server = ProbeTarget::Server("https://10.0.0.10:6443".into());
    let seen = observation(std::slice::from_ref(&server));
    snapshots(|| {
        for (columns, rows) in SIZES {
            let mut stage = Stage::demo(columns, rows);
            stage.keys("4 <enter> p");
            let (id, _) = probing(&mut stage).remove(0);
            observed(&mut stage, id, seen.clone());
            stage.keys("<tab> <tab>");
            insta::assert_snapshot!(format!("kubeconfig-asked-{columns}x{rows}"), frame(&stage));
        }
    });
}

/// The page of an operation that renewed everything, from the review on.
fn check_list(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::demo(columns, rows);
    let request = Request::Renew(RenewRequest::new(Selection::All));
    let done = operation(
        "20261122T031500Z-4f2a9c",
        summary(&request).expect("a plan"),
        0,
    );
    stage.event(Event::History(Ok(Arc::new(vec![done].into()))));
    stage.keys("7 <enter>").settle();
    stage
}

#[test]
fn a_check_list_in_its_states() {
    snapshots(|| {
        for (columns, rows) in SIZES {
            let at = format!("{columns}x{rows}");
            let mut stage = check_list(columns, rows);
            insta::assert_snapshot!(format!("steps-open-{at}"), frame(&stage));
            stage.keys("A");
            insta::assert_snapshot!(format!("steps-running-{at}"), frame(&stage));
            let words = "its process began at 03:16:07Z, after the files changed";
            restarted(
                &mut stage,
                "kube-controller-manager",
                RestartState::Done,
                words,
            );
            restarted(
                &mut stage,
                "kube-scheduler",
                RestartState::Failed,
                "no process of it is seen",
            );
            insta::assert_snapshot!(format!("steps-failed-{at}"), frame(&stage));
        }
        let mut stage = check_list(80, 24);
        stage.keys("A");
        for component in ["kube-controller-manager", "kube-scheduler", "kubelet"] {
            restarted(
                &mut stage,
                component,
                RestartState::Done,
                "its process began at 03:16:07Z",
            );
        }
        insta::assert_snapshot!("steps-done-80x24", frame(&stage));
        let mut reading = stage::reading();
        reading.unrestartable = Some("only root can restart components: start kubepki with sudo");
        let mut stage = Stage::with(stage::setup(), reading, 80, 24);
        let request = Request::Renew(RenewRequest::new(Selection::All));
        let mut done = operation(
            "20261122T031500Z-4f2a9c",
            summary(&request).expect("a plan"),
            0,
        );
        done.restarts[0].state = RestartState::Begun;
        done.restarts[0].at = Some(stage::MOMENT);
        done.restarts[1].state = RestartState::Skipped;
        stage.event(Event::History(Ok(Arc::new(vec![done].into()))));
        stage.keys("7 <enter>");
        insta::assert_snapshot!("steps-refused-80x24", frame(&stage));
    });
}
