//! Which CA signs.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::inventory::{Inventory, Item, ItemIndex, expected};
use crate::kubernetes::role::RoleId;
use crate::pki::text::printable;
use crate::plan::authority::{self, NoKey};
use crate::plan::{IssueRequest, PlanError, Profile, Purpose};

use super::IssueTask;

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signer {
    /// A CA whose key is here.
    Here {
        /// The CA.
        item: ItemIndex,
        /// The file of its key.
        key_path: Arc<str>,
    },
    /// Somebody else: a request is made for him.
    Elsewhere {
        /// The CA, where it is known.
        item: Option<ItemIndex>,
    },
}

/// Whether a CA can sign here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanSign {
    /// With the key in this file.
    Here(Arc<str>),
    /// Where its key is: a request is made for it.
    Elsewhere,
    /// It must not, or nobody knows with what: a sentence.
    Refused(String),
}

impl Signer {
    /// The CA, where it is known.
    pub(super) fn item(&self) -> Option<ItemIndex> {
        match self {
            Self::Here { item, .. } => Some(*item),
            Self::Elsewhere { item } => *item,
        }
    }
}

/// Every CA of this master by which something could be issued, those in use first.
pub fn authorities(inventory: &Inventory) -> impl Iterator<Item = (ItemIndex, &Item)> {
    expected::authorities(inventory)
}

/// The CA that signs for this purpose where nobody names one: the cluster's; never etcd's or the
/// front proxy's for a profile. `None`: it must be named.
pub fn usual_authority(inventory: &Inventory, purpose: &Purpose) -> Option<ItemIndex> {
    match purpose {
        Purpose::Role { role, .. } => {
            let wanted = expected::issuer(inventory, role.role())?;
            expected::authority_of(inventory, &[wanted])
        }
        Purpose::Profile(Profile::Server | Profile::Peer | Profile::Authority) => {
            expected::authority_for_others(inventory, &[RoleId::ServerCa, RoleId::Ca])
        }
        Purpose::Profile(Profile::Client | Profile::User) => {
            expected::authority_for_others(inventory, &[RoleId::ClientCa, RoleId::Ca])
        }
    }
}

/// The CA that a request means: the one that it names, else the usual one, by its certificate that
/// can sign; `None`: nothing says which.
///
/// # Errors
/// [`PlanError::Refused`] where the one that it names is not here.
pub fn chosen_authority(
    inventory: &Inventory,
    request: &IssueRequest,
    moment: OffsetDateTime,
) -> Result<Option<ItemIndex>, PlanError> {
    let named = request
        .authority
        .as_deref()
        .map(|id| named(inventory, id))
        .transpose()?;
    let usual = || usual_authority(inventory, &request.purpose);
    Ok(named.or_else(|| Some(authority::living(inventory, usual()?, moment))))
}

/// The CA that is named, else the usual one; where its key is not here a request is made.
///
/// # Errors
/// [`PlanError::Refused`] where none is known, or it must not sign now.
pub(super) fn of(task: IssueTask<'_>) -> Result<Signer, PlanError> {
    let IssueTask {
        inventory,
        request,
        context,
    } = task;
    let chosen = chosen_authority(inventory, request, context.moment)?;
    if request.request_only {
        return Ok(Signer::Elsewhere { item: chosen });
    }
    let chosen = chosen.ok_or_else(|| no_authority(inventory))?;
    let item = inventory
        .item(chosen)
        .ok_or_else(|| no_authority(inventory))?;
    match can_sign_here(inventory, item, context.moment) {
        CanSign::Here(key_path) => Ok(Signer::Here {
            item: chosen,
            key_path,
        }),
        CanSign::Elsewhere => Ok(Signer::Elsewhere { item: Some(chosen) }),
        CanSign::Refused(why) => Err(PlanError::refused("nothing can be signed")
            .because(why)
            .hint("another CA may sign it, or a request is made for it: --request-only")),
    }
}

/// Whether a CA can sign here at `moment`.
pub fn can_sign_here(inventory: &Inventory, authority: &Item, moment: OffsetDateTime) -> CanSign {
    let key_path = match authority::key_path(inventory, authority) {
        Ok(key_path) => key_path,
        Err(NoKey::Elsewhere(_)) => return CanSign::Elsewhere,
        Err(NoKey::Unusable(why)) => return CanSign::Refused(why),
    };
    match authority::can_sign(authority, moment) {
        Ok(()) => CanSign::Here(key_path),
        Err(why) => CanSign::Refused(why),
    }
}

/// The CA of this id.
fn named(inventory: &Inventory, id: &str) -> Result<ItemIndex, PlanError> {
    let found = authorities(inventory).find(|(_, item)| *item.id == *id);
    found.map(|(index, _)| index).ok_or_else(|| {
        PlanError::refused(format!("there is no CA {}", printable(id))).hint(known(inventory))
    })
}

fn no_authority(inventory: &Inventory) -> PlanError {
    let hint = if authorities(inventory).next().is_none() {
        "no CA is here; --request-only makes key and request for another one".to_owned()
    } else {
        known(inventory)
    };
    PlanError::refused("nothing says which CA shall sign").hint(hint)
}

fn known(inventory: &Inventory) -> String {
    let ids: Vec<String> = authorities(inventory)
        .map(|(_, item)| printable(&item.id).into_owned())
        .collect();
    format!("known are {}", ids.join(", "))
}
