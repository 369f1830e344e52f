//! Many files to facts, on all cores. Contents are dropped file by file, so keys never gather in
//! memory.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use super::root::{Folders, Root, Trouble, shown};
use crate::inventory::Fault;
use crate::inventory::file::{Content, Expectation, ParsedFile, parse};
use crate::progress::{Progress, Report};
use crate::store::StoreError;

/// Larger than any bundle of certificates (Mozilla's whole list has 0.2 MB).
pub(super) const MOST_BYTES: u64 = 4 << 20;

/// The most of a kubeconfig that others than root can write: a thousand clusters with their CAs
/// have less.
const MOST_OF_OTHERS: u64 = 1 << 20;

/// Files that one worker takes at a time.
const CHUNK: usize = 64;

/// One file to read, and what its place says.
pub(super) type Wanted = (PathBuf, Want);

/// What is known of a file before it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Want {
    pub(super) expected: Expectation,
    /// Larger files are not read, in bytes.
    pub(super) limit: u64,
}

impl Default for Want {
    fn default() -> Self {
        Self {
            expected: Expectation::default(),
            limit: MOST_BYTES,
        }
    }
}

/// Reads all of `wanted`. Paths outside the root are left out.
pub(super) fn read_all(
    root: &Root,
    wanted: &[Wanted],
    report: Report<'_>,
) -> Result<Vec<ParsedFile>, StoreError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = cores.min(wanted.len() / CHUNK + 1);
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let folders = Folders::default();
    let (sender, receiver) = mpsc::channel();
    let mut files = Vec::with_capacity(wanted.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, next, stopped, folders) = (sender.clone(), &next, &stopped, &folders);
            scope.spawn(move || {
                loop {
                    let start = next.fetch_add(CHUNK, Ordering::Relaxed);
                    if start >= wanted.len() || stopped.load(Ordering::Relaxed) {
                        break;
                    }
                    let chunk = &wanted[start..wanted.len().min(start + CHUNK)];
                    let read = chunk
                        .iter()
                        .filter_map(|(path, want)| read_one(root, folders, path, *want));
                    let read = read.collect::<Vec<_>>();
                    if sender.send(read).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for read in receiver {
            files.extend(read);
            let progress = Progress {
                what: format!("reading {}", root.mount().display()),
                done: files.len() as u64,
                total: wanted.len() as u64,
            };
            if !report(progress) {
                stopped.store(true, Ordering::Relaxed);
            }
        }
    });
    if stopped.into_inner() {
        Err(StoreError::Stopped)
    } else {
        Ok(files)
    }
}

fn read_one(root: &Root, folders: &Folders, path: &Path, want: Want) -> Option<ParsedFile> {
    let text = shown(path.as_os_str());
    let path_bytes = path
        .to_str()
        .is_none()
        .then(|| path.as_os_str().as_bytes().into());
    let mut file = ParsedFile {
        path: text.into(),
        path_bytes,
        ..ParsedFile::default()
    };
    // What somebody else writes, and must be taken apart field by field, is bounded more tightly.
    let is_others = || {
        folders
            .writers_of(root, path, root.facts(path).ok().as_ref())
            .is_some()
    };
    let limit = if want.expected.kubeconfig && is_others() {
        MOST_OF_OTHERS.min(want.limit)
    } else {
        want.limit
    };
    match root.read(path, limit) {
        Ok((bytes, facts)) => {
            file.content = parse(&bytes, want.expected);
            file.writers = folders.writers_of(root, path, Some(&facts));
            (file.mode, file.uid, file.gid, file.changed_at) =
                (facts.mode, facts.uid, facts.gid, facts.changed_at);
            file.identity = facts.identity;
            file.link = facts.link.map(Into::into);
        }
        Err(Trouble::Outside) => return None,
        Err(trouble) => {
            let facts = root.facts(path).ok();
            file.writers = folders.writers_of(root, path, facts.as_ref());
            if let Some(facts) = facts {
                (file.mode, file.uid, file.gid, file.changed_at) =
                    (facts.mode, facts.uid, facts.gid, facts.changed_at);
                file.identity = facts.identity;
            }
            if let Trouble::Dangling(text) = &trouble {
                file.link = Some(text.as_str().into());
            }
            file.content = Content::of_fault(fault(trouble));
        }
    }
    Some(file)
}

fn fault(trouble: Trouble) -> Fault {
    match trouble {
        Trouble::Absent | Trouble::Dangling(_) => Fault::Absent(format!("it {trouble}")),
        Trouble::LeadsOutside(_) | Trouble::Denied | Trouble::Io(_) => Fault::Unreadable(trouble),
        other => Fault::Other(format!("it {other}")),
    }
}
