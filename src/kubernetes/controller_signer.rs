//! What kube-controller-manager signs, and how (pkg/controller/certificates/signer/signer.go,
//! authority/authority.go, authority/policies.go).

use time::{Duration, OffsetDateTime};

use super::signing_request::RequestedUsage;
use crate::pki::issue::CertificateSpec;
use crate::pki::name::Attribute;
use crate::pki::{CertificationRequest, Error, ExtendedKeyUsage, GeneralName, KeyUsage};

/// `--cluster-signing-duration` where nobody sets it.
pub const USUAL_DURATION: Duration = Duration::hours(8760);

/// What is signed for less than this ends when it was asked to; all else the backdating earlier.
const SHORT: Duration = Duration::hours(8);

/// A certificate begins this long before it is signed.
const BACKDATE: Duration = Duration::minutes(5);

/// No certificate lives less.
const SHORTEST: Duration = Duration::minutes(10);

/// One of its signers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ControllerSigner {
    /// `kubernetes.io/kube-apiserver-client`.
    ApiserverClient,
    /// `kubernetes.io/kube-apiserver-client-kubelet`.
    KubeletClient,
    /// `kubernetes.io/kubelet-serving`.
    KubeletServing,
    /// `kubernetes.io/legacy-unknown`.
    LegacyUnknown,
}

impl ControllerSigner {
    /// Every one.
    pub const ALL: [Self; 4] = [
        Self::ApiserverClient,
        Self::KubeletClient,
        Self::KubeletServing,
        Self::LegacyUnknown,
    ];

    /// spec.signerName.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiserverClient => "kubernetes.io/kube-apiserver-client",
            Self::KubeletClient => "kubernetes.io/kube-apiserver-client-kubelet",
            Self::KubeletServing => "kubernetes.io/kubelet-serving",
            Self::LegacyUnknown => "kubernetes.io/legacy-unknown",
        }
    }

    /// The one of this spec.signerName.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signer| signer.name() == name)
    }

    /// The middle of its own flags, as in `--cluster-signing-kubelet-serving-cert-file`
    /// (cmd/kube-controller-manager/app/options/csrsigningcontroller.go).
    pub const fn flag(self) -> &'static str {
        match self {
            Self::ApiserverClient => "kube-apiserver-client",
            Self::KubeletClient => "kubelet-client",
            Self::KubeletServing => "kubelet-serving",
            Self::LegacyUnknown => "legacy-unknown",
        }
    }
}

/// A certificate as the controller manager would sign it, and what it would leave out of what is
/// asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControllerSpec {
    /// What is signed.
    pub certificate: CertificateSpec,
    /// Attributes of the subject that Go does not keep.
    pub left_out: Vec<Attribute>,
    /// Subject alternative names of other kinds than DNS name, e-mail address, IP address and URI.
    pub names_left_out: Vec<GeneralName>,
}

/// Why the controller manager signs nothing of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControllerRefusal {
    /// A usage that it does not know.
    #[error("kube-controller-manager knows no usage {0:?}")]
    Usage(String),
    /// A subject that cannot be written.
    #[error(transparent)]
    Name(#[from] Error),
}

/// What it signs: subject and names of the request, usages of the object, and nothing else of either.
///
/// # Errors
/// [`ControllerRefusal`].
pub fn specification(
    request: &CertificationRequest,
    usages: &[RequestedUsage],
    lifetime: (OffsetDateTime, OffsetDateTime),
) -> Result<ControllerSpec, ControllerRefusal> {
    let (key_usage, extended_key_usage) = translated(usages)?;
    let subject = request.subject.as_go_writes()?;
    let (names, names_left_out) = names(&request.subject_alt_names);
    Ok(ControllerSpec {
        certificate: CertificateSpec {
            key_usage,
            ..CertificateSpec::leaf(subject.name, names, &extended_key_usage, lifetime)
        },
        left_out: subject.left_out,
        names_left_out,
    })
}

/// From when until when: for as long as was asked, but no longer than the signer gives and the CA
/// lives (signer.go, `duration`; policies.go, `apply`). What would begin before its CA begins with it,
/// which the controller manager does not look at.
pub fn lifetime(
    asked: Option<Duration>,
    most: Duration,
    authority: (OffsetDateTime, OffsetDateTime),
    moment: OffsetDateTime,
) -> (OffsetDateTime, OffsetDateTime) {
    let granted = match asked {
        Some(asked) if asked <= most => asked.max(SHORTEST),
        _ => most,
    };
    let backdated = moment.saturating_sub(BACKDATE);
    let from = if granted < SHORT { moment } else { backdated };
    (
        backdated.max(authority.0),
        from.saturating_add(granted).min(authority.1),
    )
}

/// In Go's order (crypto/x509, `marshalSANs`): by kind, and within a kind as asked.
fn names(asked: &[GeneralName]) -> (Vec<GeneralName>, Vec<GeneralName>) {
    let turn = |name: &GeneralName| match name {
        GeneralName::Dns(_) => 0,
        GeneralName::Email(_) => 1,
        GeneralName::Ip(_) => 2,
        GeneralName::Uri(_) => 3,
        GeneralName::Other(_) => 4,
    };
    let is_kept = |name: &GeneralName| !matches!(name, GeneralName::Other(_));
    let (mut kept, left): (Vec<_>, Vec<_>) = asked.iter().cloned().partition(is_kept);
    kept.sort_by_key(turn);
    (kept, left)
}

/// Key usages and, in the order of Go's constants, extended ones (policies.go,
/// `keyUsagesFromStrings`).
fn translated(
    usages: &[RequestedUsage],
) -> Result<(Vec<KeyUsage>, Vec<ExtendedKeyUsage>), ControllerRefusal> {
    let (mut bits, mut extended) = (0, Vec::new());
    for usage in usages {
        match usage.meaning() {
            RequestedUsage::Key(usage) => bits |= usage.bit(),
            RequestedUsage::Extended(usage) => extended.push(usage),
            RequestedUsage::Other(word) => return Err(ControllerRefusal::Usage(word)),
        }
    }
    extended.sort_unstable();
    extended.dedup();
    Ok((KeyUsage::of_bits(bits), extended))
}
