//! The flags that a component needs on a node for the files that a setup makes, as kubeadm has them
//! (manifests.go, etcd/local.go, kubelet's 10-kubeadm.conf), and as the guides for hand-made
//! masters do.

use super::super::blueprint::{AuthorityPlace, Blueprint, Thing, What};
use super::super::{AuthorityKeys, ClusterSpec, Node, NodeRole};
use super::addresses::{dns_address, loopback, url};
use super::left_out::is_set;
use crate::kubernetes::bootstrap;
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::component::Component;
use crate::kubernetes::role::{Part, Role, RoleId};

/// What the steps share.
pub(super) struct Scene<'a> {
    pub(super) cluster: &'a ClusterSpec,
    pub(super) blueprint: &'a Blueprint,
    pub(super) node: &'a Node,
}

/// Without dashes, or a field of a configuration, and value.
pub(super) type Flags = Vec<(String, String)>;

fn add(flags: &mut Flags, flag: &str, value: impl Into<String>) {
    flags.push((flag.to_owned(), value.into()));
}

impl ClusterSpec {
    /// Who a new kubelet is, where the layout has been asked: never [`BootstrapIdentity::Usual`].
    pub(super) fn bootstrap_identity(&self) -> BootstrapIdentity {
        let usual = self
            .known_layout()
            .and_then(|layout| layout.setup.as_ref())
            .map(|setup| setup.bootstrap);
        match self.bootstrap {
            BootstrapIdentity::Usual => usual.unwrap_or(BootstrapIdentity::None),
            other => other,
        }
    }
}

impl Scene<'_> {
    /// Whether the component runs on this node.
    pub(super) fn runs(&self, component: Component) -> bool {
        let node = self.node;
        match component {
            Component::Etcd => self
                .cluster
                .members()
                .any(|member| member.name == node.name),
            Component::Kubelet if self.cluster.is_kubeadm() => {
                node.is(NodeRole::ControlPlane) || node.is(NodeRole::Worker)
            }
            // kubeadm's is a DaemonSet with a service account.
            Component::KubeProxy => node.is(NodeRole::Worker) && !self.cluster.is_kubeadm(),
            Component::Kubelet => node.is(NodeRole::Worker),
            Component::KubeApiserver
            | Component::KubeControllerManager
            | Component::KubeScheduler => node.is(NodeRole::ControlPlane),
            // No setup makes files for these.
            Component::Distribution(_) | Component::Kubectl | Component::Etcdctl => false,
        }
    }

    /// All of them by name, as kubeadm sorts them.
    pub(super) fn flags(&self, component: Component) -> Flags {
        if !self.runs(component) {
            return Vec::new();
        }
        let mut flags = self.files(component);
        match component {
            Component::Etcd => self.etcd(&mut flags),
            Component::KubeApiserver => self.api_server(&mut flags),
            Component::KubeControllerManager => self.controller_manager(&mut flags),
            Component::KubeScheduler => add(&mut flags, "leader-elect", "true"),
            Component::Kubelet => self.kubelet(&mut flags),
            Component::KubeProxy => self.proxy(&mut flags),
            Component::Distribution(_) | Component::Kubectl | Component::Etcdctl => {}
        }
        flags.sort();
        flags.dedup();
        flags
    }

    /// Those that name a file of the setup.
    fn files(&self, component: Component) -> Flags {
        let mut flags = Vec::new();
        for thing in &self.blueprint.things {
            for (index, role) in thing.roles.iter().enumerate() {
                let rules = role
                    .readers
                    .iter()
                    .filter(|rule| rule.component == component);
                for rule in rules.filter(|rule| is_set(self.cluster, role, rule)) {
                    if let Some(path) = self.path(thing, index, rule.part) {
                        add(&mut flags, rule.flag, path);
                    }
                }
            }
        }
        flags
    }

    /// The file of this part of the thing for the role of this number, where the node has it.
    fn path(&self, thing: &Thing, role: usize, part: Part) -> Option<String> {
        let is_here = thing.on.contains(&self.node.name);
        let placed = match &thing.what {
            What::Authority { places, .. } => {
                // One CA for all has a place for each of its roles, in their order; a file with
                // several roles has one place.
                let place = places.get(role).or(places.first())?;
                match part {
                    Part::Certificate => {
                        Some(&place.certificate).filter(|_| place.on.contains(&self.node.name))
                    }
                    // A component that wants a public key takes it out of a private one.
                    Part::Key | Part::PublicKey => Some(&place.key).filter(|_| self.has_key(place)),
                }
            }
            What::Certificate {
                certificate, key, ..
            } => Some(if part == Part::Key { key } else { certificate }).filter(|_| is_here),
            What::KeyPair { private, public } => {
                Some(if part == Part::Key { private } else { public }).filter(|_| is_here)
            }
            What::Kubeconfig { file, .. } | What::BootstrapKubeconfig { file, .. } => {
                Some(file).filter(|_| is_here)
            }
            What::TokenFile { .. } | What::TokenSecret { .. } | What::Environment { .. } => None,
        };
        placed.map(|placed| placed.path.clone())
    }

    /// Whether the key of the CA lies on this node.
    pub(super) fn has_key(&self, place: &AuthorityPlace) -> bool {
        has_key(self.cluster, place, &self.node.name)
    }

    fn etcd(&self, flags: &mut Flags) {
        let Some(address) = self.node.address() else {
            return;
        };
        let members: Vec<&Node> = self.cluster.members().collect();
        // kubeadm begins with one member, and each that joins knows those before it.
        let is_stacked = self.cluster.is_kubeadm() && !self.cluster.has_etcd_nodes();
        let place = members
            .iter()
            .position(|member| member.name == self.node.name)
            .unwrap_or_default();
        let known = if is_stacked {
            &members[..=place]
        } else {
            members.as_slice()
        };
        let peer = |node: &&Node| Some(format!("{}={}", node.name, url(node.address()?, 2380)));
        let cluster: Vec<String> = known.iter().filter_map(peer).collect();
        add(flags, "name", self.node.name.as_str());
        add(flags, "initial-cluster", cluster.join(","));
        add(
            flags,
            "initial-cluster-state",
            if is_stacked && place > 0 {
                "existing"
            } else {
                "new"
            },
        );
        add(flags, "advertise-client-urls", url(address, 2379));
        add(flags, "initial-advertise-peer-urls", url(address, 2380));
        add(
            flags,
            "listen-client-urls",
            format!("{},{}", url(loopback(address), 2379), url(address, 2379)),
        );
        add(flags, "listen-peer-urls", url(address, 2380));
        add(flags, "client-cert-auth", "true");
        add(flags, "peer-client-cert-auth", "true");
    }

    fn api_server(&self, flags: &mut Flags) {
        let cluster = self.cluster;
        if let Some(address) = self.node.address() {
            add(flags, "advertise-address", address.to_string());
        }
        add(flags, "secure-port", cluster.bind_port.to_string());
        add(
            flags,
            "service-cluster-ip-range",
            cluster.service_subnet.replace(' ', ""),
        );
        let domain = if cluster.dns_domain.is_empty() {
            String::new()
        } else {
            format!(".{}", cluster.dns_domain)
        };
        add(
            flags,
            "service-account-issuer",
            format!("https://kubernetes.default.svc{domain}"),
        );
        add(flags, "authorization-mode", "Node,RBAC");
        add(flags, "enable-admission-plugins", "NodeRestriction");
        add(
            flags,
            "kubelet-preferred-address-types",
            "InternalIP,ExternalIP,Hostname",
        );
        if flags
            .iter()
            .any(|(flag, _)| flag == "requestheader-client-ca-file")
        {
            add(flags, "requestheader-allowed-names", "front-proxy-client");
            add(
                flags,
                "requestheader-extra-headers-prefix",
                "X-Remote-Extra-",
            );
            add(flags, "requestheader-group-headers", "X-Remote-Group");
            add(flags, "requestheader-username-headers", "X-Remote-User");
        }
        add(flags, "etcd-servers", self.etcd_servers());
        if let Some(external) = &cluster.etcd.external {
            for (flag, file) in [
                ("etcd-cafile", &external.ca_file),
                ("etcd-certfile", &external.cert_file),
                ("etcd-keyfile", &external.key_file),
            ] {
                if !file.is_empty() {
                    add(flags, flag, file.as_str());
                }
            }
        }
        self.bootstrap(flags, Component::KubeApiserver);
    }

    /// Its own member for kubeadm (etcd/local.go), all members where etcd stands apart or was made
    /// by hand.
    fn etcd_servers(&self) -> String {
        if let Some(external) = &self.cluster.etcd.external {
            return external.endpoints.join(",");
        }
        match self.node.address() {
            Some(address) if self.cluster.is_kubeadm() && self.runs(Component::Etcd) => {
                url(loopback(address), 2379)
            }
            _ => {
                let urls = self
                    .cluster
                    .members()
                    .filter_map(Node::address)
                    .map(|address| url(address, 2379));
                urls.collect::<Vec<_>>().join(",")
            }
        }
    }

    fn controller_manager(&self, flags: &mut Flags) {
        let cluster = self.cluster;
        // Without its key nothing is signed, and a certificate alone stops it at its start (kubeadm
        // manifests.go).
        if !flags
            .iter()
            .any(|(flag, _)| flag == "cluster-signing-key-file")
        {
            flags.retain(|(flag, _)| flag != "cluster-signing-cert-file");
            add(flags, "cluster-signing-cert-file", "");
            add(flags, "cluster-signing-key-file", "");
        }
        add(flags, "cluster-name", cluster.name.as_str());
        add(flags, "leader-elect", "true");
        add(flags, "use-service-account-credentials", "true");
        if !cluster.pod_subnet.is_empty() {
            add(flags, "allocate-node-cidrs", "true");
            add(flags, "cluster-cidr", cluster.pod_subnet.replace(' ', ""));
            add(
                flags,
                "service-cluster-ip-range",
                cluster.service_subnet.replace(' ', ""),
            );
        }
        self.bootstrap(flags, Component::KubeControllerManager);
    }

    fn kubelet(&self, flags: &mut Flags) {
        self.bootstrap(flags, Component::Kubelet);
        if let Some(path) = self.kubelet_kubeconfig() {
            add(flags, "kubeconfig", path);
        }
        if self.cluster.is_kubeadm() {
            // 10-kubeadm.conf names it on every node, though it is there during a join only.
            add(
                flags,
                "bootstrap-kubeconfig",
                "/etc/kubernetes/bootstrap-kubelet.conf",
            );
            return;
        }
        let setup = self
            .cluster
            .known_layout()
            .and_then(|layout| layout.setup.as_ref());
        if let Some(folder) = setup.and_then(|setup| setup.kubelet_directory.as_deref()) {
            add(flags, "cert-dir", folder);
        }
        add(flags, "anonymous-auth", "false");
        add(flags, "authentication-token-webhook", "true");
        add(flags, "authorization-mode", "Webhook");
        add(flags, "hostname-override", self.node.name.as_str());
        if let Some(address) = dns_address(&self.cluster.service_subnet) {
            add(flags, "cluster-dns", address.to_string());
        }
        if !self.cluster.dns_domain.is_empty() {
            add(flags, "cluster-domain", self.cluster.dns_domain.as_str());
        }
    }

    fn proxy(&self, flags: &mut Flags) {
        add(flags, "hostname-override", self.node.name.as_str());
        if !self.cluster.pod_subnet.is_empty() {
            add(
                flags,
                "cluster-cidr",
                self.cluster.pod_subnet.replace(' ', ""),
            );
        }
    }

    /// Where the kubelet has its kubeconfig, or will write it.
    fn kubelet_kubeconfig(&self) -> Option<String> {
        let layout = self.cluster.known_layout()?;
        let is_it = |role: &&Role| role.id == RoleId::KubeletConf;
        layout
            .places
            .iter()
            .find(|place| place.roles.iter().copied().any(|role| is_it(&role)))
            .map(|place| place.path.clone())
    }

    /// What lets a new kubelet in.
    fn bootstrap(&self, flags: &mut Flags, component: Component) {
        let mut wanted = bootstrap::flags(
            self.cluster.bootstrap_identity(),
            self.blueprint.bootstrap_kubeconfig().unwrap_or_default(),
            self.blueprint.token_file().unwrap_or_default(),
        );
        if self.cluster.is_kubeadm() {
            // kubeadm takes bootstrap tokens always.
            wanted.extend(bootstrap::flags(BootstrapIdentity::Token, "", ""));
        }
        for (_, flag, value) in wanted
            .into_iter()
            .filter(|(whose, _, value)| *whose == component && !value.is_empty())
        {
            let is_flag = flag != "rotateCertificates" || self.cluster.is_kubeadm();
            add(
                flags,
                if is_flag { flag } else { "rotate-certificates" },
                value,
            );
        }
    }
}

/// Whether the key of a CA lies on the node of this name.
pub(super) fn has_key(cluster: &ClusterSpec, place: &AuthorityPlace, node: &str) -> bool {
    let may = !cluster.external_authority && place.keys_on.iter().any(|name| name == node);
    may && match cluster.authority_keys {
        AuthorityKeys::EveryMaster => true,
        AuthorityKeys::Here => cluster
            .masters()
            .next()
            .is_some_and(|first| first.name == node),
        AuthorityKeys::Apart => false,
    }
}
