//! The flags that answer a setup's questions, made from these.

use core::net::IpAddr;
use std::collections::BTreeMap;

use clap::builder::{PossibleValuesParser, TypedValueParser as _, ValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use crate::setup::ClusterField;
use crate::setup::question::{Check, Flag, Heading, Question, Takes, questions};

/// What was given for the questions.
#[derive(Debug, Clone, Default)]
pub(crate) struct AnswerArguments {
    /// Texts by what they answer; of a flag that takes nothing there is none.
    given: BTreeMap<ClusterField, Vec<String>>,
    /// Machines, which are read from a file, or are this one.
    pub(crate) machines: MachineArguments,
}

/// The machines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = Heading::Machines.title())]
pub(crate) struct MachineArguments {
    /// The one node's name [default: this machine's]
    #[arg(long, value_name = "NAME", conflicts_with = "nodes")]
    pub(crate) node: Option<String>,

    /// The one node's addresses, the one that it advertises first [default: this machine's]
    #[arg(
        long,
        value_name = "ADDRESS",
        value_delimiter = ',',
        conflicts_with = "nodes"
    )]
    pub(crate) address: Vec<IpAddr>,

    /// A file with a line for each node, - for standard input: name address[,address] roles. Roles
    /// are master, etcd, worker; none: a master
    #[arg(long, value_name = "FILE")]
    pub(crate) nodes: Option<String>,

    /// The node whose files are written below the root; none: all of them go to archives [default:
    /// the node that this machine is]
    #[arg(long, value_name = "NAME")]
    pub(crate) here: Option<String>,
}

impl AnswerArguments {
    /// True where no flag of theirs was given.
    pub(crate) fn is_empty(&self) -> bool {
        self.given.is_empty() && self.machines == MachineArguments::default()
    }

    /// The text for an answer of one.
    pub(crate) fn text(&self, field: ClusterField) -> Option<&str> {
        self.given
            .get(&field)
            .and_then(|texts| texts.first())
            .map(String::as_str)
    }

    /// Every question that was answered, with the texts.
    pub(crate) fn given(&self) -> impl Iterator<Item = (&'static Question, &[String])> {
        self.given
            .iter()
            .map(|(field, texts)| (field.question(), texts.as_slice()))
    }
}

/// The flags under a heading, in order.
fn flags(heading: Heading) -> Vec<(&'static Question, &'static Flag)> {
    let flags = questions().filter_map(|question| Some((question, question.flag()?)));
    let mut flags: Vec<_> = flags.filter(|(_, flag)| flag.heading == heading).collect();
    flags.sort_by_key(|(question, _)| question.field);
    flags
}

fn argument(question: &Question, flag: &'static Flag) -> Arg {
    let arg = Arg::new(flag.name).long(flag.name).help(flag.help);
    match flag.takes {
        Takes::Nothing => arg.action(ArgAction::SetTrue),
        Takes::Text(value) | Takes::Answer(value) => arg.value_name(value),
        Takes::Form(value, check) => arg.value_name(value).value_parser(of_form(check)),
        Takes::Word(value) => {
            let words: Vec<&str> = question
                .kind
                .options()
                .into_iter()
                .map(|(word, _)| word)
                .collect();
            arg.value_name(value)
                .value_parser(PossibleValuesParser::new(words))
        }
        Takes::Port => arg
            .value_name("PORT")
            .value_parser(value_parser!(u16).map(|port| port.to_string())),
        Takes::Days => arg.value_name("DAYS").value_parser(
            value_parser!(u32)
                .range(1..=36_500)
                .map(|days| format!("{days}d")),
        ),
        Takes::Names(value) => arg
            .value_name(value)
            .action(ArgAction::Append)
            .allow_hyphen_values(true),
        Takes::Texts(value) => arg.value_name(value).action(ArgAction::Append),
        Takes::Forms(value, check) => arg
            .value_name(value)
            .action(ArgAction::Append)
            .value_parser(of_form(check)),
    }
}

/// A text that passes a check.
fn of_form(check: Check) -> ValueParser {
    ValueParser::new(move |text: &str| check(text).map(|()| text.to_owned()))
}

impl Args for AnswerArguments {
    fn augment_args(command: Command) -> Command {
        Heading::ALL.into_iter().fold(command, |command, heading| {
            let arguments = flags(heading)
                .into_iter()
                .map(|(question, flag)| argument(question, flag));
            let command = command.next_help_heading(heading.title()).args(arguments);
            if heading == Heading::Machines {
                MachineArguments::augment_args(command)
            } else {
                command
            }
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for AnswerArguments {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = Heading::ALL
            .into_iter()
            .flat_map(flags)
            .filter_map(|(question, flag)| {
                let texts = match flag.takes {
                    Takes::Nothing => matches.get_flag(flag.name).then(Vec::new),
                    _ => matches
                        .get_many::<String>(flag.name)
                        .map(|texts| texts.cloned().collect()),
                };
                Some((question.field, texts?))
            });
        Ok(Self {
            given: given.collect(),
            machines: MachineArguments::from_arg_matches(matches)?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;
    use crate::setup::question::Flags;

    /// Flags that stand beside those of the questions, and answer none.
    const OTHERS: [&str; 2] = ["config", "here"];

    #[test]
    fn each_question_has_its_flags_and_no_flag_is_without_question() {
        let command = crate::cli::arguments::Arguments::command();
        let setup = command.find_subcommand("setup").unwrap();
        let titles = Heading::ALL.map(Heading::title);
        let arguments = setup.get_arguments().filter(|arg| {
            arg.get_help_heading()
                .is_some_and(|one| titles.contains(&one))
        });
        let shown: Vec<&str> = arguments
            .filter_map(Arg::get_long)
            .filter(|name| !OTHERS.contains(name))
            .collect();
        let mut asked = Vec::new();
        for question in questions() {
            match &question.flags {
                Flags::Own(flag) => asked.push(flag.name),
                // The layout is that of every command.
                Flags::Declared(names) => {
                    asked.extend(names.iter().filter(|name| **name != "layout"));
                }
                Flags::Of(_) | Flags::None(_) => {}
            }
        }
        assert_eq!(BTreeSet::from_iter(shown), BTreeSet::from_iter(asked));
        assert!(
            command
                .get_arguments()
                .any(|arg| arg.get_long() == Some("layout"))
        );
    }
}
