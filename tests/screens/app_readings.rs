//! Readings of the disk: the first, later ones, and what could not be read.

use kubepki::app::Setup;
use kubepki::inventory::{Trouble, Unread};
use kubepki::model::route::RouteName;
use kubepki::model::world::Settings;
use kubepki::model::{Command, Event, Job, JobId, Problem, Reading};

use crate::support::stage::{self, MOMENT, Stage};

fn read_id(command: &Command) -> Option<JobId> {
    match command {
        Command::Start { id, job: Job::Read } => Some(*id),
        _ => None,
    }
}

#[test]
fn late_answers_are_dropped_and_the_newest_read_wins() {
    let mut stage = Stage::demo(80, 24);
    let items = stage.app.world().inventory().items.len();
    stage.event(Event::FilesChanged);
    stage.keys("<f5>");
    let ids: Vec<JobId> = stage.commands.iter().filter_map(read_id).collect();
    assert_eq!(ids.len(), 3);
    stage.event(Event::Read {
        id: ids[1],
        at: MOMENT,
        reading: Ok(Reading::default()),
    });
    assert_eq!(
        stage.app.world().inventory().items.len(),
        items,
        "the answer to an older question"
    );
    stage.event(Event::Read {
        id: ids[2],
        at: MOMENT,
        reading: Err(Problem::new("the disk is gone")),
    });
    assert_eq!(
        stage.app.world().inventory().items.len(),
        items,
        "what was read before still stands"
    );
    assert!(stage.text().contains("the disk is gone"));
}

#[test]
fn the_cursor_stays_on_its_thing_when_files_change() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("/ etcd-server <enter>");
    stage.keys("<enter>");
    let before = stage.app.route();
    let mut reading = (*stage::reading().inventory).clone();
    reading.items.rotate_left(3);
    reading.tree = kubepki::inventory::tree::Tree::default();
    stage.event(Event::FilesChanged);
    stage.read(Ok(Reading::new(reading)));
    assert_eq!(stage.app.route(), before);
    assert!(stage.text().contains("etcd-server"), "{}", stage.text());
    stage.event(Event::FilesChanged);
    stage.read(Ok(Reading::default()));
    assert!(
        stage.text().contains("not there any more"),
        "{}",
        stage.text()
    );
}

#[test]
fn a_first_reading_that_fails_is_a_page() {
    let mut stage = Stage::with(stage::setup(), Reading::default(), 80, 24);
    let problem = Problem {
        why: vec!["permission denied".to_owned()],
        ..Problem::new("no permission to read /etc")
    };
    let mut fresh = kubepki::app::App::new(stage::setup());
    fresh.start();
    stage.app = fresh;
    stage.event(Event::Read {
        id: JobId(1),
        at: MOMENT,
        reading: Err(problem.hint("try: sudo kubepki")),
    });
    let text = stage.text();
    for words in [
        "no permission to read /etc",
        "permission denied",
        "try: sudo kubepki",
    ] {
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn what_could_not_be_read_is_said() {
    let mut inventory = (*stage::reading().inventory).clone();
    inventory.unread = vec![Unread {
        path: "/etc/kubernetes/pki/ca.key".to_owned(),
        why: Trouble::Denied.into(),
    }];
    let settings = Settings {
        sudo: "sudo kubepki".to_owned(),
        ..stage::setup().settings
    };
    let mut stage = Stage::with(
        Setup {
            settings,
            ..stage::setup()
        },
        Reading::new(inventory),
        80,
        24,
    );
    let text = stage.text();
    assert!(
        text.contains("1 path could not be read") && text.contains("sudo kubepki"),
        "{text}"
    );
    stage.keys("!");
    assert_eq!(stage.app.route().name(), RouteName::Unread);
    assert!(stage.text().contains("/etc/kubernetes/pki/ca.key"));
}
