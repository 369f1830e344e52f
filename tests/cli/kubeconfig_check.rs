//! `kubeconfig check` as scripts use it: by the files, and by what openssl's servers serve.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::alive::{Alive, pair};
use crate::support::changing::Master;
use crate::support::program::Run;
use crate::support::serving::{Server, closed_port};

/// The items of `kubeconfig check` by their paths.
fn checked(run: &Run) -> BTreeMap<String, Value> {
    let document = run.json();
    assert_eq!(document["kind"], "KubeconfigCheckList");
    let items = document["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| {
            (
                item["path"].as_str().expect("a path").to_owned(),
                item.clone(),
            )
        })
        .collect()
}

/// Writes another server's URL into a kubeconfig.
fn lead_to(master: &Master, path: &str, url: &str) {
    let file = master.file(path);
    let old = std::fs::read_to_string(&file).expect("a kubeconfig");
    let server = old
        .lines()
        .find(|line| line.trim().starts_with("server: "))
        .expect("a server")
        .to_owned();
    let indent = &server[..server.find('s').expect("it begins")];
    std::fs::write(
        &file,
        old.replace(&server, &format!("{indent}server: {url}")),
    )
    .expect("written");
}

const ADMIN: &str = "/etc/kubernetes/admin.conf";

#[test]
fn kubeconfigs_are_checked_by_the_files() {
    let Some(alive) = Alive::start() else { return };
    let run = alive.master.kubepki(&["kubeconfig", "check", "-o", "json"]);
    run.ends_with(0);
    let items = checked(&run);
    assert_eq!(items.len(), 5);
    for item in items.values() {
        for field in "path contexts current cluster server proxy offline live silence".split(' ') {
            assert!(item.get(field).is_some(), "{field} is not in {item}");
        }
        assert_eq!(
            (&item["offline"]["answer"], &item["live"]),
            (&"accepted".into(), &Value::Null),
            "{item}"
        );
    }
    // A name that the API server's certificate does not have.
    lead_to(&alive.master, ADMIN, "https://api.example.com:6443");
    let run = alive.master.kubepki(&["kubeconfig", "check", "-o", "json"]);
    run.ends_with(2);
    let item = &checked(&run)[ADMIN];
    assert_eq!(item["offline"]["answer"], "refused", "{item}");
    assert!(
        item["offline"]["why"]
            .as_str()
            .is_some_and(|why| why.contains("api.example.com")),
        "{item}"
    );
    let one = alive
        .master
        .kubepki(&["kubeconfig", "check", "scheduler.conf"]);
    one.ends_with(0);
    assert!(
        one.stdout.contains("OFFLINE") && !one.stdout.contains(ADMIN),
        "{one:?}"
    );
    alive
        .master
        .kubepki(&["kubeconfig", "check", "nothing-like-it"])
        .ends_with(64);
}

#[test]
fn kubeconfigs_are_checked_by_what_is_served() {
    let Some(alive) = Alive::start() else { return };
    let check = |code| {
        let run =
            alive
                .master
                .kubepki(&["kubeconfig", "check", "admin.conf", "--live", "-o", "json"]);
        run.ends_with(code);
        (checked(&run)[ADMIN].clone(), run)
    };
    alive
        .master
        .kubepki(&["renew", "apiserver", "--add-san", "127.0.0.1", "--yes"])
        .ends_with(0);
    let new = Server::start(&alive.openssl, &pair(&alive.master, "apiserver"), &[]);
    lead_to(
        &alive.master,
        ADMIN,
        &format!("https://127.0.0.1:{}", new.port),
    );
    let (item, _) = check(0);
    assert_eq!(
        item["live"],
        serde_json::json!({"answer": "accepted", "why": null})
    );
    // Somebody else signed what this one serves; the sentence says who.
    let other = alive.stranger("stranger");
    lead_to(
        &alive.master,
        ADMIN,
        &format!("https://127.0.0.1:{}", other.port),
    );
    let (item, _) = check(2);
    assert_eq!(item["live"]["answer"], "refused", "{item}");
    assert!(
        item["live"]["why"]
            .as_str()
            .is_some_and(|why| why.contains("CN=stranger")),
        "{item}"
    );
    lead_to(
        &alive.master,
        ADMIN,
        &format!("https://127.0.0.1:{}", closed_port()),
    );
    let (item, run) = check(3);
    assert_eq!(
        (&item["live"]["answer"], &item["silence"]),
        (&"unknown".into(), &"nobody listens there".into())
    );
    assert!(run.stdout.contains("nobody listens there"), "{run:?}");
}

/// The admin's kubeconfig as it was written, of a master that is alive.
struct Admin<'a> {
    alive: &'a Alive,
    text: String,
}

impl<'a> Admin<'a> {
    fn of(alive: &'a Alive) -> Self {
        Self {
            alive,
            text: std::fs::read_to_string(alive.master.file(ADMIN)).expect("a kubeconfig"),
        }
    }

    /// The line with this text.
    fn line(&self, part: &str) -> &str {
        self.text
            .lines()
            .find(|line| line.contains(part))
            .unwrap_or_else(|| panic!("{part} is not in {}", self.text))
    }

    fn write(&self, line: &str, instead: &str) {
        std::fs::write(
            self.alive.master.file(ADMIN),
            self.text.replace(line, instead),
        )
        .expect("written");
    }

    /// What is said of it with something else in place of a line; it ends so, and tells no
    /// password.
    fn checked(&self, line: &str, instead: &str, code: i32) -> Value {
        self.write(line, instead);
        let run = self.alive.master.kubepki(&[
            "kubeconfig",
            "check",
            "admin.conf",
            "--live",
            "-o",
            "json",
        ]);
        run.ends_with(code);
        assert!(!run.stdout.contains("me:pw"), "{run:?}");
        checked(&run)[ADMIN].clone()
    }
}

/// The line that is replaced, by what, the exit code; why, and what the files and what is served
/// answer, with whether each says why.
type Case<'a> = (&'a str, &'a str, i32, &'a str, [&'a str; 2], [bool; 2]);

fn hold(admin: &Admin<'_>, cases: &[Case<'_>]) {
    for (line, with, code, why, answers, says_why) in cases {
        let item = admin.checked(line, with, *code);
        let halves = ["offline", "live"].map(|half| &item[half]);
        assert_eq!(
            halves.map(|half| half["answer"].as_str()),
            answers.map(Some),
            "{item}"
        );
        let said = halves.map(|half| half["why"].as_str().unwrap_or_default().contains(why));
        assert_eq!(said, *says_why, "{item}");
    }
}

#[test]
fn kubectl_refuses_what_it_cannot_use() {
    let Some(alive) = Alive::start() else { return };
    let admin = Admin::of(&alive);
    let data = admin.line("certificate-authority-data: ");
    let indent = &data[..data.find('c').expect("it begins")];
    let file = format!("{indent}certificate-authority: /nope/ca.crt");
    let both = format!("{data}\n{file}");
    let none = format!("{indent}tls-server-name: a");
    let absent = "/nope/ca.crt does not exist";
    let refused = ["refused", "refused"];
    hold(
        &admin,
        &[
            (data, &file, 2, absent, refused, [true, true]),
            (data, &both, 2, "both stand there", refused, [true, true]),
            (
                data,
                &none,
                3,
                "names no CA",
                ["unknown", "unknown"],
                [true, false],
            ),
        ],
    );
}

#[test]
fn a_proxy_hides_what_is_served_and_another_ca_is_seen_there() {
    let Some(alive) = Alive::start() else { return };
    let admin = Admin::of(&alive);
    let address = admin.line("server: ");
    let indent = &address[..address.find('s').expect("it begins")];
    let proxy = format!("{address}\n{indent}proxy-url: http://me:pw@127.0.0.1:1");
    let plain = format!("{indent}server: http://127.0.0.1:1");
    let tunnel = format!("{indent}server: https://127.0.0.1:{}", alive.etcd.port);
    let unverified = ["unverified", "unverified"];
    hold(
        &admin,
        &[
            (
                address,
                &proxy,
                1,
                "***",
                ["accepted", "unknown"],
                [false, true],
            ),
            (
                address,
                &plain,
                1,
                "verifies nothing",
                unverified,
                [true, true],
            ),
            (
                address,
                &tunnel,
                2,
                "CN=etcd-ca",
                ["unknown", "refused"],
                [false, true],
            ),
        ],
    );
}

#[test]
fn a_context_without_its_cluster_is_broken() {
    let Some(alive) = Alive::start() else { return };
    let admin = Admin::of(&alive);
    let other = "contexts:\n- name: lost\n  context: {cluster: nowhere, user: nobody}";
    admin.write("contexts:", other);
    let run = alive.master.kubepki(&["kubeconfig", "check", "admin.conf"]);
    run.ends_with(2);
    assert!(
        run.stdout.contains("lost") && run.stdout.contains("its cluster is not in the file"),
        "{run:?}"
    );
}
