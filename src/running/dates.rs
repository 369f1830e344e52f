//! Whether a certificate is within its dates.

use time::OffsetDateTime;

use crate::pki::Certificate;

/// True between its first and last second.
pub(super) fn is_alive(certificate: &Certificate, moment: OffsetDateTime) -> bool {
    death(certificate, moment).is_none()
}

/// Why it is not alive, as "expired on 2026-11-20".
pub(super) fn death(certificate: &Certificate, moment: OffsetDateTime) -> Option<String> {
    if moment > certificate.not_after() {
        return Some(format!("expired on {}", certificate.not_after().date()));
    }
    let is_early = moment < certificate.not_before();
    is_early.then(|| format!("is valid only from {}", certificate.not_before().date()))
}
