//! A key press at 100,000 certificates, from the event to the frame.

mod support;

use std::time::{Duration, Instant};

use kubepki::app::{App, Setup};
use kubepki::engine::open;
use kubepki::inventory::tree::Verified;
use kubepki::model::{Command, Event, Key, Reading};
use kubepki::progress::silent;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use support::{MOMENT, forest, head, limit, median, options};

const COUNT: usize = 100_000;
const ROUNDS: usize = 15;

/// What is pressed in turn, what it is, and its budget in microseconds.
const PRESSES: [(&str, &str, u64); 8] = [
    ("j", "cursor", 2_000),
    ("pgdn", "paging", 2_000),
    ("G", "last row", 2_000),
    ("g", "first row", 2_000),
    ("tab", "next pane", 2_000),
    ("backtab", "pane before", 2_000),
    ("s", "sort", 16_000),
    ("2", "pane by digit", 2_000),
];

fn main() {
    head();
    let folder = tempfile::tempdir().expect("a folder");
    forest(folder.path(), COUNT);
    let inventory =
        open::open(&options(folder.path()), &silent, &mut Verified::default()).expect("readable");
    assert_eq!(inventory.items.len(), COUNT);
    let reading = Reading::new(inventory);
    for (columns, rows) in [(120, 36), (80, 24)] {
        let mut bench = Bench::new(&reading, columns, rows);
        bench.press("2");
        for (key, what, budget) in PRESSES {
            let mut times: Vec<Duration> = (0..ROUNDS).map(|_| bench.press(key)).collect();
            report(
                &format!("{what} at {COUNT}, {columns}x{rows}"),
                &mut times,
                budget,
            );
        }
        bench.press("/");
        let mut times: Vec<Duration> = "worker-4711"
            .chars()
            .map(|letter| bench.press(&letter.to_string()))
            .collect();
        report(
            &format!("a letter of a filter at {COUNT}, {columns}x{rows}"),
            &mut times,
            16_000,
        );
        bench.press("enter");
        wizard(&mut bench, &format!("{columns}x{rows}"));
    }
}

/// Keys in the wizard that issues certificates, a page after the other.
fn wizard(bench: &mut Bench, size: &str) {
    let mut times = vec![bench.press("i")];
    report(
        &format!("the issue wizard opens at {COUNT}, {size}"),
        &mut times,
        100_000,
    );
    for (keys, what) in [
        ("left right", "a choice"),
        ("left tab right right", "a role"),
        (
            "tab tab right right right enter a n n tab d e v",
            "a letter of a user",
        ),
        ("pgdn tab tab 9 0", "a digit of a lifetime"),
    ] {
        let mut times: Vec<Duration> = keys.split(' ').map(|key| bench.press(key)).collect();
        report(
            &format!("{what} of the issue wizard at {COUNT}, {size}"),
            &mut times,
            50_000,
        );
    }
}

fn report(what: &str, times: &mut [Duration], budget: u64) {
    limit(
        what,
        u64::try_from(median(times).as_micros()).unwrap_or(u64::MAX),
        budget,
        "us",
    );
}

struct Bench {
    app: App,
    terminal: Terminal<TestBackend>,
}

impl Bench {
    fn new(reading: &Reading, columns: u16, rows: u16) -> Self {
        let mut app = App::new(Setup::default());
        let job = app.start().into_iter().find_map(|command| match command {
            Command::Start { id, .. } => Some(id),
            _ => None,
        });
        app.update(Event::Resize { columns, rows });
        app.update(Event::Read {
            id: job.expect("a first read"),
            at: MOMENT,
            reading: Ok(reading.clone()),
        });
        let terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a buffer");
        Self { app, terminal }
    }

    fn press(&mut self, key: &str) -> Duration {
        let key: Key = key.parse().expect("a key");
        let start = Instant::now();
        let _ = self.app.update(Event::Key(key));
        self.terminal
            .draw(|frame| self.app.render(frame))
            .expect("a buffer can be drawn on");
        start.elapsed()
    }
}
