//! What may be typed. Names, exit codes and JSON are a contract (README, "Without a terminal");
//! clap only parses it.

mod answers;
mod bootstrap;
mod change;
mod issue;
mod request;
mod running;
mod setup;

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(crate) use answers::MachineArguments;
pub(crate) use bootstrap::{BootstrapCommand, IdentityName, TokenArguments, TokenFileArguments};
pub(crate) use change::{ChangeArguments, HistoryCommand, RenewArguments, UndoArguments};
pub(crate) use issue::IssueArguments;
pub(crate) use request::{ApproveArguments, CreateArguments, RequestCommand};
pub(crate) use running::{CheckArguments, ProbeArguments, RestartArguments};
pub(crate) use setup::{SetupArguments, SetupCommand, WrittenArguments};

/// Keeps a Kubernetes master's certificates alive.
///
/// Without a command the screens open: on this master, or on DIR. A folder that is named like a
/// command is reached by ./list.
#[derive(Debug, Parser)]
#[command(name = "kubepki", version)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// A master's files, its /etc, a PKI folder, or any folder of certificates
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,

    /// Open the screens on a throwaway master in a temporary folder
    #[arg(long)]
    pub(crate) demo: bool,

    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

pub(crate) const AFTER_HELP: &str = "\
Exit codes: 0 done; 3 could not look or do, or found no PKI; 4 refused; 64 wrong usage; 70 a fault of kubepki's own;
of kubeconfig check also 1 something could not be verified, 2 a CA does not verify its server.
Environment: KUBEPKI_STATE_DIR, KUBEPKI_CONFIG_DIR, NO_COLOR.";

/// The flags that every command takes.
#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the contract, independent of the others"
)]
#[command(next_help_heading = "For every command")]
pub(crate) struct Global {
    /// The folder under which the master's files lie
    #[arg(long, value_name = "DIR", default_value = "/", global = true)]
    pub(crate) root: PathBuf,

    /// The layout of the PKI, as kubeadm [default: found out]
    #[arg(long, value_name = "NAME", global = true)]
    pub(crate) layout: Option<String>,

    /// Judge as if it were then: RFC 3339, 2027-01-01, +90d or -10d [default: now]
    #[arg(long, value_name = "TIME", global = true, allow_hyphen_values = true)]
    pub(crate) at: Option<String>,

    /// Where kubepki keeps its own state [env: KUBEPKI_STATE_DIR]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) state_dir: Option<PathBuf>,

    /// Where settings, keymaps and themes lie [env: KUBEPKI_CONFIG_DIR]
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) config_dir: Option<PathBuf>,

    /// Refuse everything that changes something
    #[arg(long, global = true)]
    pub(crate) read_only: bool,

    /// The most iterations that one passphrase may cost on an encrypted key (PBKDF2's; scrypt: N
    /// times r times p) [default: 2000000]
    #[arg(long, value_name = "ITERATIONS", global = true, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) kdf_limit: Option<u64>,

    /// The form of the answer; csv and markdown for list only, describe for request show [default:
    /// table]
    #[arg(short, long, value_name = "FORM", global = true)]
    pub(crate) output: Option<Form>,

    /// When to colour states
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(crate) color: ColorChoice,

    /// Signs and frames from ASCII only
    #[arg(long, global = true)]
    pub(crate) ascii: bool,

    /// Linear text, for screen readers
    #[arg(long, global = true)]
    pub(crate) plain: bool,

    /// Say what is read and how long it takes: on standard error; the screens write it to
    /// kubepki.log in the state folder
    #[arg(short, long, action = ArgAction::SetTrue, global = true)]
    pub(crate) verbose: bool,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Aligned columns
    Table,
    /// The same with more columns
    Wide,
    /// Kubernetes' manner, one document
    Json,
    /// The same as YAML
    Yaml,
    /// One id a line
    Name,
    /// Comma separated, the fields named as in JSON
    Csv,
    /// A Markdown table
    Markdown,
    /// As kubectl describes it; for request show only
    Describe,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also into a pipe
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Every certificate, worst first
    List(ListArguments),
    /// One thing decoded: a certificate, key, request or kubeconfig
    Show(ShowArguments),
    /// What the kubeconfigs are
    Kubeconfig {
        #[command(subcommand)]
        command: KubeconfigCommand,
    },
    /// What is served, beside what is on disk and what is trusted; opens connections
    Probe(ProbeArguments),
    /// Restart components, each proven by what it serves afterwards
    Restart(RestartArguments),
    /// The whole PKI of a new cluster, or of a node more
    ///
    /// --layout says what is made: kubeadm (the default), split, single-ca. What is there already
    /// is kept and verified.
    Setup(Box<SetupArguments>),
    /// Requests for certificates, and their answers
    Request {
        #[command(subcommand)]
        command: RequestCommand,
    },
    /// Tokens, bindings and kubeconfigs with which nodes join
    Bootstrap {
        #[command(subcommand)]
        command: BootstrapCommand,
    },
    /// A certificate that did not exist before: for a service, a person, a node, a CA below another
    ///
    /// What gives rights that cannot be taken back (system:masters, kubeadm:cluster-admins, any
    /// system: user or group, an intermediate CA) takes --confirm with that very group, user or CN.
    Issue(Box<IssueArguments>),
    /// New certificates for old ones
    ///
    /// With --due and --all what a CA here has signed, by its signature, where nobody but root and
    /// the caller can write. The rest is named (exit 4 where it is due) and renewed by its name;
    /// one whose subject gives rights also takes --confirm with its id.
    Renew(Box<RenewArguments>),
    /// Take an operation back
    Undo(UndoArguments),
    /// What was done
    History {
        #[command(subcommand)]
        command: Option<HistoryCommand>,
    },
    /// The completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The manual page, for man -l -
    Man,
}

/// What `list` takes.
#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    /// A master's files, its /etc, a PKI folder, or any folder of certificates
    #[arg(value_name = "DIR")]
    pub(crate) directory: Option<PathBuf>,

    /// Only what ends within this time, or has ended: 30d, 12h, 1y
    #[arg(long, value_name = "DURATION")]
    pub(crate) expires_within: Option<String>,

    /// Only what ends in this year, quarter, month or day (2026, 2026Q4, 2026-12, 2026-12-31), or from
    /// one to another: 2026Q4..2027-02
    #[arg(long, value_name = "PERIOD")]
    pub(crate) expires: Option<String>,

    /// Only what plays this role (may be repeated)
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: Vec<String>,

    /// Only what this authority has signed: an id, path or sha256
    #[arg(long, value_name = "AUTHORITY")]
    pub(crate) authority: Option<String>,

    /// Only this kind
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Option<ListedKind>,

    #[command(flatten)]
    pub(crate) ledger: LedgerArguments,
}

/// What `list --ledger` takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Of the ledger")]
pub(crate) struct LedgerArguments {
    /// Every certificate that was made here or seen here, the one issued last first
    #[arg(long, conflicts_with_all = ["role", "kind"])]
    pub(crate) ledger: bool,

    /// Only what was issued in this time, as 2026-11..2026-12-24; of what was only seen its first
    /// second counts
    #[arg(long, value_name = "FROM..TO", requires = "ledger")]
    pub(crate) issued: Option<String>,

    /// Only what is within its own dates
    #[arg(long, requires = "ledger")]
    pub(crate) valid: bool,

    /// Only what this user made, or had made through sudo
    #[arg(long, value_name = "USER", requires = "ledger")]
    pub(crate) by: Option<String>,

    /// Only what this operation made: its id or the beginning of it
    #[arg(long, value_name = "ID", requires = "ledger")]
    pub(crate) operation: Option<String>,

    /// Only what is meant by this: a serial number, a SHA-256 of certificate or key, a key
    /// identifier, or a part of subject, issuer, names, path, note
    #[arg(long = "match", value_name = "TEXT", requires = "ledger")]
    pub(crate) matching: Option<String>,
}

/// The kinds of `list --kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListedKind {
    /// A certificate in a file that is no authority
    Certificate,
    /// A CA certificate
    Authority,
    /// A certificate in a kubeconfig
    Kubeconfig,
}

/// What `show` takes.
#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// An id, a path, the first 8 or more digits of a sha256, or - for standard input (PEM, DER,
    /// base64, kubeconfig, Secret or CertificateSigningRequest YAML)
    #[arg(value_name = "WHAT")]
    pub(crate) what: String,
}

/// The commands below `kubeconfig`.
#[derive(Debug, Subcommand)]
pub(crate) enum KubeconfigCommand {
    /// Every kubeconfig: contexts, users, which cluster it reaches
    List,
    /// One kubeconfig, never its secrets
    Show {
        /// Its path or file name
        #[arg(value_name = "PATH")]
        what: String,
    },
    /// Whether each kubeconfig's CA verifies its server's certificate: as it lies on the disk, or
    /// as it is served
    ///
    /// Exit codes: 0 all match; 1 something could not be verified; 2 a CA does not match, or
    /// kubectl refuses the file; 3 a server gave no answer.
    Check(CheckArguments),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_declaration_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_and_after_the_command() {
        for line in [
            &["kubepki", "--root", "/mnt", "list", "-o", "json"][..],
            &["kubepki", "list", "--root", "/mnt", "-ojson"],
            &["kubepki", "-o", "json", "list", "--root=/mnt"],
        ] {
            let arguments = Arguments::try_parse_from(line).unwrap();
            assert_eq!(arguments.global.root, PathBuf::from("/mnt"), "{line:?}");
            assert_eq!(arguments.global.output, Some(Form::Json), "{line:?}");
        }
    }

    #[test]
    fn a_folder_is_not_a_command() {
        let arguments = Arguments::try_parse_from(["kubepki", "./list"]).unwrap();
        assert!(
            arguments.command.is_none() && arguments.directory == Some(PathBuf::from("./list"))
        );
        let arguments = Arguments::try_parse_from(["kubepki", "list"]).unwrap();
        assert!(matches!(arguments.command, Some(Command::List(_))));
    }

    #[test]
    fn a_moment_may_begin_with_a_dash() {
        let arguments = Arguments::try_parse_from(["kubepki", "list", "--at", "-10d"]).unwrap();
        assert_eq!(arguments.global.at.as_deref(), Some("-10d"));
    }
}
