//! No key stays in the memory of the running program: after reading, renewing, undoing, setting up.
//! And while it holds one, nobody but root gets at it, and no core is written.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown};
use std::path::Path;

use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::pem;
use portable_pty::CommandBuilder;
use tempfile::TempDir;

use crate::support::changing::{Master, Tree, differing, tree};
use crate::support::ground::archives;
use crate::support::scan::{Needles, memory};
use crate::support::terminal::{READ, Terminal};
use crate::support::{expired, succeed, text, tool};

const CA_KEY: &str = "/etc/kubernetes/pki/ca.key";
const CERTIFICATE: &str = "/etc/kubernetes/pki/apiserver.crt";

/// What is public and stays: without it the scan would be blind.
fn public(file: &Path) -> Needles {
    let mut needles = Needles::new();
    let block = pem::blocks(&fs::read(file).expect("a file"))
        .remove(0)
        .expect("a certificate");
    needles.add("a certificate", &block.der);
    needles
}

fn keys(trees: &[&Tree], least: usize) -> Needles {
    let mut needles = Needles::new();
    let found: usize = trees.iter().map(|tree| needles.add_keys_of(tree)).sum();
    assert!(found >= least, "{found} keys");
    needles
}

fn applies(terminal: &mut Terminal) {
    terminal.wait_for("one transaction");
    terminal.wait_still(READ);
    terminal.send("\r");
}

#[test]
fn a_key_is_found_in_every_form_and_what_is_public_is_not() {
    for algorithm in [
        KeyAlgorithm::Rsa2048,
        KeyAlgorithm::EcdsaP256,
        KeyAlgorithm::Ed25519,
    ] {
        let key = PrivateKey::generate(algorithm).expect("a key");
        for label in ["", "PRIVATE KEY"] {
            let text = key.to_pem_like(label);
            let block = pem::blocks(text.as_bytes()).remove(0).expect("a block");
            let mut needles = Needles::new();
            needles.add_key("it", &block.label, &block.der);
            let reversed: Vec<u8> = block.der.iter().rev().copied().collect();
            let base64 = |bytes: &[u8]| {
                use base64::Engine as _;
                base64::engine::general_purpose::STANDARD
                    .encode(bytes)
                    .into_bytes()
            };
            for (form, bytes) in [
                ("it (number)", block.der.to_vec()),
                ("it (number, lowest byte first)", reversed),
                ("it (PEM)", base64(&block.der)),
                ("it (PEM)", text.as_bytes().to_vec()),
                ("it (base64 of PEM)", base64(text.as_bytes())),
            ] {
                let found = needles.found(&[b"before", &bytes[..], b"after"].concat());
                assert!(found.contains(form), "{algorithm} {label}: {found:?}");
            }
            for public in [key.public().spki.clone(), key.public_pem().into_bytes()] {
                assert!(needles.found(&public).is_empty(), "{algorithm}");
                assert!(needles.found(&base64(&public)).is_empty(), "{algorithm}");
            }
        }
    }
}

#[test]
fn no_key_stays_after_reading_renewing_and_undoing() {
    let (folder, home) = (
        TempDir::new().expect("a folder"),
        TempDir::new().expect("a home"),
    );
    let Some(master) = expired::master(folder.path(), "healthy-ecdsa-136") else {
        return;
    };
    let before = master.tree();
    let mut terminal = Terminal::start(home.path(), &master.flags(), 100, 30);
    terminal.wait_for("apiserver");
    terminal.wait_still(READ);
    let process = terminal.process();
    if memory(process).is_none() {
        return;
    }
    keys(&[&before], 12).are_not_in(process, "after reading");
    assert!(
        !public(&master.file(CERTIFICATE))
            .found_in(process)
            .is_empty(),
        "what is there is found"
    );
    terminal.send("R");
    applies(&mut terminal);
    terminal.wait_for("undoes");
    let after = master.tree();
    assert!(differing(&before, &after).len() > 10);
    let both = keys(&[&before, &after], 24);
    both.are_not_in(process, "after renewing");
    terminal.wait_still(READ);
    assert!(
        !public(&master.file(CERTIFICATE))
            .found_in(process)
            .is_empty(),
        "what is there is found"
    );
    both.are_not_in(process, "after renewing");
    terminal.send("u");
    terminal.wait_for("as before");
    terminal.wait_still(READ);
    assert_eq!(differing(&before, &master.tree()), Vec::<String>::new());
    both.are_not_in(process, "after undoing");
}

#[test]
fn no_key_stays_after_a_setup() {
    let folder = TempDir::new().expect("a folder");
    let master = Master::at(&folder.path().join("root"));
    fs::create_dir_all(master.root.join("etc")).expect("a folder");
    fs::write(master.root.join("etc/hostname"), "master-1\n").expect("a file");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kubepki"));
    command.args(master.flags());
    command.env("TERM", "xterm-256color");
    command.env("HOME", folder.path());
    command.cwd(folder.path());
    let mut terminal = Terminal::start_command(command, 80, 24);
    let process = terminal.process();
    terminal.wait_for("1 of 6");
    if memory(process).is_none() {
        return;
    }
    terminal.send("\r");
    terminal.wait_for("2 of 6");
    terminal.send("\x1b[200~master-1 10.0.0.10\rmaster-2 10.0.0.11\rmaster-3 10.0.0.12\r\x1b[201~");
    terminal.wait_for("+ master-3");
    terminal.send("\r");
    terminal.wait_for("3 of 6");
    terminal.send("api.example.com");
    terminal.wait_for("api.example.com");
    for step in 3..=6 {
        terminal.wait_for(&format!("{step} of 6"));
        terminal.send("\r");
    }
    applies(&mut terminal);
    terminal.wait_for("says what comes next");
    terminal.wait_still(READ);
    // The keys of this machine, and in the archives those of the others: RSA, which is kubeadm's
    // own choice.
    let Some(tar) = tool("tar") else { return };
    for archive in archives(folder.path()) {
        let inside = archive.with_extension("d");
        fs::create_dir(&inside).expect("a folder");
        succeed(
            &tar,
            &[
                "-xf",
                text(&archive),
                "--no-same-owner",
                "-C",
                text(&inside),
            ],
        );
    }
    keys(&[&tree(folder.path())], 48).are_not_in(process, "after a setup");
    assert!(
        !public(&master.file(CERTIFICATE))
            .found_in(process)
            .is_empty(),
        "what is there is found"
    );
}

#[test]
fn neither_passphrase_nor_what_it_opens_stays() {
    // Typed key by key: crossterm keeps the last keys, each in a place of its own, which is beyond
    // our reach.
    const PASSPHRASE: &str = "a long passphrase nobody would guess";
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let (folder, home) = (
        TempDir::new().expect("a folder"),
        TempDir::new().expect("a home"),
    );
    let Some(master) = expired::master(folder.path(), "healthy-ecdsa-136") else {
        return;
    };
    let before = master.tree();
    let (key, sealed) = (master.file(CA_KEY), folder.path().join("sealed"));
    let pass = format!("pass:{PASSPHRASE}");
    let seal = [
        "pkcs8",
        "-topk8",
        "-v2",
        "aes256",
        "-in",
        text(&key),
        "-out",
        text(&sealed),
        "-passout",
        &pass,
    ];
    succeed(&openssl, &seal);
    fs::rename(&sealed, &key).expect("renamed");
    let mut terminal = Terminal::start(home.path(), &master.flags(), 100, 30);
    terminal.wait_for("apiserver");
    terminal.wait_still(READ);
    if memory(terminal.process()).is_none() {
        return;
    }
    terminal.send("R");
    terminal.wait_for("is encrypted");
    for (typed, letter) in PASSPHRASE.chars().enumerate() {
        terminal.send(&letter.to_string());
        terminal.wait_for(&format!(" {}", "*".repeat(typed + 1)));
    }
    terminal.send("\r");
    applies(&mut terminal);
    terminal.wait_for("undoes");
    terminal.wait_still(READ);
    let mut needles = keys(&[&before, &master.tree()], 24);
    needles.add("the passphrase", PASSPHRASE.as_bytes());
    needles.are_not_in(terminal.process(), "after a passphrase");
}

/// kubepki as somebody who is not root, and who owns these folders. `None` where root lacks what
/// lets him be another.
fn of_no_root(folder: &Path, home: &Path, master: &Master) -> Option<CommandBuilder> {
    let program = home.join("kubepki");
    fs::copy(env!("CARGO_BIN_EXE_kubepki"), &program).expect("copied");
    if !rustix::process::geteuid().is_root() {
        return Some(CommandBuilder::new(&program));
    }
    // Root's files are root's anyhow: only another user's process shows the difference.
    let setpriv = tool("setpriv")?;
    for folder in [folder, home, master.state.parent().expect("a folder")] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("a mode");
        for path in tree(folder).keys() {
            lchown(folder.join(path), Some(65534), Some(65534)).expect("an owner");
        }
        lchown(folder, Some(65534), Some(65534)).expect("an owner");
    }
    let mut command = CommandBuilder::new(setpriv);
    command.args([
        "--reuid=65534",
        "--regid=65534",
        "--clear-groups",
        text(&program),
    ]);
    Some(command)
}

/// A process that is not root's, but of whose memory nobody but root gets anything, and no core.
fn belongs_to_root(process: u32) {
    let of_process = |name: &str| Path::new("/proc").join(process.to_string()).join(name);
    let status = fs::read_to_string(of_process("status")).expect("it runs");
    let user = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .expect("a user");
    assert_ne!(user.split_whitespace().next(), Some("0"));
    // proc(5): they are root's where the process is not dumpable, else its user's.
    assert_eq!(
        fs::metadata(of_process("environ")).expect("it runs").uid(),
        0
    );
    let limits = fs::read_to_string(of_process("limits")).expect("it runs");
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .expect("a limit");
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");
}

#[test]
fn while_a_plan_is_held_its_memory_is_nobody_elses() {
    let (folder, home) = (
        TempDir::new().expect("a folder"),
        TempDir::new().expect("a home"),
    );
    let Some(master) = expired::master(folder.path(), "healthy-ecdsa-136") else {
        return;
    };
    let Some(mut command) = of_no_root(folder.path(), home.path(), &master) else {
        return;
    };
    command.args(["renew", "apiserver"]);
    command.args(master.flags());
    command.env("TERM", "xterm-256color");
    command.env("HOME", home.path());
    let mut terminal = Terminal::start_command(command, 100, 30);
    terminal.wait_for("[y/N]");
    belongs_to_root(terminal.process());
    // Whoever is not root changes his master as before.
    terminal.send("y\r");
    terminal.wait_for("done, 2 files");
    assert_eq!(terminal.wait_end(), 0);
}
