//! The way to a server: its addresses, and a connection to the first that answers.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::{Deadline, Target};
use crate::running::Silence;

/// A connection to the server.
///
/// # Errors
/// [`Silence`]: why there is none.
pub(super) fn dial(target: &Target, deadline: Deadline<'_>) -> Result<TcpStream, Silence> {
    let (host, port, end) = (target.host.clone(), target.port, deadline.end);
    let (answer, connected) = mpsc::channel();
    // A name look-up cannot be told to end: it gets a thread of its own, which is left behind if it
    // comes too late.
    let dialler = move || {
        let _ = answer.send(connect(&host, port, end));
    };
    std::thread::Builder::new()
        .name("dial".to_owned())
        .spawn(dialler)
        .map_err(|error| unreachable(&error))?;
    loop {
        match connected.recv_timeout(deadline.slice()?) {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(Silence::TimedOut(_))) => return Err(deadline.timed_out()),
            Ok(Err(silence)) => return Err(silence),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Silence::Unreachable("the dialler ended".to_owned()));
            }
        }
    }
}

/// Tries one address after the other, each for its share of the time that is left.
fn connect(host: &str, port: u16, end: Instant) -> Result<TcpStream, Silence> {
    let addresses = addresses(host, port)?;
    let mut failure = Silence::NoSuchHost(host.to_owned());
    for (place, address) in addresses.iter().enumerate() {
        let others = u32::try_from(addresses.len() - place).unwrap_or(u32::MAX);
        let share = end.saturating_duration_since(Instant::now()) / others;
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(stream),
            // That a machine answered, if only to refuse, says more than that another address leads
            // nowhere.
            Err(_) if failure == Silence::Refused => {}
            Err(error) => failure = silence(&error),
        }
    }
    Err(failure)
}

fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, Silence> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found = (host, port).to_socket_addrs();
    found
        .map(Iterator::collect)
        .map_err(|_| Silence::NoSuchHost(host.to_owned()))
}

fn silence(error: &io::Error) -> Silence {
    match error.kind() {
        ErrorKind::ConnectionRefused => Silence::Refused,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Silence::TimedOut(0),
        _ => unreachable(error),
    }
}

fn unreachable(error: &io::Error) -> Silence {
    let text = error.to_string();
    Silence::Unreachable(
        text.split(" (os error")
            .next()
            .unwrap_or_default()
            .to_lowercase(),
    )
}
