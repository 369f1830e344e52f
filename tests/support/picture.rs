//! Frames as SVG.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::sync::Arc;

use kubepki::app::Setup;
use kubepki::model::theme::Base;
use kubepki::model::{Event, Reading};
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::record::ledger::of_operations;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::demo_side::Side;
use super::stage::{self, Stage};
use super::{changes, setting_up, setup_plan};

/// One picture.
pub(crate) struct Picture {
    /// Its file's name without the ending.
    pub(crate) name: &'static str,
    buffer: Buffer,
    base: Base,
}

/// Name, columns, rows, keys from the first screen. What the keys ask the runtime for is answered
/// after each word.
const PICTURES: [(&str, u16, u16, &str); 30] = [
    ("overview-120x36", 120, 36, ""),
    ("overview-80x24", 80, 24, ""),
    ("overview-40x12", 40, 12, ""),
    ("overview-light-120x36", 120, 36, ""),
    ("authorities-80x24", 80, 24, "1"),
    ("kubeconfigs-80x24", 80, 24, "4"),
    ("certificate-120x36", 120, 36, "2 j j <enter>"),
    ("kubeconfig-80x24", 80, 24, "4 <enter>"),
    ("request-80x24", 80, 24, "3 <enter>"),
    ("request-120x36", 120, 36, "3 <enter>"),
    ("approve-80x24", 80, 24, "3 a"),
    ("date-80x24", 80, 24, "t +90d"),
    ("help-120x36", 120, 36, "?"),
    ("why-80x24", 80, 24, "1 j j w"),
    ("review-80x24", 80, 24, "R"),
    ("difference-80x24", 80, 24, "R d"),
    ("wizard-80x24", 80, 24, "2 j j o"),
    ("renewed-120x36", 120, 36, "R <enter> 2"),
    ("toast-80x24", 80, 24, "2 j j j j j r"),
    ("history-80x24", 80, 24, "R <enter> 7"),
    ("served-before-120x36", 120, 36, "0 P g"),
    ("served-after-120x36", 120, 36, "0 P g x"),
    ("served-80x24", 80, 24, "0 P g"),
    ("join-120x36", 120, 36, "8"),
    ("join-80x24", 80, 24, "8"),
    ("join-wizard-80x24", 80, 24, "8 n"),
    (
        "issue-80x24",
        80,
        24,
        "i <enter> shop.example.org <enter> <tab> <tab> <tab> web <tab> <tab> shop-tls <tab> shop",
    ),
    (
        "issue-signed-80x24",
        80,
        24,
        "i <enter> shop.example.org <enter> <tab> <tab> <tab> web <tab> <tab> shop-tls <tab> shop <enter>",
    ),
    (
        "issue-review-80x24",
        80,
        24,
        "i <enter> shop.example.org <enter> <tab> <tab> <tab> web <tab> <tab> shop-tls <tab> shop <enter> <enter>",
    ),
    (
        "checklist-80x24",
        80,
        24,
        "2 j j j j j <space> j j j j j j j <space> <space> r <enter> 7 <enter> x",
    ),
];

/// All pictures.
pub(crate) fn all() -> impl Iterator<Item = Picture> {
    let others = [of_the_ledger(), of_a_paste()];
    of_the_demo().chain(of_a_setup()).chain(others)
}

/// What was made and seen, after the renewal of what was due.
fn of_the_ledger() -> Picture {
    let mut stage = Stage::demo(120, 36);
    let renewal = Request::Renew(RenewRequest::new(Selection::Due));
    let renewal = changes::summary(&renewal).expect("a plan");
    let done = changes::operation("20261122T031500Z-4f2a9c", renewal, 0);
    let mut ledger = stage::ledger(&stage);
    ledger.add(of_operations(&[done]));
    ledger.settle();
    stage.event(Event::Ledger(Ok(Arc::new(ledger))));
    Picture {
        name: "ledger-120x36",
        buffer: stage.keys("6").buffer(),
        base: Base::Dark,
    }
}

/// What was copied from several places, pasted.
fn of_a_paste() -> Picture {
    let mut stage = Stage::demo(80, 24);
    let copied = stage.copied();
    Picture {
        name: "pasted-80x24",
        buffer: stage.paste(&copied).buffer(),
        base: Base::Dark,
    }
}

/// The setup of three masters on an empty machine, from the page that offers it to the one of what
/// comes next.
fn of_a_setup() -> impl Iterator<Item = Picture> {
    let mut stage = Stage::with(stage::setup(), setting_up::empty(false), 80, 24);
    let mut pictures = Vec::new();
    let mut take = |name, stage: &Stage| {
        pictures.push(Picture {
            name,
            buffer: stage.buffer(),
            base: Base::Dark,
        });
    };
    take("start-80x24", &stage);
    stage.keys("S p r o d <enter>");
    let machines =
        "master-1 10.0.0.10\nmaster-2 10.0.0.11\nmaster-3 10.0.0.12\nworker-1 10.0.0.21 worker";
    stage.event(Event::Paste(machines.to_owned()));
    take("setup-80x24", &stage);
    stage.keys("<enter>");
    stage.event(Event::Paste("api.prod.example:6443".to_owned()));
    stage.keys("<enter> <enter> <enter> <enter>");
    let (plan, request) = setting_up::planned(&stage);
    changes::answer(&mut stage, plan, setup_plan::summary(&request));
    take("setup-review-80x24", &stage);
    if let Request::Setup(request) = request {
        let clusters = Arc::new(vec![request.cluster]);
        let mut stage = Stage::with(
            stage::setup(),
            Reading {
                clusters,
                ..setting_up::empty(false)
            },
            80,
            24,
        );
        take("guide-80x24", stage.keys("C"));
    }
    pictures.into_iter()
}

fn of_the_demo() -> impl Iterator<Item = Picture> {
    let reading = stage::reading();
    PICTURES
        .into_iter()
        .map(move |(name, columns, rows, keys)| {
            let base = if name.contains("light") {
                Base::Light
            } else {
                Base::Dark
            };
            let setup = Setup {
                base,
                ..stage::setup()
            };
            let mut stage = Stage::with(setup, reading.clone(), columns, rows);
            let mut side = None;
            for word in keys.split_whitespace() {
                stage.keys(word);
                changes::play_with(&mut stage, &reading, &mut |stage, command| {
                    let side = side.get_or_insert_with(|| Side::start(reading.inventory.clone()));
                    side.answer(stage, command);
                });
                stage.settle();
            }
            Picture {
                name,
                buffer: stage.buffer(),
                base,
            }
        })
}

const CELL: (f32, f32) = (10.0, 22.0);
const MARGIN: f32 = 12.0;

impl Picture {
    /// The picture as SVG text.
    pub(crate) fn svg(&self) -> String {
        let area = self.buffer.area;
        let width = f32::from(area.width) * CELL.0 + 2.0 * MARGIN;
        let height = f32::from(area.height) * CELL.1 + 2.0 * MARGIN;
        let (back, text) = if self.base == Base::Light {
            ("#fbfbf9", "#2b2e36")
        } else {
            ("#111217", "#c8ccd4")
        };
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             font-family=\"DejaVu Sans Mono, monospace\" font-size=\"16.6\" xml:space=\"preserve\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"{back}\"/>\n"
        );
        let mut drawing = Drawing {
            buffer: &self.buffer,
            text,
            svg,
        };
        for y in 0..area.height {
            for (from, to, cell) in stage::runs(&self.buffer, y) {
                drawing.run(y, from..=to, cell);
            }
        }
        drawing.svg + "</svg>\n"
    }
}

/// A picture while it is drawn.
struct Drawing<'a> {
    buffer: &'a Buffer,
    /// The color of text that has none of its own.
    text: &'a str,
    svg: String,
}

impl Drawing<'_> {
    /// Draws these columns of a row, which look like `like`.
    fn run(&mut self, y: u16, columns: RangeInclusive<u16>, like: &Cell) {
        let color = hex(like.fg).unwrap_or_else(|| self.text.to_owned());
        let mut words: Vec<(u16, String)> = Vec::new();
        let mut joined = false;
        for (x, cell) in stage::cells(self.buffer, y).filter(|(x, _)| columns.contains(x)) {
            let symbol = cell.symbol();
            // Frame characters are drawn as lines: fonts leave gaps between rows.
            if let Some(path) = strokes(
                symbol,
                MARGIN + f32::from(x) * CELL.0,
                MARGIN + f32::from(y) * CELL.1,
            ) {
                let _ = writeln!(
                    self.svg,
                    "<path d=\"{path}\" stroke=\"{color}\" fill=\"none\"/>"
                );
                joined = false;
            } else if symbol == " " {
                joined = false;
            } else if joined && symbol.is_ascii() {
                if let Some((_, word)) = words.last_mut() {
                    word.push_str(symbol);
                }
            } else {
                words.push((x, symbol.to_owned()));
                joined = symbol.is_ascii();
            }
        }
        let weight = if like.modifier.contains(Modifier::BOLD) {
            " font-weight=\"bold\""
        } else {
            ""
        };
        let base = MARGIN + f32::from(y) * CELL.1 + 16.5;
        for (x, word) in words {
            let word = word
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            let x = MARGIN + f32::from(x) * CELL.0;
            let _ = writeln!(
                self.svg,
                "<text x=\"{x}\" y=\"{base}\" fill=\"{color}\"{weight}>{word}</text>"
            );
        }
    }
}

/// The strokes of a frame character in the cell at `x`, `y`.
fn strokes(symbol: &str, x: f32, y: f32) -> Option<String> {
    let (right, bottom) = (x + CELL.0, y + CELL.1);
    let (cx, cy) = (x + CELL.0 / 2.0, y + CELL.1 / 2.0);
    Some(match symbol {
        "─" => format!("M{x} {cy}H{right}"),
        "│" => format!("M{cx} {y}V{bottom}"),
        "├" => format!("M{cx} {y}V{bottom}M{cx} {cy}H{right}"),
        "└" => format!("M{cx} {y}V{cy}H{right}"),
        "╭" => format!("M{cx} {bottom}Q{cx} {cy} {right} {cy}"),
        "╮" => format!("M{x} {cy}Q{cx} {cy} {cx} {bottom}"),
        "╰" => format!("M{cx} {y}Q{cx} {cy} {right} {cy}"),
        "╯" => format!("M{x} {cy}Q{cx} {cy} {cx} {y}"),
        "▌" => format!(
            "M{} {y}V{bottom}M{} {y}V{bottom}M{} {y}V{bottom}M{} {y}V{bottom}",
            x + 1.0,
            x + 2.0,
            x + 3.0,
            x + 4.0
        ),
        _ => return None,
    })
}

fn hex(color: Color) -> Option<String> {
    match color {
        Color::Indexed(index @ 16..=231) => {
            let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            let index = index - 16;
            Some(format!(
                "#{:02x}{:02x}{:02x}",
                level(index / 36),
                level(index / 6 % 6),
                level(index % 6)
            ))
        }
        Color::Indexed(index @ 232..) => {
            let level = 8 + 10 * (index - 232);
            Some(format!("#{level:02x}{level:02x}{level:02x}"))
        }
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        _ => None,
    }
}
