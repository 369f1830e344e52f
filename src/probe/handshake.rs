//! One handshake, byte for byte under the caller's patience.

use std::io::{ErrorKind, Read as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustls::{AlertDescription, ClientConnection, ProtocolVersion};

use super::Deadline;
use super::witness::Witness;
use crate::running::Silence;

/// As many bytes are read from one server; the longest chain that rustls takes has 64 KiB.
pub(super) const MOST: usize = 256 * 1024;
/// As many of its first bytes are kept, to tell what it speaks.
const HEAD: usize = 8;
/// How long a server may take to refuse a client in TLS 1.3, where it does so after the handshake.
const REFUSAL: Duration = Duration::from_secs(2);

/// How it ended.
#[derive(Debug)]
pub(super) enum HandshakeEnd {
    /// Both are through with it, and the server took a client without certificate.
    Done,
    /// The server closed the connection.
    Closed,
    /// The server, or something on the way, cut the connection off.
    Reset,
    /// It sent this alert.
    Alert(AlertDescription),
    /// What it sent was not understood or not accepted.
    Fault(rustls::Error),
    /// It sent more than [`MOST`] bytes.
    TooMuch,
    /// There was no more patience.
    Impatient(Silence),
}

/// A connection on which a handshake is made.
pub(super) struct Handshake<'a> {
    stream: TcpStream,
    connection: ClientConnection,
    deadline: Deadline<'a>,
    head: Vec<u8>,
    received: usize,
}

impl<'a> Handshake<'a> {
    pub(super) fn new(
        stream: TcpStream,
        connection: ClientConnection,
        deadline: Deadline<'a>,
    ) -> Self {
        Self {
            stream,
            connection,
            deadline,
            head: Vec::new(),
            received: 0,
        }
    }

    /// The first bytes that came.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// The version that was agreed on.
    pub(super) fn version(&self) -> Option<ProtocolVersion> {
        self.connection.protocol_version()
    }

    /// Makes it, and takes leave.
    pub(super) fn run(&mut self, witness: &Witness) -> HandshakeEnd {
        let end = self.talk(witness).err().unwrap_or(HandshakeEnd::Done);
        // Whatever is left to say is the alert or the farewell: it is said, and not waited for.
        let _ = self.flush();
        end
    }

    fn talk(&mut self, witness: &Witness) -> Result<(), HandshakeEnd> {
        while self.connection.is_handshaking() {
            self.flush()?;
            self.receive()?;
        }
        // In one segment with the last of the handshake. A server answers it by closing, unless it
        // refuses first.
        self.connection.send_close_notify();
        self.flush()?;
        if !witness.asks_client() || self.version() != Some(ProtocolVersion::TLSv1_3) {
            return Ok(());
        }
        self.deadline.end = self.deadline.end.min(Instant::now() + REFUSAL);
        while !self.is_welcome() {
            match self.receive() {
                Ok(()) => {}
                Err(HandshakeEnd::Closed | HandshakeEnd::Impatient(Silence::TimedOut(_))) => break,
                Err(end) => return Err(end),
            }
        }
        Ok(())
    }

    /// Whether the server goes on after a handshake without client certificate: it gives a ticket,
    /// sends data, or takes leave in its turn.
    fn is_welcome(&mut self) -> bool {
        let state = self.connection.process_new_packets();
        self.connection.tls13_tickets_received() > 0
            || state
                .is_ok_and(|state| state.peer_has_closed() || state.plaintext_bytes_to_read() > 0)
    }

    /// Sends what there is to send.
    fn flush(&mut self) -> Result<(), HandshakeEnd> {
        while self.connection.wants_write() {
            let slice = self.deadline.slice().map_err(HandshakeEnd::Impatient)?;
            self.stream
                .set_write_timeout(Some(slice))
                .map_err(|_| HandshakeEnd::Reset)?;
            match self.connection.write_tls(&mut self.stream) {
                Ok(_) => {}
                Err(error) if is_passing(error.kind()) => {}
                // What the server said before it went is still to be read.
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Waits for some bytes and takes them.
    fn receive(&mut self) -> Result<(), HandshakeEnd> {
        let mut buffer = [0; 16 * 1024];
        let count = loop {
            let slice = self.deadline.slice().map_err(HandshakeEnd::Impatient)?;
            self.stream
                .set_read_timeout(Some(slice))
                .map_err(|_| HandshakeEnd::Reset)?;
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(HandshakeEnd::Closed),
                Ok(count) => break count,
                Err(error) if is_passing(error.kind()) => {}
                Err(_) => return Err(HandshakeEnd::Reset),
            }
        };
        let bytes = &buffer[..count];
        self.head.extend(bytes.iter().take(HEAD - self.head.len()));
        self.received += count;
        if self.received > MOST {
            return Err(HandshakeEnd::TooMuch);
        }
        self.take(bytes)
    }

    fn take(&mut self, mut bytes: &[u8]) -> Result<(), HandshakeEnd> {
        while !bytes.is_empty() {
            // Reading from memory, it refuses only what is beyond its own bounds.
            let taken = self
                .connection
                .read_tls(&mut bytes)
                .map_err(|_| HandshakeEnd::TooMuch)?;
            self.connection
                .process_new_packets()
                .map_err(|error| match error {
                    rustls::Error::AlertReceived(alert) => HandshakeEnd::Alert(alert),
                    error => HandshakeEnd::Fault(error),
                })?;
            if taken == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a wait only has to be begun again.
fn is_passing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
