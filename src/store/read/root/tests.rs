use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat};
use rustix::process::{getegid, geteuid};
use tempfile::TempDir;
use time::OffsetDateTime;

use super::{Root, Trouble, shown};
use crate::inventory::Form;

const LIMIT: u64 = 1000;

/// A root beside which a secret lies, with links of all kinds.
fn hostile() -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("etc/pki/ca.crt")).unwrap();
    fs::create_dir_all(root.join("var/data")).unwrap();
    fs::write(folder.path().join("secret"), "outside").unwrap();
    fs::write(root.join("secret"), "inside").unwrap();
    fs::write(root.join("etc/pki/a.crt"), "a").unwrap();
    fs::write(root.join("etc/pki/big"), vec![b'x'; 2000]).unwrap();
    fs::write(
        root.join("etc/pki")
            .join(OsStr::from_bytes(b"bad-\xff.crt")),
        "bad",
    )
    .unwrap();
    fs::write(root.join("etc/pki/two\nlines.crt"), "two").unwrap();
    fs::write(root.join("var/data/d.crt"), "d").unwrap();
    for (target, name) in [
        ("/etc/pki/a.crt", "absolute"),
        ("a.crt", "relative"),
        ("../../../../../secret", "climbing"),
        ("/../../secret", "climbing-absolute"),
        ("/nowhere/x", "dangling"),
        ("loop-b", "loop-a"),
        ("loop-a", "loop-b"),
        ("/var/data", "folder"),
    ] {
        symlink(target, root.join("etc/pki").join(name)).unwrap();
    }
    mknodat(
        CWD,
        root.join("etc/pki/fifo"),
        FileType::Fifo,
        Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    symlink("fifo", root.join("etc/pki/to-fifo")).unwrap();
    folder
}

fn read(root: &Root, path: &str) -> Result<String, Trouble> {
    root.read(Path::new(path), LIMIT)
        .map(|(bytes, _)| String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn paths_never_leave_the_root_and_special_files_are_not_opened() {
    let folder = hostile();
    let root = Root::open(&folder.path().join("root"), Path::new("/")).unwrap();
    for (path, expected) in [
        ("/etc/pki/a.crt", Ok("a")),
        ("/etc/pki/absolute", Ok("a")),
        ("/etc/pki/relative", Ok("a")),
        ("/etc/pki/climbing", Ok("inside")),
        ("/etc/pki/climbing-absolute", Ok("inside")),
        ("/../secret", Ok("inside")),
        ("/etc/pki/folder/d.crt", Ok("d")),
        ("/etc/pki/folder/../secret", Err(Trouble::Absent)),
        ("/etc/pki/two\nlines.crt", Ok("two")),
        (
            "/etc/pki/dangling",
            Err(Trouble::Dangling("/nowhere/x".to_owned())),
        ),
        ("/etc/pki/loop-a", Err(Trouble::LinkLoop)),
        ("/etc/pki/fifo", Err(Trouble::NotAFile(Form::Fifo))),
        ("/etc/pki/to-fifo", Err(Trouble::NotAFile(Form::Fifo))),
        ("/etc/pki/ca.crt", Err(Trouble::NotAFile(Form::Directory))),
        ("/etc/pki/big", Err(Trouble::TooLarge(LIMIT))),
        ("/etc/pki/absent", Err(Trouble::Absent)),
        ("/etc/pki/a.crt/x", Err(Trouble::Absent)),
    ] {
        assert_eq!(read(&root, path), expected.map(str::to_owned), "{path:?}");
    }
}

#[test]
fn single_steps_lead_where_openat2_leads() {
    let folder = hostile();
    let root = Root::open(&folder.path().join("root"), Path::new("/")).unwrap();
    for name in [
        "a.crt",
        "absolute",
        "relative",
        "climbing",
        "climbing-absolute",
        "dangling",
        "loop-a",
        "folder/d.crt",
        "to-fifo",
        "ca.crt",
        "x/y",
    ] {
        for extra in [OFlags::empty(), OFlags::NOFOLLOW, OFlags::DIRECTORY] {
            let flags = OFlags::PATH | OFlags::CLOEXEC | extra;
            let path = Path::new("/etc/pki").join(name);
            let inode = |fd| rustix::fs::fstat(fd).map(|stat| stat.st_ino);
            let quick = root.resolve(&path, flags).and_then(inode);
            let slow = root
                .resolve_by_component(path.strip_prefix("/").unwrap(), flags)
                .and_then(inode);
            assert_eq!(quick, slow, "{name} {extra:?}");
        }
    }
}

#[test]
fn a_mounted_folder_maps_the_masters_paths() {
    let folder = hostile();
    let root = Root::open(&folder.path().join("root/etc"), Path::new("/etc")).unwrap();
    for (path, expected) in [
        ("/etc/pki/a.crt", Ok("a")),
        ("/etc/pki/absolute", Ok("a")),
        (
            "/etc/pki/climbing",
            Err(Trouble::LeadsOutside("../../../../../secret".to_owned())),
        ),
        ("/etc/pki/folder/d.crt", Err(Trouble::Outside)),
        ("/etc/../secret", Err(Trouble::Outside)),
        ("/var/data/d.crt", Err(Trouble::Outside)),
        ("/secret", Err(Trouble::Outside)),
        (
            "/etc/pki/dangling",
            Err(Trouble::LeadsOutside("/nowhere/x".to_owned())),
        ),
    ] {
        assert_eq!(read(&root, path), expected.map(str::to_owned), "{path:?}");
    }
}

#[test]
fn links_and_their_targets_are_one_file() {
    let folder = hostile();
    let root = Root::open(&folder.path().join("root"), Path::new("/")).unwrap();
    let facts = |path: &str| root.facts(Path::new(path)).unwrap();
    assert_eq!(
        facts("/etc/pki/absolute").identity,
        facts("/etc/pki/a.crt").identity
    );
    assert_eq!(
        facts("/etc/pki/absolute").link.as_deref(),
        Some("/etc/pki/a.crt")
    );
    assert_eq!(facts("/etc/pki/a.crt").link, None);
    fs::hard_link(
        folder.path().join("root/etc/pki/a.crt"),
        folder.path().join("root/second"),
    )
    .unwrap();
    assert_eq!(
        facts("/second").identity,
        None,
        "a hard link is a file of its own"
    );
}

#[test]
fn names_that_are_not_text_are_listed_and_shown_escaped() {
    let folder = hostile();
    let root = Root::open(&folder.path().join("root"), Path::new("/")).unwrap();
    let entries = root.list(Path::new("/etc/pki")).unwrap();
    let names: Vec<String> = entries.iter().map(|entry| shown(&entry.name)).collect();
    assert!(
        names.contains(&"bad-\\xff.crt".to_owned()) && names.contains(&"two\nlines.crt".to_owned()),
        "{names:?}"
    );
    assert!(names.is_sorted());
}

#[test]
fn a_root_that_is_none_is_an_error_with_a_hint() {
    let folder = hostile();
    for (path, expected) in [("gone", "does not exist"), ("secret", "is not a directory")] {
        let error = Root::open(&folder.path().join(path), Path::new("/")).unwrap_err();
        assert!(
            error.to_string().ends_with(expected) && !error.hint().is_empty(),
            "{error}"
        );
    }
}

#[test]
fn folders_that_may_not_be_entered_are_told_from_absent_ones() {
    // The right to pass everything makes this test empty.
    if geteuid().is_root() {
        return;
    }
    let folder = hostile();
    let closed = folder.path().join("root/closed");
    fs::create_dir_all(closed.join("inner")).unwrap();
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).unwrap();
    let root = Root::open(&folder.path().join("root"), Path::new("/")).unwrap();
    assert_eq!(
        root.folder_identity(Path::new("/closed/inner")),
        Err(Trouble::Denied)
    );
    assert_eq!(
        root.folder_identity(Path::new("/gone")),
        Err(Trouble::Absent)
    );
    fs::set_permissions(&closed, PermissionsExt::from_mode(0o700)).unwrap();
}

/// Does something again and again until it `shows`: the clock that dates files goes in steps.
fn until(what: &str, shows: impl Fn() -> bool, act: impl Fn()) {
    let begin = Instant::now();
    act();
    while !shows() {
        assert!(begin.elapsed() < Duration::from_secs(10), "{what}");
        act();
    }
}

/// A folder with a file, a root in it, and the file.
fn dated() -> (TempDir, Root, PathBuf) {
    let folder = TempDir::new().unwrap();
    let root = Root::open(folder.path(), Path::new("/")).unwrap();
    let file = folder.path().join("a.crt");
    fs::write(&file, "a").unwrap();
    (folder, root, file)
}

fn changed(root: &Root) -> OffsetDateTime {
    root.facts(Path::new("/a.crt")).unwrap().changed_at.unwrap()
}

#[test]
fn a_new_owner_mode_or_name_changes_no_file() {
    let (folder, root, file) = dated();
    let other = folder.path().join("second");
    let first = changed(&root);
    let is_noted = || {
        let facts = fs::metadata(&file).unwrap();
        let whole = OffsetDateTime::from_unix_timestamp(facts.ctime()).unwrap();
        whole + time::Duration::nanoseconds(facts.ctime_nsec()) > first
    };
    until("a mode", is_noted, || {
        fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    });
    until("an owner", is_noted, || {
        chown(&file, Some(geteuid().as_raw()), Some(getegid().as_raw())).unwrap();
    });
    until("a name", is_noted, || {
        fs::hard_link(&file, &other).unwrap();
        fs::remove_file(&other).unwrap();
    });
    assert_eq!(changed(&root), first, "what it holds is the same");
    let ahead = SystemTime::now() + Duration::from_secs(1_000_000);
    fs::File::open(&file).unwrap().set_modified(ahead).unwrap();
    assert!(
        changed(&root) < OffsetDateTime::from(ahead),
        "nothing changed in the future"
    );
}

#[test]
fn a_file_changes_when_it_is_written_or_made_anew() {
    let (folder, root, file) = dated();
    let (target, other) = (folder.path().join("target"), folder.path().join("new"));
    let write_old = |path: &Path| {
        fs::write(path, "b").unwrap();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        fs::File::open(path).unwrap().set_modified(old).unwrap();
    };
    fs::write(&target, "a").unwrap();
    let later = |what: &str, act: &dyn Fn()| {
        let before = changed(&root);
        until(what, || changed(&root) > before, act);
    };
    later("written in place", &|| fs::write(&file, "b").unwrap());
    if fs::metadata(&file).unwrap().created().is_err() {
        return;
    }
    // As `cp -a` and tar do it: another file, with the date of what it is a copy of.
    later("made anew", &|| {
        fs::remove_file(&file).unwrap();
        write_old(&file);
    });
    later("another one moved over it", &|| {
        write_old(&other);
        fs::rename(&other, &file).unwrap();
    });
    later("a link in its place", &|| {
        fs::remove_file(&file).unwrap();
        symlink("/target", &file).unwrap();
    });
}
