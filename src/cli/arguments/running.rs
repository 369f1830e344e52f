//! What the commands about running components take: what is served, and restarts.

use clap::{ArgGroup, Args};

/// What `probe` takes.
#[derive(Debug, Args)]
pub(crate) struct ProbeArguments {
    /// A port's number, a component, HOST:PORT or a URL; an IPv6 address in brackets [default:
    /// every port of the master]
    #[arg(value_name = "WHAT")]
    pub(crate) what: Vec<String>,
}

/// What `restart` takes.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["components", "changed"])))]
pub(crate) struct RestartArguments {
    /// Components, as kube-apiserver
    #[arg(value_name = "COMPONENT")]
    pub(crate) components: Vec<String>,

    /// Every component that still holds old files; asks the ports
    #[arg(long)]
    pub(crate) changed: bool,

    /// Print what would be restarted, in order and with the commands, and restart nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Restart without a question; needed where there is no terminal
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// What `kubeconfig check` takes.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// A kubeconfig's path, file name or role [default: all]
    #[arg(value_name = "PATH")]
    pub(crate) what: Option<String>,

    /// Ask the servers, too, for what they really serve: opens connections
    #[arg(long)]
    pub(crate) live: bool,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::cli::arguments::{Arguments, Command, KubeconfigCommand};

    fn parse(line: &str) -> Result<Command, String> {
        let words = std::iter::once("kubepki").chain(line.split_whitespace());
        let arguments = Arguments::try_parse_from(words).map_err(|error| error.to_string())?;
        arguments.command.ok_or_else(|| "no command".to_owned())
    }

    #[test]
    fn components_or_all_that_hold_old_files() {
        for line in [
            "restart etcd kube-apiserver --yes",
            "restart --changed --dry-run",
            "restart kubelet -y",
        ] {
            assert!(matches!(parse(line), Ok(Command::Restart(_))), "{line}");
        }
        for line in [
            "restart",
            "restart --yes",
            "restart etcd --changed",
            "restart etcd --passphrase-file -",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn probe_and_check_go_without_words() {
        for (line, expected) in [("probe", 0), ("probe 6443 etcd [::1]:2379", 3)] {
            assert!(
                matches!(parse(line), Ok(Command::Probe(asked)) if asked.what.len() == expected),
                "{line}"
            );
        }
        let check = |line| match parse(line) {
            Ok(Command::Kubeconfig {
                command: KubeconfigCommand::Check(check),
            }) => Some((check.what, check.live)),
            _ => None,
        };
        assert_eq!(check("kubeconfig check"), Some((None, false)));
        assert_eq!(
            check("kubeconfig check admin.conf --live"),
            Some((Some("admin.conf".to_owned()), true))
        );
    }
}
