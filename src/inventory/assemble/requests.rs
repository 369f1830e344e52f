//! Requests found on the disk: PKCS#10 files and CertificateSigningRequest objects.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::inventory::file::{FoundKey, ParsedFile};
use crate::inventory::writer::{Writers, joined};
use crate::inventory::{Fault, Inventory, RequestItem};
use crate::kubernetes::signing_request::{RequestFault, SigningRequest};
use crate::pki::Digest;

/// Key files by what their keys are.
pub(super) type KeyPaths = HashMap<Digest, Vec<Arc<str>>>;

/// Adds all requests of `files`.
pub(super) fn add(files: &[ParsedFile], keys: &KeyPaths, inventory: &mut Inventory) {
    let written = files.iter().filter(|file| file.writers.is_some());
    let others: FileWriters<'_> = written.map(|file| (&*file.path, &file.writers)).collect();
    for file in files {
        let several = file.content.requests.len() > 1;
        for (index, request) in file.content.requests.iter().enumerate() {
            let key_path = request
                .as_ref()
                .ok()
                .and_then(|request| beside(keys, &request.spki_sha256, &file.path));
            inventory.requests.push(RequestItem {
                id: if several {
                    format!("{}#{index}", file.path).into()
                } else {
                    Arc::clone(&file.path)
                },
                path: Arc::clone(&file.path),
                name: if several {
                    format!("{}#{index}", name_of(&file.path))
                } else {
                    name_of(&file.path).to_owned()
                },
                request: request.clone(),
                object: None,
                writers: writers(&others, file, key_path.as_deref()),
                key_path,
            });
        }
        for object in &file.content.objects {
            inventory
                .requests
                .push(of_object(object, file, (&others, keys)));
        }
        if file.path.ends_with(".csr")
            && file.content.is_empty()
            && let Some(fault) = &file.content.fault
        {
            inventory.requests.push(RequestItem {
                id: Arc::clone(&file.path),
                path: Arc::clone(&file.path),
                name: name_of(&file.path).to_owned(),
                request: Err(fault.clone()),
                object: None,
                writers: file.writers.clone(),
                key_path: None,
            });
        }
    }
    tell_apart(&mut inventory.requests);
}

/// Who can change which file, of those that others can.
type FileWriters<'a> = HashMap<&'a str, &'a Writers>;

/// Who can change the request's file or that of its key.
fn writers(others: &FileWriters<'_>, file: &ParsedFile, key_path: Option<&str>) -> Writers {
    match key_path.and_then(|path| others.get(path)) {
        Some(of_key) => joined(&file.writers, of_key),
        None => file.writers.clone(),
    }
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Two objects of one name are two requests: the later one is called by its file too.
fn tell_apart(requests: &mut [RequestItem]) {
    let mut seen = HashSet::new();
    for (at, request) in requests.iter_mut().enumerate() {
        if seen.contains(&request.id) {
            request.id = format!("{}#{}", request.path, request.name).into();
        }
        if seen.contains(&request.id) {
            request.id = format!("{}#{at}", request.path).into();
        }
        seen.insert(Arc::clone(&request.id));
    }
}

fn of_object(
    object: &SigningRequest,
    file: &ParsedFile,
    (others, keys): (&FileWriters<'_>, &KeyPaths),
) -> RequestItem {
    let request = object.request.clone().map_err(|fault| match fault {
        RequestFault::Damaged(error) => Fault::Damaged(error),
        other => Fault::Other(other.to_string()),
    });
    let key_path = request
        .as_ref()
        .ok()
        .and_then(|request| beside(keys, &request.spki_sha256, &file.path));
    RequestItem {
        id: object.name.as_str().into(),
        path: Arc::clone(&file.path),
        name: object.name.clone(),
        writers: writers(others, file, key_path.as_deref()),
        key_path,
        request,
        object: Some(object.object.clone()),
    }
}

/// Where each private key lies: in files of their own, and in kubeconfigs (`kubeadm certs
/// generate-csr`).
pub(super) fn key_paths(files: &[ParsedFile]) -> KeyPaths {
    let mut keys = KeyPaths::new();
    for file in files {
        let own = file.content.keys.iter().filter_map(|key| match key {
            FoundKey::Readable(half) => Some(half.spki_sha256),
            _ => None,
        });
        let kubeconfig = file.content.kubeconfig.iter().flatten();
        let embedded = kubeconfig
            .flat_map(|it| &it.users)
            .filter_map(|user| Some(user.key.as_ref()?.as_ref().ok()?.spki_sha256));
        for digest in own.chain(embedded) {
            keys.entry(digest).or_default().push(Arc::clone(&file.path));
        }
    }
    keys
}

/// The key file with this key, best in the same folder.
fn beside(keys: &KeyPaths, spki: &Digest, path: &str) -> Option<Arc<str>> {
    let folder = path.rsplit_once('/').map(|(folder, _)| folder);
    let paths = keys.get(spki)?;
    let near = paths
        .iter()
        .find(|key| key.rsplit_once('/').map(|(folder, _)| folder) == folder);
    near.or(paths.first()).cloned()
}
