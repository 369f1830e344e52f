//! The probe before openssl's servers and a real etcd: what it saw is what openssl's own client was
//! shown.

use std::path::Path;
use std::slice::from_ref;

use kubepki::pki::Certificate;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::pki::trust::{Distrust, trusts};
use time::OffsetDateTime;

use crate::support::authority::{days, root};
use crate::support::etcd::Etcd;
use crate::support::probed::{ask, ask_as, digests, shown, stage};
use crate::support::serving::Server;
use crate::support::{text, tool};

#[test]
fn an_expired_certificate_is_recorded_and_not_trusted() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::EcdsaP256);
    let expired = stage
        .authority
        .server(&["127.0.0.1"], KeyAlgorithm::EcdsaP256, days(-300, -1));
    let pair = expired.write(stage.folder.path(), "expired", &[]);
    let server = Server::start(&openssl, &pair, &[]);
    let answer = ask(server.port);
    assert_eq!(answer.chain, from_ref(&expired.certificate));
    assert_eq!(answer.fault, None);
    let anchors = [stage.authority.certificate.clone()];
    let verdict = trusts(
        &anchors,
        &answer.chain,
        &["127.0.0.1".to_owned()],
        OffsetDateTime::now_utc(),
    );
    assert!(
        matches!(verdict, Err(Distrust::Expired { .. })),
        "{verdict:?}"
    );
}

#[test]
fn another_name_and_an_unknown_authority_are_recorded() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let stage = stage(&["10.0.0.9", "other.example.com"], KeyAlgorithm::EcdsaP256);
    let server = Server::start(&openssl, &stage.pair, &[]);
    for host in ["127.0.0.1", "localhost"] {
        let answer = ask_as(host, server.port, None).expect("a certificate");
        assert_eq!(answer.chain, from_ref(&stage.server.certificate));
        assert_eq!((answer.demands_client, &answer.fault), (false, &None));
        let judge = |anchors: &[Certificate], host: &str| {
            trusts(
                anchors,
                &answer.chain,
                &[host.to_owned()],
                OffsetDateTime::now_utc(),
            )
        };
        let anchors = [stage.authority.certificate.clone()];
        assert_eq!(
            judge(&anchors, host),
            Err(Distrust::OtherName {
                dialled: host.to_owned()
            })
        );
        assert_eq!(judge(&anchors, "10.0.0.9"), Ok(()));
        let issuer = "CN=kubernetes".to_owned();
        assert_eq!(
            judge(&[root("kubernetes").certificate], "10.0.0.9"),
            Err(Distrust::OtherKey {
                issuer: issuer.clone()
            })
        );
        assert_eq!(
            judge(&[root("etcd-ca").certificate], "10.0.0.9"),
            Err(Distrust::UnknownAuthority { issuer })
        );
    }
}

#[test]
fn the_name_that_is_asked_for_chooses_the_certificate() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let stage = stage(&["127.0.0.1"], KeyAlgorithm::EcdsaP256);
    let named = stage.authority.server(
        &["api.example.com"],
        KeyAlgorithm::EcdsaP256,
        days(-10, 300),
    );
    let second = named.write(stage.folder.path(), "named", &[]);
    let arguments = [
        "-servername",
        "api.example.com",
        "-cert2",
        text(&second.certificate),
        "-key2",
        text(&second.key),
    ];
    let server = Server::start(&openssl, &stage.pair, &arguments);
    for (server_name, expected, same) in [
        (
            Some("api.example.com"),
            &named,
            &["-servername", "api.example.com"][..],
        ),
        (
            Some("another.example.com"),
            &stage.server,
            &["-servername", "another.example.com"],
        ),
        (None, &stage.server, &["-noservername"]),
        // An address, or what is no name, is not asked for.
        (Some("10.0.0.1"), &stage.server, &["-noservername"]),
        (Some("*.example.com"), &stage.server, &["-noservername"]),
    ] {
        let answer = ask_as("127.0.0.1", server.port, server_name).expect("a certificate");
        assert_eq!(
            answer.chain,
            from_ref(&expected.certificate),
            "{server_name:?}"
        );
        assert_eq!(
            digests(&answer.chain),
            shown(&openssl, server.port, same),
            "{server_name:?}"
        );
    }
}

#[test]
fn a_chain_is_recorded_as_it_comes() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
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
    assert_eq!(
        trusts(
            &anchors,
            &answer.chain,
            &["127.0.0.1".to_owned()],
            OffsetDateTime::now_utc()
        ),
        Ok(())
    );
}

#[test]
fn a_real_etcd_shows_its_certificates_and_demands_ours() {
    let (Some(openssl), Some(program)) = (tool("openssl"), tool("etcd")) else {
        return;
    };
    let stage = stage(&["127.0.0.1", "localhost"], KeyAlgorithm::Rsa2048);
    let peer = stage
        .authority
        .server(&["127.0.0.1"], KeyAlgorithm::EcdsaP256, days(-10, 300));
    let peer_pair = peer.write(stage.folder.path(), "peer", &[]);
    let etcd = Etcd::start(
        &program,
        &stage.pair,
        &peer_pair,
        Path::new(&stage.file("ca.crt")),
    );
    for (port, expected) in [(etcd.client_port, &stage.server), (etcd.peer_port, &peer)] {
        let answer = ask(port);
        assert_eq!(answer.chain, from_ref(&expected.certificate));
        assert_eq!(digests(&answer.chain), shown(&openssl, port, &[]));
        assert_eq!(
            (answer.version, answer.demands_client, answer.fault),
            ("TLS 1.3", true, None)
        );
    }
}
