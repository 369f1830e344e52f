//! Who beside root and the caller can change what lies at a path. What others write is no word of
//! root's: nothing is signed or written there unasked.

use crate::kubernetes::component::Component;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// Somebody beside root and the caller who can change a file, and where he can.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherWriter {
    /// Who he is.
    pub who: Who,
    /// The file, or the folder on the way to it, as on the master.
    pub path: Arc<str>,
}

/// Who can change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// Everybody on the machine.
    Everyone,
    /// Those whom an access control list names (acl(5)): it is not looked into.
    Listed,
    /// The user of this number, who owns it.
    User(u32),
    /// The group of this number.
    Group(u32),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everybody"),
            Self::Listed => f.write_str("those of its access control list"),
            Self::User(number) => write!(f, "uid {number}"),
            Self::Group(number) => write!(f, "the group {number}"),
        }
    }
}

/// The users and groups under which a master's components run: what they can write is theirs to
/// write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accounts {
    /// What each is for.
    pub known: Vec<Account>,
}

/// An account of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The component that runs under it; `None`: the layout's, for its files.
    pub component: Option<Component>,
    /// The unit that says so; `None`: a static pod does, or the layout.
    pub unit: Option<Arc<str>>,
    /// The user's number.
    pub user: Option<u32>,
    /// The group's number.
    pub group: Option<u32>,
}

impl Account {
    fn is(&self, who: Who) -> bool {
        match who {
            Who::User(number) => self.user == Some(number),
            Who::Group(number) => self.group == Some(number),
            Who::Everyone | Who::Listed => false,
        }
    }
}

impl Accounts {
    /// Whether `who` is one of them.
    pub fn has(&self, who: Who) -> bool {
        self.known.iter().any(|account| account.is(who))
    }

    /// Whether `who` is one of the layout's, or of `component`.
    pub fn has_for(&self, component: Option<Component>, who: Who) -> bool {
        let is_of =
            |account: &Account| account.component.is_none() || account.component == component;
        self.known
            .iter()
            .any(|account| is_of(account) && account.is(who))
    }

    /// Who runs `component`, where a unit or static pod says it.
    pub fn of_component(&self, component: Component) -> impl Iterator<Item = &Account> {
        self.known
            .iter()
            .filter(move |account| account.component == Some(component))
    }
}

/// All who can change one file, each once; `None`: only root and the caller.
pub type Writers = Option<Arc<[OtherWriter]>>;

/// Those of both.
pub fn joined(one: &Writers, other: &Writers) -> Writers {
    match (one, other) {
        (None, writers) | (writers, None) => writers.clone(),
        (Some(one), Some(other)) if one == other => Some(Arc::clone(one)),
        (Some(one), Some(other)) => {
            let all: BTreeSet<&OtherWriter> = one.iter().chain(other.iter()).collect();
            Some(all.into_iter().cloned().collect())
        }
    }
}

/// The first of them that is no account, else the first at all.
pub fn worst<'a>(writers: &'a [OtherWriter], accounts: &Accounts) -> Option<&'a OtherWriter> {
    writers
        .iter()
        .find(|writer| !accounts.has(writer.who))
        .or_else(|| writers.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_told_apart() {
        let account = Account {
            component: None,
            unit: None,
            user: Some(998),
            group: Some(997),
        };
        let accounts = Accounts {
            known: vec![account],
        };
        for (who, expected) in [
            (Who::User(998), true),
            (Who::Group(997), true),
            (Who::User(997), false),
            (Who::Group(998), false),
            (Who::Everyone, false),
            (Who::Listed, false),
        ] {
            assert_eq!(accounts.has(who), expected, "{who:?}");
        }
    }

    #[test]
    fn writers_are_joined_each_once() {
        let writer = |who| OtherWriter {
            who,
            path: "/a".into(),
        };
        let writers = |all: &[Who]| Some(all.iter().copied().map(writer).collect::<Arc<[_]>>());
        let (one, two) = (Who::User(1), Who::User(2));
        assert_eq!(joined(&None, &None), None);
        assert_eq!(joined(&writers(&[one]), &None), writers(&[one]));
        assert_eq!(
            joined(&writers(&[two, one]), &writers(&[two])),
            writers(&[one, two])
        );
    }
}
