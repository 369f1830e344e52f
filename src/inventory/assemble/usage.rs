//! What one path is for.

use crate::inventory::Reader;
use crate::kubernetes::role::{Part, Role};

/// A role, and which part of the thing a path is.
pub(super) type RolePart = (&'static Role, Part);

/// What one path is for.
#[derive(Debug, Default, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about one path, each with its own source"
)]
pub(super) struct Usage {
    /// The roles, and which part of the thing this path is.
    pub(super) roles: Vec<RolePart>,
    /// Those of them that the layout's places give.
    pub(super) placed: Vec<RolePart>,
    /// Who is told to read it.
    pub(super) readers: Vec<Reader>,
    /// Named by a layout's place, a flag or a kubeconfig.
    pub(super) in_use: bool,
    /// Named by a claim: it may be in use.
    pub(super) is_claimed: bool,
    /// A place or flag says that a certificate belongs there.
    pub(super) wants_certificate: bool,
    /// A flag in a file, or a kubeconfig, names it: it must be there.
    pub(super) demanded: bool,
    /// A kubeconfig belongs there.
    pub(super) is_kubeconfig: bool,
    /// One of these files is known to be no certificate: openssl's serial numbers, configuration.
    pub(super) is_other: bool,
}

impl Usage {
    /// The roles that this path plays as one of `parts`.
    pub(super) fn roles_as(&self, parts: &[Part]) -> Vec<&'static Role> {
        let mut roles: Vec<&'static Role> = Vec::new();
        for (role, _) in self.roles.iter().filter(|(_, part)| parts.contains(part)) {
            if !roles.contains(role) {
                roles.push(role);
            }
        }
        roles
    }

    /// True where nothing is known of the path.
    pub(super) fn is_nothing(&self) -> bool {
        self.roles.is_empty()
            && self.readers.is_empty()
            && !self.in_use
            && !self.is_kubeconfig
            && !self.is_other
    }

    pub(super) fn add_role(&mut self, role: &'static Role, part: Part) {
        if !self.roles.contains(&(role, part)) {
            self.roles.push((role, part));
        }
    }

    pub(super) fn add_parts(&mut self, role: &'static Role, parts: &[Part]) {
        for part in parts {
            self.add_role(role, *part);
        }
    }

    pub(super) fn add_reader(&mut self, reader: Reader) {
        let known =
            |other: &Reader| other.component == reader.component && other.flag == reader.flag;
        if !self.readers.iter().any(known) {
            self.readers.push(reader);
        }
    }

    /// Takes over what a second name of the same file is for.
    pub(super) fn absorb(&mut self, other: Self) {
        for (role, part) in other.roles {
            self.add_role(role, part);
        }
        self.placed.extend(other.placed);
        for reader in other.readers {
            self.add_reader(reader);
        }
        self.in_use |= other.in_use;
        self.is_claimed |= other.is_claimed;
        self.wants_certificate |= other.wants_certificate;
        self.demanded |= other.demanded;
        self.is_kubeconfig |= other.is_kubeconfig;
        self.is_other &= other.is_other;
    }
}
