//! What is served: the ports of a master, what was seen there, and how that stands to what is on
//! the disk and to what the other side trusts.

mod callers;
mod comparison;
mod dates;
mod known;
mod loading;
mod port;
mod ports;
mod signer;
mod stale;
mod status;
mod statuses;
mod verdict;
mod views;

use std::sync::Arc;

use time::OffsetDateTime;

pub use loading::obstacle;
pub use port::{Caller, Port, Trust};
pub use ports::ports;
pub use signer::of_another_server;
pub use status::{ComponentStatus, Remedy, SeenOnPort, StaleFile, Trusted, serves_disk};
pub use statuses::statuses;
pub use views::{ServerVerdict, View, kubeconfig_views};

use crate::inventory::process::Process;
use crate::kubernetes::component::Component;
use crate::pki::Certificate;

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ProbeTarget {
    /// Every port of the master.
    All,
    /// The ports of one component.
    Component(Component),
    /// A server as a kubeconfig names it: a URL, or HOST:PORT.
    Server(Arc<str>),
}

/// What was seen of a running master.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// What ports answered, each of its `of` once.
    pub answers: Vec<PortAnswer>,
    /// The components that ran then; `None`: nobody could look.
    pub processes: Option<Vec<Process>>,
}

/// What one port answered.
#[derive(Debug, Clone, PartialEq)]
pub struct PortAnswer {
    /// The port's name in the table of ports, or the server as it was asked for.
    pub of: Arc<str>,
    /// What was dialled, as "127.0.0.1:6443".
    pub address: String,
    /// When.
    pub at: OffsetDateTime,
    /// What came.
    pub result: Result<Served, Silence>,
}

/// What a TLS server presents.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// The certificates in the order in which they came, the server's own first. Not empty.
    pub chain: Vec<Certificate>,
    /// As "TLS 1.3"; empty where the handshake did not come so far.
    pub version: &'static str,
    /// Whether it demands a client certificate.
    pub demands_client: bool,
    /// What else went wrong in the handshake, a sentence.
    pub fault: Option<String>,
}

impl Served {
    /// The server's own certificate.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.chain.first()
    }
}

/// Why no certificate was seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// Nobody listens there.
    #[error("nobody listens there")]
    Refused,
    /// No answer in time.
    #[error("no answer in {0} s")]
    TimedOut(u64),
    /// The address cannot be reached, for this reason.
    #[error("cannot be reached: {0}")]
    Unreachable(String),
    /// The host's name is not known.
    #[error("the name {0} is not known here")]
    NoSuchHost(String),
    /// It speaks something else; plain HTTP where that could be seen.
    #[error("{}", if *.http { "it speaks plain HTTP" } else { "it does not speak TLS" })]
    NotTls {
        /// Whether it was HTTP.
        http: bool,
    },
    /// It knows only versions of TLS before 1.2.
    #[error("it speaks only TLS older than 1.2")]
    TooOld,
    /// The handshake ended before a certificate was shown.
    #[error("the handshake ended: {0}")]
    Ended(String),
    /// It was not looked at any more.
    #[error("stopped")]
    Stopped,
}

impl Observation {
    /// Takes what is newer.
    pub fn take(&mut self, newer: Self) {
        for answer in newer.answers {
            self.answers.retain(|old| old.of != answer.of);
            self.answers.push(answer);
        }
        if newer.processes.is_some() {
            self.processes = newer.processes;
        }
    }

    /// What this port, or this server, answered.
    pub fn answer(&self, of: &str) -> Option<&PortAnswer> {
        self.answers.iter().find(|answer| *answer.of == *of)
    }
}
