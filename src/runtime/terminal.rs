//! The terminal: set up, drawn on, and given back as it was, whatever happens.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

use base64::Engine as _;
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::plain::Plain;
use super::quiet::Quiet;
use crate::app::App;

/// Whether the terminal is in our hands; a panic may come from anywhere.
static OPEN: AtomicBool = AtomicBool::new(false);

type Out = BufWriter<Stdout>;

/// The terminal in our hands.
pub(super) struct Screen {
    face: Face,
}

enum Face {
    Full(Terminal<Quiet<CrosstermBackend<Out>>>),
    Plain(Plain),
}

impl Screen {
    /// Takes the terminal.
    pub(super) fn open(plain: bool, color: bool) -> io::Result<Self> {
        crossterm::style::force_color_output(color);
        restore_on_panic(thread::current().id());
        let face = if plain {
            Face::Plain(Plain::default())
        } else {
            Face::Full(Terminal::new(Quiet::new(CrosstermBackend::new(BufWriter::with_capacity(1 << 14, io::stdout()))))?)
        };
        let screen = Self { face };
        screen.enter()?;
        Ok(screen)
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        crossterm::terminal::size().unwrap_or((80, 24))
    }

    /// Draws the application; a frame that is equal to the last sends no byte.
    pub(super) fn draw(&mut self, app: &App) -> io::Result<()> {
        match &mut self.face {
            Face::Full(terminal) => terminal.draw(|frame| app.render(frame)).map(|_| ()),
            Face::Plain(plain) => plain.draw(app, &mut io::stdout()),
        }
    }

    /// Puts `text` into the clipboard of the terminal, over SSH too (OSC 52).
    pub(super) fn copy(&mut self, text: &str) {
        let text = base64::engine::general_purpose::STANDARD.encode(text);
        let mut out = io::stdout();
        // A terminal that is gone ends the program at the next draw.
        let _ = write!(out, "\x1b]52;c;{text}\x07").and_then(|()| out.flush());
    }

    /// Gives the terminal back.
    pub(super) fn close(&mut self) {
        restore();
    }

    /// Takes the terminal again and draws all of it.
    pub(super) fn resume(&mut self) -> io::Result<()> {
        if !OPEN.load(Ordering::SeqCst) {
            self.enter()?;
        }
        match &mut self.face {
            Face::Full(terminal) => terminal.clear(),
            Face::Plain(_) => Ok(()),
        }
    }

    fn enter(&self) -> io::Result<()> {
        enable_raw_mode()?;
        OPEN.store(true, Ordering::SeqCst);
        match self.face {
            Face::Full(_) => {
                execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, EnableBracketedPaste, cursor::Hide)
            }
            Face::Plain(_) => Ok(()),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back, once.
fn restore() {
    if OPEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        // There is nobody left to tell where this fails.
        let _ = queue!(out, DisableBracketedPaste, DisableMouseCapture, LeaveAlternateScreen, cursor::Show)
            .and_then(|()| out.flush());
        let _ = disable_raw_mode();
    }
}

/// Only a panic of the loop's own thread ends the program: a worker's becomes a message and must not touch the
/// terminal, which is why ratatui's own hook is not used.
fn restore_on_panic(main: ThreadId) {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == main {
            restore();
            default(panic);
        }
    }));
}
