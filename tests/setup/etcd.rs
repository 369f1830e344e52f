//! A real etcd cluster of three members with mutual TLS, from the files of three masters: those of
//! the other two are unpacked from their archives.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kubepki::setup::{ClusterSpec, Etcd};

use crate::support::cluster::{Setup, spec};
use crate::support::etcd_cluster::{EtcdCluster, Member};
use crate::support::pair::Pair;
use crate::support::{text, tool};

const MASTERS: [(&str, &str); 3] = [
    ("m1", "127.0.0.1"),
    ("m2", "127.0.0.2"),
    ("m3", "127.0.0.3"),
];

const HEALTH: &str = "GET /health HTTP/1.0\r\n\r\n";

/// Where a layout has etcd's files: its folder, the CA of peers, and a client's pair.
struct Places {
    etcd: &'static str,
    peer_authority: &'static str,
    client: &'static str,
}

const KUBEADM: Places = Places {
    etcd: "etc/kubernetes/pki/etcd",
    peer_authority: "ca",
    client: "etc/kubernetes/pki/apiserver-etcd-client",
};

const SPLIT: Places = Places {
    etcd: "etc/etcd/pki",
    peer_authority: "ca",
    client: "etc/kubernetes/pki/apiserver-etcd-client",
};

/// A member from the files of a node; `root` is where they lie.
fn member(name: &str, address: &str, root: &Path, places: &Places) -> Member {
    let files = |name: &str, ca: &str| {
        let at = |file: &str| root.join(places.etcd).join(file);
        [
            at(&format!("{name}.crt")),
            at(&format!("{name}.key")),
            at(&format!("{ca}.crt")),
        ]
    };
    Member {
        name: name.to_owned(),
        address: address.parse().expect("an address"),
        server: files("server", "ca"),
        peer: files("peer", places.peer_authority),
    }
}

/// The pair with which a node's API server is a client of etcd.
fn client(root: &Path, places: &Places) -> Pair {
    let client = root.join(places.client);
    Pair {
        certificate: client.with_extension("crt"),
        key: client.with_extension("key"),
    }
}

/// Sets the cluster up, starts etcd from each node's files, and asks each member with each node's
/// client.
fn forms(cluster: &ClusterSpec, places: &Places) {
    let (Some(etcd), Some(openssl)) = (tool("etcd"), tool("openssl")) else {
        return;
    };
    let setup = Setup::new();
    let done = setup.set_up(setup.request(cluster));
    let unpacked: Option<Vec<PathBuf>> = done
        .plan
        .nodes
        .iter()
        .map(|node| setup.unpack(node))
        .collect();
    let Some(roots) = unpacked else { return };
    let named = MASTERS.iter().zip(&roots);
    let members: Vec<Member> = named
        .map(|((name, address), root)| member(name, address, root, places))
        .collect();
    let running = EtcdCluster::start(&etcd, &members);
    for (endpoint, member) in running.endpoints.iter().zip(&members) {
        for root in &roots {
            let answer = asked(
                &openssl,
                endpoint,
                member,
                HEALTH,
                Some(&client(root, places)),
            );
            assert!(
                answer.contains("\"health\":\"true\""),
                "{endpoint} by {}: {answer}",
                root.display()
            );
        }
        let refused = asked(&openssl, endpoint, member, HEALTH, None);
        assert!(
            !refused.contains("health"),
            "{endpoint} answers without a client certificate: {refused}"
        );
    }
    let first = client(&roots[0], places);
    written_and_read(&|at, request| {
        asked(
            &openssl,
            &running.endpoints[at],
            &members[at],
            request,
            Some(&first),
        )
    });
}

/// What a member answers. Its certificate must be its CA's and for its address.
fn asked(
    openssl: &Path,
    endpoint: &str,
    member: &Member,
    request: &str,
    client: Option<&Pair>,
) -> String {
    let mut command = Command::new(openssl);
    let address = member.address.to_string();
    command
        .args([
            "s_client",
            "-quiet",
            "-verify_return_error",
            "-x509_strict",
            "-verify_ip",
            &address,
        ])
        .args([
            "-connect",
            endpoint.trim_start_matches("https://"),
            "-CAfile",
            text(&member.server[2]),
        ]);
    if let Some(Pair { certificate, key }) = client {
        command.args(["-cert", text(certificate), "-key", text(key)]);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl starts");
    let mut input = child.stdin.take().expect("a pipe");
    // A server that refuses closes before it has read.
    let _ = input.write_all(request.as_bytes());
    let output = child.wait_with_output().expect("openssl ends");
    drop(input);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn post(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What is written through one member is read through another: peers trust each other too. The JSON
/// gateway of a member asks it with its server's certificate, which therefore is a client's too.
fn written_and_read(ask: &dyn Fn(usize, &str) -> String) {
    let put = ask(
        0,
        &post(
            "/v3/kv/put",
            r#"{"key":"a3ViZXBraQ==","value":"d2FzIGhlcmU="}"#,
        ),
    );
    assert!(put.contains("200 OK"), "{put}");
    let got = ask(2, &post("/v3/kv/range", r#"{"key":"a3ViZXBraQ=="}"#));
    assert!(got.contains("d2FzIGhlcmU="), "{got}");
    let members = ask(1, &post("/v3/cluster/member/list", "{}"));
    assert_eq!(members.matches("\"clientURLs\"").count(), 3, "{members}");
}

#[test]
fn three_kubeadm_masters_form_a_cluster() {
    forms(&spec("kubeadm", &MASTERS), &KUBEADM);
}

#[test]
fn three_split_masters_form_a_cluster() {
    forms(&spec("split", &MASTERS), &SPLIT);
}

#[test]
fn peers_may_have_an_authority_of_their_own() {
    let etcd = Etcd {
        peer_authority: true,
        ..Etcd::default()
    };
    let places = Places {
        peer_authority: "peer-ca",
        ..KUBEADM
    };
    forms(
        &ClusterSpec {
            etcd,
            ..spec("kubeadm", &MASTERS)
        },
        &places,
    );
}
