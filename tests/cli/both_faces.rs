//! Commands and screens say the same of a master: the same order, the same words, the same shell lines.

use std::fs;
use std::path::{Path, PathBuf};

use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::judged::{is_astray, is_closed};
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{KubeconfigItem, Reaches, UserKind};
use kubepki::model::{Command, Event, Job, Reading};
use kubepki::pki::text::printable;
use kubepki::progress::silent;
use kubepki::words::kubeconfig::ASTRAY;
use tempfile::TempDir;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::support::compared::{bare, joined};
use crate::support::program::kubepki;
use crate::support::stage::{self, MOMENT, Stage};
use crate::support::{succeed, text, tool, zoo};

const MADE: &str = "2026-11-22T00:00:00Z";

/// Days after the moment of the stage at which masters are looked at: then certificates are near their end, and dead.
const LATER: [i64; 3] = [0, 350, 800];

const SAMPLES: [&str; 3] = ["kubeadm-1.36-ecdsa", "kubeadm-1.36-ecdsa-renewed", "kubeadm-1.36-rsa"];

fn reading(root: &Path) -> Reading {
    let options = OpenOptions { root: root.to_owned(), processes: false, ..OpenOptions::default() };
    Reading::new(open(&options, &silent, &mut Verified::new()).expect("a master"))
}

/// A row of `list`: status, id, and what is left.
struct Listed {
    status: String,
    id: String,
    left: String,
}

fn at(later: i64) -> String {
    (MOMENT + Duration::days(later)).format(&Rfc3339).expect("a date")
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
    let run = kubepki(&["list", "--root", text(root), "--at", &at(later), "-o", "markdown"]);
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split(" | ").map(|cell| unescaped(cell.trim())).collect()
    };
    let row = |line: &str| {
        let [status, id, left]: [String; 3] =
            cells(line).into_iter().take(3).collect::<Vec<_>>().try_into().expect("three cells");
        let status = status.split_whitespace().last().unwrap_or_default().to_owned();
        Listed { status, id, left }
    };
    run.stdout.lines().filter(|line| line.starts_with('|')).skip(2).map(row).collect()
}

/// What the pane says where `list` says this.
fn on_screen(row: &Listed) -> String {
    match row.status.as_str() {
        "expired" => row.left.split_inclusive(" y").next().unwrap_or_default().to_owned(),
        "dead-authority" => "dead CA".to_owned(),
        "broken" => "broken".to_owned(),
        "unknown" => "not read".to_owned(),
        "not-yet-valid" => "not yet valid".to_owned(),
        _ => row.left.clone(),
    }
}

/// Holds `list` of the master at `root`, so many days later, to the Expiring pane; gives the number of rows.
fn compare(name: &str, root: &Path, later: i64) -> usize {
    let rows = listed(root, later);
    let reading = reading(root);
    let mut stage =
        Stage::with(stage::setup(), reading, 400, u16::try_from(rows.len() + 12).expect("a screen's height"));
    stage.keys("2 z");
    if later > 0 {
        stage.keys(&format!("t +{later}d <enter>"));
    }
    let screen = stage.text();
    let world = stage.app.world();
    let lines: Vec<&str> = screen.lines().skip_while(|line| !line.contains("╭─ Expiring")).skip(1).collect();
    assert_eq!(world.inventory().items.len(), rows.len(), "{name}");
    assert!(lines.len() >= rows.len(), "{name}: {} lines for {} rows\n{screen}", lines.len(), rows.len());
    for (line, row) in lines.iter().zip(&rows) {
        let item = world.inventory().items.iter().find(|item| printable(&item.id) == row.id.as_str());
        let item = item.unwrap_or_else(|| panic!("{name}: {}", row.id));
        let shown = world.reading.order.name(item);
        let cells = line.trim_start_matches(['│', '▌', '|', '>', ' ']);
        let start: String = shown.chars().take(30).collect();
        assert!(cells.starts_with(&start), "{name}: {shown} in {line}\n{screen}");
        let words = format!(" {} ", on_screen(row));
        assert!(cells[start.len()..].contains(&words), "{name}: {words:?} in {line}");
    }
    rows.len()
}

/// Every master of the zoo that is made in `folder`, for this date: its name and root.
fn zoo(folder: &Path, made: &str) -> Option<Vec<(String, PathBuf)>> {
    zoo::make(folder, made, &[])?;
    let truth = fs::read_to_string(folder.join("zoo.yaml")).expect("the zoo's list");
    let truth: serde_yaml::Value = serde_yaml::from_str(&truth).expect("YAML");
    let word = |value: &serde_yaml::Value| value.as_str().expect("a word").to_owned();
    let mut masters = Vec::new();
    for case in truth["cases"].as_sequence().expect("cases") {
        let id = word(&case["id"]);
        let roots = case["roots"].as_sequence().expect("roots").iter();
        masters.extend(roots.map(|root| (id.clone(), folder.join(&id).join(word(root)))));
    }
    masters.retain(|(_, root)| root.is_dir());
    assert!(masters.len() > 120, "{} masters", masters.len());
    Some(masters)
}

#[test]
fn list_and_pane_say_the_same_of_the_zoo() {
    let folder = TempDir::new().expect("a folder");
    let Some(masters) = zoo(folder.path(), MADE) else { return };
    let rows: usize = masters.iter().map(|(name, root)| compare(name, root, 0)).sum();
    assert!(rows > 1000, "{rows} rows");
}

/// What the screen says after `R` where the plan has nothing to do, without the next date.
fn nothing_due(root: &Path, now: OffsetDateTime) -> String {
    let mut stage = Stage::with(stage::setup(), reading(root), 400, 40);
    stage.event(Event::Moment(now));
    stage.keys("R");
    let asked = stage.asked();
    let plan = asked.iter().find_map(|command| match command {
        Command::Start { job: Job::Plan { plan, .. }, .. } => Some(*plan),
        _ => None,
    });
    let plan = plan.unwrap_or_else(|| panic!("no plan was asked for\n{}", stage.text()));
    stage.event(Event::Planned { plan, summary: Ok(Box::default()) });
    let screen = stage.text();
    let line = screen.lines().find_map(|line| line.find("nothing ").map(|at| line[at..].to_owned()));
    let line = line.unwrap_or_else(|| panic!("{}\n{screen}", root.display()));
    line.split([':', '│']).next().unwrap_or_default().split("  ").next().unwrap_or_default().trim().to_owned()
}

#[test]
fn renew_and_its_key_say_the_same_where_nothing_is_due() {
    let folder = TempDir::new().expect("a folder");
    let now = OffsetDateTime::now_utc();
    let Some(masters) = zoo(folder.path(), &now.format(&Rfc3339).expect("a date")) else { return };
    let (mut well, mut wrong) = (0, 0);
    for (name, root) in &masters {
        let run = kubepki(&["renew", "--due", "--root", text(root)]);
        let Some(said) = run.stderr.lines().find_map(|line| line.strip_suffix(": nothing to do")) else { continue };
        let said = said.replacen("Nothing ", "nothing ", 1);
        assert_eq!(nothing_due(root, now), said, "{name}");
        *if said.contains(", yet ") { &mut wrong } else { &mut well } += 1;
    }
    assert!(well > 20 && wrong > 10, "{well} and {wrong}");
}

fn sample(name: &str, folder: &Path) -> Option<PathBuf> {
    let archive = format!("{}/tests/fixtures/samples/{name}.tar.gz", env!("CARGO_MANIFEST_DIR"));
    succeed(&tool("tar")?, &["-xpzf", &archive, "-C", text(folder)]);
    Some(folder.join(name))
}

#[test]
fn list_and_pane_say_the_same_of_samples_and_demo() {
    let folder = TempDir::new().expect("a folder");
    for name in SAMPLES {
        let Some(root) = sample(name, folder.path()) else { return };
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
    let lines = shown.stdout.lines().skip_while(|line| !line.starts_with(name)).enumerate();
    let own = lines.take_while(|(at, line)| *at == 0 || line.starts_with("    "));
    own.map(|(_, line)| line.strip_prefix(name).unwrap_or(line).trim().to_owned()).collect()
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
        let item = inventory.items.iter().find(|item| *item.id == *row.id).expect("the item");
        stage.keys("<enter>");
        let page = joined(&stage.text());
        stage.keys("<esc> j");
        let lines = shell_lines(&root, &row.id);
        assert_eq!(lines.is_empty(), item.content.is_err(), "{}: {lines:?}", row.id);
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
        let is_shown = |id: &str| page.contains(&format!("Request:{}", joined(id))) || page.contains(&joined(id));
        let request = inventory.requests.iter().find(|one| is_shown(&one.name)).expect("a request's page");
        for line in shell_lines(&root, &request.id) {
            assert!(page.contains(&joined(&line)), "{line}\n{page}");
            assert!(line.contains(text(&root)) || line.starts_with("kubectl describe "), "{line}");
        }
    }
    assert!(inventory.requests.len() > 2 && stage.app.world().moment() == MOMENT);
}

/// More tokens beside the first one: one without an end, one whose secret is too short.
fn add_tokens(root: &Path) {
    let tokens = reading(root).inventory.bootstrap.tokens.clone();
    let token = tokens.iter().max_by_key(|token| token.expires).expect("a token");
    let file = root.join(token.path.trim_start_matches('/'));
    let manifest = fs::read_to_string(&file).expect("text");
    let without = |field: &str| -> String {
        let other = manifest.lines().filter(|line| !line.trim_start().starts_with(field));
        other.flat_map(|line| [line, "\n"]).collect()
    };
    for (id, text) in [("endles", without("expiration:")), ("faulty", without("token-secret:"))] {
        let text = text.replace(&token.id, id);
        fs::write(file.with_file_name(format!("bootstrap-token-{id}.yaml")), text).expect("written");
    }
}

#[test]
fn tokens_stand_in_the_same_order_and_words() {
    let (folder, _) = stage::master();
    let root = folder.path().join("master");
    add_tokens(&root);
    for (later, expected) in [(0, [2, 1, 1]), (30, [1, 0, 3])] {
        let list = ["bootstrap", "token", "--list", "--root", text(&root), "--at", &at(later)];
        let table = kubepki(&list);
        let cells =
            |line| -> Vec<&str> { str::split(line, "  ").map(str::trim).filter(|cell| !cell.is_empty()).collect() };
        let rows: Vec<Vec<&str>> = table.stdout.lines().skip(1).map(cells).collect();
        let mut stage = Stage::with(stage::setup(), reading(&root), 200, 60);
        if later > 0 {
            stage.keys(&format!("t +{later}d <enter>"));
        }
        let screen = stage.keys("8").text();
        let lines: Vec<&str> = screen.lines().skip_while(|line| !line.contains(" Tokens ")).skip(1).collect();
        assert_eq!(rows.len(), 4, "{table:?}");
        for (row, line) in rows.iter().zip(&lines) {
            for cell in &row[..3] {
                assert!(line.contains(cell), "{cell} in {line}\n{screen}");
            }
        }
        let json = kubepki(&[&list[..], &["-o", "json"]].concat()).json();
        let items = json["items"].as_array().expect("items").iter();
        let states: Vec<&str> = items.filter_map(|one| one["state"].as_str()).collect();
        let number = |state: &str| states.iter().filter(|one| **one == state).count();
        assert_eq!([number("valid"), number("faulty"), number("expired")], expected, "{states:?}");
    }
}

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
