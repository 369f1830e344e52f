//! Changes: keys in, plans and applications of plans out, without a terminal.

#[path = "support/changes.rs"]
mod changes;
#[path = "support/stage.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod stage;

use changes::{answer, applying, operation, planned, renewal};
use stage::Stage;

#[test]
fn show() {
    let reading = stage::reading();
    for size in [(80, 24), (120, 36), (40, 12)] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), size.0, size.1);
        println!("{}", stage.text());
        stage.keys("<space> <space>");
        println!("{}", stage.text());
        stage.keys("R");
        println!("{}", stage.text());
        let (plan, _) = planned(&mut stage);
        answer(&mut stage, plan, renewal(&reading, "Renew what is due", &["apiserver", "admin.conf", "scheduler.conf"]));
        println!("{}", stage.text());
        stage.keys("<pgdn>");
        println!("{}", stage.text());
        stage.keys("d");
        println!("{}", stage.text());
        stage.keys("<esc> c");
        println!("{}", stage.text());
        stage.keys("<esc>").settle().keys("<enter>");
        println!("{}", stage.text());
        applying(&mut stage);
        let op = operation("20261122T031205Z-4f2a9c", renewal(&reading, "Renew what is due", &["apiserver", "admin.conf"]), 1);
        stage.event(kubepki::model::Event::Applied { plan, operation: Ok(Box::new(op)) });
        println!("{}", stage.text());
        stage.keys("7");
        println!("{}", stage.text());
    }
}
