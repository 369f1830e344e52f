//! CAs and server certificates for tests, made by kubepki's own issuer.

use std::path::Path;

use kubepki::pki::issue::{CertificateSpec, Issuer, issue, self_sign};
use kubepki::pki::key::{KeyAlgorithm, PrivateKey};
use kubepki::pki::{Certificate, ExtendedKeyUsage, GeneralName, Name};
use time::{Duration, OffsetDateTime};

use super::pair::Pair;

/// A certificate with its key.
pub(crate) struct Made {
    pub(crate) certificate: Certificate,
    pub(crate) key: PrivateKey,
}

/// From so many days before now to so many after it.
pub(crate) fn days(from: i64, to: i64) -> (OffsetDateTime, OffsetDateTime) {
    let now = OffsetDateTime::now_utc();
    (now + Duration::days(from), now + Duration::days(to))
}

fn named(common_name: &str) -> Name {
    Name::with_groups(common_name, &[]).expect("a name")
}

/// A CA that signed itself.
pub(crate) fn root(common_name: &str) -> Made {
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP256).expect("a key");
    let certificate = self_sign(
        &CertificateSpec::authority(named(common_name), days(-1000, 1000)),
        &key,
    );
    Made {
        certificate: certificate.expect("a root"),
        key,
    }
}

impl Made {
    /// A CA below this one.
    pub(crate) fn intermediate(&self, common_name: &str) -> Self {
        self.sign(
            &CertificateSpec::authority(named(common_name), days(-900, 900)),
            KeyAlgorithm::EcdsaP256,
        )
    }

    /// A server's certificate with these names, valid for this time.
    pub(crate) fn server(
        &self,
        names: &[&str],
        algorithm: KeyAlgorithm,
        lifetime: (OffsetDateTime, OffsetDateTime),
    ) -> Self {
        let names: Vec<GeneralName> = names
            .iter()
            .map(|name| name.parse().expect("a name"))
            .collect();
        self.sign(
            &CertificateSpec::leaf(
                named("server"),
                names,
                &[ExtendedKeyUsage::ServerAuth],
                lifetime,
            ),
            algorithm,
        )
    }

    /// What is asked for, signed by this CA.
    pub(crate) fn sign(&self, spec: &CertificateSpec, algorithm: KeyAlgorithm) -> Self {
        let key = PrivateKey::generate(algorithm).expect("a key");
        let issuer = Issuer {
            certificate: &self.certificate,
            key: &self.key,
        };
        Self {
            certificate: issue(spec, key.public(), issuer).expect("a certificate"),
            key,
        }
    }

    /// As files `name.crt`, with `chain` below the certificate, and `name.key`.
    pub(crate) fn write(&self, folder: &Path, name: &str, chain: &[&Certificate]) -> Pair {
        let pair = Pair {
            certificate: folder.join(format!("{name}.crt")),
            key: folder.join(format!("{name}.key")),
        };
        let certificates = std::iter::once(&self.certificate).chain(chain.iter().copied());
        std::fs::write(
            &pair.certificate,
            certificates.map(Certificate::to_pem).collect::<String>(),
        )
        .expect("written");
        std::fs::write(&pair.key, self.key.to_pem()).expect("written");
        pair
    }
}
