//! The probe before a server that shows what it should not: another's certificate, what is none,
//! far too many.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kubepki::pki::key::KeyAlgorithm;
use kubepki::pki::pem;
use kubepki::probe::{Target, probe};
use kubepki::running::{Served, Silence};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig, ServerConnection};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};

use crate::support::authority::{Made, days, root};
use crate::support::serving::serve_once;

/// A server's certificates and key, whether they belong together or not.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Asks a server that shows `chain` and has the key of `owner`.
fn ask(
    chain: &[&[u8]],
    owner: &Made,
    version: &'static rustls::SupportedProtocolVersion,
) -> Result<Served, Silence> {
    let chain = chain
        .iter()
        .map(|der| CertificateDer::from(der.to_vec()))
        .collect();
    let key = pem::blocks(owner.key.to_pem().as_bytes())
        .remove(0)
        .expect("a block");
    let key = PrivateKeyDer::try_from(key.der.to_vec()).expect("a key");
    let provider = Arc::new(default_provider());
    let key = provider.key_provider.load_private_key(key).expect("a key");
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Shown(Arc::new(CertifiedKey::new(chain, key)))));
    let port = serve_once(move |mut stream| {
        let mut connection = ServerConnection::new(Arc::new(config)).expect("a connection");
        while connection
            .complete_io(&mut stream)
            .is_ok_and(|(read, _)| read > 0)
        {}
    });
    let target = Target {
        host: "127.0.0.1".to_owned(),
        port,
        server_name: None,
    };
    probe(&target, Instant::now() + Duration::from_secs(30), &|| true)
}

#[test]
fn who_has_not_the_key_is_found_out() {
    for algorithm in [KeyAlgorithm::EcdsaP256, KeyAlgorithm::Rsa2048] {
        let authority = root("kubernetes");
        let [shown, other] =
            [(); 2].map(|()| authority.server(&["127.0.0.1"], algorithm, days(-1, 1)));
        for version in [&TLS12, &TLS13] {
            for (owner, fault) in [
                (&shown, None),
                (
                    &other,
                    Some("it does not prove that it has the certificate's key"),
                ),
            ] {
                let answer =
                    ask(&[shown.certificate.der()], owner, version).expect("a certificate");
                assert_eq!(answer.leaf(), Some(&shown.certificate));
                assert_eq!(answer.fault.as_deref(), fault, "{algorithm:?} {version:?}");
            }
        }
    }
}

#[test]
fn what_is_no_certificate_is_told() {
    let authority = root("kubernetes");
    let made = authority.server(&["127.0.0.1"], KeyAlgorithm::EcdsaP256, days(-1, 1));
    let (leaf, above) = (made.certificate.der(), authority.certificate.der());
    for version in [&TLS12, &TLS13] {
        let answer =
            ask(&[leaf, b"\x30\x03\x02\x01\x01", above], &made, version).expect("a certificate");
        assert_eq!(
            answer.chain,
            [made.certificate.clone(), authority.certificate.clone()]
        );
        let fault = answer.fault.expect("a fault");
        assert!(
            fault.starts_with("certificate 2 of its chain cannot be read: not a certificate: "),
            "{fault}"
        );

        let silence = ask(&[b"\x1b[31mhello", above], &made, version).expect_err("no certificate");
        let said = silence.to_string();
        let beginning = "the handshake ended: its certificate cannot be read: not a certificate: ";
        assert!(
            said.starts_with(beginning) && !said.contains('\x1b'),
            "{said}"
        );

        assert!(matches!(ask(&[], &made, version), Err(Silence::Ended(_))));
    }
}

#[test]
fn a_long_chain_is_recorded_and_an_endless_one_is_not() {
    let made = root("kubernetes").server(&["127.0.0.1"], KeyAlgorithm::EcdsaP256, days(-1, 1));
    let der = made.certificate.der();
    for version in [&TLS12, &TLS13] {
        let answer = ask(&vec![der; 100], &made, version).expect("a chain");
        assert_eq!((answer.chain.len(), answer.fault), (100, None));
        // More than 64 KiB.
        assert!(matches!(
            ask(&vec![der; 1000], &made, version),
            Err(Silence::Ended(_))
        ));
    }
}
