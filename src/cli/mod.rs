//! The command line: arguments to requests, results to text. What scripts may rely on: names,
//! flags, exit codes, and the fields in `document.rs`. The screens are not started here: the
//! program's `main` does that with what [`run`] answers.

mod arguments;
mod asking;
mod bootstrap;
mod certificate;
mod change;
mod changer;
mod csv;
mod document;
mod failure;
mod history;
mod input;
mod interrupted;
mod issue;
mod kubeconfig;
mod ledger;
mod list;
mod manual;
mod master;
mod output;
mod plan;
mod probe;
mod request;
mod restart;
mod right;
mod select;
mod setup;
mod show;
mod table;
mod token;
mod yaml;

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use clap::error::ErrorKind;
use time::OffsetDateTime;

use crate::engine::open::OpenOptions;
use crate::plan::Request;
use arguments::{Arguments, ColorChoice, Command, Form, Global, HistoryCommand, RequestCommand};
use change::Change;
use failure::Failure;
use table::Style;

/// What a command line comes to.
#[derive(Debug)]
pub enum CommandOutcome {
    /// All is said; the process ends with this code.
    Exit(u8),
    /// The screens are to be opened.
    Screens(Box<Screens>),
}

/// How the screens are to be opened.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line, independent of the others"
)]
pub struct Screens {
    /// What to read.
    pub open: OpenOptions,
    /// `--at`; `None`: now.
    pub at: Option<OffsetDateTime>,
    /// Refuse what changes something.
    pub read_only: bool,
    /// Colours may be used.
    pub color: bool,
    /// Signs and frames from ASCII only.
    pub ascii: bool,
    /// Linear text for screen readers.
    pub plain: bool,
    /// Where settings, keymaps and themes lie, where that was said.
    pub config_dir: Option<PathBuf>,
    /// Where kubepki keeps its own state, where that was said.
    pub state_dir: Option<PathBuf>,
    /// The most iterations that one passphrase may cost, where that was said.
    pub kdf_limit: Option<u64>,
    /// Write a log into the state folder.
    pub verbose: bool,
    /// Open a throwaway master.
    pub demo: bool,
}

/// Does what `words` (the program's own name first) ask for. Data goes to standard output, words to
/// standard error.
pub fn run(words: impl IntoIterator<Item = OsString>) -> CommandOutcome {
    let words: Vec<OsString> = words.into_iter().collect();
    let form = asked_form(&words);
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => return CommandOutcome::Exit(not_parsed(&error, form)),
    };
    let form = arguments.global.output.or(form);
    match perform(arguments) {
        Ok(outcome) => outcome,
        Err(failure) => CommandOutcome::Exit(report(&failure, form)),
    }
}

/// Tells of a fault of kubepki's own: exit 70.
pub fn internal_fault(what: &str) -> u8 {
    let words: Vec<OsString> = std::env::args_os().collect();
    report(
        &Failure::internal("a fault of kubepki's own").because(what),
        asked_form(&words),
    )
}

/// Tells that the screens could not be opened or went down: exit 3.
pub fn screens_failed(why: &str) -> u8 {
    report(
        &Failure::unable("the screens could not be shown").because(why),
        None,
    )
}

fn perform(arguments: Arguments) -> Result<CommandOutcome, Failure> {
    let Some(command) = arguments.command else {
        return screens(&arguments);
    };
    if arguments.demo {
        return Err(Failure::usage(
            "--demo opens the screens: it goes with no command",
        ));
    }
    if let Some(directory) = arguments.directory {
        return Err(Failure::usage(format!(
            "{:?} stands before the command",
            directory.display().to_string()
        ))
        .hint("a folder follows the command, as: kubepki list DIR"));
    }
    let global = with_environment(arguments.global);
    let (text, exit) = headless(&command, &global)?;
    output::print(&text)?;
    Ok(CommandOutcome::Exit(exit))
}

/// The text for standard output, and the exit code.
fn headless(command: &Command, global: &Global) -> Result<(String, u8), Failure> {
    let (form, style) = (global.output.unwrap_or(Form::Table), style(global));
    if matches!(form, Form::Csv | Form::Markdown) && !matches!(command, Command::List(_)) {
        return Err(Failure::usage("csv and markdown are forms of list only"));
    }
    let is_shown = |command: &Command| {
        matches!(
            command,
            Command::Request {
                command: RequestCommand::Show { .. }
            }
        )
    };
    if form == Form::Describe && !is_shown(command) {
        return Err(Failure::usage("describe is a form of request show only"));
    }
    match command {
        Command::Renew(arguments) => change::renew(global, arguments, form, style),
        Command::Issue(arguments) => issue::run(global, arguments, form, style),
        Command::Undo(arguments) => {
            let change = Change::new(global, &arguments.change, form, style);
            change.run(|_| Ok(Request::Undo(arguments.id.clone())))
        }
        Command::History {
            command: Some(HistoryCommand::Prune { change }),
        } => {
            let change = Change {
                quiet: change.yes,
                ..Change::new(global, change, form, style)
            };
            change.run(|_| Ok(Request::Prune))
        }
        Command::History { command } => history::run(global, command.as_ref(), form, style),
        Command::List(arguments) if arguments.ledger.ledger => {
            ledger::run(global, arguments, form, style)
        }
        Command::List(arguments) => list::run(global, arguments, form, style),
        Command::Show(arguments) => {
            tell_unfinished(global, None);
            Ok((show::show(global, &arguments.what, form, style)?, 0))
        }
        Command::Kubeconfig { command } => kubeconfig::run(global, command, form, style),
        Command::Probe(arguments) => {
            tell_unfinished(global, None);
            probe::run(global, arguments, form, style)
        }
        Command::Bootstrap { command } => bootstrap::run(global, command, form, style),
        Command::Setup(arguments) => setup::run(global, arguments, form, style),
        Command::Request { command } => request::run(global, command, form, style),
        Command::Restart(arguments) => restart::run(global, arguments, form, style),
        Command::Completions { shell } => Ok((manual::completions(*shell)?, 0)),
        Command::Man => Ok((manual::manual()?, 0)),
    }
}

/// What was interrupted is told to whoever may know of it; a state that cannot be read costs only
/// that.
fn tell_unfinished(global: &Global, directory: Option<&Path>) {
    if let Ok(changer) = changer::changer(global, directory) {
        interrupted::tell_unfinished(&changer);
    }
}

/// A list from which something is absent ends with 3, so that no script takes it for whole.
fn exit_of(master: &master::Master) -> u8 {
    if master.is_denied() || !master.inventory.unread.is_empty() {
        failure::Exit::Unable.code()
    } else {
        0
    }
}

/// DIR and `--root` both say where to look.
fn one_place(global: &Global, directory: Option<&Path>) -> Result<(), Failure> {
    match directory {
        Some(directory) if global.root != Path::new("/") => Err(Failure::usage(format!(
            "DIR ({}) and --root both name where to look",
            directory.display()
        ))
        .hint("give one of them; --root finds a master's /etc or /etc/kubernetes too")),
        _ => Ok(()),
    }
}

fn screens(arguments: &Arguments) -> Result<CommandOutcome, Failure> {
    let directory = arguments.directory.as_deref();
    let command = |words: &str| {
        master::open_options(&with_environment(arguments.global.clone()), directory).command(words)
    };
    if arguments.global.output.is_some() {
        return Err(Failure::usage("-o goes with a command").hint(command("list -o json")));
    }
    if arguments.demo && arguments.directory.is_some() {
        return Err(Failure::usage(
            "--demo makes its own folder: it goes without DIR",
        ));
    }
    one_place(&arguments.global, arguments.directory.as_deref())?;
    let global = with_environment(arguments.global.clone());
    let at = global
        .at
        .as_deref()
        .map(|at| master::moment(Some(at)))
        .transpose()?;
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let hint = format!(
            "without one: {}, or {}",
            command("list"),
            command("list -o json")
        );
        return Err(Failure::usage("the screens need a terminal").hint(hint));
    }
    Ok(CommandOutcome::Screens(Box::new(Screens {
        open: master::open_options(&global, arguments.directory.as_deref()),
        at,
        read_only: global.read_only,
        color: style(&global).color,
        ascii: global.ascii,
        plain: global.plain,
        config_dir: global.config_dir,
        state_dir: global.state_dir,
        kdf_limit: global.kdf_limit,
        verbose: global.verbose,
        demo: arguments.demo,
    })))
}

/// Variables stand behind flags.
fn with_environment(mut global: Global) -> Global {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    global.state_dir = global.state_dir.or_else(|| variable("KUBEPKI_STATE_DIR"));
    global.config_dir = global.config_dir.or_else(|| variable("KUBEPKI_CONFIG_DIR"));
    global
}

fn style(global: &Global) -> Style {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let color = match global.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => std::io::stdout().is_terminal() && !set("NO_COLOR") && !dumb(),
    };
    Style {
        color,
        ascii: global.ascii,
        plain: global.plain,
    }
}

/// The form that is asked for, found without parsing: wrong usage is told in it too.
fn asked_form(words: &[OsString]) -> Option<Form> {
    let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
    let named = |form: &str| match form {
        "json" => Some(Form::Json),
        "yaml" => Some(Form::Yaml),
        _ => None,
    };
    words.iter().enumerate().find_map(|(position, word)| {
        let next = || words.get(position + 1).copied();
        let form = match *word {
            "-o" | "--output" => next(),
            word => word
                .strip_prefix("--output=")
                .or_else(|| word.strip_prefix("-o="))
                .or_else(|| word.strip_prefix("-o")),
        };
        form.and_then(named)
    })
}

/// clap's own words; help and version are no failure.
fn not_parsed(error: &clap::Error, form: Option<Form>) -> u8 {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return match output::print(&error.render().to_string()) {
            Ok(()) => 0,
            Err(failure) => report(&failure, None),
        };
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let (what, rest) = text.split_once('\n').unwrap_or((text, ""));
    let hint: Vec<&str> = rest
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let failure = Failure::usage(what);
    report(
        &if hint.is_empty() {
            failure
        } else {
            failure.hint(hint.join("\n  "))
        },
        form,
    )
}

/// Tells a failure: words to standard error; asked for JSON or YAML, the document to standard
/// output too.
fn report(failure: &Failure, form: Option<Form>) -> u8 {
    output::tell(&failure.to_words());
    let document = match form {
        Some(Form::Json) => output::json(&failure.document()),
        Some(Form::Yaml) => output::yaml(&failure.document()),
        _ => return failure.exit.code(),
    };
    if let Ok(document) = document {
        // A failure to write a failure has nobody left to be told to.
        let _ = output::print(&document);
    }
    failure.exit.code()
}
