//! The terminal: taken over at the start, given back at the end, whatever the end is.

use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::bail;
use base64::Engine as _;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::backend::Ansi;
use super::plain::Teller;
use crate::app::App;

/// Alternate screen, clicks and wheel (not every motion: that would wake us all the time),
/// bracketed paste.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[?25l";
const LEAVE: &[u8] = b"\x1b[0m\x1b[?25h\x1b[?2004l\x1b[?1006l\x1b[?1000l\x1b[?1049l";

/// Bracketed paste alone, where nothing is drawn: without it a paste would be keys.
const ENTER_PLAIN: &[u8] = b"\x1b[?2004h";
const LEAVE_PLAIN: &[u8] = b"\x1b[?2004l";

/// Whether the terminal is ours at the moment, whether it is drawn on, and whether it would print the
/// codes that it is sent.
static TAKEN: AtomicBool = AtomicBool::new(false);
static DRAWN_ON: AtomicBool = AtomicBool::new(false);
static DUMB: AtomicBool = AtomicBool::new(false);

/// What is sent to take the terminal over, and to give it back.
fn codes() -> (&'static [u8], &'static [u8]) {
    let is = |flag: &AtomicBool| flag.load(Ordering::SeqCst);
    match (is(&DRAWN_ON), is(&DUMB)) {
        (true, _) => (ENTER, LEAVE),
        (false, false) => (ENTER_PLAIN, LEAVE_PLAIN),
        (false, true) => (b"", b""),
    }
}

/// Draws the application.
pub(super) struct Screen {
    terminal: Terminal<Ansi<BufWriter<Stdout>>>,
    teller: Option<Teller>,
    is_unknown: bool,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn open(plain: bool) -> anyhow::Result<Self> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            bail!("standard input and output must be a terminal; `kubepki list` works without one");
        }
        DRAWN_ON.store(!plain, Ordering::SeqCst);
        let term = std::env::var_os("TERM").unwrap_or_default();
        DUMB.store(term.is_empty() || term == "dumb", Ordering::SeqCst);
        restore_on_panic();
        take()?;
        let backend = Ansi::new(BufWriter::with_capacity(1 << 16, io::stdout()));
        let terminal = Terminal::with_options(
            backend,
            TerminalOptions {
                viewport: Viewport::Fullscreen,
            },
        )?;
        Ok(Self {
            terminal,
            teller: plain.then(Teller::default),
            is_unknown: false,
        })
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        self.terminal
            .size()
            .map_or((80, 24), |size| (size.width, size.height))
    }

    /// Draws what has changed.
    pub(super) fn draw(&mut self, app: &App) -> io::Result<()> {
        if let Some(teller) = &mut self.teller {
            let text = teller.tell(&app.spoken(), &app.told_keys());
            let out = self.terminal.backend_mut().out();
            out.write_all(text.as_bytes())?;
            return out.flush();
        }
        if std::mem::take(&mut self.is_unknown) {
            self.terminal.autoresize()?;
            self.terminal.backend_mut().forget();
            self.terminal.clear()?;
        }
        self.terminal.draw(|frame| app.render(frame)).map(drop)
    }

    /// What the terminal shows is not known any more: one that shrank and grew again has lost what
    /// it showed.
    pub(super) fn forget(&mut self) {
        self.is_unknown = true;
    }

    /// Puts text into the clipboard of whoever sits before the terminal (OSC 52).
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        let out = self.terminal.backend_mut().out();
        write!(out, "\x1b]52;c;{encoded}\x07")?;
        out.flush()
    }

    /// Stops the program as Ctrl-Z does everywhere; returns when the shell continues it.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        self.terminal.backend_mut().out().flush()?;
        give_back();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        take()?;
        self.forget();
        self.teller = self.teller.take().map(|_| Teller::default());
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.terminal.backend_mut().out().flush();
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    out.write_all(codes().0)?;
    out.flush()
}

/// Gives the terminal back, once. It may be gone by now: nothing can be done about that.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        let mut out = io::stdout();
        let _ = out.write_all(codes().1);
        let _ = out.flush();
        let _ = disable_raw_mode();
    }
}

/// A panic of the main thread gives the terminal back before it is reported. One of a worker is
/// caught there and becomes a message: it may neither touch the terminal nor print over the screen.
fn restore_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let main = std::thread::current().id();
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().id() == main {
                give_back();
                report(info);
            } else if !TAKEN.load(Ordering::SeqCst) {
                report(info);
            }
        }));
    });
}
