//! Writes frames with as few bytes as it can: over a slow line every one counts, and with
//! `NO_COLOR` not a single colour code may be sent (crossterm's own backend resets colours after
//! every frame).

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

/// A terminal that understands ECMA-48, as all do.
#[derive(Debug)]
pub(super) struct Ansi<W: Write> {
    out: W,
    /// Where the terminal's cursor stands, where that is known.
    at: Option<Position>,
    cursor_shown: bool,
    style: (Color, Color, Modifier),
}

const PLAIN: (Color, Color, Modifier) = (Color::Reset, Color::Reset, Modifier::empty());

impl<W: Write> Ansi<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            at: None,
            cursor_shown: false,
            style: PLAIN,
        }
    }

    pub(super) fn out(&mut self) -> &mut W {
        &mut self.out
    }

    /// Nothing is known of the terminal any more: somebody else wrote to it.
    pub(super) fn forget(&mut self) {
        self.at = None;
        self.cursor_shown = false;
        self.style = PLAIN;
    }

    fn move_to(&mut self, to: Position) -> io::Result<()> {
        match self.at {
            Some(at) if at == to => {}
            Some(at) if at.y == to.y && to.x > at.x => write!(self.out, "\x1b[{}C", to.x - at.x)?,
            Some(at) if to.x == 0 && to.y == at.y + 1 => self.out.write_all(b"\r\n")?,
            _ if to.x == 0 => write!(self.out, "\x1b[{}H", to.y + 1)?,
            _ => write!(self.out, "\x1b[{};{}H", to.y + 1, to.x + 1)?,
        }
        self.at = Some(to);
        Ok(())
    }

    fn set_style(&mut self, style: (Color, Color, Modifier)) -> io::Result<()> {
        if style == self.style {
            return Ok(());
        }
        let mut codes: Vec<String> = Vec::new();
        let (mut fg, mut bg, was) = self.style;
        if !(was - style.2).is_empty()
            || (style.0 == Color::Reset && style.1 == Color::Reset && style.2.is_empty())
        {
            // "0" takes everything back, colours too, and is no colour code itself.
            codes.push("0".to_owned());
            (fg, bg) = (Color::Reset, Color::Reset);
            codes.extend(modifiers(style.2).map(str::to_owned));
        } else {
            codes.extend(modifiers(style.2 - was).map(str::to_owned));
        }
        if style.0 != fg {
            codes.push(color(style.0, 30));
        }
        if style.1 != bg {
            codes.push(color(style.1, 40));
        }
        self.style = style;
        write!(self.out, "\x1b[{}m", codes.join(";"))
    }
}

fn modifiers(set: Modifier) -> impl Iterator<Item = &'static str> {
    const CODES: [(Modifier, &str); 6] = [
        (Modifier::BOLD, "1"),
        (Modifier::DIM, "2"),
        (Modifier::ITALIC, "3"),
        (Modifier::UNDERLINED, "4"),
        (Modifier::REVERSED, "7"),
        (Modifier::CROSSED_OUT, "9"),
    ];
    CODES
        .into_iter()
        .filter(move |(modifier, _)| set.contains(*modifier))
        .map(|(_, code)| code)
}

/// The SGR code of a colour; `base` is 30 for the text and 40 for the background.
fn color(color: Color, base: u8) -> String {
    let basic = |number: u8| (base + number).to_string();
    let bright = |number: u8| (base + 60 + number).to_string();
    match color {
        Color::Reset => basic(9),
        Color::Black => basic(0),
        Color::Red => basic(1),
        Color::Green => basic(2),
        Color::Yellow => basic(3),
        Color::Blue => basic(4),
        Color::Magenta => basic(5),
        Color::Cyan => basic(6),
        Color::Gray => basic(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(index) => format!("{};5;{index}", base + 8),
        Color::Rgb(red, green, blue) => format!("{};2;{red};{green};{blue}", base + 8),
    }
}

impl<W: Write> Backend for Ansi<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        for (x, y, cell) in content {
            if self.cursor_shown {
                // Not to be seen wandering over the screen.
                self.hide_cursor()?;
            }
            self.move_to(Position { x, y })?;
            self.set_style((cell.fg, cell.bg, cell.modifier))?;
            let symbol = cell.symbol();
            self.out.write_all(symbol.as_bytes())?;
            // How far a wide character moves the cursor is the terminal's opinion.
            self.at = symbol
                .is_ascii()
                .then_some(Position { x: x + 1, y })
                .or_else(|| known_narrow(symbol, x, y));
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.cursor_shown) {
            self.out.write_all(b"\x1b[?25l")?;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.cursor_shown, true) {
            self.out.write_all(b"\x1b[?25h")?;
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.at.unwrap_or_default())
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.move_to(position.into())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.set_style(PLAIN)?;
        self.at = Some(Position::ORIGIN);
        self.out.write_all(b"\x1b[H\x1b[2J")
    }

    fn clear_region(&mut self, _: ClearType) -> io::Result<()> {
        self.clear()
    }

    fn size(&self) -> io::Result<Size> {
        let (width, height) = crossterm::terminal::size()?;
        Ok(Size { width, height })
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size()?,
            pixels: Size::default(),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Frame and sign characters that every terminal draws in one cell.
fn known_narrow(symbol: &str, x: u16, y: u16) -> Option<Position> {
    let mut characters = symbol.chars();
    let first = characters.next()?;
    let narrow = matches!(first, '\u{2500}'..='\u{257f}') && characters.next().is_none();
    narrow.then_some(Position { x: x + 1, y })
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::style::{Style, Stylize as _};
    use ratatui::text::{Line, Span};
    use ratatui::{TerminalOptions, Viewport, layout::Rect};

    use super::*;

    fn frame(terminal: &mut Terminal<Ansi<Vec<u8>>>, line: &Line<'_>) -> String {
        terminal
            .draw(|frame| frame.render_widget(line, frame.area()))
            .unwrap();
        String::from_utf8(std::mem::take(terminal.backend_mut().out())).unwrap()
    }

    #[test]
    fn frames_are_short_and_equal_frames_are_nothing() {
        let viewport = Viewport::Fixed(Rect::new(0, 0, 30, 2));
        let mut terminal =
            Terminal::with_options(Ansi::new(Vec::new()), TerminalOptions { viewport }).unwrap();
        let line = Line::from(vec![
            Span::raw(" "),
            "name".bold(),
            Span::raw(" "),
            "red".red(),
            Span::raw(" x"),
        ]);
        assert_eq!(
            frame(&mut terminal, &line),
            "\x1b[1;2H\x1b[1mname\x1b[1C\x1b[0;31mred\x1b[1C\x1b[0mx"
        );
        assert_eq!(frame(&mut terminal, &line), "");
        let plain = Line::from(" name red x");
        assert_eq!(frame(&mut terminal, &plain), "\x1b[1;2Hname\x1b[1Cred");
    }

    #[test]
    fn no_color_code_without_a_color() {
        let viewport = Viewport::Fixed(Rect::new(0, 0, 30, 2));
        let mut terminal =
            Terminal::with_options(Ansi::new(Vec::new()), TerminalOptions { viewport }).unwrap();
        let line = Line::from(vec![Span::styled("a", Style::new().bold()), Span::raw("b")]);
        assert_eq!(
            frame(&mut terminal, &line),
            "\x1b[H\x1b[1ma\x1b[0mb".replace("\x1b[H", "\x1b[1H")
        );
    }
}
