//! Where a setup is offered, and what is offered beside a cluster that was set up.

use std::sync::Arc;

use kubepki::app::Setup;
use kubepki::inventory::beginning::Beginning;
use kubepki::model::Reading;
use kubepki::model::route::RouteName;
use kubepki::model::world::Settings;
use kubepki::plan::{ImportRequest, Request, SetupRequest};
use kubepki::setup::ClusterSpec;

use crate::support::setting_up::{asked, cluster, empty, usual};
use crate::support::stage::{self, Stage};
use crate::wizard_setup::{paste, setup};

fn at(reading: Reading, settings: Settings) -> Stage {
    Stage::with(
        Setup {
            settings,
            ..stage::setup()
        },
        reading,
        80,
        24,
    )
}

fn settings() -> Settings {
    stage::setup().settings
}

fn name(stage: &Stage) -> RouteName {
    stage.app.route().name()
}

#[test]
fn the_setup_is_offered_where_nothing_is_and_opens_itself_only_where_nothing_ever_was() {
    assert_eq!(name(&at(empty(true), settings())), RouteName::Wizard);
    let mut offered = at(empty(false), settings());
    assert_eq!(name(&offered), RouteName::Expiring);
    assert!(
        offered.text().contains("set up a cluster") && offered.text().contains("S set up"),
        "{}",
        offered.text()
    );
    assert_eq!(name(offered.keys("S")), RouteName::Wizard);
    let worker = Reading {
        beginning: Beginning::Worker,
        ..stage::reading()
    };
    let worker = at(worker, settings());
    assert_eq!(name(&worker), RouteName::Expiring);
    assert!(
        !worker.text().contains("set up a cluster"),
        "{}",
        worker.text()
    );
}

#[test]
fn no_setup_begins_where_nothing_may_be_written() {
    let mut careful = at(
        empty(true),
        Settings {
            read_only: true,
            ..settings()
        },
    );
    assert_eq!(name(&careful), RouteName::Expiring);
    careful.keys("S");
    assert!(careful.text().contains("--read-only"), "{}", careful.text());
    careful.keys("<enter>");
    assert_eq!(name(&careful), RouteName::Expiring, "{}", careful.text());
}

#[test]
fn what_was_set_up_from_here_has_its_guide() {
    let kept = Reading {
        clusters: Arc::new(vec![cluster(&["m-1 10.0.0.1"])]),
        ..empty(true)
    };
    let mut kept = at(kept, settings());
    assert!(
        kept.text().contains("kubernetes was set up from here"),
        "{}",
        kept.text()
    );
    assert_eq!(name(kept.keys("C")), RouteName::Guide);
}

#[test]
fn what_may_not_be_seen_is_not_called_empty() {
    let denied = Reading {
        beginning: Beginning::Denied,
        ..empty(true)
    };
    let denied = at(
        denied,
        Settings {
            sudo: "sudo kubepki".to_owned(),
            ..settings()
        },
    );
    assert!(
        denied.text().contains("sudo kubepki") && denied.text().contains("is not known"),
        "{}",
        denied.text()
    );
}

#[test]
fn a_machine_more_and_answers_of_another_ca_are_asked_for() {
    let kept = ClusterSpec {
        name: "prod".to_owned(),
        ..cluster(&["master-1 10.0.0.10", "w-1 10.0.0.20 worker"])
    };
    let reading = Reading {
        clusters: Arc::new(vec![kept.clone()]),
        ..empty(false)
    };
    let mut stage = Stage::with(stage::setup(), reading.clone(), 80, 24);
    stage.keys("C n <enter>");
    assert!(
        stage.text().contains("say which machine"),
        "{}",
        stage.text()
    );
    paste(&mut stage, "w-1 10.0.0.21 worker");
    assert!(stage.text().contains("twice"), "{}", stage.text());
    stage.keys("<ctrl-u>");
    paste(&mut stage, "w-2 10.0.0.21 worker");
    stage.keys("<enter>");
    let mut grown = kept.clone();
    grown.nodes.extend(cluster(&["w-2 10.0.0.21 worker"]).nodes);
    assert_eq!(
        asked(&stage),
        setup(SetupRequest {
            only: vec!["w-2".to_owned()],
            ..usual(grown)
        })
    );
    let mut stage = Stage::with(stage::setup(), reading, 80, 24);
    stage.keys("I <enter>");
    assert!(stage.text().contains("name a file"), "{}", stage.text());
    paste(&mut stage, "/tmp/a b.crt\nca.pem");
    stage.keys("<enter>");
    let files = vec!["/tmp/a b.crt".to_owned(), "/root/ca.pem".to_owned()];
    assert_eq!(
        asked(&stage),
        Request::Import(ImportRequest {
            files,
            clusters: vec![kept],
            waiting: Vec::new(),
        })
    );
}
