//! What `request` takes.

use clap::Subcommand;

use super::ChangeArguments;

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
