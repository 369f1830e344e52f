//! What `request` takes.

use clap::{ArgGroup, Args, Subcommand};

use super::ChangeArguments;
use super::change::name;
use super::issue::{SubjectArguments, profile, role_id, usage};
use crate::kubernetes::role::RoleId;
use crate::pki::ExtendedKeyUsage;
use crate::plan::Profile;

/// The commands below `request`.
#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    /// Every request, with its verdict: those of this master, or of the files that are named
    List {
        /// Files of this machine, or - for standard input
        #[arg(value_name = "FILE")]
        files: Vec<String>,
    },
    /// One request, with its verdict rule by rule
    ///
    /// -o describe prints what kubectl describe csr would.
    Show {
        /// A request's id, path or name, a file, or - for standard input
        #[arg(value_name = "WHAT")]
        what: String,
    },
    /// Make a key, its request, and the object that asks a cluster for the certificate
    ///
    /// From flags as those of issue, or from the JSON that cfssl genkey takes. What is made waits in
    /// the state folder: request import finds where the answer goes.
    Create(Box<CreateArguments>),
    /// Place what somebody else's CA has issued for the requests of a setup
    Import {
        /// Files of this machine, PEM or DER, in any order: certificates and the CAs above them
        #[arg(value_name = "FILE", required = true)]
        files: Vec<String>,

        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Confirm by what requests are judged: the cluster's nodes, their addresses, the longest life
    ///
    /// Without --node and --range it is what is known here: what kubectl get nodes told, clusters that
    /// were set up here, this master's flags; never what requests ask for.
    Nodes {
        /// What kubectl get nodes -o json (or yaml) prints; - for standard input
        #[arg(long, value_name = "FILE")]
        from: Option<String>,

        /// A node's name; * stands for any run of characters in a label (may be repeated)
        #[arg(long = "node", value_name = "NAME")]
        names: Vec<String>,

        /// A network or address of nodes (may be repeated)
        #[arg(long = "range", value_name = "CIDR")]
        ranges: Vec<String>,

        /// The longest life of what is signed, in days
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        maximum_days: Option<u32>,

        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Sign requests by a CA here, as their signer would
    ///
    /// Green and amber ones ask once (--yes answers); a red one takes --confirm with its name. What
    /// gets the result into the cluster is said with it.
    Approve(Box<ApproveArguments>),
    /// Refuse requests: written into the object's status, or remembered
    Deny {
        /// Requests: ids, paths, names, or - for standard input
        #[arg(value_name = "WHAT", required = true)]
        what: Vec<String>,

        /// Why, in a word
        #[arg(long, value_name = "WORD", default_value = crate::plan::decide::DENIED_REASON)]
        reason: String,

        /// Why, in a sentence
        #[arg(
            long,
            value_name = "TEXT",
            default_value = "",
            hide_default_value = true
        )]
        message: String,

        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Take the files of requests away; undo brings them back
    Delete {
        /// Requests: ids, paths or names
        #[arg(value_name = "WHAT", required = true)]
        what: Vec<String>,

        #[command(flatten)]
        change: ChangeArguments,
    },
}

/// What `request create` takes.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("purpose").required(true).multiple(true).args(["file", "profile", "role"])))]
pub(crate) struct CreateArguments {
    /// The JSON of cfssl genkey; - for standard input
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["cn", "organizations", "names", "service", "this_node", "key_algorithm"])]
    pub(crate) file: Option<String>,

    /// What for: server, client, peer (both), user [default with -f: server]
    #[arg(long, value_name = "PROFILE", value_parser = profile)]
    pub(crate) profile: Option<Profile>,

    /// The role whose certificate is asked for, as kubelet-client
    #[arg(long, value_name = "ROLE", value_parser = role_id, conflicts_with_all = ["file", "profile"])]
    pub(crate) role: Option<RoleId>,

    /// The node that the role's certificate is for [default: this one]
    #[arg(long, value_name = "NAME", requires = "role")]
    pub(crate) node: Option<String>,

    #[command(flatten)]
    pub(crate) subject: SubjectArguments,

    /// The namespace of the service
    #[arg(long, value_name = "NAMESPACE", default_value = "default")]
    pub(crate) namespace: String,

    /// The object's name [default: made of the CN]
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) name: String,

    /// The signer that is asked [default: a client's kubernetes.io/kube-apiserver-client, a server's
    /// <domain>/serving with the cluster's DNS domain]
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) signer: String,

    /// For how many days it is asked for (spec.expirationSeconds)
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=24_855))]
    pub(crate) days: Option<u32>,

    /// PREFIX.key (0600), PREFIX.csr, PREFIX.yaml [default: ~/kubepki/NAME/NAME]
    #[arg(long, value_name = "PREFIX")]
    pub(crate) out: Option<String>,

    /// NAME.csr and NAME-key.pem alone, as cfssljson -bare NAME makes them
    #[arg(long, value_name = "NAME", conflicts_with_all = ["out", "name", "signer", "days"])]
    pub(crate) bare: Option<String>,

    /// Why, for the ledger
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) note: String,

    /// This file may be replaced (may be repeated)
    #[arg(long, value_name = "PATH")]
    pub(crate) replace: Vec<String>,

    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}

/// What `request approve` takes.
#[derive(Debug, Args)]
pub(crate) struct ApproveArguments {
    /// Requests: ids, paths, names, or - for standard input
    #[arg(value_name = "WHAT", required_unless_present = "green")]
    pub(crate) what: Vec<String>,

    /// All that wait on this master of which every rule is green: for a timer, with --yes
    #[arg(long, conflicts_with_all = ["what", "out", "signer", "usages", "drop_names"])]
    pub(crate) green: bool,

    /// The CA that signs: its id or path [default: that of the request's signer]
    #[arg(long, value_name = "ID")]
    pub(crate) authority: Option<String>,

    /// How many days it lives, from now; never longer than its CA [default: as the request and its
    /// signer say]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) days: Option<u32>,

    /// A name that is asked for and not signed (may be repeated)
    #[arg(long = "drop-san", value_name = "NAME", value_parser = name)]
    pub(crate) drop_names: Vec<String>,

    /// What it is for, where the request does not say: server-auth, client-auth (may be repeated)
    #[arg(long = "usage", value_name = "USAGE", value_parser = usage)]
    pub(crate) usages: Vec<ExtendedKeyUsage>,

    /// The signer of an object that names none (certificates.k8s.io/v1beta1)
    #[arg(long, value_name = "NAME")]
    pub(crate) signer: Option<String>,

    /// PREFIX.crt and, where it was an object, PREFIX.yaml with its status [default: beside the
    /// request; an object is replaced at its own path]
    #[arg(long, value_name = "PREFIX")]
    pub(crate) out: Option<String>,

    /// This file may be replaced (may be repeated)
    #[arg(long, value_name = "PATH")]
    pub(crate) replace: Vec<String>,

    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}
