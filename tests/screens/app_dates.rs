//! The date as a lens, and the moment at which something changes by itself.

use kubepki::app::Setup;
use kubepki::model::{Command, Event, Reading};
use time::Duration;
use time::macros::datetime;

use crate::support::stage::{self, MOMENT, Stage};

#[test]
fn the_date_is_a_lens() {
    let mut stage = Stage::demo(80, 24);
    let before = stage.app.world().judged.expired;
    stage.keys("t +30d");
    assert!(
        stage.text().contains("certificates are dead"),
        "{}",
        stage.text()
    );
    assert_eq!(
        stage.app.world().judged.expired,
        before,
        "typing alone changes nothing"
    );
    stage.keys("<enter>");
    let text = stage.text();
    assert_eq!(stage.app.world().moment(), MOMENT + Duration::days(30));
    assert_eq!(
        stage.app.world().judged.expired,
        before + 2,
        "apiserver-kubelet-client and scheduler.conf die within 30 days"
    );
    assert!(
        text.contains("22 Dec 03:12Z") && text.contains("are dead:"),
        "{text}"
    );
    assert_eq!(
        stage.commands.last(),
        Some(&Command::Wake(None)),
        "no wake-up while another date is looked at"
    );
    stage.keys("t <ctrl-u> nonsense <enter>");
    assert!(stage.text().contains("\"nonsense\" is no moment"));
    stage.keys("<ctrl-u> now <enter>");
    assert_eq!(stage.app.world().judged.expired, before);
}

#[test]
fn a_lens_from_the_command_line_holds_from_the_start() {
    let setup = Setup {
        lens: Some(MOMENT + Duration::days(400)),
        ..stage::setup()
    };
    let stage = Stage::with(setup, stage::reading(), 120, 36);
    assert!(stage.app.world().judged.expired > 10);
    assert!(
        stage.text().contains("as it will be on 27 Dec 2027"),
        "{}",
        stage.text()
    );
}

#[test]
fn it_wakes_at_the_next_change_of_a_state() {
    // A token may end before any certificate does.
    let mut inventory = (*stage::reading().inventory).clone();
    inventory.bootstrap.tokens.clear();
    let mut stage = Stage::with(stage::setup(), Reading::new(inventory), 80, 24);
    let woken = stage
        .commands
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::Wake(moment) => *moment,
            _ => None,
        });
    let moment = woken.expect("a moment");
    assert!(moment > MOMENT);
    let before = stage.app.world().judged.status.clone();
    stage.event(Event::Moment(moment - Duration::seconds(2)));
    assert_eq!(stage.app.world().judged.status, before);
    stage.event(Event::Moment(moment));
    assert_ne!(stage.app.world().judged.status, before);
}

#[test]
fn dates_before_the_certificates_are_not_valid_yet() {
    let setup = Setup {
        lens: Some(datetime!(2001-01-01 0:00 UTC)),
        ..stage::setup()
    };
    let stage = Stage::with(setup, stage::reading(), 80, 24);
    assert!(stage.text().contains("not yet valid"), "{}", stage.text());
    assert_eq!(stage.app.world().judged.expired, 0);
}
