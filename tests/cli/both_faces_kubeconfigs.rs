//! Commands and screens say the same of kubeconfigs: the same users, clusters and verdicts.

use std::path::Path;

use kubepki::inventory::judged::{is_astray, is_closed};
use kubepki::inventory::{KubeconfigItem, Reaches, UserKind};
use kubepki::words::kubeconfig::ASTRAY;
use tempfile::TempDir;

use crate::support::compared::{MADE, at, bare, reading, zoo};
use crate::support::program::{Run, kubepki};
use crate::support::stage::{self, Stage};
use crate::support::text;

/// The lines of `kubeconfig show` below a name, but for the name of a certificate: that is each
/// face's own.
fn section(shown: &str, name: &str) -> Vec<String> {
    let lines = shown
        .lines()
        .skip_while(|line| !line.starts_with(name))
        .enumerate();
    let own = lines.take_while(|(at, line)| *at == 0 || line.starts_with("    "));
    own.map(|(_, line)| line.strip_prefix(name).unwrap_or(line).trim().to_owned())
        .collect()
}

/// A kubeconfig of a master, and its page without what separates words.
struct Shown<'a> {
    master: &'a str,
    root: &'a Path,
    item: &'a KubeconfigItem,
    page: String,
}

impl Shown<'_> {
    fn said(&self, command: &str) -> Run {
        kubepki(&[
            "kubeconfig",
            command,
            &self.item.path,
            "--root",
            text(self.root),
            "--at",
            &at(0),
        ])
    }

    /// Holds `kubeconfig show` to the page.
    fn compare(&self) {
        let (name, path, page) = (self.master, &self.item.path, &self.page);
        let run = self.said("show");
        run.ends_with(0);
        let shown = run.stdout;
        for line in ["Contexts", "Users", "Clusters"]
            .into_iter()
            .flat_map(|name| section(&shown, name))
        {
            let parts = line
                .split("; ")
                .filter(|part| !part.starts_with("certificate: "));
            for part in parts.flat_map(|part| part.split(": ")) {
                assert!(
                    page.contains(&bare(part)),
                    "{name}, {path}: {part:?}\n{shown}\n{page}"
                );
            }
        }
        for face in [&bare(&shown), page] {
            assert_eq!(
                face.contains(&bare(ASTRAY)),
                is_astray(self.item),
                "{name}, {path}: {face}"
            );
        }
    }

    /// Holds `kubeconfig check` to the page: what kubectl says to a server by the files.
    fn compare_verdicts(&self) {
        let (name, path, page) = (self.master, &self.item.path, &self.page);
        let on_page: Vec<&str> = page.split("bythefiles").skip(1).map(verdict).collect();
        let checked = self.said("check");
        let rows: Vec<&str> = checked.stdout.lines().skip(1).collect();
        assert_eq!(
            rows.len(),
            on_page.len(),
            "{name}, {path}: {checked:?}\n{page}"
        );
        for (row, verdict) in rows.iter().zip(on_page) {
            assert!(
                row.contains(&format!("  {verdict}")),
                "{name}, {path}: {verdict} in {row}"
            );
        }
    }
}

/// The verdict with which a part of a page begins.
fn verdict(part: &str) -> &'static str {
    let verdicts = ["match", "refused", "takes every server", "not known"];
    verdicts
        .into_iter()
        .find(|one| part.starts_with(&bare(one)))
        .expect("a verdict")
}

/// Holds the kubeconfigs of a master that are not as every other to their pages; gives how many
/// they were.
fn compare_kubeconfigs(
    name: &str,
    root: &Path,
    is_meant: impl Fn(&KubeconfigItem) -> bool,
) -> usize {
    let reading = reading(root);
    let inventory = reading.inventory.clone();
    let mut stage = Stage::with(stage::setup(), reading, 220, 300);
    stage.keys("4");
    let mut compared = 0;
    for item in &inventory.kubeconfigs {
        if is_meant(item) && !is_closed(item) {
            stage.keys("<enter>");
            let shown = Shown {
                master: name,
                root,
                item,
                page: bare(&stage.text()),
            };
            shown.compare();
            shown.compare_verdicts();
            stage.keys("<esc>");
            compared += 1;
        }
        stage.keys("j");
    }
    compared
}

#[test]
fn show_and_page_say_the_same_of_kubeconfigs() {
    let (demo, _) = stage::master();
    assert!(compare_kubeconfigs("demo", &demo.path().join("master"), |_| true) > 4);
    let folder = TempDir::new().expect("a folder");
    let Some(masters) = zoo(folder.path(), MADE) else {
        return;
    };
    let is_odd = |item: &KubeconfigItem| {
        item.fault.is_some()
            || item
                .users
                .iter()
                .any(|user| user.kind != UserKind::Certificate)
            || item
                .contexts
                .iter()
                .any(|context| context.reaches != Reaches::ThisMaster)
    };
    let compared: usize = masters
        .iter()
        .map(|(id, root)| compare_kubeconfigs(id, root, is_odd))
        .sum();
    assert!(compared > 20, "{compared}");
}
