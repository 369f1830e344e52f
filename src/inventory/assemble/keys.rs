//! Which private key belongs to which certificate, and keys that serve without one.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use time::OffsetDateTime;

use super::items::looks_like_key;
use super::usage::Usage;
use super::usages::Usages;
use super::{Builder, Uses};
use crate::inventory::file::{FoundKey, ParsedFile};
use crate::inventory::writer::{Writers, joined};
use crate::inventory::{Fault, KeyFact, KeyItem, KeyState};
use crate::kubernetes::role::{Part, Role, RoleKind};
use crate::pki::key::PublicHalf;
use crate::pki::{Certificate, Digest};

/// The private keys of a master, by path and by what they are.
#[derive(Debug, Default)]
pub(super) struct KeyFiles {
    files: HashMap<Arc<str>, KeyFile>,
    of_roles: HashMap<&'static str, Vec<Arc<str>>>,
    holders: HashMap<Digest, Vec<Arc<str>>>,
    /// Of every file that others than root and the caller can change.
    writers: HashMap<Arc<str>, Writers>,
}

#[derive(Debug)]
struct KeyFile {
    keys: Vec<FoundKey>,
    mode: u32,
    is_there: bool,
    changed_at: Option<OffsetDateTime>,
}

/// The key of a file's certificates.
pub(super) struct PrincipalKey {
    /// The certificate that the key belongs to, or the first one.
    pub(super) principal: usize,
    pub(super) key: KeyFact,
}

impl KeyFiles {
    pub(super) fn new(files: &[ParsedFile], uses: &Uses) -> Self {
        let mut all = Self::default();
        for (at, file) in files.iter().enumerate() {
            let usage = uses.get(at);
            let roles = usage.roles_as(&[Part::Key]);
            if file.writers.is_some() {
                all.writers
                    .insert(Arc::clone(&file.path), file.writers.clone());
            }
            if file.content.keys.is_empty() && roles.is_empty() && !looks_like_key(&file.path) {
                continue;
            }
            for role in roles {
                all.of_roles
                    .entry(role.name)
                    .or_default()
                    .push(Arc::clone(&file.path));
            }
            for key in &file.content.keys {
                if let FoundKey::Readable(half) = key {
                    all.holders
                        .entry(half.spki_sha256)
                        .or_default()
                        .push(Arc::clone(&file.path));
                }
            }
            all.files.insert(Arc::clone(&file.path), KeyFile::of(file));
        }
        all
    }

    /// Finds the key of a file's certificates. What a flag names beside the certificate counts
    /// alone; then names (`x.key`, `x-key.pem`), the layout's place of the role's key, and a key
    /// that fits in the same folder.
    pub(super) fn pair(
        &self,
        usages: &Usages<'_>,
        names: &[Arc<str>],
        usage: &Usage,
        certificates: &[Result<Certificate, Fault>],
    ) -> PrincipalKey {
        let flagged: Vec<Arc<str>> = names
            .iter()
            .flat_map(|name| usages.keys_beside(name))
            .collect();
        let candidates = if flagged.is_empty() {
            self.unflagged(usages, names, usage)
        } else {
            flagged.clone()
        };
        for (index, certificate) in certificates.iter().enumerate() {
            let Ok(certificate) = certificate else {
                continue;
            };
            let spki = certificate.spki_sha256();
            let fits = candidates.iter().find(|path| self.holds(path, spki));
            let nearby = || self.nearby(names, spki);
            if let Some(path) = fits
                .cloned()
                .or_else(|| flagged.is_empty().then(nearby).flatten())
            {
                return PrincipalKey {
                    principal: index,
                    key: self.fact(&path, Some(true)),
                };
            }
        }
        let readable = certificates.first().is_some_and(Result::is_ok);
        // A key of another certificate with the same role proves nothing: only one beside it does.
        let beside = |path: &&Arc<str>| {
            !flagged.is_empty()
                || names
                    .iter()
                    .any(|name| name == *path || conventional(name).contains(path))
        };
        let key = candidates
            .iter()
            .find(beside)
            .map_or_else(KeyFact::default, |path| {
                self.fact(path, readable.then_some(false))
            });
        PrincipalKey { principal: 0, key }
    }

    /// Where a key may lie that no flag names: in the file itself, beside it, at the place of the
    /// role's key.
    fn unflagged(&self, usages: &Usages<'_>, names: &[Arc<str>], usage: &Usage) -> Vec<Arc<str>> {
        let own = names.iter().filter(|name| {
            self.files
                .get(*name)
                .is_some_and(|file| !file.keys.is_empty())
        });
        let beside = names
            .iter()
            .flat_map(|name| conventional(name))
            .filter(|path| self.is_there(path));
        own.cloned()
            .chain(beside)
            .chain(self.of_roles(usages, usage))
            .collect()
    }

    /// What is known of the key where the certificate cannot be read.
    pub(super) fn absent(&self, usages: &Usages<'_>, file: &ParsedFile) -> KeyFact {
        let flagged = usages.keys_beside(&file.path).into_iter().next();
        let path = flagged.or_else(|| {
            conventional(&file.path)
                .into_iter()
                .find(|path| self.is_there(path))
        });
        path.map_or_else(KeyFact::default, |path| self.fact(&path, None))
    }

    /// What is known of the key file `path`, for a certificate with this public key.
    pub(super) fn judge(&self, path: &Arc<str>, spki: Option<&Digest>) -> KeyFact {
        self.fact(path, spki.map(|spki| self.holds(path, spki)))
    }

    /// When `file`, or the key of its certificate, changed last.
    pub(super) fn changed_at(&self, file: &ParsedFile, key: &KeyFact) -> Option<OffsetDateTime> {
        let key = key
            .path
            .as_ref()
            .and_then(|path| self.files.get(path)?.changed_at);
        file.changed_at.max(key)
    }

    /// Who can change `file`, or the key of its certificate.
    pub(super) fn writers(&self, file: &ParsedFile, key: &KeyFact) -> Writers {
        match key.path.as_ref().and_then(|path| self.writers.get(path)) {
            Some(of_key) => joined(&file.writers, of_key),
            None => file.writers.clone(),
        }
    }

    fn of_roles(&self, usages: &Usages<'_>, usage: &Usage) -> Vec<Arc<str>> {
        let roles = usage.roles_as(&[Part::Certificate]);
        let flagged = roles
            .iter()
            .flat_map(|role| usages.keys_of(role))
            .filter(|path| self.is_there(path));
        let placed = roles
            .iter()
            .filter_map(|role| self.of_roles.get(role.name))
            .flatten();
        flagged.chain(placed).cloned().collect()
    }

    fn is_there(&self, path: &str) -> bool {
        self.files.get(path).is_some_and(|file| file.is_there)
    }

    fn holds(&self, path: &str, spki: &Digest) -> bool {
        self.files.get(path).is_some_and(|file| file.holds(spki))
    }

    fn nearby(&self, names: &[Arc<str>], spki: &Digest) -> Option<Arc<str>> {
        let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        let folders: HashSet<_> = names.iter().map(|name| folder(name)).collect();
        self.holders
            .get(spki)?
            .iter()
            .find(|path| folders.contains(&folder(path)))
            .cloned()
    }

    fn fact(&self, path: &Arc<str>, matches: Option<bool>) -> KeyFact {
        let Some(file) = self.files.get(path).filter(|file| file.is_there) else {
            return KeyFact {
                path: Some(Arc::clone(path)),
                ..KeyFact::default()
            };
        };
        let (state, known) = file.state();
        KeyFact {
            path: Some(Arc::clone(path)),
            state,
            matches: matches.filter(|_| known),
            mode: Some(file.mode),
        }
    }
}

impl KeyFile {
    fn of(file: &ParsedFile) -> Self {
        let mut keys = file.content.keys.clone();
        if keys.is_empty() && file.content.fault.as_ref().is_some_and(Fault::is_unread) {
            keys.push(FoundKey::NotSeen);
        }
        Self {
            keys,
            mode: file.mode,
            is_there: !matches!(file.content.fault, Some(Fault::Absent(_))),
            changed_at: file.changed_at,
        }
    }

    fn holds(&self, spki: &Digest) -> bool {
        self.keys
            .iter()
            .any(|key| matches!(key, FoundKey::Readable(half) if half.spki_sha256 == *spki))
    }

    /// The state, and whether it was seen which key it is.
    fn state(&self) -> (KeyState, bool) {
        let readable = self
            .keys
            .iter()
            .find(|key| matches!(key, FoundKey::Readable(_)));
        match readable.or(self.keys.first()) {
            Some(FoundKey::Readable(_)) => (KeyState::Present, true),
            Some(FoundKey::NotSeen) => (KeyState::Present, false),
            Some(FoundKey::Encrypted) => (KeyState::Encrypted, false),
            Some(FoundKey::Unreadable(_)) | None => (KeyState::Unreadable, false),
        }
    }
}

/// The names under which people keep the key of `path`.
fn conventional(path: &str) -> Vec<Arc<str>> {
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    [
        format!("{stem}.key"),
        format!("{stem}-key.pem"),
        format!("{stem}.key.pem"),
        format!("{path}.key"),
    ]
    .into_iter()
    .filter(|key| key != path)
    .map(Arc::from)
    .collect()
}

/// Adds the keys that no certificate has, and those that serve without one.
pub(super) fn add(builder: &mut Builder<'_>, files: &[ParsedFile]) {
    let used: HashSet<Arc<str>> = builder
        .inventory
        .items
        .iter()
        .filter_map(|item| item.key.path.clone())
        .collect();
    for (at, file) in files.iter().enumerate() {
        let usage = builder.uses.get(at);
        let roles = usage.roles_as(&[Part::Key, Part::PublicKey]);
        let serves_bare = roles.iter().any(|role| role.kind == RoleKind::KeyPair);
        let paired = builder
            .names
            .all(at, file)
            .iter()
            .any(|name| used.contains(name));
        if builder.names.is_hidden(at) || (paired && !serves_bare) {
            continue;
        }
        if let Some(item) = key_item(file, usage, roles, &builder.keys) {
            builder.inventory.keys.push(item);
        }
    }
}

fn key_item(
    file: &ParsedFile,
    usage: &Usage,
    roles: Vec<&'static Role>,
    all: &KeyFiles,
) -> Option<KeyItem> {
    let content = &file.content;
    let private = content
        .keys
        .iter()
        .find(|key| matches!(key, FoundKey::Readable(_)))
        .or(content.keys.first());
    // Of several public keys (a service account key that was changed) the one whose private half is
    // here.
    let is_paired = |half: &&PublicHalf| all.holders.contains_key(&half.spki_sha256);
    let public = content
        .public_keys
        .iter()
        .find(is_paired)
        .or(content.public_keys.first());
    let expected = (!roles.is_empty() && !usage.wants_certificate) || looks_like_key(&file.path);
    let (state, half) = match (private, public, &content.fault) {
        (Some(FoundKey::Readable(half)), ..) | (None, Some(half), _) => {
            (KeyState::Present, Some(half))
        }
        (Some(FoundKey::Encrypted), ..) => (KeyState::Encrypted, None),
        (Some(FoundKey::Unreadable(_)), ..) => (KeyState::Unreadable, None),
        (None, None, Some(Fault::Absent(_))) if !usage.demanded => return None,
        (None, None, Some(Fault::Absent(_))) if expected => (KeyState::Absent, None),
        // Not seen for want of permission: it is there, and no more is known.
        (Some(FoundKey::NotSeen), ..) => (KeyState::Present, None),
        (None, None, Some(Fault::Unreadable(_))) if expected => (KeyState::Present, None),
        (None, None, Some(_)) if expected => (KeyState::Unreadable, None),
        (None, None, _) => return None,
    };
    Some(KeyItem {
        path: Arc::clone(&file.path),
        roles,
        public_only: private.is_none()
            && (public.is_some() || !usage.roles_as(&[Part::PublicKey]).is_empty()),
        state,
        algorithm: half.map(|half| half.algorithm.to_string()),
        spki_sha256: half.map(|half| half.spki_sha256),
        mode: file.mode,
        read_by: usage.readers.clone(),
        changed_at: file.changed_at,
    })
}
