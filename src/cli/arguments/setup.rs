//! What `setup` and `request` take. A flag that is not given leaves the answer to `--config`, else to what is
//! kept of the cluster, else to kubeadm's default.

use core::net::IpAddr;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error;

use super::ChangeArguments;
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::cluster::AuthorityKeys;
use crate::kubernetes::cluster::check::known_algorithm;
use crate::kubernetes::release::Release;
use crate::pki::key::KeyAlgorithm;

/// What `setup` takes. Its own flags go with no command below it.
#[derive(Debug, Default, Args)]
pub(crate) struct SetupArguments {
    #[command(subcommand)]
    pub(crate) command: Option<SetupCommand>,

    #[command(flatten)]
    pub(crate) machines: Option<MachineArguments>,

    #[command(flatten)]
    pub(crate) network: Option<NetworkArguments>,

    #[command(flatten)]
    pub(crate) etcd: Option<EtcdArguments>,

    #[command(flatten)]
    pub(crate) keys: Option<KeyArguments>,

    #[command(flatten)]
    pub(crate) written: Option<WrittenArguments>,

    #[command(flatten)]
    pub(crate) change: Option<ChangeArguments>,
}

impl SetupArguments {
    /// True where one of its own flags was given.
    pub(crate) fn has_flags(&self) -> bool {
        let Self { command: _, machines, network, etcd, keys, written, change } = self;
        let answers = [machines.is_some(), network.is_some(), etcd.is_some(), keys.is_some()];
        answers.contains(&true) || written.is_some() || change.is_some()
    }
}

/// The cluster and its machines.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Cluster and machines")]
pub(crate) struct MachineArguments {
    /// kubeadm's own configuration (v1beta3, v1beta4), - for standard input; flags say more than it
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<String>,

    /// The cluster's name, in kubeconfigs and for the answers that are kept; where such are kept, flags change them
    /// [default: the only one that was set up here, else kubernetes]
    #[arg(long, value_name = "NAME")]
    pub(crate) cluster_name: Option<String>,

    /// The release of Kubernetes, as 1.36.2: decides a few groups [default: the newest known]
    #[arg(long, value_name = "RELEASE")]
    pub(crate) kubernetes_version: Option<Release>,

    /// The one node's name [default: this machine's]
    #[arg(long, value_name = "NAME", conflicts_with = "nodes")]
    pub(crate) node: Option<String>,

    /// The one node's addresses, the one that it advertises first [default: this machine's]
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',', conflicts_with = "nodes")]
    pub(crate) address: Vec<IpAddr>,

    /// A file with a line for each node, - for standard input: name address[,address] roles. Roles are master, etcd,
    /// worker; none: a master
    #[arg(long, value_name = "FILE")]
    pub(crate) nodes: Option<String>,

    /// The node whose files are written below the root; none: all of them go to archives [default: the node that this
    /// machine is]
    #[arg(long, value_name = "NAME")]
    pub(crate) here: Option<String>,
}

/// Names and networks.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArguments {
    /// What clients call: HOST or HOST:PORT, IPv6 in brackets [default: each node's own address]
    #[arg(long, value_name = "ENDPOINT")]
    pub(crate) endpoint: Option<String>,

    /// The API server's port [default: 6443]
    #[arg(long, value_name = "PORT")]
    pub(crate) bind_port: Option<u16>,

    /// Of services: one CIDR, or one of each family between commas [default: 10.96.0.0/12]
    #[arg(long, value_name = "CIDR")]
    pub(crate) service_subnet: Option<String>,

    /// Of pods, the same: nothing is issued for it, and it must not overlap
    #[arg(long, value_name = "CIDR")]
    pub(crate) pod_subnet: Option<String>,

    /// The cluster's domain [default: cluster.local]
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) dns_domain: Option<String>,

    /// One more name or address of the API server (may be repeated)
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) san: Vec<String>,
}

/// etcd's part.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "etcd")]
pub(crate) struct EtcdArguments {
    /// A member of an etcd that somebody else keeps, as https://10.0.0.20:2379: nothing is made for it (may be repeated)
    #[arg(long, value_name = "URL")]
    pub(crate) etcd_endpoint: Vec<String>,

    /// The CA of that etcd, a file of the masters
    #[arg(long, value_name = "PATH")]
    pub(crate) etcd_ca_file: Option<String>,

    /// The API server's client certificate for that etcd
    #[arg(long, value_name = "PATH")]
    pub(crate) etcd_cert_file: Option<String>,

    /// The key of that
    #[arg(long, value_name = "PATH")]
    pub(crate) etcd_key_file: Option<String>,

    /// One more name of each member's server (may be repeated)
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) etcd_server_san: Vec<String>,

    /// One more name of each member as a peer (may be repeated)
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) etcd_peer_san: Vec<String>,

    /// Members trust each other by a CA of their own
    #[arg(long)]
    pub(crate) peer_authority: bool,
}

/// CAs, keys, lifetimes, and who a new kubelet is.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "CAs and keys")]
pub(crate) struct KeyArguments {
    /// One CA signs for everything
    #[arg(long)]
    pub(crate) one_authority: bool,

    /// A root that is made with them signs the CAs; its key goes to no node
    #[arg(long)]
    pub(crate) intermediate_authorities: bool,

    /// Keys and requests only: somebody else's CA answers, and `request import` places the answers
    #[arg(long)]
    pub(crate) external_authority: bool,

    /// Where the keys of the CAs stay [default: every-master]
    #[arg(long, value_name = "WHERE", value_parser = PossibleValuesParser::new(AUTHORITY_KEYS).try_map(word::<AuthorityKeys>))]
    pub(crate) authority_keys: Option<AuthorityKeys>,

    /// The algorithm of the keys, as RSA-2048, ECDSA-P256 [default: RSA-2048]
    #[arg(long, value_name = "ALGORITHM", value_parser = known_algorithm)]
    pub(crate) key_algorithm: Option<KeyAlgorithm>,

    /// The algorithm of the service accounts' key [default: as the others]
    #[arg(long, value_name = "ALGORITHM", value_parser = known_algorithm)]
    pub(crate) service_account_key_algorithm: Option<KeyAlgorithm>,

    /// How many days certificates live [default: 365]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) days: Option<u32>,

    /// How many days CAs live [default: 3650]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) authority_days: Option<u32>,

    /// Who a new kubelet is until it has its certificate [default: usual, as the layout has it]
    #[arg(long, value_name = "WHO", value_parser = PossibleValuesParser::new(BOOTSTRAP).try_map(word::<BootstrapIdentity>))]
    pub(crate) bootstrap: Option<BootstrapIdentity>,

    /// C, ST, L, O or OU of the subjects, as C=NO, where the layout has such: single-ca (may be repeated)
    #[arg(long, value_name = "ATTRIBUTE=VALUE", value_parser = attribute)]
    pub(crate) subject: Vec<(String, String)>,
}

/// What is written, and where.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is written")]
pub(crate) struct WrittenArguments {
    /// The folder of this machine for the other nodes' archives [default: the one in which kubepki runs]
    #[arg(long, value_name = "DIR")]
    pub(crate) archives: Option<String>,

    /// Make this path of the master, or this archive, anew, also where it is there (may be repeated) [default: what is
    /// there is kept]
    #[arg(long, value_name = "PATH")]
    pub(crate) replace: Vec<String>,

    /// Write what comes next to this file of this machine, in Markdown
    #[arg(long, value_name = "FILE")]
    pub(crate) guide: Option<String>,

    /// Write the answers to this file of this machine, as kubeadm's own configuration
    #[arg(long, value_name = "FILE")]
    pub(crate) write_config: Option<String>,
}

/// The commands below `setup`.
#[derive(Debug, Subcommand)]
pub(crate) enum SetupCommand {
    /// The files of one more node for a cluster that was set up here
    AddNode {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,

        /// Its addresses, the one that it advertises first
        #[arg(value_name = "ADDRESS[,ADDRESS]", required_unless_present = "replace")]
        addresses: Option<String>,

        /// What runs there: master, etcd, worker, between commas [default: master]
        #[arg(value_name = "ROLES")]
        roles: Option<String>,

        /// The cluster [default: the only one that was set up here]
        #[arg(long, value_name = "NAME")]
        cluster: Option<String>,

        /// The folder of this machine for its archive [default: the one in which kubepki runs]
        #[arg(long, value_name = "DIR")]
        archives: Option<String>,

        /// The node whose files lie below the root, with the keys of the CAs [default: the node that this machine is]
        #[arg(long, value_name = "NAME")]
        here: Option<String>,

        /// Make the files of a node anew that the cluster has already, as of one that was lost
        #[arg(long)]
        replace: bool,

        #[command(flatten)]
        change: ChangeArguments,
    },
    /// What comes next: flags, copies, secrets, and who is who; Markdown
    Guide {
        /// The cluster [default: the only one that was set up here]
        #[arg(value_name = "NAME")]
        cluster: Option<String>,

        /// For this node alone
        #[arg(long, value_name = "NAME")]
        node: Option<String>,

        /// The answers as kubeadm's own configuration instead, as kubeadm init takes it
        #[arg(long, conflicts_with = "node")]
        kubeadm_config: bool,
    },
    /// The clusters that were set up here
    List,
}

/// The commands below `request`.
#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    /// Place what somebody else's CA has issued for the requests of a setup
    Import {
        /// Files of this machine, PEM or DER, in any order: certificates and the CAs above them
        #[arg(value_name = "FILE", required = true)]
        files: Vec<String>,

        #[command(flatten)]
        change: ChangeArguments,
    },
}

const AUTHORITY_KEYS: [&str; 3] = ["every-master", "here", "apart"];

const BOOTSTRAP: [&str; 5] = ["usual", "token", "token-file", "bootstrapper", "none"];

/// A value by the word that files have for it.
fn word<T: DeserializeOwned>(text: String) -> Result<T, Error> {
    T::deserialize(text.into_deserializer())
}

/// One attribute of a subject.
fn attribute(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((attribute, value)) if !attribute.is_empty() && !value.is_empty() => {
            Ok((attribute.to_owned(), value.to_owned()))
        }
        _ => Err("an attribute and its value, as C=NO".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::arguments::{Arguments, Command};

    fn setup(line: &str) -> Result<SetupArguments, String> {
        let words = ["kubepki", "setup"].into_iter().chain(line.split_whitespace());
        match Arguments::try_parse_from(words).map_err(|error| error.to_string())?.command {
            Some(Command::Setup(arguments)) => Ok(*arguments),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn every_word_is_a_value() {
        for where_ in AUTHORITY_KEYS {
            assert!(setup(&format!("--authority-keys {where_}")).unwrap().keys.unwrap().authority_keys.is_some());
        }
        for who in BOOTSTRAP {
            assert!(setup(&format!("--bootstrap {who}")).unwrap().keys.unwrap().bootstrap.is_some());
        }
    }

    #[test]
    fn flags_and_commands() {
        for line in [
            "",
            "--config - --yes",
            "--node a --address 10.0.0.1,fd00::1",
            "--nodes - --here none --archives /x",
            "--subject C=NO --subject O=a=b",
            "--replace /a --replace /b --dry-run",
            "--root /mnt guide",
            "guide prod --node a --root /mnt",
            "add-node n 10.0.0.1 worker --yes",
            "add-node n --replace --here a",
            "list -o json",
        ] {
            setup(line).unwrap();
        }
        for line in [
            "--address 10.0.0.300",
            "--node a --nodes -",
            "--subject C",
            "--subject =NO",
            "--authority-keys there",
            "--days 0",
            "--bind-port 65536",
            "--kubernetes-version newest",
            "add-node n",
            "nonsense",
        ] {
            assert!(setup(line).is_err(), "{line}");
        }
        let arguments = setup("--san a --san -b --subject O=a=b").unwrap();
        assert_eq!(arguments.network.map(|network| network.san), Some(vec!["a".to_owned(), "-b".to_owned()]));
        assert_eq!(arguments.keys.unwrap().subject, [("O".to_owned(), "a=b".to_owned())]);
        assert!(arguments.machines.is_none());
    }

    #[test]
    fn own_flags_are_known_where_a_command_stands_below() {
        for (line, expected) in [
            ("guide", false),
            ("--root /mnt guide -o json", false),
            ("--dry-run add-node n 10.0.0.1", true),
            ("--one-authority guide", true),
            ("--san a guide", true),
            ("--here a list", true),
            ("--archives a list", true),
            ("--peer-authority list", true),
        ] {
            assert_eq!(setup(line).unwrap().has_flags(), expected, "{line}");
        }
    }
}
