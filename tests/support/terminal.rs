//! The real program in a pseudo terminal; what it shows is read back from an emulated screen.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long a text may take to appear before the test fails. Nothing waits that long when all is
/// well.
const PATIENCE: Duration = Duration::from_secs(20);

/// Much longer than a page must have been on the screen before it takes a key: the machine may be
/// busy.
pub(crate) const READ: Duration = Duration::from_millis(1200);

/// A running program and its screen.
pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    screen: Arc<(Mutex<Shown>, Condvar)>,
}

struct Shown {
    parser: vt100::Parser,
    bytes: u64,
    ended: bool,
}

impl Terminal {
    /// Starts kubepki with these arguments in a terminal of this size. State, config and home lie
    /// in `home`.
    pub(crate) fn start(home: &Path, arguments: &[&str], columns: u16, rows: u16) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_kubepki"));
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("HOME", home);
        command.env("XDG_CONFIG_HOME", home.join("config"));
        command.env_remove("NO_COLOR");
        Self::start_command(command, columns, rows)
    }

    /// Starts any command.
    pub(crate) fn start_command(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo terminal");
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let mut reader = pair
            .master
            .try_clone_reader()
            .expect("the terminal can be read");
        let writer = pair
            .master
            .take_writer()
            .expect("the terminal can be written");
        let shown = Shown {
            parser: vt100::Parser::new(rows, columns, 0),
            bytes: 0,
            ended: false,
        };
        let screen = Arc::new((Mutex::new(shown), Condvar::new()));
        let shared = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut shown = shared
                    .0
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                shown.parser.process(&buffer[..read]);
                shown.bytes += read as u64;
                shown.ended = read == 0;
                shared.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self {
            master: pair.master,
            writer,
            child,
            screen,
        }
    }

    /// Types keys.
    pub(crate) fn send(&mut self, keys: &str) {
        self.writer
            .write_all(keys.as_bytes())
            .expect("the program takes keys");
        self.writer.flush().expect("the program takes keys");
    }

    /// Changes the size.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.screen
            .0
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(rows, columns);
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.master
            .resize(size)
            .expect("the terminal can be resized");
    }

    /// Waits until the screen satisfies `condition` and gives its text.
    pub(crate) fn wait_until(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let (lock, change) = &*self.screen;
        let end = Instant::now() + PATIENCE;
        let mut shown = lock.lock().unwrap();
        loop {
            let text = shown.parser.screen().contents();
            if condition(&text) {
                return text;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !shown.ended,
                "waited for {what}; the screen shows:\n{text}"
            );
            shown = change.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// Waits for a text and gives the whole screen.
    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contains(text))
    }

    /// Waits until nothing was sent for so long: somebody had that time to read the screen.
    pub(crate) fn wait_still(&self, time: Duration) -> String {
        let (lock, change) = &*self.screen;
        let mut shown = lock.lock().unwrap();
        loop {
            let bytes = shown.bytes;
            let (next, waited) = change
                .wait_timeout_while(shown, time, |shown| shown.bytes == bytes)
                .unwrap();
            shown = next;
            if waited.timed_out() {
                return shown.parser.screen().contents();
            }
        }
    }

    /// Runs `look` on the emulated screen.
    pub(crate) fn screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.screen.0.lock().unwrap().parser.screen())
    }

    /// How many bytes the program has sent so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.screen.0.lock().unwrap().bytes
    }

    /// The program's process id.
    pub(crate) fn process(&self) -> u32 {
        self.child.process_id().expect("a process id")
    }

    /// Waits for the program to end and gives its exit code.
    pub(crate) fn wait_end(&mut self) -> u32 {
        let end = Instant::now() + PATIENCE;
        let (lock, change) = &*self.screen;
        let mut shown = lock.lock().unwrap();
        while !shown.ended {
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "the program does not end; the screen shows:\n{}",
                shown.parser.screen().contents()
            );
            shown = change.wait_timeout(shown, left).unwrap().0;
        }
        drop(shown);
        self.child.wait().expect("the program ends").exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
