//! From the blueprint to bytes: keys, certificates and kubeconfigs that are not there yet; what is
//! there is looked at, and stays.

use std::collections::BTreeMap;

use super::authorities::{Authorities, AuthorityPlan};
use super::kept::{self, Expected, refused};
use super::made::MadeCluster;
use super::maker::{LeafIdentity, Maker};
use super::scope::Scope;
use super::tokens::{KubeconfigPlace, TokenLine, Tokens};
use super::workshop::{Output, Workshop, subject};
use super::{external, replacements, service_account};
use crate::kubernetes::component::Component;
use crate::kubernetes::kubeconfig::NewKubeconfig;
use crate::pki::issue::{CertificateSpec, issue};
use crate::pki::key::{Effort, PrivateKey};
use crate::pki::{Certificate, Secret};
use crate::plan::{Materials, PlanContext, PlanError};
use crate::setup::blueprint::{Placed, Thing, What};
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
    // What a certificate cannot say would make a CA end before what it signs.
    let moment = context.moment.truncate_to_second();
    let effort = Effort::new(context.settings.key_effort());
    let mut maker = Maker {
        shop: Workshop {
            scope,
            materials,
            moment,
            new_keys,
            made: MadeCluster::default(),
        },
        authorities: Authorities::new(&scope.request.passphrases, effort),
        clients: BTreeMap::new(),
        tokens: Tokens::default(),
    };
    for thing in scope.things() {
        maker.add(thing)?;
    }
    let Maker {
        mut shop,
        authorities,
        ..
    } = maker;
    authorities.hand_out_serials(&mut shop);
    replacements::tell(&mut shop);
    if scope.request.cluster.external_authority && shop.made.files.iter().any(|file| !file.is_kept)
    {
        shop.made.warnings.push(external::NEXT.to_owned());
    }
    Ok(shop.made)
}

impl<'a> Maker<'a> {
    fn add(&mut self, thing: &'a Thing) -> Result<(), PlanError> {
        let is_external = self.shop.scope.request.cluster.external_authority;
        let external = if is_external {
            self.external(thing)
        } else {
            None
        };
        external.unwrap_or_else(|| self.own(thing))
    }

    /// What this cluster's own CAs sign, or none has to.
    fn own(&mut self, thing: &'a Thing) -> Result<(), PlanError> {
        match &thing.what {
            What::Authority {
                identity,
                issuer,
                places,
            } => {
                let plan = AuthorityPlan {
                    thing,
                    identity,
                    issuer: issuer.as_deref(),
                    places,
                };
                self.authorities.add(&mut self.shop, plan)
            }
            What::Certificate {
                identity,
                issuer,
                certificate,
                key,
            } => self.certificate(thing, LeafIdentity::of(identity, issuer), certificate, key),
            What::KeyPair { private, public } => {
                service_account::key_pair(&mut self.shop, thing, private, public)
            }
            What::Kubeconfig {
                identity,
                issuer,
                client,
                file,
                server,
                names,
            } => {
                let place = KubeconfigPlace::of(file, server, names);
                self.kubeconfig(
                    thing,
                    LeafIdentity::of(identity, issuer),
                    client.as_deref(),
                    place,
                )
            }
            What::BootstrapKubeconfig {
                issuer,
                file,
                server,
                names,
            } => {
                let authority = &self.authorities.of(issuer)?.certificate;
                let place = KubeconfigPlace::of(file, server, names);
                self.tokens
                    .add_kubeconfig(&mut self.shop, thing, place, authority)
            }
            What::TokenFile { file, user, groups } => {
                self.tokens
                    .add_file(&mut self.shop, thing, TokenLine::of(file, user, groups))
            }
            What::TokenSecret { file } => self.tokens.add_secret(&mut self.shop, thing, file),
            What::Environment { file, component } => self.environment(thing, file, *component),
        }
    }

    /// What somebody else's CA changes; `None`: nothing.
    fn external(&mut self, thing: &'a Thing) -> Option<Result<(), PlanError>> {
        Some(match &thing.what {
            What::Authority { places, .. } => self.external_authority(thing, places),
            What::Certificate {
                identity,
                certificate,
                key,
                ..
            } => self.external_pair(thing, identity, certificate, key),
            What::Kubeconfig {
                identity,
                issuer,
                client,
                file,
                server,
                names,
            } => {
                let place = KubeconfigPlace::of(file, server, names);
                self.external_kubeconfig(
                    thing,
                    LeafIdentity::of(identity, issuer),
                    client.as_deref(),
                    place,
                )
            }
            What::BootstrapKubeconfig { issuer, file, .. }
                if self.authorities.of(issuer).is_err() =>
            {
                let how = self.shop.materials.root.kubepki("bootstrap kubeconfig");
                self.shop.made.warnings.push(format!(
                    "{} needs the CA's certificate: it is made when that is here, by {how}",
                    file.path
                ));
                Ok(())
            }
            _ => return None,
        })
    }

    /// A new key and a certificate for it.
    fn issue(
        &mut self,
        thing: &'a Thing,
        leaf: LeafIdentity<'_>,
    ) -> Result<(Certificate, PrivateKey), PlanError> {
        let LeafIdentity { identity, issuer } = leaf;
        let cluster = &self.shop.scope.request.cluster;
        let key = self.shop.take_key(cluster.key_algorithm)?;
        let (begin, end) = self.shop.lifetime(cluster.certificate_hours)?;
        let signer = self.authorities.signer(issuer)?;
        let (begins, ends) = (
            signer.certificate.not_before(),
            signer.certificate.not_after(),
        );
        if end > ends {
            let left = ends - self.shop.moment;
            let (hours, days) = (left.whole_hours().max(0), left.whole_days().max(0));
            return Err(PlanError::refused(format!("{} would outlive its CA {issuer}", thing.id))
                .because(format!("it would end on {}, the CA ends on {}", end.date(), ends.date()))
                .hint(format!(
                    "let certificates live for {hours} hours or less (--days {days}), or make the CA anew"
                )));
        }
        let sans = identity.subject_alt_names.clone();
        let usages = &identity.extended_key_usage;
        let mut spec =
            CertificateSpec::leaf(subject(identity)?, sans, usages, (begin.max(begins), end));
        // The recipes give the CA and kubernetes.pem one name: without identifiers the leaf is
        // taken for a root.
        spec.subject_key_identifier = spec.subject.as_der() == signer.certificate.subject_der();
        let certificate = issue(&spec, key.public(), signer).map_err(|error| {
            PlanError::refused(format!("{} cannot be issued", thing.id)).because(error.to_string())
        })?;
        let paths = thing
            .files()
            .iter()
            .rev()
            .map(|(file, _)| file.path.clone())
            .collect();
        self.authorities.has_signed(issuer, &certificate);
        self.shop.issued(thing, issuer, &certificate, paths);
        Ok((certificate, key))
    }

    fn certificate(
        &mut self,
        thing: &'a Thing,
        identity: LeafIdentity<'a>,
        certificate: &'a Placed,
        key: &'a Placed,
    ) -> Result<(), PlanError> {
        let (lies, key_lies) = (
            self.shop.there(thing, certificate)?,
            self.shop.there(thing, key)?,
        );
        let (pem, secret, is_kept) = match (lies, key_lies) {
            (Some(lies), Some(key_lies)) => {
                let leaf = kept::certificate(&certificate.path, lies)?;
                if kept::private_key(&key.path, key_lies)?.is_none() {
                    return Err(refused(
                        &key.path,
                        "it is encrypted: no component can read it",
                    ));
                }
                kept::is_key_of(&key.path, key_lies, &leaf)?;
                self.check(thing, &certificate.path, identity, &leaf)?;
                (lies.clone(), key_lies.clone(), true)
            }
            (None, None) => {
                let (leaf, new) = self.issue(thing, identity)?;
                (
                    Secret::new(leaf.to_pem().into_bytes()),
                    Secret::from(new.to_pem()),
                    false,
                )
            }
            (Some(_), None) => {
                return Err(refused(
                    &certificate.path,
                    format!("its key {} is not", key.path),
                ));
            }
            (None, Some(_)) => {
                return Err(refused(
                    &key.path,
                    format!("its certificate {} is not", certificate.path),
                ));
            }
        };
        let text = String::from_utf8_lossy(pem.expose()).into_owned();
        self.clients.insert(&thing.id, (text, secret.clone()));
        self.shop
            .hand_out(thing, key, Output::of(secret, "key of", is_kept));
        self.shop.hand_out(
            thing,
            certificate,
            Output::of(pem, "certificate of", is_kept),
        );
        Ok(())
    }

    /// Whether a leaf that is there can stay.
    fn check(
        &mut self,
        thing: &'a Thing,
        path: &str,
        leaf: LeafIdentity<'_>,
        certificate: &Certificate,
    ) -> Result<(), PlanError> {
        let LeafIdentity { identity, issuer } = leaf;
        let authority = self.authorities.of(issuer)?;
        let expected = Expected {
            path,
            identity,
            roles: &thing.roles,
            authority: &authority.certificate,
            moment: self.shop.moment,
        };
        let warnings = expected.check(certificate)?;
        self.shop.made.warnings.extend(warnings);
        Ok(())
    }

    fn kubeconfig(
        &mut self,
        thing: &'a Thing,
        identity: LeafIdentity<'a>,
        client: Option<&str>,
        place: KubeconfigPlace<'a>,
    ) -> Result<(), PlanError> {
        let KubeconfigPlace {
            file,
            server,
            names,
        } = place;
        let issuer = identity.issuer;
        if let Some(lies) = self.shop.there(thing, file)? {
            let authority = &self.authorities.of(issuer)?.certificate;
            let (read, warnings) = kept::kubeconfig(&file.path, lies, server, authority)?;
            self.shop.made.warnings.extend(warnings);
            if let Some(leaf) = kept::client(&file.path, &read)? {
                self.check(thing, &file.path, identity, &leaf)?;
            }
            self.shop
                .hand_out(thing, file, Output::kept(lies.clone(), "kubeconfig"));
            return Ok(());
        }
        let own = if let Some(client) = client.and_then(|id| self.clients.get(id)) {
            client.clone()
        } else {
            let (leaf, key) = self.issue(thing, identity)?;
            (leaf.to_pem(), Secret::from(key.to_pem()))
        };
        let authority = self.authorities.of(issuer)?.certificate.to_pem();
        let new = NewKubeconfig {
            names,
            server,
            authority: authority.as_bytes(),
        };
        let text = new.with_certificate(own.0.as_bytes(), own.1.expose());
        self.shop
            .hand_out(thing, file, Output::new(Secret::from(text), "kubeconfig"));
        Ok(())
    }

    fn environment(
        &mut self,
        thing: &'a Thing,
        file: &'a Placed,
        component: Option<Component>,
    ) -> Result<(), PlanError> {
        let (content, is_kept) = if let Some(lies) = self.shop.there(thing, file)? {
            (lies.clone(), true)
        } else {
            let node = thing.node.as_deref().unwrap_or_default();
            let text = guide::environment(&self.shop.scope.request.cluster, node, component);
            (Secret::new(text.into_bytes()), false)
        };
        self.shop
            .hand_out(thing, file, Output::of(content, "variables", is_kept));
        Ok(())
    }
}
