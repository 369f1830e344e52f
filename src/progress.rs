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

impl Progress {
    /// The same, with what it is about: "etcd: restarting it".
    #[must_use]
    pub fn about(self, name: &str) -> Self {
        Self {
            what: format!("{name}: {}", self.what),
            ..self
        }
    }

    /// As "reading /etc/kubernetes: 120 of 4000".
    pub fn words(&self) -> String {
        match (self.done, self.total) {
            (0, 0) => self.what.clone(),
            (done, 0) => format!("{}: {done}", self.what),
            (done, total) => format!("{}: {done} of {total}", self.what),
        }
    }
}

/// Reports nothing and never stops.
pub fn silent(_: Progress) -> bool {
    true
}
