//! How a CertificateSigningRequest stands.

use std::fmt::{self, Display, Formatter};

/// What the API server was told of a request, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Condition {
    /// What was decided.
    pub decision: Decision,
    /// Whether the signer could not sign.
    pub has_failed: bool,
    /// Whether there is a certificate.
    pub is_issued: bool,
}

/// What an approver decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Decision {
    /// Nothing yet.
    #[default]
    Pending,
    /// It is to be signed.
    Approved,
    /// It is not.
    Denied,
}

impl Condition {
    /// Whether somebody must still decide.
    pub fn is_pending(self) -> bool {
        self == Self::default()
    }
}

/// As kubectl shows it: "Pending", "Approved,Issued", "Denied" (pkg/printers/internalversion,
/// extractCSRStatus).
impl Display for Condition {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self.decision {
            Decision::Pending => "Pending",
            Decision::Approved => "Approved",
            Decision::Denied => "Denied",
        })?;
        out.write_str(if self.has_failed { ",Failed" } else { "" })?;
        out.write_str(if self.is_issued { ",Issued" } else { "" })
    }
}
