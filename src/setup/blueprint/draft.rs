//! From the places of a layout to the things of a cluster.

mod content;

use super::{AuthorityPlace, Placed, Thing, What, identity};
use crate::kubernetes::bootstrap::{BootstrapIdentity, FOLDER};
use crate::kubernetes::component::Component;
use crate::kubernetes::layout::{
    Extra, Layout, LayoutSetup, Machine, Place, PlacePart, PlaceSetup, layout, settable,
};
use crate::kubernetes::role::{Role, RoleId, RoleKind};
use crate::setup::{ClusterSpec, Node, NodeRole};

const PEER_AUTHORITY: RoleId = RoleId::EtcdPeerCa;

/// What it means that one CA is the cluster's and the front proxy's.
pub(crate) const ONE_FOR_CLIENTS_AND_FRONT_PROXY: &str = "one CA signs clients and the front proxy: who holds any client \
     certificate named front-proxy-client may be any user (--requestheader-allowed-names must not be empty), and \
     ordinary clients can be refused with 401 or 403";
const ROOT: &str = "root-ca";

/// What the steps share.
pub(super) struct Draft<'a> {
    cluster: &'a ClusterSpec,
    setup: &'a LayoutSetup,
    /// Who a new kubelet is: never [`BootstrapIdentity::Usual`].
    bootstrap: BootstrapIdentity,
    groups: Vec<Group>,
}

/// The places of one thing.
struct Group {
    name: &'static str,
    roles: Vec<&'static Role>,
    setup: &'static PlaceSetup,
    places: Vec<&'static Place>,
}

impl<'a> Draft<'a> {
    /// # Errors
    /// A sentence where the layout cannot be set up so.
    pub(super) fn of(cluster: &'a ClusterSpec) -> Result<Self, String> {
        let found =
            layout(&cluster.layout).and_then(|layout| Some((layout, layout.setup.as_ref()?)));
        let (layout, setup) = found.ok_or_else(|| {
            let able: Vec<_> = settable().map(|one| &*one.name).collect();
            format!(
                "a cluster of the layout {:?} cannot be set up: take one of {}",
                cluster.layout,
                able.join(", ")
            )
        })?;
        if cluster.certificates_directory.is_some() && setup.certificates_directory.is_none() {
            return Err(format!(
                "the folders of the layout {} cannot be moved",
                layout.name
            ));
        }
        let bootstrap = match cluster.bootstrap {
            BootstrapIdentity::Usual => setup.bootstrap,
            other => other,
        };
        let mut draft = Self {
            cluster,
            setup,
            bootstrap,
            groups: Vec::new(),
        };
        draft.groups = draft.groups_of(layout);
        if cluster.etcd.peer_authority
            && cluster.etcd.external.is_none()
            && !draft.has(PEER_AUTHORITY.as_str())
        {
            return Err(format!(
                "the layout {} has no CA for etcd's peers alone",
                layout.name
            ));
        }
        if cluster.intermediate_authorities && !draft.has(ROOT) {
            return Err(format!(
                "the layout {} has no root above its CAs",
                layout.name
            ));
        }
        Ok(draft)
    }

    /// The places that a setup makes for these answers, those of one thing together.
    fn groups_of(&self, layout: &'static Layout) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for place in &layout.places {
            let Some(setup) = place
                .setup
                .as_ref()
                .filter(|setup| self.wants(place, setup))
            else {
                continue;
            };
            let of_somebody =
                |role: &&&Role| self.cluster.etcd.external.is_none() || !is_of_etcd(role);
            let roles: Vec<&'static Role> =
                place.roles.iter().filter(of_somebody).copied().collect();
            let Some(name) = setup
                .name
                .as_deref()
                .or_else(|| roles.first().map(|role| role.name))
            else {
                continue;
            };
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => {
                    let more = roles
                        .iter()
                        .filter(|role| !group.roles.contains(role))
                        .copied()
                        .collect::<Vec<_>>();
                    group.roles.extend(more);
                    group.places.push(place);
                }
                None => groups.push(Group {
                    name,
                    roles,
                    setup,
                    places: vec![place],
                }),
            }
        }
        groups
    }

    /// Whether these answers ask for it at all.
    fn wants(&self, place: &Place, setup: &PlaceSetup) -> bool {
        let has_token_file = matches!(
            self.bootstrap,
            BootstrapIdentity::TokenFile | BootstrapIdentity::Bootstrapper
        );
        let is_bootstrap = place
            .roles
            .iter()
            .any(|role| role.id == RoleId::BootstrapKubeletConf);
        self.cluster.kubernetes_version.is_of(&setup.releases)
            && match setup.only_with {
                Some(Extra::PeerAuthority) => self.cluster.etcd.peer_authority,
                Some(Extra::IntermediateAuthorities) => self.cluster.intermediate_authorities,
                None => true,
            }
            && (place.part != PlacePart::TokenFile || has_token_file)
            && (!is_bootstrap || self.bootstrap != BootstrapIdentity::None)
    }

    fn has(&self, name: &str) -> bool {
        self.groups.iter().any(|group| group.name == name)
    }

    fn nodes(&self, group: &Group) -> Vec<&'a Node> {
        let on = &group.setup.on;
        self.cluster
            .nodes
            .iter()
            .filter(|node| on.iter().any(|machine| self.is(node, *machine)))
            .collect()
    }

    fn is(&self, node: &Node, machine: Machine) -> bool {
        let is_master = node.is(NodeRole::ControlPlane);
        match machine {
            Machine::FirstMaster => self
                .cluster
                .masters()
                .next()
                .is_some_and(|first| first.name == node.name),
            Machine::Master => is_master,
            Machine::Etcd => self
                .cluster
                .members()
                .any(|member| member.name == node.name),
            Machine::Worker => node.is(NodeRole::Worker),
            Machine::WorkerOnly => node.is(NodeRole::Worker) && !is_master,
        }
    }

    /// The CAs: the root, where there is one, before those that it signs.
    pub(super) fn authorities(&self) -> Result<Vec<Thing>, String> {
        let mut things: Vec<Thing> = Vec::new();
        for group in self.groups.iter().filter(|group| group.is_authority()) {
            let place = self.authority_place(group)?;
            if place.on.is_empty() {
                continue;
            }
            let joins = self.cluster.one_authority
                && ![ROOT, PEER_AUTHORITY.as_str()].contains(&group.name);
            let stands = things.iter_mut().find(|thing| joins && thing.id == "ca");
            if let Some((
                Thing {
                    roles,
                    on,
                    what: What::Authority { places, .. },
                    ..
                },
                place,
            )) = stands.zip(Some(&place))
            {
                roles.extend(&group.roles);
                let more = self.cluster.nodes.iter().map(|node| &node.name);
                *on = more
                    .filter(|name| on.contains(name) || place.on.contains(name))
                    .cloned()
                    .collect();
                places.push(place.clone());
                continue;
            }
            let identity = identity::of(self.cluster, &group.roles, group.setup, None)?;
            let is_below = group.name != ROOT && self.has(ROOT);
            things.push(Thing {
                id: group.name.to_owned(),
                roles: group.roles.clone(),
                node: None,
                on: place.on.clone(),
                what: What::Authority {
                    identity,
                    issuer: is_below.then(|| ROOT.to_owned()),
                    places: vec![place],
                },
            });
        }
        Ok(things)
    }

    fn authority_place(&self, group: &Group) -> Result<AuthorityPlace, String> {
        let nodes = self.nodes(group);
        let is_root = group.name == ROOT;
        let keys_on = nodes
            .iter()
            .filter(|node| node.is(NodeRole::ControlPlane) && !is_root);
        Ok(AuthorityPlace {
            certificate: self.placed(group, PlacePart::Certificate)?,
            key: self.placed(group, PlacePart::Key)?,
            serial: self.placed(group, PlacePart::Serial).ok(),
            keys_on: keys_on.map(|node| node.name.clone()).collect(),
            on: nodes.iter().map(|node| node.name.clone()).collect(),
        })
    }

    /// All that is no CA; `authorities` are those that there are.
    pub(super) fn others(&self, authorities: &[Thing]) -> Result<Vec<Thing>, String> {
        let mut things = Vec::new();
        for group in self.groups.iter().filter(|group| !group.is_authority()) {
            let nodes = self.nodes(group);
            let all: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
            if group.setup.once && !all.is_empty() {
                let what = self.what(group, &group.roles, None, authorities)?;
                let (id, roles) = (group.name.to_owned(), group.roles.clone());
                things.push(Thing {
                    id,
                    roles,
                    node: None,
                    on: all,
                    what,
                });
                continue;
            }
            for node in nodes {
                let mut roles = group.roles.clone();
                if roles.len() > 1 {
                    roles.retain(|role| self.plays(node, role));
                }
                let what = self.what(group, &roles, Some(node), authorities)?;
                let id = format!("{}@{}", group.name, node.name);
                things.push(Thing {
                    id,
                    roles,
                    node: Some(node.name.clone()),
                    on: vec![node.name.clone()],
                    what,
                });
            }
        }
        let first = self
            .cluster
            .masters()
            .next()
            .filter(|_| self.bootstrap == BootstrapIdentity::Token);
        things.extend(first.map(|node| Thing {
            id: "bootstrap-token".to_owned(),
            roles: Vec::new(),
            node: None,
            on: vec![node.name.clone()],
            what: What::TokenSecret {
                file: Placed {
                    path: format!("{FOLDER}/bootstrap-token.yaml"),
                    mode: 0o600,
                },
            },
        }));
        Ok(things)
    }

    /// Whether somebody on this node reads the file for this role.
    fn plays(&self, node: &Node, role: &Role) -> bool {
        let read_by = |component: Component| {
            role.readers
                .iter()
                .any(|reader| reader.component == component)
        };
        (read_by(Component::Etcd) && self.is(node, Machine::Etcd))
            || (!read_by(Component::Etcd) && self.is(node, Machine::Master))
    }

    /// What can surprise.
    pub(super) fn warnings(&self) -> Vec<String> {
        let cluster = self.cluster;
        let mut warnings = Vec::new();
        if cluster.one_authority && self.has("front-proxy-ca") {
            warnings.push(ONE_FOR_CLIENTS_AND_FRONT_PROXY.to_owned());
        }
        if cluster.intermediate_authorities {
            warnings.push(
                "the CAs are signed by a root: programs in Go trust ca.crt as it is, others, such as openssl and curl, \
                 need root-ca.crt beside it"
                    .to_owned(),
            );
        }
        let signs_tokens = |group: &&Group| {
            group.is_authority()
                && group
                    .roles
                    .iter()
                    .any(|role| role.id == RoleId::ServiceAccount)
        };
        if self.groups.iter().any(|group| signs_tokens(&group)) {
            warnings.push(
                "the CA's key signs service account tokens too: a new one makes every token worthless".to_owned(),
            );
        }
        warnings
    }
}

impl Group {
    /// True for a CA: the root has no role.
    fn is_authority(&self) -> bool {
        self.name == ROOT
            || self
                .roles
                .iter()
                .any(|role| role.kind == RoleKind::Authority)
    }
}

/// Of no use where etcd is somebody else's.
fn is_of_etcd(role: &Role) -> bool {
    let is_authority = |id| matches!(id, RoleId::EtcdCa | PEER_AUTHORITY);
    is_authority(role.id) || role.issuer.is_some_and(is_authority)
}
