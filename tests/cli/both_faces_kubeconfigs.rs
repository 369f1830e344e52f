//! Commands and screens say the same of kubeconfigs: the same users, clusters and verdicts.

use std::path::Path;

use kubepki::inventory::judged::{is_astray, is_closed};
use kubepki::inventory::{KubeconfigItem, Reaches, UserKind};
use kubepki::words::kubeconfig::ASTRAY;
use tempfile::TempDir;

use crate::support::compared::{MADE, at, bare, reading, zoo};
use crate::support::program::kubepki;
use crate::support::stage::{self, Stage};
use crate::support::text;

/// The lines of `kubeconfig show` below a name, but for the name of a certificate: that is each face's own.
fn section(shown: &str, name: &str) -> Vec<String> {
    let lines = shown.lines().skip_while(|line| !line.starts_with(name)).enumerate();
    let own = lines.take_while(|(at, line)| *at == 0 || line.starts_with("    "));
    own.map(|(_, line)| line.strip_prefix(name).unwrap_or(line).trim().to_owned()).collect()
}

/// Holds `kubeconfig show` to the page of a kubeconfig.
fn compare_kubeconfig(name: &str, root: &Path, item: &KubeconfigItem, page: &str) {
    let run = kubepki(&["kubeconfig", "show", &item.path, "--root", text(root), "--at", &at(0)]);
    run.ends_with(0);
    let (shown, page) = (run.stdout, bare(page));
    for line in ["Contexts", "Users", "Clusters"].into_iter().flat_map(|name| section(&shown, name)) {
        let parts = line.split("; ").filter(|part| !part.starts_with("certificate: "));
        for part in parts.flat_map(|part| part.split(": ")) {
            assert!(page.contains(&bare(part)), "{name}, {}: {part:?}\n{shown}\n{page}", item.path);
        }
    }
    // What kubectl says to a server by the files.
    let verdicts = ["match", "refused", "takes every server", "not known"];
    let on_page = page.split("bythefiles").skip(1).map(|rest| verdicts.iter().find(|one| rest.starts_with(&bare(one))));
    let on_page: Vec<&&str> = on_page.map(|verdict| verdict.expect("a verdict")).collect();
    let checked = kubepki(&["kubeconfig", "check", &item.path, "--root", text(root), "--at", &at(0)]);
    let rows: Vec<&str> = checked.stdout.lines().skip(1).collect();
    assert_eq!(rows.len(), on_page.len(), "{name}, {}: {checked:?}\n{page}", item.path);
    for (row, verdict) in rows.iter().zip(on_page) {
        assert!(row.contains(&format!("  {verdict}")), "{name}, {}: {verdict} in {row}", item.path);
    }
    for faces in [bare(&shown), page] {
        assert_eq!(faces.contains(&bare(ASTRAY)), is_astray(item), "{name}, {}: {faces}", item.path);
    }
}

/// Holds the kubeconfigs of a master that are not as every other to their pages; gives how many they were.
fn compare_kubeconfigs(name: &str, root: &Path, is_meant: impl Fn(&KubeconfigItem) -> bool) -> usize {
    let reading = reading(root);
    let inventory = reading.inventory.clone();
    let mut stage = Stage::with(stage::setup(), reading, 220, 300);
    stage.keys("4");
    let mut compared = 0;
    for item in &inventory.kubeconfigs {
        if is_meant(item) && !is_closed(item) {
            stage.keys("<enter>");
            compare_kubeconfig(name, root, item, &stage.text());
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
    let Some(masters) = zoo(folder.path(), MADE) else { return };
    let is_odd = |item: &KubeconfigItem| {
        item.fault.is_some()
            || item.users.iter().any(|user| user.kind != UserKind::Certificate)
            || item.contexts.iter().any(|context| context.reaches != Reaches::ThisMaster)
    };
    let compared: usize = masters.iter().map(|(id, root)| compare_kubeconfigs(id, root, is_odd)).sum();
    assert!(compared > 20, "{compared}");
}
