//! How the program is called, and where it writes: wrong usage, failures, streams, colours.

use crate::support;
use crate::support::program::{Sample, kubepki};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

#[test]
fn wrong_usage_ends_with_64_and_says_why() {
    let Some(sample) = Sample::recorded(SAMPLE) else {
        return;
    };
    for (arguments, word) in [
        (&["list", "--no-such-flag"][..], "--no-such-flag"),
        (&["list", "--kind", "thing"], "thing"),
        (&["list", "--role", "king"], "king"),
        (&["list", "--authority", "apiserver"], "authorit"),
        (&["list", "--expires", "2026Q5"], "2026Q5"),
        (&["list", "--expires-within", "soon"], "soon"),
        (&["list", "--at", "tomorrow"], "tomorrow"),
        (&["list", "--layout", "nonsense"], "nonsense"),
        (&["show", "nothing-like-it"], "nothing-like-it"),
        (&["show"], "WHAT"),
        (&["show", "ca", "-o", "csv"], "csv"),
        (&["kubeconfig", "show", "nothing.conf"], "nothing.conf"),
        (&["-o", "json"], "list"),
        (&["--demo", "list"], "--demo"),
        (&["somewhere", "list"], "somewhere"),
        (&[], "list"),
    ] {
        let run = sample.kubepki(arguments);
        run.ends_with(64);
        assert!(run.stderr.contains(word), "{arguments:?}: {run:?}");
        if !arguments.contains(&"json") {
            assert_eq!(run.stdout, "", "{arguments:?}");
        }
    }
}

#[test]
fn failures_are_documents_too() {
    for (arguments, code) in [
        (&["list", "--no-such-flag", "-o", "json"][..], 64),
        (&["list", "/no/such/folder", "-ojson"], 3),
        (
            &[
                "show",
                "nothing",
                "--root",
                "/no/such/root",
                "--output=json",
            ],
            3,
        ),
    ] {
        let run = kubepki(arguments);
        run.ends_with(code);
        let document = run.json();
        assert_eq!(
            (&document["apiVersion"], &document["kind"]),
            (&"kubepki/v1".into(), &"Error".into())
        );
        assert!(
            document["what"]
                .as_str()
                .is_some_and(|what| !what.is_empty())
                && document["why"].is_array()
        );
        assert!(document.get("hint").is_some());
    }
    kubepki(&["list", "/no/such/folder"]).ends_with(3);
    kubepki(&["--root", "/no/such/root", "list"]).ends_with(3);
}

#[test]
fn the_screens_need_a_terminal() {
    let run = kubepki(&[]);
    run.ends_with(64);
    assert!(run.stderr.contains("kubepki list"), "{run:?}");
}

#[test]
fn completions_and_manual() {
    for shell in ["bash", "zsh", "fish"] {
        let run = kubepki(&["completions", shell]);
        run.ends_with(0);
        assert!(run.stdout.contains("kubeconfig"), "{shell}");
    }
    let run = kubepki(&["man"]);
    run.ends_with(0);
    assert!(run.stdout.contains(".TH") && run.stdout.contains("EXIT STATUS"));
    for arguments in [&["--help"][..], &["list", "--help"], &["--version"]] {
        let run = kubepki(arguments);
        run.ends_with(0);
        assert!(
            run.stdout.contains("kubepki") && run.stderr.is_empty(),
            "{run:?}"
        );
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let Some(shell) = support::tool("sh") else {
        return;
    };
    let Some(sample) = Sample::recorded(SAMPLE) else {
        return;
    };
    let script = format!(
        "{{ '{}' --root '{}' list -o json; echo \"code $?\" >&2; }} | true",
        env!("CARGO_BIN_EXE_kubepki"),
        sample.root.display()
    );
    let output = support::run(&shell, &["-c", &script]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.trim(), "code 0");
}

#[test]
fn a_long_list_is_written_as_far_as_somebody_takes_it() {
    let Some(shell) = support::tool("sh") else {
        return;
    };
    let Some(sample) = Sample::recorded(SAMPLE) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..400 {
        std::fs::copy(
            sample.file("/etc/kubernetes/pki/ca.crt"),
            folder.path().join(format!("{number}.crt")),
        )
        .expect("copied");
    }
    for (reader, code) in [("| head -c 1 >/dev/null", 0), (">/dev/full", 3)] {
        let program = env!("CARGO_BIN_EXE_kubepki");
        let script = format!(
            "{{ '{program}' list -o json '{}'; echo \"code $?\" >&2; }} {reader}",
            folder.path().display()
        );
        let stderr = support::run(&shell, &["-c", &script]).stderr;
        let stderr = String::from_utf8_lossy(&stderr).into_owned();
        assert!(
            stderr.ends_with(&format!("code {code}\n")) && !stderr.contains("panicked"),
            "{reader}: {stderr}"
        );
    }
}

#[test]
fn colour_is_for_states_and_only_where_wanted() {
    let Some(sample) = Sample::recorded(SAMPLE) else {
        return;
    };
    let dead = ["list", "--at", "2028-11-20"];
    let plain = sample.kubepki(&dead);
    assert!(!plain.stdout.contains('\u{1b}') && plain.stdout.contains("✗ expired"));
    let coloured = sample.kubepki(&["list", "--at", "2028-11-20", "--color", "always"]);
    assert_eq!(coloured.stdout.matches("\u{1b}[31m").count(), 12);
    let ascii = sample.kubepki(&["list", "--at", "2028-11-20", "--ascii"]);
    assert!(ascii.stdout.is_ascii() && ascii.stdout.contains("x expired"));
    let linear = sample.kubepki(&["list", "--plain", "--at", "2028-11-20"]);
    assert!(
        linear
            .stdout
            .lines()
            .all(|line| line.starts_with("status: ")),
        "{}",
        linear.stdout
    );
}

#[test]
fn verbose_words_go_to_standard_error_and_nothing_is_written() {
    let Some(sample) = Sample::recorded("kubeadm-1.36-rsa") else {
        return;
    };
    let (state, quiet) = (sample.root.join("state"), sample.kubepki(&["list"]));
    let told = sample.kubepki(&["list", "-v", "--state-dir", support::text(&state)]);
    assert_eq!((&told.stdout, quiet.stderr.as_str()), (&quiet.stdout, ""));
    for words in [
        "kubepki: read /etc/kubernetes/pki/etcd/ca.crt\n",
        "layout kubeadm in /etc/kubernetes in ",
        " signatures in ",
    ] {
        assert!(told.stderr.contains(words), "{}", told.stderr);
    }
    assert!(!state.exists() && !sample.file("/var/lib/kubepki").exists());
}
