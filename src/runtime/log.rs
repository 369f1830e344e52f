//! `kubepki.log` in the state folder, written where -v is given: what was read and how long it
//! took. Never what a file holds.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;

use time::OffsetDateTime;
use time::macros::format_description;

use super::Options;
use crate::model::Problem;
use crate::store::StoreError;
use crate::store::read::Root;
use crate::store::state::{self, StateFolder};

/// The open log; none where it is not wanted.
#[derive(Debug, Default)]
pub(super) struct Log(Option<Mutex<File>>);

impl Log {
    /// Opens it where `options` want one.
    pub(super) fn open(options: &Options) -> Result<Self, Problem> {
        if !options.verbose {
            return Ok(Self::default());
        }
        let cannot = || Problem::new("there is no log");
        let failed = |error: StoreError| Problem {
            why: vec![error.to_string()],
            hint: error.hint(),
            ..cannot()
        };
        // It leaves nothing behind.
        if options.demo && options.state_dir.is_none() {
            return Err(cannot().hint("the demo keeps none: name a folder with --state-dir"));
        }
        let root = Root::open(&options.open.root, Path::new("/")).map_err(failed)?;
        let folder = options
            .state_dir
            .clone()
            .map_or_else(|| state::default_folder(&options.open.root), Ok);
        let folder = folder.and_then(|folder| StateFolder::of(&folder, &root));
        let file = folder
            .and_then(|folder| state::append(&folder, "kubepki.log"))
            .map_err(failed)?;
        let log = Self(Some(Mutex::new(file)));
        log.tell(&format!("kubepki {} starts", env!("CARGO_PKG_VERSION")));
        Ok(log)
    }

    /// True where lines are kept.
    pub(super) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Adds a line. A full disk costs the line, not the view.
    pub(super) fn tell(&self, words: &str) {
        let Some(file) = &self.0 else { return };
        let format = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        let now = OffsetDateTime::now_utc().format(format).unwrap_or_default();
        if let Ok(mut file) = file.lock() {
            let _ = file.write_all(format!("{now} {words}\n").as_bytes());
        }
    }
}
