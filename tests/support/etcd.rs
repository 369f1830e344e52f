//! A real etcd that demands client certificates on both of its ports, and a TLS client that asks
//! it.

use std::io::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Stdio};

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
        let files = |pair: &Pair| {
            [
                pair.certificate.clone(),
                pair.key.clone(),
                authority.to_owned(),
            ]
        };
        let address = Ipv4Addr::LOCALHOST.into();
        let member = Member {
            name: "m1".to_owned(),
            address,
            server: files(server),
            peer: files(peer),
        };
        let cluster = EtcdCluster::start(program, &[member]);
        let [client_port, peer_port] = cluster.ports[0];
        Self {
            _cluster: cluster,
            client_port,
            peer_port,
        }
    }
}

/// What a server on 127.0.0.1 answers to a GET, asked by openssl with these credentials. Nothing
/// where the server's certificate is not of `authority` and for 127.0.0.1, or where it refuses the
/// client.
pub(crate) fn get(
    openssl: &Path,
    port: u16,
    path: &str,
    authority: &Path,
    client: Option<&Pair>,
) -> String {
    let mut command = Command::new(openssl);
    command
        .args([
            "s_client",
            "-quiet",
            "-verify_return_error",
            "-x509_strict",
            "-verify_ip",
            "127.0.0.1",
        ])
        .args(["-connect", &format!("127.0.0.1:{port}")])
        .arg("-CAfile")
        .arg(authority);
    if let Some(client) = client {
        command
            .arg("-cert")
            .arg(&client.certificate)
            .arg("-key")
            .arg(&client.key);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl starts");
    let mut input = child.stdin.take().expect("a pipe");
    // A server that refuses closes before it has read.
    let _ = input.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes());
    let output = child.wait_with_output().expect("openssl ends");
    drop(input);
    String::from_utf8_lossy(&output.stdout).into_owned()
}
