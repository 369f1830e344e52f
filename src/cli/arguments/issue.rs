//! What `issue` takes.

use clap::{ArgGroup, Args};

use super::ChangeArguments;
use super::change::name;
use crate::kubernetes::role::{RoleId, role};
use crate::pki::ExtendedKeyUsage;
use crate::pki::key::KeyAlgorithm;
use crate::plan::Profile;
use crate::setup::check::known_algorithm;

/// What `issue` takes.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("purpose").required(true).args(["profile", "role"])))]
pub(crate) struct IssueArguments {
    /// What for: server, client, peer (both), user (a person with groups), authority (a CA below
    /// another one)
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    pub(crate) profile: Option<Profile>,

    /// The role whose certificate is missing, as apiserver-etcd-client: in the layout's places
    #[arg(long, value_name = "ROLE", value_parser = role_id)]
    pub(crate) role: Option<RoleId>,

    /// The node that the role's certificate is for [default: this one]
    #[arg(long, value_name = "NAME", conflicts_with = "profile")]
    pub(crate) node: Option<String>,

    #[command(flatten)]
    pub(crate) subject: SubjectArguments,

    /// How many days it lives, from now; never longer than its CA [default: server, peer 365;
    /// client, user 90; authority 1825; a role's as the settings or the layout say]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) days: Option<u32>,

    /// The CA that signs it: its id or path [default: the cluster's; never etcd's or the front
    /// proxy's unasked]
    #[arg(long, value_name = "ID")]
    pub(crate) authority: Option<String>,

    #[command(flatten)]
    pub(crate) written: IssuedFilesArguments,

    /// Why, for the ledger
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) note: String,

    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}

/// Who it is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Who it is")]
pub(crate) struct SubjectArguments {
    /// The CN; the user's name, for who logs in [default: a server's first DNS name, a role's own]
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) cn: String,

    /// An O; a group, for who logs in (may be repeated)
    #[arg(long = "org", value_name = "NAME")]
    pub(crate) organizations: Vec<String>,

    /// A DNS name, IP address, e-mail address or URI (may be repeated)
    #[arg(long = "san", value_name = "NAME", value_parser = name)]
    pub(crate) names: Vec<String>,

    /// The DNS names of this service inside the cluster
    #[arg(long, value_name = "NAME", conflicts_with = "role")]
    pub(crate) service: Option<String>,

    /// This machine's name and addresses
    #[arg(long)]
    pub(crate) this_node: bool,

    /// A usage more, as server-auth, client-auth, code-signing, email-protection, or an OID (may be
    /// repeated)
    #[arg(long = "usage", value_name = "USAGE", value_parser = usage)]
    pub(crate) usages: Vec<ExtendedKeyUsage>,

    /// The algorithm of its key, as RSA-3072, ECDSA-P256, Ed25519 [default: RSA-2048]
    #[arg(long, value_name = "ALGORITHM", value_parser = known_algorithm)]
    pub(crate) key_algorithm: Option<KeyAlgorithm>,
}

/// What is written.
#[derive(Debug, Args)]
#[command(next_help_heading = "What is written")]
pub(crate) struct IssuedFilesArguments {
    /// PREFIX.crt (with the CAs between), PREFIX.key (0600), PREFIX-ca.crt [default:
    /// ~/kubepki/NAME/NAME; a role's of this node in the layout's places]
    #[arg(long, value_name = "PREFIX")]
    pub(crate) out: Option<String>,

    /// The Secret of this name for an Ingress, its spec.tls, and how systems learn to know the CA
    #[arg(long, value_name = "SECRET", conflicts_with_all = ["role", "request_only"])]
    pub(crate) ingress: Option<String>,

    /// The namespace of service and Secret
    #[arg(long, value_name = "NAMESPACE", default_value = "default")]
    pub(crate) namespace: String,

    /// PREFIX.key and PREFIX.csr for a CA whose key is elsewhere; request import places its answer
    #[arg(long)]
    pub(crate) request_only: bool,

    /// This file may be replaced (may be repeated)
    #[arg(long, value_name = "PATH")]
    pub(crate) replace: Vec<String>,
}

pub(super) fn profile(text: &str) -> Result<Profile, String> {
    text.parse()
}

pub(super) fn role_id(text: &str) -> Result<RoleId, String> {
    role(text)
        .map(|role| role.id)
        .ok_or_else(|| "it is no role; kubepki list -o json has them".to_owned())
}

pub(super) fn usage(text: &str) -> Result<ExtendedKeyUsage, String> {
    text.parse()
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::arguments::{Arguments, Command};

    fn issue(line: &str) -> Result<IssueArguments, String> {
        let words = ["kubepki", "issue"]
            .into_iter()
            .chain(line.split_whitespace());
        match Arguments::try_parse_from(words)
            .map_err(|error| error.to_string())?
            .command
        {
            Some(Command::Issue(arguments)) => Ok(*arguments),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn what_it_is_for_is_said_in_one_way() {
        for line in [
            "--profile server --san a.example --san 10.0.0.1 --days 90",
            "--profile user --cn ann --org dev --org ops --out /tmp/ann",
            "--profile client --cn a --usage code-signing --usage 1.2.3.4",
            "--role etcd-server --node m-2 --san 10.0.0.2",
            "--profile server --service web --namespace shop --ingress web-tls",
        ] {
            issue(line).unwrap();
        }
        for line in [
            "",
            "--profile server --role apiserver",
            "--profile rabbit",
            "--role rabbit",
            "--profile server --node m-2",
            "--profile server --days 0",
            "--profile server --san a/b",
            "--profile client --cn a --usage fun",
            "--role apiserver --service web",
            "--profile server --san a --ingress s --request-only",
        ] {
            assert!(issue(line).is_err(), "{line}");
        }
        let asked = issue("--profile peer --usage Client-Auth --usage 1.2.3").unwrap();
        assert_eq!(
            asked.subject.usages,
            [
                ExtendedKeyUsage::ClientAuth,
                ExtendedKeyUsage::Other("1.2.3".to_owned())
            ]
        );
    }
}
