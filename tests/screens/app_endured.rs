//! Sizes, keys and names of any kind.

use kubepki::app::Setup;
use kubepki::inventory::{Trouble, Unread};
use kubepki::model::world::Settings;
use kubepki::model::{Event, Key, Reading};

use crate::spelled_out::{EVIL, nothing_is_hidden};
use crate::support::stage::{self, Stage};

#[test]
fn no_size_and_no_key_makes_it_panic() {
    let reading = stage::reading();
    let keys = "j;G;<pgdn>;z;s;<enter>;<tab>;w;<esc>;3;4;?;<esc>;: a;<esc>;t x;<esc>;1 f <space> / e <esc> h l <backtab> g";
    for (columns, rows) in [
        (1, 1),
        (1, 40),
        (200, 1),
        (2, 2),
        (5, 3),
        (13, 7),
        (40, 12),
        (80, 24),
        (300, 100),
    ] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), columns, rows);
        for keys in keys.split(';') {
            stage.keys(keys);
            stage.buffer();
        }
        // The frame may still be of another size than the application knows.
        stage.app.update(Event::Resize {
            columns: 120,
            rows: 36,
        });
        stage.buffer();
    }
}

#[test]
fn every_key_of_the_keymap_is_safe_everywhere() {
    let reading = stage::reading();
    let letters: Vec<Key> = (' '..='~').map(Key::char).collect();
    for start in [
        "",
        "1",
        "3",
        "4",
        "<enter>",
        "4 <enter>",
        "3 <enter>",
        "w",
        "?",
        ":",
        "t",
        "/",
    ] {
        let mut stage = Stage::with(stage::setup(), reading.clone(), 80, 24);
        stage.keys(start);
        for key in &letters {
            stage.event(Event::Key(*key));
            stage.buffer();
        }
    }
}

#[test]
fn ascii_is_ascii_and_no_color_is_no_color() {
    let setup = Setup {
        settings: Settings {
            ascii: true,
            ..stage::setup().settings
        },
        no_color: true,
        ..stage::setup()
    };
    let mut stage = Stage::with(setup, stage::reading(), 120, 36);
    for keys in ["", "<enter>", "<esc> 4 <enter>", "<esc> ?", "<esc> t"] {
        stage.keys(keys);
        let buffer = stage.buffer();
        assert!(stage::text(&buffer).is_ascii(), "{}", stage::text(&buffer));
        assert!(
            buffer
                .content
                .iter()
                .all(|cell| cell.fg == ratatui::style::Color::Reset)
        );
    }
}

#[test]
fn hostile_names_are_spelled_out_on_every_screen() {
    let mut inventory = (*stage::reading().inventory).clone();
    for item in &mut inventory.items {
        item.path = format!("{}{EVIL}", item.path).into();
    }
    for kubeconfig in &mut inventory.kubeconfigs {
        for user in &mut kubeconfig.users {
            user.name.push_str(EVIL);
            user.identity = Some(EVIL.to_owned());
        }
        for cluster in &mut kubeconfig.clusters {
            cluster.server.push_str(EVIL);
        }
    }
    for request in &mut inventory.requests {
        request.name.push_str(EVIL);
    }
    inventory.cluster = Some(EVIL.to_owned());
    inventory.node = Some(EVIL.to_owned());
    inventory.unread = vec![Unread {
        path: EVIL.to_owned(),
        why: Trouble::Io(EVIL.to_owned()).into(),
    }];
    let mut stage = Stage::with(stage::setup(), Reading::new(inventory), 120, 36);
    for keys in [
        "",
        "z",
        "<enter>",
        "w",
        "2 4 <enter>",
        "2 3 <enter>",
        "!",
        ": evil",
        "<esc> t",
    ] {
        stage.keys(keys);
        nothing_is_hidden(&stage, keys);
    }
}
