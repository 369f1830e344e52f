//! `probe` as scripts use it, before openssl's servers: fields, words, exit codes.

use std::collections::BTreeMap;
use std::net::TcpListener;

use kubepki::pki::text::{is_hidden, short_serial};
use serde_json::Value;

use crate::support::alive::{Alive, move_ports};
use crate::support::openssl::Facts;
use crate::support::program::{Run, texts};
use crate::support::serving::closed_port;

/// The items of a list by their names.
fn by_name(run: &Run) -> BTreeMap<String, Value> {
    let document = run.json();
    assert_eq!(
        (&document["apiVersion"], &document["kind"]),
        (&"kubepki/v1".into(), &"ProbeList".into())
    );
    let items = document["items"].as_array().expect("items");
    items
        .iter()
        .map(|item| {
            (
                item["name"].as_str().expect("a name").to_owned(),
                item.clone(),
            )
        })
        .collect()
}

const FIELDS: &str = "name component address port at served silence onDisk isOnDisk trusted process stale remedy why";

/// Holds a port's answer to what openssl says of the certificate in the file that is served there.
fn assert_served(name: &str, item: &Value, facts: Facts) {
    let (served, on_disk) = (&item["served"], &item["onDisk"]);
    for (field, value) in [
        ("serialNumber", &facts.serial_number),
        ("subject", &facts.subject),
        ("issuer", &facts.issuer),
        ("notBefore", &facts.not_before),
        ("notAfter", &facts.not_after),
        ("sha256", &facts.sha256),
    ] {
        assert_eq!(served[field], value.as_str(), "{name} {field}");
        assert!(
            on_disk
                .get(field)
                .is_none_or(|other| *other == served[field]),
            "{name} {field}: {on_disk}"
        );
    }
    assert_eq!(
        (texts(served, "dnsNames"), texts(served, "ipAddresses")),
        (facts.dns_names, facts.ip_addresses)
    );
    assert_eq!(texts(served, "chain")[0], facts.sha256);
    assert!(
        served["daysLeft"] == on_disk["daysLeft"]
            && served["daysLeft"].as_i64().is_some_and(|days| days > 300)
    );
}

#[test]
fn what_is_served_stands_beside_what_is_on_the_disk() {
    let Some(alive) = Alive::start() else { return };
    let run = alive.master.kubepki(&["probe", "-o", "json"]);
    run.ends_with(0);
    let items = by_name(&run);
    for (name, port, file, demands) in [
        ("kube-apiserver", alive.apiserver.port, "apiserver", false),
        ("etcd", alive.etcd.port, "etcd/server", true),
    ] {
        let item = &items[name];
        for field in FIELDS.split(' ') {
            assert!(item.get(field).is_some(), "{field} is not in {item}");
        }
        assert_eq!(
            (&item["component"], &item["port"]),
            (&name.into(), &port.into())
        );
        assert_eq!(
            (&item["address"], &item["silence"]),
            (&format!("127.0.0.1:{port}").into(), &Value::Null)
        );
        assert_served(name, item, alive.facts(file));
        let served = &item["served"];
        assert_eq!(
            (&served["demandsClient"], &served["tlsVersion"]),
            (&demands.into(), &"TLS 1.3".into())
        );
        assert_eq!(
            (&served["fault"], &item["isOnDisk"]),
            (&Value::Null, &true.into()),
            "{item}"
        );
        let trusted = item["trusted"].as_array().expect("who trusts it");
        assert!(
            !trusted.is_empty() && trusted.iter().all(|one| one["answer"] == "accepted"),
            "{item}"
        );
        assert_eq!(item["remedy"], "nothing", "{item}");
    }
    assert_eq!(items["etcd"]["trusted"][0]["who"], "kube-apiserver");
}

#[test]
fn an_old_certificate_is_seen_beside_the_new_file() {
    let Some(alive) = Alive::start() else { return };
    let old = alive.facts("etcd/server");
    alive
        .master
        .kubepki(&["renew", "etcd-server", "--yes"])
        .ends_with(0);
    let run = alive.master.kubepki(&["probe", "etcd", "-o", "json"]);
    run.ends_with(0);
    let items = by_name(&run);
    let item = &items["etcd"];
    assert_eq!(
        (items.len(), &item["isOnDisk"]),
        (1, &false.into()),
        "{item}"
    );
    assert_eq!(item["served"]["serialNumber"], old.serial_number.as_str());
    assert_eq!(
        item["onDisk"]["serialNumber"],
        alive.facts("etcd/server").serial_number.as_str()
    );
    // It reads the file again by itself, and is given the time for that.
    assert_eq!(item["remedy"], "reload", "{item}");
    let worst = alive.master.kubepki(&["probe", "-o", "name"]).stdout;
    assert!(
        worst.starts_with("etcd\n") && worst.ends_with("\nkube-apiserver\n"),
        "{worst}"
    );
    let table = alive.master.kubepki(&["probe", "etcd"]).stdout;
    let new = alive.facts("etcd/server").serial_number;
    for part in [
        "SERVED",
        "ON DISK",
        "TO DO",
        &short_serial(&old.serial_number),
        &short_serial(&new),
        "364 d",
    ] {
        assert!(table.contains(part), "{part} is not in\n{table}");
    }
}

#[test]
fn words_name_ports_components_and_servers() {
    let Some(alive) = Alive::start() else { return };
    let foreign = alive.stranger("stranger");
    let (apiserver, etcd) = (
        alive.apiserver.port.to_string(),
        format!("127.0.0.1:{}", alive.etcd.port),
    );
    let (far, url) = (
        format!("127.0.0.1:{}", foreign.port),
        format!("https://localhost:{}/path", foreign.port),
    );
    for (words, names) in [
        (&[apiserver.as_str()][..], &["kube-apiserver"][..]),
        (&["apiserver", "etcd-server"], &["kube-apiserver", "etcd"]),
        (&["etcd", "kube-apiserver"], &["etcd", "kube-apiserver"]),
        (&[&etcd, "etcd", &etcd], &["etcd"]),
        (&[&far], &[&far]),
        (&[&foreign.port.to_string()], &[&far]),
        (&[&url, &apiserver], &[&url, "kube-apiserver"]),
    ] {
        let mut all = vec!["probe"];
        all.extend(words);
        all.extend(["-o", "name"]);
        let run = alive.master.kubepki(&all);
        run.ends_with(0);
        assert_eq!(run.stdout.lines().collect::<Vec<_>>(), names, "{words:?}");
    }
    let item = &by_name(&alive.master.kubepki(&["probe", &far, "-o", "json"]))[&far];
    assert_eq!(
        (&item["component"], &item["onDisk"]),
        (&Value::Null, &Value::Null),
        "{item}"
    );
    assert_eq!(
        (&item["served"]["subject"], &item["remedy"]),
        (&"CN=stranger".into(), &Value::Null)
    );
    let why = "no port of this master, and its certificate is not here: signed by itself; 127.0.0.1 is not among its names";
    assert_eq!(item["why"], why);
    refuses_what_names_nothing(&alive);
}

fn refuses_what_names_nothing(alive: &Alive) {
    for word in ["nothing-like-it", "0", "65536", "::1:6443", "a/b:1"] {
        let run = alive.master.kubepki(&["probe", word]);
        run.ends_with(64);
        assert!(
            run.stderr.contains(word) && run.stdout.is_empty(),
            "{run:?}"
        );
    }
    assert!(
        alive
            .master
            .kubepki(&["probe", "nothing-like-it"])
            .stderr
            .contains("kube-apiserver, ")
    );
    assert!(
        alive
            .master
            .kubepki(&["probe", "::1:20030"])
            .stderr
            .contains("brackets")
    );
}

#[test]
fn text_of_a_hostile_server_stays_text() {
    let Some(alive) = Alive::start() else { return };
    let hostile = alive.stranger("evil\u{1b}[2J\u{202e}kube-apiserver");
    let address = format!("127.0.0.1:{}", hostile.port);
    for form in ["table", "wide", "json", "yaml", "name"] {
        let run = alive
            .master
            .kubepki(&["probe", &address, "-o", form, "--color", "always"]);
        run.ends_with(0);
        let hidden = |text: &str| text.chars().any(|one| one != '\n' && is_hidden(one));
        assert!(
            !hidden(
                &run.stdout
                    .replace("\u{1b}[33m", "")
                    .replace("\u{1b}[0m", "")
            ),
            "{form}: {run:?}"
        );
        assert!(!hidden(&run.stderr), "{form}: {run:?}");
        let shown = ["wide", "json", "yaml"].contains(&form);
        assert_eq!(run.stdout.contains("[2J"), shown, "{form}: {run:?}");
        let has_all = run.stdout.contains("n19.example");
        assert!(
            has_all == ["json", "yaml"].contains(&form),
            "{form}: {run:?}"
        );
        assert!(
            form != "wide" || run.stdout.contains("n7.example and 12 more"),
            "{run:?}"
        );
    }
}

#[test]
fn a_silent_port_is_told_with_exit_3() {
    let Some(alive) = Alive::start() else { return };
    let closed = closed_port();
    // Takes connections and says nothing.
    let mute = TcpListener::bind("127.0.0.1:0").expect("a port");
    let mute_port = mute.local_addr().expect("an address").port();
    move_ports(&alive.master, alive.apiserver.port, closed);
    let run = alive.master.kubepki(&[
        "probe",
        "etcd",
        "kube-apiserver",
        &mute_port.to_string(),
        "-o",
        "json",
    ]);
    run.ends_with(3);
    let items = by_name(&run);
    assert_eq!(
        (&items["etcd"]["remedy"], &items["kube-apiserver"]["remedy"]),
        (&Value::Null, &"nothing".into())
    );
    assert_eq!(
        (&items["etcd"]["served"], &items["etcd"]["silence"]),
        (&Value::Null, &"nobody listens there".into())
    );
    assert_eq!(items["kube-apiserver"]["isOnDisk"], true);
    assert!(
        items[&format!("127.0.0.1:{mute_port}")]["silence"]
            .as_str()
            .is_some_and(|why| why.contains("no answer"))
    );
    for part in [
        &format!("etcd at 127.0.0.1:{closed}: nobody listens there"),
        &format!("127.0.0.1:{mute_port}: no"),
    ] {
        assert!(run.stderr.contains(part), "{part} is not in {}", run.stderr);
    }
    assert!(!run.stderr.contains("kube-apiserver"), "{}", run.stderr);
    // Without words one answer is enough.
    alive.master.kubepki(&["probe"]).ends_with(0);
    move_ports(&alive.master, closed, closed);
    let run = alive.master.kubepki(&["probe"]);
    run.ends_with(3);
    assert!(
        run.stderr.contains("no certificate came") && run.stdout.contains("nobody listens"),
        "{run:?}"
    );
}
