//! Which layout a set of files is, and for which folder of a master a given folder stands.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::{Layout, Place, PlacePart};
use crate::kubernetes::bootstrap::FOLDER;

/// What a given folder was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mounted<'a> {
    /// The folder of a master that it stands for: "/", or one of a layout's [`Layout::mounts`].
    pub at: &'a str,
    /// The layout of its files.
    pub layout: &'a Layout,
}

/// The layout of which most places are there. Where no place is the first one takes tokens that
/// wait for a cluster, else it is the layout of any folder. `files` are absolute paths as on the
/// master. In a draw the earlier layout wins.
pub fn detect<'a>(layouts: &'a [Layout], files: &[String]) -> &'a Layout {
    let files: BTreeSet<&str> = files.iter().map(String::as_str).collect();
    let found = best(layouts, &files, "/").map(|(_, layout)| layout);
    let first = || {
        layouts
            .first()
            .filter(|layout| files.iter().any(|file| is_for_joining(layout, file)))
    };
    found.or_else(first).unwrap_or_else(|| fallback(layouts))
}

/// A token file, or a manifest of those that let nodes join.
fn is_for_joining(layout: &Layout, file: &str) -> bool {
    let is_token_file = |place: &Place| place.part == PlacePart::TokenFile && place.matches(file);
    file.strip_prefix(FOLDER)
        .is_some_and(|name| name.starts_with('/'))
        || layout.places.iter().any(is_token_file)
}

/// For which folder of a master a folder stands, and which layout it has. `files` are paths below
/// that folder, with a leading "/": `/pki/ca.crt`.
pub fn mount<'a>(layouts: &'a [Layout], files: &[String]) -> Mounted<'a> {
    let files: BTreeSet<&str> = files.iter().map(String::as_str).collect();
    let mut found: Option<(usize, Mounted<'a>)> = None;
    let mut tried = BTreeSet::new();
    let mounts = layouts
        .iter()
        .flat_map(|layout| &layout.mounts)
        .map(String::as_str);
    for at in std::iter::once("/")
        .chain(mounts)
        .filter(|at| tried.insert(*at))
    {
        if let Some((score, layout)) = best(layouts, &files, at)
            && found.as_ref().is_none_or(|(best, _)| score > *best)
        {
            found = Some((score, Mounted { at, layout }));
        }
    }
    found.map_or_else(
        || Mounted {
            at: "/",
            layout: fallback(layouts),
        },
        |(_, mounted)| mounted,
    )
}

fn fallback(layouts: &[Layout]) -> &Layout {
    layouts
        .iter()
        .find(|layout| layout.fallback)
        .unwrap_or_else(|| super::fallback())
}

fn best<'a>(
    layouts: &'a [Layout],
    files: &BTreeSet<&str>,
    at: &str,
) -> Option<(usize, &'a Layout)> {
    let mut found: Option<(usize, &Layout)> = None;
    for layout in layouts {
        let score = score(layout, files, at);
        if score > found.map_or(0, |(best, _)| best) {
            found = Some((score, layout));
        }
    }
    found
}

/// How many places of `layout` are among `files`, if these lie in the folder `at` of a master.
fn score(layout: &Layout, files: &BTreeSet<&str>, at: &str) -> usize {
    let there = || {
        layout
            .places
            .iter()
            .filter(|place| tells(place) && is_there(place, files, at))
    };
    // A folder with nothing but `ca.crt` or `server.crt` and its key is no sign of a master.
    let things = there()
        .filter(|place| place.telling && place.part != PlacePart::Key)
        .count();
    if things < if at == "/" { 1 } else { 2 } && !(at == "/" && things == 0 && has_kubelet(files)) {
        return 0;
    }
    there().count()
}

/// A node of which only the kubelet's folder is there: the first layout takes it.
fn has_kubelet(files: &BTreeSet<&str>) -> bool {
    files
        .range("/var/lib/kubelet/pki/"..)
        .next()
        .is_some_and(|file| file.starts_with("/var/lib/kubelet/pki/"))
}

fn tells(place: &Place) -> bool {
    !place.roles.is_empty() && !matches!(place.part, PlacePart::Serial | PlacePart::Request)
}

fn is_there(place: &Place, files: &BTreeSet<&str>, at: &str) -> bool {
    let prefix = if at == "/" { "" } else { at };
    let Some(below) = place
        .path
        .strip_prefix(prefix)
        .filter(|below| below.starts_with('/'))
    else {
        return false;
    };
    let Some((literal, _)) = below.split_once('*') else {
        return files.contains(below);
    };
    files
        .range::<str, _>((Bound::Included(literal), Bound::Unbounded))
        .take_while(|file| file.starts_with(literal))
        .any(|file| place.matches(&format!("{prefix}{file}")))
}
