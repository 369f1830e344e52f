//! Where keys, certificates and CAs lie: by what is here, by the answers that are kept of a setup,
//! by the layout.

use crate::inventory::{Inventory, Source, expected};
use crate::kubernetes::layout::{PlacePart, layout};
use crate::kubernetes::role::{Role, RoleId, RoleKind};
use crate::plan::ImportRequest;
use crate::setup::blueprint::{Blueprint, Thing, What};

/// The roles of CAs that sign for some role.
const AUTHORITIES: [RoleId; 4] = [
    RoleId::Ca,
    RoleId::EtcdCa,
    RoleId::EtcdPeerCa,
    RoleId::FrontProxyCa,
];

/// All that is known of them.
#[derive(Debug)]
pub(super) struct Places<'a> {
    pub(super) inventory: &'a Inventory,
    /// Of the clusters whose certificates come from somebody else: nothing else says where their
    /// keys wait as long as no component has flags.
    blueprints: Vec<Blueprint>,
}

impl<'a> Places<'a> {
    pub(super) fn of(inventory: &'a Inventory, request: &ImportRequest) -> Self {
        let external = request
            .clusters
            .iter()
            .filter(|cluster| cluster.external_authority);
        Self {
            inventory,
            blueprints: external
                .filter_map(|cluster| Blueprint::of(cluster).ok())
                .collect(),
        }
    }

    fn things(&self) -> impl Iterator<Item = (&Blueprint, &Thing)> {
        self.blueprints
            .iter()
            .flat_map(|blueprint| blueprint.things.iter().map(move |thing| (blueprint, thing)))
    }

    /// Certificate and key files of all pairs.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let bare = self
            .inventory
            .keys
            .iter()
            .filter(|key| !key.public_only && !is_key_pair(&key.roles));
        let bare =
            bare.filter_map(|key| Some((certificate_path(&key.path)?, key.path.to_string())));
        let items = self.inventory.items.iter();
        let have = items.filter(|item| item.in_use && item.index == 0 && !item.is_authority());
        let have = have.filter(|item| item.source == Source::File && item.content.is_ok());
        let have = have
            .filter_map(|item| Some((item.path.to_string(), item.key.path.as_ref()?.to_string())));
        let kept = self.things().filter_map(|(_, thing)| match &thing.what {
            What::Certificate {
                certificate, key, ..
            } => Some((certificate.path.clone(), key.path.clone())),
            _ => None,
        });
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in bare
            .chain(have.filter(|(path, key)| path != key))
            .chain(kept)
        {
            if !pairs.iter().any(|(path, _)| *path == pair.0) {
                pairs.push(pair);
            }
        }
        pairs
    }

    /// What a pair is for.
    pub(super) fn roles(&self, path: &str, key_path: &str) -> Vec<&'static Role> {
        let item = self
            .inventory
            .items
            .iter()
            .find(|item| *item.path == *path && !item.roles.is_empty());
        let key = self
            .inventory
            .keys
            .iter()
            .find(|key| *key.path == *key_path && !key.roles.is_empty());
        let known = item
            .map(|item| item.roles.clone())
            .or_else(|| key.map(|key| key.roles.clone()));
        let known = known.or_else(|| self.kept(path).map(|(_, thing)| thing.roles.clone()));
        let placed = || {
            Some(
                layout(&self.inventory.layout)?
                    .places_of(path)
                    .next()?
                    .roles
                    .clone(),
            )
        };
        known.or_else(placed).unwrap_or_default()
    }

    /// The kept thing that has this file.
    fn kept(&self, path: &str) -> Option<(&Blueprint, &Thing)> {
        self.things()
            .find(|(_, thing)| thing.files().iter().any(|(placed, _)| placed.path == path))
    }

    /// The roles of the CAs by which the readers of the certificate at `path` verify it.
    pub(super) fn issuers(&self, path: &str, roles: &[&'static Role]) -> Vec<RoleId> {
        let kept = self
            .kept(path)
            .and_then(|(blueprint, thing)| match &thing.what {
                What::Certificate { issuer, .. } => Some(&blueprint.thing(issuer)?.roles),
                _ => None,
            });
        let issuer = |one: &&'static Role| {
            let client = || one.client.and_then(|client| client.role().issuer);
            let usual = expected::issuer(self.inventory, one).or_else(client)?;
            let other = kept.filter(|signers| !signers.iter().any(|signer| signer.id == usual));
            Some(
                other
                    .and_then(|signers| signers.first())
                    .map_or(usual, |signer| signer.id),
            )
        };
        let mut ids: Vec<RoleId> = roles.iter().filter_map(issuer).collect();
        ids.sort_unstable_by_key(|id| id.as_str());
        ids.dedup();
        ids
    }

    /// Where the CA of this role lies.
    pub(super) fn authority(&self, id: RoleId) -> Option<String> {
        let is_it = |role: &&Role| role.id == id;
        let mut here = self
            .inventory
            .items
            .iter()
            .filter(|item| item.in_use && item.source == Source::File);
        let here = here
            .find(|item| item.roles.iter().any(&is_it))
            .map(|item| item.path.to_string());
        let kept = || {
            self.things().find_map(|(_, thing)| {
                let What::Authority { places, .. } = &thing.what else {
                    return None;
                };
                let place = thing.roles.iter().position(&is_it)?;
                // One CA for several roles lies at one place for each of them, or at one for all.
                places
                    .get(place)
                    .or(places.first())
                    .map(|place| place.certificate.path.clone())
            })
        };
        let placed = || {
            let mut places = layout(&self.inventory.layout)?.places.iter();
            let place = places.find(|place| {
                let is_certificate = place.part == PlacePart::Certificate && !place.is_pattern();
                is_certificate && place.roles.iter().any(&is_it)
            });
            place.map(|place| place.path.clone())
        };
        here.or_else(kept).or_else(placed)
    }

    /// The files of all CAs.
    pub(super) fn authorities(&self) -> impl Iterator<Item = String> {
        AUTHORITIES.iter().filter_map(|id| self.authority(*id))
    }
}

/// The certificate's file beside a key, as layouts name such pairs; `None`: it is not known.
fn certificate_path(key: &str) -> Option<String> {
    let base = key
        .strip_suffix("-key.pem")
        .map(|base| format!("{base}.pem"));
    base.or_else(|| key.strip_suffix(".key").map(|base| format!("{base}.crt")))
}

/// A bare pair, as the service accounts', never gets a certificate.
fn is_key_pair(roles: &[&Role]) -> bool {
    !roles.is_empty()
        && roles
            .iter()
            .all(|role| matches!(role.kind, RoleKind::KeyPair))
}
