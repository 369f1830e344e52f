//! Keys below the root that wait for a certificate, or have one that another may follow.

use super::places::Places;
use crate::inventory::file::{Expectation, FoundKey, parse};
use crate::kubernetes::kubeconfig::{self, Kubeconfig};
use crate::kubernetes::role::{Role, RoleId};
use crate::pki::key::PublicHalf;
use crate::pki::{Certificate, CertificationRequest, Digest, KeyUsage};
use crate::plan::Materials;
use crate::plan::issue::{FileKind, check_out};
use crate::plan::setup::external::request_path;
use crate::record::Place;
use crate::record::waiting_request::WaitingRequest;

/// One key, and where its certificate goes.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The file: a certificate's, or the kubeconfig.
    pub(super) path: String,
    /// The key's file; for a kubeconfig the same.
    pub(super) key_path: String,
    /// What for.
    pub(super) roles: Vec<&'static Role>,
    /// The roles of the CAs that its readers verify it by.
    pub(super) authorities: Vec<RoleId>,
    /// SHA-256 over the public key.
    pub(super) spki_sha256: Digest,
    /// What was asked for, where that lies beside it.
    pub(super) request: Option<CertificationRequest>,
    /// The place of the user in the kubeconfig, and the clusters that get the CA.
    pub(super) user: Option<(usize, Vec<usize>)>,
    /// True where it has no certificate yet.
    pub(super) is_bare: bool,
    /// Whose path that is.
    pub(super) place: Place,
    /// What it is called, where no role says it.
    pub(super) name: Option<String>,
}

impl Waiting {
    /// Whether a CA was asked for: a request for one has the usage cert sign.
    pub(super) fn asks_for_authority(&self) -> bool {
        self.request
            .as_ref()
            .is_some_and(|request| request.key_usage.contains(&KeyUsage::CertSign))
    }
}

/// Everything below the root that is looked at.
pub(super) fn paths(places: &Places<'_>) -> Vec<String> {
    let mut paths: Vec<String> = places.authorities().collect();
    for (certificate, key) in places.pairs() {
        paths.extend([request_path(&certificate), certificate, key]);
    }
    for kubeconfig in &places.inventory.kubeconfigs {
        paths.extend([kubeconfig.path.to_string(), request_path(&kubeconfig.path)]);
    }
    paths.sort();
    paths.dedup();
    paths
}

/// The bytes of a file that could be read.
pub(super) fn content<'a>(materials: &'a Materials, path: &str) -> Option<&'a [u8]> {
    materials
        .files
        .get(path)?
        .content
        .as_ref()
        .ok()
        .map(crate::pki::Secret::expose)
}

/// The certificates at a path.
pub(super) fn certificates(materials: &Materials, path: &str) -> Vec<Certificate> {
    let content = content(materials, path).map(|bytes| parse(bytes, Expectation::default()));
    content
        .map(|content| content.certificates.into_iter().flatten().collect())
        .unwrap_or_default()
}

fn request(materials: &Materials, path: &str) -> Option<CertificationRequest> {
    let content = parse(
        content(materials, &request_path(path))?,
        Expectation::default(),
    );
    content.requests.into_iter().flatten().next()
}

/// All keys that were read, in the order of their paths.
pub(super) fn all(places: &Places<'_>, materials: &Materials) -> Vec<Waiting> {
    let mut waiting = Vec::new();
    for (path, key_path) in places.pairs() {
        let Some(bytes) = content(materials, &key_path) else {
            continue;
        };
        let halves = parse(bytes, Expectation::default()).keys;
        let Some(half) = halves.iter().find_map(readable) else {
            continue;
        };
        let roles = places.roles(&path, &key_path);
        waiting.push(Waiting {
            authorities: places.issuers(&path, &roles),
            spki_sha256: half.spki_sha256,
            request: request(materials, &path),
            is_bare: certificates(materials, &path).is_empty(),
            user: None,
            place: Place::Master,
            name: None,
            roles,
            path,
            key_path,
        });
    }
    for kubeconfig in &places.inventory.kubeconfigs {
        let path = kubeconfig.path.to_string();
        let text = content(materials, &path).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let Some(Ok(parsed)) = text.map(kubeconfig::parse) else {
            continue;
        };
        for (at, user) in parsed.users.iter().enumerate() {
            let Some(Ok(half)) = &user.key else { continue };
            waiting.push(Waiting {
                authorities: places.issuers(&path, &kubeconfig.roles),
                spki_sha256: half.spki_sha256,
                request: request(materials, &path),
                is_bare: user.certificate.is_none(),
                user: Some((at, clusters(&parsed, &user.name))),
                roles: kubeconfig.roles.clone(),
                key_path: path.clone(),
                path: path.clone(),
                place: Place::Master,
                name: None,
            });
        }
    }
    waiting
}

/// Every file of this machine that is looked at for requests made for others' use.
pub(super) fn local_paths(kept: &[WaitingRequest]) -> Vec<String> {
    let paths = kept.iter().flat_map(|one| {
        [
            one.key.clone(),
            one.certificate.clone(),
            authority_path(&one.certificate),
        ]
    });
    paths.collect()
}

/// Where the CA of a certificate of this machine goes: beside it.
pub(super) fn authority_path(certificate: &str) -> String {
    let base = certificate.strip_suffix(FileKind::Certificate.ending());
    format!(
        "{}{}",
        base.unwrap_or(certificate),
        FileKind::Authority.ending()
    )
}

/// The keys of requests made for others' use, as far as they are still there.
pub(super) fn local(kept: &[WaitingRequest], materials: &Materials) -> Vec<Waiting> {
    let bytes = |path: &str| Some(materials.local.get(path)?.content.as_ref().ok()?.expose());
    let one = |kept: &WaitingRequest| {
        check_out(
            kept.certificate
                .strip_suffix(FileKind::Certificate.ending())?,
        )
        .ok()?;
        let keys = parse(bytes(&kept.key)?, Expectation::default()).keys;
        let half = keys.iter().find_map(readable)?;
        let asked = parse(kept.pem.as_bytes(), Expectation::default()).requests;
        let lies = bytes(&kept.certificate).map(|bytes| parse(bytes, Expectation::default()));
        Some(Waiting {
            path: kept.certificate.clone(),
            key_path: kept.key.clone(),
            roles: Vec::new(),
            authorities: Vec::new(),
            spki_sha256: half.spki_sha256,
            request: asked.into_iter().flatten().next(),
            user: None,
            is_bare: lies.is_none_or(|lies| lies.certificates.is_empty()),
            place: Place::Local,
            name: Some(kept.name.clone()),
        })
    };
    kept.iter().filter_map(one).collect()
}

fn readable(key: &FoundKey) -> Option<&PublicHalf> {
    match key {
        FoundKey::Readable(half) => Some(half),
        _ => None,
    }
}

/// The clusters that contexts of this user reach and that have no CA yet.
fn clusters(kubeconfig: &Kubeconfig, user: &str) -> Vec<usize> {
    let named = |name: &str| {
        kubeconfig
            .contexts
            .iter()
            .any(|one| one.user == user && one.cluster == name)
    };
    let clusters = kubeconfig
        .clusters
        .iter()
        .enumerate()
        .filter(|(_, cluster)| named(&cluster.name));
    let bare = clusters.filter(|(_, one)| {
        one.authority.is_none() && one.authority_file.is_none() && !one.insecure
    });
    bare.map(|(at, _)| at).collect()
}
