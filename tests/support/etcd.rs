//! A real etcd that demands client certificates on both of its ports, and a TLS client that asks it.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

use super::etcd_cluster::{EtcdCluster, Member};
use super::pair::Pair;

/// A running etcd, ended when dropped.
pub(crate) struct Etcd {
    _cluster: EtcdCluster,
    pub(crate) client_port: u16,
    pub(crate) peer_port: u16,
}

impl Etcd {
    /// Starts one with these certificates; clients and peers are those of `authority`.
    pub(crate) fn start(program: &Path, server: &Pair, peer: &Pair, authority: &Path) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let (client_port, peer_port) = free_ports();
        let (client, peers) = (format!("https://127.0.0.1:{client_port}"), format!("https://127.0.0.1:{peer_port}"));
        let mut child = Command::new(program)
            .env_clear()
            .args(["--name", "m1", "--initial-cluster", &format!("m1={peers}")])
            .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers])
            .args(["--client-cert-auth", "--peer-client-cert-auth"])
            .arg("--data-dir")
            .arg(data.path())
            .arg("--cert-file")
            .arg(&server.certificate)
            .arg("--key-file")
            .arg(&server.key)
            .arg("--trusted-ca-file")
            .arg(authority)
            .arg("--peer-cert-file")
            .arg(&peer.certificate)
            .arg("--peer-key-file")
            .arg(&peer.key)
            .arg("--peer-trusted-ca-file")
            .arg(authority)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("etcd starts");
        let log = BufReader::new(child.stderr.take().expect("a pipe"));
        let (ready, wait) = mpsc::channel();
        std::thread::spawn(move || {
            let mut said = String::new();
            for line in log.lines().map_while(Result::ok) {
                said = said + &line + "\n";
                if line.contains("ready to serve client requests") {
                    let _ = ready.send(Ok(()));
                }
            }
            let _ = ready.send(Err(said));
        });
        let etcd = Self { child, client_port, peer_port, _data: data };
        match wait.recv_timeout(PATIENCE).expect("etcd is ready in time") {
            Ok(()) => etcd,
            Err(said) => panic!("etcd ended: {said}"),
        }
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Two ports that were free a moment ago: etcd must be told them before it listens.
fn free_ports() -> (u16, u16) {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
    let [one, other] = listeners.map(|listener| listener.local_addr().expect("an address").port());
    (one, other)
}

/// What a server on 127.0.0.1 answers to a GET, asked by openssl with these credentials. Nothing where the server's
/// certificate is not of `authority` and for 127.0.0.1, or where it refuses the client.
pub(crate) fn get(openssl: &Path, port: u16, path: &str, authority: &Path, client: Option<&Pair>) -> String {
    let mut command = Command::new(openssl);
    command
        .args(["s_client", "-quiet", "-verify_return_error", "-x509_strict", "-verify_ip", "127.0.0.1"])
        .args(["-connect", &format!("127.0.0.1:{port}")])
        .arg("-CAfile")
        .arg(authority);
    if let Some(client) = client {
        command.arg("-cert").arg(&client.certificate).arg("-key").arg(&client.key);
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("openssl starts");
    let mut input = child.stdin.take().expect("a pipe");
    // A server that refuses closes before it has read.
    let _ = input.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes());
    let output = child.wait_with_output().expect("openssl ends");
    drop(input);
    String::from_utf8_lossy(&output.stdout).into_owned()
}
