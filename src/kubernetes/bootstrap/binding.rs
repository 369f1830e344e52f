//! The bindings that let a kubelet ask for certificates and have its requests approved (website
//! kubelet-tls-bootstrapping.md; kubeadm phases/bootstraptoken/node/tlsbootstrap.go).

use serde_yaml::Value;

use super::{BOOTSTRAPPERS, BootstrapIdentity, KUBELET_BOOTSTRAP, NODE_TOKENS};
use crate::kubernetes::yaml::{self, scalar};

/// A ClusterRoleBinding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// Its name.
    pub name: &'static str,
    /// What it lets its subjects do.
    pub grant: Grant,
    /// Whom it binds.
    pub subjects: &'static [Subject],
}

/// What a binding lets its subjects do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// Ask for a certificate: create CertificateSigningRequests and read them.
    Create,
    /// Get the first client certificate of a node without a person's approval.
    NodeClient,
    /// Get the next one of its own.
    SelfNodeClient,
}

/// Whom a binding binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject {
    /// What sort of subject.
    pub kind: SubjectKind,
    /// Its name.
    pub name: &'static str,
}

/// What sort of subject a binding has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectKind {
    /// A group.
    Group,
    /// A user.
    User,
}

/// What is said of the third kind of request, that for the kubelet's serving certificate
/// (sarapprove.go knows no such).
pub const NO_APPROVER: &str = "for selfnodeserver, the serving certificate of port 10250, Kubernetes has no approver: somebody approves each request";

impl Grant {
    /// All, in the order in which a kubelet needs them.
    pub const ALL: [Self; 3] = [Self::Create, Self::NodeClient, Self::SelfNodeClient];

    /// In a word: "create", "nodeclient", "selfnodeclient".
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::NodeClient => "nodeclient",
            Self::SelfNodeClient => "selfnodeclient",
        }
    }

    /// What its subjects may, after "lets them".
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Create => "ask for a certificate",
            Self::NodeClient => "get their first client certificate without a person's approval",
            Self::SelfNodeClient => "renew their client certificate without a person's approval",
        }
    }

    /// The ClusterRole, which every API server makes itself (bootstrappolicy/policy.go).
    pub const fn cluster_role(self) -> &'static str {
        match self {
            Self::Create => "system:node-bootstrapper",
            Self::NodeClient => "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
            Self::SelfNodeClient => {
                "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient"
            }
        }
    }
}

impl SubjectKind {
    /// As manifests have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::User => "User",
        }
    }
}

const fn group(name: &'static str) -> Subject {
    Subject {
        kind: SubjectKind::Group,
        name,
    }
}

const fn user(name: &'static str) -> Subject {
    Subject {
        kind: SubjectKind::User,
        name,
    }
}

const NODES: Subject = group("system:nodes");

const KUBEADM: &[Binding] = &[
    Binding {
        name: "kubeadm:kubelet-bootstrap",
        grant: Grant::Create,
        subjects: &[group(NODE_TOKENS)],
    },
    Binding {
        name: "kubeadm:node-autoapprove-bootstrap",
        grant: Grant::NodeClient,
        subjects: &[group(NODE_TOKENS)],
    },
    Binding {
        name: "kubeadm:node-autoapprove-certificate-rotation",
        grant: Grant::SelfNodeClient,
        subjects: &[NODES],
    },
];

// The names are the website's. Guides differ in the group, so the user is bound where he is what
// they agree in.
const RENEWALS: Binding = Binding {
    name: "auto-approve-renewals-for-nodes",
    grant: Grant::SelfNodeClient,
    subjects: &[NODES],
};

const TOKEN_FILE: &[Binding] = &[
    Binding {
        name: "kubelet-bootstrap",
        grant: Grant::Create,
        subjects: &[user("kubelet-bootstrap")],
    },
    Binding {
        name: "auto-approve-csrs-for-group",
        grant: Grant::NodeClient,
        subjects: &[group(BOOTSTRAPPERS), group(KUBELET_BOOTSTRAP)],
    },
    RENEWALS,
];

const BOOTSTRAPPER: &[Binding] = &[
    Binding {
        name: "kubelet-bootstrap",
        grant: Grant::Create,
        subjects: &[user("system:bootstrapper")],
    },
    Binding {
        name: "auto-approve-csrs-for-group",
        grant: Grant::NodeClient,
        subjects: &[group(BOOTSTRAPPERS)],
    },
    RENEWALS,
];

/// The bindings for an identity, one for each of [`Grant::ALL`] in its order; none where none is
/// made. Bootstrap tokens have kubeadm's, those of token files the website's, which bind by user
/// who may ask.
pub fn bindings(identity: BootstrapIdentity) -> &'static [Binding] {
    match identity {
        BootstrapIdentity::Usual | BootstrapIdentity::Token => KUBEADM,
        BootstrapIdentity::TokenFile => TOKEN_FILE,
        BootstrapIdentity::Bootstrapper => BOOTSTRAPPER,
        BootstrapIdentity::None => &[],
    }
}

/// The manifests of the bindings, each with what it is for, for `kubectl apply -f`.
pub fn bindings_manifest(identity: BootstrapIdentity) -> String {
    let documents: Vec<String> = bindings(identity)
        .iter()
        .map(Binding::to_manifest)
        .collect();
    format!("# {NO_APPROVER}.\n{}", documents.join("---\n"))
}

impl Binding {
    /// The manifest, one document.
    pub fn to_manifest(&self) -> String {
        const API: &str = "rbac.authorization.k8s.io";
        let head = format!(
            "# {}: lets its subjects {}.\napiVersion: {API}/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: {}\n\
             roleRef:\n  apiGroup: {API}\n  kind: ClusterRole\n  name: {}\nsubjects:\n",
            self.grant.word(),
            self.grant.purpose(),
            scalar(self.name),
            scalar(self.grant.cluster_role())
        );
        self.subjects.iter().fold(head, |text, subject| {
            format!(
                "{text}- apiGroup: {API}\n  kind: {}\n  name: {}\n",
                subject.kind.word(),
                scalar(subject.name)
            )
        })
    }
}

/// A ClusterRoleBinding as a manifest has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBinding {
    /// Its name.
    pub name: String,
    /// The ClusterRole.
    pub cluster_role: String,
    /// Whom it binds: "Group", "User" or "ServiceAccount", and the name.
    pub subjects: Vec<(String, String)>,
}

/// The ClusterRoleBindings among the objects of a YAML or JSON text that have to do with TLS
/// bootstrapping; other objects are passed over.
///
/// # Errors
/// [`yaml::YamlError`] where it is no YAML.
pub fn bindings_from_yaml(text: &str) -> Result<Vec<FoundBinding>, yaml::YamlError> {
    let mut found = Vec::new();
    for mut document in yaml::values(text)? {
        found.extend(
            yaml::objects(&document)
                .into_iter()
                .filter_map(cluster_role_binding),
        );
        yaml::wipe(&mut document);
    }
    Ok(found)
}

fn cluster_role_binding(object: &Value) -> Option<FoundBinding> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let role = object.get("roleRef")?;
    if object.get("kind")?.as_str()? != "ClusterRoleBinding"
        || role.get("kind")?.as_str()? != "ClusterRole"
    {
        return None;
    }
    let cluster_role = text(role.get("name"))?;
    if !Grant::ALL
        .iter()
        .any(|grant| grant.cluster_role() == cluster_role)
    {
        return None;
    }
    let subjects = object
        .get("subjects")
        .and_then(Value::as_sequence)
        .into_iter()
        .flatten();
    let subjects = subjects
        .filter_map(|subject| Some((text(subject.get("kind"))?, text(subject.get("name"))?)));
    Some(FoundBinding {
        name: text(object.get("metadata")?.get("name"))?,
        cluster_role,
        subjects: subjects.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() -> Result<(), yaml::YamlError> {
        use BootstrapIdentity::{Bootstrapper, None, Token, TokenFile};
        for identity in [Token, TokenFile, Bootstrapper] {
            let found = bindings_from_yaml(&bindings_manifest(identity))?;
            let expected: Vec<FoundBinding> = bindings(identity)
                .iter()
                .map(|binding| FoundBinding {
                    name: binding.name.to_owned(),
                    cluster_role: binding.grant.cluster_role().to_owned(),
                    subjects: binding
                        .subjects
                        .iter()
                        .map(|subject| (subject.kind.word().to_owned(), subject.name.to_owned()))
                        .collect(),
                })
                .collect();
            assert_eq!(found, expected, "{identity:?}");
            let grants: Vec<Grant> = bindings(identity)
                .iter()
                .map(|binding| binding.grant)
                .collect();
            assert_eq!(grants, Grant::ALL, "{identity:?}");
            // Whoever stands in a token file is bound by it.
            if let Some(user) = identity.token_user() {
                let binds = |at: usize, kind: SubjectKind, name: &str| {
                    bindings(identity)[at].subjects.contains(&Subject {
                        kind,
                        name: leak(name),
                    })
                };
                assert!(
                    binds(0, SubjectKind::User, user.user)
                        && binds(1, SubjectKind::Group, user.group)
                );
            }
        }
        assert!(bindings(None).is_empty());
        Ok(())
    }

    fn leak(name: &str) -> &'static str {
        String::leak(name.to_owned())
    }

    #[test]
    fn other_objects_are_passed_over() {
        let text = "kind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {kind: ClusterRole, name: view}\n---\n\
                    kind: List\nitems:\n- kind: ClusterRoleBinding\n  metadata: {name: b}\n  roleRef: {kind: ClusterRole, \
                    name: system:node-bootstrapper}\n- kind: RoleBinding\n---\n- x\n---\n";
        let found = bindings_from_yaml(text).unwrap_or_default();
        assert_eq!(
            found
                .iter()
                .map(|one| one.name.as_str())
                .collect::<Vec<_>>(),
            ["b"]
        );
        assert!(bindings_from_yaml("{").is_err());
    }
}
