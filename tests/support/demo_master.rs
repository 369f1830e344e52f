//! The demo's master on a disk, shown by the real program, and what openssl says of its files.

use base64::Engine as _;
use kubepki::engine::demo;
use tempfile::TempDir;
use time::macros::datetime;

use super::terminal::Terminal;
use super::{succeed, text, tool};

/// For when it is made and shown.
pub(crate) const MOMENT: &str = "2026-11-22T03:12:00Z";

/// Its root, and the home of who looks at it.
pub(crate) struct Master {
    pub(crate) root: TempDir,
    pub(crate) home: TempDir,
}

impl Master {
    /// Makes it.
    pub(crate) fn new() -> Self {
        let (root, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        demo::create(root.path(), datetime!(2026-11-22 03:12 UTC)).unwrap();
        Self { root, home }
    }

    /// The program on it, in a terminal of this size.
    pub(crate) fn start(&self, more: &[&str], columns: u16, rows: u16) -> Terminal {
        let mut arguments = vec!["--root", text(self.root.path()), "--at", MOMENT];
        arguments.extend(more);
        let terminal = Terminal::start(self.home.path(), &arguments, columns, rows);
        // Keys are typed when the master was read: before that there is no row to open.
        if columns >= 80 {
            terminal.wait_for("apiserver");
        }
        terminal
    }

    /// The CN of a kubeconfig's client certificate, by openssl.
    pub(crate) fn user_of(&self, kubeconfig: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.root.path().join(kubeconfig)).unwrap();
        let data = text
            .split("client-certificate-data: ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap();
        let file = self.home.path().join("client.crt");
        std::fs::write(
            &file,
            base64::engine::general_purpose::STANDARD
                .decode(data)
                .unwrap(),
        )
        .unwrap();
        let subject = succeed(
            &tool("openssl")?,
            &[
                "x509",
                "-noout",
                "-subject",
                "-nameopt",
                "RFC2253",
                "-in",
                super::text(&file),
            ],
        );
        Some(
            subject
                .split("CN=")
                .nth(1)?
                .split(',')
                .next()?
                .trim()
                .to_owned(),
        )
    }

    /// What openssl says of one of its files.
    pub(crate) fn openssl(&self, command: &[&str], file: &str) -> Option<String> {
        let file = self.root.path().join(file);
        let mut arguments = command.to_vec();
        arguments.extend(["-noout", "-in", text(&file)]);
        Some(succeed(&tool("openssl")?, &arguments).trim().to_owned())
    }
}
