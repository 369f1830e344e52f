//! The setup wizard: what is typed becomes the request that the command's flags make, and what is wrong is said where
//! it was typed.

use std::sync::Arc;

use kubepki::app::Setup;
use kubepki::inventory::beginning::Beginning;
use kubepki::kubernetes::bootstrap::BootstrapIdentity;
use kubepki::model::route::RouteName;
use kubepki::model::world::Settings;
use kubepki::model::{Event, Reading};
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::{ImportRequest, Request, SetupRequest};
use kubepki::setup::{AuthorityKeys, ClusterSpec, Etcd, ExternalEtcd};

use crate::support::setting_up::{self, asked, begun, cluster, empty, has_asked_nothing, usual};
use crate::support::stage::{self, Stage};

fn paste(stage: &mut Stage, text: &str) {
    stage.event(Event::Paste(text.to_owned()));
}

fn setup(request: SetupRequest) -> Request {
    Request::Setup(Box::new(request))
}

#[test]
fn enter_on_each_page_is_one_master_as_kubeadm_makes_it() {
    let mut stage = begun(80, 24);
    assert_eq!(stage.app.route().name(), RouteName::Wizard, "{}", stage.text());
    stage.keys("<enter> <enter> <enter> <enter> <enter>");
    assert!(has_asked_nothing(&stage), "{}", stage.text());
    stage.keys("<enter>");
    assert_eq!(asked(&stage), setup(usual(cluster(&["master-1 10.0.0.10"]))));
    assert_eq!(stage.app.route().name(), RouteName::Review);
}

#[test]
fn three_lines_are_three_masters() {
    let lines = "master-1 10.0.0.10\nmaster-2\t10.0.0.11\r\n  master-3 10.0.0.12 master\n";
    let mut stage = begun(80, 24);
    stage.keys("<enter>");
    paste(&mut stage, lines);
    let text = stage.text();
    assert!(!text.contains("10.0.0.10 master"), "what was offered is replaced: {text}");
    for words in ["+ master-1 10.0.0.10", "3 masters; etcd runs beside", "● master-1"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    stage.keys("<enter> <enter>");
    assert!(stage.text().contains("kubeadm join takes a second control plane node only"), "{}", stage.text());
    paste(&mut stage, "api.example.com");
    stage.keys("<enter> <enter> <enter>");
    assert!(stage.text().contains("archives"), "{}", stage.text());
    stage.keys("<enter>");
    let expected = usual(ClusterSpec {
        control_plane_endpoint: Some("api.example.com".to_owned()),
        ..cluster(&["master-1 10.0.0.10", "master-2 10.0.0.11", "master-3 10.0.0.12"])
    });
    assert_eq!(expected.here.as_deref(), Some("master-1"));
    assert_eq!(asked(&stage), setup(expected));
}

#[test]
fn a_table_is_as_long_as_it_is() {
    let line = |at: u32| format!("worker-{at} 10.1.{}.{} worker", at / 250, at % 250 + 1);
    let lines: Vec<String> = (0..300).map(line).chain(["master-1 10.0.0.10".to_owned()]).collect();
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
        etcd: Etcd { peer_authority: true, ..Etcd::default() },
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
        endpoints: vec!["https://10.0.0.20:2379".to_owned(), "https://10.0.0.21:2379".to_owned()],
        ca_file: "/etc/etcd-ca.crt".to_owned(),
        cert_file: "/etc/etcd.crt".to_owned(),
        key_file: "/etc/etcd.key".to_owned(),
    };
    let etcd = Etcd { external: Some(external), ..Etcd::default() };
    assert_eq!(
        asked(&stage),
        setup(usual(ClusterSpec { etcd, ..cluster(&["master-1 10.0.0.10"]) })),
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
    stage.keys("<enter> <enter> <enter> <tab> <right> <tab> <tab> <right> <enter> <tab> <right> <enter>");
    stage.keys("<pgup> <pgup> <pgup> <pgup> <pgup> <tab> <left> <enter> <enter> <enter>");
    let text = stage.text();
    assert!(text.contains("4 of 6") && !text.contains("etcd's peers"), "{text}");
    stage.keys("<tab> <left> <enter>");
    assert!(!stage.text().contains("tokens' key"), "{}", stage.text());
    stage.keys("<enter> <enter>");
    let expected = ClusterSpec { layout: "single-ca".to_owned(), ..cluster(&["master-1 10.0.0.10"]) };
    assert_eq!(asked(&stage), setup(usual(expected)), "{}", stage.text());
}

#[test]
fn what_is_there_is_replaced_only_where_it_is_named() {
    let reading = Reading { machine: setting_up::machine(), ..stage::reading() };
    let mut stage = Stage::with(stage::setup(), reading, 120, 36);
    stage.keys("S");
    assert!(stage.text().contains("a PKI is here"), "{}", stage.text());
    stage.keys("<enter> <enter> <enter> <enter> <enter> <backtab>");
    paste(&mut stage, "pki/front-proxy-client.key");
    stage.keys("<enter>");
    assert!(stage.text().contains("is no absolute path"), "{}", stage.text());
    stage.keys("<ctrl-u>");
    paste(&mut stage, "/etc/kubernetes/pki/front-proxy-client.key\n/etc/kubernetes/pki/front-proxy-client.crt");
    stage.keys("<enter>");
    let replace = ["key", "crt"].map(|ending| format!("/etc/kubernetes/pki/front-proxy-client.{ending}")).to_vec();
    let expected = ClusterSpec { name: "prod".to_owned(), ..cluster(&["master-1 10.0.0.10"]) };
    assert_eq!(asked(&stage), setup(SetupRequest { replace, ..usual(expected) }), "{}", stage.text());
}

#[test]
fn what_is_wrong_is_said_at_the_field_and_nothing_is_planned() {
    for (keys, pasted, words) in [
        ("", "../x", "a cluster's name also names a file"),
        ("<tab> <tab>", "latest", "is no release of Kubernetes"),
        ("<enter>", "master_2 10.0.0.11", "underscore"),
        ("<enter>", "master-2 10.0.0.1111", "is no IP address"),
        ("<enter>", "m-1 10.0.0.1\nm-1 10.0.0.2\nm-3 10.0.0.3", "twice"),
        ("<enter> <enter>", "a.b:6443:7", "is not HOST or HOST:PORT"),
        ("<enter> <enter> <tab>", "2379", "etcd listens on 2379"),
        ("<enter>", "w-1 10.0.0.1 worker\nw-2 10.0.0.2 worker", "control plane node"),
        ("<enter> <enter>", "fd00::1:6443", "brackets"),
        ("<enter> <enter>", "api_1.example.com", "underscore"),
        ("<enter> <enter> <tab>", "99999", "port"),
        ("<enter> <enter> <tab> <tab>", "10.96.0.0", "10.96.0.0"),
        ("<enter> <enter> <tab> <tab> <tab>", "10.96.1.0/24", "overlap"),
        ("<enter> <enter> <tab> <tab> <tab> <tab>", "Cluster.local", "lower-case"),
        ("<enter> <enter> <tab> <tab> <tab> <tab> <tab>", "a_b", "underscore"),
        ("<enter> <enter> <enter> <enter> <tab> <tab>", "11y", "outlive"),
        ("<enter> <enter> <enter> <enter> <tab> <tab>", "soon", "is no lifetime"),
        ("<enter> <enter> <enter> <enter> <enter> <tab>", "guide.md", "absolute path"),
    ] {
        let mut stage = begun(120, 36);
        stage.keys(keys);
        let step = step_of(&stage);
        paste(&mut stage, pasted);
        stage.keys("<enter>");
        let text = stage.text();
        assert!(text.contains(words), "{pasted:?}: {words}\n{text}");
        assert_eq!(step_of(&stage), step, "{text}");
        stage.keys("<enter> <enter> <enter> <enter> <enter> <enter>");
        assert!(has_asked_nothing(&stage), "{pasted:?}: {}", stage.text());
    }
}

/// As "3" of "3 of 6".
fn step_of(stage: &Stage) -> String {
    let text = stage.text();
    let at = text.find(" of 6").expect("the wizard says where it is");
    text[..at].chars().last().into_iter().collect()
}

#[test]
fn a_line_can_be_changed_and_taken_away() {
    let mut stage = begun(80, 24);
    stage.keys("<enter> <up> <backspace> <ctrl-w> <ctrl-w> 1 9 2 . 1 6 8 . 7 . 1 0 <enter> <enter> <enter>");
    assert!(stage.text().contains("4 of 6"), "{}", stage.text());
    stage.keys("<pgup> <pgup>");
    assert!(stage.text().contains("+ master-1 192.168.7.10"), "{}", stage.text());
    stage.keys("<up> <space> <enter>");
    assert!(stage.text().contains("2 of 6"), "there is no machine: {}", stage.text());
    stage.keys("<up> <up> <space> <enter> <enter> <enter> <enter> <enter>");
    assert_eq!(asked(&stage), setup(usual(cluster(&["master-1 10.0.0.10"]))), "{}", stage.text());
}

#[test]
fn esc_asks_once_and_back_keeps_answers() {
    let mut stage = begun(80, 24);
    stage.keys("<esc>");
    assert_eq!(stage.app.route().name(), RouteName::Expiring, "nothing was typed");
    stage.keys("<enter> p r o d <enter> <pgup>");
    assert!(stage.text().contains("prod"), "{}", stage.text());
    stage.keys("<esc>");
    assert!(stage.text().contains("forget what you typed"), "{}", stage.text());
    stage.keys("x <esc> <esc>");
    assert_eq!(stage.app.route().name(), RouteName::Expiring);
    assert!(has_asked_nothing(&stage));
}

#[test]
fn a_review_leads_back_to_its_answers() {
    let mut stage = begun(80, 24);
    stage.keys("p r o d <enter> <enter> <enter> <enter> <enter> <enter> <esc> <pgup> <pgup> <pgup> <pgup> <pgup>");
    assert!(stage.text().contains("prod"), "{}", stage.text());
}

#[test]
fn the_setup_is_offered_where_nothing_is_and_opens_itself_only_where_nothing_ever_was() {
    let at = |reading: Reading, settings: Settings| Stage::with(Setup { settings, ..stage::setup() }, reading, 80, 24);
    let usual = || stage::setup().settings;
    let name = |stage: &Stage| stage.app.route().name();
    assert_eq!(name(&at(empty(true), usual())), RouteName::Wizard);
    let mut offered = at(empty(false), usual());
    assert_eq!(name(&offered), RouteName::Expiring);
    assert!(offered.text().contains("set up a cluster") && offered.text().contains("S set up"), "{}", offered.text());
    assert_eq!(name(offered.keys("S")), RouteName::Wizard);
    let mut careful = at(empty(true), Settings { read_only: true, ..usual() });
    assert_eq!(name(&careful), RouteName::Expiring);
    careful.keys("S");
    assert!(careful.text().contains("--read-only"), "{}", careful.text());
    careful.keys("<enter>");
    assert_eq!(name(&careful), RouteName::Expiring, "{}", careful.text());
    let kept = Reading { clusters: Arc::new(vec![cluster(&["m-1 10.0.0.1"])]), ..empty(true) };
    let mut kept = at(kept, usual());
    assert!(kept.text().contains("kubernetes was set up from here"), "{}", kept.text());
    assert_eq!(name(kept.keys("C")), RouteName::Guide);
    let denied = Reading { beginning: Beginning::Denied, ..empty(true) };
    let denied = at(denied, Settings { sudo: "sudo kubepki".to_owned(), ..usual() });
    assert!(denied.text().contains("sudo kubepki") && denied.text().contains("is not known"), "{}", denied.text());
    let worker = Reading { beginning: Beginning::Worker, ..stage::reading() };
    let worker = at(worker, usual());
    assert_eq!(name(&worker), RouteName::Expiring);
    assert!(!worker.text().contains("set up a cluster"), "{}", worker.text());
}

#[test]
fn a_machine_more_and_answers_of_another_ca_are_asked_for() {
    let kept = ClusterSpec { name: "prod".to_owned(), ..cluster(&["master-1 10.0.0.10", "w-1 10.0.0.20 worker"]) };
    let reading = Reading { clusters: Arc::new(vec![kept.clone()]), ..empty(false) };
    let mut stage = Stage::with(stage::setup(), reading.clone(), 80, 24);
    stage.keys("C n <enter>");
    assert!(stage.text().contains("say which machine"), "{}", stage.text());
    paste(&mut stage, "w-1 10.0.0.21 worker");
    assert!(stage.text().contains("twice"), "{}", stage.text());
    stage.keys("<ctrl-u>");
    paste(&mut stage, "w-2 10.0.0.21 worker");
    stage.keys("<enter>");
    let mut grown = kept.clone();
    grown.nodes.extend(cluster(&["w-2 10.0.0.21 worker"]).nodes);
    assert_eq!(asked(&stage), setup(SetupRequest { only: vec!["w-2".to_owned()], ..usual(grown) }));
    let mut stage = Stage::with(stage::setup(), reading, 80, 24);
    stage.keys("I <enter>");
    assert!(stage.text().contains("name a file"), "{}", stage.text());
    paste(&mut stage, "/tmp/a b.crt\nca.pem");
    stage.keys("<enter>");
    let files = vec!["/tmp/a b.crt".to_owned(), "/root/ca.pem".to_owned()];
    assert_eq!(asked(&stage), Request::Import(ImportRequest { files, clusters: vec![kept] }));
}

#[test]
fn no_size_and_no_key_makes_it_panic_and_ascii_is_ascii() {
    for (columns, rows) in [(1, 1), (1, 40), (200, 1), (5, 3), (13, 7), (40, 12), (300, 100)] {
        let mut stage = begun(columns, rows);
        stage.keys("<esc> j j G <enter> S");
        for _ in 0..7 {
            stage.buffer();
            stage.keys("<tab> <space> <right> <down> <up> <backtab> x <backspace> <pgdn>");
            stage.buffer();
            stage.keys("<ctrl-u> <pgdn>");
        }
    }
    let settings = Settings { ascii: true, ..stage::setup().settings };
    let mut stage = Stage::with(Setup { settings, no_color: true, ..stage::setup() }, empty(false), 80, 24);
    for keys in ["", "S", "<enter>", "<enter>", "<enter>", "<enter>", "<enter>"] {
        let text = stage.keys(keys).text();
        assert!(text.is_ascii() && !text.contains('?') || keys.is_empty(), "{text}");
    }
}

#[test]
fn an_even_number_of_masters_waits_for_whose_etcd_it_is() {
    let mut stage = begun(120, 36);
    stage.keys("<enter>");
    paste(&mut stage, "m-1 10.0.0.1\nm-2 10.0.0.2");
    assert!(stage.text().contains("2 members"), "{}", stage.text());
    stage.keys("<enter>");
    paste(&mut stage, "api.example.com");
    stage.keys("<enter> <enter>");
    assert!(step_of(&stage) == "4" && stage.text().contains("2 members"), "{}", stage.text());
    stage.keys("<space> <tab>");
    paste(&mut stage, "https://10.0.0.9:2379");
    for file in ["ca.crt", "client.crt", "client.key"] {
        stage.keys("<tab>");
        paste(&mut stage, &format!("/etc/etcd/{file}"));
    }
    stage.keys("<enter> <enter> <enter>");
    let Request::Setup(request) = asked(&stage) else { panic!("{}", stage.text()) };
    assert_eq!((request.cluster.nodes.len(), request.cluster.faults()), (2, Vec::new()));
}

#[test]
fn somebody_elses_ca_decides_how_long_it_signs_for() {
    let mut stage = begun(120, 36);
    stage.keys("<enter> <enter> <enter> <tab> <tab> <tab> <left> <enter>");
    let text = stage.text();
    assert!(text.contains("5 of 6") && !text.contains("until"), "{text}");
}
