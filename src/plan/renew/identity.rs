//! What a new certificate says: all that the old one said, but for key, dates and serial number.

use time::{Duration, OffsetDateTime};

use super::RenewalTask;
use super::notes::{Notes, Weight};
use super::specification::{self, add_name};
use crate::inventory::Item;
use crate::kubernetes::layout;
use crate::pki::extension::RawExtension;
use crate::pki::issue::CertificateSpec;
use crate::pki::{Certificate, Details, ExtendedKeyUsage, GeneralName, KeyUsage, Name};
use crate::plan::{BACKDATE, PlanError, RenewRequest, SanChange};

const KEY_USAGE: &str = "2.5.29.15";
const SUBJECT_ALT_NAME: &str = "2.5.29.17";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";

/// Extensions that belong to the old key, to the issuer or to the very certificate, and are made
/// anew or nothing: subjectKeyIdentifier, basicConstraints, authorityKeyIdentifier.
const MADE_ANEW: [&str; 3] = ["2.5.29.14", "2.5.29.19", "2.5.29.35"];

/// Proofs that the old certificate was logged (RFC 6962 §3.3), and the mark of a precertificate.
const OF_ITSELF: [&str; 2] = ["1.3.6.1.4.1.11129.2.4.2", "1.3.6.1.4.1.11129.2.4.3"];

/// What the certificate that replaces `old` shall say.
///
/// # Errors
/// [`PlanError::Refused`] for names that cannot be added or are not there, and for impossible
/// lifetimes.
pub(super) fn of_old(
    task: RenewalTask<'_>,
    item: &Item,
    old: &Certificate,
    lifetime: (OffsetDateTime, OffsetDateTime),
    notes: &mut Notes,
) -> Result<CertificateSpec, PlanError> {
    let details = old.details();
    let mut spec = CertificateSpec {
        key_usage: details.key_usage.clone(),
        key_usage_critical: is_critical(&details, KEY_USAGE),
        extended_key_usage: details.extended_key_usage.clone(),
        extended_key_usage_critical: is_critical(&details, EXTENDED_KEY_USAGE),
        carried: carried(item, old, notes),
        subject_key_identifier: details.subject_key_identifier.is_some() || old.is_self_issued(),
        ..CertificateSpec::leaf(
            details.subject.clone(),
            details.subject_alt_names.clone(),
            &[],
            lifetime,
        )
    };
    if let Some(at) = spec
        .key_usage
        .iter()
        .position(|usage| *usage == KeyUsage::CertSign)
    {
        spec.key_usage.remove(at);
        spec.carried.retain(|raw| raw.oid != KEY_USAGE);
        notes.warn(format!(
            "{} had the usage cert sign, which is for CAs only: the new one has not",
            item.id
        ));
    }
    change_names(&mut spec, item, task.request)?;
    for name in details
        .subject_alt_names
        .iter()
        .filter(|name| !spec.subject_alt_names.contains(name))
    {
        if let Some(who) = specification::needed_by(task.inventory, item, name) {
            notes.say(
                Weight::Breaks,
                format!("{name} leaves the names of {}: {who}", item.id),
            );
        }
    }
    if task.request.to_specification {
        specification::add(task.inventory, item, &mut spec, notes)?;
    }
    // Bytes that no longer say the same are not carried.
    if spec.subject_alt_names != details.subject_alt_names {
        spec.carried.retain(|raw| raw.oid != SUBJECT_ALT_NAME);
    }
    if spec.extended_key_usage != details.extended_key_usage {
        spec.carried.retain(|raw| raw.oid != EXTENDED_KEY_USAGE);
    }
    Ok(spec)
}

/// What a kubelet's client certificate says where nothing is left of the old one (signer
/// kubernetes.io/kube-apiserver-client-kubelet).
pub(super) fn of_kubelet(
    subject: Name,
    lifetime: (OffsetDateTime, OffsetDateTime),
) -> CertificateSpec {
    CertificateSpec::leaf(
        subject,
        Vec::new(),
        &[ExtendedKeyUsage::ClientAuth],
        lifetime,
    )
}

fn is_critical(details: &Details, oid: &str) -> bool {
    details
        .extensions
        .iter()
        .find(|extension| extension.oid == oid)
        .is_none_or(|extension| extension.critical)
}

fn carried(item: &Item, old: &Certificate, notes: &mut Notes) -> Vec<RawExtension> {
    let mut carried = old.raw_extensions();
    carried.retain(|raw| !MADE_ANEW.contains(&raw.oid.as_str()));
    carried.retain(|raw| {
        let dropped = OF_ITSELF.contains(&raw.oid.as_str());
        if dropped {
            notes.warn(format!(
                "{}: the extension {} is of the old certificate alone and is left out",
                item.id, raw.oid
            ));
        }
        !dropped
    });
    carried
}

/// True where a client would look at the names.
fn is_server(spec: &CertificateSpec) -> bool {
    ExtendedKeyUsage::ServerAuth.is_allowed_by(&spec.extended_key_usage)
}

fn change_names(
    spec: &mut CertificateSpec,
    item: &Item,
    request: &RenewRequest,
) -> Result<(), PlanError> {
    let by_name = matches!(request.what, crate::plan::Selection::Items(_));
    for change in &request.sans {
        match change {
            // Among many only servers are meant: nobody looks for the name of a client there.
            SanChange::Add(_) if !by_name && !is_server(spec) => {}
            SanChange::Add(text) => add_name(spec, parsed(text)?),
            SanChange::Remove(text) => {
                let name = text.parse::<GeneralName>();
                let is_it =
                    |one: &GeneralName| name.as_ref() == Ok(one) || one.to_string() == *text;
                let before = spec.subject_alt_names.len();
                spec.subject_alt_names.retain(|one| !is_it(one));
                if by_name && spec.subject_alt_names.len() == before {
                    let names: Vec<String> = spec
                        .subject_alt_names
                        .iter()
                        .map(ToString::to_string)
                        .collect();
                    let has = if names.is_empty() {
                        "none".to_owned()
                    } else {
                        names.join(", ")
                    };
                    return Err(PlanError::refused(format!(
                        "{} has no subject alternative name {text}",
                        item.id
                    ))
                    .because(format!("it has {has}")));
                }
            }
        }
    }
    Ok(())
}

fn parsed(text: &str) -> Result<GeneralName, PlanError> {
    text.parse()
        .map_err(|error: crate::pki::Error| PlanError::refused(error.to_string()))
}

/// From five minutes ago for as many days as asked, set or usual, and never outside the life of the
/// CA.
///
/// # Errors
/// [`PlanError::Refused`] for no days, or more than a date can hold.
pub(super) fn lifetime(
    task: RenewalTask<'_>,
    authority: &Item,
    item: &Item,
    notes: &mut Notes,
) -> Result<(OffsetDateTime, OffsetDateTime), PlanError> {
    let RenewalTask {
        inventory,
        request,
        context,
    } = task;
    let usual = || layout::layout(&inventory.layout).map_or(365, |layout| layout.lifetime_days);
    let days = request
        .days
        .or(context.settings.lifetime_days)
        .unwrap_or_else(usual);
    if days == 0 {
        return Err(PlanError::refused("a certificate cannot live for 0 days"));
    }
    let asked = context.moment.checked_add(Duration::days(i64::from(days)));
    let mut end = asked
        .ok_or_else(|| PlanError::refused(format!("{days} days are more than a date can hold")))?;
    let mut begin = context.moment.saturating_sub(BACKDATE);
    if let Some(ca) = authority.certificate() {
        begin = begin.max(ca.not_before());
        if end > ca.not_after() {
            end = ca.not_after();
            let (ca, end) = (&authority.id, end.date());
            notes.warn(format!(
                "the CA {ca} ends first: what it signs now ends with it on {end}, not after {days} days"
            ));
        }
    }
    if let Some(old) = item.certificate().filter(|old| old.not_after() > end) {
        let (old, end) = (old.not_after().date(), end.date());
        notes.warn(format!(
            "{} is shortened: the old one lives until {old}, the new one until {end}",
            item.id
        ));
    }
    Ok((begin, end))
}
