//! From the blueprint to bytes: keys, certificates and kubeconfigs that are not there yet; what is there is looked at, and
//! stays.

use std::collections::BTreeMap;

use super::external;
use super::kept::{self, Expected, refused};
use super::made::MadeCluster;
use super::maker::{Maker, Tokens, subject};
use super::scope::Scope;
use crate::kubernetes::component::Component;
use crate::kubernetes::kubeconfig::NewKubeconfig;
use crate::pki::issue::{CertificateSpec, issue};
use crate::pki::key::{Effort, KeyAlgorithm, PrivateKey};
use crate::pki::{Certificate, Secret};
use crate::plan::{Materials, PlanContext, PlanError, SetupRequest};
use crate::setup::blueprint::{Identity, Placed, Thing, What};
use crate::setup::guide;

/// Makes all that is missing.
///
/// # Errors
/// [`PlanError`] where something that is there does not fit, or a CA cannot sign.
pub(super) fn make(
    scope: &Scope<'_>,
    materials: &mut Materials,
    context: PlanContext<'_>,
) -> Result<MadeCluster, PlanError> {
    let new_keys = std::mem::take(&mut materials.new_keys);
    let mut maker = Maker {
        scope,
        materials,
        // What a certificate cannot say would make a CA end before what it signs.
        moment: context.moment.truncate_to_second(),
        new_keys,
        effort: Effort::new(context.settings.key_effort()),
        authorities: BTreeMap::new(),
        clients: BTreeMap::new(),
        tokens: Tokens::default(),
        made: MadeCluster::default(),
    };
    for thing in scope.things() {
        maker.thing(thing)?;
    }
    maker.serial_files();
    maker.tell_replacements();
    if scope.request.cluster.external_authority && maker.made.files.iter().any(|file| !file.is_kept) {
        maker.made.warnings.push(external::NEXT.to_owned());
    }
    Ok(maker.made)
}

/// The algorithm of the service accounts' key.
pub(super) fn service_account_algorithm(request: &SetupRequest) -> KeyAlgorithm {
    request.cluster.service_account_key_algorithm.unwrap_or(request.cluster.key_algorithm)
}

impl<'a> Maker<'a> {
    fn thing(&mut self, thing: &'a Thing) -> Result<(), PlanError> {
        if self.scope.request.cluster.external_authority
            && let Some(answer) = self.external(thing)
        {
            return answer;
        }
        match &thing.what {
            What::Authority { identity, issuer, places } => self.authority(thing, identity, issuer.as_deref(), places),
            What::Certificate { identity, issuer, certificate, key } => {
                self.certificate(thing, (identity, issuer), certificate, key)
            }
            What::KeyPair { private, public } => self.key_pair(thing, private, public),
            What::Kubeconfig { identity, issuer, client, file, server, names } => {
                let client = client.as_deref();
                self.kubeconfig(thing, (identity, issuer, client), file, server, names)
            }
            What::BootstrapKubeconfig { issuer, file, server, names } => {
                self.bootstrap_kubeconfig(thing, issuer, file, server, names)
            }
            What::TokenFile { file, user, groups } => self.token_file(thing, file, user, groups),
            What::TokenSecret { file } => self.token_secret(thing, file),
            What::Environment { file, component } => self.environment(thing, file, *component),
        }
    }

    /// What somebody else's CA changes; `None`: nothing.
    fn external(&mut self, thing: &'a Thing) -> Option<Result<(), PlanError>> {
        Some(match &thing.what {
            What::Authority { places, .. } => self.external_authority(thing, places),
            What::Certificate { identity, certificate, key, .. } => {
                self.external_pair(thing, identity, certificate, key)
            }
            What::Kubeconfig { identity, issuer, client, file, server, names } => {
                self.external_kubeconfig(thing, (identity, issuer, client.as_deref()), file, server, names)
            }
            What::BootstrapKubeconfig { issuer, file, .. } if self.authority_of(issuer).is_err() => {
                let how = self.materials.root.kubepki("bootstrap kubeconfig");
                self.made
                    .warnings
                    .push(format!("{} needs the CA's certificate: it is made when that is here, by {how}", file.path));
                Ok(())
            }
            _ => return None,
        })
    }

    /// A new key and a certificate for it.
    fn issue(
        &mut self,
        thing: &'a Thing,
        identity: &Identity,
        issuer: &str,
    ) -> Result<(Certificate, PrivateKey), PlanError> {
        let cluster = &self.scope.request.cluster;
        let key = self.take_key(cluster.key_algorithm)?;
        let (begin, end) = self.lifetime(cluster.certificate_hours)?;
        let signer = self.signer(issuer)?;
        let (begins, ends) = (signer.certificate.not_before(), signer.certificate.not_after());
        if end > ends {
            let left = ends - self.moment;
            let (hours, days) = (left.whole_hours().max(0), left.whole_days().max(0));
            return Err(PlanError::refused(format!("{} would outlive its CA {issuer}", thing.id))
                .because(format!("it would end on {}, the CA ends on {}", end.date(), ends.date()))
                .hint(format!(
                    "let certificates live for {hours} hours or less (--days {days}), or make the CA anew"
                )));
        }
        let sans = identity.subject_alt_names.clone();
        let usages = &identity.extended_key_usage;
        let mut spec = CertificateSpec::leaf(subject(identity)?, sans, usages, (begin.max(begins), end));
        // The recipes give the CA and kubernetes.pem one name: without identifiers the leaf is taken for a root.
        spec.subject_key_identifier = spec.subject.as_der() == signer.certificate.subject_der();
        let certificate = issue(&spec, key.public(), signer)
            .map_err(|error| PlanError::refused(format!("{} cannot be issued", thing.id)).because(error.to_string()))?;
        let paths = thing.files().iter().rev().map(|(file, _)| file.path.clone()).collect();
        self.issued(thing, issuer, &certificate, paths);
        Ok((certificate, key))
    }

    fn certificate(
        &mut self,
        thing: &'a Thing,
        (identity, issuer): (&'a Identity, &'a str),
        certificate: &'a Placed,
        key: &'a Placed,
    ) -> Result<(), PlanError> {
        let (lies, key_lies) = (self.there(thing, certificate)?, self.there(thing, key)?);
        let (pem, secret, is_kept) = match (lies, key_lies) {
            (Some(lies), Some(key_lies)) => {
                let leaf = kept::certificate(&certificate.path, lies)?;
                if kept::private_key(&key.path, key_lies)?.is_none() {
                    return Err(refused(&key.path, "it is encrypted: no component can read it"));
                }
                kept::is_key_of(&key.path, key_lies, &leaf)?;
                self.check(thing, &certificate.path, (identity, issuer), &leaf)?;
                (lies.clone(), key_lies.clone(), true)
            }
            (None, None) => {
                let (leaf, new) = self.issue(thing, identity, issuer)?;
                (Secret::new(leaf.to_pem().into_bytes()), Secret::from(new.to_pem()), false)
            }
            (Some(_), None) => return Err(refused(&certificate.path, format!("its key {} is not", key.path))),
            (None, Some(_)) => return Err(refused(&key.path, format!("its certificate {} is not", certificate.path))),
        };
        let text = String::from_utf8_lossy(pem.expose()).into_owned();
        self.clients.insert(&thing.id, (text, secret.clone()));
        self.hand_out(thing, key, secret, "key of", is_kept);
        self.hand_out(thing, certificate, pem, "certificate of", is_kept);
        Ok(())
    }

    /// Whether a leaf that is there can stay.
    fn check(
        &mut self,
        thing: &'a Thing,
        path: &str,
        (identity, issuer): (&Identity, &str),
        leaf: &Certificate,
    ) -> Result<(), PlanError> {
        let authority = self.authority_of(issuer)?;
        let expected =
            Expected { path, identity, roles: &thing.roles, authority: &authority.certificate, moment: self.moment };
        let warnings = expected.check(leaf)?;
        self.made.warnings.extend(warnings);
        Ok(())
    }

    fn key_pair(&mut self, thing: &'a Thing, private: &'a Placed, public: &'a Placed) -> Result<(), PlanError> {
        let (lies, public_lies) = (self.there(thing, private)?, self.there(thing, public)?);
        let Some(lies) = lies else {
            if public_lies.is_some() {
                return Err(refused(&public.path, format!("its private half {} is not", private.path)));
            }
            self.refuse_another(thing, private)?;
            let key = self.take_key(service_account_algorithm(self.scope.request))?;
            self.hand_out(thing, private, Secret::from(key.to_pem()), "private key", false);
            self.hand_out(thing, public, Secret::new(key.public_pem().into_bytes()), "public key", false);
            return Ok(());
        };
        let half = kept::private_key(&private.path, lies)?
            .ok_or_else(|| refused(&private.path, "it is encrypted: no component can read it"))?;
        let content = match public_lies {
            Some(bytes) => {
                kept::check_public_key(&public.path, bytes, &half)?;
                bytes.clone()
            }
            None => Secret::new(half.to_pem().into_bytes()),
        };
        self.hand_out(thing, private, lies.clone(), "private key", true);
        self.hand_out(thing, public, content, "public key", public_lies.is_some());
        Ok(())
    }

    fn kubeconfig(
        &mut self,
        thing: &'a Thing,
        (identity, issuer, client): (&'a Identity, &'a str, Option<&str>),
        file: &'a Placed,
        server: &'a str,
        names: &'a [String; 3],
    ) -> Result<(), PlanError> {
        if let Some(lies) = self.there(thing, file)? {
            let authority = &self.authority_of(issuer)?.certificate;
            let (read, warnings) = kept::kubeconfig(&file.path, lies, server, authority)?;
            self.made.warnings.extend(warnings);
            if let Some(leaf) = kept::client(&file.path, &read)? {
                self.check(thing, &file.path, (identity, issuer), &leaf)?;
            }
            self.hand_out(thing, file, lies.clone(), "kubeconfig", true);
            return Ok(());
        }
        let own = if let Some(client) = client.and_then(|id| self.clients.get(id)) {
            client.clone()
        } else {
            let (leaf, key) = self.issue(thing, identity, issuer)?;
            (leaf.to_pem(), Secret::from(key.to_pem()))
        };
        let authority = self.authority_of(issuer)?.certificate.to_pem();
        let new = NewKubeconfig { names, server, authority: authority.as_bytes() };
        let text = new.with_certificate(own.0.as_bytes(), own.1.expose());
        self.hand_out(thing, file, Secret::from(text), "kubeconfig", false);
        Ok(())
    }

    fn environment(
        &mut self,
        thing: &'a Thing,
        file: &'a Placed,
        component: Option<Component>,
    ) -> Result<(), PlanError> {
        let (content, is_kept) = if let Some(lies) = self.there(thing, file)? {
            (lies.clone(), true)
        } else {
            let node = thing.node.as_deref().unwrap_or_default();
            let text = guide::environment(&self.scope.request.cluster, node, component);
            (Secret::new(text.into_bytes()), false)
        };
        self.hand_out(thing, file, content, "variables", is_kept);
        Ok(())
    }
}
