//! Does the asker hold the key?

use super::Case;
use super::answers::AnswerSheet;
use super::rule::Rule;
use crate::kubernetes::signing_request::RequestedUsage;
use crate::pki::text::printable;
use crate::pki::{Curve, KeyKind, KeyUsage};

/// The arc of the ML-DSA signatures (FIPS 204; RFC 9881 §2).
const ML_DSA: [&str; 3] = [
    "2.16.840.1.101.3.4.3.17",
    "2.16.840.1.101.3.4.3.18",
    "2.16.840.1.101.3.4.3.19",
];

/// What is told of the key.
pub(super) fn answer(case: Case<'_>, answers: &mut AnswerSheet) {
    own_signature(case, answers);
    strength(case, answers);
    once(case, answers);
}

fn own_signature(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::OwnSignature;
    match case.asked.signature_valid {
        Some(true) => answers.green(rule, "signed with the key that it names"),
        Some(false) => answers.red(rule, "not signed with the key that it names"),
        None => answers.not_known(
            rule,
            &format!(
                "a signature by {} with a key of the kind {} cannot be checked here, nor signed for",
                case.asked.signature_algorithm, case.asked.key_algorithm
            ),
        ),
    }
}

fn strength(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::KeyStrength;
    let kind = &case.asked.key_algorithm;
    match kind {
        KeyKind::Rsa(bits) if *bits < 2048 => {
            answers.red(
                rule,
                format!("{kind} can be broken: 2048 bit are the least"),
            );
        }
        KeyKind::Rsa(bits) if *bits > 8192 => answers.amber(
            rule,
            format!("{kind}: Go refuses RSA keys of more than 8192 bit in a handshake"),
        ),
        KeyKind::Ecdsa(Curve::P256 | Curve::P384) | KeyKind::Rsa(_) => {
            answers.green(rule, kind.to_string());
        }
        KeyKind::Ed25519 => answers.green(rule, "Ed25519; browsers take no such certificate"),
        KeyKind::Ecdsa(Curve::P521) => {
            answers.amber(
                rule,
                format!("{kind}: not every TLS client takes this curve"),
            );
        }
        KeyKind::Ecdsa(Curve::P224 | Curve::Secp256k1) | KeyKind::Dsa => {
            answers.red(rule, format!("{kind}: TLS in Go takes no such key"));
        }
        KeyKind::Ecdsa(Curve::Other(_) | Curve::Unnamed) | KeyKind::RsaPss | KeyKind::Ed448 => {
            answers.red(rule, format!("{kind}: Go's crypto/x509 reads no such key"));
        }
        KeyKind::Other(oid) if ML_DSA.contains(&oid.as_str()) => {
            if wants_encipherment(case) {
                answers.red(
                    rule,
                    "an ML-DSA key signs alone: key encipherment and key agreement are not for it (RFC 9881 §5)",
                );
            }
            answers.not_known(
                rule,
                "ML-DSA: whether the readers of this certificate take it (Kubernetes 1.38 is the first that does)",
            );
        }
        KeyKind::Other(oid) => answers.not_known(
            rule,
            &format!("no key of the kind {} is known here", printable(oid)),
        ),
    }
}

fn wants_encipherment(case: Case<'_>) -> bool {
    let is_one =
        |usage: &KeyUsage| matches!(usage, KeyUsage::KeyEncipherment | KeyUsage::KeyAgreement);
    let listed = case.object.into_iter().flat_map(|object| &object.usages);
    let mut listed = listed.map(RequestedUsage::meaning);
    case.asked.key_usage.iter().any(is_one)
        || listed.any(|usage| matches!(usage, RequestedUsage::Key(usage) if is_one(&usage)))
}

fn once(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::KeyOnce;
    let subject = case.asked.subject.as_der();
    for item in case.evidence.of_key(case.asked) {
        let id = printable(&item.id);
        let is_same = item
            .certificate()
            .is_some_and(|certificate| certificate.subject_der() == subject);
        if item.is_authority() {
            answers.red(rule, format!("it is the key of the CA {id}"));
        } else if is_same {
            answers.amber(
                rule,
                format!("{id} has the same key: it is asked to go on with an old one"),
            );
        } else {
            answers.amber(
                rule,
                format!("{id}, which is somebody else, has the same key: whoever holds it is both"),
            );
        }
    }
    let (requests, _) = case.evidence.open_requests(case.asked);
    if requests > 1 {
        answers.amber(
            rule,
            format!("{requests} open requests here ask with the same key"),
        );
    }
    if !answers.has(rule) {
        answers.green(
            rule,
            "no certificate and no other request here has this key",
        );
    }
}
