//! `completions` and `man`: made from the declaration of the arguments.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::arguments::Arguments;
use super::failure::Failure;

/// The completions for `shell`.
pub(crate) fn completions(shell: Shell) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "kubepki", &mut bytes);
    text(bytes)
}

/// The manual page, roff: the program, then each command's own arguments.
pub(crate) fn manual() -> Result<String, Failure> {
    let mut command = Arguments::command();
    command.build();
    let page = Man::new(command.clone());
    let mut bytes = Vec::new();
    let written = page
        .render_title(&mut bytes)
        .and_then(|()| page.render_name_section(&mut bytes))
        .and_then(|()| page.render_synopsis_section(&mut bytes))
        .and_then(|()| page.render_description_section(&mut bytes))
        .and_then(|()| page.render_options_section(&mut bytes));
    written.map_err(|error| {
        Failure::internal("the manual page cannot be written").because(error.to_string())
    })?;
    let mut out = text(bytes)?;
    out.push_str(".SH COMMANDS\n");
    for subcommand in command
        .get_subcommands()
        .filter(|subcommand| subcommand.get_name() != "help")
    {
        describe(&mut out, subcommand, "kubepki");
    }
    out.push_str(SECTIONS);
    Ok(out)
}

const SECTIONS: &str = "\
.SH \"EXIT STATUS\"
.TP
\\fB0\\fR
done
.TP
\\fB1\\fR, \\fB2\\fR
of kubeconfig check: something could not be verified; a CA does not verify its server, or kubectl refuses the file
.TP
\\fB3\\fR
could not look or do: no permission, unreadable, unreachable; a restart did not bring what it should
.TP
\\fB4\\fR
refused; something that is due could not be renewed; a component is left as it runs, for it would not come back
.TP
\\fB64\\fR
wrong usage
.TP
\\fB70\\fR
a fault of kubepki's own
.SH \"STATES OF A RESTART\"
.TP
\\fBneeded\\fR
it holds the old files until it is restarted
.TP
\\fBreloads-by-itself\\fR
it reads the files again by itself, and nothing shows whether it did
.TP
\\fBunproven\\fR
it reads the files again by itself, and its port will show whether it did
.TP
\\fBbegun\\fR
it is being restarted, or whoever did was cut off
.TP
\\fBdone\\fR
it serves the new certificate, or is younger than the files
.TP
\\fBfailed\\fR
it was restarted, or could not be, and that did not show what it should
.TP
\\fBskipped\\fR
it was left as it is
.SH ENVIRONMENT
.TP
\\fBKUBEPKI_STATE_DIR\\fR, \\fBKUBEPKI_CONFIG_DIR\\fR
as \\-\\-state\\-dir and \\-\\-config\\-dir
.TP
\\fBNO_COLOR\\fR
no colours, unless \\-\\-color says otherwise
";

/// One command with its own arguments, and those below it; the arguments of every command stand
/// above.
fn describe(out: &mut String, command: &Command, above: &str) {
    let name = format!("{above} {}", command.get_name());
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| !argument.is_global_set() && argument.get_id() != "help")
        .collect();
    if !command.has_subcommands() || !own.is_empty() {
        let _ = writeln!(
            out,
            ".SS \"{}\"\n{}",
            roff(&name),
            roff(&about(command.get_about()))
        );
    }
    for argument in own {
        let value = argument
            .get_value_names()
            .and_then(|names| names.first())
            .map(ToString::to_string);
        let takes = argument.get_action().takes_values();
        let label = match (argument.get_long(), value) {
            (Some(long), Some(value)) if takes => format!("--{long} {value}"),
            (Some(long), _) => format!("--{long}"),
            (None, value) => value.unwrap_or_default(),
        };
        let _ = writeln!(
            out,
            ".TP\n\\fB{}\\fR\n{}",
            roff(&label),
            roff(&about(argument.get_help()))
        );
    }
    for child in command
        .get_subcommands()
        .filter(|child| child.get_name() != "help")
    {
        describe(out, child, &name);
    }
}

fn about(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

/// Text that roff prints as it stands.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|_| Failure::internal("made text that is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_the_manual() {
        let page = manual().unwrap();
        for part in [
            "kubepki list",
            "kubepki show",
            "kubepki probe",
            "kubepki restart",
            "kubepki kubeconfig check",
            "kubepki kubeconfig show",
            "kubepki setup\"",
            "one\\-authority",
            "kubepki setup add\\-node",
            "kubepki request import",
            "expires\\-within",
            "EXIT STATUS",
            "unproven",
        ] {
            assert!(page.contains(part), "{part} is missing:\n{page}");
        }
    }
}
