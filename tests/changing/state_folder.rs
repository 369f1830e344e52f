//! Where kubepki keeps what it remembers: whose folder that may be, and where it lies.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use kubepki::engine::change::{Changer, FailureKind};
use kubepki::engine::open::OpenOptions;
use kubepki::progress::silent;
use kubepki::record::Settings;

use crate::support::changer::{busy, changer, options, undo};
use crate::support::plan::fresh;
use crate::support::{self, child};

#[test]
fn a_state_folder_to_which_others_write_is_said_before_anything_is_planned() {
    let (folder, master) = fresh();
    let open = folder.path().join("open");
    fs::create_dir(&open).expect("a folder");
    fs::set_permissions(&open, Permissions::from_mode(0o777)).expect("a mode");
    let changer = Changer::with_settings(
        &options(&master),
        Some(&open.join("state")),
        Settings::default(),
    );
    let failure = changer.records().history().expect_err("no empty history");
    assert!(
        failure
            .problem
            .what
            .starts_with("the history cannot be read: "),
        "{failure:?}"
    );
    assert!(
        failure.problem.hint.contains("sudo chmod go-w")
            && failure.problem.hint.contains("--state-dir"),
        "{failure:?}"
    );
    assert_eq!(
        changer.ready().expect_err("nothing can be applied").kind,
        FailureKind::Unable
    );
    assert_eq!(self::changer(&master).ready(), Ok(()));
    let read_only = self::changer(&master).read_only(true);
    assert_eq!(
        read_only.ready().expect_err("read-only").kind,
        FailureKind::Refused
    );
}

#[test]
fn kubepki_keeps_nothing_of_its_own_among_the_files_of_a_pki() {
    let (_folder, master) = fresh();
    let pki = master.file("/etc/kubernetes/pki");
    for state in [pki.clone(), pki.join("kubepki")] {
        let changer = Changer::with_settings(&options(&master), Some(&state), Settings::default());
        let before = master.picture();
        let plan = kubepki::plan::Plan {
            moment: time::OffsetDateTime::now_utc(),
            ..master.plan()
        };
        let failure = changer.apply(&plan, &silent).expect_err("refused");
        assert!(
            failure.problem.what.contains("lies among the files")
                && failure.problem.hint.contains("--state-dir"),
            "{failure:?}"
        );
        assert_eq!(master.picture(), before);
    }
}

#[test]
fn what_others_could_have_written_is_not_believed() {
    let (_folder, master, _) = busy();
    let changer = changer(&master);
    fs::set_permissions(&master.state, Permissions::from_mode(0o777)).expect("a mode");
    for failure in [
        changer.records().history().expect_err("refused"),
        undo(&changer, None).expect_err("refused"),
    ] {
        assert_eq!(failure.kind, FailureKind::Unable);
        assert!(
            failure.problem.what.contains("may be written to by others"),
            "{failure:?}"
        );
        assert!(failure.problem.hint.contains("chmod go-w"), "{failure:?}");
    }
}

/// In a process of its own, where `HOME` is another: prints where the state of the root lies.
#[test]
#[ignore = "started by the test below"]
fn tell_the_state_folder() {
    let root = std::env::var_os("KUBEPKI_TEST_ROOT").expect("a root");
    let directory = std::env::var_os("KUBEPKI_TEST_DIRECTORY").map(PathBuf::from);
    let options = OpenOptions {
        root: root.into(),
        directory,
        ..OpenOptions::default()
    };
    let changer = Changer::with_settings(&options, None, Settings::default());
    println!(
        "state={}",
        changer.records().state().expect("a state folder").display()
    );
}

fn state_of(root: &Path, directory: Option<&Path>, home: &str) -> String {
    let mut own = Command::new(std::env::current_exe().expect("this test"));
    let tell = child::name(concat!(module_path!(), "::tell_the_state_folder"));
    own.args(["--exact", tell, "--ignored", "--nocapture"])
        .env("KUBEPKI_TEST_ROOT", root);
    own.env("HOME", home)
        .env_remove("XDG_STATE_HOME")
        .env_remove("KUBEPKI_TEST_DIRECTORY");
    if let Some(directory) = directory {
        own.env("KUBEPKI_TEST_DIRECTORY", directory);
    }
    let output = own.output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text
        .lines()
        .find_map(|line| line.split_once("state="))
        .unwrap_or_else(|| panic!("{output:?}"));
    line.1.to_owned()
}

#[test]
fn as_root_the_state_lies_in_the_root_whatever_home_is() {
    if !support::is_root() {
        return;
    }
    let (folder, master) = fresh();
    let part = folder.path().join("pki");
    fs::create_dir(&part).expect("a folder");
    let text = |path: PathBuf| path.display().to_string();
    let (whole, own) = (Path::new("/"), "/var/lib/kubepki".to_owned());
    for home in ["/root", "/home/alice"] {
        assert_eq!(state_of(whole, None, home), own);
        assert_eq!(
            state_of(&master.root, None, home),
            text(master.root.join("var/lib/kubepki"))
        );
        assert_eq!(
            state_of(whole, Some(&master.root), home),
            text(master.root.join("var/lib/kubepki"))
        );
        assert_eq!(
            state_of(whole, Some(&part), home),
            own,
            "a folder of certificates keeps no state of ours"
        );
        assert_eq!(
            state_of(whole, Some(&master.root.join("etc/kubernetes")), home),
            own
        );
    }
}
