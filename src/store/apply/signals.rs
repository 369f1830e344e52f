//! Signals wait while files are swapped.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::flag;
use signal_hook::low_level::emulate_default_handler;

use crate::store::guarded;

/// One swap at a time: all share the handlers.
static SWAP: Mutex<()> = Mutex::new(());

/// Signals whose default, the end of the process, is ours to delay.
static OURS: LazyLock<Ours> = LazyLock::new(Ours::take);

struct Ours {
    may_end: Arc<AtomicBool>,
    came: Arc<AtomicUsize>,
}

/// While this lives no signal ends the process, as far as its own handlers do not.
pub(in crate::store) struct HeldSignals {
    _swap: MutexGuard<'static, ()>,
}

impl HeldSignals {
    pub(in crate::store) fn new() -> Self {
        let swap = SWAP.lock().unwrap_or_else(PoisonError::into_inner);
        OURS.may_end.store(false, Ordering::SeqCst);
        Self { _swap: swap }
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        OURS.may_end.store(true, Ordering::SeqCst);
        if let Ok(signal @ 1..) = i32::try_from(OURS.came.swap(0, Ordering::SeqCst)) {
            // Had it come a moment later, it would have ended the process.
            let _ = emulate_default_handler(signal);
        }
    }
}

impl Ours {
    /// Those that the program neither catches (a screen does, to restore the terminal) nor ignores
    /// (nohup does).
    fn take() -> Self {
        let ours = Self {
            may_end: Arc::new(AtomicBool::new(true)),
            came: Arc::new(AtomicUsize::new(0)),
        };
        let status = guarded::proc_text("/proc/self/status");
        let taken = mask(&status, "SigCgt:") | mask(&status, "SigIgn:");
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or_default();
            if taken >> (number - 1) & 1 == 0 {
                // A signal that cannot be caught ends the process, and recovery does the rest.
                let _ = flag::register_usize(signal, Arc::clone(&ours.came), number);
                let _ = flag::register_conditional_default(signal, Arc::clone(&ours.may_end));
            }
        }
        ours
    }
}

/// A line of proc_pid_status(5): a bit for each signal, from 1 on.
fn mask(status: &str, name: &str) -> u64 {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or_default();
    u64::from_str_radix(line.trim(), 16).unwrap_or_default()
}
