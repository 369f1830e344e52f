//! Watches the folders of the PKI. Many changes at once are one event, 200 ms after the last of them.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::{Message, send};
use crate::model::{Event, Problem};

const QUIET: Duration = Duration::from_millis(200);

/// The watch on the PKI's folders.
pub(super) struct Watcher {
    inner: Option<RecommendedWatcher>,
    folders: Vec<PathBuf>,
    sender: Sender<Message>,
    told: bool,
}

impl Watcher {
    /// A watcher that watches nothing yet.
    pub(super) fn new(sender: Sender<Message>) -> Self {
        let (changes, receiver) = channel();
        let loop_sender = sender.clone();
        let spawned =
            thread::Builder::new().name("watcher".to_owned()).spawn(move || debounce(&receiver, &loop_sender));
        let inner = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| is_change(event.kind)) {
                let _ = changes.send(());
            }
        });
        let mut watcher = Self { inner: None, folders: Vec::new(), sender, told: false };
        match (spawned, inner) {
            (Ok(_), Ok(inner)) => watcher.inner = Some(inner),
            (_, Err(error)) => watcher.tell(&error.to_string()),
            (Err(error), _) => watcher.tell(&error.to_string()),
        }
        watcher
    }

    /// Watches just these folders from now on.
    pub(super) fn watch(&mut self, folders: &[PathBuf]) {
        let gone: Vec<PathBuf> = self.folders.iter().filter(|folder| !folders.contains(folder)).cloned().collect();
        for folder in gone {
            self.unwatch(&folder);
        }
        for folder in folders {
            if self.folders.contains(folder) {
                continue;
            }
            let Some(inner) = &mut self.inner else { return };
            match inner.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => self.folders.push(folder.clone()),
                Err(error) => self.tell(&error.to_string()),
            }
        }
    }

    fn unwatch(&mut self, folder: &Path) {
        if let Some(inner) = &mut self.inner {
            // A folder that is gone has lost its watch already.
            let _ = inner.unwatch(folder);
        }
        self.folders.retain(|watched| watched != folder);
    }

    /// Says once that changes are not noticed; F5 is left.
    fn tell(&mut self, why: &str) {
        if !self.told {
            self.told = true;
            let problem = Problem::new(format!("changes on the disk are not noticed: {why}")).hint("F5 reads again");
            send(&self.sender, Event::Notice(problem));
        }
    }
}

/// Reading a file is no change of it: our own reading must not wake us.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

fn debounce(changes: &Receiver<()>, sender: &Sender<Message>) {
    while changes.recv().is_ok() {
        loop {
            match changes.recv_timeout(QUIET) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        send(sender, Event::FilesChanged);
    }
}
