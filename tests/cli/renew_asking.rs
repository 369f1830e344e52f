//! `renew` asks: for a yes, and for the passphrase of a CA's key.

use crate::support::changing::{self, Master, differing};
use crate::support::terminal::Terminal;
use crate::support::{succeed, text, tool};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

/// The master's CA key, encrypted with this passphrase.
fn encrypt_authority(master: &Master, passphrase: &str) -> Option<()> {
    let openssl = tool("openssl")?;
    let key = master.file("/etc/kubernetes/pki/ca.key");
    let encrypted = master.file("/encrypted");
    let pass = format!("pass:{passphrase}");
    succeed(
        &openssl,
        &[
            "pkcs8",
            "-topk8",
            "-v2",
            "aes256",
            "-in",
            text(&key),
            "-out",
            text(&encrypted),
            "-passout",
            &pass,
        ],
    );
    std::fs::rename(encrypted, key).expect("renamed");
    Some(())
}

#[test]
fn a_passphrase_comes_from_a_file_or_standard_input() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    if encrypt_authority(&master, "correct horse").is_none() {
        return;
    }
    let file = master.file("/passphrase");
    let renew = ["renew", "apiserver", "--yes"];
    let run = master.kubepki(&renew);
    run.ends_with(4);
    assert!(
        run.stderr.contains("ca.key") && run.stderr.contains("--passphrase-file"),
        "{run:?}"
    );
    let with = |content: &str| {
        std::fs::write(&file, content).expect("written");
        let mut all = renew.to_vec();
        all.extend(["--passphrase-file", text(&file)]);
        master.kubepki(&all)
    };
    let wrong = with("battery staple\n");
    wrong.ends_with(4);
    assert!(
        wrong.stderr.contains("ca.key") && !wrong.stderr.contains("staple"),
        "{wrong:?}"
    );
    with("correct horse\n").ends_with(0);
    let piped = ["renew", "apiserver", "--yes", "--passphrase-file", "-"];
    let run = master.kubepki_with_input(&piped, b"correct horse");
    run.ends_with(0);
    assert!(!run.stdout.contains("horse") && !run.stderr.contains("horse"));
    let journals = changing::tree(&master.state);
    assert!(
        journals
            .values()
            .all(|node| !String::from_utf8_lossy(&node.content).contains("correct horse"))
    );
}

/// Starts kubepki on `master` in a terminal.
fn in_terminal(master: &Master, arguments: &[&str]) -> Terminal {
    let mut all = arguments.to_vec();
    all.extend(master.flags());
    Terminal::start(&master.root, &all, 120, 60)
}

#[test]
fn on_a_terminal_the_plan_is_shown_and_the_safe_answer_is_no() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let before = master.tree();
    for answer in ["\r", "n\r", "x\r", "\u{4}"] {
        let mut terminal = in_terminal(&master, &["renew", "apiserver"]);
        let shown = terminal.wait_for("Apply? [y/N]");
        assert!(
            shown.contains("1 certificate renewed in 2 files") && shown.contains("kube-apiserver"),
            "{shown}"
        );
        terminal.send(answer);
        assert_eq!(terminal.wait_end(), 4, "{answer:?}");
        assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    }
    let mut terminal = in_terminal(&master, &["renew", "apiserver"]);
    terminal.wait_for("Apply? [y/N]");
    terminal.send("y\r");
    assert_eq!(terminal.wait_end(), 0);
    assert_eq!(differing(&before, &master.tree()).len(), 2);
    let mut terminal = in_terminal(&master, &["undo"]);
    terminal.wait_for("Apply? [y/N]");
    terminal.send("y\r");
    assert_eq!(terminal.wait_end(), 0);
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
}

#[test]
fn on_a_terminal_a_passphrase_is_asked_and_not_shown() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    if encrypt_authority(&master, "correct horse").is_none() {
        return;
    }
    let mut terminal = in_terminal(&master, &["renew", "apiserver", "--yes"]);
    terminal.wait_for("Passphrase of /etc/kubernetes/pki/ca.key");
    terminal.send("battery staple\r");
    terminal.wait_for("that is not the passphrase");
    terminal.wait_until("the second question", |screen| {
        screen.matches("Passphrase of").count() == 2
    });
    terminal.send("correct horsx\u{7f}e\r");
    let shown = terminal.wait_for("done, 2 files");
    assert!(
        !shown.contains("staple") && !shown.contains("horse"),
        "{shown}"
    );
    assert_eq!(terminal.wait_end(), 0);
    let mut terminal = in_terminal(&master, &["renew", "apiserver", "--yes"]);
    terminal.wait_for("Passphrase of");
    terminal.send("\u{3}");
    assert_eq!(terminal.wait_end(), 4);
}
