//! The numbers of accounts, from the master's own passwd(5) and group(5).

use std::path::Path;

use super::root::Root;
use crate::inventory::writer::Account;
use crate::kubernetes::flags::RunsAs;
use crate::kubernetes::layout::SystemAccounts;

/// Larger than any file of a machine's own users, in bytes.
const MOST_BYTES: u64 = 4 << 20;

/// The numbers of people begin here (login.defs(5), UID_MIN): a name that a recipe gives to a
/// system account makes none of a person who bears it.
const FIRST_PERSON: u32 = 1000;

/// A master's users and groups.
#[derive(Debug, Default)]
pub(super) struct AccountNames {
    users: String,
    groups: String,
}

impl AccountNames {
    /// Those of this root; none where it has no such files.
    pub(super) fn of(root: &Root) -> Self {
        let text = |path: &str| {
            let read = root.read(Path::new(path), MOST_BYTES).ok();
            read.map(|(bytes, _)| String::from_utf8_lossy(&bytes).into_owned())
                .unwrap_or_default()
        };
        Self {
            users: text("/etc/passwd"),
            groups: text("/etc/group"),
        }
    }

    /// The accounts of a unit or, without one, of a static pod: a user whose group is not said has
    /// his own.
    pub(super) fn run_as(&self, written: &RunsAs, unit: Option<&str>) -> Vec<Account> {
        let user = written.user.as_ref().and_then(|user| self.user(user));
        let group = user
            .and_then(|(_, group)| group)
            .filter(|_| written.groups.is_empty());
        let groups: Vec<u32> = written
            .groups
            .iter()
            .filter_map(|name| self.group(name))
            .chain(group)
            .collect();
        let user = user.map(|(number, _)| number);
        // Root is no account: what it writes is its own.
        let is_account = |number: &u32| *number != 0;
        let account = |user, group| Account {
            component: Some(written.component),
            unit: unit.map(Into::into),
            user,
            group,
        };
        let user = user
            .filter(is_account)
            .map(|user| account(Some(user), None));
        user.into_iter()
            .chain(
                groups
                    .into_iter()
                    .filter(is_account)
                    .map(|group| account(None, Some(group))),
            )
            .collect()
    }

    /// The accounts that a layout's recipes give files to.
    pub(super) fn of_layout(&self, names: &SystemAccounts) -> Vec<Account> {
        let account = |user, group| Account {
            component: None,
            unit: None,
            user,
            group,
        };
        let is_system = |number: &u32| (1..FIRST_PERSON).contains(number);
        let users = names
            .users
            .iter()
            .filter_map(|name| self.user(name))
            .map(|(number, _)| number)
            .filter(is_system);
        let groups = names
            .groups
            .iter()
            .filter_map(|name| self.group(name))
            .filter(is_system);
        users
            .map(|user| account(Some(user), None))
            .chain(groups.map(|group| account(None, Some(group))))
            .collect()
    }

    /// A user's number, and that of his group where a name was given.
    fn user(&self, written: &str) -> Option<(u32, Option<u32>)> {
        if let Ok(number) = written.parse() {
            return Some((number, None));
        }
        let mut fields = fields_of(&self.users, written)?.skip(2);
        Some((
            fields.next()?.parse().ok()?,
            fields.next().and_then(|group| group.parse().ok()),
        ))
    }

    fn group(&self, written: &str) -> Option<u32> {
        written
            .parse()
            .ok()
            .or_else(|| fields_of(&self.groups, written)?.nth(2)?.parse().ok())
    }
}

fn fields_of<'a>(text: &'a str, name: &str) -> Option<impl Iterator<Item = &'a str>> {
    let line = text
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    Some(line.split(':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::component::Component;

    #[test]
    fn names_become_numbers_and_people_no_accounts() {
        let users = "root:x:0:0::/root:/bin/sh\netcd:x:998:997::/:/bin/false\nkube:x:1001:1001::/home/kube:/bin/sh\n";
        let names = AccountNames {
            users: users.to_owned(),
            groups: "root:x:0:\netcd:x:997:\nkube-cert:x:990:a\n".to_owned(),
        };
        let written = |user: Option<&str>, groups: &[&str]| RunsAs {
            component: Component::Etcd,
            user: user.map(str::to_owned),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        };
        let numbers = |all: Vec<Account>| {
            all.into_iter()
                .map(|one| (one.user, one.group))
                .collect::<Vec<_>>()
        };
        for (written, expected) in [
            (
                written(Some("etcd"), &[]),
                vec![(Some(998), None), (None, Some(997))],
            ),
            (
                written(Some("etcd"), &["kube-cert"]),
                vec![(Some(998), None), (None, Some(990))],
            ),
            (
                written(Some("70"), &["71", "none"]),
                vec![(Some(70), None), (None, Some(71))],
            ),
            // Root has said so itself.
            (
                written(Some("kube"), &[]),
                vec![(Some(1001), None), (None, Some(1001))],
            ),
            (written(Some("root"), &[]), Vec::new()),
            (written(Some("none"), &[]), Vec::new()),
        ] {
            assert_eq!(
                numbers(names.run_as(&written, None)),
                expected,
                "{written:?}"
            );
        }
        let of_layout = SystemAccounts {
            users: ["etcd", "kube", "root", "none"].map(str::to_owned).to_vec(),
            groups: ["kube-cert", "root"].map(str::to_owned).to_vec(),
        };
        assert_eq!(
            numbers(names.of_layout(&of_layout)),
            [(Some(998), None), (None, Some(990))]
        );
    }
}
