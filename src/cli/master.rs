//! The master that a command looks at, and the moment it is judged for.

use std::env;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::arguments::Global;
use super::document::{API_VERSION, Head, UnreadDocument, some_text};
use super::failure::{Exit, Failure};
use super::output;
use crate::engine::change::sudo_line;
use crate::engine::open::{OpenOptions, Tell, instead_of_nothing, looked_for, open_telling};
use crate::inventory::tree::Verified;
use crate::inventory::unread::LEFTOVER_HINT;
use crate::inventory::{Fault, Inventory, Item};
use crate::progress;
use crate::record::moment::parse_moment;
use crate::store;
use crate::words::date;

/// What was read, and for which moment.
#[derive(Debug)]
pub(crate) struct Master {
    pub(crate) inventory: Inventory,
    pub(crate) at: OffsetDateTime,
    /// The folder under which its files lie; `None` for what came in as one file or through
    /// standard input.
    root: Option<PathBuf>,
    /// Where nothing of a PKI was found: where it was looked for.
    looked_for: Option<Vec<String>>,
    /// What was said in place of that: the masters that lie in the folder.
    instead: Option<String>,
}

impl Master {
    /// What one file or standard input holds.
    pub(crate) fn of_input(inventory: Inventory, at: OffsetDateTime) -> Self {
        Self {
            inventory,
            at,
            root: None,
            looked_for: None,
            instead: None,
        }
    }

    /// True where no master was read.
    pub(crate) fn is_input(&self) -> bool {
        self.root.is_none()
    }

    /// Reads the master that the flags name.
    pub(crate) fn open(global: &Global, directory: Option<&Path>) -> Result<Self, Failure> {
        let master = Self::read(global, directory)?;
        if let Some(instead) = &master.instead {
            output::tell(&Failure::unable(instead).to_words());
        }
        master.tell_unread()?;
        master.tell_leftovers();
        Ok(master)
    }

    /// The same to change it: a folder that is no master has nothing that could be due.
    pub(crate) fn open_to_change(global: &Global) -> Result<Self, Failure> {
        let mut master = Self::read(global, None)?;
        if let Some(instead) = master.instead.take() {
            return Err(Failure::unable(instead).hint("name one of them with --root"));
        }
        master.tell_unread()?;
        master.tell_leftovers();
        Ok(master)
    }

    fn read(global: &Global, directory: Option<&Path>) -> Result<Self, Failure> {
        let at = moment(global.at.as_deref())?;
        let options = open_options(global, directory);
        let tell = |words: &str| output::tell(&format!("kubepki: {words}\n"));
        let tell: Option<Tell<'_>> = if global.verbose { Some(&tell) } else { None };
        let inventory = open_telling(&options, &progress::silent, &mut Verified::new(), tell)
            .map_err(|error| failure(&error))?;
        let instead = instead_of_nothing(&options, &inventory);
        let looked_for = inventory.is_bare().then(|| looked_for(&options));
        Ok(Self {
            inventory,
            at,
            root: Some(options.root),
            looked_for,
            instead,
        })
    }

    /// The head of an answer about this master.
    pub(crate) fn head(&self, kind: &'static str) -> Head {
        Head {
            api_version: API_VERSION,
            kind,
            at: date::rfc3339(self.at),
            root: self.inventory.root.clone(),
            layout: some_text(&self.inventory.layout),
            unread: self.unread(),
        }
    }

    /// What a path that a user gave may mean on the master: itself, without the root, below the
    /// layout's folder.
    pub(crate) fn paths_of(&self, what: &str) -> Vec<String> {
        let mut paths = vec![
            what.to_owned(),
            format!("{}/{what}", self.inventory.base.trim_end_matches('/')),
        ];
        let absolute = std::path::absolute(what).unwrap_or_else(|_| PathBuf::from(what));
        paths.extend(absolute.to_str().map(ToOwned::to_owned));
        let roots = [
            self.root
                .as_deref()
                .and_then(|root| std::path::absolute(root).ok()),
            std::path::absolute(&self.inventory.root).ok(),
        ];
        for root in roots.into_iter().flatten() {
            if let Ok(rest) = absolute.strip_prefix(&root) {
                paths.extend(rest.to_str().map(|rest| format!("/{rest}")));
            }
        }
        paths
    }

    /// Names what could not be looked at. Without the right to see anything at all: a failure, exit
    /// 3.
    fn tell_unread(&self) -> Result<(), Failure> {
        let inventory = &self.inventory;
        let unread = self.unread();
        if unread.is_empty() {
            return Ok(());
        }
        let denied = self.is_denied();
        let nothing = inventory.is_bare();
        let what = if denied && nothing {
            "nothing could be read"
        } else {
            "not everything could be read"
        };
        let lines = unread
            .iter()
            .map(|unread| format!("{}: {}", unread.path, unread.why));
        let mut failure = Failure::unable(what).because_all(lines);
        if denied {
            failure = failure.hint_at_root();
        }
        if denied && nothing {
            return Err(failure);
        }
        output::tell(&failure.to_words());
        Ok(())
    }

    /// Names the temporary files of which nobody takes care.
    fn tell_leftovers(&self) {
        let leftovers = &self.inventory.leftovers;
        if leftovers.is_empty() {
            return;
        }
        let lines = leftovers
            .iter()
            .map(|one| format!("{} (operation {})", one.path, one.operation));
        let failure =
            Failure::unable("temporary files were left here, and private keys may be in them")
                .because_all(lines)
                .hint(LEFTOVER_HINT);
        output::tell(&failure.to_words());
    }

    /// Says that nothing of a PKI was found, and ends with 3: a name mistyped, or a disk that is
    /// not mounted, looks the same as health otherwise.
    pub(crate) fn tell_nothing(&self) -> u8 {
        let Some(failure) = self.nothing_found() else {
            return 0;
        };
        if self.instead.is_none() {
            output::tell(&failure.to_words());
        }
        failure.exit.code()
    }

    /// That nothing of a PKI was found, with where it was looked for.
    pub(crate) fn nothing_found(&self) -> Option<Failure> {
        let looked_for = self.looked_for.as_ref()?;
        let root = &self.inventory.root;
        let elsewhere = "a mounted disk: --root DIR; any folder: kubepki list DIR";
        Some(if looked_for.is_empty() {
            Failure::unable(format!("nothing of a PKI was found in {root}"))
                .because("no file in it holds a certificate, a key, a kubeconfig or a request")
                .hint(elsewhere)
        } else {
            let setup = self.inventory.mounted.kubepki("setup");
            Failure::unable(format!("no PKI was found below {root}"))
                .because(format!("looked in {}", looked_for.join(", ")))
                .because("and where flags in units, static pods and configuration files lead")
                .hint(format!("{elsewhere}; a new cluster: {setup}"))
        })
    }

    /// That nothing can be due, for nothing that could be read is in use.
    pub(crate) fn nothing_in_use(&self) -> Option<Failure> {
        let items = &self.inventory.items;
        if items.iter().any(|item| item.in_use && item.content.is_ok()) {
            return None;
        }
        let what = "no certificate that is in use could be judged";
        let why = match items.len() {
            0 => "no certificate was found".to_owned(),
            found => format!(
                "of {found} found none that can be read lies at a place of a layout, or is named by a flag or kubeconfig"
            ),
        };
        Some(Failure::unable(what).because(why).hint(format!(
            "{} shows what is there",
            self.inventory.mounted.kubepki("list")
        )))
    }

    /// True where something was not seen for want of permission: the answer stands, and is not
    /// whole (exit 3).
    pub(crate) fn is_denied(&self) -> bool {
        let is_unseen =
            |item: &Item| item.in_use && item.content.as_ref().is_err_and(Fault::is_unread);
        self.inventory
            .unread
            .iter()
            .any(|unread| unread.why.is_denied())
            || self.inventory.items.iter().any(is_unseen)
    }

    /// What could not be looked at, each once.
    fn unread(&self) -> Vec<UnreadDocument> {
        let mut unread: Vec<UnreadDocument> = Vec::new();
        for one in self.inventory.unread.iter().map(UnreadDocument::from) {
            if !unread.contains(&one) {
                unread.push(one);
            }
        }
        unread
    }
}

/// The moment to judge for: `--at`, or now. The clock is read here and nowhere else in the command
/// line.
pub(crate) fn moment(at: Option<&str>) -> Result<OffsetDateTime, Failure> {
    let now = OffsetDateTime::now_utc();
    at.map_or(Ok(now), |text| {
        parse_moment(text, now).map_err(|error| Failure::usage(error.to_string()))
    })
}

impl Failure {
    /// What is refused on a master of which not all could be seen is a want of permission.
    pub(crate) fn of_unseen(self, master: &Master) -> Self {
        let exit = if self.exit == Exit::Refused && master.is_denied() {
            Exit::Unable
        } else {
            self.exit
        };
        Self { exit, ..self }
    }

    /// For want of permission: the very call with the right to read, where that is not at hand.
    pub(crate) fn hint_at_root(self) -> Self {
        if rustix::process::geteuid().is_root() {
            self
        } else {
            self.hint(with_sudo())
        }
    }
}

/// What `engine::open` needs to know, from the flags and the environment.
pub(crate) fn open_options(global: &Global, directory: Option<&Path>) -> OpenOptions {
    let live = global.root == Path::new("/") && directory.is_none();
    OpenOptions {
        root: global.root.clone(),
        directory: directory.map(Path::to_path_buf),
        layout: global.layout.clone(),
        homes: homes(&global.root),
        processes: live,
        state_dir: global.state_dir.clone(),
    }
}

/// The invoking user's home: behind sudo his, not root's.
fn homes(root: &Path) -> Vec<String> {
    if let Some(user) = env::var("SUDO_USER").ok().filter(|user| !user.is_empty()) {
        return store::users::home_of(root, &user).into_iter().collect();
    }
    let own = env::var("HOME")
        .ok()
        .filter(|home| home.starts_with('/') && root == Path::new("/"));
    own.into_iter().collect()
}

fn with_sudo() -> String {
    format!("with the right to read it: {}", sudo_line())
}

/// A failure of reading, with the exit code that fits it.
fn failure(error: &store::StoreError) -> Failure {
    let hint = error.hint();
    let failure = match error {
        store::StoreError::NoSuchLayout { .. } => Failure::usage(error.to_string()),
        store::StoreError::NoPermission(_) => Failure::unable(error.to_string()).hint(with_sudo()),
        _ => Failure::unable(error.to_string()),
    };
    if failure.problem.hint.is_empty() {
        failure.hint(hint)
    } else {
        failure
    }
}
