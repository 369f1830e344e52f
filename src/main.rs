//! The program: nothing but the way into the command line, and from there to the screens.

use std::alloc::System;
use std::path::PathBuf;
use std::process::ExitCode;

use kubepki::cli::{self, CommandOutcome, Screens};
use kubepki::runtime;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit,
};
use zeroizing_alloc::ZeroAlloc;

/// Whatever is freed is overwritten first, whoever had it: a text that has grown, a parser of YAML,
/// a buffer of a library. So what a key has passed through holds nothing of it afterwards.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    if let Err(errno) = keep_memory_to_ourselves() {
        eprintln!("kubepki: a core dump of this process may hold private keys: {errno}");
    }
    // The hook has told what happened; scripts get the exit code of a fault of kubepki's own.
    let code =
        std::panic::catch_unwind(start).unwrap_or_else(|_| cli::internal_fault("it panicked"));
    ExitCode::from(code)
}

fn start() -> u8 {
    match cli::run(std::env::args_os()) {
        CommandOutcome::Exit(code) => code,
        CommandOutcome::Screens(screens) => match open_screens(*screens) {
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
        config_dir: screens
            .config_dir
            .or_else(|| if screens.demo { None } else { default_config() }),
        state_dir: screens.state_dir,
        kdf_limit: screens.kdf_limit,
        verbose: screens.verbose,
        demo: screens.demo,
    })
}

fn default_config() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "kubepki").map(|folders| folders.config_dir().to_owned())
}

/// Keeps this process's memory from the disk and from other processes of the same user, as long as
/// it lives: a key passes through even where kubeconfigs are only read. No core is written
/// (core(5)), not even through a pipe, and nobody without CAP_SYS_PTRACE attaches
/// (PR_SET_DUMPABLE(2const)). A program that is started is dumpable again by execve(2), and may
/// raise the limit that it inherits.
fn keep_memory_to_ourselves() -> rustix::io::Result<()> {
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            ..getrlimit(Resource::Core)
        },
    )?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}
