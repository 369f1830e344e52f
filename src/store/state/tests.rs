use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use super::*;

/// For the root of this machine.
fn own(path: &Path) -> StateFolder {
    let whole = Path::new("/");
    StateFolder::of(path, &Root::open(whole, whole).unwrap()).unwrap()
}

/// The default one for a disk that is mounted there, as root has it.
fn on(disk: &Path) -> StateFolder {
    StateFolder::of(
        &disk.join(OF_ROOT),
        &Root::open(disk, Path::new("/")).unwrap(),
    )
    .unwrap()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o7777
}

#[test]
fn what_is_made_is_its_owners_alone_and_grows() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("a/b");
    for line in ["one\n", "two\n"] {
        append(&own(&state), "log")
            .unwrap()
            .write_all(line.as_bytes())
            .unwrap();
    }
    assert_eq!((mode(&state), mode(&state.join("log"))), (0o700, 0o600));
    assert_eq!(
        mode(&folder.path().join("a")),
        if geteuid().is_root() { 0o755 } else { 0o700 }
    );
    assert_eq!(fs::read_to_string(state.join("log")).unwrap(), "one\ntwo\n");
}

#[test]
fn the_state_of_a_mounted_disk_stays_on_it() {
    let (disk, host) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(on(disk.path()).is_on_disk() && !own(disk.path()).is_on_disk());
    // Absolute, it is the disk's own; a way up ends at the disk's root.
    let data = disk.path().join("data");
    fs::create_dir(&data).unwrap();
    symlink("/../../../../data", disk.path().join("var")).unwrap();
    append(&on(disk.path()), "log").unwrap();
    assert!(data.join("lib/kubepki/log").is_file());
    assert_eq!(
        on(disk.path()).lies_at().unwrap().1,
        fs::canonicalize(&data).unwrap().join("lib/kubepki")
    );
    fs::remove_dir_all(&data).unwrap();
    fs::remove_file(disk.path().join("var")).unwrap();
    symlink(host.path(), disk.path().join("var")).unwrap();
    assert!(append(&on(disk.path()), "log").is_err());
    assert_eq!(fs::read_dir(host.path()).unwrap().count(), 0);
}

#[test]
fn a_disk_is_known_by_whatever_name_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk");
    fs::create_dir_all(disk.join("deep")).unwrap();
    symlink(&disk, folder.path().join("other")).unwrap();
    let root = Root::open(&disk, Path::new("/")).unwrap();
    for (name, lies) in [
        ("disk/state", "disk/state"),
        ("other/state", "disk/state"),
        ("other/deep/../state", "disk/state"),
        ("disk/deep/../../disk/state", "disk/state"),
    ] {
        let state = StateFolder::of(&folder.path().join(name), &root).unwrap();
        assert!(state.is_on_disk(), "{name}");
        assert_eq!(state.path(), folder.path().join(lies), "{name}");
    }
    for name in ["state", "disk/../state", "disk/../other/../state"] {
        assert!(
            !StateFolder::of(&folder.path().join(name), &root)
                .unwrap()
                .is_on_disk(),
            "{name}"
        );
    }
}

#[test]
fn nothing_is_written_where_others_write_or_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let open = folder.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    for state in [open.clone(), open.join("below")] {
        assert!(
            matches!(append(&own(&state), "log"), Err(StoreError::NotPrivate(_))),
            "{state:?}"
        );
    }
    assert_eq!(
        usable(&own(&open.join("below"))),
        Err(StoreError::NotPrivate(open.clone()))
    );
    // A sticky folder is a way to one, and none itself.
    fs::set_permissions(&open, fs::Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(usable(&own(&open.join("below"))), Ok(()));
    assert_eq!(
        usable(&own(&open)),
        Err(StoreError::NotPrivate(open.clone()))
    );
    if geteuid().is_root() {
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::chown(&open, Some(1000), None).unwrap();
        let error = usable(&own(&open)).unwrap_err();
        assert_eq!(
            error,
            StoreError::Foreign {
                path: open.clone(),
                owner: 1000
            }
        );
        assert!(
            error.to_string().contains("uid 1000") && error.hint().contains("chown root"),
            "{error}"
        );
    }
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    assert_eq!(usable(&own(&state.join("a/b"))), Ok(()));
    symlink(folder.path().join("elsewhere"), state.join("log")).unwrap();
    assert!(matches!(
        append(&own(&state), "log"),
        Err(StoreError::Damaged { .. })
    ));
    assert!(!folder.path().join("elsewhere").exists());
}

#[test]
fn what_is_no_file_of_ours_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let state = own(folder.path());
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.path().join("fifo"),
        rustix::fs::FileType::Fifo,
        0o600.into(),
        0,
    )
    .unwrap();
    fs::write(folder.path().join("one"), "one").unwrap();
    fs::hard_link(folder.path().join("one"), folder.path().join("two")).unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    let sparse = File::create(folder.path().join("sparse")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    let opened = state.open().unwrap().unwrap();
    for name in ["fifo", "two", "folder", "sparse"] {
        assert!(
            matches!(opened.read(name, 1 << 20), Err(StoreError::Damaged { .. })),
            "{name}"
        );
        assert!(
            name == "sparse" || matches!(opened.append(name), Err(StoreError::Damaged { .. })),
            "{name}"
        );
    }
    assert_eq!(opened.read("none", 1), Ok(None));
}
