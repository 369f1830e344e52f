//! What the signer that a request names takes and refuses (pkg/apis/certificates/helpers.go,
//! validation/validation.go; plugin/pkg/admission/certificates/subjectrestriction).

use super::Case;
use super::answers::AnswerSheet;
use super::rule::Rule;
use crate::kubernetes::controller_signer::ControllerSigner;
use crate::kubernetes::privileged::{MASTERS, NODE_USER, NODES};
use crate::kubernetes::signing_request::{RequestedUsage, check_signer};
use crate::pki::text::printable;
use crate::pki::{ExtendedKeyUsage, GeneralName, KeyUsage};

/// spec.expirationSeconds is this at least.
const SHORTEST: i64 = 600;

/// What is told of the signer, and of what would not be signed.
pub(super) fn answer(case: Case<'_>, answers: &mut AnswerSheet) {
    extras(case, answers);
    let rule = Rule::Signer;
    let Some(object) = case.object else {
        return match case.usages().as_slice() {
            [] => answers.not_known(
                rule,
                "what it is for: the request names no usage (--usage says it)",
            ),
            _ => answers.green(
                rule,
                "a PKCS#10 file, for no signer of Kubernetes: kubepki signs it",
            ),
        };
    };
    validation(case, answers);
    match case.controller {
        Some(signer) => {
            for fault in faults(case, signer) {
                answers.red(rule, format!("{} refuses it: {fault}", signer.name()));
            }
            if !answers.has(rule) {
                answers.green(
                    rule,
                    format!(
                        "{} takes this subject, these names and usages",
                        signer.name()
                    ),
                );
            }
        }
        None if object.signer_name.is_empty() => answers.not_known(
            rule,
            "which signer is meant: certificates.k8s.io/v1beta1 did not ask for one",
        ),
        None if !answers.has(rule) => answers.green(
            rule,
            format!(
                "{} is no signer of Kubernetes: whoever signs for it makes its rules, here kubepki",
                printable(&object.signer_name)
            ),
        ),
        None => {}
    }
}

/// What the API server would not even take.
fn validation(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::Signer;
    let Some(object) = case.object else {
        return;
    };
    if object.usages.is_empty() {
        answers.red(rule, "the API server refuses it: spec.usages is empty");
    }
    for (at, usage) in object.usages.iter().enumerate() {
        if matches!(usage.meaning(), RequestedUsage::Other(_)) {
            let word = usage.to_string();
            answers.red(
                rule,
                format!(
                    "the API server refuses it: it knows no usage {}",
                    printable(&word)
                ),
            );
        } else if object.usages.iter().take(at).any(|before| before == usage) {
            answers.red(
                rule,
                format!("the API server refuses it: the usage {usage} stands twice"),
            );
        }
    }
    if object.has_wrong_expiration {
        answers.red(
            rule,
            "the API server refuses it: expirationSeconds is no whole number",
        );
    }
    if object
        .expiration_seconds
        .is_some_and(|seconds| seconds < SHORTEST)
    {
        answers.red(
            rule,
            format!("the API server refuses it: expirationSeconds must be {SHORTEST} at least"),
        );
    }
    if !object.signer_name.is_empty()
        && let Err(why) = check_signer(&object.signer_name)
    {
        answers.red(rule, format!("the API server refuses it: {why}"));
    }
}

/// What a signer of kube-controller-manager refuses: a sentence's end each.
fn faults(case: Case<'_>, signer: ControllerSigner) -> Vec<String> {
    match signer {
        ControllerSigner::LegacyUnknown => {
            vec!["it cannot be asked through certificates.k8s.io/v1".to_owned()]
        }
        ControllerSigner::ApiserverClient => client_faults(case),
        ControllerSigner::KubeletClient => {
            let mut faults = node_faults(case);
            if !case.asked.subject_alt_names.is_empty() {
                faults.push("a kubelet's client certificate has no names".to_owned());
            }
            faults.extend(usage_fault(case, &ExtendedKeyUsage::ClientAuth));
            faults
        }
        ControllerSigner::KubeletServing => {
            let mut faults = node_faults(case);
            let names = &case.asked.subject_alt_names;
            let is_kept =
                |name: &GeneralName| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_));
            if !names.iter().any(is_kept) {
                faults.push("it asks for no DNS name and no address".to_owned());
            }
            let is_refused =
                |name: &&GeneralName| matches!(name, GeneralName::Email(_) | GeneralName::Uri(_));
            let refused = names.iter().filter(is_refused);
            faults.extend(refused.map(|name| format!("{name} is no name of a kubelet")));
            faults.extend(usage_fault(case, &ExtendedKeyUsage::ServerAuth));
            faults
        }
    }
}

fn client_faults(case: Case<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    if case.asked.subject.organizations().contains(&MASTERS) {
        faults.push(format!(
            "the group {MASTERS} is not given by it (CertificateSubjectRestriction)"
        ));
    }
    let (key, extended) = usages(case);
    if !extended.contains(&ExtendedKeyUsage::ClientAuth) {
        faults.push("it does not ask for client auth".to_owned());
    }
    let is_other = |usage: &&KeyUsage| {
        !matches!(
            usage,
            KeyUsage::DigitalSignature | KeyUsage::KeyEncipherment
        )
    };
    let others = key.iter().filter(is_other).map(ToString::to_string);
    let others = others.chain(
        extended
            .iter()
            .filter(|usage| **usage != ExtendedKeyUsage::ClientAuth)
            .map(ToString::to_string),
    );
    faults.extend(others.map(|usage| format!("the usage {usage} is not for a client")));
    faults
}

fn node_faults(case: Case<'_>) -> Vec<String> {
    let subject = &case.asked.subject;
    let mut faults = Vec::new();
    if subject.organizations() != [NODES] {
        faults.push(format!("its only O must be {NODES}"));
    }
    let is_node = subject
        .common_name()
        .is_some_and(|name| name.starts_with(NODE_USER));
    if !is_node {
        faults.push(format!("its CN must begin with {NODE_USER}"));
    }
    faults
}

/// Exactly this one beside digital signature, with or without key encipherment.
fn usage_fault(case: Case<'_>, wanted: &ExtendedKeyUsage) -> Option<String> {
    let (key, extended) = usages(case);
    let is_known = |usage: &KeyUsage| {
        matches!(
            usage,
            KeyUsage::DigitalSignature | KeyUsage::KeyEncipherment
        )
    };
    let is_right = key.contains(&KeyUsage::DigitalSignature)
        && key.iter().all(is_known)
        && extended.iter().all(|usage| usage == wanted)
        && !extended.is_empty();
    (!is_right).then(|| {
        format!(
            "its usages must be digital signature and {wanted}, with or without key encipherment"
        )
    })
}

fn usages(case: Case<'_>) -> (Vec<KeyUsage>, Vec<ExtendedKeyUsage>) {
    let (mut key, mut extended) = (Vec::new(), Vec::new());
    for usage in case.object.into_iter().flat_map(|object| &object.usages) {
        match usage.meaning() {
            RequestedUsage::Key(usage) => key.push(usage),
            RequestedUsage::Extended(usage) => extended.push(usage),
            RequestedUsage::Other(_) => {}
        }
    }
    (key, extended)
}

/// What is asked for beside names and usages.
fn extras(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::Extras;
    let asked = case.asked;
    if asked.is_authority {
        answers.red(
            rule,
            "it asks for a CA (basic constraints): nothing that is signed here becomes one",
        );
    }
    if asked.extension_requests > 1 {
        answers.red(
            rule,
            "it has more than one extension request: readers do not agree on which counts",
        );
    }
    // An extension with a field that could not be read stands among the others.
    let is_field = |oid: &&String| FIELDS.contains(&oid.as_str());
    for oid in asked.other_extensions.iter().filter(is_field) {
        answers.red(rule, format!("its extension {oid} cannot be read"));
    }
    let others: Vec<&str> = asked
        .other_extensions
        .iter()
        .filter(|oid| !is_field(oid))
        .map(String::as_str)
        .collect();
    if !others.is_empty() {
        answers.amber(
            rule,
            format!("its extensions {} are not signed", others.join(", ")),
        );
    }
    let is_challenge = |oid: &String| oid == crate::pki::CHALLENGE_PASSWORD;
    if asked.other_attributes.iter().any(is_challenge) {
        answers.amber(
            rule,
            "it carries a challenge password, which no CA here reads and everybody who sees the request does",
        );
    }
}

/// subjectAltName, keyUsage, extendedKeyUsage.
const FIELDS: [&str; 3] = ["2.5.29.17", "2.5.29.15", "2.5.29.37"];
