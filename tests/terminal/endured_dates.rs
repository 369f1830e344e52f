//! The ends of time: the year 0, the last second of the year 9999, dates with a time zone beyond
//! it.

use std::fs;

use kubepki::pki::issue::{CertificateSpec, self_sign};
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Name, pem};
use tempfile::TempDir;
use time::macros::datetime;

use crate::support::changing::{self, Master};
use crate::support::program::{by_id, kubepki};
use crate::support::terminal::Terminal;
use crate::support::text;

const SAMPLE: &str = "kubeadm-1.36-ecdsa";

/// The last and the first moments that can be named, and some that cannot.
const ENDS: [&str; 9] = [
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59.999999999Z",
    "9999-12-31",
    "0000-01-01T00:00:00Z",
    "0000-01-01",
    "+2912000d",
    "-739000d",
    "9999-12-31T23:59:59-23:59",
    "+9223372036854775807h",
];

/// A CA that never ends (RFC 5280 §4.1.2.5), DER.
fn endless() -> (Vec<u8>, PrivateKey) {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    let lifetime = (
        datetime!(2026-01-01 00:00 UTC),
        datetime!(9999-12-31 23:59:59 UTC),
    );
    let spec = CertificateSpec::authority(
        Name::with_groups("kubernetes", &[]).expect("a name"),
        lifetime,
    );
    (self_sign(&spec, &key).expect("a CA").der().to_vec(), key)
}

/// The same certificate with a time zone behind its end, which moves it out of the year 9999.
fn beyond(der: &[u8]) -> Vec<u8> {
    let end = der
        .windows(6)
        .position(|bytes| bytes == b"\x18\x0f9999")
        .expect("a GeneralizedTime");
    // Validity holds a UTCTime of 13 bytes before it.
    let validity = end - 15 - 2;
    assert_eq!(
        (&der[validity..validity + 2], &der[..2], &der[4..6]),
        (&b"\x30\x20"[..], &b"\x30\x82"[..], &b"\x30\x82"[..])
    );
    let mut out = [
        &der[..end],
        b"\x18\x1399991231235959-2359",
        &der[end + 17..],
    ]
    .concat();
    out[validity + 1] += 4;
    for at in [2, 6] {
        let length = u16::from_be_bytes([out[at], out[at + 1]]) + 4;
        out[at..at + 2].copy_from_slice(&length.to_be_bytes());
    }
    out
}

#[test]
fn every_command_endures_the_ends_of_time() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    for at in ENDS {
        for command in [
            &["list"][..],
            &["list", "-o", "json"],
            &["list", "--expires-within", "9999999y"],
            &["list", "--expires", "9999"],
            &["show", "apiserver"],
            &["kubeconfig", "list"],
            &["history"],
            &["renew", "--all", "--dry-run"],
            &["renew", "--due", "--dry-run"],
            &["renew", "apiserver", "--days", "36500", "--dry-run"],
            &["setup", "--dry-run", "--node", "a", "--address", "10.0.0.1"],
            &["bootstrap", "token", "--dry-run"],
        ] {
            let run = master.kubepki(&[command, &["--at", at]].concat());
            assert!(
                [0, 3, 4, 64].contains(&run.code),
                "{at} {command:?}: {run:?}"
            );
            assert!(
                !run.stderr.contains("panicked"),
                "{at} {command:?}: {run:?}"
            );
        }
    }
}

#[test]
fn a_master_whose_authority_never_ends_is_read_and_renewed() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let (der, key) = endless();
    fs::write(
        master.file("/etc/kubernetes/pki/ca.crt"),
        pem::encode("CERTIFICATE", &der),
    )
    .expect("written");
    fs::write(
        master.file("/etc/kubernetes/pki/ca.key"),
        key.to_pem().as_bytes(),
    )
    .expect("written");
    let list = master.kubepki(&["list", "-o", "json"]);
    list.ends_with(0);
    assert_eq!(
        by_id(&list.json())["ca"]["notAfter"],
        "9999-12-31T23:59:59Z"
    );
    for at in ENDS {
        let run = master.kubepki(&["list", "--at", at]);
        assert!([0, 64].contains(&run.code), "{at}: {run:?}");
    }
    // A client for the old CA that is there; only a panic would be wrong.
    let run = master.kubepki(&["renew", "ca", "--keep-key", "--days", "36500", "--dry-run"]);
    assert!([0, 4].contains(&run.code), "{run:?}");
}

#[test]
fn an_end_beyond_the_last_moment_is_a_broken_certificate() {
    let folder = TempDir::new().expect("a folder");
    let der = beyond(&endless().0);
    fs::write(
        folder.path().join("a.crt"),
        pem::encode("CERTIFICATE", &der),
    )
    .expect("written");
    fs::write(folder.path().join("b.der"), &der).expect("written");
    let list = kubepki(&["list", "-o", "json", text(folder.path())]);
    list.ends_with(0);
    let items = by_id(&list.json());
    let broken = items
        .values()
        .filter(|item| item["status"] == "broken")
        .count();
    assert_eq!((broken, items.len()), (2, 2), "{list:?}");
}

#[test]
fn the_screens_endure_them_too() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    let home = TempDir::new().expect("a home");
    for at in ["9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z"] {
        let mut terminal = Terminal::start(
            home.path(),
            &[&master.flags()[..], &["--at", at]].concat(),
            120,
            36,
        );
        terminal.wait_for("apiserver");
        for keys in ["1", "2", "3", "4", "0", "7", "8", "2", "\r"] {
            terminal.send(keys);
        }
        terminal.wait_for("What it is");
        terminal.send("t");
        terminal.wait_for("Look at another date");
        terminal.send("\u{3}");
        assert_eq!(terminal.wait_end(), 0, "{at}");
    }
}

/// The name of an operation of a clock that was set far ahead, and was set right since.
#[test]
fn what_is_done_after_a_clock_was_set_back_is_the_last() {
    let Some(master) = Master::sample(SAMPLE) else {
        return;
    };
    master
        .kubepki(&["renew", "apiserver", "--yes"])
        .ends_with(0);
    let ahead = master.state.join("operations/20991231T000000Z-ffffff");
    fs::create_dir(&ahead).expect("a folder");
    fs::write(ahead.join("journal.json"), "{}").expect("written");
    let renewed = master.tree();
    master
        .kubepki(&["renew", "scheduler.conf", "--yes"])
        .ends_with(0);
    let names = master.kubepki(&["history", "-o", "name"]).stdout;
    assert!(
        names.starts_with("20991231T000001Z-") && names.lines().count() == 2,
        "{names}"
    );
    // What the damaged record was is not known, and said: it is done, and one was not looked at.
    master.kubepki(&["undo", "--yes"]).ends_with(3);
    assert_eq!(changing::differing(&renewed, &master.tree()), [""; 0]);
    let names = master.kubepki(&["history", "-o", "name"]).stdout;
    assert!(
        names.starts_with("20991231T000002Z-") && names.lines().count() == 3,
        "{names}"
    );
    // What is undone is known as such, though the clock says that it was done first.
    master.kubepki(&["undo", "--yes"]).ends_with(3);
    let nothing = master.kubepki(&["undo", "--yes"]);
    assert!(
        nothing.code == 3 && nothing.stderr.contains("nothing is left to undo"),
        "{nothing:?}"
    );
}
