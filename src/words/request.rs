//! What is said of a request for a certificate: how it stands, and kubectl's own words for it.

use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use super::{Meaning, count};
use crate::inventory::RequestItem;
use crate::kubernetes::kubectl::{human_duration, tabbed};
use crate::kubernetes::signing_request::{Condition, Decision};
use crate::pki::text::printable;
use crate::pki::{CertificationRequest, GeneralName, hex, sha256};
use crate::record::decided_request::DecidedRequest;
use crate::record::{Answer, Decided};

/// What stands where there is nothing (kubectl).
const NONE: &str = "<none>";

/// Why a pod's request is neither approved nor denied.
pub const NO_APPROVAL_STEP: &str = "its signer answers it by itself: there is no approval step";

/// How a request stands: an object says it itself, of another it is what was decided here.
pub fn condition(request: &RequestItem, decided: &[DecidedRequest]) -> Condition {
    if let Some(object) = &request.object {
        return object.condition;
    }
    let Ok(asked) = &request.request else {
        return Condition::default();
    };
    let digest = hex(&sha256(&asked.der));
    let found = decided.iter().find(|one| one.sha256 == digest);
    match found.map(|one| one.decided) {
        Some(Decided::Signed) => Condition {
            decision: Decision::Approved,
            is_issued: true,
            has_failed: false,
        },
        Some(Decided::Denied) => Condition {
            decision: Decision::Denied,
            ..Condition::default()
        },
        Some(Decided::Deleted) | None => Condition::default(),
    }
}

/// What an answer means.
pub const fn meaning(answer: Answer) -> Meaning {
    match answer {
        Answer::Green => Meaning::Good,
        Answer::Amber => Meaning::Warn,
        Answer::Red => Meaning::Bad,
    }
}

/// State, what follows, and what can be done: the three lines with which its page begins.
pub fn sentence(
    request: &RequestItem,
    decided: &[DecidedRequest],
    verdict: (Answer, usize),
) -> [String; 3] {
    let condition = condition(request, decided);
    let (answer, known) = verdict;
    let state = format!(
        "{} · {}",
        condition.to_string().to_lowercase(),
        answer.word()
    );
    let is_pods = request
        .object
        .as_ref()
        .is_some_and(|object| object.pod.is_some());
    if is_pods && condition.is_pending() {
        return [state, NO_APPROVAL_STEP.to_owned(), "nothing".to_owned()];
    }
    let so = match answer {
        _ if !condition.is_pending() => "it was decided on; nothing is waited for here".to_owned(),
        Answer::Green => "nothing speaks against it, and everything was looked at".to_owned(),
        Answer::Amber => format!(
            "{} to be looked at before it is signed",
            count::of(known, "thing")
        ),
        Answer::Red => format!(
            "{} that must not be, unless you know why",
            count::of(known, "thing")
        ),
    };
    let how = match answer {
        _ if !condition.is_pending() => "nothing".to_owned(),
        Answer::Green | Answer::Amber => "approve or deny it".to_owned(),
        Answer::Red => "deny it; to sign it all the same takes its name".to_owned(),
    };
    [state, so, how]
}

/// When its object was created.
pub fn created(request: &RequestItem) -> Option<OffsetDateTime> {
    let text = request.object.as_ref()?.created.as_deref()?;
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// Its age as kubectl has it; `None`: it was not created yet.
pub fn age(request: &RequestItem, moment: OffsetDateTime) -> Option<String> {
    created(request).map(|created| human_duration(moment - created))
}

/// The columns of `kubectl get csr` (pkg/printers/internalversion/printers.go).
pub const COLUMNS: [&str; 6] = [
    "NAME",
    "AGE",
    "SIGNERNAME",
    "REQUESTOR",
    "REQUESTEDDURATION",
    "CONDITION",
];

/// The cells of its row there.
pub fn cells(
    request: &RequestItem,
    decided: &[DecidedRequest],
    moment: OffsetDateTime,
) -> [String; 6] {
    let object = request.object.as_ref();
    let seconds = object.and_then(|object| object.expiration_seconds);
    let signer = object.map(|object| object.signer_name.clone());
    let none = || NONE.to_owned();
    [
        request.name.clone(),
        age(request, moment).unwrap_or_else(|| "<unknown>".to_owned()),
        signer.filter(|name| !name.is_empty()).unwrap_or_else(none),
        object
            .map(|object| object.username.clone())
            .unwrap_or_default(),
        seconds.map_or_else(none, |seconds| {
            human_duration(time::Duration::seconds(seconds))
        }),
        condition(request, decided).to_string(),
    ]
}

/// What `kubectl describe csr` prints of it (k8s.io/kubectl pkg/describe/describe.go,
/// CertificateSigningRequestDescriber); `None`: it is no object, or its PKCS#10 cannot be read.
pub fn describe(request: &RequestItem) -> Option<String> {
    let object = request
        .object
        .as_ref()
        .filter(|object| object.pod.is_none())?;
    let asked = request.request.as_ref().ok()?;
    let mut lines = Vec::new();
    let mut line = |cells: &[&str]| lines.push(shown(cells));
    line(&["Name:", &request.name]);
    line(&["Labels:", &pairs(&object.labels)]);
    line(&["Annotations:", &pairs(&object.annotations)]);
    line(&["CreationTimestamp:", &timestamp(request)]);
    line(&["Requesting User:", &object.username]);
    if !object.signer_name.is_empty() {
        line(&["Signer:", &object.signer_name]);
    }
    if let Some(seconds) = object.expiration_seconds {
        let length = human_duration(time::Duration::seconds(seconds));
        line(&["Requested Duration:", &length]);
    }
    line(&["Status:", &object.condition.to_string()]);
    line(&["Subject:"]);
    lines.extend(subject(asked));
    lines.extend(names(asked));
    lines.push(shown(&["Events:", NONE]));
    Some(tabbed(&lines))
}

/// As Go's RFC1123Z; Go's first moment where there is none.
fn timestamp(request: &RequestItem) -> String {
    let created = created(request).and_then(|created| created.format(&Rfc2822).ok());
    created.unwrap_or_else(|| "Mon, 01 Jan 0001 00:00:00 +0000".to_owned())
}

/// The attributes that kubectl tells of, in its order, by their OIDs.
const SUBJECT: [(&str, &str); 7] = [
    ("2.5.4.10", "Organization"),
    ("2.5.4.11", "Organizational Unit"),
    ("2.5.4.6", "Country"),
    ("2.5.4.7", "Locality"),
    ("2.5.4.8", "Province"),
    ("2.5.4.9", "StreetAddress"),
    ("2.5.4.17", "PostalCode"),
];

fn subject(asked: &CertificationRequest) -> Vec<Vec<String>> {
    let all = || asked.subject.rdns().iter().flatten();
    // Of these Go keeps the last one.
    let last = |oid: &str| {
        let found = all().rev().find(|attribute| attribute.oid == oid);
        found.map_or("", |attribute| attribute.value.as_str())
    };
    let mut lines = vec![
        shown(&["", "Common Name:", last("2.5.4.3")]),
        shown(&["", "Serial Number:", last("2.5.4.5")]),
    ];
    for (oid, name) in SUBJECT {
        let values = all().filter(|attribute| attribute.oid == oid);
        lines.extend(list(name, values.map(|attribute| attribute.value.clone())));
    }
    lines
}

fn names(asked: &CertificationRequest) -> Vec<Vec<String>> {
    let of =
        |kind: fn(&GeneralName) -> Option<String>| asked.subject_alt_names.iter().filter_map(kind);
    let lists = [
        list(
            "DNS Names",
            of(|name| match name {
                GeneralName::Dns(name) => Some(name.clone()),
                _ => None,
            }),
        ),
        list(
            "Email Addresses",
            of(|name| match name {
                GeneralName::Email(address) => Some(address.clone()),
                _ => None,
            }),
        ),
        list(
            "URIs",
            of(|name| match name {
                GeneralName::Uri(uri) => Some(uri.clone()),
                _ => None,
            }),
        ),
        list(
            "IP Addresses",
            of(|name| match name {
                GeneralName::Ip(address) => Some(address.to_string()),
                _ => None,
            }),
        ),
    ];
    let lines: Vec<_> = lists.into_iter().flatten().collect();
    if lines.is_empty() {
        return lines;
    }
    let head = vec![shown(&["Subject Alternative Names:"])];
    head.into_iter().chain(lines).collect()
}

/// The name before the first value, nothing before the others.
fn list(name: &str, values: impl Iterator<Item = String>) -> Vec<Vec<String>> {
    let name = format!("{name}:");
    let line =
        |(at, value): (usize, String)| shown(&["", if at == 0 { &name } else { "" }, &value]);
    values.enumerate().map(line).collect()
}

fn pairs(pairs: &std::collections::BTreeMap<String, String>) -> String {
    if pairs.is_empty() {
        return NONE.to_owned();
    }
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(",")
}

fn shown(cells: &[&str]) -> Vec<String> {
    cells
        .iter()
        .map(|cell| printable(cell).into_owned())
        .collect()
}
