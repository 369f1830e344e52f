//! Reads again by itself when files of the PKI change, but not by our own hand: that is read again
//! anyway.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{Message, send};
use crate::model::{Event, Problem};

/// So long it must be quiet before the disk is read again.
const QUIET: Duration = Duration::from_millis(200);
/// So long a reading is put off at most while files keep changing.
const LONGEST: Duration = Duration::from_secs(2);

/// Watches folders.
pub(super) struct Watcher {
    inner: Option<RecommendedWatcher>,
    /// With device and inode: of a folder that was made anew nothing is heard.
    watched: BTreeMap<PathBuf, Option<(u64, u64)>>,
    sender: Sender<Message>,
    has_complained: bool,
}

impl Watcher {
    /// Watches nothing yet. Where the system cannot watch, F5 is left; that is said once. Silent
    /// while `writing` is above 0.
    pub(super) fn new(sender: &Sender<Message>, writing: Arc<AtomicUsize>) -> Self {
        let (touched, changes) = channel();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a file is an access too: it must not make us read again.
            let is_change = event.is_ok_and(|event| {
                matches!(
                    event.kind,
                    EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_)
                )
            });
            if is_change && writing.load(Ordering::SeqCst) == 0 {
                let _ = touched.send(());
            }
        });
        let to = sender.clone();
        let _ = thread::Builder::new()
            .name("watcher".to_owned())
            .spawn(move || debounce(&changes, &to));
        let mut own = Self {
            inner: None,
            watched: BTreeMap::new(),
            sender: sender.clone(),
            has_complained: false,
        };
        match watcher {
            Ok(watcher) => own.inner = Some(watcher),
            Err(error) => own.complain(&error),
        }
        own
    }

    /// Watches exactly these folders from now on.
    pub(super) fn watch(&mut self, folders: &[PathBuf]) {
        let wanted: BTreeSet<PathBuf> = folders.iter().cloned().collect();
        let is_gone = |(folder, known): &(&PathBuf, &Option<(u64, u64)>)| {
            !wanted.contains(*folder) || identity(folder) != **known
        };
        let gone: Vec<PathBuf> = self
            .watched
            .iter()
            .filter(is_gone)
            .map(|(folder, _)| folder.clone())
            .collect();
        for folder in gone {
            self.watched.remove(&folder);
            if let Some(watcher) = &mut self.inner {
                // It may be gone from the disk as well.
                let _ = watcher.unwatch(&folder);
            }
        }
        for folder in wanted {
            if !self.watched.contains_key(&folder) && !self.add(&folder) {
                return;
            }
        }
    }

    /// `false`: no more folder can be watched.
    fn add(&mut self, folder: &Path) -> bool {
        let Some(watcher) = &mut self.inner else {
            return false;
        };
        let known = identity(folder);
        match watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched.insert(folder.to_owned(), known);
                true
            }
            Err(error) if is_exhausted(&error) => {
                self.complain(&error);
                false
            }
            // A folder that went away or may not be looked at; the others can still be watched.
            Err(_) => true,
        }
    }

    fn complain(&mut self, error: &notify::Error) {
        if !std::mem::replace(&mut self.has_complained, true) {
            let problem = Problem {
                why: vec![error.to_string()],
                ..Problem::new("changes on the disk cannot be watched")
            };
            send(
                &self.sender,
                Message::Event(Event::Notice(problem.hint("F5 reads again"))),
            );
        }
    }
}

/// Device and inode of a folder.
fn identity(folder: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(folder)
        .ok()
        .map(|facts| (facts.dev(), facts.ino()))
}

fn is_exhausted(error: &notify::Error) -> bool {
    match &error.kind {
        notify::ErrorKind::MaxFilesWatch => true,
        // ENOSPC is how inotify says that the user's watches are used up, EMFILE that instances
        // are.
        notify::ErrorKind::Io(error) => matches!(error.raw_os_error(), Some(28 | 24)),
        _ => false,
    }
}

fn debounce(changes: &Receiver<()>, sender: &Sender<Message>) {
    while changes.recv().is_ok() {
        let first = Instant::now();
        while first.elapsed() < LONGEST && changes.recv_timeout(QUIET).is_ok() {}
        send(sender, Message::Event(Event::FilesChanged));
    }
}
