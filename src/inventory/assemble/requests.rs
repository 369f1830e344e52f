//! Requests found on the disk: PKCS#10 files and CertificateSigningRequest objects.

use std::collections::HashMap;
use std::sync::Arc;

use crate::inventory::file::{FoundKey, ParsedFile};
use crate::inventory::{Fault, Inventory, RequestItem};
use crate::pki::Digest;

/// Adds all requests of `files`.
pub(super) fn add(files: &[ParsedFile], inventory: &mut Inventory) {
    let keys = key_paths(files);
    for file in files {
        let several = file.content.requests.len() > 1;
        for (index, request) in file.content.requests.iter().enumerate() {
            let key_path = request.as_ref().ok().and_then(|request| beside(&keys, &request.spki_sha256, &file.path));
            inventory.requests.push(RequestItem {
                id: if several { format!("{}#{index}", file.path).into() } else { Arc::clone(&file.path) },
                path: Arc::clone(&file.path),
                name: file.path.rsplit('/').next().unwrap_or_default().to_owned(),
                request: request.clone(),
                object: None,
                key_path,
            });
        }
        if file.path.ends_with(".csr")
            && file.content.is_empty()
            && let Some(fault) = &file.content.fault
        {
            inventory.requests.push(RequestItem {
                id: Arc::clone(&file.path),
                path: Arc::clone(&file.path),
                name: file.path.rsplit('/').next().unwrap_or_default().to_owned(),
                request: Err(fault.clone()),
                object: None,
                key_path: None,
            });
        }
    }
}

fn key_paths(files: &[ParsedFile]) -> HashMap<Digest, Vec<Arc<str>>> {
    let mut keys: HashMap<Digest, Vec<Arc<str>>> = HashMap::new();
    for file in files {
        for key in &file.content.keys {
            if let FoundKey::Readable(half) = key {
                keys.entry(half.spki_sha256).or_default().push(Arc::clone(&file.path));
            }
        }
    }
    keys
}

/// The key file with this key, best in the same folder.
fn beside(keys: &HashMap<Digest, Vec<Arc<str>>>, spki: &Digest, path: &str) -> Option<Arc<str>> {
    let folder = path.rsplit_once('/').map(|(folder, _)| folder);
    let paths = keys.get(spki)?;
    let near = paths.iter().find(|key| key.rsplit_once('/').map(|(folder, _)| folder) == folder);
    near.or(paths.first()).cloned()
}
