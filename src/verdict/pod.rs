//! A pod's request: nobody decides on it.

use super::Case;
use super::answers::AnswerSheet;
use super::rule::Rule;
use crate::pki::text::printable;

/// Who answers it, and what the API server has made sure of.
pub(super) fn answer(case: Case<'_>, answers: &mut AnswerSheet) {
    let Some(object) = case.object else { return };
    let signer = printable(&object.signer_name);
    answers.amber(
        Rule::Signer,
        format!("{signer} answers it by itself, or denies it: a PodCertificateRequest has no approval step"),
    );
    answers.not_known(
        Rule::Requester,
        "who asked; the API server lets a kubelet ask for the pods of its own node alone, a file shows nothing of that",
    );
}
