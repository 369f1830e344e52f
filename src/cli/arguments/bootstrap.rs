//! What `bootstrap` takes.

use clap::{Args, Subcommand, ValueEnum};

use super::ChangeArguments;
use crate::kubernetes::bootstrap::{BootstrapIdentity, NODE_TOKENS};
use crate::record::moment::parse_duration;

/// The commands below `bootstrap`.
#[derive(Debug, Subcommand)]
pub(crate) enum BootstrapCommand {
    /// A new bootstrap token as the manifest of its Secret; those that are here; one that ends now
    ///
    /// The cluster learns of it by kubectl apply -f.
    Token(Box<TokenArguments>),
    /// A new line of the API server's token file; those that are there; a user who leaves it
    ///
    /// The API server reads the file at its start only.
    TokenFile(Box<TokenFileArguments>),
    /// The kubeconfig with which a kubelet asks for its first certificate
    Kubeconfig {
        /// Whose token: the id of a bootstrap token, or a user of the token file
        #[arg(long, value_name = "ID|USER")]
        identity: String,

        /// The API server's URL [default: that of the kubeconfigs here]
        #[arg(long, value_name = "URL")]
        server: Option<String>,

        /// Its file on the master [default: where the layout has it]
        #[arg(long, value_name = "PATH")]
        path: Option<String>,

        #[command(flatten)]
        change: ChangeArguments,
    },
    /// The bindings that let a kubelet ask for certificates and have its requests approved
    ///
    /// For the serving certificate of the kubelet's port (selfnodeserver) Kubernetes has no
    /// approver.
    Manifests {
        /// For whom [default: as the layout has it]
        #[arg(long, value_name = "IDENTITY")]
        identity: Option<IdentityName>,

        /// Their file on the master [default: /etc/kubernetes/bootstrap/bindings.yaml]
        #[arg(long, value_name = "PATH")]
        path: Option<String>,

        /// Print them and write nothing
        #[arg(long, conflicts_with = "path")]
        print: bool,

        #[command(flatten)]
        change: ChangeArguments,
    },
    /// What kubeadm join pins: SHA-256 over the public key of the cluster's CA
    Hash,
    /// The line for a new machine, and the flags that each component needs
    ///
    /// The line holds the token where --token names it: whoever reads it can join.
    Join {
        /// The id of the bootstrap token, whose secret is read from its manifest here [default:
        /// <token> stands for it]
        #[arg(long, value_name = "ID")]
        token: Option<String>,

        /// For a control plane node
        #[arg(long)]
        control_plane: bool,
    },
}

/// What `bootstrap token` takes.
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// How long it lets in, in whole hours: 24h, 7d; 0 for ever
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = hours)]
    pub(crate) ttl: Lifetime,

    /// What it is for
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) description: String,

    /// A group beside system:bootstrappers (may be repeated)
    #[arg(long = "group", value_name = "GROUP", default_value = NODE_TOKENS)]
    pub(crate) groups: Vec<String>,

    /// The manifest's file on the master [default:
    /// /etc/kubernetes/bootstrap/bootstrap-token-ID.yaml]
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Option<String>,

    /// Print the manifest and write nothing
    #[arg(long, conflicts_with = "path")]
    pub(crate) print: bool,

    /// The tokens in manifests here, never their secrets
    #[arg(long, conflicts_with_all = ["print", "path"])]
    pub(crate) list: bool,

    /// The token of this id ends now
    #[arg(long, value_name = "ID", conflicts_with_all = ["list", "print", "path"])]
    pub(crate) expire: Option<String>,

    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}

/// What `bootstrap token-file` takes.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["user", "expire", "list"])))]
pub(crate) struct TokenFileArguments {
    /// Whom the new token lets in
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,

    /// The user's uid [default: the next one free from 10001]
    #[arg(long, value_name = "UID", requires = "user")]
    pub(crate) uid: Option<String>,

    /// A group of the user (may be repeated) [default: that of the guides]
    #[arg(long = "group", value_name = "GROUP", requires = "user")]
    pub(crate) groups: Vec<String>,

    /// The lines of this user leave the file
    #[arg(long, value_name = "USER")]
    pub(crate) expire: Option<String>,

    /// The lines that are there, never their tokens
    #[arg(long)]
    pub(crate) list: bool,

    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}

/// Who a new kubelet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum IdentityName {
    /// A bootstrap token: system:bootstrap:ID
    Token,
    /// kubelet-bootstrap of the token file
    TokenFile,
    /// system:bootstrapper of the token file
    Bootstrapper,
}

impl From<IdentityName> for BootstrapIdentity {
    fn from(name: IdentityName) -> Self {
        match name {
            IdentityName::Token => Self::Token,
            IdentityName::TokenFile => Self::TokenFile,
            IdentityName::Bootstrapper => Self::Bootstrapper,
        }
    }
}

/// How long a token lets in, in hours; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetime(pub(crate) Option<u32>);

fn hours(text: &str) -> Result<Lifetime, String> {
    if text.trim() == "0" {
        return Ok(Lifetime(None));
    }
    let duration = parse_duration(text).map_err(|error| error.to_string())?;
    let whole = u32::try_from(duration.whole_hours())
        .ok()
        .filter(|hours| *hours > 0);
    let hours = whole.ok_or_else(|| "at least one hour, or 0 for ever".to_owned())?;
    Ok(Lifetime(Some(hours)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_whole_hours() {
        for (text, expected) in [
            ("24h", Some(Some(24))),
            ("7d", Some(Some(168))),
            ("0", Some(None)),
            ("0h", None),
            ("-1h", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(
                hours(text).ok().map(|lifetime| lifetime.0),
                expected,
                "{text}"
            );
        }
    }
}
