//! Keys and requests for somebody else's CA, as `kubeadm certs generate-csr` makes them (kubeadm
//! certlist.go, kubeconfig.go: `<name>.csr` beside the key, `<kubeconfig>.csr` beside the
//! kubeconfig). The service accounts' pair is made too: no CA has to do with it.

use super::kept::{self, refused};
use super::made::MadeFile;
use super::maker::{LeafIdentity, Maker};
use super::tokens::KubeconfigPlace;
use super::workshop::{Output, subject};
use crate::inventory::file::{Expectation, parse};
use crate::kubernetes::kubeconfig::{self, NewKubeconfig};
use crate::pki::issue::RequestSpec;
use crate::pki::key::PrivateKey;
use crate::pki::{CertificationRequest, Digest, KeyUsage, Secret};
use crate::plan::PlanError;
use crate::setup::blueprint::{AuthorityPlace, Identity, Placed, Thing};

/// Permission bits of a request (kubeadm pkiutil, WriteCSR).
const REQUEST_MODE: u32 = 0o600;

/// The usages of every certificate that is no CA's (kubeadm pki_helpers.go, NewSignedCert).
const KEY_USAGE: [KeyUsage; 2] = [KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment];

/// The file in which the request for a certificate, or for the one in a kubeconfig, lies.
pub(in crate::plan) fn request_path(path: &str) -> String {
    let base = path
        .strip_suffix(".crt")
        .or_else(|| path.strip_suffix(".pem"))
        .unwrap_or(path);
    format!("{base}.csr")
}

/// What comes after the requests.
pub(super) const NEXT: &str = "nothing works before somebody else's CA has answered the requests (*.csr): then, on each \
                               node for its own files, kubepki request import FILE…";

impl<'a> Maker<'a> {
    /// A CA's certificate that is here already; none is made.
    pub(super) fn external_authority(
        &mut self,
        thing: &'a Thing,
        places: &'a [AuthorityPlace],
    ) -> Result<(), PlanError> {
        for place in places {
            let Some(lies) = self.shop.there(thing, &place.certificate)? else {
                continue;
            };
            let certificate = kept::certificate(&place.certificate.path, lies)?;
            kept::check_authority(&place.certificate.path, &certificate, self.shop.moment)?;
            self.authorities.keep(thing, certificate, &place.key.path);
            self.shop.hand_out(
                thing,
                &place.certificate,
                Output::kept(lies.clone(), "certificate of the CA"),
            );
        }
        Ok(())
    }

    /// A key and the request for its certificate.
    pub(super) fn external_pair(
        &mut self,
        thing: &'a Thing,
        identity: &Identity,
        certificate: &'a Placed,
        key: &'a Placed,
    ) -> Result<(), PlanError> {
        let (lies, key_lies) = (
            self.shop.there(thing, certificate)?,
            self.shop.there(thing, key)?,
        );
        let (secret, is_kept) = match (lies, key_lies) {
            (Some(_), None) => {
                return Err(refused(
                    &certificate.path,
                    format!("its key {} is not", key.path),
                ));
            }
            (_, Some(key_lies)) => (key_lies.clone(), true),
            (None, None) => {
                let key = self
                    .shop
                    .take_key(self.shop.scope.request.cluster.key_algorithm)?;
                (Secret::from(key.to_pem()), false)
            }
        };
        self.shop
            .hand_out(thing, key, Output::of(secret.clone(), "key of", is_kept));
        let pem = if let Some(lies) = lies {
            kept::is_key_of(
                &key.path,
                &secret,
                &kept::certificate(&certificate.path, lies)?,
            )?;
            self.shop.hand_out(
                thing,
                certificate,
                Output::kept(lies.clone(), "certificate of"),
            );
            String::from_utf8_lossy(lies.expose()).into_owned()
        } else {
            let opened = PrivateKey::from_pem(secret.expose())
                .map_err(|error| refused(&key.path, format!("its key cannot be used: {error}")))?;
            self.request(thing, identity, &certificate.path, &opened)?;
            String::new()
        };
        self.clients.insert(&thing.id, (pem, secret));
        Ok(())
    }

    /// A kubeconfig with a key and no certificate, and the request for that.
    pub(super) fn external_kubeconfig(
        &mut self,
        thing: &'a Thing,
        leaf: LeafIdentity<'_>,
        client: Option<&str>,
        place: KubeconfigPlace<'a>,
    ) -> Result<(), PlanError> {
        let KubeconfigPlace {
            file,
            server,
            names,
        } = place;
        if let Some(lies) = self.shop.there(thing, file)? {
            return self.kept_kubeconfig(thing, file, lies);
        }
        let (certificate, key) = if let Some(client) = client.and_then(|id| self.clients.get(id)) {
            client.clone()
        } else {
            let key = self
                .shop
                .take_key(self.shop.scope.request.cluster.key_algorithm)?;
            self.request(thing, leaf.identity, &file.path, &key)?;
            (String::new(), Secret::from(key.to_pem()))
        };
        let authority = self
            .authorities
            .of(leaf.issuer)
            .map(|known| known.certificate.to_pem())
            .unwrap_or_default();
        let new = NewKubeconfig {
            names,
            server,
            authority: authority.as_bytes(),
        };
        let text = new.with_certificate(certificate.as_bytes(), key.expose());
        self.shop
            .hand_out(thing, file, Output::new(Secret::from(text), "kubeconfig"));
        Ok(())
    }

    /// One that is there: answered, or with its key and its request.
    fn kept_kubeconfig(
        &mut self,
        thing: &'a Thing,
        file: &'a Placed,
        lies: &Secret,
    ) -> Result<(), PlanError> {
        let text = std::str::from_utf8(lies.expose())
            .map_err(|_| refused(&file.path, "it is no kubeconfig"))?;
        let read =
            kubeconfig::parse(text).map_err(|error| refused(&file.path, error.to_string()))?;
        let user = read
            .current_context()
            .and_then(|context| read.user(&context.user));
        let user = user.ok_or_else(|| refused(&file.path, "its current context names no user"))?;
        if let (None, Some(Ok(half))) = (&user.certificate, &user.key) {
            let path = request_path(&file.path);
            let Some((_, bytes)) = self.lying_request(thing, &file.path, &half.spki_sha256) else {
                return Err(refused(
                    &file.path,
                    format!("the request for its key, {path}, is not"),
                ));
            };
            self.hand_out_request(thing, path, bytes, true);
        }
        self.shop
            .hand_out(thing, file, Output::kept(lies.clone(), "kubeconfig"));
        Ok(())
    }

    /// The request for the certificate of this path, which is kept where it is there for this very
    /// key.
    fn request(
        &mut self,
        thing: &'a Thing,
        identity: &Identity,
        path: &str,
        key: &PrivateKey,
    ) -> Result<(), PlanError> {
        let spec = RequestSpec {
            subject: subject(identity)?,
            subject_alt_names: identity.subject_alt_names.clone(),
            key_usage: KEY_USAGE.to_vec(),
            extended_key_usage: identity.extended_key_usage.clone(),
        };
        if let Some((lies, bytes)) = self.lying_request(thing, path, &key.public().spki_sha256)
            && lies.subject == spec.subject
            && lies.subject_alt_names == spec.subject_alt_names
        {
            self.hand_out_request(thing, request_path(path), bytes, true);
            return Ok(());
        }
        let request = spec.sign(key).map_err(|error| {
            PlanError::refused(format!("no request can be made for {}", thing.id))
                .because(error.to_string())
        })?;
        self.hand_out_request(
            thing,
            request_path(path),
            Secret::new(request.to_pem().into_bytes()),
            false,
        );
        Ok(())
    }

    /// A request that is here for this key.
    fn lying_request(
        &self,
        thing: &Thing,
        path: &str,
        key: &Digest,
    ) -> Option<(CertificationRequest, Secret)> {
        let is_here = thing
            .on
            .iter()
            .any(|node| self.shop.scope.request.here.as_ref() == Some(node));
        let material = self
            .shop
            .materials
            .files
            .get(&request_path(path))
            .filter(|_| is_here && !self.shop.scope.is_replaced(thing))?;
        let bytes = material.content.as_ref().ok()?;
        let requests = parse(bytes.expose(), Expectation::default()).requests;
        let mut requests = requests
            .into_iter()
            .flatten()
            .filter(|request| request.spki_sha256 == *key);
        Some((requests.next()?, bytes.clone()))
    }

    fn hand_out_request(&mut self, thing: &Thing, path: String, content: Secret, is_kept: bool) {
        self.shop.made.files.push(MadeFile {
            nodes: self.shop.scope.nodes(&thing.on),
            path,
            content,
            mode: REQUEST_MODE,
            summary: format!("request for {}", self.shop.id(thing)),
            is_authority_key: false,
            is_shared: false,
            is_kept,
        });
    }
}
