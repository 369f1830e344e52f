//! The program: nothing but the way into the command line, and from there to the screens.

use std::process::ExitCode;

use kubepki::cli::{self, Outcome, Screens};

fn main() -> ExitCode {
    // The hook has told what happened; scripts get the exit code of a fault of kubepki's own.
    let code = std::panic::catch_unwind(start).unwrap_or_else(|_| cli::internal_fault("it panicked"));
    ExitCode::from(code)
}

fn start() -> u8 {
    match cli::run(std::env::args_os()) {
        Outcome::Exit(code) => code,
        Outcome::Screens(screens) => open_screens(&screens),
    }
}

fn open_screens(screens: &Screens) -> u8 {
    let _ = screens;
    cli::screens_failed("this build has no screens yet")
}
