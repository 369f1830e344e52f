//! What is wrong with an item beside its own dates: its key, its issuer, the kubeconfig around it.

use time::OffsetDateTime;

use crate::inventory::assemble::naming_flag;
use crate::inventory::tree::Issuer;
use crate::inventory::{
    Inventory, Item, ItemIndex, KeyState, KubeconfigItem, NoIssuer, Source, expected,
};
use crate::kubernetes::flags::{self, FlagFact};
use crate::kubernetes::layout::Authorities;
use crate::kubernetes::role::{RoleId, RoleKind};
use crate::pki::Certificate;

pub(super) fn broken(inventory: &Inventory, index: ItemIndex, item: &Item) -> Option<String> {
    broken_key(inventory, item)
        .or_else(|| match inventory.tree.issuer(index) {
            Issuer::None(NoIssuer::Refused(_, refusal)) => Some(refusal.to_string()),
            Issuer::None(NoIssuer::OtherKey) => {
                Some("another CA of the same name signed it".to_owned())
            }
            Issuer::None(NoIssuer::NotHere)
                if has_no_issuer(inventory, index, item) && all_was_seen(inventory) =>
            {
                Some("the CA that signed it is not here".to_owned())
            }
            Issuer::Item(_) => wrong_issuer(inventory, index, item),
            _ => None,
        })
        .or_else(|| kubeconfig_fault(inventory, item))
}

fn broken_key(inventory: &Inventory, item: &Item) -> Option<String> {
    if item.key.matches == Some(false) {
        return Some(match key_path(item) {
            Some(path) => format!("{path} is not its private key"),
            None => "the private key in it belongs to another certificate".to_owned(),
        });
    }
    match item.key.state {
        KeyState::Unreadable if item.in_use => Some(match key_path(item) {
            Some(path) => format!("its key {path} cannot be read as a private key"),
            None => "the private key in it cannot be read".to_owned(),
        }),
        KeyState::Absent if item.in_use => {
            let path = key_path(item)?;
            let named_by = naming(inventory, item, path)?;
            Some(format!("its key {path} does not exist: {named_by}"))
        }
        _ => None,
    }
}

/// What names the key `path` of `item`, where something does: a layout's place alone demands no key
/// (external CA).
fn naming(inventory: &Inventory, item: &Item, path: &str) -> Option<String> {
    if let Some(fact) = naming_flag(&inventory.flags, path) {
        let FlagFact {
            component,
            file,
            line,
            ..
        } = fact;
        return Some(format!(
            "{} of {component} names it in {file}:{line}",
            flags::written(&fact.flag)
        ));
    }
    if matches!(item.source, Source::Kubeconfig { .. }) {
        return Some("the kubeconfig names it".to_owned());
    }
    let reader = item
        .read_by
        .iter()
        .find(|reader| *reader.flag == *"client-certificate")?;
    Some(format!("client-key in {} names it", reader.file))
}

/// True for what is in use and was signed by something that is not among the items.
pub(super) fn has_no_issuer(inventory: &Inventory, index: ItemIndex, item: &Item) -> bool {
    item.in_use && inventory.tree.issuer(index) == Issuer::None(NoIssuer::NotHere)
}

/// False where a CA may lie in what was not looked at.
fn all_was_seen(inventory: &Inventory) -> bool {
    inventory.unread.is_empty() && !inventory.is_part
}

/// The CA that a role wants is here, in use, and another one that is in use signed. Where one CA
/// signs for several parts by design, roles say nothing about who must sign.
fn wrong_issuer(inventory: &Inventory, index: ItemIndex, item: &Item) -> Option<String> {
    if !item.in_use || inventory.known_layout().authorities != Authorities::ForEachPart {
        return None;
    }
    let [role] = item.roles[..] else { return None };
    let wanted = expected::issuer(inventory, role)?;
    let plays =
        |item: &Item, id: RoleId| item.in_use && item.roles.iter().any(|role| role.id == id);
    let wanted_items: Vec<&Item> = inventory
        .items
        .iter()
        .filter(|item| plays(item, wanted))
        .collect();
    if wanted_items.is_empty() || wanted_items.iter().any(|item| item.content.is_err()) {
        return None;
    }
    // A bundle holds more than the certificate that plays the role, and a CA renewed with its key
    // has several.
    let is_wanted = |one: &Item| {
        wanted_items.iter().any(|wanted| {
            let key = |item: &Item| {
                item.certificate()
                    .map(|certificate| *certificate.spki_sha256())
            };
            wanted.path == one.path || key(wanted) == key(one)
        })
    };
    let chain = inventory.tree.chain(index);
    let mut signers = chain
        .iter()
        .skip(1)
        .filter_map(|index| inventory.item(*index));
    if signers.clone().any(is_wanted) {
        return None;
    }
    let is_other = |item: &&Item| item.in_use && item.has_role_of(RoleKind::Authority);
    let signer = signers.find(is_other)?;
    Some(format!(
        "signed by {}, its role {} wants {wanted}",
        signer.id, role.name
    ))
}

/// What is wrong with the kubeconfig around a certificate: whoever reads the file reads all of it.
fn kubeconfig_fault(inventory: &Inventory, item: &Item) -> Option<String> {
    if !item.in_use || !matches!(item.source, Source::Kubeconfig { .. }) {
        return None;
    }
    kubeconfig_of(inventory, item)?.fault.as_ref()?.stopping()
}

/// What a kubeconfig trusts for its current context, where all of that is out of its dates: kubectl
/// takes no server then.
pub(super) fn dead_anchors(
    inventory: &Inventory,
    item: &Item,
    moment: OffsetDateTime,
) -> Option<String> {
    let Source::Kubeconfig { user } = &item.source else {
        return None;
    };
    let kubeconfig = kubeconfig_of(inventory, item)?;
    let current = kubeconfig
        .contexts
        .iter()
        .find(|context| context.name == kubeconfig.current);
    let context = current.filter(|context| context.user == *user)?;
    let cluster = kubeconfig
        .clusters
        .iter()
        .find(|cluster| cluster.name == context.cluster)?;
    let is_alive = |one: &Certificate| one.not_before() <= moment && moment <= one.not_after();
    let last = cluster
        .anchors
        .iter()
        .max_by_key(|one| one.not_after())
        .filter(|_| !cluster.insecure)?;
    // Before its own beginning nothing is the CA's fault.
    let is_early = item.certificate()?.not_before() > moment;
    if is_early || cluster.anchors.iter().any(is_alive) {
        return None;
    }
    let when = if moment > last.not_after() {
        format!("expired on {}", last.not_after().date())
    } else {
        format!("is valid only from {}", last.not_before().date())
    };
    Some(format!(
        "the CA that it trusts {when}: kubectl takes no server with it"
    ))
}

fn kubeconfig_of<'a>(inventory: &'a Inventory, item: &Item) -> Option<&'a KubeconfigItem> {
    let kubeconfigs = &inventory.kubeconfigs;
    let at = kubeconfigs
        .binary_search_by(|kubeconfig| (*kubeconfig.path).cmp(&item.path))
        .ok()?;
    kubeconfigs.get(at)
}

/// The file of its key; `None` where that is its own, as in a kubeconfig.
fn key_path(item: &Item) -> Option<&str> {
    item.key.path.as_deref().filter(|path| **path != *item.path)
}
