//! Who runs kubepki, as far as the system tells.

use rustix::process::geteuid;

use crate::pki::text::quoted;
use crate::record::By;
use crate::store::{guarded, users};

/// The number that stands for "nobody has logged in" in `/proc/self/loginuid` (audit's
/// AUDIT_UID_UNSET).
const UNSET: u32 = u32::MAX;

/// Who runs this process.
pub(super) fn by() -> By {
    let number = geteuid().as_raw();
    let login = guarded::proc_text("/proc/self/loginuid");
    By {
        user: users::name_of(number).unwrap_or_else(|| number.to_string()),
        sudo_user: variable("SUDO_USER"),
        login_uid: login.trim().parse().ok().filter(|number| *number != UNSET),
        ssh_connection: variable("SSH_CONNECTION"),
    }
}

/// This very call with the right to do it, to be told.
pub fn sudo_line() -> String {
    let words = std::env::args().map(|word| quoted(&word).into_owned());
    std::iter::once("sudo".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
