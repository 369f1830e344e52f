//! The role table: every fact of Kubernetes' PKI that does not depend on where files lie stands
//! here, once. Source: kubeadm certlist.go, kubeconfig.go; website best-practices/certificates.md.

mod consequence;
mod id;
mod readers;
mod rights;
mod subjects;
mod table;
mod variants;

use crate::kubernetes::component::Component;
use crate::pki::ExtendedKeyUsage;
pub use consequence::{Consequence, Harm};
pub use id::RoleId;
pub use rights::{Right, rights_of};
pub use subjects::has_right;
pub use table::ROLES;

/// Roles that k3s, RKE2 and RKE1 have beside kubeadm's.
const OF_DISTRIBUTIONS: &[RoleId] = &[
    RoleId::ClientCa,
    RoleId::ServerCa,
    RoleId::EtcdPeerCa,
    RoleId::Supervisor,
    RoleId::K3sController,
    RoleId::CloudController,
];

/// What a file is for. One row of the role table.
#[derive(Debug)]
pub struct Role {
    /// Its handle.
    pub id: RoleId,
    /// The handle's name, as "apiserver-etcd-client"; for kubeconfigs the file's, as "admin.conf".
    pub name: &'static str,
    /// What sort of thing it is.
    pub kind: RoleKind,
    /// The role of the CA that signs it; `None` for authorities and key pairs.
    pub issuer: Option<RoleId>,
    /// What it is, in a few words: "serves the Kubernetes API".
    pub purpose: &'static str,
    /// The CN that Kubernetes expects; `{node}` stands for the node's name. Empty: any.
    pub common_name: &'static str,
    /// The O values by release, newest first; an empty list inside means "none".
    pub organizations: &'static [Variant],
    /// What its certificate must be for.
    pub extended_key_usage: &'static [ExtendedKeyUsage],
    /// Who reads it and through which flag.
    pub readers: &'static [ReaderRule],
    /// Whether its holder is a user of the API server. What he may do there follows from his
    /// subject: [`rights_of`].
    pub is_for_the_api: bool,
    /// What stops when it is dead.
    pub consequence: Consequence,
    /// For a kubeconfig: the role of the client certificate where that lies in a file of its own.
    pub client: Option<RoleId>,
}

impl Role {
    /// The rule by which `component` reads this role through `flag` (without dashes), where it
    /// does.
    pub fn reader(&self, component: Component, flag: &str) -> Option<&'static ReaderRule> {
        self.readers
            .iter()
            .find(|rule| rule.component == component && rule.flag == flag)
    }

    /// True for a pair that the kubelet keeps itself.
    pub fn is_of_kubelet(&self) -> bool {
        matches!(self.id, RoleId::KubeletClient | RoleId::KubeletServing)
    }

    /// True for a role of k3s, RKE2 or RKE1 that kubeadm does not know. Flags name such a role only
    /// in a layout that has it.
    pub fn is_of_distribution(&self) -> bool {
        OF_DISTRIBUTIONS.contains(&self.id)
    }
}

/// The role of this name.
pub fn role(name: &str) -> Option<&'static Role> {
    ROLES.iter().find(|role| role.name == name)
}

/// Roles are equal by their handle: the table holds each once.
impl PartialEq for Role {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Role {}

/// What sort of thing plays a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoleKind {
    /// A CA certificate and its key.
    Authority,
    /// A certificate and its key in files.
    Certificate,
    /// A client certificate that lives in a kubeconfig.
    Kubeconfig,
    /// A bare key pair: the service account keys.
    KeyPair,
}

/// One form that a subject had in some releases.
#[derive(Debug)]
pub struct Variant {
    /// The O values in order.
    pub organizations: &'static [&'static str],
    /// As ">= 1.36.1".
    pub releases: &'static str,
}

/// A component and the flag through which it reads the thing.
#[derive(Debug)]
pub struct ReaderRule {
    /// Who reads it.
    pub component: Component,
    /// Without dashes, as "tls-cert-file". For a kubelet configuration field its path, as
    /// "authentication.x509.clientCAFile". Empty: no flag names the file, the component finds it
    /// through its kubeconfig or in its own folder.
    pub flag: &'static str,
    /// Which part of the thing the flag names.
    pub part: Part,
    /// Whether the component notices a change by itself, with the reason.
    pub restart: Restart,
}

/// Which file of a pair a flag names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The certificate (or the kubeconfig).
    Certificate,
    /// The private key.
    Key,
    /// The public key (`sa.pub`).
    PublicKey,
}

/// What a component needs after the file has changed: whether it watches the file (apiserver's
/// `dynamiccertificates`), reads it at each connection (etcd's certificates since 3.2), or at its
/// start alone (etcd's CA files).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// It reads the file again by itself.
    ReloadsByItself,
    /// It reads the file at start only.
    Required,
    /// Nobody runs that holds it in memory.
    NotNeeded,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_issuers_are_authorities() {
        for (index, one) in ROLES.iter().enumerate() {
            assert!(
                ROLES[..index].iter().all(|other| other.name != one.name),
                "{} stands twice",
                one.name
            );
            assert_eq!(
                (role(one.name), one.id.role(), one.id as usize),
                (Some(one), one, index)
            );
            if let Some(issuer) = one.issuer {
                assert_eq!(issuer.role().kind, RoleKind::Authority, "{}", one.name);
            }
            if let Some(client) = one.client {
                assert_eq!(one.kind, RoleKind::Kubeconfig, "{}", one.name);
                assert_eq!(client.role().kind, RoleKind::Certificate, "{}", one.name);
            }
        }
        assert_eq!(role("nothing"), None);
    }

    #[test]
    fn every_row_says_what_it_is() {
        for one in ROLES {
            assert!(
                !one.purpose.is_empty() && !one.consequence.words().ends_with('.'),
                "{}",
                one.name
            );
            let client = one.kind == RoleKind::Kubeconfig || one.kind == RoleKind::Certificate;
            assert_eq!(
                client && one.id != RoleId::BootstrapKubeletConf,
                !one.extended_key_usage.is_empty(),
                "{}",
                one.name
            );
            for groups in one
                .organizations
                .iter()
                .filter(|_| one.is_for_the_api && !one.common_name.is_empty())
            {
                assert!(
                    rights_of(one.common_name, groups.organizations)
                        .next()
                        .is_some(),
                    "{}",
                    one.name
                );
            }
            for reader in one.readers {
                assert!(!reader.flag.starts_with('-'), "{}", reader.flag);
                assert!(
                    one.reader(reader.component, reader.flag).is_some(),
                    "{}",
                    one.name
                );
            }
        }
    }

    #[test]
    fn a_general_flag_names_one_role() {
        for one in ROLES.iter().filter(|role| !role.is_of_distribution()) {
            for rule in one
                .readers
                .iter()
                .filter(|rule| !rule.flag.is_empty() && rule.component != Component::Kubectl)
            {
                let others = ROLES
                    .iter()
                    .filter(|role| !role.is_of_distribution())
                    .filter(|other| {
                        *other != one
                            && other
                                .reader(rule.component, rule.flag)
                                .is_some_and(|other| other.part == rule.part)
                    });
                assert_eq!(
                    others.count(),
                    0,
                    "{} {} names more than {}",
                    rule.component,
                    rule.flag,
                    one.name
                );
            }
        }
    }
}
