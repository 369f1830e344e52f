//! The CAs: new ones, and those that are there.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::kept::{self, refused};
use super::workshop::{Output, Workshop, subject};
use crate::pki::issue::{CertificateSpec, Issuer, issue, self_sign};
use crate::pki::key::{Effort, PrivateKey};
use crate::pki::path::{Relation, relation};
use crate::pki::text::{printable, quoted};
use crate::pki::{Certificate, KeyKind, Secret};
use crate::plan::{Passphrase, PlanError, keys};
use crate::setup::blueprint::{AuthorityPlace, Identity, Placed, Thing, What};

/// A CA that signs.
pub(super) struct SetupAuthority<'a> {
    pub(super) certificate: Certificate,
    /// Opened when it first signs.
    key: Option<PrivateKey>,
    /// Where its key lies here.
    key_lies: Option<LyingFile<'a>>,
    /// Where it ought to.
    key_path: &'a str,
    /// The serial number of the certificate that it signed last, hex.
    last_serial: Option<String>,
}

/// What there shall be of one CA.
#[derive(Clone, Copy)]
pub(super) struct AuthorityPlan<'a> {
    pub(super) thing: &'a Thing,
    pub(super) identity: &'a Identity,
    /// The id of the CA that signs it; `None`: itself.
    pub(super) issuer: Option<&'a str>,
    pub(super) places: &'a [AuthorityPlace],
}

/// A file that is here.
#[derive(Clone, Copy)]
struct LyingFile<'a> {
    file: &'a Placed,
    content: &'a Secret,
}

/// What is here of one CA.
struct LyingAuthority<'a> {
    certificates: Vec<LyingFile<'a>>,
    keys: Vec<LyingFile<'a>>,
}

impl<'a> LyingAuthority<'a> {
    fn of(shop: &Workshop<'a>, plan: AuthorityPlan<'a>) -> Result<Self, PlanError> {
        let (mut certificates, mut keys) = (Vec::new(), Vec::new());
        for file in plan.places.iter().map(|place| &place.certificate) {
            certificates.extend(
                shop.there(plan.thing, file)?
                    .map(|content| LyingFile { file, content }),
            );
        }
        for file in plan.places.iter().map(|place| &place.key) {
            keys.extend(
                shop.there(plan.thing, file)?
                    .map(|content| LyingFile { file, content }),
            );
        }
        Ok(Self { certificates, keys })
    }

    /// Hands the CA out to all its places: what lies there, else what is new.
    fn hand_out(
        &self,
        shop: &mut Workshop<'a>,
        plan: AuthorityPlan<'a>,
        certificate: &Certificate,
        key: Option<&PrivateKey>,
    ) {
        let is_new = self.certificates.is_empty();
        let lies = |found: &[LyingFile<'_>], file: &Placed| {
            found.iter().any(|one| one.file.path == file.path)
        };
        let pem = self
            .certificates
            .first()
            .map(|one| one.content.expose().to_vec());
        let pem = pem.unwrap_or_else(|| certificate.to_pem().into_bytes());
        let secret = key
            .map(|key| Secret::from(key.to_pem()))
            .or_else(|| Some(self.keys.first()?.content.clone()));
        for place in plan.places {
            if let Some(secret) = &secret {
                let is_kept = !is_new && lies(&self.keys, &place.key);
                shop.hand_out(
                    plan.thing,
                    &place.key,
                    Output::of(secret.clone(), "key of the CA", is_kept),
                );
            }
            let is_kept = lies(&self.certificates, &place.certificate);
            let output = Output::of(Secret::new(pem.clone()), "certificate of the CA", is_kept);
            shop.hand_out(plan.thing, &place.certificate, output);
        }
    }
}

/// The CAs of a setup, by their ids.
pub(super) struct Authorities<'a> {
    known: BTreeMap<&'a str, SetupAuthority<'a>>,
    passphrases: &'a [Passphrase],
    /// What encrypted keys may still cost.
    effort: Effort,
}

impl<'a> Authorities<'a> {
    /// None yet.
    pub(super) fn new(passphrases: &'a [Passphrase], effort: Effort) -> Self {
        Self {
            known: BTreeMap::new(),
            passphrases,
            effort,
        }
    }

    /// Makes a CA, or looks at the one that is there.
    pub(super) fn add(
        &mut self,
        shop: &mut Workshop<'a>,
        plan: AuthorityPlan<'a>,
    ) -> Result<(), PlanError> {
        let AuthorityPlan {
            thing,
            issuer,
            places,
            ..
        } = plan;
        refuse_half(shop, plan)?;
        let lying = LyingAuthority::of(shop, plan)?;
        let Some(first) = places.first() else {
            return Ok(());
        };
        let (certificate, key) = if let Some(one) = lying.certificates.first() {
            let kept = self.kept(*one, &lying, issuer, shop.moment);
            (
                kept.map_err(|error| error.hint(by_its_key(&first.key)))?,
                None,
            )
        } else {
            if let Some(key) = lying.keys.first() {
                let why = format!("the CA's certificate {} is not", first.certificate.path);
                return Err(refused(&key.file.path, why));
            }
            shop.refuse_another(thing, &first.certificate)?;
            let (certificate, key) = self.make(shop, plan)?;
            (certificate, Some(key))
        };
        let key_lies = lying.keys.first().copied();
        if let Some(key) = key_lies {
            warn_of_key(shop, key)?;
        }
        lying.hand_out(shop, plan, &certificate, key.as_ref());
        let signed = key.is_some().then(|| certificate.clone());
        let authority = SetupAuthority {
            certificate,
            key,
            key_lies,
            key_path: &first.key.path,
            last_serial: None,
        };
        self.known.insert(&thing.id, authority);
        if let Some(certificate) = signed {
            let paths = places
                .iter()
                .flat_map(|place| [&place.certificate.path, &place.key.path])
                .cloned()
                .collect();
            let issuer = issuer.unwrap_or(&thing.id);
            self.has_signed(issuer, &certificate);
            shop.issued(thing, issuer, &certificate, paths);
        }
        Ok(())
    }

    /// Notes a CA of which there is a certificate alone.
    pub(super) fn keep(&mut self, thing: &'a Thing, certificate: Certificate, key_path: &'a str) {
        let authority = SetupAuthority {
            certificate,
            key: None,
            key_lies: None,
            key_path,
            last_serial: None,
        };
        self.known.insert(&thing.id, authority);
    }

    /// Notes what a CA signed last.
    pub(super) fn has_signed(&mut self, issuer: &str, certificate: &Certificate) {
        if let Some(authority) = self.known.get_mut(issuer) {
            authority.last_serial = Some(certificate.details().serial_number);
        }
    }

    fn kept(
        &self,
        first: LyingFile<'a>,
        lying: &LyingAuthority<'a>,
        issuer: Option<&str>,
        moment: OffsetDateTime,
    ) -> Result<Certificate, PlanError> {
        let path = &first.file.path;
        let certificate = kept::certificate(path, first.content)?;
        for other in &lying.certificates {
            if kept::certificate(&other.file.path, other.content)? != certificate {
                return Err(refused(
                    &other.file.path,
                    format!("it is another CA than {path}"),
                ));
            }
        }
        kept::check_authority(path, &certificate, moment)?;
        for key in &lying.keys {
            kept::is_key_of(&key.file.path, key.content, &certificate)?;
        }
        if let Some(issuer) = issuer
            && relation(&certificate, &self.of(issuer)?.certificate) != Relation::Issued
        {
            return Err(refused(path, format!("{issuer} did not sign it")));
        }
        Ok(certificate)
    }

    fn make(
        &mut self,
        shop: &mut Workshop<'a>,
        plan: AuthorityPlan<'a>,
    ) -> Result<(Certificate, PrivateKey), PlanError> {
        let id = &plan.thing.id;
        let cluster = &shop.scope.request.cluster;
        let key = shop.take_key(cluster.key_algorithm)?;
        let (begin, end) = shop.lifetime(cluster.authority_hours)?;
        let fail = |error: crate::pki::Error| {
            PlanError::refused(format!("the CA {id} cannot be made")).because(error.to_string())
        };
        let subject = subject(plan.identity)?;
        let Some(issuer) = plan.issuer else {
            let certificate = self_sign(&CertificateSpec::authority(subject, (begin, end)), &key)
                .map_err(fail)?;
            return Ok((certificate, key));
        };
        let signer = self.signer(issuer)?;
        let (begins, ends) = (
            signer.certificate.not_before(),
            signer.certificate.not_after(),
        );
        let spec = CertificateSpec::authority(subject, (begin.max(begins), end));
        if end > ends {
            let (end, ends) = (end.date(), ends.date());
            return Err(
                PlanError::refused(format!("the CA {id} would outlive {issuer}"))
                    .because(format!("it would end on {end}, {issuer} ends on {ends}")),
            );
        }
        Ok((issue(&spec, key.public(), signer).map_err(fail)?, key))
    }

    /// The CA of this id.
    ///
    /// # Errors
    /// [`PlanError::Refused`] where the blueprint names one that it has not.
    pub(super) fn of(&self, id: &str) -> Result<&SetupAuthority<'a>, PlanError> {
        self.known
            .get(id)
            .ok_or_else(|| PlanError::refused(format!("there is no CA {id}")))
    }

    /// The CA of this id with its key, which is opened where it was not.
    ///
    /// # Errors
    /// [`PlanError::Refused`] where its key is not here, [`PlanError::PassphraseNeeded`] for an
    /// encrypted one.
    pub(super) fn signer(&mut self, id: &str) -> Result<Issuer<'_>, PlanError> {
        let is_first = self.known.values().all(|authority| authority.key.is_none());
        let given = self.passphrases;
        let none = || PlanError::refused(format!("there is no CA {id}"));
        let authority = self.known.get_mut(id).ok_or_else(none)?;
        if authority.key.is_none() {
            let Some(LyingFile { file, content }) = authority.key_lies else {
                return Err(PlanError::refused(format!("the key of the CA {id} is not here: it can sign nothing"))
                    .because(format!("there is no {}", printable(authority.key_path)))
                    .hint(
                        "put it there (where keys are kept apart: unpack their archive, and take it away afterwards), or \
                         make requests for somebody else's CA: --external-authority",
                    ));
            };
            let key = keys::signing_key(
                content.expose(),
                &file.path,
                &authority.certificate,
                given,
                &mut self.effort,
            )
            .map_err(|error| keys::asked(error, given, is_first))?;
            authority.key = Some(key);
        }
        let SetupAuthority {
            certificate,
            key: Some(key),
            ..
        } = authority
        else {
            return Err(none());
        };
        Ok(Issuer { certificate, key })
    }

    /// openssl's serial files beside the CAs: the number of the certificate that was signed last
    /// (x509 -CAserial).
    pub(super) fn hand_out_serials(&self, shop: &mut Workshop<'a>) {
        for thing in shop.scope.things() {
            let What::Authority { places, .. } = &thing.what else {
                continue;
            };
            for serial in places.iter().filter_map(|place| place.serial.as_ref()) {
                if let Ok(Some(lies)) = shop.there(thing, serial) {
                    shop.hand_out(
                        thing,
                        serial,
                        Output::kept(lies.clone(), "serial number of"),
                    );
                } else if let Some(last) = self
                    .known
                    .get(&*thing.id)
                    .and_then(|one| one.last_serial.clone())
                {
                    let text = format!("{}\n", last.to_uppercase());
                    shop.hand_out(
                        thing,
                        serial,
                        Output::new(Secret::new(text.into_bytes()), "serial number of"),
                    );
                }
            }
        }
    }
}

/// What can surprise of a CA's key that is here.
fn warn_of_key(shop: &mut Workshop<'_>, key: LyingFile<'_>) -> Result<(), PlanError> {
    let half = kept::private_key(&key.file.path, key.content)?;
    if half.is_some_and(|half| half.algorithm == KeyKind::Ed25519) {
        let path = printable(&key.file.path);
        shop.made.warnings.push(format!(
            "{path} is an Ed25519 key: kubeadm and the controller manager read none"
        ));
    }
    Ok(())
}

/// A CA's certificate is not made anew without its key: others have what the old one signed.
fn refuse_half(shop: &Workshop<'_>, plan: AuthorityPlan<'_>) -> Result<(), PlanError> {
    let AuthorityPlan { thing, places, .. } = plan;
    let named = places
        .iter()
        .find(|place| shop.scope.is_file_named(thing, &place.certificate));
    let Some(place) = named.filter(|_| !shop.scope.is_replaced(thing)) else {
        return Ok(());
    };
    Err(PlanError::refused(format!(
        "{} is not made anew without its key",
        printable(&place.certificate.path)
    ))
    .because(format!(
        "with a new key {} is another CA, and what the old one signed anywhere is refused",
        thing.id
    ))
    .hint(by_its_key(&place.key)))
}

/// How a CA is made anew: a new certificate for a new key.
fn by_its_key(key: &Placed) -> String {
    format!(
        "look at it; to have the CA made anew, and all that it signed: --replace {}",
        quoted(&printable(&key.path))
    )
}
