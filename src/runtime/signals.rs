//! Signals become messages; the loop restores the terminal before it follows them.

use std::io;
use std::sync::mpsc::Sender;
use std::thread;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use super::Message;

/// Starts the thread that waits for signals.
pub(super) fn listen(sender: Sender<Message>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            let message = match signal {
                SIGTSTP => Message::Stop,
                SIGCONT => Message::Continue,
                _ => Message::End,
            };
            if sender.send(message).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

/// Stops the process as Ctrl-Z does, until the shell continues it.
pub(super) fn stop() {
    let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
}
