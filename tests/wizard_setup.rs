//! The setup wizard: what is typed becomes the request that the command's flags make.

#[path = "support/stage.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod stage;

use std::sync::Arc;

use kubepki::inventory::beginning::{Beginning, Machine};
use kubepki::model::Reading;
use stage::Stage;

/// An empty machine.
fn empty() -> Reading {
    Reading {
        beginning: Beginning::Nothing { untouched: true },
        machine: Machine {
            name: "master-1".to_owned(),
            addresses: vec!["10.0.0.10".parse().unwrap(), "192.168.7.10".parse().unwrap()],
            folder: "/root".to_owned(),
        },
        clusters: Arc::default(),
        ..Reading::default()
    }
}

#[test]
fn look() {
    for (c, r) in [(80, 24), (40, 12)] {
        let mut stage = Stage::with(stage::setup(), empty(), c, r);
        stage.keys("<esc>");
        println!("{}", stage.text());
        stage.keys("S");
        for _ in 0..7 {
            println!("{}", stage.text());
            stage.keys("<enter>");
        }
    }
}
