//! What `setup` and `request` take. A flag that is not given leaves the answer to `--config`, else
//! to what is kept of the cluster, else to kubeadm's default.

use clap::{Args, Subcommand};

use super::ChangeArguments;
use super::answers::AnswerArguments;
use crate::setup::question::Heading;

/// What `setup` takes. Its own flags go with no command below it.
#[derive(Debug, Default, Args)]
pub(crate) struct SetupArguments {
    #[command(subcommand)]
    pub(crate) command: Option<SetupCommand>,

    /// kubeadm's own configuration (v1beta3, v1beta4), - for standard input; flags say more than it
    #[arg(long, value_name = "FILE", help_heading = Heading::Machines.title())]
    pub(crate) config: Option<String>,

    #[command(flatten)]
    pub(crate) answers: AnswerArguments,

    #[command(flatten)]
    pub(crate) written: Option<WrittenArguments>,

    #[command(flatten)]
    pub(crate) change: Option<ChangeArguments>,
}

impl SetupArguments {
    /// True where one of its own flags was given.
    pub(crate) fn has_flags(&self) -> bool {
        let Self {
            command: _,
            config,
            answers,
            written,
            change,
        } = self;
        config.is_some() || !answers.is_empty() || written.is_some() || change.is_some()
    }
}

/// What is written, and where.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What is written")]
pub(crate) struct WrittenArguments {
    /// The folder of this machine for the other nodes' archives [default: the one in which kubepki
    /// runs]
    #[arg(long, value_name = "DIR")]
    pub(crate) archives: Option<String>,

    /// Make this path of the master, or this archive, anew, also where it is there (may be
    /// repeated) [default: what is there is kept]
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

        /// The node whose files lie below the root, with the keys of the CAs [default: the node
        /// that this machine is]
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::arguments::{Arguments, Command, MachineArguments};
    use crate::setup::ClusterField;

    fn setup(line: &str) -> Result<SetupArguments, String> {
        let words = ["kubepki", "setup"]
            .into_iter()
            .chain(line.split_whitespace());
        match Arguments::try_parse_from(words)
            .map_err(|error| error.to_string())?
            .command
        {
            Some(Command::Setup(arguments)) => Ok(*arguments),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn every_word_is_a_value() {
        for field in [ClusterField::AuthorityKeys, ClusterField::Bootstrap] {
            let flag = field.question().told();
            for (word, _) in field.question().kind.options() {
                assert_eq!(
                    setup(&format!("{flag} {word}"))
                        .unwrap()
                        .answers
                        .text(field),
                    Some(word)
                );
            }
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
        let given: Vec<_> = arguments
            .answers
            .given()
            .map(|(question, texts)| (question.field, texts.concat()))
            .collect();
        let expected = [
            (ClusterField::ApiServerSans, "a-b"),
            (ClusterField::Subject, "O=a=b"),
        ];
        assert_eq!(
            given,
            expected.map(|(field, texts)| (field, texts.to_owned()))
        );
        assert_eq!(arguments.answers.machines, MachineArguments::default());
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
