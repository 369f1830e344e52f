//! The role table: every fact of Kubernetes' PKI that does not depend on where files lie stands here, once.
//! Source: kubeadm certlist.go, kubeconfig.go; website best-practices/certificates.md.

/// What a file is for. One row of the role table.
#[derive(Debug)]
pub struct Role {
    /// kubeadm's name, as "apiserver-etcd-client"; for kubeconfigs the file's name, as "admin.conf".
    pub name: &'static str,
    /// What sort of thing it is.
    pub kind: RoleKind,
    /// The role of the CA that signs it; `None` for authorities and key pairs.
    pub issuer: Option<&'static str>,
    /// What it is, in a few words: "serves the Kubernetes API".
    pub purpose: &'static str,
    /// The CN that Kubernetes expects; `{node}` stands for the node's name. Empty: any.
    pub common_name: &'static str,
    /// The O values by release, newest first; an empty list inside means "none".
    pub organizations: &'static [Variant],
    /// Extended key usages, Kubernetes' names.
    pub extended_key_usage: &'static [&'static str],
    /// Who reads it and through which flag.
    pub readers: &'static [ReaderRule],
    /// What its holder may do.
    pub right: Option<RightRule>,
    /// What stops when it is dead: a sentence's end, as "kubectl logs and exec stop". Empty: nothing known.
    pub consequence: &'static str,
}

/// Roles are equal by name: the table holds each name once.
impl PartialEq for Role {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
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
    /// As "kube-apiserver".
    pub component: &'static str,
    /// Without dashes, as "tls-cert-file". For a kubelet configuration field its path, as "authentication.x509.clientCAFile".
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

/// What a component needs after the file has changed (`kubernetes-pki.md` 1.6: cert reload behaviour by component).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// It reads the file again by itself.
    ReloadsByItself,
    /// It reads the file at start only.
    Required,
    /// Nobody runs that holds it in memory.
    NotNeeded,
}

/// Who the holder is for the API server and what binds him.
#[derive(Debug, Clone, Copy)]
pub struct RightRule {
    /// The binding that gives the right, or "" where none is needed (system:masters).
    pub binding: &'static str,
    /// The ClusterRole bound, or what stands for it.
    pub cluster_role: &'static str,
}
