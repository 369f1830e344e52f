//! Files to inventory: which file is what, who reads it, which key belongs to it.
//! The issuer relations are worked out afterwards (`tree`), since they take signature checks.

mod bootstrap;
mod chains;
mod clusters;
mod embedded;
mod identifiers;
mod items;
mod keys;
mod kubeconfigs;
mod paths;
mod references;
mod requests;
mod usage;
mod usages;
mod users;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::file::ParsedFile;
use super::holders::Holders;
use super::mounted::Mounted;
use super::process::Process;
use super::writer::Accounts;
use super::{Fault, Inventory, Item, ItemIndex, KeyFact, KubeconfigItem, Leftover, Source, Unread};
use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::kubeconfig::Kubeconfig;
use crate::kubernetes::layout::Layout;
use crate::kubernetes::role::Role;
use crate::pki::{Certificate, Digest};
use keys::KeyFiles;
use usage::Usage;
use usages::Usages;
pub use usages::{demanded_paths, naming_flag};
use users::Identities;

/// What was read from a disk, before anything is made of it.
#[derive(Debug)]
pub struct Gathered<'a> {
    /// The folder that was read, as the user gave it.
    pub root: String,
    /// Where its files lie on this machine.
    pub mounted: Mounted,
    /// The layout, found out or given.
    pub layout: &'a Layout,
    /// The folder in which the layout's files lie.
    pub base: String,
    /// Every file that was looked at, those too that could not be read or are not there.
    pub files: Vec<ParsedFile>,
    /// The folders that were looked into, as on the master.
    pub folders: Vec<PathBuf>,
    /// The flags that were found, as far as they are root's word.
    pub flags: Vec<FlagFact>,
    /// The others.
    pub claims: Vec<FlagFact>,
    /// Under which accounts components run.
    pub accounts: Accounts,
    /// The components that run; `None`: this is not the machine that is running them, or nobody
    /// looked.
    pub processes: Option<Vec<Process>>,
    /// The machine's name, from its /etc/hostname.
    pub host_name: Option<String>,
    /// What could not be looked at.
    pub unread: Vec<Unread>,
    /// Temporary files of operations.
    pub leftovers: Vec<Leftover>,
}

/// Puts an inventory together; its tree is still empty.
pub fn assemble(gathered: Gathered<'_>) -> Inventory {
    let Gathered {
        root,
        layout,
        base,
        mut files,
        folders,
        flags,
        claims,
        accounts,
        processes,
        host_name,
        ..
    } = gathered;
    let (mounted, unread, leftovers) = (gathered.mounted, gathered.unread, gathered.leftovers);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let key_paths = requests::key_paths(&files);
    let held = bootstrap::held(&files);
    let mut inventory = Inventory {
        root,
        mounted,
        layout: layout.name.clone(),
        base,
        folders,
        unread,
        leftovers,
        processes,
        ..Inventory::default()
    };
    {
        let mut usages = Usages::new(layout, &flags, &claims, &files);
        let names = FileNames::of(&files, &usages);
        references::add(&files, &names, &mut usages);
        let uses = Uses::of(&files, &names, &usages);
        let key_files = KeyFiles::new(&files, &uses);
        let mut builder = Builder {
            usages: &usages,
            names: &names,
            uses: &uses,
            keys: key_files,
            anchors: HashMap::new(),
            inventory: &mut inventory,
        };
        builder.add_all(&mut files);
    }
    requests::add(&files, &key_paths, &mut inventory);
    inventory.bootstrap = bootstrap::of(&files, &held, &flags);
    add_copies(&mut inventory.items);
    inventory.holders = Holders::of(&inventory.items, &inventory.kubeconfigs);
    identifiers::give(&mut inventory.items);
    inventory.cluster = identifiers::cluster(&flags, &inventory);
    inventory.node = identifiers::node(&flags, &inventory, host_name);
    (inventory.flags, inventory.claims, inventory.accounts) = (flags, claims, accounts);
    inventory
}

/// What the steps of making items share.
struct Builder<'a> {
    usages: &'a Usages<'a>,
    names: &'a FileNames,
    uses: &'a Uses,
    keys: KeyFiles,
    /// The certificates of kubeconfigs' CA data, by the digest of the data.
    anchors: HashMap<Digest, Arc<[Certificate]>>,
    inventory: &'a mut Inventory,
}

impl Builder<'_> {
    fn add_all(&mut self, files: &mut [ParsedFile]) {
        let mut pending = Vec::new();
        for (at, file) in files.iter_mut().enumerate() {
            if self.names.is_hidden(at) {
                continue;
            }
            match file
                .content
                .kubeconfig
                .take()
                .or_else(|| missing_kubeconfig(file, self.uses.get(at)))
            {
                Some(kubeconfig) => pending.push((at, kubeconfig)),
                None => items::add(self, at, file),
            }
        }
        // Before the kubeconfigs, which refer to items by their place.
        chains::fold(&mut self.inventory.items);
        let identities = Identities::of(self, files);
        // Kubeconfigs come after the files that they name, and are judged by this master's
        // authorities.
        for (at, kubeconfig) in pending {
            kubeconfigs::add(self, &files[at], at, &kubeconfig, &identities);
        }
        keys::add(self, files);
        self.inventory
            .kubeconfigs
            .sort_by(|a: &KubeconfigItem, b| a.path.cmp(&b.path));
    }

    /// Makes an item of it, with all that is known of its file.
    fn push(&mut self, new: NewItem<'_>) -> ItemIndex {
        let NewItem {
            file,
            at,
            index,
            source,
            roles,
            copies,
            content,
            key,
        } = new;
        let usage = self.uses.get(at);
        self.inventory.items.push(Item {
            id: Arc::clone(&file.path),
            roles,
            path: Arc::clone(&file.path),
            path_bytes: file.path_bytes.clone(),
            index: u32::try_from(index).unwrap_or(u32::MAX),
            source,
            in_use: usage.in_use,
            is_claimed: usage.is_claimed && !usage.in_use,
            writers: self.keys.writers(file, &key),
            copies: copies.to_vec(),
            content,
            changed_at: self.keys.changed_at(file, &key),
            key,
            read_by: usage.readers.clone(),
        });
        ItemIndex(u32::try_from(self.inventory.items.len().saturating_sub(1)).unwrap_or(u32::MAX))
    }
}

/// One certificate of a file, or why there is none: what becomes an item.
struct NewItem<'f> {
    file: &'f ParsedFile,
    /// The file's place among all.
    at: usize,
    /// The certificate's place in the file.
    index: usize,
    source: Source,
    roles: Vec<&'static Role>,
    /// The file's other names.
    copies: &'f [Arc<str>],
    content: Result<Certificate, Fault>,
    key: KeyFact,
}

/// Why a file that should be a kubeconfig is none: not there, not readable.
fn missing_kubeconfig(file: &ParsedFile, usage: &Usage) -> Option<Result<Box<Kubeconfig>, Fault>> {
    let fault = file.content.fault.as_ref()?;
    let is_absent = matches!(fault, Fault::Absent(_)) && file.link.is_none();
    let expected = usage.is_kubeconfig && (usage.demanded || !is_absent);
    expected.then(|| Err(fault.clone()))
}

/// The names of files that have several.
#[derive(Debug, Default)]
struct FileNames {
    others: HashMap<usize, Vec<Arc<str>>>,
    hidden: HashSet<usize>,
}

impl FileNames {
    /// Paths that lead to one file through links are one file: the name that a role or flag uses
    /// stands for it.
    fn of(files: &[ParsedFile], usages: &Usages<'_>) -> Self {
        let identities = files
            .iter()
            .enumerate()
            .filter_map(|(at, file)| Some((file.identity?, at)));
        let mut identities: Vec<((u64, u64), usize)> = identities.collect();
        identities.sort_unstable();
        let mut names = Self::default();
        for group in identities
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|group| group.len() > 1)
        {
            let rank = |(_, at): &&((u64, u64), usize)| usages.rank(&files[*at].path);
            let Some(&(_, first)) = group.iter().max_by_key(rank) else {
                continue;
            };
            for &(_, at) in group.iter().filter(|(_, at)| *at != first) {
                names.hidden.insert(at);
                names
                    .others
                    .entry(first)
                    .or_default()
                    .push(Arc::clone(&files[at].path));
            }
        }
        names
    }

    /// True for a file that another name stands for.
    fn is_hidden(&self, at: usize) -> bool {
        self.hidden.contains(&at)
    }

    /// The names of the file beside its own.
    fn others(&self, at: usize) -> &[Arc<str>] {
        self.others.get(&at).map_or(&[], Vec::as_slice)
    }

    /// All names of a file, the one that stands for it first.
    fn all(&self, at: usize, file: &ParsedFile) -> Vec<Arc<str>> {
        std::iter::once(&file.path)
            .chain(self.others(at))
            .cloned()
            .collect()
    }
}

/// What the files are for; most files of a large folder are for nothing.
#[derive(Debug, Default)]
struct Uses {
    some: HashMap<usize, Usage>,
    none: Usage,
}

impl Uses {
    fn of(files: &[ParsedFile], names: &FileNames, usages: &Usages<'_>) -> Self {
        let mut uses = Self::default();
        for (at, file) in files
            .iter()
            .enumerate()
            .filter(|(at, _)| !names.is_hidden(*at))
        {
            let usage = usages.of(&names.all(at, file));
            if !usage.is_nothing() {
                uses.some.insert(at, usage);
            }
        }
        uses
    }

    fn get(&self, at: usize) -> &Usage {
        self.some.get(&at).unwrap_or(&self.none)
    }
}

/// Copies that an item names at most: a folder with one certificate 10,000 times would cost the
/// square of that.
const MOST_COPIES: usize = 100;

fn add_copies(items: &mut [Item]) {
    let mut places: HashMap<Digest, Vec<Arc<str>>> = HashMap::new();
    for item in items.iter() {
        if let Some(certificate) = item.certificate() {
            let paths = places.entry(*certificate.sha256()).or_default();
            // Those of one file follow each other.
            if paths.last() != Some(&item.path) {
                paths.push(Arc::clone(&item.path));
            }
        }
    }
    places.retain(|_, paths| paths.len() > 1);
    for item in items {
        let Some(paths) = item
            .certificate()
            .and_then(|certificate| places.get(certificate.sha256()))
        else {
            continue;
        };
        let named = item.copies.len();
        for path in paths {
            if item.copies.len() >= MOST_COPIES {
                break;
            }
            if *path != item.path && !item.copies[..named].contains(path) {
                item.copies.push(Arc::clone(path));
            }
        }
    }
}
