//! The one thing that every layer may use: a report that can answer "stop".

/// Called now and then by long work with how far it is; `false` means: stop.
pub type Report<'a> = &'a (dyn Fn(Progress) -> bool + Sync);

/// How far a piece of work is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, as "reading /etc/kubernetes".
    pub what: String,
    /// Steps done.
    pub done: u64,
    /// Steps in all; 0 where that is not known.
    pub total: u64,
}

/// Reports nothing and never stops.
pub fn silent(_: Progress) -> bool {
    true
}
