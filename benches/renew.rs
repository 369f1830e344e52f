//! Renewing everything on a master, from reading it to the last sync, beside the least that any
//! program must do: making the keys on all cores (RSA-2048), or writing the same files and backups
//! with a sync and a rename (P-256).

mod support;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kubepki::engine::change::Changer;
use kubepki::engine::open::{OpenOptions, open};
use kubepki::inventory::tree::Verified;
use kubepki::plan::{RenewRequest, Request, Selection};
use kubepki::progress::silent;
use kubepki::record::{OperationState, Settings};
use support::{head, interleaved, make_keys, ratio, timed};
use tempfile::TempDir;
use time::OffsetDateTime;

const BUDGET: f64 = 1.5;

fn main() {
    head();
    let rsa = Master::unpack("kubeadm-1.36-rsa");
    let keys = rsa.renew().certificates;
    let [renewed, made] = interleaved(
        15,
        &mut [&mut || timed(|| rsa.renew()), &mut || {
            timed(|| make_keys(keys))
        }],
    );
    ratio(
        &format!("renew all, {keys} RSA-2048 keys; the keys alone"),
        renewed,
        made,
        BUDGET,
    );
    let ecdsa = Master::unpack("kubeadm-1.36-ecdsa");
    let files = ecdsa.renew().files;
    let [renewed, written] = interleaved(
        31,
        &mut [&mut || timed(|| ecdsa.renew()), &mut || write(&files)],
    );
    ratio(
        &format!("renew all, P-256; {} files and backups", files.len()),
        renewed,
        written,
        BUDGET,
    );
}

/// A recorded master of kubeadm.
struct Master {
    folder: TempDir,
    name: &'static str,
}

/// What one renewal did.
struct Renewed {
    certificates: usize,
    /// As they are now.
    files: Vec<PathBuf>,
}

impl Master {
    fn unpack(name: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let archive = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/samples")
            .join(format!("{name}.tar.gz"));
        let mut tar = std::process::Command::new("tar");
        let status = tar
            .arg("-xpzf")
            .arg(archive)
            .arg("-C")
            .arg(folder.path())
            .status()
            .expect("tar starts");
        assert!(status.success(), "{name} is unpacked");
        Self { folder, name }
    }

    /// Reads it, plans, applies.
    fn renew(&self) -> Renewed {
        let root = self.folder.path().join(self.name);
        let options = OpenOptions {
            root: root.clone(),
            processes: false,
            ..OpenOptions::default()
        };
        let state = self.folder.path().join("state");
        let changer = Changer::with_settings(&options, Some(&state), Settings::default());
        let inventory = open(&options, &silent, &mut Verified::new()).expect("an inventory");
        let request = Request::Renew(RenewRequest::new(Selection::All));
        let plan = changer
            .prepare(&inventory, &request, OffsetDateTime::now_utc(), &silent)
            .expect("a plan");
        let operation = changer.apply(&plan, &silent).expect("an operation");
        assert_eq!(operation.state, OperationState::Done);
        let files = operation
            .plan
            .changes
            .iter()
            .map(|change| root.join(change.path.trim_start_matches('/')))
            .collect();
        Renewed {
            certificates: operation.plan.issues.len(),
            files,
        }
    }
}

/// Writes the same files and a backup of each as bare as it can be done safely: written aside,
/// synced, renamed; the folders synced at the end.
fn write(files: &[PathBuf]) -> Duration {
    let contents: Vec<Vec<u8>> = files
        .iter()
        .map(|file| fs::read(file).expect("a file"))
        .collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folders = [folder.path().join("files"), folder.path().join("backups")];
    for folder in &folders {
        fs::create_dir(folder).expect("a folder");
    }
    timed(|| {
        // All backups are safe before the first file is replaced.
        for folder in [&folders[1], &folders[0]] {
            for (number, content) in contents.iter().enumerate() {
                let (aside, place) = (
                    folder.join(format!(".{number}")),
                    folder.join(number.to_string()),
                );
                let mut file = File::create(&aside).expect("a file");
                file.write_all(content).expect("written");
                file.sync_all().expect("synced");
                fs::rename(aside, place).expect("renamed");
            }
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .expect("synced");
        }
    })
}
