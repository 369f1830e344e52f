//! What goes to several nodes, and what must stay secret.

use super::super::blueprint::{AuthorityPlace, Placed, Thing, What};
use super::flags::has_key;
use super::{CopyGuide, Page};
use crate::kubernetes::role::{Role, RoleId};

impl Page<'_> {
    /// The files that are the same on several nodes.
    pub(super) fn copies(&self) -> Vec<CopyGuide> {
        let mut copies = Vec::new();
        for thing in self
            .blueprint
            .things
            .iter()
            .filter(|thing| thing.node.is_none())
        {
            for (placed, nodes) in self.files(thing) {
                let is_shown = self.node.is_none_or(|node| nodes.contains(&node));
                if nodes.len() > 1 && is_shown {
                    let why = format!("one and the same on all of them: {}", purpose(thing));
                    copies.push(CopyGuide {
                        path: placed.path.clone(),
                        to: nodes.join(", "),
                        why,
                    });
                }
            }
        }
        copies
    }

    /// The thing's files, each with the nodes on which it lies.
    fn files<'b>(&self, thing: &'b Thing) -> Vec<(&'b Placed, Vec<&'b str>)> {
        let names = |nodes: &'b [String]| nodes.iter().map(String::as_str).collect::<Vec<_>>();
        let What::Authority { places, .. } = &thing.what else {
            return thing
                .files()
                .into_iter()
                .map(|(placed, nodes)| (placed, names(nodes)))
                .collect();
        };
        let keys = |place: &'b AuthorityPlace| {
            let nodes: Vec<_> = names(&place.on)
                .into_iter()
                .filter(|node| has_key(self.cluster, place, node))
                .collect();
            [Some(&place.key), place.serial.as_ref()]
                .into_iter()
                .flatten()
                .map(move |placed| (placed, nodes.clone()))
        };
        places
            .iter()
            .flat_map(|place| keys(place).chain([(&place.certificate, names(&place.on))]))
            .collect()
    }

    /// The files of these nodes that hold a key or a token, each once.
    pub(super) fn secrets(&self) -> Vec<(String, String)> {
        let mut secrets: Vec<(String, String)> = Vec::new();
        for thing in &self.blueprint.things {
            for (placed, why) in self.secrets_of(thing) {
                if secrets.iter().all(|(path, _)| *path != placed.path) {
                    secrets.push((placed.path.clone(), why));
                }
            }
        }
        secrets
    }

    fn secrets_of<'b>(&self, thing: &'b Thing) -> Vec<(&'b Placed, String)> {
        let is_shown = !self.shown(&thing.on).is_empty();
        match &thing.what {
            What::Authority { places, .. } => {
                let is_here = |place: &&AuthorityPlace| match self.node {
                    Some(node) => has_key(self.cluster, place, node),
                    None => !self.cluster.external_authority,
                };
                places
                    .iter()
                    .filter(is_here)
                    .map(|place| (&place.key, of_authority(thing)))
                    .collect()
            }
            What::Certificate { key, .. } if is_shown => {
                vec![(key, format!("the key of what {}", purpose(thing)))]
            }
            What::KeyPair { private, .. } if is_shown => {
                vec![(
                    private,
                    "who has it can be every service account".to_owned(),
                )]
            }
            What::Kubeconfig { file, identity, .. } if is_shown => {
                vec![(
                    file,
                    format!(
                        "who has it is {} until its certificate ends: none is revoked",
                        identity.common_name
                    ),
                )]
            }
            What::BootstrapKubeconfig { file, .. } | What::TokenSecret { file } if is_shown => {
                vec![(
                    file,
                    "its token lets any machine ask for the certificate of a node".to_owned(),
                )]
            }
            What::TokenFile { file, user, .. } if is_shown => {
                vec![(
                    file,
                    format!("who knows a token in it is {user}, without an end"),
                )]
            }
            _ => Vec::new(),
        }
    }
}

fn purpose(thing: &Thing) -> String {
    let purposes: Vec<&str> = thing.roles.iter().map(|role| role.purpose).collect();
    match &thing.what {
        What::TokenFile { .. } => "tokens of kubelets that have no certificate yet".to_owned(),
        What::TokenSecret { .. } => "a token for kubelets that have no certificate yet".to_owned(),
        What::Environment { .. } => "flags".to_owned(),
        _ if purposes.is_empty() => "signs the CAs".to_owned(),
        _ => purposes.join("; "),
    }
}

fn of_authority(thing: &Thing) -> String {
    let is = |id: RoleId| thing.roles.iter().any(|role: &&Role| role.id == id);
    let mut reasons = Vec::new();
    if is(RoleId::Ca) || thing.roles.is_empty() {
        reasons.push("who has it can be any user of the cluster, its administrators too");
    }
    if is(RoleId::EtcdCa) {
        reasons.push("who has it reads and writes every object past the API server");
    }
    if is(RoleId::EtcdPeerCa) {
        reasons.push("who has it can be a member of etcd");
    }
    if is(RoleId::FrontProxyCa) {
        reasons.push("who has it can name himself any user in front of the API server");
    }
    if is(RoleId::ServiceAccount) {
        reasons.push("who has it can be every service account");
    }
    reasons.join("; ")
}
