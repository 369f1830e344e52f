//! What lets a node in: a token, a line of a token file, the kubeconfig with it, the bindings. One
//! table: which of them is the first question.

mod answers;
mod means;

use self::answers::{
    check_group, check_hours, check_line_group, check_path, check_server, check_user, check_word,
    kind_notes, request,
};
use self::means::JoinMeans;
use super::{Context, Field, Kind, Line, Step, Wizard, always, nothing};
use crate::kubernetes::bootstrap::{BootstrapIdentity, NODE_TOKENS, TOKEN_HOURS};
use crate::plan::bootstrap::FOLDER;

pub(super) static WIZARD: Wizard = Wizard {
    title: answers::title,
    steps: &[Step {
        title: "what lets it in",
        page: None,
        fields: FIELDS,
    }],
    request,
};

const FIELDS: &[Field] = &[
    Field {
        name: "what",
        label: "make",
        help: "Space chooses; a node needs a token, the bindings once for all, and a kubeconfig where kubeadm join is not used",
        kind: Kind::Choice {
            options: |_| JoinMeans::ALL.map(|means| means.word().to_owned()).to_vec(),
            start: |context| JoinMeans::first(context.about).place(),
        },
        asked: always,
        notes: kind_notes,
    },
    Field {
        name: "hours",
        label: "lets in for",
        help: "from now on, in hours, or as 7d or 2w; 0 is for ever, and whoever finds the token then may join for ever",
        kind: text(|_| TOKEN_HOURS.to_string(), answers::unit, check_hours),
        asked: |context| JoinMeans::of(context) == JoinMeans::Token,
        notes: answers::end,
    },
    Field {
        name: "description",
        label: "what for",
        help: "one line for who finds the token later, as \"workers of rack 7\"; may stay empty",
        kind: text(|_| "not said".to_owned(), no_unit, check_word),
        asked: |context| JoinMeans::of(context) == JoinMeans::Token,
        notes: nothing,
    },
    Field {
        name: "groups",
        label: "groups",
        help: "beside system:bootstrappers; kubeadm's bindings are for the one that stands here, Space takes it away",
        kind: groups(|_| vec![NODE_TOKENS.to_owned()], check_group),
        asked: |context| JoinMeans::of(context) == JoinMeans::Token,
        notes: nothing,
    },
    Field {
        name: "token-file",
        label: "manifest",
        help: "the file for its Secret, which kubectl apply -f then gives to the cluster",
        kind: text(
            |_| format!("{FOLDER}/bootstrap-token-<id>.yaml"),
            no_unit,
            check_path,
        ),
        asked: |context| JoinMeans::of(context) == JoinMeans::Token,
        notes: nothing,
    },
    Field {
        name: "user",
        label: "user",
        help: "who comes with the token; the bindings are for him or his group",
        kind: text(answers::usual_user, no_unit, check_user),
        asked: |context| JoinMeans::of(context) == JoinMeans::Line,
        notes: answers::user_notes,
    },
    Field {
        name: "uid",
        label: "uid",
        help: "a number that means nothing to RBAC; empty for the next free one from 10001",
        kind: text(|_| "the next free one".to_owned(), no_unit, check_word),
        asked: |context| JoinMeans::of(context) == JoinMeans::Line,
        notes: nothing,
    },
    Field {
        name: "line-groups",
        label: "groups",
        help: "the user's groups; Space on one takes it away",
        kind: groups(answers::usual_groups, check_line_group),
        asked: |context| JoinMeans::of(context) == JoinMeans::Line,
        notes: nothing,
    },
    Field {
        name: "whose",
        label: "token",
        help: "who the new kubelet is until it has its certificate; the kubeconfig holds the token: keep it as a secret",
        kind: Kind::Choice {
            options: answers::identities,
            start: |_| 0,
        },
        asked: |context| JoinMeans::of(context) == JoinMeans::Kubeconfig,
        notes: answers::identity_notes,
    },
    Field {
        name: "server",
        label: "server",
        help: "the URL of the API server, as https://10.0.0.10:6443; empty for that of the kubeconfigs here",
        kind: text(answers::usual_server, no_unit, check_server),
        asked: |context| JoinMeans::of(context) == JoinMeans::Kubeconfig,
        notes: nothing,
    },
    Field {
        name: "kubeconfig-file",
        label: "file",
        help: "on this master; it is copied to the worker, where --bootstrap-kubeconfig names it",
        kind: text(answers::usual_kubeconfig, no_unit, check_path),
        asked: |context| JoinMeans::of(context) == JoinMeans::Kubeconfig,
        notes: nothing,
    },
    Field {
        name: "identity",
        label: "for",
        help: "whom the bindings let ask for a certificate, and whose requests are approved by themselves",
        kind: Kind::Choice {
            options: answers::identity_words,
            start: answers::usual_identity,
        },
        asked: |context| JoinMeans::of(context) == JoinMeans::Bindings,
        notes: answers::binding_notes,
    },
    Field {
        name: "bindings-file",
        label: "manifest",
        help: "the file for the bindings, which kubectl apply -f then gives to the cluster",
        kind: text(|_| format!("{FOLDER}/bindings.yaml"), no_unit, check_path),
        asked: |context| JoinMeans::of(context) == JoinMeans::Bindings,
        notes: nothing,
    },
];

/// The identities for which bindings are made, in the order in which they are offered.
const IDENTITIES: [BootstrapIdentity; 3] = [
    BootstrapIdentity::Token,
    BootstrapIdentity::TokenFile,
    BootstrapIdentity::Bootstrapper,
];

/// A line that is empty at first.
const fn text(
    usual: fn(&Context<'_>) -> String,
    unit: fn(&str) -> &'static str,
    check: super::Check,
) -> Kind {
    Kind::Text(Line {
        start: |_| String::new(),
        usual,
        unit,
        check,
    })
}

/// Groups of which some are there, and none must stay.
const fn groups(usual: fn(&Context<'_>) -> Vec<String>, check: super::Check) -> Kind {
    Kind::List {
        base: usual,
        start: |_| (Vec::new(), Vec::new()),
        one: "group",
        check,
    }
}

fn no_unit(_: &str) -> &'static str {
    ""
}
