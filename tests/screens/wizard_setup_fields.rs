//! The setup wizard's fields: what is wrong is said where it was typed, and what is typed can be
//! changed.

use kubepki::app::Setup;
use kubepki::model::route::RouteName;
use kubepki::model::world::Settings;
use kubepki::plan::Request;

use crate::support::setting_up::{asked, begun, cluster, empty, has_asked_nothing, usual};
use crate::support::stage::{self, Stage};
use crate::wizard_setup::{paste, setup};

/// Keys that lead to a field, what is put into it, and the words about that.
const WRONG: [(&str, &str, &str); 18] = [
    ("", "../x", "a cluster's name also names a file"),
    ("<tab> <tab>", "latest", "is no release of Kubernetes"),
    ("<enter>", "master_2 10.0.0.11", "underscore"),
    ("<enter>", "master-2 10.0.0.1111", "is no IP address"),
    (
        "<enter>",
        "m-1 10.0.0.1\nm-1 10.0.0.2\nm-3 10.0.0.3",
        "twice",
    ),
    ("<enter> <enter>", "a.b:6443:7", "is not HOST or HOST:PORT"),
    ("<enter> <enter> <tab>", "2379", "etcd listens on 2379"),
    (
        "<enter>",
        "w-1 10.0.0.1 worker\nw-2 10.0.0.2 worker",
        "control plane node",
    ),
    ("<enter> <enter>", "fd00::1:6443", "brackets"),
    ("<enter> <enter>", "api_1.example.com", "underscore"),
    ("<enter> <enter> <tab>", "99999", "port"),
    ("<enter> <enter> <tab> <tab>", "10.96.0.0", "10.96.0.0"),
    (
        "<enter> <enter> <tab> <tab> <tab>",
        "10.96.1.0/24",
        "overlap",
    ),
    (
        "<enter> <enter> <tab> <tab> <tab> <tab>",
        "Cluster.local",
        "lower-case",
    ),
    (
        "<enter> <enter> <tab> <tab> <tab> <tab> <tab>",
        "a_b",
        "underscore",
    ),
    (
        "<enter> <enter> <enter> <enter> <tab> <tab>",
        "11y",
        "outlive",
    ),
    (
        "<enter> <enter> <enter> <enter> <tab> <tab>",
        "soon",
        "is no lifetime",
    ),
    (
        "<enter> <enter> <enter> <enter> <enter> <tab>",
        "guide.md",
        "absolute path",
    ),
];

#[test]
fn what_is_wrong_is_said_at_the_field_and_nothing_is_planned() {
    for (keys, pasted, words) in WRONG {
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
    assert!(
        stage.text().contains("+ master-1 192.168.7.10"),
        "{}",
        stage.text()
    );
    stage.keys("<up> <space> <enter>");
    assert!(
        stage.text().contains("2 of 6"),
        "there is no machine: {}",
        stage.text()
    );
    stage.keys("<up> <up> <space> <enter> <enter> <enter> <enter> <enter>");
    assert_eq!(
        asked(&stage),
        setup(usual(cluster(&["master-1 10.0.0.10"]))),
        "{}",
        stage.text()
    );
}

#[test]
fn esc_asks_once_and_back_keeps_answers() {
    let mut stage = begun(80, 24);
    stage.keys("<esc>");
    assert_eq!(
        stage.app.route().name(),
        RouteName::Expiring,
        "nothing was typed"
    );
    stage.keys("<enter> p r o d <enter> <pgup>");
    assert!(stage.text().contains("prod"), "{}", stage.text());
    stage.keys("<esc>");
    assert!(
        stage.text().contains("forget what you typed"),
        "{}",
        stage.text()
    );
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
fn no_size_and_no_key_makes_it_panic_and_ascii_is_ascii() {
    for (columns, rows) in [
        (1, 1),
        (1, 40),
        (200, 1),
        (5, 3),
        (13, 7),
        (40, 12),
        (300, 100),
    ] {
        let mut stage = begun(columns, rows);
        stage.keys("<esc> j j G <enter> S");
        for _ in 0..7 {
            stage.buffer();
            stage.keys("<tab> <space> <right> <down> <up> <backtab> x <backspace> <pgdn>");
            stage.buffer();
            stage.keys("<ctrl-u> <pgdn>");
        }
    }
    let settings = Settings {
        ascii: true,
        ..stage::setup().settings
    };
    let mut stage = Stage::with(
        Setup {
            settings,
            no_color: true,
            ..stage::setup()
        },
        empty(false),
        80,
        24,
    );
    for keys in [
        "", "S", "<enter>", "<enter>", "<enter>", "<enter>", "<enter>",
    ] {
        let text = stage.keys(keys).text();
        assert!(
            text.is_ascii() && !text.contains('?') || keys.is_empty(),
            "{text}"
        );
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
    assert!(
        step_of(&stage) == "4" && stage.text().contains("2 members"),
        "{}",
        stage.text()
    );
    stage.keys("<space> <tab>");
    paste(&mut stage, "https://10.0.0.9:2379");
    for file in ["ca.crt", "client.crt", "client.key"] {
        stage.keys("<tab>");
        paste(&mut stage, &format!("/etc/etcd/{file}"));
    }
    stage.keys("<enter> <enter> <enter>");
    let Request::Setup(request) = asked(&stage) else {
        panic!("{}", stage.text())
    };
    assert_eq!(
        (request.cluster.nodes.len(), request.cluster.faults()),
        (2, Vec::new())
    );
}

#[test]
fn somebody_elses_ca_decides_how_long_it_signs_for() {
    let mut stage = begun(120, 36);
    stage.keys("<enter> <enter> <enter> <tab> <tab> <tab> <left> <enter>");
    let text = stage.text();
    assert!(text.contains("5 of 6") && !text.contains("until"), "{text}");
}
