//! YAML made to be parsed for ever: in the user's own files, in a master's, on standard input.

use std::fs;

use tempfile::TempDir;

use crate::support::changing::Master;
use crate::support::program::{by_id, kubepki};
use crate::support::terminal::Terminal;
use crate::support::text;

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

/// Texts whose parsing costs far more than their length, of about `bytes`.
fn bombs(bytes: usize) -> Vec<(&'static str, String)> {
    let repeated = |unit: &str| unit.repeat(bytes / unit.len());
    let laughs = (1..60).fold("a0: &a0 [x]\n".to_owned(), |text, at| {
        let before = format!("*a{}, ", at - 1);
        format!("{text}a{at}: &a{at} [{}]\n", before.repeat(9))
    });
    let tags = (0..bytes / 20).fold(String::new(), |text, at| {
        text + &format!("%TAG !a{at}! x\n")
    });
    let anchors = (0..bytes / 20).fold(String::new(), |text, at| {
        text + &format!("- &b{at} [*b{at}]\n")
    });
    vec![
        ("brackets", repeated("[")),
        ("braces", repeated("{a: ")),
        ("itself", "&a [*a]\n".to_owned()),
        ("laughs", laughs),
        ("closed in quotes", "a: ".to_owned() + &repeated("[\"]\",")),
        (
            "closed in comments",
            "a:\n".to_owned() + &repeated(" [ #]\n"),
        ),
        (
            "closed in plain text",
            "a: ]\n".repeat(bytes / 10) + "b: " + &"[".repeat(bytes / 2),
        ),
        ("dashes", repeated("- ")),
        ("questions", repeated("? ")),
        ("directives", tags + "---\na: b\n"),
        ("anchors", anchors),
        ("no end", "a: \"".to_owned() + &repeated("x")),
    ]
}

#[test]
fn settings_are_refused_at_once() {
    let (Some(master), config) = (Master::sample(SAMPLE), TempDir::new().expect("a folder")) else {
        return;
    };
    let line = [
        "--root",
        text(&master.root),
        "--state-dir",
        text(&master.state),
        "--config-dir",
        text(config.path()),
    ];
    for (name, text) in bombs(60_000).into_iter().chain(bombs(4_000_000)) {
        fs::write(config.path().join("settings.yaml"), text).expect("written");
        let run = kubepki(&[&["renew", "--all", "--dry-run"][..], &line].concat());
        run.ends_with(3);
        assert!(run.stderr.contains("settings.yaml"), "{name}: {run:?}");
    }
}

#[test]
fn absurd_numbers_are_named_by_their_key() {
    let (Some(master), config) = (Master::sample(SAMPLE), TempDir::new().expect("a folder")) else {
        return;
    };
    let line = [
        "--root",
        text(&master.root),
        "--state-dir",
        text(&master.state),
        "--config-dir",
        text(config.path()),
    ];
    for setting in [
        "lifetimeDays: 99999999999",
        "lifetimeDays: -1",
        "lifetimeDays: 0",
        "lifetimeDays: 4000000",
        "lifetimeDays: 1e3",
        "keepOperations: -0.5",
        "keepDays: 4294967295",
        "restartSeconds: 18446744073709551615",
        "restartSeconds: 0",
        "kdfLimit: 0",
        "kdfLimit: 340282366920938463463374607431768211456",
    ] {
        fs::write(config.path().join("settings.yaml"), setting).expect("written");
        for command in [
            &["renew", "--all", "--yes"][..],
            &["history"],
            &["undo", "--dry-run"],
        ] {
            let run = kubepki(&[command, &line].concat());
            run.ends_with(3);
            let key = setting.split(':').next().expect("a key");
            assert!(
                run.stderr.contains("settings.yaml") && run.stderr.contains(key),
                "{setting}: {run:?}"
            );
        }
    }
}

#[test]
fn a_masters_files_are_broken_and_the_others_are_read() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    for path in [
        "/etc/kubernetes/admin.conf",
        "/etc/kubernetes/manifests/etcd.yaml",
        "/var/lib/kubelet/config.yaml",
    ] {
        let file = master.file(path);
        let before = fs::read(&file).ok();
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        for (name, text) in bombs(1_000_000) {
            fs::write(&file, text).expect("written");
            let list = master.kubepki(&["list", "-o", "json"]);
            // What could not be read is named, and the answer is not whole without it.
            let is_named = list.json()["unread"]
                .as_array()
                .is_some_and(|unread| !unread.is_empty());
            list.ends_with(if is_named { 3 } else { 0 });
            assert_eq!(
                by_id(&list.json())["apiserver"]["status"],
                "ok",
                "{path} {name}"
            );
            if path.ends_with("admin.conf") {
                assert_eq!(
                    by_id(&list.json())["admin.conf"]["status"],
                    "broken",
                    "{name}"
                );
            }
        }
        match before {
            Some(bytes) => fs::write(&file, bytes).expect("written"),
            None => fs::remove_file(&file).expect("removed"),
        }
    }
}

#[test]
fn what_is_given_to_commands_is_refused() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    for (name, text) in bombs(1_000_000) {
        let shown = master.kubepki_with_input(
            &["show", "-"],
            format!("kind: Secret\n---\n{text}").as_bytes(),
        );
        assert!([0, 3].contains(&shown.code), "{name}: {}", shown.stderr);
        let set_up =
            master.kubepki_with_input(&["setup", "--dry-run", "--config", "-"], text.as_bytes());
        assert!([3, 64].contains(&set_up.code), "{name}: {}", set_up.stderr);
    }
}

#[test]
fn a_large_document_of_kubectl_is_read() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let certificate =
        fs::read_to_string(master.file("/etc/kubernetes/pki/ca.crt")).expect("a certificate");
    let object = |at: usize| {
        let applied = r#"{"apiVersion":"v1","data":{"a":"it's [[ -f x ]"},"kind":"ConfigMap"}"#;
        serde_json::json!({
            "kind": "ConfigMap",
            "metadata": {"name": format!("c{at}"), "annotations": {"last-applied-configuration": applied}},
            "data": {"ca.crt": certificate},
        })
    };
    let list =
        serde_json::json!({"kind": "List", "items": (0..700).map(object).collect::<Vec<_>>()});
    let text = serde_json::to_string_pretty(&list).expect("JSON");
    assert!(text.len() > 500_000);
    let shown = master.kubepki_with_input(&["show", "-", "-o", "name"], text.as_bytes());
    shown.ends_with(0);
    assert_eq!(shown.stdout.lines().count(), 700);
}

#[test]
fn keymap_and_theme_are_named_and_the_shipped_ones_used() {
    let (Some(master), home) = (Master::sample(SAMPLE), TempDir::new().expect("a home")) else {
        return;
    };
    let config = home.path().join("config");
    fs::create_dir(&config).expect("a folder");
    let line = [
        "--root",
        text(&master.root),
        "--state-dir",
        text(&master.state),
        "--config-dir",
        text(&config),
    ];
    for name in ["keymap.yaml", "theme.yaml"] {
        for (bomb, text) in bombs(60_000) {
            fs::write(config.join(name), text).expect("written");
            let mut terminal = Terminal::start(home.path(), &line, 120, 36);
            terminal.wait_until(bomb, |screen| {
                screen.contains(name) && screen.contains("apiserver")
            });
            terminal.wait_for("apiserver");
            terminal.send("\u{3}");
            assert_eq!(terminal.wait_end(), 0, "{bomb}");
        }
        fs::remove_file(config.join(name)).expect("removed");
    }
}
