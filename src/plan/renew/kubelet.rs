//! The kubelet's own folder: `kubelet-client-current.pem` is a link to a dated file (client-go
//! certificate store).

use time::OffsetDateTime;
use time::macros::format_description;

use crate::inventory::state::days_between;
use crate::inventory::tree::Issuer;
use crate::inventory::{Inventory, Item, ItemIndex, Source};
use crate::kubernetes::role::RoleId;
use crate::pki::{Certificate, Error, Name};

use super::authority;

/// The prefixes of the store's files, each with the group of kubelets where their owner needs one.
const STORES: [&str; 2] = ["kubelet-client-", "kubelet-server-"];

const CURRENT: &str = "current.pem";

/// Folder and prefix of a store's link: `/var/lib/kubelet/pki/kubelet-client-`.
pub(super) fn store_of(path: &str) -> Option<&str> {
    let store = path.strip_suffix(CURRENT)?;
    STORES
        .iter()
        .any(|prefix| store.ends_with(prefix))
        .then_some(store)
}

/// True for `kubelet-client-2026-07-11-01-07-32.pem`.
pub(super) fn is_dated(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let rest = STORES.iter().find_map(|prefix| name.strip_prefix(prefix));
    rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

/// The path of a new file in the store, as the kubelet names it (certificate_store.go, Update).
pub(super) fn dated_path(store: &str, moment: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]-[hour]-[minute]-[second]");
    let date = moment
        .checked_to_offset(time::UtcOffset::UTC)
        .unwrap_or(moment)
        .format(form)
        .unwrap_or_else(|_| moment.unix_timestamp().to_string());
    format!("{store}{date}.pem")
}

/// Whether a certificate of the kubelet that is gone or damaged can be made from what its place
/// says.
///
/// # Errors
/// Why it need not, one sentence.
pub(super) fn may_be_made_anew(inventory: &Inventory, item: &Item) -> Result<bool, String> {
    if !store_of(&item.path).is_some_and(|store| store.ends_with(STORES[0])) {
        return Ok(false);
    }
    let bootstrap = |path: &&str| {
        inventory
            .kubeconfigs
            .iter()
            .any(|one| &*one.path == *path && one.fault.is_none())
    };
    let mut named = inventory
        .flags
        .iter()
        .filter(|fact| fact.flag.ends_with("bootstrap-kubeconfig"));
    if let Some(fact) = named.find(|fact| bootstrap(&fact.value.as_str())) {
        return Err(format!(
            "the kubelet asks for a new one with {}",
            fact.value
        ));
    }
    Ok(true)
}

/// Who a kubelet without a certificate was: its newest dated file that a CA here has signed says
/// it, else the node's name.
///
/// # Errors
/// [`PlanError::Refused`] where nothing does.
pub(super) fn identity(inventory: &Inventory, item: &Item) -> Result<Name, Error> {
    if let Some(certificate) = newest_signed(inventory, item) {
        return Name::from_der(certificate.subject_der());
    }
    let node = inventory.node.as_deref().filter(|node| !node.is_empty());
    let node =
        node.ok_or_else(|| Error::Refused("nothing says what the node is called".to_owned()))?;
    // Nodes are named in lower case (kubelet, nodeutil.GetHostname).
    Name::with_groups(
        &format!("system:node:{}", node.to_ascii_lowercase()),
        &["system:nodes"],
    )
}

/// The newest dated file of the store that root alone can write and a CA here has signed, where it
/// says who a kubelet is.
pub(super) fn newest_signed<'a>(inventory: &'a Inventory, item: &Item) -> Option<&'a Certificate> {
    let store = store_of(&item.path)?;
    let is_signed = |index: ItemIndex| authority::signer(inventory, index).is_some();
    let dated = inventory
        .indexed()
        .filter(|(_, one)| is_dated(&one.path) && one.path.starts_with(store));
    let signed = dated.filter(|(index, one)| one.writers.is_none() && is_signed(*index));
    let (_, newest) = signed
        .filter_map(|(_, one)| Some((&one.path, one.certificate()?)))
        .max_by_key(|(path, _)| *path)?;
    let subject = newest.details().subject;
    let mut names = subject
        .common_name()
        .into_iter()
        .chain(subject.organizations());
    let is_kubelets = |name: &str| RoleId::KubeletClient.role().has_borne(name);
    names.all(is_kubelets).then_some(newest)
}

/// The kubelet's own valid certificate, where `item` is kubelet.conf with data of its own in place
/// of it (kubeadm before 1.17, kubeadm#1753).
pub(super) fn pointed_to(
    inventory: &Inventory,
    item: &Item,
    moment: OffsetDateTime,
) -> Option<ItemIndex> {
    let is_kubelet = item.in_use
        && matches!(item.source, Source::Kubeconfig { .. })
        && item.roles.iter().any(|role| role.id == RoleId::KubeletConf);
    let subject = item.certificate().filter(|_| is_kubelet)?.subject_key();
    let serves = |index: ItemIndex, one: &Item| {
        let is_store = store_of(&one.path).is_some_and(|store| store.ends_with(STORES[0]));
        is_store
            && one.in_use
            && one.key.matches == Some(true)
            && one.writers.is_none()
            && one
                .roles
                .iter()
                .any(|role| role.id == RoleId::KubeletClient)
            && authority::signer(inventory, index).is_some()
            && one.certificate().is_some_and(|own| {
                own.subject_key() == subject
                    && own.not_before() <= moment
                    && days_between(moment, own.not_after()) >= 0
            })
    };
    inventory
        .indexed()
        .find(|(index, one)| serves(*index, one))
        .map(|(index, _)| index)
}

/// True for a serving certificate that the kubelet makes itself: nobody verifies it, and nobody
/// renews it.
pub(super) fn is_made_by_kubelet(inventory: &Inventory, index: ItemIndex, item: &Item) -> bool {
    is_kubelets(item) && made_by_itself(inventory, index, item).is_some()
}

fn is_kubelets(item: &Item) -> bool {
    item.roles
        .iter()
        .any(|role| role.id == RoleId::KubeletServing)
}

/// The kubelet signs its serving certificate with a CA that it forgets at once (client-go cert.go,
/// GenerateSelfSignedCertKey); it lies behind the certificate.
pub(super) fn made_by_itself(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
) -> Option<&'static str> {
    let is_kubelets = is_kubelets(item);
    match inventory.tree.issuer(index) {
        Issuer::Item(signer) => {
            let is_beside = inventory
                .item(signer)
                .is_some_and(|signer| signer.path == item.path);
            (is_kubelets && is_beside).then_some(
                "the kubelet made it with a CA of its own, and makes a new pair at its start where none is there",
            )
        }
        Issuer::Itself if is_kubelets => {
            Some("it signed itself: the kubelet makes a new pair at its start where none is there")
        }
        Issuer::Itself => Some("it signed itself: there is no CA to renew it with"),
        Issuer::None(_) => None,
    }
}
