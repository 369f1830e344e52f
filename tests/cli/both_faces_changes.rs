//! Commands and screens say the same of what is changed: the letter of a plan, the rows of the
//! history.

use std::path::PathBuf;
use std::sync::Arc;

use kubepki::engine::change::Changer;
use kubepki::engine::open::OpenOptions;
use kubepki::model::{Command, Event, Job, PlanId};
use kubepki::plan::Request;
use kubepki::progress::silent;
use kubepki::record::{PlanSummary, Settings};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::support::changer::operations;
use crate::support::compared::{bare, reading};
use crate::support::program::{Run, kubepki};
use crate::support::stage::{self, Stage};
use crate::support::{setting_up, setup_plan, text};

/// The demo's master on a disk, with a state of its own.
struct Changed {
    folder: TempDir,
}

impl Changed {
    fn new() -> Self {
        Self {
            folder: stage::master().0,
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("master")
    }

    fn kubepki(&self, arguments: &[&str]) -> Run {
        let (root, state) = (self.root(), self.folder.path().join("state"));
        let flags = [
            "--root",
            text(&root),
            "--state-dir",
            text(&state),
            "--config-dir",
            "/nonexistent",
        ];
        let run = kubepki(&[arguments, &flags[..]].concat());
        run.ends_with(0);
        run
    }

    fn changer(&self) -> Changer {
        let options = OpenOptions {
            root: self.root(),
            processes: false,
            ..OpenOptions::default()
        };
        Changer::with_settings(
            &options,
            Some(&self.folder.path().join("state")),
            Settings::default(),
        )
    }

    /// The application with what was done to it.
    fn stage(&self) -> Stage {
        let mut stage = Stage::with(stage::setup(), reading(&self.root()), 400, 300);
        stage.event(Event::History(Ok(Arc::new(
            operations(&self.changer()).into(),
        ))));
        stage
    }

    /// The review that these keys open.
    fn review(&self, keys: &str) -> String {
        let mut stage = self.stage();
        for key in keys.split(' ') {
            stage.settle().keys(key);
        }
        let (plan, request) = planned(&mut stage);
        let now = OffsetDateTime::now_utc();
        let made = self
            .changer()
            .prepare(&reading(&self.root()).inventory, &request, now, &silent)
            .expect("a plan");
        answered(&mut stage, plan, made.summary)
    }
}

fn planned(stage: &mut Stage) -> (PlanId, Request) {
    let asked = stage
        .asked()
        .into_iter()
        .rev()
        .find_map(|command| match command {
            Command::Start {
                job: Job::Plan { plan, request },
                ..
            } => Some((plan, request)),
            _ => None,
        });
    asked.unwrap_or_else(|| panic!("no plan was asked for\n{}", stage.text()))
}

fn answered(stage: &mut Stage, plan: PlanId, summary: PlanSummary) -> String {
    stage.event(Event::Planned {
        plan,
        summary: Ok(Box::new(summary)),
    });
    stage.text()
}

/// Holds the letter with which a dry run begins to a review: all but what takes it back, what a CA
/// is called, and which programs are named at once. Who `asked` for the review of this very plan is
/// not told there why it should be looked at.
fn compare_letter(dry_run: &str, review: &str, asked: bool) {
    let review = bare(review);
    let letter: Vec<&str> = dry_run
        .lines()
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect();
    assert!(letter.len() >= 4, "{dry_run}");
    for line in letter
        .into_iter()
        .filter(|line| !asked || !line.starts_with("worth a look: "))
    {
        let line = line
            .trim_start_matches("! ")
            .trim_start_matches("worth a look: ");
        let line = line.split(", below /").next().unwrap_or_default();
        let parts = line
            .split("; ")
            .flat_map(|part| part.split(" until they restart: "));
        for part in parts.filter(|part| !part.starts_with("kube-")) {
            let part = part
                .split(" until it restarts: ")
                .next()
                .unwrap_or_default();
            let part = if part.starts_with("undo: ") {
                "undo: u"
            } else {
                part
            };
            let part = part
                .strip_prefix("CA ")
                .and_then(|part| part.split_once(' '))
                .map_or(part, |(_, rest)| rest);
            assert!(
                review.contains(&bare(part)),
                "{part:?}\n{dry_run}\n{review}"
            );
        }
    }
}

#[test]
fn dry_run_and_review_are_one_letter() {
    let master = Changed::new();
    compare_letter(
        &master.kubepki(&["renew", "--due", "--dry-run"]).stdout,
        &master.review("R"),
        true,
    );
    let id = |run: Run| run.json()["id"].as_str().expect("an id").to_owned();
    let first = id(master.kubepki(&["renew", "scheduler.conf", "--yes", "-o", "json"]));
    id(master.kubepki(&["renew", "etcd-peer", "--yes", "-o", "json"]));
    let undo = master.kubepki(&["undo", &first, "--dry-run"]).stdout;
    assert!(
        undo.contains("worth a look: it is not what was done last"),
        "{undo}"
    );
    compare_letter(&undo, &master.review("7 j u"), false);
}

/// The review of a setup with these machines, which the wizard's page shows, and the endpoint that
/// several need.
fn reviewed(machines: &str, endpoint: &str) -> String {
    let mut stage = setting_up::begun(400, 300);
    stage.keys("<enter>");
    if endpoint.is_empty() {
        stage.keys("<enter> <enter> <enter> <enter> <enter>");
    } else {
        stage.event(Event::Paste(machines.to_owned()));
        stage.keys("<enter>");
        stage.event(Event::Paste(endpoint.to_owned()));
        stage.keys("<enter> <enter> <enter> <enter>");
    }
    let (plan, request) = planned(&mut stage);
    answered(&mut stage, plan, setup_plan::summary(&request))
}

#[test]
fn dry_run_and_review_of_a_setup_are_one_letter() {
    let three = "master-1 10.0.0.10\nmaster-2 10.0.0.11\nmaster-3 10.0.0.12";
    for (machines, endpoint) in [("master-1 10.0.0.10", ""), (three, "api.prod.example")] {
        let folder = TempDir::new().expect("a folder");
        let (root, nodes) = (folder.path().join("root"), folder.path().join("nodes"));
        std::fs::create_dir_all(root.join("etc")).expect("a folder");
        std::fs::write(&nodes, machines).expect("written");
        let mut arguments = vec![
            "setup",
            "--nodes",
            text(&nodes),
            "--here",
            "master-1",
            "--dry-run",
        ];
        arguments.extend([
            "--archives",
            "/root",
            "--root",
            text(&root),
            "--config-dir",
            "/nonexistent",
        ]);
        if !endpoint.is_empty() {
            arguments.extend(["--endpoint", endpoint]);
        }
        let run = kubepki(&arguments);
        run.ends_with(0);
        compare_letter(&run.stdout, &reviewed(machines, endpoint), true);
    }
}

#[test]
fn the_history_has_the_same_rows() {
    let master = Changed::new();
    for arguments in [&["renew", "--due"][..], &["renew", "etcd-peer"], &["undo"]] {
        master.kubepki(&[arguments, &["--yes"]].concat());
    }
    let shown = master.kubepki(&["history"]).stdout;
    let (head, rows) = shown.split_once('\n').expect("a head");
    let starts = ["WHAT", "STATE", "BY", "FILES"].map(|name| head.find(name).expect("a column"));
    let mut stage = master.stage();
    stage.keys("7");
    let screen = stage.text();
    let lines: Vec<&str> = screen
        .lines()
        .skip_while(|line| !line.contains("╭─ History"))
        .skip(1)
        .collect();
    let mut states = Vec::new();
    for (row, line) in rows.lines().zip(lines) {
        let cells: Vec<&str> = starts
            .windows(2)
            .map(|column| row[column[0]..column[1]].trim())
            .collect();
        assert!(
            cells.iter().all(|cell| line.contains(&format!(" {cell} "))),
            "{cells:?} in {line}\n{screen}"
        );
        states.push(cells[1].to_owned());
    }
    assert_eq!(states.len(), 3, "{shown}");
    assert_eq!(states[1], "undone", "{shown}");
    assert!(states[2].ends_with("to restart"), "{shown}");
}
