//! What the commands that change something take, and those about what was done.

use std::str::FromStr as _;

use clap::{ArgGroup, Args, Subcommand};

use crate::pki::GeneralName;
use crate::pki::key::KeyAlgorithm;
use crate::setup::check::known_algorithm;

/// What every changing command takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "For every change")]
pub(crate) struct ChangeArguments {
    /// Print the plan and change nothing; serials and digests are of this plan only
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Apply without a question; needed where there is no terminal
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// Sign this too, which gives rights that nobody's word but this one confirms: what the refusal
    /// names (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Vec<String>,

    /// The file with the passphrases of encrypted CA keys, one a line; - for standard input
    /// [default: asked on a terminal]
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<String>,
}

/// What `renew` takes.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the contract, independent of the others"
)]
#[command(group(ArgGroup::new("which").required(true).args(["what", "due", "all"])))]
pub(crate) struct RenewArguments {
    /// Ids, paths, or the first 8 or more digits of a sha256; a kubeconfig stands for its users'
    /// certificates
    #[arg(value_name = "WHAT")]
    pub(crate) what: Vec<String>,

    /// What is due: in use, signed by a CA here, and expired or near its end; what others than root
    /// can write is named
    #[arg(long)]
    pub(crate) due: bool,

    /// Every certificate in use that can be renewed unasked
    #[arg(long)]
    pub(crate) all: bool,

    /// Keep the private keys [default: new ones]
    #[arg(long, conflicts_with = "key_algorithm")]
    pub(crate) keep_key: bool,

    /// The algorithm of new keys, as RSA-2048, ECDSA-P256, Ed25519 [default: as the old key]
    #[arg(long, value_name = "ALGORITHM", value_parser = known_algorithm)]
    pub(crate) key_algorithm: Option<KeyAlgorithm>,

    /// How many days they live, from now [default: the settings', else the layout's]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub(crate) days: Option<u32>,

    /// One name more: a DNS name, IP address, e-mail address or URI (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) add_san: Vec<String>,

    /// One name less (may be repeated)
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) remove_san: Vec<String>,

    /// Add the names, organizations and usages that are specified today; takes nothing away
    #[arg(long)]
    pub(crate) to_specification: bool,

    /// Leave stale copies of renewed kubeconfigs as they are
    #[arg(long)]
    pub(crate) no_copies: bool,

    /// Make private keys that others can read 0600
    #[arg(long)]
    pub(crate) tighten_modes: bool,

    /// Restart what holds the old files afterwards, one after the other, each proven by what it
    /// serves
    #[arg(long)]
    pub(crate) restart: bool,

    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}

/// What `undo` takes.
#[derive(Debug, Args)]
pub(crate) struct UndoArguments {
    /// The operation's id or its beginning [default: the newest that can be undone]
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,

    #[command(flatten)]
    pub(crate) change: ChangeArguments,
}

/// The commands below `history`.
#[derive(Debug, Subcommand)]
pub(crate) enum HistoryCommand {
    /// One operation: files, certificates, restarts, and the shell commands that do the same
    ///
    /// States of a restart: needed, it holds the old files; reloads-by-itself, it reads them again,
    /// which nothing shows; unproven, it reads them again, and its port will show that; begun, it
    /// is being restarted or that was cut off; done; failed; skipped, left as it is.
    Show {
        /// Its id or the beginning of it
        #[arg(value_name = "ID")]
        id: String,

        /// Only the shell commands, as a script
        #[arg(long)]
        script: bool,
    },
    /// Drop the old files of operations that are past keeping
    Prune {
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Whether every journal can be read and every old file is whole
    Verify,
    /// End what was interrupted
    ///
    /// What the record of an earlier release, without a checksum, says is done only where ID names
    /// it; so is what was interrupted beside others.
    Recover {
        /// The one operation that is meant: its id or the beginning of it; without it all
        #[arg(value_name = "ID")]
        id: Option<String>,

        /// Finish it, also where files have changed since
        #[arg(long, conflicts_with = "back")]
        forward: bool,

        /// Take it back, also where files have changed since
        #[arg(long)]
        back: bool,
    },
}

/// What may be a subject alternative name, as it was written.
pub(super) fn name(text: &str) -> Result<String, String> {
    GeneralName::from_str(text)
        .map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::arguments::{Arguments, Command};

    fn renew(line: &str) -> Result<RenewArguments, String> {
        let words = ["kubepki", "renew"]
            .into_iter()
            .chain(line.split_whitespace());
        match Arguments::try_parse_from(words)
            .map_err(|error| error.to_string())?
            .command
        {
            Some(Command::Renew(arguments)) => Ok(*arguments),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn what_to_renew_is_said_in_one_way() {
        for line in [
            "apiserver admin.conf",
            "--due",
            "--all --yes",
            "ca --days 36500",
            "a --key-algorithm rsa-3072",
            "--due -y --restart",
        ] {
            renew(line).unwrap();
        }
        for line in [
            "",
            "--yes",
            "--due --all",
            "apiserver --due",
            "apiserver --all",
            "--due --days 0",
            "--due --days 36501",
            "--due --days x",
            "--due --key-algorithm rot13",
            "--due --add-san a_b/c",
            "--due --keep-key --key-algorithm RSA-2048",
            "--restart",
            "--due --passphrase hunter2",
        ] {
            assert!(renew(line).is_err(), "{line}");
        }
        let arguments =
            renew("--due --key-algorithm ecdsa-p256 --add-san a --add-san b --remove-san c")
                .unwrap();
        assert_eq!(arguments.key_algorithm, Some(KeyAlgorithm::EcdsaP256));
        assert_eq!(
            (arguments.add_san, arguments.remove_san),
            (vec!["a".into(), "b".into()], vec!["c".into()])
        );
    }
}
