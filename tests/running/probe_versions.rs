//! The probe and what the handshake settles: versions, ciphers, keys, and whether a client's
//! certificate is demanded.

use std::slice::from_ref;

use kubepki::pki::key::KeyAlgorithm;
use kubepki::running::Silence;

use crate::support::pair::Pair;
use crate::support::probed::{ask, ask_as, digests, shown, stage};
use crate::support::serving::Server;
use crate::support::{succeed, tool};

#[test]
fn each_version_and_key_is_recorded() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for algorithm in [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::EcdsaP384,
    ] {
        let stage = stage(&["127.0.0.1"], algorithm);
        for (flag, version) in [("-tls1_2", "TLS 1.2"), ("-tls1_3", "TLS 1.3")] {
            let server = Server::start(&openssl, &stage.pair, &[flag]);
            let answer = ask(server.port);
            assert_eq!(
                answer.chain,
                from_ref(&stage.server.certificate),
                "{algorithm:?} {version}"
            );
            assert_eq!(digests(&answer.chain), shown(&openssl, server.port, &[]));
            assert_eq!(
                (answer.version, answer.demands_client, answer.fault),
                (version, false, None)
            );
        }
    }
}

#[test]
fn a_client_certificate_is_demanded_or_only_asked_for() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::EcdsaP256);
    let authority = stage.file("ca.crt");
    for version in ["-tls1_2", "-tls1_3"] {
        for (flag, demands) in [("-verify", false), ("-Verify", true)] {
            // Without tickets nothing tells a client of TLS 1.3 that it is welcome.
            for tickets in [&[][..], &["-no_ticket", "-num_tickets", "0"]] {
                let arguments =
                    [&[version, flag, "1", "-CAfile", &authority][..], tickets].concat();
                let server = Server::start(&openssl, &stage.pair, &arguments);
                let answer = ask(server.port);
                // openssl adds the CA of its own accord.
                assert_eq!(
                    answer.leaf(),
                    Some(&stage.server.certificate),
                    "{arguments:?}"
                );
                assert_eq!(
                    (answer.demands_client, answer.fault),
                    (demands, None),
                    "{arguments:?}"
                );
            }
        }
    }
}

#[test]
fn certificates_that_rustls_would_refuse_are_recorded() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::EcdsaP256);
    for (name, kind) in [("old", "rsa:2048"), ("small", "rsa:1024")] {
        let (certificate, key, request) = (
            stage.file(&format!("{name}.crt")),
            stage.file(&format!("{name}.key")),
            stage.file("request"),
        );
        succeed(
            &openssl,
            &[
                "req", "-newkey", kind, "-nodes", "-subj", "/CN=x", "-keyout", &key, "-out",
                &request,
            ],
        );
        // Without an extension file, openssl makes certificates of version 1.
        succeed(
            &openssl,
            &[
                "x509",
                "-req",
                "-in",
                &request,
                "-signkey",
                &key,
                "-out",
                &certificate,
            ],
        );
        let pair = Pair {
            certificate: certificate.into(),
            key: key.into(),
        };
        for version in ["-tls1_2", "-tls1_3"] {
            let server = Server::start(&openssl, &pair, &[version, "-cipher", "ALL:@SECLEVEL=0"]);
            let answer = ask(server.port);
            assert_eq!(
                digests(&answer.chain),
                shown(&openssl, server.port, &[]),
                "{kind} {version}"
            );
            assert_eq!(
                (answer.chain[0].details().version, answer.fault),
                (1, None),
                "{kind} {version}"
            );
        }
    }
}

#[test]
fn older_versions_and_ciphers_are_clear_answers() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::Rsa2048);
    for version in ["-tls1", "-tls1_1"] {
        let server = Server::start(
            &openssl,
            &stage.pair,
            &[version, "-cipher", "ALL:@SECLEVEL=0"],
        );
        assert_eq!(
            ask_as("127.0.0.1", server.port, None),
            Err(Silence::TooOld),
            "{version}"
        );
    }
    let server = Server::start(&openssl, &stage.pair, &["-tls1_2", "-cipher", "AES128-SHA"]);
    assert_eq!(
        ask_as("127.0.0.1", server.port, None),
        Err(Silence::Ended("handshake failure".to_owned())),
        "no cipher suite in common"
    );
}
