//! What the application asks the runtime to do.

use time::OffsetDateTime;

/// Numbers jobs in the order in which they were asked for, so that a late answer is known as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct JobId(pub u64);

/// Work in the background, as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Read the master again. The newest read wins: an older one is told to stop.
    Read,
}

/// What the runtime shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Start a job on a worker.
    Start {
        /// Its number.
        id: JobId,
        /// What to do.
        job: Job,
    },
    /// Put text into the terminal's clipboard (OSC 52).
    Copy(String),
    /// Send [`super::Event::Moment`] at this time, instead of at the one asked for before; `None`: never.
    Wake(Option<OffsetDateTime>),
    /// Stop as Ctrl-Z does; draw all when the shell continues the program.
    Suspend,
    /// End the program.
    Quit,
}
