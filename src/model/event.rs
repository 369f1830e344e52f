//! What the runtime tells the application.

use std::sync::Arc;

use time::OffsetDateTime;

use super::order::Order;
use super::{JobId, Key, Problem};
use crate::inventory::Inventory;
use crate::progress::Progress;

/// One thing that happened. Time comes in only here, so that tests set the date.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A key.
    Key(Key),
    /// Pasted text: never a command.
    Paste(String),
    /// The mouse.
    Mouse(Mouse),
    /// The terminal has this size now, in cells.
    Resize {
        /// Columns.
        columns: u16,
        /// Rows.
        rows: u16,
    },
    /// How far a job is.
    Progress {
        /// Which job.
        id: JobId,
        /// How far.
        progress: Progress,
    },
    /// The answer to [`super::Job::Read`].
    Read {
        /// Which job.
        id: JobId,
        /// When it was read.
        at: OffsetDateTime,
        /// What was read, or why nothing could be.
        reading: Result<Reading, Problem>,
    },
    /// Files of the PKI have changed on the disk.
    FilesChanged,
    /// The moment that was asked for has come.
    Moment(OffsetDateTime),
    /// Something to tell the user.
    Notice(Problem),
}

/// A master as it was read, with what can be prepared aside from the key loop.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// What is there.
    pub inventory: Arc<Inventory>,
    /// Its items in order.
    pub order: Arc<Order>,
}

impl Reading {
    /// Prepares `inventory` for the screens.
    pub fn new(inventory: Inventory) -> Self {
        let order = Order::of(&inventory);
        Self { inventory: Arc::new(inventory), order: Arc::new(order) }
    }
}

/// What the mouse did, and where (cells from the top left, counted from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub kind: MouseKind,
    /// The column.
    pub column: u16,
    /// The row.
    pub row: u16,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Click,
    /// The wheel went up one notch.
    WheelUp,
    /// The wheel went down one notch.
    WheelDown,
}
