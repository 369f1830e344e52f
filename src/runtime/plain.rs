//! `--plain`: the screen as linear text for screen readers and dumb terminals. Nothing is repainted: what has changed
//! is written below what stood there.

use std::io::{self, Write};

use crate::app::App;
use crate::ui::told::Told;

/// What was told last.
#[derive(Default)]
pub(super) struct Plain {
    told: Told,
}

impl Plain {
    /// Tells the page where it has changed, else only the row under the cursor.
    pub(super) fn draw(&mut self, app: &App, out: &mut impl Write) -> io::Result<()> {
        let told = app.told();
        if told.page != self.told.page {
            for line in &told.page {
                write!(out, "{line}\r\n")?;
            }
        }
        if told.line != self.told.line && !told.line.is_empty() {
            write!(out, "{}\r\n", told.line)?;
        }
        self.told = told;
        out.flush()
    }
}
