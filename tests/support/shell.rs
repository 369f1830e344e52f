//! Lines that kubepki prints, as a shell runs them, and masters whose folders are called strangely.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::ground::Ground;

/// What a shell prints that runs `line` from another folder.
pub(crate) fn typed(line: &str) -> String {
    let output = Command::new("sh")
        .args(["-c", line])
        .current_dir("/")
        .output()
        .expect("a shell");
    assert!(
        output.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// A master below a folder of this name.
pub(crate) fn master(name: &str) -> (Ground, PathBuf) {
    let ground = Ground::set_up();
    let root = ground.folder.path().join(name);
    fs::rename(&ground.master.root, &root).expect("moved");
    (ground, root)
}
