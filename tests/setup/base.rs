//! `setup` where answers are kept: they are the base of what flags leave unsaid, and of kubeadm's
//! configuration.

use std::fs;

use crate::support::ground::{Ground, ONE, THREE};
use crate::support::{changing, text};

/// What a poorer setup would lose.
const SAID: [&str; 4] = [
    "--endpoint",
    "api.example.com:6443",
    "--san",
    "extra.example.com",
];

#[test]
fn kept_answers_are_the_base_of_what_flags_leave_unsaid() {
    let ground = Ground::new();
    ground
        .setup(&[&ONE[..], &SAID, &["--yes"]].concat())
        .ends_with(0);
    let kept = || {
        fs::read_to_string(ground.master.state.join("clusters/kubernetes.yaml"))
            .expect("kept answers")
    };
    let before = kept();
    for (at, flags) in [&[][..], &ONE, &["--cluster-name", "kubernetes"]]
        .into_iter()
        .enumerate()
    {
        let config = ground.folder.path().join(format!("kubeadm-{at}.yaml"));
        ground
            .setup(&[flags, &["--write-config", text(&config), "--yes"]].concat())
            .ends_with(0);
        let config = fs::read_to_string(config).expect("a configuration");
        assert!(
            config.contains("api.example.com:6443") && config.contains("extra.example.com"),
            "{flags:?}: {config}"
        );
        assert_eq!(kept(), before, "{flags:?}");
    }
    let changed = ground.setup(&[
        "--san",
        "other.example.com",
        "--replace",
        "pki/apiserver.crt",
        "--dry-run",
        "-o",
        "json",
    ]);
    assert!(
        changed.stdout.contains("these take their place"),
        "{changed:?}"
    );
}

#[test]
fn the_first_step_of_the_guide_does_what_it_says() {
    let ground = Ground::new();
    ground
        .setup_with_input(&[&["--nodes", "-"], &SAID[..], &["--yes"]].concat(), THREE)
        .ends_with(0);
    let page = ground.master.kubepki(&["setup", "guide"]).stdout;
    let command = page
        .split('`')
        .find(|part| part.ends_with("--kubeadm-config"))
        .expect("a command");
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let before = ground.everything();
    let run = ground.master.kubepki(&words);
    run.ends_with(0);
    assert_eq!(
        changing::differing(&before, &ground.everything()),
        Vec::<String>::new()
    );
    assert!(
        run.stdout.contains("controlPlaneEndpoint: ") && run.stdout.contains("extra.example.com"),
        "{run:?}"
    );
    let again = Ground::new().setup_with_input(&["--config", "-", "--dry-run"], &run.stdout);
    again.ends_with(0);
    assert!(again.stdout.contains("extra.example.com"), "{again:?}");
}

#[test]
fn which_cluster_and_which_node_is_meant_is_no_guess() {
    let ground = Ground::new();
    ground
        .setup_with_input(&[&["--nodes", "-"], &SAID[..], &["--yes"]].concat(), THREE)
        .ends_with(0);
    let other = ground.setup(&["--node", "master-9", "--address", "10.0.0.99", "--dry-run"]);
    other.ends_with(64);
    assert!(
        other.stderr.contains("master-9") && other.stderr.contains("master-2"),
        "{other:?}"
    );
    fs::write(ground.master.state.join("clusters/dev.yaml"), "name: dev\n").expect("written");
    let two = ground.setup(&["--dry-run"]);
    two.ends_with(64);
    assert!(
        two.stderr.contains("several clusters") && two.stderr.contains("--cluster-name"),
        "{two:?}"
    );
}

#[test]
fn kept_answers_that_are_damaged_cost_only_themselves() {
    let ground = Ground::set_up();
    let folder = ground.master.state.join("clusters");
    fs::write(folder.join("bad.yaml"), "name: \"\u{1b}[31m").expect("written");
    fs::write(folder.join("other.yaml"), "name: dev\n").expect("written");
    fs::write(folder.join("empty.yaml"), "name: empty\n").expect("written");
    let run = ground.master.kubepki(&["setup", "list"]);
    run.ends_with(0);
    assert!(
        run.stdout.contains("kubernetes")
            && run.stdout.contains("empty")
            && !run.stdout.contains("dev"),
        "{run:?}"
    );
    for word in ["bad.yaml", "other.yaml", "another cluster"] {
        assert!(run.stderr.contains(word), "{word}: {run:?}");
    }
    assert!(!run.stderr.contains('\u{1b}'), "{run:?}");
    ground
        .master
        .kubepki(&["setup", "guide", "kubernetes"])
        .ends_with(0);
    // Of several one is named; what lacks its nodes is told as a wrong answer is.
    for (words, word) in [
        (&["setup", "guide"][..], "several clusters"),
        (&["setup", "guide", "empty"], "control plane"),
    ] {
        let run = ground.master.kubepki(words);
        run.ends_with(64);
        assert!(run.stderr.contains(word), "{words:?}: {run:?}");
    }
}
