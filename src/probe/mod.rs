//! What a TLS server presents, whatever its faults: a handshake in which every certificate is taken
//! and written down.
//!
//! Nothing is judged here but whether the server has the key of what it shows;
//! [`crate::pki::trust`] judges the rest. Versions before TLS 1.2, and cipher suites without
//! forward secrecy or without AEAD, are not spoken.

mod dial;
mod handshake;
mod verdict;
mod witness;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConnection;
use rustls::pki_types::{IpAddr, ServerName};

use crate::running::{Served, Silence};

/// How long one wait lasts at most before the deadline and the caller's wish are looked at again.
const SLICE: Duration = Duration::from_millis(100);

/// A server to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// A DNS name or an IP address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The name to ask for (SNI); `None`: the host where it is a DNS name, else none.
    pub server_name: Option<String>,
}

/// How long to wait, and for whom.
#[derive(Clone, Copy)]
struct Deadline<'a> {
    began: Instant,
    end: Instant,
    is_wanted: &'a (dyn Fn() -> bool + Sync),
}

impl Deadline<'_> {
    /// The time of the next wait, never none.
    ///
    /// # Errors
    /// [`Silence::Stopped`] where nobody wants the answer any more, [`Silence::TimedOut`] after the
    /// deadline.
    fn slice(&self) -> Result<Duration, Silence> {
        if !(self.is_wanted)() {
            return Err(Silence::Stopped);
        }
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(self.timed_out());
        }
        // The system takes a wait of under a microsecond for an endless one.
        Ok(left.clamp(Duration::from_millis(1), SLICE))
    }

    /// That the whole time went by.
    fn timed_out(&self) -> Silence {
        let whole = self.end.saturating_duration_since(self.began);
        Silence::TimedOut(
            whole
                .as_millis()
                .div_ceil(1000)
                .try_into()
                .unwrap_or(u64::MAX),
        )
    }
}

/// Asks one server. Nothing is sent but the handshake, and no client certificate is shown. Ends at
/// `deadline`, name look-up included, or soon after `is_wanted` says no.
///
/// # Errors
/// [`Silence`] where no certificate came that can be read.
pub fn probe(
    target: &Target,
    deadline: Instant,
    is_wanted: &(dyn Fn() -> bool + Sync),
) -> Result<Served, Silence> {
    let deadline = Deadline {
        began: Instant::now(),
        end: deadline,
        is_wanted,
    };
    let stream = dial::dial(target, deadline)?;
    let witness = Arc::new(witness::Witness::default());
    let config = witness::config(&witness).map_err(|error| Silence::Ended(error.to_string()))?;
    let connection = ClientConnection::new(Arc::new(config), server_name(target))
        .map_err(|error| Silence::Ended(error.to_string()))?;
    let mut handshake = handshake::Handshake::new(stream, connection, deadline);
    let end = handshake.run(&witness);
    verdict::verdict(&handshake, &witness, end)
}

/// What rustls asks for. For an IP address, and for what is no name in its eyes, it sends no SNI
/// (RFC 6066 §3).
fn server_name(target: &Target) -> ServerName<'static> {
    let name = target.server_name.as_ref().unwrap_or(&target.host);
    ServerName::try_from(name.clone()).unwrap_or(ServerName::IpAddress(IpAddr::from(
        std::net::Ipv4Addr::UNSPECIFIED,
    )))
}
