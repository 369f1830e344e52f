//! What lies in place of a file: FIFOs, devices, folders, loops of links, files without an end.
//! Nothing waits for them, nothing takes all of them in, and each is named.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use tempfile::TempDir;

use crate::support::changing::Master;
use crate::support::program::{Run, kubepki, kubepki_with_variables};
use crate::support::terminal::Terminal;
use crate::support::{run, text, tool};

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

/// What is no file that may be read, each with the words that name it.
const STRANGE: [(&str, &str); 6] = [
    ("fifo", "is a FIFO, not a file"),
    ("to-fifo", "is a FIFO, not a file"),
    ("zero", "is a device, not a file"),
    ("folder", "is a directory, not a file"),
    ("loop", "is a loop of links"),
    ("huge", "is too large"),
];

/// Puts something strange at `path`, and nothing else.
fn put(kind: &str, path: &Path) {
    let _ = fs::remove_file(path).or_else(|_| fs::remove_dir(path));
    let fifo = |path: &Path| {
        mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).expect("a FIFO");
    };
    match kind {
        "fifo" => fifo(path),
        "to-fifo" => {
            let target = path.with_extension("target");
            let _ = fs::remove_file(&target);
            fifo(&target);
            symlink(target, path).expect("a link");
        }
        "zero" => symlink("/dev/zero", path).expect("a link"),
        "folder" => fs::create_dir(path).expect("a folder"),
        "loop" => symlink(path, path).expect("a link"),
        // Without a block on the disk.
        _ => File::create(path)
            .and_then(|file| file.set_len(1 << 30))
            .expect("a file"),
    }
}

/// A folder with each of them.
fn strange() -> (TempDir, Vec<(PathBuf, &'static str)>) {
    let folder = TempDir::new().expect("a folder");
    let made = STRANGE.map(|(kind, words)| {
        let path = folder.path().join(kind);
        put(kind, &path);
        (path, words)
    });
    (folder, made.to_vec())
}

fn says(run: &Run, code: i32, words: &[&str]) {
    run.ends_with(code);
    assert!(
        words.iter().all(|word| run.stderr.contains(word)),
        "{words:?}: {run:?}"
    );
}

#[test]
fn settings_that_are_no_file_are_named() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let config = TempDir::new().expect("a folder");
    let line = [
        "--root",
        text(&master.root),
        "--state-dir",
        text(&master.state),
        "--config-dir",
        text(config.path()),
    ];
    for (kind, words) in STRANGE {
        put(kind, &config.path().join("settings.yaml"));
        let run = kubepki(&[&["renew", "--all", "--dry-run"][..], &line].concat());
        says(&run, 3, &["settings.yaml", words]);
    }
}

#[test]
fn files_that_flags_name_are_files_or_what_the_shell_has_opened() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let (_folder, strange) = strange();
    for (path, words) in &strange {
        let path = text(path);
        let passphrase =
            master.kubepki(&["renew", "apiserver", "--dry-run", "--passphrase-file", path]);
        let too_long = path.ends_with("huge");
        says(
            &passphrase,
            if too_long { 64 } else { 3 },
            &[path, if too_long { "too long" } else { words }],
        );
        says(
            &master.kubepki(&["setup", "--dry-run", "--config", path]),
            3,
            &[path, words],
        );
        says(
            &master.kubepki(&["setup", "--dry-run", "--nodes", path]),
            3,
            &[path, words],
        );
        says(&master.kubepki(&["show", path]), 3, &[path, words]);
        let import = master.kubepki(&["request", "import", "--dry-run", path]);
        assert!(
            [3, 4].contains(&import.code) && import.stderr.contains("huge") == too_long,
            "{import:?}"
        );
    }
}

#[test]
fn what_the_shell_has_opened_is_read() {
    let (Some(bash), Some(openssl)) = (tool("bash"), tool("openssl")) else {
        return;
    };
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let key = master.file("/etc/kubernetes/pki/ca.key");
    let flags = master.flags().join(" ");
    let script = |line: &str| {
        let program = env!("CARGO_BIN_EXE_kubepki");
        let line = line
            .replace("KUBEPKI", program)
            .replace("FLAGS", &flags)
            .replace("KEY", text(&key));
        let output = run(&bash, &["-c", &line.replace("OPENSSL", text(&openssl))]);
        let words = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code(), words)
    };
    let (code, words) = script("KUBEPKI show <(cat KEY) FLAGS");
    assert!(code == Some(0) && words.contains("ECDSA-P256"), "{words}");
    let encrypt = "OPENSSL pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret -in KEY -out KEY.new && mv KEY.new KEY";
    assert_eq!(script(encrypt).0, Some(0));
    for given in [
        "<(echo secret)",
        "/dev/stdin <<<secret",
        "- <<<secret",
        "/dev/fd/7 7<<<secret",
    ] {
        let (code, words) = script(&format!(
            "KUBEPKI renew apiserver --yes FLAGS --passphrase-file {given}"
        ));
        assert_eq!(code, Some(0), "{given}: {words}");
    }
}

#[test]
fn an_input_without_an_end_ends() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    for (arguments, code, why) in [
        (&["show", "-"][..], 3, "too large"),
        (
            &["renew", "apiserver", "--dry-run", "--passphrase-file", "-"],
            64,
            "too long",
        ),
        (&["setup", "--dry-run", "--nodes", "-"], 3, "too large"),
        (&["show", "/dev/stdin"], 3, "too large"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_kubepki"))
            .args([arguments, &master.flags()].concat())
            .stdin(Stdio::from(File::open("/dev/zero").expect("a device")))
            .output()
            .expect("kubepki starts");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {words}");
        assert!(words.contains(why), "{arguments:?}: {words}");
    }
}

#[test]
fn a_list_of_users_that_is_none_costs_only_their_homes() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let passwd = master.file("/etc/passwd");
    for (kind, _) in STRANGE {
        put(kind, &passwd);
        let list = kubepki_with_variables(
            &["list", "--root", text(&master.root)],
            &[("SUDO_USER", "ann")],
        );
        list.ends_with(0);
        assert!(list.stdout.contains("apiserver"), "{kind}: {list:?}");
    }
}

#[test]
fn keymap_and_theme_that_are_no_file_cost_only_themselves() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let home = TempDir::new().expect("a home");
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
    for name in ["settings.yaml", "keymap.yaml", "theme.yaml"] {
        for kind in ["fifo", "huge"] {
            put(kind, &config.join(name));
            let mut terminal = Terminal::start(home.path(), &line, 120, 36);
            terminal.wait_for("apiserver");
            let words = if kind == "fifo" {
                "is a FIFO"
            } else {
                "is too large"
            };
            let shown = terminal.wait_until("the notice", |screen| {
                screen.contains(words) && screen.contains("apiserver")
            });
            assert!(
                shown.contains(name) || shown.contains("settings"),
                "{name}: {shown}"
            );
            terminal.send("\u{3}");
            assert_eq!(terminal.wait_end(), 0, "{name}");
        }
        fs::remove_file(config.join(name)).expect("removed");
    }
}
