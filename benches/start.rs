//! From the start of the program to its first frames, beside an empty ratatui program that draws
//! one; and the bytes that a cursor move costs.

mod support;

use std::path::Path;

use kubepki::engine::demo;
use ratatui::widgets::Paragraph;
use support::terminal::Terminal;
use support::{MOMENT, head, interleaved, limit, median, ratio};

const ROUNDS: usize = 31;
const MOVES: usize = 9;

fn main() -> std::io::Result<()> {
    if std::env::args().any(|argument| argument == "--empty") {
        return empty();
    }
    head();
    let folder = tempfile::tempdir()?;
    demo::create(folder.path(), MOMENT).expect("a master");
    start(&folder.path().display().to_string());
    moves(&folder.path().display().to_string());
    Ok(())
}

/// The least that a ratatui program can do.
fn empty() -> std::io::Result<()> {
    let mut terminal = ratatui::init();
    terminal.draw(|frame| frame.render_widget(Paragraph::new("empty"), frame.area()))?;
    crossterm::event::read()?;
    ratatui::restore();
    Ok(())
}

fn start(root: &str) {
    let this = std::env::current_exe().expect("a path");
    let kubepki = Path::new(env!("CARGO_BIN_EXE_kubepki"));
    let [bare, panes, filled] = interleaved(
        ROUNDS,
        &mut [
            &mut || Terminal::start(&this, &["--empty"], 120, 36).until("empty"),
            &mut || Terminal::start(kubepki, &["--root", root], 120, 36).until("Authorities"),
            &mut || Terminal::start(kubepki, &["--root", root], 120, 36).until("apiserver"),
        ],
    );
    ratio("header and panes drawn / empty program", panes, bare, 2.0);
    ratio("panes filled / empty program", filled, bare, 5.0);
}

fn moves(root: &str) {
    let kubepki = Path::new(env!("CARGO_BIN_EXE_kubepki"));
    let mut terminal = Terminal::start(kubepki, &["--root", root], 80, 24);
    terminal.until("apiserver");
    terminal.silence();
    let mut bytes: Vec<u64> = (0..MOVES).map(|_| terminal.press("j")).collect();
    limit("a cursor move at 80x24", median(&mut bytes), 250, "bytes");
    let mut idle = terminal.silence();
    idle += terminal.silence();
    limit("idle", idle, 1, "bytes");
}
