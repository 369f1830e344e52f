//! Which files are read, and what their places say of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Request;
use super::configuration::Configuration;
use super::files::{Want, Wanted};
use super::folders_of;
use super::walk::{Walk, ending};
use crate::inventory::assemble::demanded_paths;
use crate::inventory::file::{Expectation, ParsedFile};
use crate::kubernetes::layout::{Layout, PlacePart};

/// Files of unknown kind are looked into where they are no larger, in bytes.
const MOST_UNKNOWN_BYTES: u64 = 64 << 10;

/// The files to read, sorted by path: in the layout's folders (or in all that was walked, where
/// `whole`) whatever may hold a certificate; what flags name; the users' kubeconfigs. Takes the
/// names out of `walk`.
pub(super) fn wanted(
    request: &Request<'_>,
    layout: &Layout,
    walk: &mut Walk,
    configuration: &Configuration,
    whole: bool,
) -> Vec<Wanted> {
    let names = std::mem::take(&mut walk.files).into_iter();
    let names = names.filter(|path| {
        is_ours(path, layout, configuration, whole) && !configuration.files.contains(path)
    });
    let mut wanted: Vec<Wanted> = names
        .filter_map(|path| want(layout, &path, whole).map(|want| (path, want)))
        .collect();
    wanted.sort_by(|a, b| a.0.cmp(&b.0));
    wanted.dedup_by(|a, b| a.0 == b.0);
    let mut more = Vec::new();
    for (path, want) in named(request, layout, walk, configuration) {
        match wanted.binary_search_by(|known| known.0.cmp(&path)) {
            Ok(at) if want.expected != Expectation::default() => wanted[at].1 = want,
            Ok(_) => {}
            Err(_) => more.push((path, want)),
        }
    }
    wanted.extend(more);
    wanted.sort_by(|a, b| a.0.cmp(&b.0));
    wanted
}

/// True for what the layout or the kubelet owns, or in `whole` for everything that was walked.
pub(super) fn is_ours(
    path: &Path,
    layout: &Layout,
    configuration: &Configuration,
    whole: bool,
) -> bool {
    let below = |folder: &Path| path.starts_with(folder);
    whole
        || folders_of(layout).any(below)
        || configuration
            .kubelet_folders
            .iter()
            .any(|folder| below(folder))
}

/// Files that something names, wherever they lie.
fn named(
    request: &Request<'_>,
    layout: &Layout,
    walk: &Walk,
    configuration: &Configuration,
) -> BTreeMap<PathBuf, Want> {
    let mut named = BTreeMap::new();
    for path in [&configuration.facts, &configuration.claims]
        .into_iter()
        .flat_map(|facts| demanded_paths(layout, facts))
    {
        named.insert(PathBuf::from(path), Want::default());
    }
    // Folders may bear the name of a file that belongs there.
    for folder in &walk.folders {
        if folder
            .to_str()
            .is_some_and(|text| layout.places_of(text).next().is_some())
        {
            named.insert(folder.clone(), Want::default());
        }
    }
    let kubeconfig = Expectation {
        kubeconfig: true,
        tokens: false,
    };
    for home in request.homes.iter().map(String::as_str).chain(["/root"]) {
        named.insert(
            Path::new(home).join(".kube/config"),
            Want {
                expected: kubeconfig,
                ..Want::default()
            },
        );
    }
    for fact in configuration.facts.iter().chain(&configuration.claims) {
        let expected = match fact.flag.as_str() {
            "token-auth-file" => Expectation {
                kubeconfig: false,
                tokens: true,
            },
            flag if flag.ends_with("kubeconfig") => kubeconfig,
            _ => continue,
        };
        if fact.value.starts_with('/') {
            named.insert(
                PathBuf::from(&fact.value),
                Want {
                    expected,
                    ..Want::default()
                },
            );
        }
    }
    named
}

fn want(layout: &Layout, path: &Path, whole: bool) -> Option<Want> {
    let parts: Vec<PlacePart> = path
        .to_str()
        .map(|text| layout.places_of(text).map(|place| place.part).collect())
        .unwrap_or_default();
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
        return parts.iter().any(may_hold).then_some(Want {
            expected,
            ..Want::default()
        });
    }
    match ending(path).as_str() {
        "crt" | "cer" | "der" | "pem" | "cert" | "key" | "pub" | "csr" | "conf" | "kubeconfig"
        | "yaml" | "yml" | "json" => Some(Want::default()),
        "srl" | "service" | "env" => None,
        _ if whole => Some(Want {
            limit: MOST_UNKNOWN_BYTES,
            ..Want::default()
        }),
        _ => None,
    }
}

/// Files that kubeconfigs name and that are not among `known`, which is sorted.
pub(super) fn referenced(files: &[ParsedFile], known: &[Wanted]) -> Vec<Wanted> {
    let mut more: Vec<PathBuf> = files
        .iter()
        .flat_map(ParsedFile::references)
        .map(PathBuf::from)
        .collect();
    more.sort();
    more.dedup();
    more.retain(|path| known.binary_search_by(|known| known.0.cmp(path)).is_err());
    more.into_iter()
        .map(|path| (path, Want::default()))
        .collect()
}
