//! Who the users of a kubeconfig are, and where its contexts lead.

use super::Meaning;
use crate::inventory::{KubeconfigContext, Reaches, User, UserKind};
use crate::running::ServerVerdict;

/// Of one without a context.
pub const NO_CONTEXT: &str = "none: kubectl would not know whom to ask";

/// Of one that is this master's own and leads elsewhere.
pub const ASTRAY: &str = "it leads to another cluster: its CA is not this master's";

/// How a user shows who it is.
pub fn kind(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Certificate => "certificate",
        UserKind::BootstrapToken => "bootstrap",
        UserKind::StaticToken => "static token",
        UserKind::ServiceAccountToken => "SA token",
        UserKind::Password => "password",
        UserKind::Exec => "command",
        UserKind::None => "no user",
    }
}

/// Who the API server takes a user for.
pub fn identity(user: &User) -> (&str, Meaning) {
    user.identity
        .as_deref()
        .map_or(("not known from here", Meaning::Dim), |identity| {
            (identity, Meaning::Text)
        })
}

/// Which cluster a context reaches.
pub fn reaches(reaches: Reaches) -> (&'static str, Meaning) {
    match reaches {
        Reaches::ThisMaster => ("this master", Meaning::Good),
        Reaches::AnotherCluster => ("another cluster", Meaning::Warn),
        Reaches::ThroughRancher => ("through Rancher", Meaning::Text),
        Reaches::Unknown => ("not known which", Meaning::Dim),
    }
}

/// What a context is made of: "user admin at cluster prod, namespace web".
pub fn context(context: &KubeconfigContext) -> String {
    let namespace = context
        .namespace
        .as_ref()
        .map(|name| format!(", namespace {name}"))
        .unwrap_or_default();
    format!(
        "user {} at cluster {}{namespace}",
        context.user, context.cluster
    )
}

/// What kubectl says to a server, and why.
pub fn verdict(verdict: &ServerVerdict) -> (&'static str, &str, Meaning) {
    match verdict {
        ServerVerdict::Match => ("match", "its CA vouches for the server", Meaning::Good),
        ServerVerdict::Refused(why) => ("refused", why, Meaning::Bad),
        ServerVerdict::Everything => ("takes every server", "it verifies nothing", Meaning::Warn),
        ServerVerdict::Unknown(why) => ("not known", why, Meaning::Dim),
    }
}
