use std::fs;
use std::path::Path;

use time::macros::datetime;

use super::*;
use crate::pki::Name;
use crate::pki::issue::{CertificateSpec, self_sign};
use crate::pki::key::{KeyAlgorithm, PrivateKey};
use crate::store::read::Root;

fn state(folder: &Path) -> StateFolder {
    let whole = Root::open(Path::new("/"), Path::new("/")).unwrap();
    StateFolder::of(folder, &whole).unwrap()
}

/// Rows of certificates that were seen.
fn rows(names: &[&str]) -> Vec<LedgerEntry> {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let lifetime = (
        datetime!(2026-01-01 0:00 UTC),
        datetime!(2027-01-01 0:00 UTC),
    );
    let one = |name: &&str| {
        let subject = Name::with_attributes(&[("CN", *name)]).unwrap();
        let certificate = self_sign(&CertificateSpec::authority(subject, lifetime), &key).unwrap();
        LedgerEntry::seen(&certificate, "/a", datetime!(2026-12-01 4:00 UTC))
    };
    names.iter().map(one).collect()
}

fn faults(folder: &Path) -> Vec<(usize, LedgerFaultKind)> {
    let ledger = read(&state(folder)).unwrap().unwrap();
    ledger
        .faults
        .iter()
        .map(|fault| (fault.line, fault.kind))
        .collect()
}

#[test]
fn rows_come_back_each_once_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let own = state(folder.path());
    assert_eq!(read(&own), Ok(None));
    let [a, b, c] = <[LedgerEntry; 3]>::try_from(rows(&["a", "b", "c"])).unwrap();
    add(&own, vec![a.clone(), b.clone(), a.clone()]).unwrap();
    let all = add(&own, vec![b.clone(), c.clone()]).unwrap();
    assert_eq!(all.entries, [a, b, c]);
    assert_eq!(read(&own), Ok(Some(all)));
    assert_eq!(faults(folder.path()), []);
    assert_eq!(read(&state(&folder.path().join("none"))), Ok(None));
    assert!(
        add(&state(&folder.path().join("none")), rows(&["d"]))
            .unwrap()
            .entries
            .is_empty()
    );
    assert!(!folder.path().join("none").exists());
}

#[test]
fn what_is_not_as_it_was_written_is_found() {
    use LedgerFaultKind::{Edited, Order, Torn, Unreadable};
    let folder = tempfile::tempdir().unwrap();
    add(&state(folder.path()), rows(&["a", "b", "c"])).unwrap();
    let path = folder.path().join(NAME);
    let whole = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let edited = |at: usize| {
        let mut all: Vec<String> = lines.iter().map(ToString::to_string).collect();
        all[at] = all[at].replace("2027-01-01", "2028-01-01");
        all.join("\n") + "\n"
    };
    for (text, expected) in [
        (edited(0), vec![(1, Edited)]),
        (edited(2), vec![(3, Edited)]),
        ([lines[0], lines[2], ""].join("\n"), vec![(2, Order)]),
        ([lines[1], lines[2], ""].join("\n"), vec![(1, Order)]),
        (
            [lines[1], lines[0], lines[2], ""].join("\n"),
            vec![(1, Order), (2, Order), (3, Order)],
        ),
        ([lines[0], "x", ""].join("\n"), vec![(2, Unreadable)]),
        // In place of a row.
        (
            [lines[0], "x", lines[2], ""].join("\n"),
            vec![(2, Unreadable), (3, Order)],
        ),
        (whole[..whole.len() - 9].to_owned(), vec![(3, Torn)]),
        ("\u{1b}[31m".to_owned(), vec![(1, Torn)]),
    ] {
        fs::write(&path, &text).unwrap();
        assert_eq!(faults(folder.path()), expected, "{text}");
    }
}

#[test]
fn what_was_torn_stays_and_the_next_row_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let own = state(folder.path());
    add(&own, rows(&["a", "b"])).unwrap();
    let path = folder.path().join(NAME);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    let torn = read(&own).unwrap().unwrap();
    assert_eq!(torn.faults[0].kind, LedgerFaultKind::Torn);
    add(&own, rows(&["c"])).unwrap();
    let all = read(&own).unwrap().unwrap();
    assert_eq!(all.entries.len(), 2);
    let after = fs::read(&path).unwrap();
    assert!(
        after.starts_with(&whole[..whole.len() - 9]),
        "no byte is lost"
    );
    assert_eq!((all.faults, all.remnants), (Vec::new(), vec![2]));
}

#[test]
fn what_an_operation_made_is_written_also_where_it_was_seen_before() {
    let folder = tempfile::tempdir().unwrap();
    let own = state(folder.path());
    let seen = rows(&["a"]).remove(0);
    let made = LedgerEntry {
        operation: Some("20261122T031205Z-4f2a9c".to_owned()),
        ..seen.clone()
    };
    let all = add(&own, vec![seen.clone(), made.clone(), seen.clone()]).unwrap();
    assert_eq!(all.entries, [seen.clone(), made.clone()]);
    let mut all = add(&own, vec![made.clone(), seen]).unwrap();
    all.settle();
    assert_eq!(all.entries, [made]);
}

#[test]
fn what_others_could_have_written_and_what_is_no_file_is_refused() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let own = state(folder.path());
    let path = folder.path().join(NAME);
    symlink("/etc/passwd", &path).unwrap();
    assert!(matches!(
        add(&own, rows(&["a"])),
        Err(StoreError::Damaged { .. })
    ));
    fs::remove_file(&path).unwrap();
    add(&own, rows(&["a"])).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(read(&own), Err(StoreError::NotPrivate(_))));
    assert!(matches!(
        add(&own, rows(&["b"])),
        Err(StoreError::NotPrivate(_))
    ));
}
