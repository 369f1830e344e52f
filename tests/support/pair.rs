//! A certificate and its key, as files.

use std::path::{Path, PathBuf};

use super::{succeed, text};

/// A certificate and its key.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Pair {
    /// As a CA it signs, with openssl, what a request asks for, for some days: `more` are openssl's
    /// words for what goes into the certificate.
    pub(crate) fn sign(&self, openssl: &Path, request: &Path, more: &[&str], signed: &Path) {
        let files = ["-in", text(request), "-out", text(signed)];
        let by = ["-CA", text(&self.certificate), "-CAkey", text(&self.key)];
        succeed(
            openssl,
            &[&["x509", "-req"], &files[..], &by, more].concat(),
        );
    }
}
