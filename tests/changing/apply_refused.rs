//! What applying a plan refuses before anything is written.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use kubepki::pki::Secret;
use kubepki::plan::{After, Plan};
use kubepki::progress::Progress;
use kubepki::record::Attributes;
use kubepki::store::apply::ApplyError;
use kubepki::store::journal;

use crate::support::is_root;
use crate::support::plan::{ID, Master, fresh, picture};

#[test]
fn what_has_changed_since_is_not_overwritten() {
    type Doing = fn(&Path);
    let cases: [(&str, Doing, &str); 6] = [
        (
            "a.key",
            |path| fs::write(path, "other").expect("written"),
            "its content is another",
        ),
        (
            "a.key",
            |path| fs::remove_file(path).expect("removed"),
            "it is gone",
        ),
        (
            "a.key",
            |path| fs::set_permissions(path, fs::Permissions::from_mode(0o644)).expect("a mode"),
            "its mode was 0600 and is 0644",
        ),
        (
            "a.key",
            |path| {
                fs::rename(path, path.with_extension("x")).expect("renamed");
                symlink("a.x", path).expect("a link");
            },
            "the link to it is another one",
        ),
        (
            "extra",
            |path| fs::write(path, "x").expect("written"),
            "it is there now",
        ),
        (
            "ca.crt",
            |path| fs::write(path, "another CA").expect("written"),
            "its content is another",
        ),
    ];
    for (name, doing, what) in cases {
        let (_folder, master) = fresh();
        let ca = master.file("/etc/kubernetes/pki/ca.crt");
        fs::write(&ca, "CA").expect("written");
        let made_from = master
            .change("/etc/kubernetes/pki/ca.crt", None, After::Absent)
            .before;
        let plan = Plan {
            made_from: vec![("/etc/kubernetes/pki/ca.crt".to_owned(), made_from)],
            ..master.plan()
        };
        doing(&master.file("/etc/kubernetes/pki").join(name));
        match master.refused(&plan) {
            ApplyError::Changed { path, what: said } => {
                assert_eq!((path.rsplit('/').next(), said.as_str()), (Some(name), what));
            }
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn a_change_between_staging_and_commit_is_seen() {
    let (_folder, master) = fresh();
    let key = master.file("/etc/kubernetes/pki/a.key");
    let meddle = |progress: Progress| {
        if progress.what == "commit" {
            fs::write(&key, "somebody else's").expect("written");
        }
        true
    };
    let error = master
        .apply(&master.plan(), ID, &meddle)
        .expect_err("refused");
    assert!(matches!(error, ApplyError::Changed { .. }), "{error}");
    let names: Vec<_> = master
        .picture()
        .into_keys()
        .map(|path| path.display().to_string())
        .collect();
    assert!(
        !names
            .iter()
            .any(|name| name.contains(".kubepki") || name.contains("extra")),
        "{names:?}"
    );
    assert_eq!(
        fs::read_dir(master.state.join("operations"))
            .expect("a folder")
            .count(),
        0
    );
}

#[test]
fn a_link_to_a_folder_that_is_not_below_the_root_is_named_as_such() {
    let (_folder, master) = fresh();
    let plan = master.plan();
    let key = master.file("/etc/kubernetes/pki/a.key");
    fs::remove_file(&key).expect("removed");
    symlink("/nowhere/below/the/root", &key).expect("a link");
    match master.refused(&plan) {
        ApplyError::NotPlain { path, why } => {
            assert!(
                path.ends_with("/a.key") && why.contains("a link to /nowhere/below/the/root"),
                "{path}: {why}"
            );
        }
        other => panic!("{other}"),
    }
}

/// A kubeconfig in the home of somebody.
const HIS: &str = "/home/admin/.kube/config";

/// A change of it to this content, by which it stays his; `through` as the plan would say it.
fn change_of_his(master: &Master, through: Option<&str>, content: &str) -> Plan {
    let attributes = Attributes {
        owner: 1000,
        group: 1000,
        mode: 0o600,
    };
    let after = After::File {
        content: Secret::new(content.as_bytes().to_vec()),
        attributes,
    };
    Master::plan_of(vec![master.change(HIS, through, after)])
}

#[test]
fn folders_that_are_not_roots_alone_are_treated_with_care() {
    if !is_root() {
        return;
    }
    let (_folder, master) = fresh();
    let home = master.file("/home/admin");
    fs::create_dir_all(home.join(".kube")).expect("folders");
    fs::write(master.file(HIS), "a copy").expect("written");
    for path in [&home, &home.join(".kube"), &master.file(HIS)] {
        chown(path, Some(1000), Some(1000)).expect("given away");
    }
    master.done(&change_of_his(&master, None, "renewed"), ID);
    let old = picture(&home);
    assert_eq!(
        old[&master.file(HIS)],
        (0o100_600, 1000, 1000, "renewed".to_owned(), None)
    );
    // He could have made his file a second name or a link to something of root's.
    fs::hard_link(master.file(HIS), home.join("second")).expect("a link");
    let error = master.refused(&change_of_his(&master, None, "again"));
    assert!(error.to_string().contains("second name"), "{error}");
    fs::remove_file(home.join("second")).expect("removed");
    for (link, real) in [
        (".kube/config", "/home/admin/.kube/real"),
        (".kube", "/home/admin/real"),
    ] {
        fs::rename(home.join(link), master.file(real)).expect("renamed");
        symlink(real, home.join(link)).expect("a link");
        let through = (link == ".kube/config").then_some(real);
        let error = master.refused(&change_of_his(&master, through, "again"));
        assert!(
            error
                .to_string()
                .contains("is a link, and others may write"),
            "{error}"
        );
        fs::remove_file(home.join(link)).expect("removed");
        fs::rename(master.file(real), home.join(link)).expect("renamed");
    }
}

#[test]
fn stopped_before_the_commit_nothing_has_changed() {
    for step in 0..14 {
        let (_folder, master) = fresh();
        let old = master.picture();
        let left = std::sync::atomic::AtomicI32::new(step);
        let stop = |_: Progress| left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) > 0;
        assert_eq!(
            master.apply(&master.plan(), ID, &stop),
            Err(ApplyError::Stopped),
            "{step}"
        );
        assert_eq!(master.picture(), old);
        assert_eq!(journal::ids(&master.kept()), Ok(Vec::new()));
    }
}
