//! What a server of the demo shows: a certificate, its key, and whose client certificates it asks
//! for.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::super::DemoError;
use super::super::certificates::DemoMaster;
use super::{Asks, Port, Serves};
use crate::pki::pem;
use crate::store::guarded;

/// The most that is read of a file that the demo has made, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// What one port shows.
pub(super) struct Identity {
    shown: Mutex<Arc<ServerConfig>>,
    /// Where it is read again for each connection.
    files: Option<Files>,
}

struct Files {
    root: PathBuf,
    name: &'static str,
    asks: Asks,
}

impl Identity {
    /// As it was at the demo's moment, of a component that began earlier.
    pub(super) fn first(
        root: &Path,
        port: &Port,
        moment: OffsetDateTime,
        began: OffsetDateTime,
    ) -> Result<Self, DemoError> {
        let Serves::OldFiles(_, old) = port.serves else {
            return Self::again(root, port, began);
        };
        Self::made(&DemoMaster::held(moment)?, &[old], port.asks, root)
    }

    /// As a component finds it that starts now.
    pub(super) fn again(
        root: &Path,
        port: &Port,
        began: OffsetDateTime,
    ) -> Result<Self, DemoError> {
        match port.serves {
            Serves::Files(name) | Serves::OldFiles(name, _) => {
                let files = Files {
                    root: root.to_owned(),
                    name,
                    asks: port.asks,
                };
                Ok(Self {
                    shown: Mutex::new(files.read()?),
                    files: Some(files),
                })
            }
            Serves::Own((ca, leaf)) => Self::made(
                &DemoMaster::own((ca, leaf), began)?,
                &[leaf, ca],
                port.asks,
                root,
            ),
        }
    }

    /// A pair that lies in memory, with the CA behind it where there are two names.
    fn made(
        master: &DemoMaster,
        names: &[&str],
        asks: Asks,
        root: &Path,
    ) -> Result<Self, DemoError> {
        let chain: Result<String, _> = names
            .iter()
            .map(|name| {
                master
                    .certificate(name)
                    .map(crate::pki::Certificate::to_pem)
            })
            .collect();
        let key = master.key(names[0])?.to_pem();
        Ok(Self {
            shown: Mutex::new(config(
                names[0],
                chain?.as_bytes(),
                key.as_bytes(),
                asks,
                root,
            )?),
            files: None,
        })
    }

    /// For the next connection. Files that do not fit leave it as it was, as a component that runs
    /// does it.
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Ok(newer)) = self.files.as_ref().map(Files::read) {
            *shown = newer;
        }
        shown.clone()
    }
}

impl Files {
    fn read(&self) -> Result<Arc<ServerConfig>, DemoError> {
        let chain = read(&self.root, &format!("{}.crt", self.name))?;
        let key = read(&self.root, &format!("{}.key", self.name))?;
        config(self.name, &chain, &key, self.asks, &self.root)
    }
}

/// Fails where the key is not that of the first certificate.
fn config(
    name: &str,
    chain: &[u8],
    key: &[u8],
    asks: Asks,
    root: &Path,
) -> Result<Arc<ServerConfig>, DemoError> {
    let fault = |why: &dyn std::fmt::Display| DemoError::Serve(format!("{name}: {why}"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| fault(&error))?;
    let builder = match asks {
        Asks::Nobody => builder.with_no_client_auth(),
        Asks::Everybody(file) | Asks::Demands(file) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(certificates(&read(root, file)?));
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let demands = matches!(asks, Asks::Demands(_));
            let verifier = if demands {
                verifier
            } else {
                verifier.allow_unauthenticated()
            };
            builder.with_client_cert_verifier(verifier.build().map_err(|error| fault(&error))?)
        }
    };
    let key = pem::blocks(key)
        .into_iter()
        .find_map(Result::ok)
        .ok_or_else(|| fault(&"there is no key"))?;
    let key = PrivateKeyDer::try_from(key.der.as_slice())
        .map_err(|why| fault(&why))?
        .clone_key();
    builder
        .with_single_cert(certificates(chain), key)
        .map(Arc::new)
        .map_err(|error| fault(&error))
}

fn certificates(text: &[u8]) -> Vec<CertificateDer<'static>> {
    let blocks = pem::blocks(text).into_iter().filter_map(Result::ok);
    blocks
        .map(|block| CertificateDer::from(block.der.to_vec()))
        .collect()
}

fn read(root: &Path, name: &str) -> Result<Zeroizing<Vec<u8>>, DemoError> {
    guarded::read(&root.join(name), MOST_BYTES)
        .map_err(|trouble| DemoError::Serve(format!("{name} {trouble}")))
}
