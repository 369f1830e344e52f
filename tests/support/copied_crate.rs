//! This crate once more with other assets: its sources copied, and the program built from them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};
use std::process::Command;

/// What the program is built from.
const SOURCES: [&str; 3] = ["build.rs", "src", "assets"];

/// The package under another name: Cargo takes two of one name, wherever they lie, for one, and
/// what it makes of the one would take the place of what it has made of the other.
const PACKAGE: &str = "kubepki-made-up";

/// The program under another name: an example has the features of dependencies that tests have, so
/// that none of them is compiled again, and lies where no other program does.
const PROGRAM: &str = "made-up";

/// A copy of the crate, with `more` (a path in the crate and a text) beside its own files. The lock
/// is held for as long as the program is in use.
pub(crate) struct CopiedCrate {
    pub(crate) program: PathBuf,
    _lock: File,
}

impl CopiedCrate {
    /// Copies and builds. It has one place: Cargo tells packages apart by it, and keeps what it has
    /// made of each.
    pub(crate) fn build(more: &[(&str, &str)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PROGRAM);
        fs::create_dir_all(&folder).expect("made");
        let lock = File::create(folder.join("lock")).expect("a file");
        lock.lock().expect("nobody else builds here");
        let mut kept = BTreeSet::new();
        for source in SOURCES {
            copy(
                &Path::new(env!("CARGO_MANIFEST_DIR")).join(source),
                &folder.join(source),
                &mut kept,
            );
        }
        let own = format!("name = \"{}\"", env!("CARGO_PKG_NAME"));
        let renamed = |text: &str| text.replacen(&own, &format!("name = \"{PACKAGE}\""), 1);
        let lock_file = renamed(include_str!("../../Cargo.lock"));
        let manifest = manifest(&renamed(include_str!("../../Cargo.toml")));
        let more = more.iter().copied();
        for (path, text) in more.chain([
            ("Cargo.toml", manifest.as_str()),
            ("Cargo.lock", &lock_file),
        ]) {
            write(&folder.join(path), text.as_bytes(), &mut kept);
        }
        for source in SOURCES {
            remove_others(&folder.join(source), &kept);
        }
        Self {
            program: run_cargo(&folder),
            _lock: lock,
        }
    }
}

/// The same package with another target; benches are not copied.
fn manifest(text: &str) -> String {
    let benches = text.find("[[bench]]").expect("benches are named");
    let lints = text.find("[lints.rust]").expect("lints come after them");
    let library = "[lib]\nname = \"kubepki\"\n\n";
    let example =
        format!("[[example]]\nname = \"{PROGRAM}\"\npath = \"src/main.rs\"\n\n[workspace]\n\n");
    [&text[..benches], library, &example, &text[lints..]].concat()
}

/// Builds in the target folder of this very test, with its profile and target, and gives the
/// program.
fn run_cargo(folder: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("the target folder");
    let test = std::env::current_exe().expect("this test");
    // TARGET/PROFILE/deps/NAME, or TARGET/TRIPLE/PROFILE/deps/NAME.
    let output = test
        .parent()
        .and_then(Path::parent)
        .expect("the profile's folder");
    let below = output
        .strip_prefix(target)
        .expect("below the target folder");
    let below: Vec<&OsStr> = below.components().map(Component::as_os_str).collect();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--offline",
        "--locked",
        "--quiet",
        "--example",
        PROGRAM,
    ]);
    cargo
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target);
    let (triple, profile) = match below[..] {
        [profile] => (None, profile),
        [triple, profile] => (Some(triple), profile),
        _ => panic!("{} is not where Cargo puts a test", test.display()),
    };
    cargo.args(
        triple
            .iter()
            .flat_map(|triple| [OsStr::new("--target"), triple]),
    );
    let profile = if profile == "debug" {
        OsStr::new("dev")
    } else {
        profile
    };
    let output_of_cargo = cargo
        .arg("--profile")
        .arg(profile)
        .output()
        .expect("cargo starts");
    assert!(
        output_of_cargo.status.success(),
        "{}",
        String::from_utf8_lossy(&output_of_cargo.stderr)
    );
    output.join("examples").join(PROGRAM)
}

fn copy(from: &Path, to: &Path, kept: &mut BTreeSet<PathBuf>) {
    if !from.is_dir() {
        return write(to, &fs::read(from).expect("a source"), kept);
    }
    for entry in fs::read_dir(from).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        copy(&from.join(&name), &to.join(&name), kept);
    }
}

/// What is there already keeps its time, by which Cargo knows that nothing is to be done.
fn write(path: &Path, content: &[u8], kept: &mut BTreeSet<PathBuf>) {
    kept.insert(path.to_owned());
    if fs::read(path).is_ok_and(|old| old == content) {
        return;
    }
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, content).expect("written");
}

fn remove_others(path: &Path, kept: &BTreeSet<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            remove_others(&entry.expect("an entry").path(), kept);
        }
    } else if !kept.contains(path) {
        fs::remove_file(path).expect("removed");
    }
}
