//! The CAs: new ones, and those that are there.

use super::kept::{self, refused};
use super::maker::{Maker, SetupAuthority, subject};
use crate::pki::issue::{CertificateSpec, Issuer, issue, self_sign};
use crate::pki::key::PrivateKey;
use crate::pki::path::{Relation, relation};
use crate::pki::text::{printable, quoted};
use crate::pki::{Certificate, KeyKind, Secret};
use crate::plan::{PlanError, keys};
use crate::setup::blueprint::{AuthorityPlace, Identity, Placed, Thing, What};

type Lying<'a> = Vec<(&'a Placed, &'a Secret)>;

impl<'a> Maker<'a> {
    pub(super) fn authority(
        &mut self,
        thing: &'a Thing,
        identity: &Identity,
        issuer: Option<&str>,
        places: &'a [AuthorityPlace],
    ) -> Result<(), PlanError> {
        self.refuse_half(thing, places)?;
        let lying = |files: &mut dyn Iterator<Item = &'a Placed>| -> Result<Lying<'a>, PlanError> {
            let mut found = Vec::new();
            for file in files {
                found.extend(self.there(thing, file)?.map(|lies| (file, lies)));
            }
            Ok(found)
        };
        let certificates = lying(&mut places.iter().map(|place| &place.certificate))?;
        let keys = lying(&mut places.iter().map(|place| &place.key))?;
        let Some(first) = places.first() else { return Ok(()) };
        let is_new = certificates.is_empty();
        let (certificate, key) = if let Some((file, bytes)) = certificates.first() {
            let kept = self.kept_authority(file, bytes, &certificates, &keys, issuer);
            (kept.map_err(|error| error.hint(by_its_key(&first.key)))?, None)
        } else {
            if let Some((file, _)) = keys.first() {
                return Err(refused(&file.path, format!("the CA's certificate {} is not", first.certificate.path)));
            }
            self.refuse_another(thing, &first.certificate)?;
            let (certificate, key) = self.new_authority(thing, identity, issuer)?;
            (certificate, Some(key))
        };
        if let Some((file, bytes)) = keys.first() {
            self.warn_of_key(file, bytes)?;
        }
        let pem =
            certificates.first().map_or_else(|| certificate.to_pem().into_bytes(), |(_, one)| one.expose().to_vec());
        let secret = key.as_ref().map(|key| Secret::from(key.to_pem())).or_else(|| Some(keys.first()?.1.clone()));
        for place in places {
            let lies = |found: &Lying<'a>, file: &Placed| found.iter().any(|(one, _)| one.path == file.path);
            if let Some(secret) = &secret {
                self.hand_out(thing, &place.key, secret.clone(), "key of the CA", !is_new && lies(&keys, &place.key));
            }
            let is_kept = lies(&certificates, &place.certificate);
            self.hand_out(thing, &place.certificate, Secret::new(pem.clone()), "certificate of the CA", is_kept);
        }
        let key_lies = keys.first().map(|(file, bytes)| (file.path.as_str(), *bytes));
        let authority = SetupAuthority { certificate, key, key_lies, key_path: &first.key.path, last_serial: None };
        self.authorities.insert(&thing.id, authority);
        if is_new {
            let paths = places.iter().flat_map(|place| [&place.certificate.path, &place.key.path]).cloned().collect();
            let certificate = self.authority_of(&thing.id)?.certificate.clone();
            self.issued(thing, issuer.unwrap_or(&thing.id), &certificate, paths);
        }
        Ok(())
    }

    /// What can surprise of a CA's key that is here.
    fn warn_of_key(&mut self, file: &Placed, bytes: &Secret) -> Result<(), PlanError> {
        let half = kept::private_key(&file.path, bytes)?;
        if half.is_some_and(|half| half.algorithm == KeyKind::Ed25519) {
            let path = printable(&file.path);
            self.made.warnings.push(format!("{path} is an Ed25519 key: kubeadm and the controller manager read none"));
        }
        Ok(())
    }

    /// A CA's certificate is not made anew without its key: others have what the old one signed.
    fn refuse_half(&self, thing: &Thing, places: &[AuthorityPlace]) -> Result<(), PlanError> {
        let named = places.iter().find(|place| self.scope.is_file_named(thing, &place.certificate));
        let Some(place) = named.filter(|_| !self.scope.is_replaced(thing)) else { return Ok(()) };
        Err(PlanError::refused(format!("{} is not made anew without its key", printable(&place.certificate.path)))
            .because(format!(
                "with a new key {} is another CA, and what the old one signed anywhere is refused",
                thing.id
            ))
            .hint(by_its_key(&place.key)))
    }

    /// Notes a CA of which there is a certificate alone.
    pub(super) fn keep_authority(&mut self, thing: &'a Thing, certificate: Certificate, key_path: &'a str) {
        let authority = SetupAuthority { certificate, key: None, key_lies: None, key_path, last_serial: None };
        self.authorities.insert(&thing.id, authority);
    }

    fn kept_authority(
        &self,
        file: &Placed,
        bytes: &Secret,
        certificates: &Lying<'a>,
        keys: &Lying<'a>,
        issuer: Option<&str>,
    ) -> Result<Certificate, PlanError> {
        let certificate = kept::certificate(&file.path, bytes)?;
        for (other, bytes) in certificates {
            if kept::certificate(&other.path, bytes)? != certificate {
                return Err(refused(&other.path, format!("it is another CA than {}", file.path)));
            }
        }
        kept::check_authority(&file.path, &certificate, self.moment)?;
        for (key, bytes) in keys {
            kept::is_key_of(&key.path, bytes, &certificate)?;
        }
        if let Some(issuer) = issuer
            && relation(&certificate, &self.authority_of(issuer)?.certificate) != Relation::Issued
        {
            return Err(refused(&file.path, format!("{issuer} did not sign it")));
        }
        Ok(certificate)
    }

    fn new_authority(
        &mut self,
        thing: &Thing,
        identity: &Identity,
        issuer: Option<&str>,
    ) -> Result<(Certificate, PrivateKey), PlanError> {
        let cluster = &self.scope.request.cluster;
        let key = self.take_key(cluster.key_algorithm)?;
        let (begin, end) = self.lifetime(cluster.authority_hours)?;
        let fail = |error: crate::pki::Error| {
            PlanError::refused(format!("the CA {} cannot be made", thing.id)).because(error.to_string())
        };
        let subject = subject(identity)?;
        let Some(issuer) = issuer else {
            let certificate = self_sign(&CertificateSpec::authority(subject, (begin, end)), &key).map_err(fail)?;
            return Ok((certificate, key));
        };
        let signer = self.signer(issuer)?;
        let (begins, ends) = (signer.certificate.not_before(), signer.certificate.not_after());
        let spec = CertificateSpec::authority(subject, (begin.max(begins), end));
        if end > ends {
            return Err(PlanError::refused(format!("the CA {} would outlive {issuer}", thing.id)).because(format!(
                "it would end on {}, {issuer} ends on {}",
                end.date(),
                ends.date()
            )));
        }
        Ok((issue(&spec, key.public(), signer).map_err(fail)?, key))
    }

    /// The CA of this id.
    ///
    /// # Errors
    /// [`PlanError::Refused`] where the blueprint names one that it has not.
    pub(super) fn authority_of(&self, id: &str) -> Result<&SetupAuthority<'a>, PlanError> {
        self.authorities.get(id).ok_or_else(|| PlanError::refused(format!("there is no CA {id}")))
    }

    /// The CA of this id with its key, which is opened where it was not.
    ///
    /// # Errors
    /// [`PlanError::Refused`] where its key is not here, [`PlanError::PassphraseNeeded`] for an encrypted one.
    pub(super) fn signer(&mut self, id: &str) -> Result<Issuer<'_>, PlanError> {
        let is_first = self.authorities.values().all(|authority| authority.key.is_none());
        let given = &self.scope.request.passphrases;
        let none = || PlanError::refused(format!("there is no CA {id}"));
        let authority = self.authorities.get_mut(id).ok_or_else(none)?;
        if authority.key.is_none() {
            let Some((path, bytes)) = authority.key_lies else {
                return Err(PlanError::refused(format!("the key of the CA {id} is not here: it can sign nothing"))
                    .because(format!("there is no {}", printable(authority.key_path)))
                    .hint(
                        "put it there (where keys are kept apart: unpack their archive, and take it away afterwards), or \
                         make requests for somebody else's CA: --external-authority",
                    ));
            };
            let key = keys::signing_key(bytes.expose(), path, &authority.certificate, given, &mut self.effort)
                .map_err(|error| keys::asked(error, given, is_first))?;
            authority.key = Some(key);
        }
        let SetupAuthority { certificate, key: Some(key), .. } = authority else { return Err(none()) };
        Ok(Issuer { certificate, key })
    }

    /// openssl's serial files beside the CAs: the number of the certificate that was signed last (x509 -CAserial).
    pub(super) fn serial_files(&mut self) {
        for thing in self.scope.things() {
            let What::Authority { places, .. } = &thing.what else { continue };
            for serial in places.iter().filter_map(|place| place.serial.as_ref()) {
                if let Ok(Some(lies)) = self.there(thing, serial) {
                    self.hand_out(thing, serial, lies.clone(), "serial number of", true);
                } else if let Some(last) = self.authorities.get(&*thing.id).and_then(|one| one.last_serial.clone()) {
                    let text = format!("{}\n", last.to_uppercase());
                    self.hand_out(thing, serial, Secret::new(text.into_bytes()), "serial number of", false);
                }
            }
        }
    }
}

/// How a CA is made anew: a new certificate for a new key.
fn by_its_key(key: &Placed) -> String {
    format!("look at it; to have the CA made anew, and all that it signed: --replace {}", quoted(&printable(&key.path)))
}
