//! Renewal: copies of a kubeconfig, which go with it where nobody else may write.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use kubepki::plan::RenewRequest;

use crate::support::planned::{ADMIN, left, paths, write};
use crate::support::renewing::{Master, due, items};

const HOME: &str = "/root/.kube/config";

#[test]
fn copies_of_a_kubeconfig_go_with_it() {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let original = String::from_utf8(master.content(ADMIN)).expect("text");
    let copy = format!("# mine\n{original}preferences: {{}}\n");
    write(&mut master, HOME, &copy);
    let plan = master.plan(items(&["admin.conf"]));
    assert_eq!(paths(&plan), [ADMIN, HOME]);
    assert_eq!(plan.summary.issues[0].copies, [HOME]);
    assert!(
        plan.summary
            .ask()
            .as_deref()
            .is_some_and(|ask| ask.contains("also in /root/.kube/config"))
    );
    let alone = master.plan(RenewRequest {
        refresh_copies: false,
        ..items(&["admin.conf"])
    });
    assert_eq!(
        (paths(&alone), left(&alone, HOME).starts_with("a copy:")),
        (vec![ADMIN], true)
    );
    master.apply(&plan);
    let data = |path: &str| {
        let text = String::from_utf8(master.content(path)).expect("text");
        text.lines()
            .filter(|line| line.contains("-data: "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(data(ADMIN), data(HOME));
    let home = String::from_utf8(master.content(HOME)).expect("text");
    assert!(
        home.starts_with("# mine\n") && home.ends_with("preferences: {}\n"),
        "{home}"
    );
}

#[test]
fn a_due_copy_that_is_not_wanted_takes_no_certificate_of_its_own() {
    let Some(mut master) = Master::of_zoo("healthy-ecdsa-136", "2025-10-18T00:00:00Z") else {
        return;
    };
    let plan = master.plan(RenewRequest {
        refresh_copies: false,
        ..due()
    });
    let of_admin = plan
        .summary
        .issues
        .iter()
        .filter(|issue| issue.paths.iter().any(|path| path == ADMIN))
        .count();
    assert_eq!((of_admin, paths(&plan).contains(&HOME)), (1, false));
    assert!(left(&plan, HOME).starts_with("a copy:"));
    master.apply(&plan);
}

fn a_guarded_copy_is_left(words: &str, link: impl Fn(&Path, &Path) -> std::io::Result<()>) {
    let Some(mut master) = Master::sample("kubeadm-1.36-ecdsa") else {
        return;
    };
    let (copy, real) = (master.path(HOME), master.path("/root/real"));
    fs::create_dir_all(copy.parent().expect("a folder")).expect("made");
    fs::write(&real, master.content(ADMIN)).expect("written");
    link(&real, &copy).expect("linked");
    // Others may write there.
    fs::set_permissions(master.path("/root"), Permissions::from_mode(0o777)).expect("set");
    master.read();
    let before = fs::read(&real).expect("read");
    let plan = master.plan(items(&["admin.conf"]));
    assert_eq!(paths(&plan), [ADMIN]);
    assert!(left(&plan, HOME).contains(words), "{}", left(&plan, HOME));
    master.apply(&plan);
    assert_eq!(fs::read(&real).expect("read"), before);
}

#[test]
fn a_users_link_holds_nothing_else_up() {
    a_guarded_copy_is_left("second name", |real, copy| fs::hard_link(real, copy));
    a_guarded_copy_is_left("is a link", |_, copy| symlink("../real", copy));
}
