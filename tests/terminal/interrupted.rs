//! A change that was interrupted, in the real program: told, finished or taken back by a key.

use kubepki::record::OperationState;
use tempfile::TempDir;

use crate::support::remembered::operations;
use crate::support::terminal::{READ, Terminal};
use crate::support::{plan, text};

#[test]
fn what_was_interrupted_on_this_machine_is_finished_at_the_start_and_read_only_tells_it() {
    let (folder, home) = (
        TempDir::new().expect("a folder"),
        TempDir::new().expect("a home"),
    );
    let file = folder.path().join("files/a.key");
    std::fs::create_dir(folder.path().join("files")).expect("a folder");
    std::fs::write(&file, "old").expect("written");
    // This machine's own root; a file of ours is changed below it.
    let master = plan::Master {
        root: "/".into(),
        state: folder.path().join("state"),
    };
    master.interrupt(
        &plan::Master::plan_of(vec![master.change(
            text(&file),
            None,
            plan::file("new", 0o600),
        )]),
        0,
    );
    let flags = [
        "--state-dir",
        text(&master.state),
        "--config-dir",
        "/nonexistent",
    ];
    let reader = Terminal::start(
        home.path(),
        &[&flags[..], &["--read-only"]].concat(),
        120,
        30,
    );
    reader.wait_for("was interrupted: files may be partly old and partly new");
    drop(reader);
    assert_eq!(std::fs::read_to_string(&file).expect("text"), "old");
    // What somebody else has put there is not overwritten.
    std::fs::write(&file, "somebody else's").expect("written");
    let stuck = Terminal::start(home.path(), &flags, 120, 30);
    stuck.wait_for("cannot be finished");
    drop(stuck);
    assert_eq!(
        std::fs::read_to_string(&file).expect("text"),
        "somebody else's"
    );
    std::fs::write(&file, "old").expect("written");
    let terminal = Terminal::start(home.path(), &flags, 120, 30);
    terminal.wait_for("had been interrupted and is finished now");
    assert_eq!(operations(&master.state)[0].state, OperationState::Done);
    assert_eq!(std::fs::read_to_string(&file).expect("text"), "new");
}

#[test]
fn what_was_interrupted_on_another_disk_is_shown_and_ended_by_a_key() {
    for (key, words, state) in [
        (
            "F",
            "had been interrupted and is finished now",
            OperationState::Done,
        ),
        (
            "B",
            "had been interrupted and is taken back",
            OperationState::RolledBack,
        ),
    ] {
        for on_disk in [true, false] {
            let (folder, home) = (
                TempDir::new().expect("a folder"),
                TempDir::new().expect("a home"),
            );
            let mut master = plan::Master::make(folder.path());
            if on_disk {
                master.state = master.root.join("var/lib/kubepki");
            }
            master.interrupt(&master.plan(), 3);
            let found = plan::picture(&master.root);
            let flags = [
                "--root",
                text(&master.root),
                "--state-dir",
                text(&master.state),
                "--config-dir",
                "/nonexistent",
            ];
            let mut terminal = Terminal::start(home.path(), &flags, 120, 30);
            terminal.wait_for("was interrupted: files may be partly old and partly new");
            terminal.wait_still(READ);
            // Nor does a plan begin with what nobody has said yes to.
            terminal.send("R");
            terminal.wait_for("Not done");
            terminal.wait_still(READ);
            terminal.send("\x1b");
            terminal.wait_for("7 History·1!");
            assert_eq!(
                plan::picture(&master.root),
                found,
                "nothing is changed unasked"
            );
            terminal.send("7\r");
            terminal.wait_for("What was interrupted");
            terminal.wait_still(READ);
            terminal.send(key);
            terminal.wait_for(words);
            assert_eq!(operations(&master.state)[0].state, state);
        }
    }
}

#[test]
fn what_cannot_be_finished_keeps_all_else_away_and_is_ended_by_its_page() {
    for (key, words, state) in [
        (
            "F",
            "had been interrupted and is finished now",
            OperationState::Done,
        ),
        (
            "B",
            "had been interrupted and is taken back",
            OperationState::RolledBack,
        ),
    ] {
        let (folder, home) = (
            TempDir::new().expect("a folder"),
            TempDir::new().expect("a home"),
        );
        let master = plan::Master::interrupted(folder.path());
        std::fs::write(master.file("/etc/kubernetes/pki/a.crt"), "somebody else's")
            .expect("written");
        let flags = [
            "--root",
            text(&master.root),
            "--state-dir",
            text(&master.state),
            "--config-dir",
            "/nonexistent",
        ];
        let mut terminal = Terminal::start(home.path(), &flags, 120, 30);
        terminal.wait_for("was interrupted: files may be partly old and partly new");
        terminal.wait_still(READ);
        let found = master.picture();
        terminal.send("R");
        terminal.wait_for("Not done");
        terminal.wait_for("is ended only by name");
        assert_eq!(master.picture(), found);
        terminal.send("\x1b");
        terminal.wait_for("7 History·1!");
        terminal.send("7\r");
        let page = terminal.wait_for("What was interrupted");
        assert!(
            page.contains("F finishes it") && page.contains("B takes it back"),
            "{page}"
        );
        terminal.wait_still(READ);
        terminal.send(key);
        terminal.wait_for(words);
        assert_eq!(operations(&master.state)[0].state, state);
        let replaced = master
            .state
            .join("operations")
            .join(&operations(&master.state)[0].id)
            .join("replaced");
        assert_eq!(std::fs::read_dir(replaced).expect("it is kept").count(), 1);
        terminal.send("7");
        terminal.wait_until("it came to its end", |shown| !shown.contains("unfinished"));
    }
}
