//! What a command asks on a terminal: whether to apply, and a passphrase without showing it.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr,
};
use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGTERM};
use zeroize::Zeroizing;

use crate::cli::failure::Failure;
use crate::cli::output;
use crate::pki::Secret;
use crate::pki::text::printable;
use crate::store::guarded::{self, Trouble};

/// The most bytes of a passphrase: openssl's own limit.
const MOST_BYTES: usize = 1024;

/// The most that is read of an answer, in bytes: a line of a terminal has no more (termios(3)).
const LONGEST_ANSWER: u64 = 4096;

/// The most passphrases of one file.
const MOST_LINES: usize = 16;

/// True where somebody sits there to be asked.
pub(super) fn somebody() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question that is answered with y or, by anything else, with no.
pub(super) fn confirm(question: &str) -> Result<bool, Failure> {
    // What was typed before the question was seen is no answer to it.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    output::tell(&format!("{question} [y/N] "));
    let mut answer = String::new();
    io::stdin()
        .lock()
        .take(LONGEST_ANSWER)
        .read_line(&mut answer)
        .map_err(|error| unread("the answer", &error))?;
    if !answer.ends_with('\n') {
        output::tell("\n");
    }
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "Yes" | "YES"))
}

/// The passphrases that a file or, for `-`, standard input holds: one a line.
pub(super) fn passphrases_in(file: &str) -> Result<Vec<Secret>, Failure> {
    let too_long = || {
        Failure::usage(format!(
            "{file:?} holds no passphrases: a line of it, or all of it, is too long"
        ))
    };
    let bytes =
        guarded::given(file, (MOST_BYTES * MOST_LINES) as u64).map_err(
            |trouble| match trouble {
                Trouble::TooLarge(_) => too_long(),
                other => {
                    Failure::unable(format!("cannot read {file}")).because(format!("it {other}"))
                }
            },
        )?;
    let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    if lines.iter().any(|line| line.len() > MOST_BYTES) {
        return Err(too_long());
    }
    Ok(lines
        .into_iter()
        .map(|line| Secret::new(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
        .collect())
}

fn unread(what: &str, error: &io::Error) -> Failure {
    Failure::unable(format!("cannot read {what}")).because(error.to_string())
}

/// Asks for the passphrase of a key file; nothing of it is shown.
pub(super) fn passphrase_of(path: &str) -> Result<Secret, Failure> {
    let terminal = Silent::new().map_err(|error| unread("the passphrase", &error))?;
    output::tell(&format!("Passphrase of {} (not shown): ", printable(path)));
    let typed = terminal.line();
    output::tell("\n");
    typed
        .map_err(|error| unread("the passphrase", &error))?
        .ok_or_else(|| Failure::refused("not confirmed"))
}

/// A terminal that shows nothing of what is typed, until it is dropped.
struct Silent {
    before: Termios,
    signals: UnixStream,
    registered: Vec<SigId>,
}

impl Silent {
    fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let (signals, writer) = UnixStream::pair()?;
        let mut silent = Self {
            before,
            signals,
            registered: Vec::new(),
        };
        for signal in [SIGTERM, SIGHUP] {
            silent
                .registered
                .push(signal_hook::low_level::pipe::register(
                    signal,
                    writer.try_clone()?,
                )?);
        }
        let mut raw = silent.before.clone();
        // Keys one by one, Ctrl-C too: a signal would end the program before the terminal is as it
        // was.
        raw.local_modes
            .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(io::stdin(), OptionalActions::Flush, &raw)?;
        Ok(silent)
    }

    /// What is typed up to Enter; `None`: given up.
    fn line(&self) -> io::Result<Option<Secret>> {
        // Never grows: a copy that is left behind could not be wiped.
        let mut typed = Zeroizing::new(Vec::with_capacity(MOST_BYTES));
        let stdin = io::stdin();
        loop {
            let mut both = [
                PollFd::new(&stdin, PollFlags::IN),
                PollFd::from_borrowed_fd(self.signals.as_fd(), PollFlags::IN),
            ];
            match poll(&mut both, None) {
                Err(rustix::io::Errno::INTR) => continue,
                other => other?,
            };
            if !both[1].revents().is_empty() {
                return Ok(None);
            }
            let mut key = [0];
            if rustix::io::read(&stdin, &mut key)? == 0 {
                return Ok(None);
            }
            match key[0] {
                b'\r' | b'\n' => return Ok(Some(Secret::from(typed))),
                3 | 4 | 27 => return Ok(None),
                8 | 127 => drop_character(&mut typed),
                21 => typed.clear(),
                byte if typed.len() < MOST_BYTES => typed.push(byte),
                _ => {}
            }
        }
    }
}

/// Takes away the last character, all bytes of it.
fn drop_character(typed: &mut Vec<u8>) {
    while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
}

impl Drop for Silent {
    fn drop(&mut self) {
        // The terminal may be gone by now: nothing can be done about that.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.before);
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        for (content, expected) in [
            ("secret", &["secret"][..]),
            ("secret\n", &["secret"]),
            ("se cret\r\nmore\n", &["se cret", "more"]),
            ("a\n\nb", &["a", "", "b"]),
            ("", &[""]),
        ] {
            std::fs::write(&path, content).unwrap();
            let read = passphrases_in(path.to_str().unwrap()).unwrap();
            let read: Vec<&[u8]> = read.iter().map(Secret::expose).collect();
            assert_eq!(
                read,
                expected
                    .iter()
                    .map(|text| text.as_bytes())
                    .collect::<Vec<_>>()
            );
        }
        std::fs::write(&path, "x".repeat(2000)).unwrap();
        assert!(passphrases_in(path.to_str().unwrap()).is_err());
        assert!(passphrases_in("/no/such/file").is_err());
    }

    #[test]
    fn backspace_takes_a_whole_character() {
        let mut typed = "aé主".as_bytes().to_vec();
        drop_character(&mut typed);
        assert_eq!(typed, "aé".as_bytes());
        drop_character(&mut typed);
        assert_eq!(typed, b"a");
        drop_character(&mut typed);
        drop_character(&mut typed);
        assert!(typed.is_empty());
    }
}
