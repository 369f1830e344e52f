//! WHAT: an id, a path, or the first 8 or more digits of a sha256.

use std::sync::Arc;

use super::failure::Failure;
use super::master::Master;
use crate::inventory::judged::JudgedItem;
use crate::inventory::{Inventory, Item, KeyItem, KubeconfigItem, RequestItem};
use crate::pki::hex;

/// One thing of an inventory.
#[derive(Debug, Clone)]
pub(crate) enum Selected<'a> {
    /// A certificate, or a file that should hold one.
    Item(JudgedItem<'a>),
    /// A kubeconfig without a certificate.
    Kubeconfig(&'a KubeconfigItem),
    /// A request.
    Request(&'a RequestItem),
    /// A key without a certificate.
    Key(&'a KeyItem),
}

/// Digits of a sha256 that are asked for at least.
const FEWEST_DIGITS: usize = 8;

/// Finds the one thing that `what` names. More than one: exit 64 with the candidates.
pub(crate) fn find<'a>(master: &'a Master, what: &str) -> Result<Selected<'a>, Failure> {
    find_known(master, what)?.ok_or_else(|| {
        Failure::usage(format!("nothing here is called {what:?}"))
            .because("it is no id, no path and no beginning of a sha256")
            .hint(format!(
                "ids are in the NAME column of: {}",
                master.inventory.mounted.kubepki("list")
            ))
    })
}

/// The id of the CA that is meant.
pub(crate) fn authority(master: &Master, what: &str) -> Result<Arc<str>, Failure> {
    match find(master, what)? {
        Selected::Item(judged) if judged.item.is_authority() => Ok(Arc::clone(&judged.item.id)),
        _ => Err(Failure::usage(format!("{what:?} is no CA"))),
    }
}

/// The same, with `None` where nothing has that name.
pub(crate) fn find_known<'a>(
    master: &'a Master,
    what: &str,
) -> Result<Option<Selected<'a>>, Failure> {
    let inventory = &master.inventory;
    let paths = master.paths_of(what);
    let is_path = |path: &str| paths.iter().any(|known| known == path);
    let digits = sha256_digits(what);
    let ways: [&dyn Fn(&Item) -> bool; 4] = [
        &|item| *item.id == *what,
        &|item| is_path(&item.path),
        &|item| {
            digits
                .as_deref()
                .is_some_and(|digits| has_sha256(item, digits))
        },
        &|item| item.in_use && item.roles.iter().any(|role| role.name == what),
    ];
    for way in ways {
        let found = inventory.indexed().filter(|(_, item)| way(item));
        let found = found
            .map(|(index, item)| JudgedItem::of(inventory, index, item, master.at))
            .collect();
        if let Some(one) = only(found, what)? {
            return Ok(Some(Selected::Item(one)));
        }
    }
    if let Some(other) = others(inventory, what, &is_path) {
        return Ok(Some(other));
    }
    // A key that belongs to a certificate is told with that.
    let has_key = |item: &Item| item.key.path.as_deref().is_some_and(is_path);
    let found = inventory.indexed().filter(|(_, item)| has_key(item));
    let found = found
        .map(|(index, item)| JudgedItem::of(inventory, index, item, master.at))
        .collect();
    Ok(only(found, what)?.map(Selected::Item))
}

/// The certificates behind a path that holds more than one: those of a kubeconfig's users, or the
/// leaf before its chain. Nothing for an id, and for a path that does not say which.
pub(crate) fn certificates_of(master: &Master, what: &str) -> Vec<Arc<str>> {
    let inventory = &master.inventory;
    if inventory.items.iter().any(|item| *item.id == *what) {
        return Vec::new();
    }
    let paths = master.paths_of(what);
    let is_path = |path: &str| paths.iter().any(|known| known == path);
    if let Some(kubeconfig) = inventory
        .kubeconfigs
        .iter()
        .find(|item| is_path(&item.path))
    {
        let users = kubeconfig
            .users
            .iter()
            .filter_map(|user| inventory.item(user.certificate?));
        return users.map(|item| Arc::clone(&item.id)).collect();
    }
    let leaves = inventory
        .items
        .iter()
        .filter(|item| is_path(&item.path) && !item.is_authority());
    let leaves: Vec<Arc<str>> = leaves.map(|item| Arc::clone(&item.id)).collect();
    if leaves.len() == 1 {
        leaves
    } else {
        Vec::new()
    }
}

/// The one of several: the one that is in use where they are one certificate in several places.
fn only<'a>(mut found: Vec<JudgedItem<'a>>, what: &str) -> Result<Option<JudgedItem<'a>>, Failure> {
    let digest = |judged: &JudgedItem<'_>| {
        judged
            .item
            .certificate()
            .map(|certificate| *certificate.sha256())
    };
    if found.len() > 1 {
        let first = digest(&found[0]);
        if first.is_some() && found.iter().all(|judged| digest(judged) == first) {
            let in_use: Vec<JudgedItem<'a>> = found
                .iter()
                .filter(|judged| judged.item.in_use)
                .cloned()
                .collect();
            if in_use.len() == 1 {
                found = in_use;
            }
        }
    }
    if found.len() > 1 {
        let candidates = found.iter().map(|judged| candidate(judged.item));
        return Err(Failure::usage(format!("{what:?} is ambiguous"))
            .because_all(candidates)
            .hint("take one of these ids"));
    }
    Ok(found.pop())
}

fn candidate(item: &Item) -> String {
    match item.certificate() {
        Some(certificate) => format!("{}  sha256 {}", item.id, &hex(certificate.sha256())[..16]),
        None => item.id.to_string(),
    }
}

fn others<'a>(
    inventory: &'a Inventory,
    what: &str,
    is_path: &dyn Fn(&str) -> bool,
) -> Option<Selected<'a>> {
    let kubeconfig = inventory
        .kubeconfigs
        .iter()
        .find(|item| is_path(&item.path));
    let request = || {
        inventory
            .requests
            .iter()
            .find(|item| *item.id == *what || is_path(&item.path) || item.name == what)
    };
    let key = || inventory.keys.iter().find(|item| is_path(&item.path));
    let role_key = || {
        inventory
            .keys
            .iter()
            .find(|item| item.roles.iter().any(|role| role.name == what))
    };
    kubeconfig
        .map(Selected::Kubeconfig)
        .or_else(|| request().map(Selected::Request))
        .or_else(|| key().or_else(role_key).map(Selected::Key))
}

/// The digits of a fingerprint, also as openssl writes it: `SHA256:AB:CD…`.
fn sha256_digits(what: &str) -> Option<String> {
    let lower = what.to_ascii_lowercase();
    let digits: String = lower
        .strip_prefix("sha256:")
        .unwrap_or(&lower)
        .chars()
        .filter(|digit| *digit != ':')
        .collect();
    let right = (FEWEST_DIGITS..=64).contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    right.then_some(digits)
}

fn has_sha256(item: &Item, digits: &str) -> bool {
    item.certificate()
        .is_some_and(|certificate| hex(certificate.sha256()).starts_with(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_as_tools_write_them() {
        assert_eq!(
            sha256_digits("AB:CD:EF:01:23").as_deref(),
            Some("abcdef0123")
        );
        assert_eq!(
            sha256_digits("sha256:abcdef01").as_deref(),
            Some("abcdef01")
        );
        for text in ["abcdef0", "apiserver", "/etc/abcdef012", ""] {
            assert_eq!(sha256_digits(text), None, "{text}");
        }
    }
}
