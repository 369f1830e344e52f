//! Commands and screens say the same of bootstrap tokens: the same order, the same words.

use std::fs;
use std::path::Path;

use crate::support::compared::{at, reading};
use crate::support::program::kubepki;
use crate::support::stage::{self, Stage};
use crate::support::text;

/// More tokens beside the first one: one without an end, one whose secret is too short.
fn add_tokens(root: &Path) {
    let tokens = reading(root).inventory.bootstrap.tokens.clone();
    let token = tokens
        .iter()
        .max_by_key(|token| token.expires)
        .expect("a token");
    let file = root.join(token.path.trim_start_matches('/'));
    let manifest = fs::read_to_string(&file).expect("text");
    let without = |field: &str| -> String {
        let other = manifest
            .lines()
            .filter(|line| !line.trim_start().starts_with(field));
        other.flat_map(|line| [line, "\n"]).collect()
    };
    for (id, text) in [
        ("endles", without("expiration:")),
        ("faulty", without("token-secret:")),
    ] {
        let text = text.replace(&token.id, id);
        fs::write(
            file.with_file_name(format!("bootstrap-token-{id}.yaml")),
            text,
        )
        .expect("written");
    }
}

#[test]
fn tokens_stand_in_the_same_order_and_words() {
    let (folder, _) = stage::master();
    let root = folder.path().join("master");
    add_tokens(&root);
    for (later, expected) in [(0, [2, 1, 1]), (30, [1, 0, 3])] {
        let list = [
            "bootstrap",
            "token",
            "--list",
            "--root",
            text(&root),
            "--at",
            &at(later),
        ];
        let table = kubepki(&list);
        let cells = |line| -> Vec<&str> {
            str::split(line, "  ")
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
                .collect()
        };
        let rows: Vec<Vec<&str>> = table.stdout.lines().skip(1).map(cells).collect();
        let mut stage = Stage::with(stage::setup(), reading(&root), 200, 60);
        if later > 0 {
            stage.keys(&format!("t +{later}d <enter>"));
        }
        let screen = stage.keys("8").text();
        let lines: Vec<&str> = screen
            .lines()
            .skip_while(|line| !line.contains(" Tokens "))
            .skip(1)
            .collect();
        assert_eq!(rows.len(), 4, "{table:?}");
        for (row, line) in rows.iter().zip(&lines) {
            for cell in &row[..3] {
                assert!(line.contains(cell), "{cell} in {line}\n{screen}");
            }
        }
        let json = kubepki(&[&list[..], &["-o", "json"]].concat()).json();
        let items = json["items"].as_array().expect("items").iter();
        let states: Vec<&str> = items.filter_map(|one| one["state"].as_str()).collect();
        let number = |state: &str| states.iter().filter(|one| **one == state).count();
        assert_eq!(
            [number("valid"), number("faulty"), number("expired")],
            expected,
            "{states:?}"
        );
    }
}
