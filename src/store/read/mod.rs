//! A master's disk to [`Gathered`]: configuration first, then the layout, then the files.

mod accounts;
mod boot;
mod configuration;
mod control_group;
mod files;
mod leftovers;
mod processes;
mod root;
mod trust;
mod walk;
mod wanted;

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

pub use boot::since_boot;
use configuration::Configuration;
pub use processes::processes;
pub(super) use root::Below;
pub use root::{DirectoryEntry, Facts, Root, Spot, Trouble, shown};
pub use walk::Walk;

use crate::inventory::assemble::Gathered;
use crate::inventory::file::ParsedFile;
use crate::inventory::mounted::Mounted;
use crate::inventory::{Unread, Unseen};
use crate::kubernetes::layout::{self, Layout};
use crate::progress::{Progress, Report};
use crate::store::StoreError;

/// Rounds of following references: a kubeconfig names files, no file names further ones.
const ROUNDS: usize = 2;

/// What to read below a root.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The layouts to choose from.
    pub layouts: &'a [Layout],
    /// The layout's name where the user gave one.
    pub layout: Option<&'a str>,
    /// Home folders, as on the master, whose `.kube/config` is read.
    pub homes: &'a [String],
    /// Whether running processes are asked for their flags (only on a live root).
    pub processes: bool,
}

/// Reads a master. `walk` is what is known of the folder that the user gave, from [`find_mount`].
pub fn read<'a>(
    root: &Root,
    walk: Option<Walk>,
    request: &Request<'a>,
    report: Report<'_>,
) -> Result<Gathered<'a>, StoreError> {
    check(root)?;
    let whole = walk.is_some();
    let mut configuration = configuration::find(root);
    let mut walk = walk_all(root, walk.unwrap_or_default(), request, &configuration);
    if !report(Progress {
        what: format!("reading {}", root.mount().display()),
        done: 0,
        total: 0,
    }) {
        return Err(StoreError::Stopped);
    }
    let mut left = leftovers::taken(&mut walk);
    let layout = choose(request, &walk)?;
    configuration.add_environment(root, layout, &walk.files);
    configuration.settle(root, layout, request.processes);
    let mut wanted = wanted::wanted(request, layout, &mut walk, &configuration, whole);
    let folders = std::mem::take(&mut walk.folders).into_iter();
    let folders = folders
        .filter(|folder| wanted::is_ours(folder, layout, &configuration, whole))
        .collect();
    let mut files = files::read_all(root, &wanted, report)?;
    for _ in 0..ROUNDS {
        let more = wanted::referenced(&files, &wanted);
        if more.is_empty() {
            break;
        }
        files.extend(files::read_all(root, &more, report)?);
        wanted.extend(more);
        wanted.sort_by(|a, b| a.0.cmp(&b.0));
    }
    left.extend(leftovers::beside(root, &mut walk, &wanted));
    left.sort_by(|a, b| a.path.cmp(&b.path));
    let mut unread = configuration.unread;
    unread.extend(walk.unread);
    unread.extend(denied(&files));
    let mut seen = BTreeSet::new();
    unread.retain(|one| seen.insert(one.path.clone()));
    Ok(Gathered {
        root: shown(root.real().as_os_str()),
        mounted: mounted(root, &files),
        layout,
        base: layout.base.clone(),
        files,
        folders,
        flags: configuration.facts,
        claims: configuration.claims,
        accounts: configuration.accounts,
        processes: configuration.processes,
        host_name: host_name(root),
        unread,
        leftovers: left,
    })
}

/// The folders of the master whose changes concern what was read.
pub fn folders_of(layout: &Layout) -> impl Iterator<Item = &Path> {
    layout.folders.iter().map(Path::new)
}

fn check(root: &Root) -> Result<(), StoreError> {
    match root.list(root.mount()) {
        Err(Trouble::Denied) => Err(StoreError::NoPermission(root.real().to_owned())),
        _ => Ok(()),
    }
}

fn walk_all(
    root: &Root,
    mut walk: Walk,
    request: &Request<'_>,
    configuration: &Configuration,
) -> Walk {
    let folders: BTreeSet<&Path> = request.layouts.iter().flat_map(folders_of).collect();
    for folder in folders
        .into_iter()
        .chain(configuration.kubelet_folders.iter().map(PathBuf::as_path))
    {
        walk.add(root, folder);
    }
    walk
}

fn choose<'a>(request: &Request<'a>, walk: &Walk) -> Result<&'a Layout, StoreError> {
    let folders: BTreeSet<&Path> = request.layouts.iter().flat_map(folders_of).collect();
    let places = walk
        .files
        .iter()
        .filter(|path| path.ancestors().any(|folder| folders.contains(folder)));
    let names: Vec<String> = places.map(|path| shown(path.as_os_str())).collect();
    let detected = layout::detect(request.layouts, &names);
    // Layouts whose certificates lie elsewhere have the same name.
    let Some(name) = request.layout.filter(|name| *name != detected.name) else {
        return Ok(detected);
    };
    let chosen = request.layouts.iter().find(|layout| layout.name == name);
    chosen.ok_or_else(|| no_such_layout(request.layouts, name))
}

fn no_such_layout(layouts: &[Layout], name: &str) -> StoreError {
    let known: Vec<&str> = layouts.iter().map(|layout| layout.name.as_str()).collect();
    StoreError::NoSuchLayout {
        name: name.to_owned(),
        known: known.join(", "),
    }
}

/// Opens a folder that the user gave: for a master's folder where its files say so, else for
/// itself. The walk is given to [`read`]; there is none for a whole root, of which only the
/// layouts' folders are looked at.
pub fn find_mount(
    directory: &Path,
    layouts: &[Layout],
) -> Result<(Root, Option<Walk>), StoreError> {
    let root = Root::open(directory, Path::new("/"))?;
    check(&root)?;
    if telling_folders(layouts).any(|folder| root.is_folder(Path::new(folder))) {
        return Ok((root, None));
    }
    let mut walk = Walk::on_one_device(&root, Path::new("/"));
    walk.add(&root, Path::new("/"));
    let names: Vec<String> = walk
        .files
        .iter()
        .map(|path| shown(path.as_os_str()))
        .collect();
    let mounted = layout::mount(layouts, &names);
    let at = if mounted.layout.fallback {
        real_path(directory)
    } else {
        PathBuf::from(mounted.at)
    };
    Ok((root.mounted_at(&at), Some(walk.mounted_at(&at))))
}

/// A folder with one of these is a whole root.
fn telling_folders(layouts: &[Layout]) -> impl Iterator<Item = &str> {
    let mut seen = BTreeSet::new();
    let all = layouts
        .iter()
        .flat_map(|layout| &layout.telling_folders)
        .map(String::as_str);
    all.filter(move |folder| seen.insert(*folder))
}

/// The folders in `folder` that are masters' roots: each may be read for itself.
pub fn masters_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(root) = Root::open(folder, Path::new("/")) else {
        return Vec::new();
    };
    let entries = root.list(Path::new("/")).unwrap_or_default();
    let is_master = |name: &Path| {
        let mut telling = telling_folders(layout::layouts());
        telling.any(|folder| root.is_folder(&name.join(folder.trim_start_matches('/'))))
    };
    let names = entries
        .into_iter()
        .map(|entry| Path::new("/").join(entry.name));
    let masters = names.filter(|name| is_master(name));
    masters
        .filter_map(|name| Some(folder.join(name.strip_prefix("/").ok()?)))
        .collect()
}

/// Where a folder lies that stands for none of a master: paths in it are this machine's.
fn real_path(directory: &Path) -> PathBuf {
    std::fs::canonicalize(directory).unwrap_or_else(|_| PathBuf::from("/"))
}

/// Where the files lie on this machine. Of a master's own root nothing need be mapped.
fn mounted(root: &Root, files: &[ParsedFile]) -> Mounted {
    let real = std::path::absolute(root.real()).unwrap_or_else(|_| root.real().to_owned());
    let mut mounted = Mounted {
        real: shown(real.as_os_str()),
        at: shown(root.mount().as_os_str()),
        ..Mounted::default()
    };
    if root.is_live() {
        return mounted;
    }
    let folders = files
        .iter()
        .filter_map(|file| Some(file.path.rsplit_once('/')?.0));
    let links = files
        .iter()
        .filter(|file| file.link.is_some())
        .map(|file| &*file.path);
    let paths: HashSet<&str> = folders.chain(links).collect();
    for path in paths {
        if let Ok(spot) = root.spot(Path::new(path), true)
            && spot.path != Path::new(path)
        {
            mounted
                .links
                .insert(path.to_owned(), shown(spot.path.as_os_str()));
        }
    }
    mounted
}

/// Files that may not be read are no faults of the PKI: they are listed.
fn denied(files: &[ParsedFile]) -> Vec<Unread> {
    let why = |file: &ParsedFile| match &file.content.fault {
        Some(crate::inventory::Fault::Unreadable(why)) => Some(Unread {
            path: file.path.to_string(),
            why: Unseen::Trouble(why.clone()),
        }),
        _ => None,
    };
    files.iter().filter_map(why).collect()
}

fn host_name(root: &Root) -> Option<String> {
    let (bytes, _) = root.read(Path::new("/etc/hostname"), 4096).ok()?;
    let name = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!name.is_empty()).then_some(name)
}
