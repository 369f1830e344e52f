//! The sides of one port: what lies on the disk, what is served, what those who dial it say to
//! either.

use std::collections::HashMap;
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::dates::is_alive;
use super::known::Known;
use super::signer::{Signer, leads_to};
use super::{Observation, Port, PortAnswer, SeenOnPort, Served, Trust, Trusted};
use crate::inventory::{Item, ItemIndex, expected};
use crate::kubernetes::role::{Restart, RoleId};
use crate::pki::trust::{Distrust, trusts};
use crate::pki::{Certificate, Digest};

/// How long a component that reads its files by itself may take for it: the slowest looks once a
/// minute (apiserver dynamiccertificates FileRefreshDuration).
const RELOAD: Duration = Duration::minutes(2);

/// One port, from every side.
pub(super) struct Comparison<'a> {
    pub(super) port: &'a Port,
    pub(super) moment: OffsetDateTime,
    pub(super) answer: Option<&'a PortAnswer>,
    /// The certificate by default.
    pub(super) item: Option<&'a Item>,
    pub(super) items: Vec<&'a Item>,
    /// What callers say to what lies on the disk.
    pub(super) of_disk: Vec<Opinion>,
    /// What they say to what is served.
    pub(super) of_served: Vec<Opinion>,
    /// Who signed what is served.
    pub(super) signer: Signer,
    /// Whether the CA that should have signed what lies on the disk did; `None`: it is not known.
    is_well_signed: Option<bool>,
    /// Whether nobody could read where the port is.
    is_guessed: bool,
}

/// What one caller says.
#[derive(Clone)]
pub(super) struct Opinion {
    pub(super) trusted: Trusted,
    /// Why he refuses it.
    pub(super) distrust: Option<Distrust>,
    /// Whether it is a part of the master, and no user with a kubeconfig of his own.
    pub(super) counts: bool,
}

impl<'a> Comparison<'a> {
    pub(super) fn of(
        known: &Known<'a>,
        port: &'a Port,
        observation: &'a Observation,
        moment: OffsetDateTime,
    ) -> Self {
        let items: Vec<&Item> = port
            .on_disk
            .iter()
            .filter_map(|index| known.inventory.item(*index))
            .collect();
        let answer = observation.answer(port.rule.name);
        let own = port
            .on_disk
            .first()
            .map(|index| chain(known, *index))
            .unwrap_or_default();
        let served = answer.and_then(|answer| answer.result.as_ref().ok());
        let served = served.map_or(&[][..], |served| &served.chain);
        let of_disk = opinions(port, &own, moment);
        let of_served = if served == own {
            of_disk.clone()
        } else {
            opinions(port, served, moment)
        };
        let signer = Signer::of(known, Some(port), served);
        let is_well_signed = items
            .first()
            .and_then(|item| is_well_signed(known, item, &own));
        let (item, is_guessed) = (items.first().copied(), known.is_guessed(port.rule));
        Self {
            port,
            moment,
            answer,
            item,
            items,
            of_disk,
            of_served,
            signer,
            is_well_signed,
            is_guessed,
        }
    }

    /// What was served.
    pub(super) fn served(&self) -> Option<&'a Certificate> {
        self.answer
            .and_then(|answer| answer.result.as_ref().ok()?.leaf())
    }

    /// Why nothing was.
    pub(super) fn silence(&self) -> Option<&'a super::Silence> {
        self.answer.and_then(|answer| answer.result.as_ref().err())
    }

    /// Where it was dialled, if that is a guess.
    pub(super) fn guess(&self) -> Option<&'a str> {
        self.answer
            .filter(|_| self.is_guessed)
            .map(|answer| answer.address.as_str())
    }

    /// Whether what is served lies on the disk; `None` where there is nothing to compare.
    pub(super) fn is_on_disk(&self) -> Option<bool> {
        is_among(self.served()?, &self.items)
    }

    /// Whether it may still read the new files by itself: they are that new.
    pub(super) fn may_reload(&self) -> bool {
        let (Some(item), Some(answer)) = (self.item, self.answer) else {
            return false;
        };
        // The kubelet looks into its own store only when it has written there itself.
        let is_stored = item.path.ends_with("/kubelet-server-current.pem");
        let rules = item
            .roles
            .iter()
            .filter(|role| self.port.rule.roles.contains(&role.id))
            .flat_map(|role| role.readers);
        let mut own = rules.filter(|rule| rule.component == self.port.rule.component);
        let by_itself = own.any(|rule| rule.restart == Restart::ReloadsByItself) && !is_stored;
        by_itself
            && item
                .changed_at
                .is_some_and(|changed_at| answer.at - changed_at < RELOAD)
    }

    /// Whether a caller refuses what lies on the disk for a fault of his own: he trusts another CA.
    pub(super) fn is_callers_fault(&self, opinion: &Opinion) -> bool {
        let is_other_taken = || {
            self.of_disk
                .iter()
                .any(|one| one.counts && one.trusted.answer == Ok(true))
        };
        match &opinion.distrust {
            Some(Distrust::UnknownAuthority { .. } | Distrust::OtherKey { .. }) => {
                self.is_well_signed.unwrap_or_else(is_other_taken)
            }
            // Of two certificates of one CA he has the one that has ended.
            Some(
                Distrust::Refused(_) | Distrust::Expired { .. } | Distrust::NotYetValid { .. },
            ) => self.is_well_signed != Some(false) && is_other_taken(),
            _ => false,
        }
    }

    /// A certificate for a single name that has ended or not begun.
    pub(super) fn dead_beside(&self) -> Option<&'a Item> {
        let for_names = self.items.iter().skip(1).filter(|item| {
            item.roles
                .iter()
                .any(|role| role.id == RoleId::ApiserverSni)
        });
        let dead = |item: &Item| {
            item.certificate()
                .is_none_or(|one| !is_alive(one, self.moment))
        };
        for_names.copied().find(|item| dead(item))
    }
}

pub(super) fn seen(served: &Served, items: &[&Item]) -> SeenOnPort {
    match served.leaf() {
        None => SeenOnPort::NotAsked,
        Some(leaf) => SeenOnPort::Served {
            certificate: leaf.clone(),
            is_on_disk: is_among(leaf, items),
        },
    }
}

fn is_among(leaf: &Certificate, items: &[&Item]) -> Option<bool> {
    let mut own = items
        .iter()
        .filter_map(|item| item.certificate())
        .peekable();
    own.peek()?;
    Some(own.any(|one| one.sha256() == leaf.sha256()))
}

/// The certificate and what stands beside it in its file, as a server sends them.
pub(super) fn chain(known: &Known<'_>, index: ItemIndex) -> Vec<Certificate> {
    let Some(item) = known.inventory.item(index) else {
        return Vec::new();
    };
    let beside = known
        .at(&item.path)
        .into_iter()
        .filter(|other| *other != index);
    let all = std::iter::once(index).chain(beside);
    all.filter_map(|index| known.inventory.item(index)?.certificate())
        .cloned()
        .collect()
}

/// Whether a CA of the role that is the issuer of its roles signed it.
fn is_well_signed(known: &Known<'_>, item: &Item, chain: &[Certificate]) -> Option<bool> {
    let issuers = item
        .roles
        .iter()
        .filter_map(|role| expected::issuer(known.inventory, role));
    let authorities: Vec<&Certificate> = issuers
        .flat_map(|role| known.of_role(role))
        .filter_map(|index| known.inventory.item(*index)?.certificate())
        .collect();
    (!authorities.is_empty()).then(|| leads_to(chain, || authorities.iter().copied()))
}

/// What is trusted, by digest, and what is dialled.
type TrustQuestion<'a> = (Vec<&'a Digest>, &'a [String]);

/// What the callers of a port say to a chain; of those who trust the same and dial the same, one is
/// asked.
fn opinions(port: &Port, chain: &[Certificate], moment: OffsetDateTime) -> Vec<Opinion> {
    let mut said: HashMap<TrustQuestion<'_>, Result<bool, Distrust>> = HashMap::new();
    let mut opinions = Vec::new();
    if chain.is_empty() {
        return opinions;
    }
    for caller in &port.callers {
        let answer = match &caller.trust {
            Trust::Everything => Ok(false),
            Trust::Unknown(_) => continue,
            Trust::Anchors { anchors, .. } => {
                let asked = (
                    anchors.iter().map(Certificate::sha256).collect(),
                    caller.dials.as_slice(),
                );
                let judge = || trusts(anchors, chain, &caller.dials, moment);
                let said = said.entry(asked);
                said.or_insert_with(|| judge().map(|()| true)).clone()
            }
        };
        let distrust = answer.as_ref().err().cloned();
        let answer = answer.map_err(|why| why.to_string());
        let trusted = Trusted {
            who: Arc::clone(&caller.who),
            answer,
        };
        opinions.push(Opinion {
            trusted,
            distrust,
            counts: !caller.is_user,
        });
    }
    opinions
}
