//! What is said of a certificate beside what stands in it: who signed it, whether its key is there,
//! what it gives.

use super::Meaning::{self, Bad, Dim, Good, Text};
use crate::inventory::tree::Issuer;
use crate::inventory::{Inventory, Item, ItemIndex, KeyFact, KeyState, NoIssuer};
use crate::kubernetes::role::Right;

/// Who signed it; `name`: what an item is called.
pub fn issuer(
    inventory: &Inventory,
    index: ItemIndex,
    name: impl Fn(&Item) -> String,
) -> (String, Meaning) {
    let named = |index| inventory.item(index).map(&name).unwrap_or_default();
    match inventory.tree.issuer(index) {
        Issuer::Item(parent) => (named(parent), Text),
        Issuer::Itself => ("itself".to_owned(), Text),
        Issuer::None(NoIssuer::NotHere) => ("a CA that is not here".to_owned(), Bad),
        Issuer::None(NoIssuer::OtherKey) => (
            "another CA of the same name: the one here has another key".to_owned(),
            Bad,
        ),
        Issuer::None(NoIssuer::Refused(parent, refusal)) => {
            (format!("{}, yet {refusal}", named(parent)), Bad)
        }
    }
}

/// Whether its private key is there, and is its own.
pub fn key(key: &KeyFact, is_authority: bool) -> (&'static str, Meaning) {
    match (key.state, key.matches) {
        (KeyState::Present, Some(true)) => ("present, and it is this certificate's", Good),
        (KeyState::Present, Some(false)) => ("present, and it is another certificate's", Bad),
        (KeyState::Present, None) => ("present; not known whether it matches", Text),
        (KeyState::Absent, _) if is_authority => ("not here: this CA can sign nothing here", Dim),
        (KeyState::Absent, _) => ("not here", Dim),
        (KeyState::Unreadable, _) => ("there, and cannot be read", Bad),
        (KeyState::Encrypted, _) => ("there, and encrypted", Text),
    }
}

/// The user that its subject names, or that asks by a request.
pub fn user(common_name: Option<&str>) -> &str {
    common_name.unwrap_or("none: the subject has no CN")
}

/// What its holder may do, and what gives it to him: the second is empty where nothing is bound.
pub fn right(right: Option<&Right>) -> (&'static str, String) {
    match right {
        Some(right) if right.binding.is_empty() => (right.cluster_role, String::new()),
        Some(right) => (right.cluster_role, format!("by {}", right.binding)),
        None => ("nothing by Kubernetes' own bindings", String::new()),
    }
}
