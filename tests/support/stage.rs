//! The application on the demo's master, without a terminal: keys in, commands and frames out.
//! Everything goes through the public `update`, and the master is read from a disk as it always is.

use std::fmt::Write as _;
use std::sync::Arc;

use kubepki::app::{App, Setup};
use kubepki::engine::demo;
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::beginning::Machine;
use kubepki::inventory::given::{HereOf, given};
use kubepki::inventory::mounted::Mounted;
use kubepki::inventory::tree::Verified;
use kubepki::inventory::{Inventory, RequestItem};
use kubepki::model::pasted::PASTED;
use kubepki::model::world::Settings;
use kubepki::model::{Beside, Command, Event, Job, Key, Pasted, Problem, Reading};
use kubepki::progress;
use kubepki::record::{Approval, Ledger, LedgerEntry};
use kubepki::verdict::{Evidence, judge_all, judge_one};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

/// The moment for which the demo is made and judged.
pub(crate) const MOMENT: OffsetDateTime = datetime!(2026-11-22 03:12 UTC);

/// The application and the terminal that is none.
pub(crate) struct Stage {
    /// The application.
    pub(crate) app: App,
    /// Every command so far.
    pub(crate) commands: Vec<Command>,
    size: (u16, u16),
    page: u64,
}

/// The demo's master, read from a folder that is gone again.
pub(crate) fn reading() -> Reading {
    master().1
}

/// The demo's master, in the folder `master` of a folder that stays as long as it is held.
pub(crate) fn master() -> (tempfile::TempDir, Reading) {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("master");
    demo::create(&root, MOMENT).expect("the demo");
    let options = OpenOptions {
        root,
        processes: false,
        ..OpenOptions::default()
    };
    let mut inventory =
        open(&options, &progress::silent, &mut Verified::new()).expect("an inventory");
    settle(&mut inventory);
    let verdicts = judge_all(&inventory, &Approval::default(), MOMENT);
    let reading = Reading {
        machine: machine(),
        verdicts: verdicts.into(),
        ..Reading::new(inventory)
    };
    (folder, reading)
}

/// The machine on which the demo is looked at.
pub(crate) fn machine() -> Machine {
    Machine {
        name: "master-1".to_owned(),
        addresses: vec!["10.0.0.10".parse().expect("an address")],
        folder: "/root".to_owned(),
        home: "/root".to_owned(),
    }
}

/// Puts what is another each time in its place: the folder's name, and when its files were written.
pub(crate) fn settle(inventory: &mut Inventory) {
    "/".clone_into(&mut inventory.root);
    inventory.mounted = Mounted::default();
    let written = Some(MOMENT - Duration::days(60));
    inventory
        .items
        .iter_mut()
        .for_each(|item| item.changed_at = written);
    inventory
        .kubeconfigs
        .iter_mut()
        .for_each(|kubeconfig| kubeconfig.changed_at = written);
    inventory
        .keys
        .iter_mut()
        .for_each(|key| key.changed_at = written);
    inventory
        .bootstrap
        .token_files
        .iter_mut()
        .for_each(|file| file.changed_at = written);
}

/// What the ledger has of the master that is shown, where nothing was made yet.
pub(crate) fn ledger(stage: &Stage) -> Ledger {
    let items = stage.app.world().inventory().items.iter();
    let seen = items.filter(|item| item.in_use).filter_map(|item| {
        let certificate = item.certificate()?;
        Some(LedgerEntry::seen(certificate, &item.path, MOMENT))
    });
    let mut ledger = Ledger::default();
    ledger.add(seen.collect());
    ledger
}

/// What the demo is shown with.
pub(crate) fn setup() -> Setup {
    Setup {
        settings: Settings {
            user: "root".to_owned(),
            ..Settings::default()
        },
        ..Setup::default()
    }
}

impl Stage {
    /// The demo on a terminal of this size, after its first reading.
    pub(crate) fn demo(columns: u16, rows: u16) -> Self {
        Self::with(setup(), reading(), columns, rows)
    }

    /// Another setup or master.
    pub(crate) fn with(setup: Setup, reading: Reading, columns: u16, rows: u16) -> Self {
        let mut stage = Self {
            app: App::new(setup),
            commands: Vec::new(),
            size: (columns, rows),
            page: 0,
        };
        stage.event(Event::Resize { columns, rows });
        let first = stage.app.start();
        stage.commands.extend(first);
        stage.read(Ok(reading));
        stage.event(Event::History(Ok(Arc::default())));
        stage.settle();
        stage
    }

    /// Answers the newest question for the disk.
    pub(crate) fn read(&mut self, reading: Result<Reading, Problem>) {
        let newest = |command: &Command| match command {
            Command::Start { id, job: Job::Read } => Some(*id),
            _ => None,
        };
        let id = self
            .commands
            .iter()
            .rev()
            .find_map(newest)
            .expect("the disk was asked for");
        self.event(Event::Read {
            id,
            at: MOMENT,
            reading,
        });
    }

    /// Pastes `text`, and does what is asked of a worker then.
    pub(crate) fn paste(&mut self, text: &str) -> &mut Self {
        self.event(Event::Paste(text.to_owned()));
        if let Some(Command::Start {
            id,
            job: Job::Look(Beside::Pasted(text)),
        }) = self.commands.last().cloned()
        {
            let pasted = self.pasted(text.expose().to_vec());
            self.event(Event::Pasted {
                id,
                pasted: Ok(Box::new(pasted)),
            });
        }
        self
    }

    /// What somebody has copied from several places: a certificate and a request of this master, a
    /// kubeconfig of a web page, cfssl's JSON, a line of a token file.
    pub(crate) fn copied(&self) -> String {
        let inventory = self.app.world().inventory();
        let apiserver = inventory.items.iter().find(|item| &*item.id == "apiserver");
        let certificate = apiserver.and_then(|item| item.certificate()).expect("it");
        let of_file = |request: &&RequestItem| request.object.is_none();
        let request = inventory.requests.iter().find(of_file).expect("a request");
        let asked = request.request.as_ref().expect("PKCS#10");
        let others = "\
        apiVersion: v1\nclusters:\n- cluster:\ncertificate-authority-data: LS0t...\nname: prod\ncontexts: []\nusers: []\n\
        ---\n{\"CN\": \"shop\", \"hosts\": [\"shop.example\"], \"key\": {\"algo\": \"ecdsa\", \"size\": 256}}\n\
        ---\n0123456789abcdef0123456789abcdef,kubelet-bootstrap,10001,\"system:bootstrappers\"\n";
        format!("{}{}---\n{others}", certificate.to_pem(), asked.to_pem())
    }

    /// What a worker reads of it.
    pub(crate) fn pasted(&self, text: Vec<u8>) -> Pasted {
        let given = given(PASTED, Zeroizing::new(text)).named_by_subject();
        let master = self.app.world().inventory();
        let approval = Approval::default();
        let evidence = Evidence::new(master, &approval, MOMENT);
        let here = HereOf::find(master, &given.inventory);
        Pasted::new(given, None, here, |request| judge_one(request, &evidence))
    }

    /// Half a second later: the page has been seen.
    pub(crate) fn settle(&mut self) -> &mut Self {
        self.event(Event::Settled(self.page));
        self
    }

    /// The commands since the last call, without those about time.
    pub(crate) fn asked(&mut self) -> Vec<Command> {
        let mut commands = std::mem::take(&mut self.commands);
        commands.retain(|command| !matches!(command, Command::Wake(_) | Command::Settle(_)));
        commands
    }

    /// Takes one event.
    pub(crate) fn event(&mut self, event: Event) {
        if let Event::Resize { columns, rows } = &event {
            self.size = (*columns, *rows);
        }
        let commands = self.app.update(event);
        if let Some(Command::Settle(page)) = commands.last() {
            self.page = *page;
        }
        self.commands.extend(commands);
    }

    /// Presses the keys of a script such as `2 j <enter>`.
    pub(crate) fn keys(&mut self, script: &str) -> &mut Self {
        for key in Key::script(script).expect("a script") {
            self.event(Event::Key(key));
        }
        self
    }

    /// What is on the terminal now.
    pub(crate) fn buffer(&self) -> Buffer {
        let mut terminal =
            Terminal::new(TestBackend::new(self.size.0, self.size.1)).expect("a terminal");
        terminal
            .draw(|frame| self.app.render(frame))
            .expect("a frame");
        terminal.backend().buffer().clone()
    }

    /// The text on the terminal, a line for each row.
    pub(crate) fn text(&self) -> String {
        text(&self.buffer())
    }
}

/// The rows of a buffer without trailing spaces.
pub(crate) fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in 0..buffer.area.height {
        let row: String = cells(buffer, y).map(|(_, cell)| cell.symbol()).collect();
        let _ = writeln!(text, "{}", row.trim_end());
    }
    text
}

/// The styled stretches of a buffer: row, columns, style.
pub(crate) fn styles(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        for (from, to, cell) in runs(buffer, y) {
            let style = style_name(cell);
            if !style.is_empty() {
                let _ = writeln!(out, "{y:>2} {from:>3}-{to:<3} {style}");
            }
        }
    }
    out
}

/// Stretches of equal style in a row: first and last column, and a cell of it.
pub(crate) fn runs(buffer: &Buffer, y: u16) -> Vec<(u16, u16, &Cell)> {
    let mut runs: Vec<(u16, u16, &Cell)> = Vec::new();
    for (x, cell) in cells(buffer, y) {
        match runs.last_mut() {
            Some((_, to, last)) if style_name(last) == style_name(cell) => *to = x,
            _ => runs.push((x, x, cell)),
        }
    }
    runs
}

/// The cells of a row; the second half of a wide character is left out.
pub(crate) fn cells(buffer: &Buffer, y: u16) -> impl Iterator<Item = (u16, &Cell)> {
    let mut skip = 0;
    (0..buffer.area.width).filter_map(move |x| {
        let cell = &buffer[(x, y)];
        if skip > 0 {
            skip -= 1;
            return None;
        }
        skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
        Some((x, cell))
    })
}

fn style_name(cell: &Cell) -> String {
    let mut name = if cell.fg == Color::Reset {
        String::new()
    } else {
        cell.fg.to_string()
    };
    if cell.modifier.contains(Modifier::BOLD) {
        name.push_str(" bold");
    }
    name.trim().to_owned()
}
