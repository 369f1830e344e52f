//! How long it would live, and what there is of it already.

use time::Duration;

use super::Case;
use super::answers::AnswerSheet;
use super::authority::controller_duration;
use super::rule::Rule;
use super::usual_days;
use crate::kubernetes::controller_signer::ControllerSigner;
use crate::kubernetes::signing_request::SigningRequestKind;
use crate::pki::Certificate;
use crate::pki::text::printable;
use crate::words::date;

/// What is told of its life and of others like it.
pub(super) fn answer(case: Case<'_>, answers: &mut AnswerSheet) {
    lifetime(case, answers);
    duplicates(case, answers);
}

fn lifetime(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::Lifetime;
    if let Some(end) = case
        .authority
        .and_then(|item| item.certificate())
        .map(Certificate::not_after)
        && end <= case.evidence.moment
    {
        return answers.red(rule, format!("its CA ended on {}", date::day(end)));
    }
    let Some(most) = case.evidence.approval.maximum_days else {
        return answers.not_known(
            rule,
            "how long is allowed (settings.yaml, approval.maximumDays)",
        );
    };
    let asked = case
        .object
        .and_then(|object| object.expiration_seconds)
        .map(Duration::seconds);
    let given = if case.controller.is_some() {
        let (usual, _) = controller_duration(case.evidence.inventory);
        asked.map_or(usual, |asked| asked.min(usual))
    } else {
        asked.unwrap_or_else(|| Duration::days(i64::from(usual_days(&case.usages()))))
    };
    let days = given.whole_days();
    if given > Duration::days(i64::from(most)) {
        answers.red(
            rule,
            format!("it would live {days} days, and approval.maximumDays is {most}"),
        );
    } else {
        answers.green(
            rule,
            format!("it would live {days} days, of {most} that are allowed"),
        );
    }
}

fn duplicates(case: Case<'_>, answers: &mut AnswerSheet) {
    let rule = Rule::Duplicates;
    let is_first = case.kind == SigningRequestKind::NodeClient;
    for item in case.evidence.living(case.asked) {
        let Some(certificate) = item.certificate() else {
            continue;
        };
        let until = date::day(certificate.not_after());
        let id = printable(&item.id);
        let text = if is_first {
            format!(
                "{id} is a valid certificate of this node until {until}: why does it ask for a first one?"
            )
        } else {
            format!("{id} bears the same subject until {until}: then there are two")
        };
        answers.amber(rule, text);
    }
    let (_, requests) = case.evidence.open_requests(case.asked);
    if requests > 1 {
        answers.amber(
            rule,
            format!("{requests} open requests here ask for this subject"),
        );
    }
    if case.controller == Some(ControllerSigner::KubeletClient) && !answers.has(rule) {
        answers.not_known(
            rule,
            "whether this node has a valid certificate already: a node's own lies on that node",
        );
    } else if !answers.has(rule) {
        answers.green(
            rule,
            "no other open request and no living certificate here has this subject",
        );
    }
}
