//! One TLS server: a handshake for whoever comes, and nothing else.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::ServerConnection;

use super::identity::Identity;

/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many clients are served at once; whoever comes then is sent away.
const CLIENTS: usize = 16;

/// A server on loopback; dropped, it ends and its port is closed.
pub(super) struct Listener {
    address: SocketAddr,
    is_ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Listens on a port that the system gives.
    pub(super) fn start(name: &str, identity: Identity) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let is_ended = Arc::new(AtomicBool::new(false));
        let seen = is_ended.clone();
        let serve = move || accept(&listener, &Arc::new(identity), &seen);
        let thread = thread::Builder::new()
            .name(format!("demo {name}"))
            .spawn(serve)?;
        Ok(Self {
            address,
            is_ended,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.is_ended.store(true, Ordering::SeqCst);
        // It sleeps until somebody comes.
        let woken = TcpStream::connect_timeout(&self.address, PATIENCE);
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, identity: &Arc<Identity>, is_ended: &AtomicBool) {
    let clients = Arc::new(AtomicUsize::new(0));
    for client in listener.incoming() {
        if is_ended.load(Ordering::SeqCst) {
            return;
        }
        let client = match client {
            Ok(client) => client,
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::Interrupted | ErrorKind::ConnectionAborted
                ) =>
            {
                continue;
            }
            Err(_) => return,
        };
        if clients.load(Ordering::SeqCst) >= CLIENTS {
            continue;
        }
        clients.fetch_add(1, Ordering::SeqCst);
        let (identity, counted) = (identity.clone(), clients.clone());
        let serve = move || {
            // A client that goes away, or has no certificate where one is demanded, is none of our
            // faults.
            let _ = shake_hands(client, &identity);
            counted.fetch_sub(1, Ordering::SeqCst);
        };
        if thread::Builder::new()
            .name("demo client".to_owned())
            .spawn(serve)
            .is_err()
        {
            clients.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

fn shake_hands(mut client: TcpStream, identity: &Identity) -> io::Result<()> {
    client.set_read_timeout(Some(PATIENCE))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let mut connection = ServerConnection::new(identity.config()).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut client)?;
    }
    connection.send_close_notify();
    while connection.wants_write() {
        connection.write_tls(&mut client)?;
    }
    Ok(())
}
