//! A master's disk to [`Gathered`]: configuration first, then the layout, then the files.

mod configuration;
mod files;
mod root;
mod walk;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use configuration::Configuration;
use files::{Want, Wanted};
pub use root::{Entry, Facts, Root, Trouble, shown};
use walk::{Walk, ending};

use crate::inventory::Unread;
use crate::inventory::assemble::{Gathered, demanded_paths};
use crate::inventory::file::{Expectation, ParsedFile};
use crate::kubernetes::layout::{self, Layout, PlacePart};
use crate::progress::{Progress, Report};
use crate::store::Error;

/// Files of unknown kind are looked into where they are no larger, in bytes.
const MOST_UNKNOWN_BYTES: u64 = 64 << 10;

/// A folder with one of these is a whole root.
const TELLING_FOLDERS: [&str; 3] = ["/etc/kubernetes", "/var/lib/rancher", "/var/lib/kubelet"];

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
    /// Everything below the root is looked at, not only the layout's folders: the user gave this very folder.
    pub whole: bool,
}

/// Reads a master.
pub fn read<'a>(root: &Root, request: &Request<'a>, report: Report<'_>) -> Result<Gathered<'a>, Error> {
    check(root)?;
    let mut configuration = configuration::find(root, request.processes);
    let walk = walk_all(root, request, &configuration);
    if !report(Progress { what: format!("reading {}", root.mount().display()), done: 0, total: 0 }) {
        return Err(Error::Stopped);
    }
    let layout = choose(request, &walk)?;
    configuration.add_environment(root, layout, &walk.files);
    let mut wanted = wanted(request, layout, &walk, &configuration);
    for path in demanded_paths(layout, &configuration.facts) {
        wanted.entry(path.into()).or_default();
    }
    let mut files = files::read_all(root, &wanted, report)?;
    for _ in 0..ROUNDS {
        let more = referenced(&files, &wanted);
        if more.is_empty() {
            break;
        }
        files.extend(files::read_all(root, &more, report)?);
        wanted.extend(more);
    }
    let mut unread = configuration.unread;
    unread.extend(walk.unread);
    unread.extend(denied(&files));
    Ok(Gathered {
        root: shown(root.real().as_os_str()),
        layout,
        base: layout.base.clone(),
        files,
        flags: configuration.facts,
        host_name: host_name(root),
        unread,
    })
}

/// The folders of the master whose changes concern what was read.
pub fn folders_of(layout: &Layout) -> impl Iterator<Item = &Path> {
    layout.folders.iter().map(Path::new)
}

fn check(root: &Root) -> Result<(), Error> {
    match root.list(root.mount()) {
        Err(Trouble::Denied) => Err(Error::NoPermission(root.real().to_owned())),
        _ => Ok(()),
    }
}

fn walk_all(root: &Root, request: &Request<'_>, configuration: &Configuration) -> Walk {
    let mut walk = if request.whole { Walk::on_one_device(root, root.mount()) } else { Walk::default() };
    if request.whole && root.mount() != Path::new("/") {
        walk.add(root, root.mount());
    }
    let folders: BTreeSet<&Path> = request.layouts.iter().flat_map(folders_of).collect();
    for folder in folders.into_iter().chain(configuration.kubelet_folders.iter().map(PathBuf::as_path)) {
        walk.add(root, folder);
    }
    walk
}

fn choose<'a>(request: &Request<'a>, walk: &Walk) -> Result<&'a Layout, Error> {
    let Some(name) = request.layout else {
        let names: Vec<String> = walk.files.iter().map(|path| shown(path.as_os_str())).collect();
        return Ok(layout::detect(request.layouts, &names));
    };
    let named = request.layouts.iter().find(|layout| layout.name == name);
    named.ok_or_else(|| no_such_layout(request.layouts, name))
}

fn no_such_layout(layouts: &[Layout], name: &str) -> Error {
    let known: Vec<&str> = layouts.iter().map(|layout| layout.name.as_str()).collect();
    Error::NoSuchLayout { name: name.to_owned(), known: known.join(", ") }
}

/// Opens a folder that the user gave: for a master's folder where its files say so, else for itself.
pub fn find_mount(directory: &Path, layouts: &[Layout]) -> Result<Root, Error> {
    let root = Root::open(directory, Path::new("/"))?;
    check(&root)?;
    if TELLING_FOLDERS.iter().any(|folder| root.is_folder(Path::new(folder))) {
        return Ok(root);
    }
    let mut walk = Walk::on_one_device(&root, Path::new("/"));
    walk.add(&root, Path::new("/"));
    let names: Vec<String> = walk.files.iter().map(|path| shown(path.as_os_str())).collect();
    let mounted = layout::mount(layouts, &names);
    let at = if mounted.layout.name == "directory" { real_path(directory) } else { PathBuf::from(mounted.at) };
    Ok(root.mounted_at(&at))
}

/// Where a folder lies that stands for none of a master: paths in it are this machine's.
fn real_path(directory: &Path) -> PathBuf {
    std::fs::canonicalize(directory).unwrap_or_else(|_| PathBuf::from("/"))
}

/// The files to read: in the layout's folders whatever may hold a certificate, and the users' kubeconfigs.
fn wanted(request: &Request<'_>, layout: &Layout, walk: &Walk, configuration: &Configuration) -> Wanted {
    let mut wanted = Wanted::new();
    let whole = request.whole || layout.name == "directory";
    for path in &walk.files {
        let below = |folder: &Path| path.starts_with(folder);
        let in_folder =
            whole || folders_of(layout).any(below) || configuration.kubelet_folders.iter().any(|folder| below(folder));
        if in_folder
            && !configuration.files.contains(path)
            && let Some(want) = want(layout, path, whole)
        {
            wanted.insert(path.clone(), want);
        }
    }
    // Folders may bear the name of a file that belongs there.
    for folder in &walk.folders {
        if let Some(want) = folder.to_str().filter(|text| layout.places_of(text).next().is_some()) {
            wanted.entry(want.into()).or_default();
        }
    }
    for home in request.homes.iter().map(String::as_str).chain(["/root"]) {
        let expected = Expectation { kubeconfig: true, tokens: false };
        wanted.entry(Path::new(home).join(".kube/config")).or_insert(Want { expected, ..Want::default() });
    }
    for fact in &configuration.facts {
        let tokens = fact.flag == "token-auth-file";
        let kubeconfig = fact.flag.ends_with("kubeconfig");
        if (tokens || kubeconfig) && fact.value.starts_with('/') {
            let expected = Expectation { kubeconfig, tokens };
            wanted.insert(PathBuf::from(&fact.value), Want { expected, ..Want::default() });
        }
    }
    wanted
}

fn want(layout: &Layout, path: &Path, whole: bool) -> Option<Want> {
    let parts: Vec<PlacePart> =
        path.to_str().map(|text| layout.places_of(text).map(|place| place.part).collect()).unwrap_or_default();
    let may_hold = |part: &PlacePart| {
        matches!(
            part,
            PlacePart::Certificate
                | PlacePart::Key
                | PlacePart::PublicKey
                | PlacePart::CertificateAndKey
                | PlacePart::Kubeconfig
                | PlacePart::TokenFile
                | PlacePart::Request
        )
    };
    if !parts.is_empty() {
        let expected = Expectation {
            kubeconfig: parts.contains(&PlacePart::Kubeconfig),
            tokens: parts.contains(&PlacePart::TokenFile),
        };
        return parts.iter().any(may_hold).then_some(Want { expected, ..Want::default() });
    }
    match ending(path).as_str() {
        "crt" | "cer" | "der" | "pem" | "cert" | "key" | "pub" | "csr" | "conf" | "kubeconfig" | "yaml" | "yml"
        | "json" => Some(Want::default()),
        "srl" | "service" | "env" => None,
        _ if whole => Some(Want { limit: MOST_UNKNOWN_BYTES, ..Want::default() }),
        _ => None,
    }
}

/// Files that kubeconfigs name and that were not read yet.
fn referenced(files: &[ParsedFile], known: &Wanted) -> Wanted {
    let mut more = Wanted::new();
    for path in files.iter().flat_map(ParsedFile::references) {
        let path = PathBuf::from(path);
        if !known.contains_key(&path) {
            more.insert(path, Want::default());
        }
    }
    more
}

/// Files that may not be read are no faults of the PKI: they are listed.
fn denied(files: &[ParsedFile]) -> Vec<Unread> {
    let why = |file: &ParsedFile| match &file.content.fault {
        Some(crate::inventory::Fault::Unreadable(why)) => {
            Some(Unread { path: file.path.to_string(), why: why.clone() })
        }
        _ => None,
    };
    files.iter().filter_map(why).collect()
}

fn host_name(root: &Root) -> Option<String> {
    let (bytes, _) = root.read(Path::new("/etc/hostname"), 4096).ok()?;
    let name = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!name.is_empty()).then_some(name)
}
