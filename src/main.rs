//! The program: nothing but the way into the command line, and from there to the screens.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use kubepki::cli::{self, Outcome, Screens};
use kubepki::operation::{demo, open};
use kubepki::runtime;
use time::OffsetDateTime;

fn main() -> ExitCode {
    // The hook has told what happened; scripts get the exit code of a fault of kubepki's own.
    let code = std::panic::catch_unwind(start).unwrap_or_else(|_| cli::internal_fault("it panicked"));
    ExitCode::from(code)
}

fn start() -> u8 {
    match cli::run(std::env::args_os()) {
        Outcome::Exit(code) => code,
        Outcome::Screens(screens) => match open_screens(*screens) {
            Ok(()) => 0,
            Err(error) => cli::screens_failed(&format!("{error:#}")),
        },
    }
}

fn open_screens(screens: Screens) -> anyhow::Result<()> {
    let mut options = runtime::Options {
        open: screens.open,
        at: screens.at,
        read_only: screens.read_only,
        color: screens.color,
        ascii: screens.ascii,
        plain: screens.plain,
        config_dir: screens.config_dir.or_else(default_config),
        demo: screens.demo,
    };
    if !screens.demo {
        return runtime::run(&options);
    }
    let folder = tempfile::Builder::new().prefix("kubepki-demo-").tempdir().context("no folder for the demo")?;
    demo::create(folder.path(), OffsetDateTime::now_utc()).context("the demo cannot be made")?;
    options.open = open::OpenOptions { root: folder.path().to_owned(), processes: false, ..open::OpenOptions::default() };
    // A config of its own, so that the demo looks the same for everybody.
    options.config_dir = Some(folder.path().join("config"));
    runtime::run(&options)
}

fn default_config() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "kubepki").map(|folders| folders.config_dir().to_owned())
}
