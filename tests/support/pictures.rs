//! Frames of the program as SVG, for `screenshots/` and for the test that they are not stale.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

const CELL_WIDTH: f32 = 8.4;
const CELL_HEIGHT: f32 = 18.0;
const MARGIN: f32 = 10.0;

/// The colours of a terminal: what it shows where the program sets none, and its sixteen.
pub struct Palette {
    /// The terminal's background.
    pub background: &'static str,
    /// The terminal's text.
    pub foreground: &'static str,
    /// Black to white, then their bright forms.
    pub sixteen: [&'static str; 16],
}

/// A dark terminal.
pub const DARK: Palette = Palette {
    background: "#101218",
    foreground: "#d6d9e0",
    sixteen: [
        "#1c1f26", "#f07178", "#90c97a", "#e5c07b", "#6cb6ff", "#c792ea", "#6fc3c3", "#c8ccd4", "#6b7280", "#ff8b92",
        "#a6dd92", "#f0cf8f", "#8cc8ff", "#d9aef5", "#8ad8d8", "#ffffff",
    ],
};

/// A light terminal.
pub const LIGHT: Palette = Palette {
    background: "#fbfbf8",
    foreground: "#23272e",
    sixteen: [
        "#23272e", "#b3261e", "#2f7d32", "#8a5a00", "#0b5cad", "#7b3fa0", "#0f7075", "#e6e6e6", "#7a808a", "#c93a32",
        "#3f8f42", "#a06c0a", "#1a6fc4", "#9055b5", "#1f858a", "#ffffff",
    ],
};

/// One frame as SVG.
pub fn svg(buffer: &Buffer, palette: &Palette) -> String {
    let (columns, rows) = (buffer.area.width, buffer.area.height);
    let width = f32::from(columns) * CELL_WIDTH + 2.0 * MARGIN;
    let height = f32::from(rows) * CELL_HEIGHT + 2.0 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"DejaVu Sans Mono, monospace\" font-size=\"14\" xml:space=\"preserve\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{}\"/>\n",
        palette.background
    );
    for row in 0..rows {
        draw_row(&mut out, buffer, row, palette);
    }
    out.push_str("</svg>\n");
    out
}

fn draw_row(out: &mut String, buffer: &Buffer, row: u16, palette: &Palette) {
    let mut column = 0;
    while column < buffer.area.width {
        let style = Style::of(&buffer[(column, row)], palette);
        let start = column;
        while column < buffer.area.width && Style::of(&buffer[(column, row)], palette) == style {
            column += 1;
        }
        style.draw(out, buffer, row, start..column);
    }
}

#[derive(PartialEq)]
struct Style {
    foreground: String,
    background: Option<String>,
    bold: bool,
    underlined: bool,
}

impl Style {
    fn of(cell: &Cell, palette: &Palette) -> Self {
        let mut foreground = color(cell.fg, palette).unwrap_or_else(|| palette.foreground.to_owned());
        let mut background = color(cell.bg, palette);
        if cell.modifier.contains(Modifier::REVERSED) {
            let behind = background.unwrap_or_else(|| palette.background.to_owned());
            background = Some(std::mem::replace(&mut foreground, behind));
        }
        if cell.modifier.contains(Modifier::DIM) {
            palette.sixteen[8].clone_into(&mut foreground);
        }
        Self {
            foreground,
            background,
            bold: cell.modifier.contains(Modifier::BOLD),
            underlined: cell.modifier.contains(Modifier::UNDERLINED),
        }
    }

    fn draw(&self, out: &mut String, buffer: &Buffer, row: u16, columns: std::ops::Range<u16>) {
        let left = |column: u16| MARGIN + f32::from(column) * CELL_WIDTH;
        let top = MARGIN + f32::from(row) * CELL_HEIGHT;
        if let Some(background) = &self.background {
            let width = f32::from(columns.end - columns.start) * CELL_WIDTH;
            let _ = writeln!(
                out,
                "<rect x=\"{:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{CELL_HEIGHT}\" fill=\"{background}\"/>",
                left(columns.start)
            );
        }
        let cells: Vec<(u16, &str)> = columns
            .map(|column| (column, buffer[(column, row)].symbol()))
            .filter(|(_, symbol)| !symbol.trim().is_empty())
            .collect();
        if cells.is_empty() {
            return;
        }
        let places: Vec<String> = cells.iter().map(|(column, _)| format!("{:.1}", left(*column))).collect();
        let text: String = cells.iter().map(|(_, symbol)| escape(symbol)).collect();
        let weight = if self.bold { " font-weight=\"bold\"" } else { "" };
        let line = if self.underlined { " text-decoration=\"underline\"" } else { "" };
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{:.1}\" fill=\"{}\"{weight}{line}>{text}</text>",
            places.join(" "),
            top + 13.5,
            self.foreground
        );
    }
}

fn escape(symbol: &str) -> String {
    symbol.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn color(color: Color, palette: &Palette) -> Option<String> {
    let index = match color {
        Color::Reset => return None,
        Color::Rgb(red, green, blue) => return Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Indexed(index) if index >= 16 => return Some(indexed(index)),
        Color::Indexed(index) => usize::from(index),
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    Some(palette.sixteen[index].to_owned())
}

/// xterm's 256 colours from 16 on: a cube of 6x6x6, then 24 greys.
fn indexed(index: u8) -> String {
    if index >= 232 {
        let grey = 8 + (index - 232) * 10;
        return format!("#{grey:02x}{grey:02x}{grey:02x}");
    }
    let level = |digit: u8| if digit == 0 { 0 } else { 55 + digit * 40 };
    let cube = index - 16;
    format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
}
