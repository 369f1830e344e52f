//! A program in a terminal of its own.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longer than any answer takes; then the bench is at fault.
const PATIENCE: Duration = Duration::from_secs(20);

/// After so much silence an answer is complete.
const SILENCE: Duration = Duration::from_millis(300);

/// A running program and what it has written.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    input: Box<dyn std::io::Write + Send>,
    output: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    started: Instant,
    /// Closing it would end the program.
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts `program` in a terminal of this size; the clock starts with it.
    pub(crate) fn start(program: &Path, arguments: &[&str], columns: u16, rows: u16) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        let mut reader = pair
            .master
            .try_clone_reader()
            .expect("the terminal can be read");
        let input = pair
            .master
            .take_writer()
            .expect("the terminal can be written");
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let started = Instant::now();
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        Self {
            child,
            input,
            output,
            seen: Vec::new(),
            started,
            _master: pair.master,
        }
    }

    /// Waits for `text` among the bytes written since the start, and gives the time since the
    /// start.
    pub(crate) fn until(&mut self, text: &str) -> Duration {
        while !self
            .seen
            .windows(text.len())
            .any(|window| window == text.as_bytes())
        {
            let Ok(bytes) = self.output.recv_timeout(PATIENCE) else {
                panic!("no {text:?} in {}", String::from_utf8_lossy(&self.seen));
            };
            self.seen.extend(bytes);
        }
        self.started.elapsed()
    }

    /// Waits until nothing more comes; gives the number of bytes.
    pub(crate) fn silence(&mut self) -> u64 {
        let mut count = 0;
        while let Ok(bytes) = self.output.recv_timeout(SILENCE) {
            count += bytes.len() as u64;
        }
        count
    }

    /// Presses a key and gives the number of bytes of the answer.
    pub(crate) fn press(&mut self, key: &str) -> u64 {
        self.input
            .write_all(key.as_bytes())
            .and_then(|()| self.input.flush())
            .expect("the program takes keys");
        self.silence()
    }

    /// Resident memory in KiB.
    pub(crate) fn resident(&self) -> u64 {
        self.child
            .process_id()
            .map_or(0, |id| super::resident(&id.to_string(), "VmRSS:"))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
