//! The certificate for a request: as kube-controller-manager makes it for its own signers, as it was
//! asked for all others.

use time::{Duration, OffsetDateTime};

use super::DecideTask;
use super::outline::DecideOutline;
use crate::kubernetes::controller_signer::{lifetime, specification};
use crate::kubernetes::signing_request::{self, RequestedUsage};
use crate::pki::issue::{CertificateSpec, Issuer, issue, verified_key};
use crate::pki::text::printable;
use crate::pki::{Certificate, CertificationRequest, ExtendedKeyUsage, GeneralName, KeyUsage, pem};
use crate::plan::issue::key_usage_of_leaf;
use crate::plan::request::{ApproveRequest, AskedRequest, RequestSource};
use crate::plan::signing::{SigningAuthority, changed};
use crate::plan::{BACKDATE, Materials, PlanError};
use crate::record::Place;
use crate::verdict::authority::controller_duration;
use crate::verdict::usual_days;

/// One signature that is about to be made.
pub(super) struct Signing<'a> {
    pub(super) task: DecideTask<'a>,
    pub(super) materials: &'a Materials,
    pub(super) asked: &'a AskedRequest,
    pub(super) outline: &'a DecideOutline,
    pub(super) approve: &'a ApproveRequest,
}

/// What was made.
pub(super) struct SignedRequest {
    pub(super) certificate: Certificate,
    /// Names that were asked for and left out on purpose.
    pub(super) dropped: Vec<GeneralName>,
}

/// Signs it; what differs from what was asked goes to `warnings`.
///
/// # Errors
/// [`PlanError`] where it must not or cannot be signed.
pub(super) fn sign(
    signing: &Signing<'_>,
    warnings: &mut Vec<String>,
) -> Result<SignedRequest, PlanError> {
    let name = printable(&signing.asked.item.name);
    let refused = || PlanError::refused(format!("{name} cannot be signed"));
    let request = signing.asked.item.request.as_ref();
    let request = request.map_err(|fault| refused().because(fault.to_string()))?;
    signing.refuse_changed(request)?;
    let key = verified_key(request).map_err(|error| refused().because(error.to_string()))?;
    let (request, dropped) = signing.without_dropped(request)?;
    let (Some(item), Some(key_path)) = (
        signing.outline.authority,
        signing.outline.key_path.as_deref(),
    ) else {
        return Err(refused().because("nothing says which CA shall sign"));
    };
    let authority = SigningAuthority {
        inventory: signing.task.inventory,
        materials: signing.materials,
        context: signing.task.context,
        item,
        key_path,
    };
    let (certificate, signing_key) = authority.open(&signing.task.request.passphrases)?;
    let spec = match signing.outline.controller {
        Some(_) => signing.as_the_controller(&request, certificate, warnings)?,
        None => signing.as_asked(&request, &authority.chain(), warnings)?,
    };
    let issuer = Issuer {
        certificate,
        key: &signing_key,
    };
    let certificate =
        issue(&spec, &key, issuer).map_err(|error| refused().because(error.to_string()))?;
    Ok(SignedRequest {
        certificate,
        dropped,
    })
}

impl Signing<'_> {
    /// What is signed is what was shown: the file may have changed since it was read.
    fn refuse_changed(&self, request: &CertificationRequest) -> Result<(), PlanError> {
        let (files, path) = match &self.outline.own {
            Some((Place::Master, path)) => (&self.materials.files, path),
            Some((Place::Local, path)) => (&self.materials.local, path),
            None => return Ok(()),
        };
        let material = files.get(path).ok_or_else(|| changed(path))?;
        let content = material.content.as_ref().map_err(|why| {
            PlanError::refused(format!("{} cannot be read", printable(path))).unread(why)
        })?;
        let is_there = match &self.asked.item.object {
            Some(object) => {
                let text = String::from_utf8_lossy(content.expose());
                let read = signing_request::from_yaml(&text).unwrap_or_default();
                read.iter().any(|one| {
                    one.name == self.asked.item.name
                        && one.object == *object
                        && one
                            .request
                            .as_ref()
                            .is_ok_and(|read| read.der == request.der)
                })
            }
            None => holds(content.expose(), &request.der),
        };
        is_there.then_some(()).ok_or_else(|| changed(path))
    }

    /// The request without the names that shall not be signed.
    fn without_dropped(
        &self,
        request: &CertificationRequest,
    ) -> Result<(CertificationRequest, Vec<GeneralName>), PlanError> {
        let mut request = request.clone();
        let mut dropped = Vec::new();
        for text in &self.approve.drop_names {
            let name: GeneralName = text.parse()?;
            let at = request
                .subject_alt_names
                .iter()
                .position(|asked| *asked == name);
            let at = at.ok_or_else(|| {
                PlanError::refused(format!("{name} is not asked for")).because(format!(
                    "asked for are {}",
                    names(&request.subject_alt_names)
                ))
            })?;
            request.subject_alt_names.remove(at);
            dropped.push(name);
        }
        Ok((request, dropped))
    }

    /// The usages that an object lists, or those that were given.
    fn usages(&self) -> Vec<RequestedUsage> {
        let object = self
            .asked
            .item
            .object
            .iter()
            .flat_map(|object| &object.usages);
        let given = self
            .approve
            .usages
            .iter()
            .cloned()
            .map(RequestedUsage::Extended);
        object.cloned().chain(given).collect()
    }

    fn as_the_controller(
        &self,
        request: &CertificationRequest,
        authority: &Certificate,
        warnings: &mut Vec<String>,
    ) -> Result<CertificateSpec, PlanError> {
        let (context, approve) = (self.task.context, self.approve);
        let (most, _) = controller_duration(self.task.inventory);
        let seconds = self
            .asked
            .item
            .object
            .as_ref()
            .and_then(|one| one.expiration_seconds);
        let (asked, most) = match approve.days {
            Some(days) => (None, Duration::days(i64::from(days))),
            None => (seconds.map(Duration::seconds), most),
        };
        let lives = (authority.not_before(), authority.not_after());
        let lifetime = lifetime(asked, most, lives, context.moment);
        let name = printable(&self.asked.item.name);
        let made = specification(request, &self.usages(), lifetime).map_err(|why| {
            PlanError::refused(format!("{name} cannot be signed")).because(why.to_string())
        })?;
        for attribute in &made.left_out {
            warnings.push(format!(
                "{} of {name}'s subject is left out, as kube-controller-manager leaves it out",
                printable(&attribute.value)
            ));
        }
        if !made.names_left_out.is_empty() {
            warnings.push(format!(
                "{name} asks for {}: names of these kinds are left out, as kube-controller-manager leaves them out",
                names(&made.names_left_out)
            ));
        }
        Ok(made.certificate)
    }

    fn as_asked(
        &self,
        request: &CertificationRequest,
        chain: &[&Certificate],
        warnings: &mut Vec<String>,
    ) -> Result<CertificateSpec, PlanError> {
        let name = printable(&self.asked.item.name);
        let (mut key_usage, mut extended) = self.translated(request)?;
        if key_usage.is_empty() {
            key_usage = key_usage_of_leaf(&request.key_algorithm);
        }
        extended.dedup();
        if extended.is_empty() {
            return Err(PlanError::refused(format!("{name} does not say what it is for"))
                .because("a certificate without an extended key usage is for everything (RFC 5280 §4.2.1.12)")
                .hint("--usage server-auth, client-auth, or both"));
        }
        let kept = |name: &GeneralName| !matches!(name, GeneralName::Other(_));
        let (names_kept, others): (Vec<_>, Vec<_>) =
            request.subject_alt_names.iter().cloned().partition(kept);
        if !others.is_empty() {
            warnings.push(format!(
                "{name} asks for {}: these are left out",
                names(&others)
            ));
        }
        let lifetime = self.lifetime(&extended, chain, warnings)?;
        Ok(CertificateSpec {
            key_usage,
            subject_key_identifier: true,
            ..CertificateSpec::leaf(request.subject.clone(), names_kept, &extended, lifetime)
        })
    }

    /// What it is for: an object's list counts, else what the request itself asks for.
    fn translated(
        &self,
        request: &CertificationRequest,
    ) -> Result<(Vec<KeyUsage>, Vec<ExtendedKeyUsage>), PlanError> {
        let listed = self.usages();
        let mut extended = Vec::new();
        let mut bits = 0;
        for usage in &listed {
            match usage.meaning() {
                RequestedUsage::Key(usage) => bits |= usage.bit(),
                RequestedUsage::Extended(usage) => extended.push(usage),
                RequestedUsage::Other(word) => {
                    let what = format!("there is no usage {}", printable(&word));
                    return Err(PlanError::refused(what));
                }
            }
        }
        if self.asked.item.object.is_none() {
            extended.extend(request.extended_key_usage.iter().cloned());
            bits |= request
                .key_usage
                .iter()
                .fold(0, |bits, usage| bits | usage.bit());
        }
        extended.sort_unstable();
        Ok((KeyUsage::of_bits(bits), extended))
    }

    /// As long as was asked or is usual, and never outside the lives of the CAs above it.
    fn lifetime(
        &self,
        usages: &[ExtendedKeyUsage],
        chain: &[&Certificate],
        warnings: &mut Vec<String>,
    ) -> Result<(OffsetDateTime, OffsetDateTime), PlanError> {
        let moment = self.task.context.moment;
        let object = self.asked.item.object.as_ref();
        let seconds = object.and_then(|object| object.expiration_seconds);
        let asked = match (self.approve.days, seconds) {
            (Some(0), _) => return Err(PlanError::refused("a certificate cannot live for 0 days")),
            (Some(days), _) => Duration::days(i64::from(days)),
            (None, Some(seconds)) => Duration::seconds(seconds),
            (None, None) => Duration::days(i64::from(usual_days(usages))),
        };
        let end = moment.checked_add(asked).ok_or_else(|| {
            PlanError::refused("the certificate would live longer than a date can say")
        })?;
        let last = chain.iter().map(|one| one.not_after()).min().unwrap_or(end);
        if end > last {
            warnings.push(format!(
                "a CA above it ends first: what is signed now ends with that on {}",
                last.date()
            ));
        }
        let first = chain.first().map_or(moment, |one| one.not_before());
        Ok((moment.saturating_sub(BACKDATE).max(first), end.min(last)))
    }
}

/// Whether a file holds this very request.
fn holds(content: &[u8], der: &[u8]) -> bool {
    let mut blocks = pem::blocks(content).into_iter().flatten();
    content == der || blocks.any(|block| block.der.as_slice() == der)
}

fn names(names: &[GeneralName]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// Where its text is, for what is written back.
pub(super) fn text_of(
    asked: &AskedRequest,
    outline: &DecideOutline,
    materials: &Materials,
) -> Result<String, PlanError> {
    let (files, path) = match (&asked.source, &outline.own) {
        (RequestSource::Given(text), _) => {
            return Ok(String::from_utf8_lossy(text.expose()).into_owned());
        }
        (_, Some((Place::Local, path))) => (&materials.local, path),
        (_, Some((Place::Master, path))) => (&materials.files, path),
        (_, None) => return Err(PlanError::refused("nothing says where the request lies")),
    };
    let content = files.get(path).and_then(|file| file.content.as_ref().ok());
    let content = content.ok_or_else(|| changed(path))?;
    Ok(String::from_utf8_lossy(content.expose()).into_owned())
}
