//! Whether an answer is what was asked for, and whether it is verified by the CAs that came with
//! it.

use time::OffsetDateTime;

use super::answers::{Answers, shown};
use super::places::Places;
use super::waiting::{self, Waiting};
use crate::kubernetes::role::RoleKind;
use crate::pki::text::printable;
use crate::pki::{Certificate, Details, GeneralName, Name};
use crate::plan::Materials;
use crate::record::Place;

/// In what an answer is not what was asked for, a sentence's end each.
pub(super) fn differences(
    certificate: &Certificate,
    waiting: &Waiting,
    moment: OffsetDateTime,
) -> Vec<String> {
    let details = certificate.details();
    let mut wrong: Vec<String> = untimely(certificate, moment)
        .map(|why| format!("it {why}"))
        .into_iter()
        .collect();
    if let Some(request) = &waiting.request {
        if who(&request.subject) != who(&details.subject) {
            let (is, asked) = (details.subject.to_rfc4514(), request.subject.to_rfc4514());
            wrong.push(format!(
                "it is for {}, asked was {}",
                printable(&is),
                printable(&asked)
            ));
        }
        wrong.extend(missing(&request.subject_alt_names, &details));
        let asked = request.extended_key_usage.iter();
        let lacking = asked.filter(|usage| !usage.is_allowed_by(&details.extended_key_usage));
        wrong.extend(lacking.map(|usage| format!("it is not for {usage} (extended key usage)")));
    }
    if waiting.asks_for_authority() {
        let constraints = details.basic_constraints;
        let length = constraints
            .as_ref()
            .and_then(|constraints| constraints.path_length);
        if !certificate.is_authority() {
            wrong.push("it is no CA's certificate, asked was a CA".to_owned());
        } else if length != Some(0) {
            wrong.push("its path length is not 0: it could sign CAs below itself".to_owned());
        }
    }
    let mut usages = waiting
        .roles
        .iter()
        .flat_map(|role| role.extended_key_usage);
    if let Some(usage) = usages.find(|usage| !usage.is_allowed_by(&details.extended_key_usage)) {
        wrong.push(format!("it is not for {usage} (extended key usage)"));
    }
    wrong
}

/// Why nobody takes a certificate at `moment`, a sentence's end.
fn untimely(certificate: &Certificate, moment: OffsetDateTime) -> Option<String> {
    if certificate.not_after() < moment {
        Some(format!("has ended on {}", certificate.not_after().date()))
    } else {
        (certificate.not_before() > moment)
            .then(|| format!("is not valid before {}", certificate.not_before()))
    }
}

/// The names by which Kubernetes knows somebody; in what order does not matter to it.
fn who(name: &Name) -> Vec<(String, String)> {
    let mut parts: Vec<_> = name
        .rdns()
        .iter()
        .flatten()
        .map(|one| (one.oid.clone(), one.value.clone()))
        .collect();
    parts.sort();
    parts
}

fn missing(asked: &[GeneralName], details: &Details) -> Option<String> {
    let missing: Vec<String> = asked
        .iter()
        .filter(|name| !details.subject_alt_names.contains(name))
        .map(ToString::to_string)
        .collect();
    (!missing.is_empty()).then(|| format!("it lacks the names {}", printable(&missing.join(", "))))
}

/// Answers that say of themselves that they are CAs, for keys that are none's: a sentence each.
pub(super) fn authorities_for_leafs(answers: &Answers, waiting: &[Waiting]) -> Vec<String> {
    let is_leaf = |one: &&Waiting| {
        let is_authority = one
            .roles
            .iter()
            .any(|role| role.kind == RoleKind::Authority);
        !is_authority && !one.asks_for_authority()
    };
    let mut faults = Vec::new();
    for answer in &answers.authorities {
        let key = answer.certificate.spki_sha256();
        for one in waiting
            .iter()
            .filter(is_leaf)
            .filter(|one| one.spki_sha256 == *key)
        {
            let path = printable(&one.path);
            let why = "it is a CA's certificate (basic constraints), asked was one that is none's";
            faults.push(format!("{} for {path}: {why}", shown(answer)));
        }
    }
    faults
}

/// The CAs above a leaf, and why it would not be verified by them.
pub(super) fn chain(
    places: &Places<'_>,
    materials: &Materials,
    answers: &Answers,
    (leaf, waiting): (&Certificate, &Waiting),
    moment: OffsetDateTime,
) -> (Vec<Certificate>, Vec<String>) {
    let paths = waiting
        .authorities
        .iter()
        .filter_map(|id| places.authority(*id));
    let mut present: Vec<Certificate> = paths
        .flat_map(|path| waiting::certificates(materials, &path))
        .collect();
    if waiting.place == Place::Local {
        let here = places.inventory.items.iter();
        let here = here.filter(|item| item.is_authority());
        present.extend(here.filter_map(|item| item.certificate().cloned()));
    }
    let is_timely = |one: &Certificate| untimely(one, moment).is_none();
    let chain: Vec<Certificate> = answers
        .chain(leaf, &present, is_timely)
        .into_iter()
        .cloned()
        .collect();
    let mut wrong = Vec::new();
    if chain.is_empty() {
        let issuer = leaf.details().issuer.to_rfc4514();
        wrong.push(format!(
            "no CA that was given or is here has signed it: its issuer is {}",
            printable(&issuer)
        ));
    }
    for one in &chain {
        let name = one.details().subject.to_rfc4514();
        wrong.extend(untimely(one, moment).map(|why| format!("its CA {} {why}", printable(&name))));
    }
    (chain, wrong)
}
