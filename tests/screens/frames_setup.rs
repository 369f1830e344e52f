//! The start page and the pages of the setup wizard, as text and styles. `INSTA_UPDATE=always cargo
//! test --test screens frames_setup` writes them anew; read the difference before you commit it.

use kubepki::app::Setup;
use kubepki::inventory::beginning::Beginning;
use kubepki::inventory::{Inventory, Trouble, Unread};
use kubepki::model::theme::Base;
use kubepki::model::world::Settings;
use kubepki::model::{Event, Reading};

use crate::support::setting_up::{begun, empty, machine, planned};
use crate::support::snapshots::snapshots;
use crate::support::stage::{self, Stage};
use crate::support::{changes, setup_plan};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (40, 12)];

fn frame(stage: &Stage) -> String {
    let buffer = stage.buffer();
    format!("{}\n{}", stage::text(&buffer), stage::styles(&buffer))
}

/// A machine on which not everything could be looked at.
fn denied() -> Reading {
    let unread = ["/etc/kubernetes", "/root/.kube/config"].map(|path| Unread {
        path: path.to_owned(),
        why: Trouble::Denied.into(),
    });
    let inventory = Inventory {
        root: "/".to_owned(),
        unread: unread.to_vec(),
        ..Inventory::default()
    };
    Reading {
        beginning: Beginning::Denied,
        machine: machine(),
        ..Reading::new(inventory)
    }
}

#[test]
fn where_no_pki_is() {
    snapshots(|| {
        for (columns, rows) in SIZES {
            let offered = Stage::with(stage::setup(), empty(false), columns, rows);
            insta::assert_snapshot!(format!("start-{columns}x{rows}"), frame(&offered));
            let sudo = "sudo kubepki".to_owned();
            let settings = Settings {
                user: "alice".to_owned(),
                sudo,
                ..Settings::default()
            };
            let denied = Stage::with(
                Setup {
                    settings,
                    ..Setup::default()
                },
                denied(),
                columns,
                rows,
            );
            insta::assert_snapshot!(format!("start-denied-{columns}x{rows}"), frame(&denied));
        }
        let ascii = Settings {
            ascii: true,
            ..stage::setup().settings
        };
        for (name, setup) in [
            (
                "ascii",
                Setup {
                    settings: ascii,
                    ..stage::setup()
                },
            ),
            (
                "light",
                Setup {
                    base: Base::Light,
                    ..stage::setup()
                },
            ),
            (
                "no-color",
                Setup {
                    no_color: true,
                    ..stage::setup()
                },
            ),
        ] {
            let stage = Stage::with(setup, empty(false), 80, 24);
            insta::assert_snapshot!(format!("start-{name}-80x24"), frame(&stage));
        }
    });
}

#[test]
fn every_page_of_the_setup() {
    snapshots(|| {
        for (columns, rows) in SIZES {
            let mut stage = begun(columns, rows);
            for (page, pasted) in [
                ("cluster", "prod"),
                (
                    "machines",
                    "master-1 10.0.0.10\nmaster-2 10.0.0.11\nmaster-3 10.0.0.12\nworker-1 10.0.0.21 worker",
                ),
                ("network", "api.prod.example:6443"),
                ("authorities", ""),
                ("keys", ""),
                ("joining", ""),
            ] {
                stage.event(Event::Paste(pasted.to_owned()));
                insta::assert_snapshot!(format!("setup-{page}-{columns}x{rows}"), frame(&stage));
                stage.keys("<enter>");
            }
        }
        let mut wrong = begun(80, 24);
        wrong.keys("<enter> <enter> <tab> <tab> <tab>");
        wrong.event(Event::Paste("10.96.1.0/24".to_owned()));
        insta::assert_snapshot!("setup-wrong-80x24", frame(&wrong));
    });
}

/// The setup with Enter on each page, behind these machines, and its plan made.
fn reviewed(columns: u16, rows: u16, machines: &str) -> Stage {
    let mut stage = begun(columns, rows);
    stage.keys("<enter>");
    stage.event(Event::Paste(machines.to_owned()));
    stage.keys("<enter>");
    if machines.lines().count() > 1 {
        stage.event(Event::Paste("api.prod.example".to_owned()));
    }
    stage.keys("<enter> <enter> <enter> <enter>");
    let (plan, request) = planned(&stage);
    changes::answer(&mut stage, plan, setup_plan::summary(&request));
    stage.settle();
    stage
}

#[test]
fn the_plan_and_what_was_done() {
    let masters = "master-1 10.0.0.10\nmaster-2 10.0.0.11\nmaster-3 10.0.0.12";
    snapshots(|| {
        insta::assert_snapshot!("setup-review-one-80x24", frame(&reviewed(80, 24, "")));
        for (columns, rows) in SIZES {
            let mut stage = reviewed(columns, rows, masters);
            insta::assert_snapshot!(format!("setup-review-{columns}x{rows}"), frame(&stage));
            stage.keys("<tab> <tab>");
            insta::assert_snapshot!(
                format!("setup-review-machine-{columns}x{rows}"),
                frame(&stage)
            );
            let (plan, request) = planned(&stage);
            stage.keys("<enter>");
            let done =
                changes::operation("20261122T041200Z-4f2a9c", setup_plan::summary(&request), 1);
            stage.event(Event::Applied {
                plan,
                operation: Ok(Box::new(done)),
            });
            insta::assert_snapshot!(format!("setup-done-{columns}x{rows}"), frame(&stage));
        }
    });
}

/// The lines below the heading of a machine, down to the next empty one.
fn section(text: &str, machine: &str) -> String {
    let heading = format!("{machine}   control plane, etcd");
    let (_, below) = text
        .split_once(&heading)
        .unwrap_or_else(|| panic!("{heading}: {text}"));
    let lines = below
        .lines()
        .skip(1)
        .take_while(|line| !line.trim_matches(['│', ' ']).is_empty());
    lines.map(|line| line.replace('▌', " ") + "\n").collect()
}

#[test]
fn a_machine_has_its_own_certificates_and_shared_ones_stand_once() {
    let masters = "master-1 10.0.0.10\nmaster-2 10.0.0.11\nmaster-3 10.0.0.12";
    let text = reviewed(120, 250, masters).text();
    let own = "etcd-server";
    for name in ["master-1", "master-2", "master-3"] {
        let section = section(&text, name);
        let servers: Vec<&str> = section
            .lines()
            .filter(|line| line.contains(own) && line.contains("CN="))
            .collect();
        assert_eq!(servers.len(), 1, "{name}: {section}");
        assert!(
            servers[0].contains(&format!("CN={name}")),
            "{name}: {section}"
        );
        let has_authority = section
            .lines()
            .any(|line| line.contains("CN=front-proxy-ca"));
        assert_eq!(has_authority, name == "master-1", "{name}: {section}");
    }
}

#[test]
fn warnings_stand_before_the_machines() {
    let mut stage = reviewed(
        120,
        250,
        "master-1 10.0.0.10\nmaster-2 10.0.0.11\nmaster-3 127.0.0.12",
    );
    let (plan, request) = planned(&stage);
    let summary = setup_plan::summary(&request);
    assert!(!summary.warnings.is_empty());
    for page in ["review", "operation"] {
        let text = stage
            .text()
            .replace("│", " ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let machines = text
            .find("master-1 control plane, etcd")
            .expect("the machines");
        for warning in &summary.warnings {
            let at = text.find(warning.as_str());
            assert!(
                at.is_some_and(|at| at < machines),
                "{page}: {warning}: {}",
                stage.text()
            );
        }
        stage.keys("<enter>");
        let done = changes::operation("20261122T041200Z-4f2a9c", summary.clone(), 1);
        stage.event(Event::Applied {
            plan,
            operation: Ok(Box::new(done)),
        });
    }
}

#[test]
fn a_certificate_is_called_the_same_before_and_after_it_is_there() {
    let mut stage = reviewed(
        120,
        250,
        "master-1 10.0.0.10\nmaster-2 10.0.0.11\nmaster-3 10.0.0.12",
    );
    let before = section(&stage.text(), "master-1");
    let (plan, request) = planned(&stage);
    stage.keys("<enter>");
    let done = changes::operation("20261122T041200Z-4f2a9c", setup_plan::summary(&request), 1);
    stage.event(Event::Applied {
        plan,
        operation: Ok(Box::new(done)),
    });
    stage.read(Ok(stage::reading()));
    let after = section(&stage.text(), "master-1");
    assert_eq!(before, after);
}

#[test]
fn a_refusal_goes_when_the_plan_is_there() {
    let mut stage = begun(80, 24);
    assert!(
        stage.text().contains("No PKI here › Set up"),
        "{}",
        stage.text()
    );
    stage.keys("<enter> <enter> <enter> <enter> <enter> <enter>");
    stage.settle();
    stage.keys("<enter>");
    assert!(
        stage.text().contains("still being made"),
        "{}",
        stage.text()
    );
    let (plan, request) = planned(&stage);
    changes::answer(&mut stage, plan, setup_plan::summary(&request));
    assert!(
        !stage.text().contains("still being made"),
        "{}",
        stage.text()
    );
}
