//! What lets nodes in, in its states and wizards, as text and styles.
//! `INSTA_UPDATE=always cargo test --test screens frames_join` writes them anew.

use kubepki::inventory::bootstrap::{Bootstrap, TokenItem, TokenKind};
use kubepki::model::Reading;

use crate::support::joining::reading;
use crate::support::snapshots::snapshots;
use crate::support::stage::{self, Stage};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (40, 12)];

fn frame(stage: &Stage) -> String {
    let buffer = stage.buffer();
    format!("{}\n{}", stage::text(&buffer), stage::styles(&buffer))
}

/// A master of the single-CA recipe's way: a line of a token file, and a kubeconfig that holds its
/// token.
fn with_lines() -> Reading {
    reading(|inventory| {
        let line = |line, user: &str, faults: &[&str]| TokenItem {
            id: String::new(),
            kind: TokenKind::Line,
            path: "/etc/kubernetes/token.csv".into(),
            line,
            user: user.to_owned(),
            groups: vec!["system:kubelet-bootstrap".to_owned()],
            expires: None,
            authenticates: true,
            signs: false,
            description: String::new(),
            faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
            kubeconfigs: Vec::new(),
        };
        let mut held = line(1, "kubelet-bootstrap", &[]);
        let path = inventory.kubeconfigs[0].path.clone();
        held.kubeconfigs.push(path);
        inventory.bootstrap.tokens.push(held);
        inventory.bootstrap.tokens.push(line(
            2,
            "ops",
            &["there are more than four columns: groups must stand in one, quoted"],
        ));
    })
}

#[test]
fn what_lets_in() {
    snapshots(|| {
        for (columns, rows) in SIZES {
            for (name, keys) in [
                ("token", "n"),
                ("token-fault", "n <tab> s o o n"),
                ("line", "n <right>"),
                ("kubeconfig", "n <right> <right>"),
                ("bindings", "n <left>"),
            ] {
                let mut stage = Stage::demo(columns, rows);
                stage.keys(&format!("8 {keys}"));
                insta::assert_snapshot!(format!("join-{name}-{columns}x{rows}"), frame(&stage));
            }
            let mut stage = Stage::with(stage::setup(), with_lines(), columns, rows);
            stage.keys("8");
            insta::assert_snapshot!(format!("join-lines-{columns}x{rows}"), frame(&stage));
            stage.keys("<enter>");
            insta::assert_snapshot!(format!("join-line-page-{columns}x{rows}"), frame(&stage));
            let empty = reading(|inventory| inventory.bootstrap = Bootstrap::default());
            let mut stage = Stage::with(stage::setup(), empty, columns, rows);
            stage.keys("8");
            insta::assert_snapshot!(format!("join-empty-{columns}x{rows}"), frame(&stage));
        }
    });
}
