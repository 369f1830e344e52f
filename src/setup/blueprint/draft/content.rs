//! What a thing of a cluster is made of: who it is, who signs it, where its files lie.

use super::super::{Placed, Thing, What, identity, server};
use super::{Draft, Group, PEER_AUTHORITY};
use crate::kubernetes::layout::PlacePart;
use crate::kubernetes::role::{Role, RoleId, RoleKind};
use crate::setup::Node;

impl Draft<'_> {
    /// The group's thing for these of its roles; `node`: the one that it is for, where each has its
    /// own.
    pub(super) fn what(
        &self,
        group: &Group,
        roles: &[&'static Role],
        node: Option<&Node>,
        authorities: &[Thing],
    ) -> Result<What, String> {
        let part = group
            .places
            .first()
            .map_or(PlacePart::Certificate, |place| place.part);
        Ok(match part {
            PlacePart::Kubeconfig => self.kubeconfig(group, roles, node, authorities)?,
            PlacePart::TokenFile => {
                let user = self
                    .bootstrap
                    .token_user()
                    .ok_or("no user stands in the token file")?;
                let (user, groups) = (user.user.to_owned(), vec![user.group.to_owned()]);
                What::TokenFile {
                    file: self.placed(group, part)?,
                    user,
                    groups,
                }
            }
            PlacePart::Environment => What::Environment {
                file: self.placed(group, part)?,
                component: group.setup.component,
            },
            _ if roles.iter().any(|role| role.kind == RoleKind::KeyPair) => What::KeyPair {
                private: self.placed(group, PlacePart::Key)?,
                public: self.placed(group, PlacePart::PublicKey)?,
            },
            _ => What::Certificate {
                identity: identity::of(self.cluster, roles, group.setup, node)?,
                issuer: self.issuer(roles, authorities)?,
                certificate: self.placed(group, PlacePart::Certificate)?,
                key: self.placed(group, PlacePart::Key)?,
            },
        })
    }

    /// That of a user, or of a new kubelet, which holds a token.
    fn kubeconfig(
        &self,
        group: &Group,
        roles: &[&'static Role],
        node: Option<&Node>,
        authorities: &[Thing],
    ) -> Result<What, String> {
        let context = group.setup.context.as_deref();
        let part = PlacePart::Kubeconfig;
        if roles
            .iter()
            .any(|role| role.id == RoleId::BootstrapKubeletConf)
        {
            let user = self
                .bootstrap
                .token_user()
                .map_or(server::BOOTSTRAP_USER, |user| user.user);
            return Ok(What::BootstrapKubeconfig {
                issuer: self.issuer(roles, authorities)?,
                file: self.placed(group, part)?,
                server: self.url(roles, node)?,
                names: server::names(self.cluster, user, context),
            });
        }
        let identity = identity::of(self.cluster, roles, group.setup, node)?;
        Ok(What::Kubeconfig {
            issuer: self.issuer(roles, authorities)?,
            client: self.client(roles, node),
            file: self.placed(group, part)?,
            server: self.url(roles, node)?,
            names: server::names(self.cluster, &identity.common_name, context),
            identity,
        })
    }

    /// Where the API server is reached from there.
    fn url(&self, roles: &[&'static Role], node: Option<&Node>) -> Result<String, String> {
        let url = roles
            .first()
            .and_then(|role| server::url(self.cluster, role, node));
        url.ok_or_else(|| "there is no control plane node with an address".to_owned())
    }

    /// The thing on the same node whose certificate this kubeconfig has in it.
    fn client(&self, roles: &[&'static Role], node: Option<&Node>) -> Option<String> {
        let client = roles.first()?.client?;
        let client = client.as_str();
        let group = self.groups.iter().find(|group| group.name == client)?;
        let node = node.filter(|node| {
            self.nodes(group)
                .iter()
                .any(|other| other.name == node.name)
        })?;
        Some(format!("{client}@{}", node.name))
    }

    /// The id of the CA for the first of these roles.
    fn issuer(&self, roles: &[&'static Role], authorities: &[Thing]) -> Result<String, String> {
        let role = roles.first();
        let id = match role {
            Some(role) if role.id == RoleId::EtcdPeer && self.has(PEER_AUTHORITY.as_str()) => {
                PEER_AUTHORITY
            }
            // The server of a bootstrap kubeconfig is verified by the cluster's CA.
            _ => role.and_then(|role| role.issuer).unwrap_or(RoleId::Ca),
        };
        let is_it = |thing: &&Thing| thing.roles.iter().any(|role| role.id == id);
        let found = authorities.iter().find(is_it).map(|thing| thing.id.clone());
        found.ok_or_else(|| format!("no machine has the CA {id}"))
    }

    /// The group's file of this sort.
    pub(super) fn placed(&self, group: &Group, part: PlacePart) -> Result<Placed, String> {
        let place = group.places.iter().find(|place| place.part == part);
        let place = place.ok_or_else(|| format!("the layout names no file for {}", group.name))?;
        let usual = match part {
            PlacePart::Certificate
            | PlacePart::PublicKey
            | PlacePart::Serial
            | PlacePart::Environment => 0o644,
            _ => 0o600,
        };
        let mode = place
            .setup
            .as_ref()
            .and_then(|setup| setup.mode)
            .unwrap_or(usual);
        Ok(Placed {
            path: self.moved(&place.path),
            mode,
        })
    }

    /// The path in the folder that is asked for.
    fn moved(&self, path: &str) -> String {
        self.setup
            .moved(path, self.cluster.certificates_directory.as_deref())
    }
}
