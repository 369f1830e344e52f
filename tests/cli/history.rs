//! `history` and `undo` as scripts and people use them.

use std::fs;

use crate::support::changing::{Master, differing};
use crate::support::program;
use crate::support::renewed::{master, old_files, states};
use crate::support::{self, run, tool};

#[test]
fn nothing_was_done_so_far() {
    let Some(master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let run = master.kubepki(&["history"]);
    run.ends_with(0);
    assert!(
        run.stdout.is_empty() && run.stderr.contains("nothing was done"),
        "{run:?}"
    );
    assert_eq!(states(&master), []);
    master.kubepki(&["history", "verify"]).ends_with(0);
    assert!(!master.state.exists(), "reading makes no state");
}

#[test]
fn the_newest_comes_first_and_undone_is_said() {
    let Some((master, first, second)) = master() else {
        return;
    };
    let done = |id: &String, state: &str| (id.clone(), state.to_owned());
    assert_eq!(
        states(&master),
        [done(&second, "done"), done(&first, "done")]
    );
    let text = master.kubepki(&["history"]).stdout;
    let rows: Vec<&str> = text.lines().collect();
    assert!(
        rows[0].starts_with("WHEN") && rows[1].contains(&second) && rows[2].contains(&first),
        "{text}"
    );
    master.kubepki(&["undo", "--yes"]).ends_with(0);
    let after = states(&master);
    assert_eq!(after.len(), 3);
    assert_eq!(after[1..], [done(&second, "undone"), done(&first, "done")]);
    // By the beginning of its id: the shortest that is its own.
    let shared = |other: &str| {
        first
            .bytes()
            .zip(other.bytes())
            .take_while(|(one, other)| one == other)
            .count()
    };
    let own = after[..2]
        .iter()
        .map(|(id, _)| shared(id) + 1)
        .max()
        .expect("two others");
    let run = master.kubepki(&["history", "show", &first[..own], "-o", "json"]);
    assert_eq!(run.json()["id"], first.as_str());
    let run = master.kubepki(&["history", "show", &first[..4]]);
    run.ends_with(64);
    assert!(
        run.stderr.contains(&first) && run.stderr.contains(&second),
        "{run:?}"
    );
    master.kubepki(&["undo", "--yes", &first]).ends_with(0);
    assert_eq!(states(&master).last(), Some(&done(&first, "undone")));
    assert_eq!(
        master
            .kubepki(&["history", "-o", "name"])
            .stdout
            .lines()
            .count(),
        4
    );
}

#[test]
fn one_operation_ends_with_a_script_that_a_shell_reads() {
    let Some((master, first, second)) = master() else {
        return;
    };
    for id in [&first, &second] {
        let text = master.kubepki(&["history", "show", id]).stdout;
        for part in [
            "Operation",
            "State",
            "done",
            "ENDS NOW",
            "Files\n",
            "Restart\n",
            "#!/bin/sh",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        let script = master.kubepki(&["history", "show", id, "--script"]).stdout;
        assert!(
            script.starts_with("#!/bin/sh\n# ") && text.ends_with(&script),
            "{script}"
        );
        assert!(!script.contains("PRIVATE KEY-----"), "{script}");
        assert_eq!(
            script.lines().filter(|line| *line == "set -eu").count(),
            1,
            "{script}"
        );
        let path = master.state.join("script");
        fs::write(&path, &script).expect("written");
        if let Some(shell) = tool("sh") {
            let checked = run(&shell, &["-n", support::text(&path)]);
            assert!(
                checked.status.success(),
                "{}\n{script}",
                String::from_utf8_lossy(&checked.stderr)
            );
        }
        fs::remove_file(path).expect("removed");
    }
    let operation = master
        .kubepki(&["history", "show", &second, "-o", "json"])
        .json();
    assert_eq!(
        (&operation["kind"], &operation["state"]),
        (&"Operation".into(), &"done".into())
    );
    assert_eq!(
        operation["plan"]["issues"].as_array().map(Vec::len),
        Some(12)
    );
    master
        .kubepki(&["history", "show", &second, "--script", "-o", "json"])
        .ends_with(64);
    master
        .kubepki(&["history", "show", "nosuchid"])
        .ends_with(64);
}

#[test]
fn a_conflict_is_named_and_nothing_is_taken_back() {
    let Some((master, first, second)) = master() else {
        return;
    };
    let before = master.tree();
    // The second operation changed the files of the first.
    let run = master.kubepki(&["undo", "--yes", &first]);
    run.ends_with(4);
    assert!(run.stderr.contains("apiserver.crt"), "{run:?}");
    fs::write(master.file("/etc/kubernetes/scheduler.conf"), "mine\n").expect("written");
    let run = master.kubepki(&["undo", "--yes", &second]);
    run.ends_with(4);
    assert!(
        run.stderr.contains("/etc/kubernetes/scheduler.conf") && !run.stderr.contains("admin.conf"),
        "{run:?}"
    );
    assert_eq!(
        differing(&before, &master.tree()),
        ["etc/kubernetes/scheduler.conf"]
    );
}

#[test]
fn pruning_drops_old_files_and_keeps_the_history() {
    let Some((master, first, second)) = master() else {
        return;
    };
    let quiet = master.kubepki(&["history", "prune", "--yes"]);
    quiet.ends_with(0);
    assert_eq!(
        (quiet.stdout.as_str(), old_files(&master, &first).len()),
        ("", 2)
    );
    let config = master.state.join("config");
    fs::create_dir(&config).expect("a folder");
    fs::write(
        config.join("settings.yaml"),
        "keepOperations: 1\nkeepDays: 0\n",
    )
    .expect("written");
    let prune = |arguments: &[&str]| {
        let mut all = vec!["history", "prune", "--config-dir", support::text(&config)];
        all.extend([
            "--root",
            support::text(&master.root),
            "--state-dir",
            support::text(&master.state),
        ]);
        all.extend(arguments);
        program::kubepki(&all)
    };
    let planned = prune(&["--dry-run", "-o", "json"]).json();
    assert_eq!(
        (
            &planned["changes"][0]["place"],
            &planned["changes"][0]["action"]
        ),
        (&"local".into(), &"remove".into())
    );
    assert_eq!(old_files(&master, &first).len(), 2);
    prune(&[]).ends_with(4);
    prune(&["--yes"]).ends_with(0);
    assert_eq!(
        (
            old_files(&master, &first).len(),
            old_files(&master, &second).is_empty()
        ),
        (0, false)
    );
    assert!(states(&master).iter().any(|(id, _)| *id == first));
    let run = master.kubepki(&["undo", "--yes", &first]);
    run.ends_with(4);
    assert!(run.stderr.contains("dropped"), "{run:?}");
    master.kubepki(&["history", "verify"]).ends_with(0);
}
