//! Opening a master: read its disk, put the inventory together, verify who signed whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;

pub use super::ground::OpenOptions;
use super::ground::{Ground, root_of, typed};
use crate::inventory::assemble::{Gathered, assemble};
use crate::inventory::tree::{Candidates, Tree, Verified, verify};
use crate::inventory::{Inventory, Leftover};
use crate::kubernetes::layout::{self, Layout};
use crate::pki::path::Relation;
use crate::pki::text::printable;
use crate::pki::{Certificate, Digest};
use crate::progress::Report;
use crate::store::read::{self, Request, Root, Trouble};
use crate::store::{StoreError, clusters};

/// Verifying fewer pairs than this on several threads costs more than it brings.
const PAIRS_OF_A_THREAD: usize = 16;

/// Reads a master and judges nothing: states depend on a date. `verified` holds the signatures that
/// are known from before, and takes the new ones.
///
/// # Errors
/// Only for the folder as a whole; what is wrong with single files is in the inventory.
pub fn open(
    options: &OpenOptions,
    report: Report<'_>,
    verified: &mut Verified,
) -> Result<Inventory, StoreError> {
    open_telling(options, report, verified, None)
}

/// Takes a line about what is done: paths and counts, never what a file holds.
pub type Tell<'a> = &'a dyn Fn(&str);

/// As [`open`], and tells what was read and how long each step took.
///
/// # Errors
/// As [`open`].
pub fn open_telling(
    options: &OpenOptions,
    report: Report<'_>,
    verified: &mut Verified,
    tell: Option<Tell<'_>>,
) -> Result<Inventory, StoreError> {
    let mut steps = Steps {
        tell,
        last: Instant::now(),
    };
    let (root, walk) = root_of(options)?;
    let is_whole = walk.is_none();
    let layouts = layouts_of(options, &root, is_whole);
    let request = Request {
        layouts: &layouts,
        layout: options.layout.as_deref(),
        homes: &options.homes,
        processes: options.processes,
    };
    let gathered = read::read(&root, walk, &request, report)?;
    steps.files(&gathered);
    let is_part = !Path::new(&gathered.base).starts_with(root.mount());
    let mut inventory = Inventory {
        is_part,
        ..assemble(gathered)
    };
    inventory.mounted.state = options.state_dir.as_deref().map(typed);
    inventory.leftovers = unknown(
        std::mem::take(&mut inventory.leftovers),
        options,
        &root,
        is_whole,
    );
    steps.done(|| {
        let (items, kubeconfigs) = (inventory.items.len(), inventory.kubeconfigs.len());
        let (keys, requests) = (inventory.keys.len(), inventory.requests.len());
        format!("found {items} certificates, {kubeconfigs} kubeconfigs, {keys} keys without one, {requests} requests")
    });
    let candidates = Candidates::find(&inventory.items);
    let answers = verify_all(&candidates.unverified(&inventory.items, verified));
    let count = answers.len();
    verified.extend(answers);
    inventory.tree = Tree::build(&inventory.items, &candidates, verified);
    inventory.settle_claims();
    steps.done(|| format!("verified {count} signatures"));
    Ok(inventory)
}

/// The temporary files of which nobody takes care: one of an operation that is under way, or was
/// interrupted, is told with that, and goes with it.
fn unknown(
    leftovers: Vec<Leftover>,
    options: &OpenOptions,
    root: &Root,
    is_whole: bool,
) -> Vec<Leftover> {
    if leftovers.is_empty() {
        return leftovers;
    }
    let ground = Ground::with(options, root.clone(), is_whole);
    let open = ground.map(|ground| ground.at_work()).unwrap_or_default();
    let is_open = |id: &str| {
        open.iter()
            .any(|folder| folder.file_name() == Some(id.as_ref()))
    };
    let left = leftovers.into_iter().filter(|one| !is_open(&one.operation));
    // An operation that has ended since the folder was looked into has taken its files away.
    left.filter(|one| root.facts(Path::new(&one.path)) != Err(Trouble::Absent))
        .collect()
}

/// The layouts, and those whose certificates lie where the kept answers have put them. Answers that
/// cannot be read cost only that.
fn layouts_of(options: &OpenOptions, root: &Root, is_whole: bool) -> Vec<Layout> {
    let ground = Ground::with(options, root.clone(), is_whole);
    let kept = ground
        .and_then(|ground| clusters::list(&ground.state))
        .unwrap_or_default();
    let moved = kept.all.iter().filter_map(|cluster| {
        layout::layout(&cluster.layout)?.moved_to(cluster.certificates_directory.as_deref()?)
    });
    layout::layouts().iter().cloned().chain(moved).collect()
}

/// Who is told of the steps, and when the last one ended.
struct Steps<'a> {
    tell: Option<Tell<'a>>,
    last: Instant,
}

impl Steps<'_> {
    fn files(&mut self, gathered: &Gathered<'_>) {
        let Some(tell) = self.tell else { return };
        let there = gathered.files.iter().filter(|file| file.mode != 0);
        for file in there.clone() {
            tell(&format!("read {}", printable(&file.path)));
        }
        for unread in &gathered.unread {
            tell(&format!(
                "not read {}: {}",
                printable(&unread.path),
                printable(&unread.why.to_string())
            ));
        }
        self.done(|| {
            let (count, flags) = (there.count(), gathered.flags.len());
            let (layout, base, root) = (
                &gathered.layout.name,
                printable(&gathered.base),
                printable(&gathered.root),
            );
            format!("read {count} files and {flags} flags below {root}, layout {layout} in {base}")
        });
    }

    fn done(&mut self, what: impl FnOnce() -> String) {
        if let Some(tell) = self.tell {
            tell(&format!(
                "{} in {:.1} ms",
                what(),
                self.last.elapsed().as_secs_f64() * 1000.0
            ));
            self.last = Instant::now();
        }
    }
}

/// The folders of this machine in which a change would change the inventory, for the watcher. For
/// one that is not there yet its nearest ancestor stands, in which it would appear.
pub fn watched_folders(options: &OpenOptions, inventory: &Inventory) -> Vec<PathBuf> {
    let Ok((root, _)) = root_of(options) else {
        return missing_folder(options);
    };
    let paths = inventory.items.iter().map(|item| &*item.path);
    let paths = paths.chain(inventory.keys.iter().map(|key| &*key.path));
    let paths = paths.chain(
        inventory
            .kubeconfigs
            .iter()
            .map(|kubeconfig| &*kubeconfig.path),
    );
    let paths = paths.chain(inventory.requests.iter().map(|request| &*request.path));
    let paths = paths.chain(inventory.flags.iter().map(|fact| fact.file.as_str()));
    let mut folders: BTreeSet<&Path> = paths.filter_map(|path| Path::new(path).parent()).collect();
    folders.extend(inventory.folders.iter().map(PathBuf::as_path));
    folders.retain(|folder| root.is_folder(folder));
    let layout = layout::layouts()
        .iter()
        .find(|layout| *layout.name == *inventory.layout);
    let wanted = layout.into_iter().flat_map(read::folders_of);
    folders.extend(
        wanted.filter_map(|folder| folder.ancestors().find(|folder| root.is_folder(folder))),
    );
    let real = folders
        .into_iter()
        .filter(|folder| !folder.starts_with("/proc"));
    let real =
        real.filter_map(|folder| Some(root.real().join(folder.strip_prefix(root.mount()).ok()?)));
    let own = (root.real() != Path::new("/")).then(|| root.real().to_owned());
    real.chain(own).collect()
}

/// Where every layout for which there is a setup keeps its files.
pub(super) const SETUP_FOLDER: &str = "/etc/kubernetes";

/// Why nothing can be changed here, where the folder that holds most of what is in use cannot be
/// written to; `None` where it can, or where that is not known.
pub fn closed(options: &OpenOptions, inventory: &Inventory) -> Option<&'static str> {
    let (root, _) = root_of(options).ok()?;
    let mut folders: BTreeMap<&Path, usize> = BTreeMap::new();
    for item in inventory.items.iter().filter(|item| item.in_use) {
        *folders.entry(Path::new(&*item.path).parent()?).or_default() += 1;
    }
    // Where nothing is yet, a setup would begin there.
    let to_come = || {
        Path::new(SETUP_FOLDER)
            .ancestors()
            .find(|folder| root.is_folder(folder))
    };
    let fullest = folders
        .into_iter()
        .max_by_key(|(_, items)| *items)
        .map(|(folder, _)| folder);
    let folder = fullest.or_else(|| to_come().filter(|_| options.directory.is_none()))?;
    let folder = root.real().join(folder.strip_prefix(root.mount()).ok()?);
    match accessat(CWD, &folder, Access::WRITE_OK, AtFlags::EACCESS) {
        Err(Errno::ROFS) => Some("the file system is mounted read-only"),
        Err(Errno::ACCESS | Errno::PERM) => {
            Some("you may not write to these files: start kubepki with sudo")
        }
        _ => None,
    }
}

/// Where the folder that is asked for would appear again.
pub fn missing_folder(options: &OpenOptions) -> Vec<PathBuf> {
    let folder = options.directory.as_ref().unwrap_or(&options.root);
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
    absolute
        .ancestors()
        .find(|folder| folder.is_dir())
        .map(Path::to_path_buf)
        .into_iter()
        .collect()
}

/// The folders in which the files of a master were looked for, each once; none for a folder that
/// stands for itself.
pub fn looked_for(options: &OpenOptions) -> Vec<String> {
    if !root_of(options).is_ok_and(|(_, walk)| walk.is_none()) {
        return Vec::new();
    }
    let is_asked = |layout: &&Layout| {
        options
            .layout
            .as_deref()
            .is_none_or(|name| name == layout.name)
    };
    let mut folders: Vec<String> = Vec::new();
    for folder in layout::layouts()
        .iter()
        .filter(is_asked)
        .flat_map(|layout| &layout.folders)
    {
        if !folders.contains(folder) {
            folders.push(folder.clone());
        }
    }
    folders
}

/// What to say where nothing was found, and the folder holds masters in place of being one.
pub fn instead_of_nothing(options: &OpenOptions, inventory: &Inventory) -> Option<String> {
    let is_empty =
        inventory.items.is_empty() && inventory.kubeconfigs.is_empty() && inventory.keys.is_empty();
    let folder = options.directory.as_ref().unwrap_or(&options.root);
    let masters = if is_empty {
        read::masters_in(folder)
    } else {
        Vec::new()
    };
    match masters.as_slice() {
        [] => None,
        [one] => Some(format!(
            "{} is no master, {} is one",
            folder.display(),
            one.display()
        )),
        _ => Some(format!(
            "{0} is no master, it holds several: kubepki {0}",
            folder.display()
        )),
    }
}

type CertificatePair<'a> = (&'a Certificate, &'a Certificate);

/// A pair by its digests, and its relation.
type PairRelation = ((Digest, Digest), Relation);

fn verify_all(pairs: &[CertificatePair<'_>]) -> Vec<PairRelation> {
    let answer = |(child, issuer): &CertificatePair<'_>| {
        ((*child.sha256(), *issuer.sha256()), verify(child, issuer))
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = pairs.len().div_ceil(cores).max(PAIRS_OF_A_THREAD);
    if pairs.len() <= share {
        return pairs.iter().map(answer).collect();
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = pairs
            .chunks(share)
            .map(|chunk| scope.spawn(move || chunk.iter().map(answer).collect::<Vec<_>>()))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_default())
            .collect()
    })
}
