//! What is served, and restarts: keys in, commands and frames out, without a terminal. What is seen comes from real
//! handshakes with the demo's servers.

#[path = "support/changes.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod changes;
#[path = "support/seen.rs"]
mod seen;
#[path = "support/stage.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod stage;

use std::sync::Arc;

use changes::{answer as planned_answer, applied, operation, planned, summary};
use kubepki::app::Setup;
use kubepki::inventory::served::{Asked, Silence};
use kubepki::model::route::RouteName;
use kubepki::model::{Command, Event, Job, Mouse, MouseKind, Problem, Reading};
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::record::{Operation, RestartState};
use kubepki::ui::world::Settings;
use seen::{answer, observation, observed, probing, restarted, restarting};
use stage::{MOMENT, Stage};
use time::Duration;

fn route(stage: &Stage) -> RouteName {
    stage.app.route().name()
}

fn component(name: &str) -> Asked {
    Asked::Component(name.into())
}

/// Everything is renewed, and nothing restarted yet.
fn renewed(stage: &mut Stage) -> Operation {
    let request = Request::Renew(RenewRequest::new(Selection::All));
    let done = operation("20261122T041200Z-4f2a9c", summary(&request).expect("a plan"), 0);
    stage.event(Event::History(Ok(Arc::new(vec![done.clone()]))));
    done
}

#[test]
fn nothing_is_asked_before_a_key_and_then_what_the_cursor_is_on() {
    let mut stage = Stage::demo(80, 24);
    assert_eq!(probing(&mut stage), []);
    for (keys, expected) in [
        ("0 g p", component("etcd")),
        ("0 G p", component("kubelet")),
        ("2 / apiserver <enter> p", component("kube-apiserver")),
        ("<enter> p", component("kube-apiserver")),
        ("1 / etcd-peer <enter> p", component("etcd")),
        ("4 g p", Asked::Server("https://10.0.0.10:6443".into())),
        ("<enter> p", Asked::Server("https://10.0.0.10:6443".into())),
        ("0 g <enter> p", component("etcd")),
        ("2 P", Asked::All),
        ("7 P", Asked::All),
        ("? <esc> 0 P", Asked::All),
    ] {
        stage.keys("2 <esc>").keys(keys);
        let asked: Vec<Vec<Asked>> = probing(&mut stage).into_iter().map(|(_, asked)| asked).collect();
        assert_eq!(asked, [[expected]], "{keys}: {}", stage.text());
        assert!(stage.text().contains("asking "), "{keys}: {}", stage.text());
    }
    for (keys, words) in [
        ("2 <esc> / scheduler <enter> p", "probe: no port of this master serves it"),
        ("3 p", "probe: no port of this master serves it"),
        ("3 <enter> p", "probe: no port serves what this page is about"),
        ("7 p", "probe: "),
        ("? / date <enter> p", ""),
    ] {
        stage.keys("2").keys(keys);
        assert_eq!(probing(&mut stage), [], "{keys}");
        assert!(stage.text().contains(words), "{keys}: {}", stage.text());
    }
}
