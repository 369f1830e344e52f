//! Looking at what is served: all ports of the demo beside as many bare handshakes, and judging it
//! on a large master.

mod support;

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use kubepki::engine::demo::{self, servers::Servers};
use kubepki::engine::node::Node;
use kubepki::engine::open::{self, OpenOptions};
use kubepki::inventory::tree::Verified;
use kubepki::progress::silent;
use kubepki::running::{Observation, ProbeTarget, ports, statuses};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};
use support::{MOMENT, forest, head, interleaved, limit, median, ratio, timed};

const COUNT: usize = 100_000;
const ROUNDS: usize = 15;

/// How a master is named on the wire does not matter here.
const NAME: &str = "localhost";

fn main() {
    head();
    let folder = tempfile::tempdir().expect("a folder");
    demo::create(folder.path(), MOMENT).expect("the demo");
    let options = OpenOptions {
        root: folder.path().to_owned(),
        processes: false,
        ..OpenOptions::default()
    };
    let servers = Arc::new(Servers::start(folder.path(), MOMENT, || MOMENT).expect("servers"));
    let inventory = open::open(&options, &silent, &mut Verified::default()).expect("readable");
    let node = Node::Demo(servers.clone());
    let observe = || node.observe(&inventory, &[ProbeTarget::All], &silent);
    let observation = observe();
    let addresses: Vec<SocketAddr> = observation
        .answers
        .iter()
        .filter_map(|answer| servers.address(&answer.of))
        .collect();
    assert_eq!(addresses.len(), 6);
    let client = Arc::new(client());
    let [all, bare] = interleaved(
        ROUNDS,
        &mut [&mut || timed(observe), &mut || {
            timed(|| addresses.iter().for_each(|at| shake_hands(&client, *at)))
        }],
    );
    ratio("ask 6 ports, beside 6 bare handshakes", all, bare, 1.5);

    forest(&folder.path().join("etc/kubernetes/pki/forest"), COUNT);
    let inventory = open::open(&options, &silent, &mut Verified::default()).expect("readable");
    assert!(inventory.items.len() > COUNT);
    let micros = |mut times: Vec<std::time::Duration>| {
        u64::try_from(median(&mut times).as_micros()).unwrap_or(u64::MAX)
    };
    let found = (0..ROUNDS).map(|_| timed(|| ports(&inventory))).collect();
    limit(&format!("the ports at {COUNT}"), micros(found), 2_000, "us");
    for (what, observation) in [
        ("not looked at", &Observation::default()),
        ("looked at", &observation),
    ] {
        let judged = (0..ROUNDS)
            .map(|_| timed(|| statuses(&inventory, observation, MOMENT)))
            .collect();
        limit(
            &format!("the truths at {COUNT}, {what}"),
            micros(judged),
            2_000,
            "us",
        );
    }
}

fn shake_hands(config: &Arc<ClientConfig>, address: SocketAddr) {
    let name = ServerName::try_from(NAME).expect("a name");
    let mut connection = ClientConnection::new(config.clone(), name).expect("a connection");
    let mut stream = TcpStream::connect(address).expect("it listens");
    while connection.is_handshaking() {
        connection.complete_io(&mut stream).expect("a handshake");
    }
    // Where a client certificate is demanded the server ends it here.
    let ended: io::Result<()> = connection.complete_io(&mut stream).map(drop);
    drop(ended);
}

fn client() -> ClientConfig {
    let provider = Arc::new(default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions");
    builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anything))
        .with_no_client_auth()
}

/// Takes every certificate: the bare cost of a handshake.
#[derive(Debug)]
struct Anything;

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
