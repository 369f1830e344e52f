//! Who runs kubepki, as far as the system tells.

use rustix::process::geteuid;

use crate::pki::text::quoted;
use crate::record::By;

/// The number that stands for "nobody has logged in" in `/proc/self/loginuid` (audit's AUDIT_UID_UNSET).
const UNSET: u32 = u32::MAX;

/// Who runs this process.
pub(super) fn by() -> By {
    let number = geteuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let login = std::fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    By {
        user: name_of(&users, number).unwrap_or_else(|| number.to_string()),
        sudo_user: variable("SUDO_USER"),
        login_uid: login.trim().parse().ok().filter(|number| *number != UNSET),
        ssh_connection: variable("SSH_CONNECTION"),
    }
}

/// This very call with the right to do it, to be told.
pub fn sudo_line() -> String {
    let words = std::env::args().map(|word| quoted(&word).into_owned());
    std::iter::once("sudo".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The first name with this number in a passwd(5) file.
fn name_of(users: &str, number: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_passwd_by_number() {
        let users = "root:x:0:0:root:/root:/bin/bash\n# :x\n:x:7:7::\nalice:x:1000:1000::/home/alice:/bin/sh\n";
        assert_eq!(name_of(users, 1000).as_deref(), Some("alice"));
        assert_eq!(name_of(users, 0).as_deref(), Some("root"));
        assert_eq!(name_of(users, 7), None);
    }
}
