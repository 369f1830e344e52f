//! The commands that kubepki prints read the files that kubepki read: below the root, whatever it
//! is called and wherever links lead. A shell runs them, openssl judges.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::Verified;
use kubepki::progress::silent;
use kubepki::words::shell;

use crate::support::ground::{Ground, ONE};
use crate::support::program::{Run, kubepki};
use crate::support::shell::{master, typed};
use crate::support::{succeed, text, tool};

fn show(root: &Path, what: &str) -> Run {
    let run = kubepki(&["show", what, "--root", text(root), "-o", "json"]);
    run.ends_with(0);
    run
}

fn command(root: &Path, what: &str) -> String {
    show(root, what).json()["command"]
        .as_str()
        .expect("a command")
        .to_owned()
}

const STRANGE: [&str; 3] = ["disk", "my disk's", "$(reboot) `x` \"&; *"];

#[test]
fn the_line_of_show_reads_the_disk() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for name in STRANGE {
        let (_ground, root) = master(name);
        let file = root.join("etc/kubernetes/pki/etcd/server.crt");
        let expected = succeed(&openssl, &["x509", "-in", text(&file), "-noout", "-text"]);
        assert_eq!(typed(&command(&root, "etcd-server")), expected);
        let words = kubepki(&["show", "etcd-server", "--root", text(&root)]).stdout;
        let line = words
            .lines()
            .find_map(|line| line.strip_prefix("Without kubepki"))
            .expect("the line")
            .trim();
        assert_eq!(typed(line), expected);
        // One that stands behind another in its file.
        let (server, authority) = (
            fs::read(&file).expect("a file"),
            fs::read(root.join("etc/kubernetes/pki/ca.crt")),
        );
        fs::write(&file, [server, authority.expect("a file")].concat()).expect("written");
        fs::rename(root.join("etc/kubernetes/pki/ca.crt"), root.join("ca.crt")).expect("moved");
        let behind = "/etc/kubernetes/pki/etcd/server.crt#1";
        let line = command(&root, behind);
        assert!(
            typed(&line).contains("Subject: CN = kubernetes")
                || typed(&line).contains("Subject: CN=kubernetes")
        );
        // openssl verifies, and takes the key of, the first one only.
        assert!(
            !kubepki(&["show", behind, "--root", text(&root)])
                .stdout
                .contains("-pubkey")
        );
    }
}

#[test]
fn every_line_of_the_page_reads_the_disk() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    for name in STRANGE {
        let (_ground, root) = master(name);
        let options = OpenOptions {
            root: root.clone(),
            processes: false,
            ..OpenOptions::default()
        };
        let inventory = open(&options, &silent, &mut Verified::new()).expect("an inventory");
        let (index, item) = inventory
            .indexed()
            .find(|(_, item)| *item.id == *"apiserver")
            .expect("the API server");
        let lines = shell::certificate(&inventory, index, item);
        let said: Vec<String> = lines.iter().map(|line| typed(line)).collect();
        let [_, verified, of_certificate, of_key] = &said[..] else {
            panic!("{lines:?}")
        };
        assert!(verified.trim().ends_with(": OK"), "{verified}");
        let file = root.join("etc/kubernetes/pki/apiserver.crt");
        assert_eq!(
            of_certificate,
            &succeed(&openssl, &["x509", "-in", text(&file), "-noout", "-pubkey"])
        );
        assert_eq!(of_certificate, of_key);
    }
}

#[test]
fn a_certificate_is_not_held_to_its_own_file() {
    let (_ground, root) = master("disk");
    let pki = root.join("etc/kubernetes/pki");
    let read = |name: &str| fs::read(pki.join(name)).expect("a file");
    fs::write(
        pki.join("apiserver.crt"),
        [read("apiserver.crt"), read("ca.crt")].concat(),
    )
    .expect("written");
    fs::remove_file(pki.join("ca.crt")).expect("removed");
    let shown = kubepki(&["show", "apiserver", "--root", text(&root)]).stdout;
    assert!(
        shown.contains("-pubkey") && !shown.contains("openssl verify"),
        "{shown}"
    );
}

#[test]
fn a_copy_of_one_folder_is_read_where_it_lies() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let (ground, root) = master("disk");
    let copy = ground.folder.path().join("a copy");
    fs::rename(root.join("etc/kubernetes"), &copy).expect("moved");
    let shown = show(&copy, "apiserver").json();
    assert_eq!(shown["path"], "/etc/kubernetes/pki/apiserver.crt");
    let expected = succeed(
        &openssl,
        &[
            "x509",
            "-in",
            text(&copy.join("pki/apiserver.crt")),
            "-noout",
            "-text",
        ],
    );
    assert_eq!(
        typed(shown["command"].as_str().expect("a command")),
        expected
    );
}

#[test]
fn links_lead_nowhere_but_into_the_disk() {
    let Some(openssl) = tool("openssl") else {
        return;
    };
    let (_ground, root) = master("disk");
    // On the master these lead to its own folders; a shell here would follow them to this
    // machine's.
    fs::create_dir_all(root.join("data/etcd")).expect("folders");
    fs::rename(root.join("etc/kubernetes/pki"), root.join("data/pki")).expect("moved");
    symlink("/data/pki", root.join("etc/kubernetes/pki")).expect("a link");
    fs::rename(
        root.join("data/pki/etcd/server.crt"),
        root.join("data/etcd/s.crt"),
    )
    .expect("moved");
    symlink("/data/etcd/s.crt", root.join("data/pki/etcd/server.crt")).expect("a link");
    for (id, file) in [
        ("apiserver", "data/pki/apiserver.crt"),
        ("etcd-server", "data/etcd/s.crt"),
    ] {
        let expected = succeed(
            &openssl,
            &["x509", "-in", text(&root.join(file)), "-noout", "-text"],
        );
        let line = command(&root, id);
        assert_eq!(typed(&line), expected, "{line}");
    }
    // So does the script that renews without kubepki.
    let plan = kubepki(&[
        "renew",
        "etcd-server",
        "apiserver",
        "--dry-run",
        "-o",
        "json",
        "--root",
        text(&root),
    ])
    .json();
    let commands: Vec<&str> = plan["commands"]
        .as_array()
        .expect("lines")
        .iter()
        .filter_map(|line| line.as_str())
        .collect();
    let of_certificates = |line: &&&str| line.contains("\"$root\"") && line.contains(".crt");
    let named: Vec<&&str> = commands.iter().filter(of_certificates).collect();
    assert!(!named.is_empty(), "{commands:?}");
    assert!(
        named
            .iter()
            .all(|line| !line.contains("\"$root\"/etc/kubernetes/pki")),
        "{named:?}"
    );
}

#[test]
fn a_kubeconfig_is_read_where_it_lies() {
    let (Some(openssl), Some(_)) = (tool("openssl"), tool("kubectl")) else {
        return;
    };
    for name in STRANGE {
        let (_ground, root) = master(name);
        let file = root.join("etc/kubernetes/admin.conf");
        let odd = fs::read_to_string(&file)
            .expect("a file")
            .replace("kubernetes-admin", "it's \\ odd");
        fs::write(&file, odd).expect("written");
        let shown = show(&root, "admin.conf").json();
        let line = shown["command"].as_str().expect("a command");
        let serial = succeed(&openssl, &["version"]);
        let said = typed(line);
        let number = shown["serialNumber"].as_str().expect("a number");
        let plain: String = said.chars().filter(char::is_ascii_hexdigit).collect();
        assert!(
            plain.to_lowercase().contains(&number.to_lowercase()),
            "{serial}: {said}"
        );
        let words = kubepki(&["kubeconfig", "show", "admin.conf", "--root", text(&root)]).stdout;
        let line = words
            .lines()
            .find_map(|line| line.strip_prefix("Without kubepki"))
            .expect("the line")
            .trim();
        assert!(typed(line).contains("it's \\ odd"), "{line}");
    }
}

/// What kubectl says to the file that it is given by a command of this script, without a cluster.
fn labelled(script: &str) -> String {
    typed(&script.replace("kubectl apply ", "kubectl label --local a=b -o name "))
}

#[test]
fn kubectl_is_given_the_manifest_whatever_the_disk_is_called() {
    let Some(_) = tool("kubectl") else { return };
    for name in STRANGE.into_iter().chain(["a, b", "a\"b,c"]) {
        let (ground, root) = master(name);
        let state = ground.folder.path().join("state");
        let flags = ["--root", text(&root), "--state-dir", text(&state)];
        let run = kubepki(&[&["bootstrap", "token", "--yes"], &flags[..]].concat());
        run.ends_with(0);
        let line = run
            .stdout
            .lines()
            .find(|line| line.starts_with("kubectl apply "))
            .expect("the line");
        assert!(
            labelled(line).starts_with("secret/bootstrap-token-"),
            "{line}"
        );
        let history = kubepki(&[&["history", "-o", "json"], &flags[..]].concat()).json();
        let script = history["items"][0]["plan"]["commands"]
            .as_array()
            .expect("a script");
        let script: Vec<&str> = script.iter().filter_map(|line| line.as_str()).collect();
        assert!(
            labelled(&script.join("\n")).starts_with("secret/bootstrap-token-"),
            "{script:?}"
        );
    }
}

#[test]
fn the_first_token_of_a_cluster_is_named_below_the_root() {
    let Some(_) = tool("kubectl") else { return };
    let ground = Ground::new();
    let run = ground.setup(
        &[
            &ONE[..],
            &["--layout", "single-ca", "--bootstrap", "token", "--yes"],
        ]
        .concat(),
    );
    run.ends_with(0);
    let line = run
        .stderr
        .lines()
        .find_map(|line| line.split_once("the cluster has it: "))
        .expect("the warning")
        .1;
    assert!(line.contains(text(&ground.master.root)), "{line}");
    assert!(
        labelled(line).starts_with("secret/bootstrap-token-"),
        "{line}"
    );
}
