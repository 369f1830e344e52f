//! What may be renewed without a question: what a CA here has signed by its signature, where nobody
//! but root and the caller can write, with no rights that its role never had. All else is named,
//! and renewed by name only.

use std::fmt;

use time::OffsetDateTime;

use super::{authority, copies, kubelet};
use crate::inventory::writer::{OtherWriter, worst};
use crate::inventory::{Inventory, Item, ItemIndex};
use crate::kubernetes::role::{Role, RoleId, RoleKind, has_right};
use crate::pki::text::printable;
use crate::pki::{Certificate, ExtendedKeyUsage, Name};

/// Why an item is not renewed unasked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Doubt {
    /// No CA here has signed the old certificate.
    Unsigned,
    /// There is no certificate, and nothing signed says who it was.
    Gone,
    /// Somebody else can write the file, its key, or a folder on the way.
    Writer(OtherWriter),
    /// An account of the components can, and this is not what an account's file must be.
    Account(OtherWriter, Lack),
    /// Somebody else can write the CA's file.
    Authority(OtherWriter),
    /// Only a claim names it, and it has ended, or others than its owner can read its key: nobody's
    /// word brings it back.
    Claimed,
    /// It gives a right that its role has in no release and no layout: the user or group.
    Right(String),
}

/// What a file that an account can write must have to be renewed unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// The CA of its role has signed it.
    RoleAuthority,
    /// It is who its role says.
    Identity,
    /// Its old key is there, and fits.
    Key,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told =
            |writer: &OtherWriter| format!("{} can write {}", writer.who, printable(&writer.path));
        match self {
            Self::Unsigned => f.write_str("no CA here has signed it"),
            Self::Gone => {
                f.write_str("it is gone, and nothing that a CA here has signed says who it was")
            }
            Self::Writer(writer) => f.write_str(&told(writer)),
            Self::Account(writer, lack) => write!(f, "{}, and {lack}", told(writer)),
            Self::Authority(writer) => write!(f, "{}, the file of its CA", told(writer)),
            Self::Claimed => f.write_str(
                "nothing of root's names it, and it has ended or others can read its key",
            ),
            Self::Right(who) => write!(
                f,
                "it gives the right of {}, which its role never had",
                printable(who)
            ),
        }
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RoleAuthority => "it is not signed by the CA of its role",
            Self::Identity => "its subject is not that of its role",
            Self::Key => "its old key is not there",
        })
    }
}

/// The first reason not to renew `item` unasked, the gravest first.
pub(super) fn doubt(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    moment: OffsetDateTime,
) -> Option<Doubt> {
    if item.content.is_err() {
        return gone(inventory, item);
    }
    let Some(signer) = authority::signer(inventory, index) else {
        return Some(Doubt::Unsigned);
    };
    let of_signer = inventory
        .item(signer)
        .and_then(|signer| stranger(inventory, signer));
    of_signer
        .map(Doubt::Authority)
        .or_else(|| written_by_others(inventory, item, signer))
        .or_else(|| is_revived(item, moment).then_some(Doubt::Claimed))
        .or_else(|| foreign_right(item).map(Doubt::Right))
}

/// Whether a claim alone would bring a dead certificate back to life, or give a living one to more
/// than its owner.
fn is_revived(item: &Item, moment: OffsetDateTime) -> bool {
    let has_ended = item
        .certificate()
        .is_some_and(|old| old.not_after() < moment);
    item.is_claimed && (has_ended || item.key.mode.is_none_or(|mode| mode & 0o077 != 0))
}

/// What is made from what its place says: signed words of the kubelet's own say who it was, and
/// root alone writes there.
fn gone(inventory: &Inventory, item: &Item) -> Option<Doubt> {
    if let Some(writer) = item
        .writers
        .as_deref()
        .and_then(|writers| worst(writers, &inventory.accounts))
    {
        return Some(Doubt::Writer(writer.clone()));
    }
    kubelet::newest_signed(inventory, item)
        .is_none()
        .then_some(Doubt::Gone)
}

/// Somebody who can write the file and is no account of the components.
fn stranger(inventory: &Inventory, item: &Item) -> Option<OtherWriter> {
    let writers = item.writers.as_deref().unwrap_or_default();
    writers
        .iter()
        .find(|writer| !inventory.accounts.has(writer.who))
        .cloned()
}

fn written_by_others(inventory: &Inventory, item: &Item, signer: ItemIndex) -> Option<Doubt> {
    let writer = worst(item.writers.as_deref()?, &inventory.accounts)?.clone();
    if !inventory.accounts.has(writer.who) {
        return Some(Doubt::Writer(writer));
    }
    let lack = if !authority::is_of_role(inventory, item, signer) {
        Lack::RoleAuthority
    } else if !is_its_roles(inventory, item) {
        Lack::Identity
    } else if item.key.matches != Some(true) {
        Lack::Key
    } else {
        return None;
    };
    Some(Doubt::Account(writer, lack))
}

/// A user or group with a right of its own that none of the item's roles has borne. What has no
/// role has none to compare with.
fn foreign_right(item: &Item) -> Option<String> {
    let certificate = item.certificate().filter(|_| !item.roles.is_empty())?;
    let subject = certificate.details().subject;
    let names = subject
        .common_name()
        .into_iter()
        .chain(subject.organizations());
    let has_borne = |name: &str| item.roles.iter().any(|role| role.has_borne(name));
    names
        .filter(|name| has_right(name))
        .find(|name| !has_borne(name))
        .map(str::to_owned)
}

/// Whether the certificate says what one of its roles says: usages, and for a client of the API
/// server who it is.
fn is_its_roles(inventory: &Inventory, item: &Item) -> bool {
    let Some(certificate) = item.certificate() else {
        return false;
    };
    let usages = certificate.details().extended_key_usage;
    let roles = || {
        item.roles
            .iter()
            .filter(|role| role.kind != RoleKind::KeyPair)
    };
    let is_known =
        |usage: &ExtendedKeyUsage| roles().any(|role| role.extended_key_usage.contains(usage));
    let is_bound = !usages.is_empty() && usages.iter().all(is_known);
    is_bound
        && foreign_right(item).is_none()
        && (!ExtendedKeyUsage::ClientAuth.is_allowed_by(&usages)
            || roles().any(|role| is(inventory, certificate, role)))
}

fn is(inventory: &Inventory, certificate: &Certificate, role: &Role) -> bool {
    let subject = certificate.details().subject;
    let Some(name) = subject.common_name() else {
        return false;
    };
    let is_node = || {
        let own = inventory
            .node
            .as_deref()
            .map(|node| format!("system:node:{}", node.to_ascii_lowercase()));
        !name.starts_with("system:node:") || own.is_none_or(|own| own == name)
    };
    // The subject of an etcd member or server is the administrator's choice; the API server lets in
    // whom it names.
    let is_named = role.has_borne(name) || role.common_name.is_empty() && !role.is_for_the_api;
    let groups = subject.organizations();
    is_named
        && is_node()
        && (!role.is_for_the_api || groups.into_iter().all(|group| role.has_borne(group)))
}

/// Whether a certificate with this subject and these usages gives rights to its holder, signed by
/// `authority`: whom Kubernetes knows; and any client of etcd and of the aggregation layer, who is
/// trusted with everything.
pub(super) fn gives_rights(authority: &Item, subject: &Name, usages: &[ExtendedKeyUsage]) -> bool {
    const TRUSTED_WITH_ALL: [RoleId; 3] =
        [RoleId::EtcdCa, RoleId::EtcdPeerCa, RoleId::FrontProxyCa];
    let is_trusted = authority
        .roles
        .iter()
        .any(|role| TRUSTED_WITH_ALL.contains(&role.id));
    let mut names = subject
        .common_name()
        .into_iter()
        .chain(subject.organizations());
    ExtendedKeyUsage::ClientAuth.is_allowed_by(usages) && (is_trusted || names.any(has_right))
}

/// The certificate that stands for a copy: what is said of that one is said of the copy too.
pub(super) fn of_whole(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    moment: OffsetDateTime,
) -> Option<Doubt> {
    let principal = copies::principal_of(inventory, index, item);
    let (index, item) = principal
        .and_then(|at| Some((at, inventory.item(at)?)))
        .unwrap_or((index, item));
    doubt(inventory, index, item, moment)
}
