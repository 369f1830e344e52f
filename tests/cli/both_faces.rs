//! Commands and screens say the same of a master: the same order, the same words, the same shell
//! lines.

use std::path::{Path, PathBuf};

use kubepki::model::{Command, Event, Job};
use kubepki::pki::text::printable;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::compared::{MADE, at, joined, reading, zoo};
use crate::support::program::kubepki;
use crate::support::stage::{self, MOMENT, Stage};
use crate::support::{succeed, text, tool};

/// Days after the moment of the stage at which masters are looked at: then certificates are near
/// their end, and dead.
const LATER: [i64; 3] = [0, 350, 800];

const SAMPLES: [&str; 3] = [
    "kubeadm-1.36-ecdsa",
    "kubeadm-1.36-ecdsa-renewed",
    "kubeadm-1.36-rsa",
];

/// A row of `list`: status, id, and what is left.
struct Listed {
    status: String,
    id: String,
    left: String,
}

/// A cell of Markdown as text.
fn unescaped(cell: &str) -> String {
    let mut characters = cell.chars();
    std::iter::from_fn(|| match characters.next()? {
        '\\' => characters.next(),
        other => Some(other),
    })
    .collect()
}

fn listed(root: &Path, later: i64) -> Vec<Listed> {
    let run = kubepki(&[
        "list",
        "--root",
        text(root),
        "--at",
        &at(later),
        "-o",
        "markdown",
    ]);
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|')
            .split(" | ")
            .map(|cell| unescaped(cell.trim()))
            .collect()
    };
    let row = |line: &str| {
        let [status, id, left]: [String; 3] = cells(line)
            .into_iter()
            .take(3)
            .collect::<Vec<_>>()
            .try_into()
            .expect("three cells");
        let status = status
            .split_whitespace()
            .last()
            .unwrap_or_default()
            .to_owned();
        Listed { status, id, left }
    };
    run.stdout
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(row)
        .collect()
}

/// What the pane says where `list` says this.
fn on_screen(row: &Listed) -> String {
    match row.status.as_str() {
        "expired" => row
            .left
            .split_inclusive(" y")
            .next()
            .unwrap_or_default()
            .to_owned(),
        "dead-authority" => "dead CA".to_owned(),
        "broken" => "broken".to_owned(),
        "unknown" => "not read".to_owned(),
        "not-yet-valid" => "not yet valid".to_owned(),
        _ => row.left.clone(),
    }
}

/// Holds `list` of the master at `root`, so many days later, to the Expiring pane; gives the number
/// of rows.
fn compare(name: &str, root: &Path, later: i64) -> usize {
    let rows = listed(root, later);
    let reading = reading(root);
    let mut stage = Stage::with(
        stage::setup(),
        reading,
        400,
        u16::try_from(rows.len() + 12).expect("a screen's height"),
    );
    stage.keys("2 z");
    if later > 0 {
        stage.keys(&format!("t +{later}d <enter>"));
    }
    let screen = stage.text();
    let world = stage.app.world();
    let lines: Vec<&str> = screen
        .lines()
        .skip_while(|line| !line.contains("╭─ Expiring"))
        .skip(1)
        .collect();
    assert_eq!(world.inventory().items.len(), rows.len(), "{name}");
    assert!(
        lines.len() >= rows.len(),
        "{name}: {} lines for {} rows\n{screen}",
        lines.len(),
        rows.len()
    );
    for (line, row) in lines.iter().zip(&rows) {
        let item = world
            .inventory()
            .items
            .iter()
            .find(|item| printable(&item.id) == row.id.as_str());
        let item = item.unwrap_or_else(|| panic!("{name}: {}", row.id));
        let shown = world.reading.order.name(item);
        let cells = line.trim_start_matches(['│', '▌', '|', '>', ' ']);
        let start: String = shown.chars().take(30).collect();
        assert!(
            cells.starts_with(&start),
            "{name}: {shown} in {line}\n{screen}"
        );
        let words = format!(" {} ", on_screen(row));
        assert!(
            cells[start.len()..].contains(&words),
            "{name}: {words:?} in {line}"
        );
    }
    rows.len()
}

#[test]
fn list_and_pane_say_the_same_of_the_zoo() {
    let folder = TempDir::new().expect("a folder");
    let Some(masters) = zoo(folder.path(), MADE) else {
        return;
    };
    let rows: usize = masters
        .iter()
        .map(|(name, root)| compare(name, root, 0))
        .sum();
    assert!(rows > 1000, "{rows} rows");
}

/// What the screen says after `R` where the plan has nothing to do, without the next date.
fn nothing_due(root: &Path, now: OffsetDateTime) -> String {
    let mut stage = Stage::with(stage::setup(), reading(root), 400, 40);
    stage.event(Event::Moment(now));
    stage.keys("R");
    let asked = stage.asked();
    let plan = asked.iter().find_map(|command| match command {
        Command::Start {
            job: Job::Plan { plan, .. },
            ..
        } => Some(*plan),
        _ => None,
    });
    let plan = plan.unwrap_or_else(|| panic!("no plan was asked for\n{}", stage.text()));
    stage.event(Event::Planned {
        plan,
        summary: Ok(Box::default()),
    });
    let screen = stage.text();
    let line = screen
        .lines()
        .find_map(|line| line.find("nothing ").map(|at| line[at..].to_owned()));
    let line = line.unwrap_or_else(|| panic!("{}\n{screen}", root.display()));
    line.split([':', '│'])
        .next()
        .unwrap_or_default()
        .split("  ")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[test]
fn renew_and_its_key_say_the_same_where_nothing_is_due() {
    let folder = TempDir::new().expect("a folder");
    let now = OffsetDateTime::now_utc();
    let Some(masters) = zoo(folder.path(), &now.format(&Rfc3339).expect("a date")) else {
        return;
    };
    let (mut well, mut wrong) = (0, 0);
    for (name, root) in &masters {
        let run = kubepki(&["renew", "--due", "--root", text(root)]);
        let Some(said) = run
            .stderr
            .lines()
            .find_map(|line| line.strip_suffix(": nothing to do"))
        else {
            continue;
        };
        let said = said.replacen("Nothing ", "nothing ", 1);
        assert_eq!(nothing_due(root, now), said, "{name}");
        *if said.contains(", yet ") {
            &mut wrong
        } else {
            &mut well
        } += 1;
    }
    assert!(well > 20 && wrong > 10, "{well} and {wrong}");
}

fn sample(name: &str, folder: &Path) -> Option<PathBuf> {
    let archive = format!(
        "{}/tests/fixtures/samples/{name}.tar.gz",
        env!("CARGO_MANIFEST_DIR")
    );
    succeed(&tool("tar")?, &["-xpzf", &archive, "-C", text(folder)]);
    Some(folder.join(name))
}

#[test]
fn list_and_pane_say_the_same_of_samples_and_demo() {
    let folder = TempDir::new().expect("a folder");
    for name in SAMPLES {
        let Some(root) = sample(name, folder.path()) else {
            return;
        };
        for later in LATER {
            assert!(compare(name, &root, later) > 12, "{name}");
        }
    }
    let (demo, _) = stage::master();
    for later in LATER {
        assert!(compare("demo", &demo.path().join("master"), later) > 12);
    }
}

/// The lines that `show` prints for doing the same without kubepki.
fn shell_lines(root: &Path, id: &str) -> Vec<String> {
    let shown = kubepki(&["show", id, "--root", text(root), "--at", &at(0)]);
    shown.ends_with(0);
    let name = "Without kubepki";
    let lines = shown
        .stdout
        .lines()
        .skip_while(|line| !line.starts_with(name))
        .enumerate();
    let own = lines.take_while(|(at, line)| *at == 0 || line.starts_with("    "));
    own.map(|(_, line)| line.strip_prefix(name).unwrap_or(line).trim().to_owned())
        .collect()
}

#[test]
fn show_and_pages_print_the_same_shell_lines_below_a_root() {
    let (folder, _) = stage::master();
    let root = folder.path().join("master");
    let reading = reading(&root);
    let inventory = reading.inventory.clone();
    let mut stage = Stage::with(stage::setup(), reading, 200, 250);
    stage.keys("2");
    for row in listed(&root, 0) {
        let item = inventory
            .items
            .iter()
            .find(|item| *item.id == *row.id)
            .expect("the item");
        stage.keys("<enter>");
        let page = joined(&stage.text());
        stage.keys("<esc> j");
        let lines = shell_lines(&root, &row.id);
        assert_eq!(
            lines.is_empty(),
            item.content.is_err(),
            "{}: {lines:?}",
            row.id
        );
        assert_eq!(lines.is_empty(), !page.contains("Inashell"), "{}", row.id);
        for line in &lines {
            assert!(page.contains(&joined(line)), "{line}\n{page}");
            assert!(line.contains(text(&root)), "{line} reads the host's file");
        }
    }
    stage.keys("3");
    for _ in &inventory.requests {
        stage.keys("<enter>");
        let page = joined(&stage.text());
        stage.keys("<esc> j");
        let is_shown = |id: &str| {
            page.contains(&format!("Request:{}", joined(id))) || page.contains(&joined(id))
        };
        let request = inventory
            .requests
            .iter()
            .find(|one| is_shown(&one.name))
            .expect("a request's page");
        for line in shell_lines(&root, &request.id) {
            assert!(page.contains(&joined(&line)), "{line}\n{page}");
            assert!(
                line.contains(text(&root)) || line.starts_with("kubectl describe "),
                "{line}"
            );
        }
    }
    assert!(inventory.requests.len() > 2 && stage.app.world().moment() == MOMENT);
}
