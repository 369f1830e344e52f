//! The renew wizard as it is seen, told and pointed at, on terminals of every size.

use kubepki::app::Setup;
use kubepki::model::world::Settings;
use kubepki::model::{Event, Mouse, MouseKind};
use kubepki::pki::key::KeyAlgorithm;
use kubepki::plan::SanChange;

use crate::pointing::click_on;
use crate::support::asked::{about, asked};
use crate::support::snapshots::snapshots;
use crate::support::stage::{self, Stage};
use crate::wizard::sealed;

#[test]
fn the_mouse_chooses() {
    let mut stage = about("apiserver", 80, 24);
    click_on(&mut stage, "ECDSA-P384");
    assert!(stage.text().contains("● ECDSA-P384"), "{}", stage.text());
    stage.keys("<enter>");
    click_on(&mut stage, "kubernetes.default.svc");
    assert!(
        !stage.text().contains("− "),
        "the first click points: {}",
        stage.text()
    );
    click_on(&mut stage, "kubernetes.default.svc");
    assert!(
        stage.text().contains("− kubernetes.default.svc"),
        "{}",
        stage.text()
    );
    stage.keys("<pgdn>");
    click_on(&mut stage, "make them 0600");
    stage.keys("<enter>");
    let request = asked(&stage);
    assert_eq!(
        (request.key_algorithm, request.tighten_modes),
        (Some(KeyAlgorithm::EcdsaP384), true)
    );
    assert!(
        matches!(request.sans.as_slice(), [SanChange::Remove(name)] if name.starts_with("kubernetes.default.svc"))
    );
    for kind in [MouseKind::Click, MouseKind::WheelUp, MouseKind::WheelDown] {
        for (column, row) in [(0, 0), (79, 23), (40, 2), (500, 500), (1, 22)] {
            let mut stage = about("apiserver", 80, 24);
            stage.event(Event::Mouse(Mouse { kind, column, row }));
            stage.buffer();
        }
    }
}

#[test]
fn plain_tells_the_field_under_the_cursor() {
    let mut stage = about("apiserver", 80, 24);
    let told = stage.app.spoken();
    assert!(
        told.page
            .iter()
            .any(|line| line.starts_with("Renew apiserver 1 of 3")),
        "{told:?}"
    );
    assert!(
        told.line.contains("lives for 365 days; until 22 Nov 2027"),
        "{told:?}"
    );
    stage.keys("<tab>");
    assert!(
        stage
            .app
            .spoken()
            .line
            .starts_with("key: a new one, 1 of 2"),
        "{:?}",
        stage.app.spoken()
    );
    stage.keys("<space>");
    assert!(
        stage.app.spoken().line.starts_with("key: keep it, 2 of 2"),
        "{:?}",
        stage.app.spoken()
    );
    stage.keys("<enter> <up>");
    let told = stage.app.spoken();
    assert!(
        !told.line.contains("another name"),
        "only the row under the cursor: {told:?}"
    );
}

#[test]
fn no_size_and_no_key_makes_it_panic() {
    let reading = sealed();
    for (columns, rows) in [
        (1, 1),
        (1, 40),
        (200, 1),
        (2, 2),
        (5, 3),
        (13, 7),
        (40, 12),
        (300, 100),
    ] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), columns, rows);
        stage.keys("/ apiserver <enter> o");
        for keys in [
            "9",
            "<tab> <space>",
            "<down> <down> <right>",
            "<enter> <up> <up> x <left>",
            "<del> <up> <space>",
        ] {
            stage.keys(&keys.replace("<del>", "<delete>"));
            stage.buffer();
        }
        stage.keys("<ctrl-u> <enter> <down> <down> <down> <backtab> <up> <pgup> <pgdn>");
        stage.event(Event::Paste("a.b\nc".to_owned()));
        stage.app.update(Event::Resize {
            columns: 120,
            rows: 36,
        });
        stage.buffer();
    }
}

#[test]
fn ascii_is_ascii() {
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
        stage::reading(),
        80,
        24,
    );
    stage.keys("/ apiserver <enter> o");
    for keys in ["", "<enter> a . b <enter> <up> <up> <space>", "<enter>"] {
        stage.keys(keys);
        let text = stage.text();
        assert!(text.is_ascii() && !text.contains('?'), "{text}");
    }
}

#[test]
fn every_step_at_every_size() {
    snapshots(|| {
        for (columns, rows) in [(80, 24), (120, 36), (40, 12)] {
            for (step, keys) in [
                ("key", "3 0 0 0 <tab> <tab>"),
                (
                    "names",
                    "<enter> n e w . e x a m p l e <enter> <up> <up> <space>",
                ),
                ("files", "<enter> <enter> <space>"),
            ] {
                let mut stage = about("apiserver", columns, rows);
                stage.keys(keys);
                let buffer = stage.buffer();
                // Without the header, which is not the wizard's.
                let (text, styles) = (stage::text(&buffer), stage::styles(&buffer));
                let styles = styles.lines().filter(|line| !line.starts_with(" 0 "));
                let lines: Vec<&str> = text.lines().skip(1).chain(styles).collect();
                let frame = lines.join("\n");
                insta::assert_snapshot!(format!("wizard-{step}-{columns}x{rows}"), frame);
            }
        }
    });
}
