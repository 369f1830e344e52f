//! What a request asks for, by the rules of the signers (pkg/apis/certificates/helpers.go;
//! sarapprove.go).

use super::RequestedUsage;
use crate::pki::{CertificationRequest, ExtendedKeyUsage, GeneralName};

/// What a request asks for, in the terms of TLS bootstrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SigningRequestKind {
    /// The first client certificate of a kubelet, asked by a bootstrap identity.
    NodeClient,
    /// The next client certificate of a kubelet, asked by the node itself.
    SelfNodeClient,
    /// The serving certificate of a kubelet, first or next. Nothing in Kubernetes approves it.
    SelfNodeServer,
    /// A person's or program's client certificate.
    User,
    /// A server's certificate that is no kubelet's.
    Service,
    /// None of these, or one that breaks their rules.
    Other,
}

impl SigningRequestKind {
    /// As "selfnodeclient": Kubernetes' own words where it has some.
    pub fn word(self) -> &'static str {
        match self {
            Self::NodeClient => "nodeclient",
            Self::SelfNodeClient => "selfnodeclient",
            Self::SelfNodeServer => "selfnodeserver",
            Self::User => "user",
            Self::Service => "service",
            Self::Other => "other",
        }
    }
}

/// What only a CertificateSigningRequest object says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigningRequestSpec<'a> {
    /// spec.signerName; empty in v1beta1.
    pub signer: &'a str,
    /// spec.username.
    pub username: &'a str,
    /// spec.usages.
    pub usages: &'a [RequestedUsage],
}

/// What `request` asks for. A bare PKCS#10 file has no `asked`: its own usages count, and who asks
/// is not known.
pub fn recognise(
    request: &CertificationRequest,
    asked: Option<SigningRequestSpec<'_>>,
) -> SigningRequestKind {
    let has = |usage: ExtendedKeyUsage| match asked {
        Some(asked) => asked.usages.contains(&RequestedUsage::Extended(usage)),
        None => request.extended_key_usage.contains(&usage),
    };
    let (server, client) = (
        has(ExtendedKeyUsage::ServerAuth),
        has(ExtendedKeyUsage::ClientAuth),
    );
    match asked.map_or("", |asked| asked.signer) {
        "kubernetes.io/kube-apiserver-client-kubelet" if is_node_client(request) && !server => {
            node_client(request, asked)
        }
        "kubernetes.io/kubelet-serving" if is_node_server(request) && !client => {
            SigningRequestKind::SelfNodeServer
        }
        "kubernetes.io/kube-apiserver-client" if client && !server => SigningRequestKind::User,
        "kubernetes.io/kube-apiserver-client-kubelet"
        | "kubernetes.io/kubelet-serving"
        | "kubernetes.io/kube-apiserver-client" => SigningRequestKind::Other,
        // No signer, or one of somebody's own: the names and usages say it.
        signer => {
            let open = signer.is_empty() || signer == "kubernetes.io/legacy-unknown";
            if open && is_node_client(request) && !server {
                node_client(request, asked)
            } else if open && is_node_server(request) && !client {
                SigningRequestKind::SelfNodeServer
            } else if server {
                SigningRequestKind::Service
            } else if client {
                SigningRequestKind::User
            } else {
                SigningRequestKind::Other
            }
        }
    }
}

fn node_client(
    request: &CertificationRequest,
    asked: Option<SigningRequestSpec<'_>>,
) -> SigningRequestKind {
    let own = asked.is_some_and(|asked| Some(asked.username) == request.subject.common_name());
    if own {
        SigningRequestKind::SelfNodeClient
    } else {
        SigningRequestKind::NodeClient
    }
}

/// O exactly system:nodes, CN of a node (helpers.go, ValidateKubeletClientCSR).
fn is_node(request: &CertificationRequest) -> bool {
    request.subject.organizations() == ["system:nodes"]
        && request
            .subject
            .common_name()
            .is_some_and(|name| name.starts_with("system:node:"))
}

fn is_node_client(request: &CertificationRequest) -> bool {
    is_node(request) && request.subject_alt_names.is_empty()
}

fn is_node_server(request: &CertificationRequest) -> bool {
    let address = |name: &GeneralName| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_));
    is_node(request)
        && !request.subject_alt_names.is_empty()
        && request.subject_alt_names.iter().all(address)
}
