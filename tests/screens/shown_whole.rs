//! What is shown is whole, in order, and can be reached.

use std::sync::Arc;

use kubepki::app::Setup;
use kubepki::inventory::state::Status;
use kubepki::kubernetes::component::Component;
use kubepki::model::{Command, Event, JobId, Pane, Route};
use time::Duration;

use crate::attention::{changed, shown};
use crate::pointing::{click_on, click_on_last};
use crate::support::stage::{self, MOMENT, Stage};

#[test]
fn tabs_and_hints_can_be_clicked() {
    let mut stage = Stage::demo(80, 24);
    click_on(&mut stage, "Configs");
    assert_eq!(stage.app.route(), Route::Overview(Pane::Kubeconfigs));
    click_on(&mut stage, "CAs");
    assert_eq!(stage.app.route(), Route::Overview(Pane::Authorities));
    click_on_last(&mut stage, "help");
    assert_eq!(stage.app.route(), Route::Help);
    click_on_last(&mut stage, "back");
    assert_eq!(stage.app.route(), Route::Overview(Pane::Authorities));
    click_on_last(&mut stage, "quit");
    assert_eq!(stage.commands.last(), Some(&Command::Quit));
}

#[test]
fn orders_follow_what_is_shown() {
    let mut stage = Stage::demo(120, 36);
    stage.keys("z s");
    let world = stage.app.world();
    let names: Vec<String> = world
        .reading
        .order
        .by_name
        .iter()
        .map(|at| {
            world
                .reading
                .order
                .name(&world.inventory().items[at.0 as usize])
                .to_lowercase()
        })
        .collect();
    assert!(names.is_sorted(), "{names:?}");
    let mut stage = Stage::demo(80, 24);
    stage.keys("1 s s");
    let worst = stage.app.world().judged.worst_first[0];
    assert_eq!(stage.app.world().status(worst), Status::Expired);
    let text = stage.text();
    let first = text
        .lines()
        .find(|line| line.contains(" CA "))
        .unwrap_or_default();
    assert!(
        first.contains("kubernetes"),
        "the CA of what is dead leads: {text}"
    );
}

#[test]
fn names_of_a_folder_lose_what_all_share() {
    let reading = changed(|inventory| {
        "directory".clone_into(&mut inventory.layout);
        "/".clone_into(&mut inventory.base);
        for (at, item) in inventory.items.iter_mut().enumerate() {
            item.path = Arc::from(format!("/backup/masters/cp{}{}", at % 3, item.path));
            item.id = item.path.clone();
            item.in_use = false;
        }
        inventory.tree = kubepki::inventory::tree::Tree::default();
    });
    assert_eq!(reading.order.folder, "/backup/masters/");
    let text = shown(reading).text();
    assert!(text.contains(" cp0/…/pki/etcd/peer.crt "), "{text}");
    assert!(text.contains("directory · /backup/masters"), "{text}");
}

#[test]
fn everything_that_dies_can_be_reached_in_the_prompt() {
    let mut stage = Stage::demo(80, 24);
    stage.keys("t +3y");
    let mut seen = stage.text();
    assert!(seen.contains("more below: PgDn"), "{seen}");
    for _ in 0..6 {
        stage.keys("<pgdn>");
        seen.push_str(&stage.text());
    }
    let setup = Setup {
        lens: Some(MOMENT + Duration::days(1096)),
        ..stage::setup()
    };
    let later = Stage::with(setup, stage::reading(), 80, 24);
    let world = later.app.world();
    for (_, item) in world.judged.dead(world.inventory()) {
        let name = world.reading.order.name(item);
        assert!(seen.contains(&name), "{name}: {seen}");
    }
    stage.keys("<pgup> <pgup> <pgup> <pgup> <pgup> <pgup> <pgup> <up>");
    assert!(stage.text().contains("certificates are dead"));
}

#[test]
fn help_and_palette_say_all_of_the_chosen_row() {
    for (columns, rows) in [(80, 24), (40, 12)] {
        for start in ["?", ":"] {
            let mut stage = Stage::demo(columns, rows);
            stage.keys(start);
            for row in kubepki::model::action::ACTIONS
                .iter()
                .filter(|row| start == "?" || row.name != "palette")
            {
                let text = stage.text();
                let seen: Vec<&str> = text
                    .split(|it: char| it.is_whitespace() || it == '│')
                    .filter(|it| !it.is_empty())
                    .collect();
                let whole = |words: &str| seen.join(" ").contains(words);
                assert!(
                    whole(row.help) || text.contains("not now:"),
                    "{}: {text}",
                    row.name
                );
                stage.keys("<down>");
            }
        }
    }
}

#[test]
fn shell_commands_name_the_files_of_the_root() {
    for (root, expected) in [
        ("/", "openssl x509 -in /etc/"),
        ("/mnt/m 1", "openssl x509 -in '/mnt/m 1/etc/"),
    ] {
        let mut stage = shown(changed(|inventory| {
            root.clone_into(&mut inventory.mounted.real);
        }));
        stage.keys("/ etcd-peer <enter> <enter>");
        let page = stage.app.spoken().page.join("\n");
        assert!(page.contains(expected), "{page}");
    }
}

#[test]
fn a_long_label_is_whole_and_apart() {
    let reading = changed(|inventory| {
        for reader in inventory
            .items
            .iter_mut()
            .flat_map(|item| &mut item.read_by)
        {
            reader.component = Component::KubeControllerManager;
        }
    });
    for (columns, rows) in [(80, 24), (120, 36), (40, 40)] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), columns, rows);
        stage.keys("/ etcd-peer <enter> <enter>");
        let text = stage.text();
        assert!(
            text.contains("kube-controller-manager  ")
                || text.contains("kube-controller-manager\n"),
            "{text}"
        );
    }
}

#[test]
fn a_request_says_first_what_is_to_be_thought_of_it_then_what_it_asks_for() {
    let mut stage = Stage::demo(120, 60);
    stage.keys("3 <enter>");
    let text = stage.text();
    let at = |words: &str| text.find(words).expect(words);
    assert!(at("do  ") < at("Does the asker hold the key?"), "{text}");
    assert!(at("May the asker be") < at("What it asks for"), "{text}");
    assert!(at("What it asks for") < at("asked by"), "{text}");
}

#[test]
fn long_reading_counts() {
    let mut app = kubepki::app::App::new(stage::setup());
    app.start();
    let progress = kubepki::progress::Progress {
        what: "reading /x".to_owned(),
        done: 1200,
        total: 5000,
    };
    app.update(Event::Progress {
        id: JobId(1),
        progress,
    });
    let kubepki::model::world::Loaded::Reading(words) = &app.world().loaded else {
        panic!("still reading")
    };
    assert_eq!(words, "reading /x: 1200 of 5000");
}
