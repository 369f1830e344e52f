//! The rows of the list, in columns as wide as there is room.

use ratatui::text::Line;

use super::super::super::rows::{self, Cell};
use super::super::super::{served, text, words};
use crate::model::theme::Tone;
use crate::model::world::World;
use crate::pki::Certificate;
use crate::running::{ComponentStatus, SeenOnPort};

/// Cells of the columns; 0: not shown.
struct ServedColumns {
    name: usize,
    disk: usize,
    served: usize,
    trusted: usize,
    /// Characters of a serial number.
    serial: usize,
}

const PORT: usize = 6;

const REMEDY: usize = 9;

impl ServedColumns {
    fn of(width: usize) -> Self {
        // Gutter, gaps, remedy, and a cell at the right.
        let fixed = 1 + 1 + REMEDY + 1;
        match width {
            0..60 => Self {
                name: width.saturating_sub(fixed + 1 + 6),
                disk: 0,
                served: 6,
                trusted: 0,
                serial: 0,
            },
            60..100 => {
                let (disk, served, trusted) = (12, 12, 7);
                let name = width.saturating_sub(fixed + PORT + 2 + disk + 2 + served + 2 + trusted);
                Self {
                    name,
                    disk,
                    served,
                    trusted,
                    serial: 5,
                }
            }
            _ => {
                // Where there is room "not yet valid" stands there whole.
                let certificate = if width < 110 { 21 } else { 23 };
                let trusted = width - (fixed + 25 + PORT + 2 + certificate + 2 + certificate + 2);
                Self {
                    name: 25,
                    disk: certificate,
                    served: certificate,
                    trusted,
                    serial: 9,
                }
            }
        }
    }

    fn has_port(&self) -> bool {
        self.disk > 0
    }
}

pub(super) fn headings(world: &World, width: usize) -> Line<'static> {
    let columns = ServedColumns::of(width);
    let dim = world.style(Tone::Dim);
    let mut cells = vec![Cell::left("component", columns.name, dim)];
    if columns.has_port() {
        cells.push(Cell::right("port", PORT, dim));
        cells.push(Cell::left("  on disk", columns.disk + 2, dim));
        cells.push(Cell::left("  served", columns.served + 2, dim));
        cells.push(Cell::left("  trusted", columns.trusted + 2, dim));
    } else {
        cells.push(Cell::left(" served", columns.served + 1, dim));
    }
    cells.push(Cell::left("   to do", REMEDY + 1, dim));
    rows::line(world, false, cells)
}

pub(super) fn row(
    world: &World,
    status: &ComponentStatus,
    width: usize,
    selected: bool,
) -> Line<'static> {
    let columns = ServedColumns::of(width);
    let plain = world.style(Tone::Text);
    let name = text::show(&status.name);
    let mut cells = vec![Cell::left(
        name,
        columns.name,
        words::name_style(world, selected, false),
    )];
    let gap = |cells| Cell::left("", cells, plain);
    if columns.has_port() {
        let port = status.port.map(|port| port.to_string()).unwrap_or_default();
        cells.push(Cell::right(port, PORT, world.style(Tone::Dim)));
        cells.push(gap(2));
        let on_disk = served::on_disk(world, status);
        match on_disk {
            Some(certificate) => cells.extend(certificate_cells(
                world,
                certificate,
                &columns,
                columns.disk,
            )),
            None => cells.push(Cell::left(
                nothing_on_disk(status),
                columns.disk,
                world.style(Tone::Dim),
            )),
        }
        cells.push(gap(2));
    } else {
        cells.push(gap(1));
    }
    cells.extend(served_cells(world, status, &columns));
    if columns.trusted > 0 {
        let (words, tone) = served::trusted(world, status, columns.trusted > 10);
        cells.push(gap(2));
        cells.push(Cell::left(words, columns.trusted, world.style(tone)));
    }
    cells.push(gap(1));
    let remedy = served::remedy(world, status);
    let style = world.style(remedy.tone);
    cells.extend([
        Cell::left(remedy.sign, 2, style),
        Cell::left(remedy.text, REMEDY - 2, style),
    ]);
    rows::line(world, selected, cells)
}

fn nothing_on_disk(status: &ComponentStatus) -> &'static str {
    if status.port.is_some() { "its own" } else { "" }
}

/// A certificate: its serial number in short, and what is left of it.
fn certificate_cells(
    world: &World,
    certificate: &Certificate,
    columns: &ServedColumns,
    cells: usize,
) -> Vec<Cell> {
    let (short, tone) = served::left(world, certificate);
    let (long, _) = served::life(world, certificate);
    let number = if columns.serial == 0 {
        0
    } else {
        columns.serial + 1
    };
    let serial = served::serial(certificate);
    // Where room is short its end alone, in which certificates of one issuer always differ.
    let beginning = serial.chars().count().saturating_sub(columns.serial);
    let serial: String = serial.chars().skip(beginning).collect();
    let words = if text::width(&long) <= cells - number {
        long
    } else {
        short
    };
    vec![
        Cell::left(serial, number, world.style(Tone::Dim)),
        Cell::left(words, cells - number, world.style(tone)),
    ]
}

fn served_cells(world: &World, status: &ComponentStatus, columns: &ServedColumns) -> Vec<Cell> {
    let only = |words: &str, tone| vec![Cell::left(words, columns.served, world.style(tone))];
    match &status.served {
        SeenOnPort::Served { certificate, .. } => {
            certificate_cells(world, certificate, columns, columns.served)
        }
        SeenOnPort::Silent(silence) => only(served::silence(world, status, silence), Tone::Warn),
        SeenOnPort::NotAsked if status.port.is_none() => only("", Tone::Dim),
        SeenOnPort::NotAsked if columns.served < 9 => only("?", Tone::Dim),
        SeenOnPort::NotAsked => only("not asked", Tone::Dim),
    }
}
