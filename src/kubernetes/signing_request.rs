//! CertificateSigningRequest objects (certificates.k8s.io/v1).
/// Stub.
#[derive(Debug)]
pub struct SigningRequest {
    /// x
    pub name: String,
    /// x
    pub request: Result<crate::pki::CertificationRequest, crate::pki::Error>,
    /// x
    pub object: crate::inventory::RequestObject,
}
/// Stub.
pub fn from_yaml(_: &str) -> Result<Vec<SigningRequest>, String> { Ok(Vec::new()) }
