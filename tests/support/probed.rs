//! A server that is asked by the probe, and by openssl's own client.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kubepki::pki::key::KeyAlgorithm;
use kubepki::pki::{Certificate, hex, pem, sha256};
use kubepki::probe::{Target, probe};
use kubepki::running::{Served, Silence};
use tempfile::TempDir;

use super::authority::{Made, days, root};
use super::pair::Pair;
use super::text;

/// Longer than any of these servers takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the probe learns of the server at this place, asked for this name.
pub(crate) fn ask_as(host: &str, port: u16, server_name: Option<&str>) -> Result<Served, Silence> {
    let target = Target {
        host: host.to_owned(),
        port,
        server_name: server_name.map(ToOwned::to_owned),
    };
    probe(&target, Instant::now() + PATIENCE, &|| true)
}

/// The same of a port on 127.0.0.1, where there is a certificate.
pub(crate) fn ask(port: u16) -> Served {
    ask_as("127.0.0.1", port, None).expect("a certificate")
}

/// What openssl's client is shown on this port.
pub(crate) fn shown(openssl: &Path, port: u16, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(openssl)
        .args([
            "s_client",
            "-showcerts",
            "-connect",
            &format!("127.0.0.1:{port}"),
        ])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("openssl starts");
    let blocks = pem::blocks(&output.stdout)
        .into_iter()
        .map_while(Result::ok);
    let shown: Vec<String> = blocks.map(|block| hex(&sha256(&block.der))).collect();
    assert!(
        !shown.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    shown
}

/// The digests of a chain, as [`shown`] gives them.
pub(crate) fn digests(chain: &[Certificate]) -> Vec<String> {
    chain
        .iter()
        .map(|certificate| hex(certificate.sha256()))
        .collect()
}

/// A CA and a server's certificate of it, as files.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) authority: Made,
    pub(crate) server: Made,
    pub(crate) pair: Pair,
}

/// Makes them, the certificate for these names.
pub(crate) fn stage(names: &[&str], algorithm: KeyAlgorithm) -> Stage {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = root("kubernetes");
    authority.write(folder.path(), "ca", &[]);
    let server = authority.server(names, algorithm, days(-10, 300));
    let pair = server.write(folder.path(), "server", &[]);
    Stage {
        folder,
        authority,
        server,
        pair,
    }
}

impl Stage {
    pub(crate) fn file(&self, name: &str) -> String {
        text(&self.folder.path().join(name)).to_owned()
    }
}
