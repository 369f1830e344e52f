//! The program: nothing but the way into the command line, and from there to the screens.

use std::path::PathBuf;
use std::process::ExitCode;

use kubepki::cli::{self, Outcome, Screens};
use kubepki::runtime;

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
    runtime::run(&runtime::Options {
        open: screens.open,
        at: screens.at,
        read_only: screens.read_only,
        color: screens.color,
        ascii: screens.ascii,
        plain: screens.plain,
        // The demo has no config, so that it looks the same for everybody.
        config_dir: screens.config_dir.or_else(|| if screens.demo { None } else { default_config() }),
        state_dir: screens.state_dir,
        kdf_limit: screens.kdf_limit,
        verbose: screens.verbose,
        demo: screens.demo,
    })
}

fn default_config() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "kubepki").map(|folders| folders.config_dir().to_owned())
}
