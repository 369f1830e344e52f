//! Servers on 127.0.0.1 that end with the value: openssl's, and those that a few lines of a test
//! are.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::pair::Pair;

/// How long openssl may take to listen before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `openssl s_server`, ended when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

impl Server {
    /// Starts one that serves `pair`, one client after the other.
    pub(crate) fn start(openssl: &Path, pair: &Pair, arguments: &[&str]) -> Self {
        let mut child = Command::new(openssl)
            .args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cert"])
            .arg(&pair.certificate)
            .arg("-key")
            .arg(&pair.key)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl starts");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (told, wait) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if let Some(address) = line.strip_prefix("ACCEPT ") {
                    let _ = told.send(
                        address
                            .rsplit_once(':')
                            .and_then(|(_, port)| port.parse().ok()),
                    );
                }
            }
        });
        let port = wait
            .recv_timeout(PATIENCE)
            .expect("openssl listens")
            .expect("a port");
        Self { child, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks `https://<name>:<port>/`, which lies on this machine, as somebody who knows this CA.
pub(crate) fn curl(curl: &Path, name: &str, server: &Server, arguments: &[&str]) -> Output {
    let at = format!("{name}:{}:127.0.0.1", server.port);
    let url = format!("https://{name}:{}/", server.port);
    Command::new(curl)
        .args([
            "--silent",
            "--show-error",
            "--max-time",
            "30",
            "--noproxy",
            "*",
            "--resolve",
            &at,
        ])
        .args(arguments)
        .arg(&url)
        .output()
        .expect("curl starts")
}

/// A port on which `answer` has the first client.
pub(crate) fn serve_once(answer: impl FnOnce(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        if let Ok((stream, _)) = listener.accept() {
            answer(stream);
        }
    });
    port
}

/// A port on which nobody listens: it was free a moment ago.
pub(crate) fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address")
        .port()
}
