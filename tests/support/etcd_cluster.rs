//! A real etcd cluster with mutual TLS for clients and peers, each member on a loopback address of
//! its own.

use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long the members may take to find each other before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// One member: its name, its address, and where its files lie.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) address: IpAddr,
    /// Certificate, key and CA of the server.
    pub(crate) server: [PathBuf; 3],
    /// The same of the peer.
    pub(crate) peer: [PathBuf; 3],
}

/// Running members, ended when dropped.
pub(crate) struct EtcdCluster {
    children: Vec<Child>,
    /// As "https://127.0.0.2:41234", in the members' order.
    pub(crate) endpoints: Vec<String>,
    /// Of each the one for clients and the one for peers.
    pub(crate) ports: Vec<[u16; 2]>,
    _data: TempDir,
}

impl Member {
    fn url(&self, port: u16) -> String {
        format!("https://{}:{port}", self.address)
    }

    /// Starts it at these ports for clients and peers; `all` are the members with their URLs for
    /// peers.
    fn start(&self, program: &Path, [client, peer]: [u16; 2], all: &str, data: &Path) -> Child {
        let (client, peers) = (self.url(client), self.url(peer));
        let [cert, key, ca] = &self.server;
        let [peer_cert, peer_key, peer_ca] = &self.peer;
        Command::new(program)
            .env_clear()
            .args([
                "--name",
                &self.name,
                "--initial-cluster",
                all,
                "--initial-cluster-state",
                "new",
            ])
            .args([
                "--listen-client-urls",
                &client,
                "--advertise-client-urls",
                &client,
            ])
            .args([
                "--listen-peer-urls",
                &peers,
                "--initial-advertise-peer-urls",
                &peers,
            ])
            .args(["--client-cert-auth", "--peer-client-cert-auth"])
            .args([Path::new("--data-dir"), &data.join(&self.name)])
            .args([Path::new("--cert-file"), cert, Path::new("--key-file"), key])
            .args([
                Path::new("--trusted-ca-file"),
                ca,
                Path::new("--peer-trusted-ca-file"),
                peer_ca,
            ])
            .args([
                Path::new("--peer-cert-file"),
                peer_cert,
                Path::new("--peer-key-file"),
                peer_key,
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("etcd starts")
    }
}

impl EtcdCluster {
    /// Starts all members at once: none is ready before most are.
    pub(crate) fn start(program: &Path, members: &[Member]) -> Self {
        let data = TempDir::new().expect("a folder");
        let ports: Vec<[u16; 2]> = members
            .iter()
            .map(|member| free_ports(member.address))
            .collect();
        let placed = || members.iter().zip(&ports);
        let all: Vec<String> = placed()
            .map(|(member, [_, peer])| format!("{}={}", member.name, member.url(*peer)))
            .collect();
        let all = all.join(",");
        let mut children: Vec<Child> = placed()
            .map(|(member, ports)| member.start(program, *ports, &all, data.path()))
            .collect();
        let ready: Vec<_> = children
            .iter_mut()
            .map(|child| listened(child.stderr.take().expect("a pipe")))
            .collect();
        let endpoints = placed()
            .map(|(member, [client, _])| member.url(*client))
            .collect();
        let cluster = Self {
            children,
            endpoints,
            ports,
            _data: data,
        };
        let deadline = Instant::now() + PATIENCE;
        for (member, ready) in members.iter().zip(ready) {
            let left = deadline.saturating_duration_since(Instant::now());
            if let Err(said) = ready.recv_timeout(left).expect("etcd is ready in time") {
                panic!("{} ended: {said}", member.name);
            }
        }
        cluster
    }
}

/// Tells when a member is ready, or what it has said before it ended.
fn listened(said: ChildStderr) -> Receiver<Result<(), String>> {
    let (ready, wait) = mpsc::channel();
    std::thread::spawn(move || {
        let mut all = String::new();
        for line in BufReader::new(said).lines().map_while(Result::ok) {
            if line.contains("ready to serve client requests") {
                let _ = ready.send(Ok(()));
            }
            all = all + &line + "\n";
        }
        let _ = ready.send(Err(all));
    });
    wait
}

impl Drop for EtcdCluster {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Two ports of this address that were free a moment ago: etcd must be told them before it listens.
fn free_ports(address: IpAddr) -> [u16; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind((address, 0)).expect("a port"));
    listeners.map(|listener| listener.local_addr().expect("an address").port())
}
