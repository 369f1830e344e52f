//! CertificateSigningRequest objects (certificates.k8s.io/v1).
