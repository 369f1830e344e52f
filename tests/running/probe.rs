//! The probe before openssl's servers and a real etcd: what it saw is what openssl's own client was shown.

use std::path::Path;
use std::process::{Command, Stdio};
use std::slice::from_ref;
use std::time::{Duration, Instant};

use kubepki::pki::key::KeyAlgorithm;
use kubepki::pki::trust::{Distrust, trusts};
use kubepki::pki::{Certificate, hex, pem, sha256};
use kubepki::probe::{Target, probe};
use kubepki::running::{Served, Silence};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::support::authority::{Made, days, root};
use crate::support::etcd::Etcd;
use crate::support::pair::Pair;
use crate::support::serving::Server;
use crate::support::{succeed, text, tool};

/// Longer than any of these servers takes.
const PATIENCE: Duration = Duration::from_secs(30);

fn ask_as(host: &str, port: u16, server_name: Option<&str>) -> Result<Served, Silence> {
    let target = Target { host: host.to_owned(), port, server_name: server_name.map(ToOwned::to_owned) };
    probe(&target, Instant::now() + PATIENCE, &|| true)
}

fn ask(port: u16) -> Served {
    ask_as("127.0.0.1", port, None).expect("a certificate")
}

/// What openssl's client is shown on this port.
fn shown(openssl: &Path, port: u16, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(openssl)
        .args(["s_client", "-showcerts", "-connect", &format!("127.0.0.1:{port}")])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("openssl starts");
    let blocks = pem::blocks(&output.stdout).into_iter().map_while(Result::ok);
    let shown: Vec<String> = blocks.map(|block| hex(&sha256(&block.der))).collect();
    assert!(!shown.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    shown
}

fn digests(chain: &[Certificate]) -> Vec<String> {
    chain.iter().map(|certificate| hex(certificate.sha256())).collect()
}

/// A CA and a server's certificate of it, as files.
struct Stage {
    folder: TempDir,
    authority: Made,
    server: Made,
    pair: Pair,
}

fn stage(names: &[&str], algorithm: KeyAlgorithm) -> Stage {
    let folder = tempfile::tempdir().expect("a folder");
    let authority = root("kubernetes");
    authority.write(folder.path(), "ca", &[]);
    let server = authority.server(names, algorithm, days(-10, 300));
    let pair = server.write(folder.path(), "server", &[]);
    Stage { folder, authority, server, pair }
}

impl Stage {
    fn file(&self, name: &str) -> String {
        text(&self.folder.path().join(name)).to_owned()
    }
}

#[test]
fn each_version_and_key_is_recorded() {
    let Some(openssl) = tool("openssl") else { return };
    for algorithm in [KeyAlgorithm::Rsa2048, KeyAlgorithm::EcdsaP256, KeyAlgorithm::EcdsaP384] {
        let stage = stage(&["127.0.0.1"], algorithm);
        for (flag, version) in [("-tls1_2", "TLS 1.2"), ("-tls1_3", "TLS 1.3")] {
            let server = Server::start(&openssl, &stage.pair, &[flag]);
            let answer = ask(server.port);
            assert_eq!(answer.chain, from_ref(&stage.server.certificate), "{algorithm:?} {version}");
            assert_eq!(digests(&answer.chain), shown(&openssl, server.port, &[]));
            assert_eq!((answer.version, answer.demands_client, answer.fault), (version, false, None));
        }
    }
}

#[test]
fn a_client_certificate_is_demanded_or_only_asked_for() {
    let Some(openssl) = tool("openssl") else { return };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::EcdsaP256);
    let authority = stage.file("ca.crt");
    for version in ["-tls1_2", "-tls1_3"] {
        for (flag, demands) in [("-verify", false), ("-Verify", true)] {
            // Without tickets nothing tells a client of TLS 1.3 that it is welcome.
            for tickets in [&[][..], &["-no_ticket", "-num_tickets", "0"]] {
                let arguments = [&[version, flag, "1", "-CAfile", &authority][..], tickets].concat();
                let server = Server::start(&openssl, &stage.pair, &arguments);
                let answer = ask(server.port);
                // openssl adds the CA of its own accord.
                assert_eq!(answer.leaf(), Some(&stage.server.certificate), "{arguments:?}");
                assert_eq!((answer.demands_client, answer.fault), (demands, None), "{arguments:?}");
            }
        }
    }
}

#[test]
fn an_expired_certificate_is_recorded_and_not_trusted() {
    let Some(openssl) = tool("openssl") else { return };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::EcdsaP256);
    let expired = stage.authority.server(&["127.0.0.1"], KeyAlgorithm::EcdsaP256, days(-300, -1));
    let pair = expired.write(stage.folder.path(), "expired", &[]);
    let server = Server::start(&openssl, &pair, &[]);
    let answer = ask(server.port);
    assert_eq!(answer.chain, from_ref(&expired.certificate));
    assert_eq!(answer.fault, None);
    let anchors = [stage.authority.certificate.clone()];
    let verdict = trusts(&anchors, &answer.chain, &["127.0.0.1".to_owned()], OffsetDateTime::now_utc());
    assert!(matches!(verdict, Err(Distrust::Expired { .. })), "{verdict:?}");
}

#[test]
fn another_name_and_an_unknown_authority_are_recorded() {
    let Some(openssl) = tool("openssl") else { return };
    let stage = stage(&["10.0.0.9", "other.example.com"], KeyAlgorithm::EcdsaP256);
    let server = Server::start(&openssl, &stage.pair, &[]);
    for host in ["127.0.0.1", "localhost"] {
        let answer = ask_as(host, server.port, None).expect("a certificate");
        assert_eq!(answer.chain, from_ref(&stage.server.certificate));
        assert_eq!((answer.demands_client, &answer.fault), (false, &None));
        let judge = |anchors: &[Certificate], host: &str| {
            trusts(anchors, &answer.chain, &[host.to_owned()], OffsetDateTime::now_utc())
        };
        let anchors = [stage.authority.certificate.clone()];
        assert_eq!(judge(&anchors, host), Err(Distrust::OtherName { dialled: host.to_owned() }));
        assert_eq!(judge(&anchors, "10.0.0.9"), Ok(()));
        let issuer = "CN=kubernetes".to_owned();
        assert_eq!(
            judge(&[root("kubernetes").certificate], "10.0.0.9"),
            Err(Distrust::OtherKey { issuer: issuer.clone() })
        );
        assert_eq!(judge(&[root("etcd-ca").certificate], "10.0.0.9"), Err(Distrust::UnknownAuthority { issuer }));
    }
}

#[test]
fn the_name_that_is_asked_for_chooses_the_certificate() {
    let Some(openssl) = tool("openssl") else { return };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::EcdsaP256);
    let named = stage.authority.server(&["api.example.com"], KeyAlgorithm::EcdsaP256, days(-10, 300));
    let second = named.write(stage.folder.path(), "named", &[]);
    let arguments = ["-servername", "api.example.com", "-cert2", text(&second.certificate), "-key2", text(&second.key)];
    let server = Server::start(&openssl, &stage.pair, &arguments);
    for (server_name, expected, same) in [
        (Some("api.example.com"), &named, &["-servername", "api.example.com"][..]),
        (Some("another.example.com"), &stage.server, &["-servername", "another.example.com"]),
        (None, &stage.server, &["-noservername"]),
        // An address, or what is no name, is not asked for.
        (Some("10.0.0.1"), &stage.server, &["-noservername"]),
        (Some("*.example.com"), &stage.server, &["-noservername"]),
    ] {
        let answer = ask_as("127.0.0.1", server.port, server_name).expect("a certificate");
        assert_eq!(answer.chain, from_ref(&expected.certificate), "{server_name:?}");
        assert_eq!(digests(&answer.chain), shown(&openssl, server.port, same), "{server_name:?}");
    }
}

#[test]
fn a_chain_is_recorded_as_it_comes() {
    let Some(openssl) = tool("openssl") else { return };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::EcdsaP256);
    let middle = stage.authority.intermediate("middle");
    let lower = middle.intermediate("lower");
    let leaf = lower.server(&["127.0.0.1"], KeyAlgorithm::EcdsaP256, days(-10, 300));
    let pair = leaf.write(stage.folder.path(), "leaf", &[]);
    // Not in the order of signing.
    let chain = middle.write(stage.folder.path(), "chain", &[&lower.certificate]);
    let server = Server::start(&openssl, &pair, &["-cert_chain", text(&chain.certificate)]);
    let answer = ask(server.port);
    assert_eq!(digests(&answer.chain), shown(&openssl, server.port, &[]));
    let sent = [&leaf, &middle, &lower].map(|made| made.certificate.clone());
    assert_eq!(answer.chain, sent);
    let anchors = [stage.authority.certificate.clone()];
    assert_eq!(trusts(&anchors, &answer.chain, &["127.0.0.1".to_owned()], OffsetDateTime::now_utc()), Ok(()));
}

#[test]
fn certificates_that_rustls_would_refuse_are_recorded() {
    let Some(openssl) = tool("openssl") else { return };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::EcdsaP256);
    for (name, kind) in [("old", "rsa:2048"), ("small", "rsa:1024")] {
        let (certificate, key, request) =
            (stage.file(&format!("{name}.crt")), stage.file(&format!("{name}.key")), stage.file("request"));
        succeed(&openssl, &["req", "-newkey", kind, "-nodes", "-subj", "/CN=x", "-keyout", &key, "-out", &request]);
        // Without an extension file, openssl makes certificates of version 1.
        succeed(&openssl, &["x509", "-req", "-in", &request, "-signkey", &key, "-out", &certificate]);
        let pair = Pair { certificate: certificate.into(), key: key.into() };
        for version in ["-tls1_2", "-tls1_3"] {
            let server = Server::start(&openssl, &pair, &[version, "-cipher", "ALL:@SECLEVEL=0"]);
            let answer = ask(server.port);
            assert_eq!(digests(&answer.chain), shown(&openssl, server.port, &[]), "{kind} {version}");
            assert_eq!((answer.chain[0].details().version, answer.fault), (1, None), "{kind} {version}");
        }
    }
}

#[test]
fn older_versions_and_ciphers_are_clear_answers() {
    let Some(openssl) = tool("openssl") else { return };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::Rsa2048);
    for version in ["-tls1", "-tls1_1"] {
        let server = Server::start(&openssl, &stage.pair, &[version, "-cipher", "ALL:@SECLEVEL=0"]);
        assert_eq!(ask_as("127.0.0.1", server.port, None), Err(Silence::TooOld), "{version}");
    }
    let server = Server::start(&openssl, &stage.pair, &["-tls1_2", "-cipher", "AES128-SHA"]);
    assert_eq!(
        ask_as("127.0.0.1", server.port, None),
        Err(Silence::Ended("handshake failure".to_owned())),
        "no cipher suite in common"
    );
}

#[test]
fn a_real_etcd_shows_its_certificates_and_demands_ours() {
    let (Some(openssl), Some(program)) = (tool("openssl"), tool("etcd")) else { return };
    let stage = stage(&["127.0.0.1", "localhost"], KeyAlgorithm::Rsa2048);
    let peer = stage.authority.server(&["127.0.0.1"], KeyAlgorithm::EcdsaP256, days(-10, 300));
    let peer_pair = peer.write(stage.folder.path(), "peer", &[]);
    let etcd = Etcd::start(&program, &stage.pair, &peer_pair, Path::new(&stage.file("ca.crt")));
    for (port, expected) in [(etcd.client_port, &stage.server), (etcd.peer_port, &peer)] {
        let answer = ask(port);
        assert_eq!(answer.chain, from_ref(&expected.certificate));
        assert_eq!(digests(&answer.chain), shown(&openssl, port, &[]));
        assert_eq!((answer.version, answer.demands_client, answer.fault), ("TLS 1.3", true, None));
    }
}
