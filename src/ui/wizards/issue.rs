//! A certificate that did not exist before: what for, who it is, who signs it and where it goes.

mod answers;
mod purpose;
mod signed;
mod who;

use super::{Check, Context, Field, Kind, Line, Note, Step, Wizard, always, days, nothing};
use crate::kubernetes::signing_request::check_signer;
use crate::model::theme::Tone;
use crate::model::{IssueAbout, WizardName};
use crate::plan::Request;
use crate::plan::issue::{
    check_attribute, check_namespace, check_out, check_request, check_secret, check_service,
};
use crate::setup::check;
use answers::request;
use purpose::{profile, role};

pub(super) static WIZARD: Wizard = Wizard {
    title: |context| {
        let title = if purpose::is_request(context) {
            "Ask for a certificate"
        } else {
            "Issue a certificate"
        };
        title.to_owned()
    },
    steps: &[
        Step {
            title: "what for",
            page: None,
            fields: WHAT_FOR,
        },
        Step {
            title: "who it is",
            page: None,
            fields: WHO,
        },
        Step {
            title: "signed, and where to",
            page: None,
            fields: SIGNED,
        },
    ],
    request: |context| Request::Issue(Box::new(request(context))),
};

const WHAT_FOR: &[Field] = &[
    Field {
        name: "what",
        label: "what for",
        help: "Space chooses: what somebody else needs, or what Kubernetes itself reads on a node",
        kind: Kind::Choice {
            options: |_| purpose::purposes(),
            start: purpose::first_purpose,
        },
        asked: always,
        notes: purpose::purpose_notes,
    },
    Field {
        name: "role",
        label: "role",
        help: "those that this master has no certificate of come first",
        kind: Kind::Choice {
            options: purpose::role_words,
            start: purpose::first_role,
        },
        asked: |context| profile(context).is_none(),
        notes: purpose::role_notes,
    },
    Field {
        name: "node",
        label: "node",
        help: "for which it is; for another one the files are made to be sent there",
        kind: text(purpose::usual_node, |_, text| check::node_name(text)),
        asked: |context| role(context).is_some(),
        notes: purpose::place_notes,
    },
];

const WHO: &[Field] = &[
    Field {
        name: "written",
        label: "who",
        help: "as its text says: nothing is added, the CN is not taken for a name",
        kind: Kind::Choice {
            options: |_| vec!["as written".to_owned()],
            start: |_| 0,
        },
        asked: |context| purpose::written(context).is_some(),
        notes: who::written_notes,
    },
    Field {
        name: "names",
        label: "names",
        help: "what clients dial: DNS names, IP addresses; e-mail addresses and URIs too; paste a whole list",
        kind: names(),
        asked: |context| is_free(context) && purpose::is_dialled(context),
        notes: who::role_names,
    },
    Field {
        name: "cn",
        label: "CN",
        help: "its common name: the user's name, for who logs in; clients of a server look at its other names",
        kind: text(who::usual_common_name, |_, text| {
            check_attribute("CN", text)
        }),
        asked: is_free,
        notes: nothing,
    },
    Field {
        name: "groups",
        label: "groups (O)",
        help: "an O a line: for who logs in at the Kubernetes API they are his groups",
        kind: Kind::Table {
            start: |_| (Vec::new(), Vec::new()),
            one: "group",
            check: who::check_group,
        },
        asked: is_free,
        notes: who::role_groups,
    },
    Field {
        name: "more-names",
        label: "names",
        help: "DNS names, IP addresses, e-mail addresses, URIs; most who log in need none",
        kind: names(),
        asked: |context| is_free(context) && !purpose::is_dialled(context),
        notes: nothing,
    },
    Field {
        name: "service",
        label: "service",
        help: "a service of the cluster whose DNS names it bears too",
        kind: text(none, |_, text| check_service(text)),
        asked: |context| is_free(context) && purpose::is_served(context),
        notes: who::service_names,
    },
    Field {
        name: "this-node",
        label: "this node",
        help: "whether the names and addresses of this machine are among its names",
        kind: Kind::Toggle {
            words: ["its names too", "not"],
            start: |_| false,
        },
        asked: |context| {
            let has_names = !answers::of_machine(context).is_empty();
            has_names && is_free(context) && purpose::is_dialled(context)
        },
        notes: who::machine_names,
    },
    Field {
        name: "ingress",
        label: "for Ingress",
        help: "the name of the Secret that an Ingress asks for: it is made too, with spec.tls and what makes others know this CA",
        kind: text(none, |_, text| check_secret(text)),
        asked: purpose::is_for_ingress,
        notes: nothing,
    },
    Field {
        name: "namespace",
        label: "namespace",
        help: "of service and Secret",
        kind: text(
            |_| answers::NAMESPACE.to_owned(),
            |_, text| check_namespace(text),
        ),
        asked: |context| {
            purpose::given(context, "service", purpose::is_served(context)).is_some()
                || purpose::ingress(context).is_some()
        },
        notes: nothing,
    },
    Field {
        name: "confirm",
        label: "confirm",
        help: "the very word once more; it cannot be taken back",
        kind: text(|_| String::new(), |_, _| Ok(())),
        asked: |context| !who::sensitive_words(context).is_empty(),
        notes: who::sensitive_notes,
    },
];

const SIGNED: &[Field] = &[
    Field {
        name: "signer",
        label: "signer",
        help: "whom the cluster is asked for it: spec.signerName of the object",
        kind: text(signed::usual_signer, |_, text| check_signer(text)),
        asked: purpose::is_request,
        notes: nothing,
    },
    Field {
        name: "object",
        label: "object",
        help: "the name of the CertificateSigningRequest; empty: made of who it is",
        kind: text(
            |_| "made of who it is".to_owned(),
            |_, text| check_request(text),
        ),
        asked: purpose::is_request,
        notes: nothing,
    },
    Field {
        name: "authority",
        label: "CA",
        help: "who trusts this CA takes the certificate",
        kind: Kind::Choice {
            options: signed::authority_words,
            start: signed::first_authority,
        },
        asked: |context| !purpose::is_request(context),
        notes: signed::authority_notes,
    },
    Field {
        name: "sign",
        label: "sign",
        help: "a request is for a CA whose key is elsewhere: it waits until its answer is placed",
        kind: Kind::Toggle {
            words: ["here and now", "make key and request only"],
            start: signed::signs_at_first,
        },
        asked: |context| !purpose::is_request(context) && signed::has_choice(context),
        notes: nothing,
    },
    Field {
        name: "days",
        label: "lives for",
        help: "from now on: 90 (days), 90d, 12w or 1y; empty for the usual, never longer than its CA",
        kind: Kind::Text(Line {
            start: |_| String::new(),
            usual: signed::usual_days,
            unit: days::unit,
            check: days::check,
        }),
        asked: always,
        notes: signed::end,
    },
    Field {
        name: "algorithm",
        label: "key",
        help: "of which kind it is; RSA-2048 is read by everything",
        kind: Kind::Choice {
            options: signed::algorithms,
            start: |_| answers::usual_algorithm(),
        },
        asked: is_free,
        notes: signed::algorithm_notes,
    },
    Field {
        name: "usages",
        label: "usages",
        help: "more of them, as client-auth, code-signing, email-protection, or an OID",
        kind: Kind::List {
            base: |_| Vec::new(),
            start: |_| (Vec::new(), Vec::new()),
            one: "usage",
            check: signed::check_usage,
        },
        asked: always,
        notes: signed::usage_notes,
    },
    Field {
        name: "out",
        label: "where to",
        help: "how its files' names begin on this machine; a folder that is made is 0700",
        kind: text(signed::usual_place, |_, text| check_out(text)),
        asked: always,
        notes: signed::file_notes,
    },
    Field {
        name: "replace",
        label: "replace",
        help: "files that may be replaced, one a line: all else that lies there stays",
        kind: Kind::Table {
            start: |_| (Vec::new(), Vec::new()),
            one: "path",
            check: |_, text| check::file(text),
        },
        asked: always,
        notes: nothing,
    },
    Field {
        name: "note",
        label: "note",
        help: "why, for who finds it later",
        kind: text(none, who::check_word),
        asked: always,
        notes: nothing,
    },
];

/// What is wrong with the answers together, each where it can be mended.
pub(super) fn faults(context: &Context<'_>) -> Vec<(&'static str, String)> {
    purpose::faults(context)
        .into_iter()
        .chain(who::faults(context))
        .chain(signed::faults(context))
        .collect()
}

/// Whether no text says already who it is.
fn is_free(context: &Context<'_>) -> bool {
    purpose::written(context).is_none()
}

/// A line that is empty at first.
const fn text(usual: fn(&Context<'_>) -> String, check: Check) -> Kind {
    Kind::Text(Line {
        start: |_| String::new(),
        usual,
        unit: |_| "",
        check,
    })
}

const fn names() -> Kind {
    Kind::List {
        base: |_| Vec::new(),
        start: |_| (Vec::new(), Vec::new()),
        one: "name",
        check: who::check_name,
    }
}

fn none(_: &Context<'_>) -> String {
    "none".to_owned()
}

/// What the wizard was opened on.
fn about<'a>(context: &Context<'a>) -> &'a IssueAbout {
    match context.about {
        WizardName::Issue(about) => about,
        _ => &IssueAbout::Anything,
    }
}

/// Words below an answer.
fn note(words: impl Into<String>, tone: Tone) -> Note {
    (words.into(), tone)
}
