//! Keys below the root that wait for a certificate, or have one that another may follow.

use crate::inventory::file::{Expectation, FoundKey, parse};
use crate::inventory::{Inventory, Source};
use crate::kubernetes::kubeconfig::{self, Kubeconfig};
use crate::kubernetes::layout::{PlacePart, layout};
use crate::kubernetes::role::{Role, RoleKind, role};
use crate::pki::key::PublicHalf;
use crate::pki::{Certificate, CertificationRequest, Digest};
use crate::plan::Materials;
use crate::plan::setup::external::request_path;

/// One key, and where its certificate goes.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The file: a certificate's, or the kubeconfig.
    pub(super) path: String,
    /// The key's file; for a kubeconfig the same.
    pub(super) key_path: String,
    /// What for.
    pub(super) roles: Vec<&'static Role>,
    /// SHA-256 over the public key.
    pub(super) spki_sha256: Digest,
    /// What was asked for, where that lies beside it.
    pub(super) request: Option<CertificationRequest>,
    /// The place of the user in the kubeconfig, and the clusters that get the CA.
    pub(super) user: Option<(usize, Vec<usize>)>,
    /// True where it has no certificate yet.
    pub(super) is_bare: bool,
}

/// The certificate's file beside a key, as layouts name such pairs; `None`: it is not known.
fn certificate_path(key: &str) -> Option<String> {
    let base = key.strip_suffix("-key.pem").map(|base| format!("{base}.pem"));
    base.or_else(|| key.strip_suffix(".key").map(|base| format!("{base}.crt")))
}

/// Certificate and key files of all pairs.
fn pairs(inventory: &Inventory) -> Vec<(String, String)> {
    let bare = inventory.keys.iter().filter(|key| !key.public_only && !is_key_pair(&key.roles));
    let bare = bare.filter_map(|key| Some((certificate_path(&key.path)?, key.path.to_string())));
    let have = inventory.items.iter().filter(|item| item.in_use && item.index == 0 && !item.is_authority());
    let have = have.filter(|item| item.source == Source::File && item.content.is_ok());
    let have = have.filter_map(|item| Some((item.path.to_string(), item.key.path.as_ref()?.to_string())));
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in bare.chain(have.filter(|(path, key)| path != key)) {
        if !pairs.iter().any(|(path, _)| *path == pair.0) {
            pairs.push(pair);
        }
    }
    pairs
}

/// A bare pair, as the service accounts', never gets a certificate.
fn is_key_pair(roles: &[&Role]) -> bool {
    !roles.is_empty() && roles.iter().all(|role| matches!(role.kind, RoleKind::KeyPair))
}

/// Where the CA of this role lies, by what is here or by the layout.
pub(super) fn authority_path(inventory: &Inventory, name: &str) -> Option<String> {
    let is_it = |role: &Role| role.name == name;
    let mut here = inventory.items.iter().filter(|item| item.in_use && item.source == Source::File);
    let here = here.find(|item| item.roles.iter().any(|role| is_it(role))).map(|item| item.path.to_string());
    here.or_else(|| {
        let mut places = layout(&inventory.layout)?.places.iter();
        let place = places.find(|place| {
            place.part == PlacePart::Certificate && !place.is_pattern() && place.roles.iter().any(|role| is_it(role))
        });
        place.map(|place| place.path.clone())
    })
}

/// The CAs that some role names as its issuer.
pub(super) const AUTHORITIES: [&str; 3] = ["ca", "etcd-ca", "front-proxy-ca"];

/// Everything below the root that is looked at.
pub(super) fn paths(inventory: &Inventory) -> Vec<String> {
    let mut paths = Vec::new();
    for (certificate, key) in pairs(inventory) {
        paths.extend([request_path(&certificate), certificate, key]);
    }
    for kubeconfig in &inventory.kubeconfigs {
        paths.extend([kubeconfig.path.to_string(), request_path(&kubeconfig.path)]);
    }
    paths.extend(AUTHORITIES.iter().filter_map(|name| authority_path(inventory, name)));
    paths.sort();
    paths.dedup();
    paths
}

/// The bytes of a file that could be read.
pub(super) fn content<'a>(materials: &'a Materials, path: &str) -> Option<&'a [u8]> {
    materials.files.get(path)?.content.as_ref().ok().map(crate::pki::Secret::expose)
}

/// The certificates at a path.
pub(super) fn certificates(materials: &Materials, path: &str) -> Vec<Certificate> {
    let content = content(materials, path).map(|bytes| parse(bytes, Expectation::default()));
    content.map(|content| content.certificates.into_iter().flatten().collect()).unwrap_or_default()
}

fn request(materials: &Materials, path: &str) -> Option<CertificationRequest> {
    let content = parse(content(materials, &request_path(path))?, Expectation::default());
    content.requests.into_iter().flatten().next()
}

/// All keys that were read, in the order of their paths.
pub(super) fn all(inventory: &Inventory, materials: &Materials) -> Vec<Waiting> {
    let mut waiting = Vec::new();
    for (path, key_path) in pairs(inventory) {
        let Some(bytes) = content(materials, &key_path) else { continue };
        let halves = parse(bytes, Expectation::default()).keys;
        let Some(half) = halves.iter().find_map(readable) else { continue };
        let roles = roles(inventory, &path, &key_path);
        waiting.push(Waiting {
            spki_sha256: half.spki_sha256,
            request: request(materials, &path),
            is_bare: certificates(materials, &path).is_empty(),
            user: None,
            roles,
            path,
            key_path,
        });
    }
    for kubeconfig in &inventory.kubeconfigs {
        let path = kubeconfig.path.to_string();
        let text = content(materials, &path).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let Some(Ok(parsed)) = text.map(kubeconfig::parse) else { continue };
        for (at, user) in parsed.users.iter().enumerate() {
            let Some(Ok(half)) = &user.key else { continue };
            waiting.push(Waiting {
                spki_sha256: half.spki_sha256,
                request: request(materials, &path),
                is_bare: user.certificate.is_none(),
                user: Some((at, clusters(&parsed, &user.name))),
                roles: kubeconfig.roles.clone(),
                key_path: path.clone(),
                path: path.clone(),
            });
        }
    }
    waiting
}

fn readable(key: &FoundKey) -> Option<&PublicHalf> {
    match key {
        FoundKey::Readable(half) => Some(half),
        _ => None,
    }
}

fn roles(inventory: &Inventory, path: &str, key_path: &str) -> Vec<&'static Role> {
    let item = inventory.items.iter().find(|item| *item.path == *path && !item.roles.is_empty());
    let key = inventory.keys.iter().find(|key| *key.path == *key_path && !key.roles.is_empty());
    let known = item.map(|item| item.roles.clone()).or_else(|| key.map(|key| key.roles.clone()));
    known.or_else(|| Some(layout(&inventory.layout)?.places_of(path).next()?.roles.clone())).unwrap_or_default()
}

/// The clusters that contexts of this user reach and that have no CA yet.
fn clusters(kubeconfig: &Kubeconfig, user: &str) -> Vec<usize> {
    let named = |name: &str| kubeconfig.contexts.iter().any(|one| one.user == user && one.cluster == name);
    let clusters = kubeconfig.clusters.iter().enumerate().filter(|(_, cluster)| named(&cluster.name));
    let bare = clusters.filter(|(_, one)| one.authority.is_none() && one.authority_file.is_none() && !one.insecure);
    bare.map(|(at, _)| at).collect()
}

impl Waiting {
    /// The CAs that this certificate's readers verify it by: their roles' names.
    pub(super) fn authorities(&self) -> Vec<&'static str> {
        let issuer = |one: &&'static Role| {
            let client = one.client.and_then(role).and_then(|client| client.issuer);
            one.issuer.or(client)
        };
        let mut names: Vec<&'static str> = self.roles.iter().filter_map(issuer).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
