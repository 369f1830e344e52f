//! The setup wizard: what is typed becomes the request that the command's flags make.

use kubepki::kubernetes::bootstrap::BootstrapIdentity;
use kubepki::model::route::RouteName;
use kubepki::model::{Event, Reading};
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{Request, SetupRequest};
use kubepki::setup::{AuthorityKeys, ClusterSpec, Etcd, ExternalEtcd};

use crate::support::setting_up::{self, asked, begun, cluster, has_asked_nothing, usual};
use crate::support::stage::{self, Stage};

pub(crate) fn paste(stage: &mut Stage, text: &str) {
    stage.event(Event::Paste(text.to_owned()));
}

pub(crate) fn setup(request: SetupRequest) -> Request {
    Request::Setup(Box::new(request))
}

#[test]
fn enter_on_each_page_is_one_master_as_kubeadm_makes_it() {
    let mut stage = begun(80, 24);
    assert_eq!(
        stage.app.route().name(),
        RouteName::Wizard,
        "{}",
        stage.text()
    );
    stage.keys("<enter> <enter> <enter> <enter> <enter>");
    assert!(has_asked_nothing(&stage), "{}", stage.text());
    stage.keys("<enter>");
    assert_eq!(
        asked(&stage),
        setup(usual(cluster(&["master-1 10.0.0.10"])))
    );
    assert_eq!(stage.app.route().name(), RouteName::Review);
}

#[test]
fn three_lines_are_three_masters() {
    let lines = "master-1 10.0.0.10\nmaster-2\t10.0.0.11\r\n  master-3 10.0.0.12 master\n";
    let mut stage = begun(80, 24);
    stage.keys("<enter>");
    paste(&mut stage, lines);
    let text = stage.text();
    assert!(
        !text.contains("10.0.0.10 master"),
        "what was offered is replaced: {text}"
    );
    for words in [
        "+ master-1 10.0.0.10",
        "3 masters; etcd runs beside",
        "● master-1",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    stage.keys("<enter> <enter>");
    assert!(
        stage
            .text()
            .contains("kubeadm join takes a second control plane node only"),
        "{}",
        stage.text()
    );
    paste(&mut stage, "api.example.com");
    stage.keys("<enter> <enter> <enter>");
    assert!(stage.text().contains("archives"), "{}", stage.text());
    stage.keys("<enter>");
    let expected = usual(ClusterSpec {
        control_plane_endpoint: Some("api.example.com".to_owned()),
        ..cluster(&[
            "master-1 10.0.0.10",
            "master-2 10.0.0.11",
            "master-3 10.0.0.12",
        ])
    });
    assert_eq!(expected.here.as_deref(), Some("master-1"));
    assert_eq!(asked(&stage), setup(expected));
}

#[test]
fn a_table_is_as_long_as_it_is() {
    let line = |at: u32| format!("worker-{at} 10.1.{}.{} worker", at / 250, at % 250 + 1);
    let lines: Vec<String> = (0..300)
        .map(line)
        .chain(["master-1 10.0.0.10".to_owned()])
        .collect();
    let mut stage = begun(80, 24);
    stage.keys("<enter>");
    paste(&mut stage, &lines.join("\n"));
    stage.keys("<enter> <enter> <enter> <enter> <enter>");
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(asked(&stage), setup(usual(cluster(&lines))));
}

#[test]
fn every_answer_is_in_the_request() {
    let mut stage = begun(120, 36);
    stage.keys("p r o d <tab> <right> <tab> 1 . 3 0 <enter>");
    paste(&mut stage, "m-1 10.0.0.1,fd00::1 master\ne-1 10.0.0.7 etcd");
    stage.keys("<tab> <right> <enter>");
    paste(&mut stage, "api.example.com");
    stage.keys("<tab> 8 4 4 3 <tab>");
    paste(&mut stage, "10.200.0.0/16");
    stage.keys("<tab>");
    paste(&mut stage, "10.244.0.0/16");
    stage.keys("<tab> k . l o c a l <tab>");
    paste(&mut stage, "vip.example.com, 192.0.2.7");
    stage.keys("<enter>");
    assert!(stage.text().contains("etcd and CAs"), "{}", stage.text());
    stage.keys("<tab> <space> <tab> <tab> <right> <tab> <right> <enter>");
    stage.keys("<right> <right> <right> <tab> <right> <tab> 9 0 d <tab> 2 y <enter>");
    stage.keys("<right> <tab>");
    paste(&mut stage, "/srv/archives");
    stage.keys("<tab>");
    paste(&mut stage, "/srv/next.md");
    stage.keys("<enter>");
    let expected = ClusterSpec {
        name: "prod".to_owned(),
        layout: "split".to_owned(),
        kubernetes_version: "1.30".parse().expect("a release"),
        control_plane_endpoint: Some("api.example.com".to_owned()),
        bind_port: 8443,
        service_subnet: "10.200.0.0/16".to_owned(),
        pod_subnet: "10.244.0.0/16".to_owned(),
        dns_domain: "k.local".to_owned(),
        api_server_sans: vec!["vip.example.com".to_owned(), "192.0.2.7".to_owned()],
        etcd: Etcd {
            peer_authority: true,
            ..Etcd::default()
        },
        intermediate_authorities: true,
        key_algorithm: KeyAlgorithm::EcdsaP256,
        service_account_key_algorithm: Some(KeyAlgorithm::Rsa2048),
        certificate_hours: 90 * 24,
        authority_hours: 2 * 365 * 24,
        authority_keys: AuthorityKeys::Here,
        bootstrap: BootstrapIdentity::Token,
        ..cluster(&["m-1 10.0.0.1,fd00::1 master", "e-1 10.0.0.7 etcd"])
    };
    let expected = SetupRequest {
        here: Some("m-1".to_owned()),
        archives: Some("/srv/archives".to_owned()),
        guide: Some("/srv/next.md".to_owned()),
        ..usual(expected)
    };
    assert_eq!(asked(&stage), setup(expected), "{}", stage.text());
}

#[test]
fn an_etcd_that_somebody_else_keeps_is_asked_for() {
    let mut stage = begun(120, 36);
    stage.keys("<enter> <enter> <enter> <right> <tab>");
    paste(&mut stage, "https://10.0.0.20:2379\nhttps://10.0.0.21:2379");
    for file in ["/etc/etcd-ca.crt", "/etc/etcd.crt", "/etc/etcd.key"] {
        stage.keys("<tab>");
        paste(&mut stage, file);
    }
    stage.keys("<enter> <enter> <enter>");
    let external = ExternalEtcd {
        endpoints: vec![
            "https://10.0.0.20:2379".to_owned(),
            "https://10.0.0.21:2379".to_owned(),
        ],
        ca_file: "/etc/etcd-ca.crt".to_owned(),
        cert_file: "/etc/etcd.crt".to_owned(),
        key_file: "/etc/etcd.key".to_owned(),
    };
    let etcd = Etcd {
        external: Some(external),
        ..Etcd::default()
    };
    assert_eq!(
        asked(&stage),
        setup(usual(ClusterSpec {
            etcd,
            ..cluster(&["master-1 10.0.0.10"])
        })),
        "{}",
        stage.text()
    );
}

#[test]
fn the_recipes_have_more_in_their_subjects() {
    let mut stage = begun(120, 36);
    stage.keys("<tab> <left> <tab>");
    paste(&mut stage, "c = NO\nO=Example Ltd");
    stage.keys("<enter> <enter> <enter> <enter> <enter> <enter>");
    let part = |attribute: &str, value: &str| (attribute.to_owned(), value.to_owned());
    let expected = ClusterSpec {
        layout: "single-ca".to_owned(),
        subject: vec![part("C", "NO"), part("O", "Example Ltd")],
        ..cluster(&["master-1 10.0.0.10"])
    };
    assert_eq!(asked(&stage), setup(usual(expected)), "{}", stage.text());
}

#[test]
fn what_is_not_asked_beside_the_others_counts_for_nothing() {
    let mut stage = begun(120, 36);
    stage.keys(
        "<enter> <enter> <enter> <tab> <right> <tab> <tab> <right> <enter> <tab> <right> <enter>",
    );
    stage.keys("<pgup> <pgup> <pgup> <pgup> <pgup> <tab> <left> <enter> <enter> <enter>");
    let text = stage.text();
    assert!(
        text.contains("4 of 6") && !text.contains("etcd's peers"),
        "{text}"
    );
    stage.keys("<tab> <left> <enter>");
    assert!(!stage.text().contains("tokens' key"), "{}", stage.text());
    stage.keys("<enter> <enter>");
    let expected = ClusterSpec {
        layout: "single-ca".to_owned(),
        ..cluster(&["master-1 10.0.0.10"])
    };
    assert_eq!(asked(&stage), setup(usual(expected)), "{}", stage.text());
}

#[test]
fn what_is_there_is_replaced_only_where_it_is_named() {
    let reading = Reading {
        machine: setting_up::machine(),
        ..stage::reading()
    };
    let mut stage = Stage::with(stage::setup(), reading, 120, 36);
    stage.keys("S");
    assert!(stage.text().contains("a PKI is here"), "{}", stage.text());
    stage.keys("<enter> <enter> <enter> <enter> <enter> <backtab>");
    paste(&mut stage, "pki/front-proxy-client.key");
    stage.keys("<enter>");
    assert!(
        stage.text().contains("is no absolute path"),
        "{}",
        stage.text()
    );
    stage.keys("<ctrl-u>");
    paste(
        &mut stage,
        "/etc/kubernetes/pki/front-proxy-client.key\n/etc/kubernetes/pki/front-proxy-client.crt",
    );
    stage.keys("<enter>");
    let replace = ["key", "crt"]
        .map(|ending| format!("/etc/kubernetes/pki/front-proxy-client.{ending}"))
        .to_vec();
    let expected = ClusterSpec {
        name: "prod".to_owned(),
        ..cluster(&["master-1 10.0.0.10"])
    };
    assert_eq!(
        asked(&stage),
        setup(SetupRequest {
            replace,
            ..usual(expected)
        }),
        "{}",
        stage.text()
    );
}
