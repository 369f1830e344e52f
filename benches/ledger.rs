//! The ledger at 10,000 rows: read and checked beside what that costs at least, and a key press on
//! its screen, from the event to the frame.

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kubepki::app::{App, Setup};
use kubepki::model::{Command, Event, Key, Reading};
use kubepki::pki::issue::{CertificateSpec, self_sign};
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Certificate, Name, sha256};
use kubepki::record::{Ledger, LedgerEntry};
use kubepki::store::ledger;
use kubepki::store::read::Root;
use kubepki::store::state::StateFolder;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use support::{MOMENT, head, interleaved, limit, median, ratio, timed};

const COUNT: usize = 10_000;
const ROUNDS: usize = 15;

/// What is pressed in turn on the list, what it is, and its budget in microseconds.
const PRESSES: [(&str, &str, u64); 4] = [
    ("j", "cursor", 2_000),
    ("pgdn", "paging", 2_000),
    ("G", "last row", 2_000),
    ("g", "first row", 2_000),
];

fn main() {
    head();
    let folder = tempfile::tempdir().expect("a folder");
    let whole = Root::open(Path::new("/"), Path::new("/")).expect("a root");
    let state = StateFolder::of(folder.path(), &whole).expect("a state folder");
    let rows = rows();
    let first = ledger::add(&state, rows.clone()).expect("written");
    assert_eq!((first.entries.len(), first.faults.len()), (COUNT, 0));
    let file = folder.path().join("ledger.jsonl");
    let [own, bare] = interleaved(
        ROUNDS,
        &mut [&mut || timed(|| ledger::read(&state)), &mut || {
            timed(|| bare(&file))
        }],
    );
    let what = format!("read and check {COUNT} rows, beside read, parse and SHA-256");
    ratio(&what, own, bare, 2.0);
    let again = || {
        let wanted = rows.clone();
        timed(|| ledger::add(&state, wanted))
    };
    let times = (0..ROUNDS).map(|_| again()).collect();
    report(
        &format!("look for {COUNT} that are all there"),
        times,
        150_000,
    );
    for (columns, rows) in [(120, 36), (80, 24)] {
        let mut bench = Bench::new(&first, columns, rows);
        bench.press("6");
        for (key, what, budget) in PRESSES {
            let times = (0..ROUNDS).map(|_| bench.press(key)).collect();
            report(
                &format!("{what} at {COUNT}, {columns}x{rows}"),
                times,
                budget,
            );
        }
        bench.press("/");
        let letters = "worker-4711".chars().map(|letter| letter.to_string());
        let times = letters.map(|letter| bench.press(&letter)).collect();
        let what = format!("a letter of the filter at {COUNT}, {columns}x{rows}");
        report(&what, times, 16_000);
    }
}

/// What is done at least: the file, its lines as JSON, a digest of each.
fn bare(file: &Path) -> usize {
    let text = fs::read_to_string(file).expect("a file");
    let lines = text.lines().map(|line| {
        let row: LedgerEntry = serde_json::from_str(line).expect("a row");
        usize::from(sha256(line.as_bytes())[0]) + row.path.len()
    });
    lines.sum()
}

/// Rows as those of a large cluster: one certificate's, each with a name and a number of its own.
fn rows() -> Vec<LedgerEntry> {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    let lifetime = (MOMENT, MOMENT + time::Duration::days(365));
    let name = Name::with_groups("worker", &["system:nodes"]).expect("a name");
    let certificate: Certificate =
        self_sign(&CertificateSpec::authority(name, lifetime), &key).expect("a certificate");
    let one = LedgerEntry::seen(&certificate, "/etc/kubernetes/kubelet.conf", MOMENT);
    let row = |number: usize| LedgerEntry {
        sha256: kubepki::pki::hex(&sha256(&number.to_be_bytes())),
        serial_number: format!("{number:016x}"),
        subject: format!("CN=system:node:worker-{number},O=system:nodes"),
        issuer: "CN=kubernetes".to_owned(),
        names: vec![format!("DNS:worker-{number}"), "IP:10.0.0.10".to_owned()],
        issued_at: Some(MOMENT + time::Duration::seconds(i64::try_from(number).unwrap_or(0))),
        operation: Some(format!("20261122T031205Z-{number:06x}")),
        ..one.clone()
    };
    (0..COUNT).map(row).collect()
}

fn report(what: &str, mut times: Vec<Duration>, budget: u64) {
    let micros = u64::try_from(median(&mut times).as_micros()).unwrap_or(u64::MAX);
    limit(what, micros, budget, "us");
}

struct Bench {
    app: App,
    terminal: Terminal<TestBackend>,
}

impl Bench {
    fn new(ledger: &Ledger, columns: u16, rows: u16) -> Self {
        let mut app = App::new(Setup::default());
        let job = app.start().into_iter().find_map(|command| match command {
            Command::Start { id, .. } => Some(id),
            _ => None,
        });
        app.update(Event::Resize { columns, rows });
        app.update(Event::Read {
            id: job.expect("a first read"),
            at: MOMENT,
            reading: Ok(Reading::default()),
        });
        app.update(Event::Ledger(Ok(Arc::new(ledger.clone()))));
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
