//! What is made for whom, and where each file goes.

use super::IssueTask;
use super::asked::{RolePlace, check_out, place_of_role};
use super::signer::{self, Signer};
use crate::inventory::Inventory;
use crate::kubernetes::role::{ROLES, Role, RoleId, RoleKind};
use crate::pki::text::{is_hidden, printable};
use crate::plan::setup::external::request_path;
use crate::plan::{IssueRequest, PlanError, Profile, Purpose};
use crate::record::waiting_request;
use crate::setup::check;

/// The folder of what is made for others, in a home.
const FOLDER: &str = "kubepki";

/// A certificate before it is made.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) signer: Signer,
    pub(super) destination: Destination,
    /// A role's row, where it is one's.
    pub(super) role: Option<&'static Role>,
    /// The node that it is for, where a role's is for one.
    pub(super) node: Option<String>,
    pub(super) is_ingress: bool,
    /// Whether its files are called as cfssljson -bare calls them.
    is_bare: bool,
}

/// Where its files go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Destination {
    /// Files of this machine that begin so.
    Prefix(String),
    /// The layout's places of this master.
    Places { certificate: String, key: String },
}

/// One of the files that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum FileKind {
    Key,
    Certificate,
    Authority,
    Request,
    Object,
    Secret,
    Ingress,
    Trust,
}

impl FileKind {
    const ALL: [Self; 8] = [
        Self::Key,
        Self::Certificate,
        Self::Authority,
        Self::Request,
        Self::Object,
        Self::Secret,
        Self::Ingress,
        Self::Trust,
    ];

    /// The same where files are called as cfssljson -bare calls them.
    const fn bare_ending(self) -> &'static str {
        match self {
            Self::Key => "-key.pem",
            Self::Certificate => ".pem",
            other => other.ending(),
        }
    }

    /// What follows the common beginning.
    pub(in crate::plan) const fn ending(self) -> &'static str {
        match self {
            Self::Key => ".key",
            Self::Certificate => ".crt",
            Self::Authority => "-ca.crt",
            Self::Request => ".csr",
            Self::Object => ".yaml",
            Self::Secret => "-secret.yaml",
            Self::Ingress => "-ingress.yaml",
            Self::Trust => "-trust.md",
        }
    }
}

impl Outline {
    /// Works it out, and what stands against it before anything is read.
    ///
    /// # Errors
    /// [`PlanError::Refused`].
    pub(super) fn of(task: IssueTask<'_>) -> Result<Self, PlanError> {
        let IssueTask {
            inventory, request, ..
        } = task;
        let (role, node) = match &request.purpose {
            Purpose::Profile(_) => (None, None),
            Purpose::Role { role, node } => {
                let role = issuable(role.role())?;
                let named = node.clone().or_else(|| inventory.node.clone());
                if let Some(name) = &named {
                    check::node_name(name).map_err(PlanError::refused)?;
                }
                (Some(role), named)
            }
        };
        let signer = signer::of(task)?;
        let is_elsewhere = matches!(&request.purpose, Purpose::Role { node: Some(node), .. }
            if inventory.node.as_ref() != Some(node));
        let destination = match (role, &request.out) {
            (Some(role), None) if !is_elsewhere => places(inventory, role)?,
            (_, Some(out)) => Destination::Prefix(prefix(out)?),
            (_, None) => {
                return Err(PlanError::refused("nothing says where the files shall go")
                    .hint("--out PREFIX makes PREFIX.crt and PREFIX.key"));
            }
        };
        Ok(Self {
            signer,
            destination,
            role,
            node,
            is_ingress: request.ingress.is_some(),
            is_bare: request.is_bare,
        })
    }

    /// The path of one of its files.
    pub(super) fn path(&self, kind: FileKind) -> Option<String> {
        match (&self.destination, kind) {
            (Destination::Prefix(prefix), kind) if self.is_bare => {
                Some(format!("{prefix}{}", kind.bare_ending()))
            }
            (Destination::Prefix(prefix), kind) => Some(format!("{prefix}{}", kind.ending())),
            (Destination::Places { certificate, .. }, FileKind::Certificate) => {
                Some(certificate.clone())
            }
            (Destination::Places { key, .. }, FileKind::Key) => Some(key.clone()),
            (Destination::Places { certificate, .. }, FileKind::Request) => {
                Some(request_path(certificate))
            }
            (Destination::Places { .. }, _) => None,
        }
    }

    /// What it reads or writes on the master.
    pub(super) fn master_paths(&self) -> Vec<String> {
        match self.destination {
            Destination::Prefix(_) => Vec::new(),
            Destination::Places { .. } => self.paths(),
        }
    }

    /// The same on this machine.
    pub(super) fn local_paths(&self) -> Vec<String> {
        match self.destination {
            Destination::Prefix(_) => self.paths(),
            Destination::Places { .. } => Vec::new(),
        }
    }

    fn paths(&self) -> Vec<String> {
        FileKind::ALL
            .iter()
            .filter_map(|kind| self.path(*kind))
            .collect()
    }

    /// Where kubepki remembers, in its own folder, that a request waits for its answer.
    pub(super) fn waiting_path(&self) -> Option<String> {
        let (Signer::Elsewhere { .. }, Some(certificate)) =
            (&self.signer, self.path(FileKind::Certificate))
        else {
            return None;
        };
        let name = waiting_request::name_of(&certificate);
        Some(format!(
            "{}/{}",
            waiting_request::FOLDER,
            waiting_request::file_name(&name)
        ))
    }
}

/// Every role whose certificate is a file of its own, in the order of the table.
pub fn issuable_roles(inventory: &Inventory) -> impl Iterator<Item = &'static Role> {
    let layout = inventory.known_layout();
    ROLES
        .iter()
        .filter(|role| issuable(role).is_ok())
        .filter(move |role| layout.has_role(role) || is_of_a_node(role))
}

/// Whether each node has one of its own.
pub fn is_of_a_node(role: &Role) -> bool {
    role.common_name.contains("{node}") || role.id == RoleId::KubeletServing
}

/// A role whose certificate can be issued by itself.
fn issuable(role: &'static Role) -> Result<&'static Role, PlanError> {
    let refused = |why: &str, hint: &str| {
        let what = format!("{} is not issued by itself", role.name);
        Err(PlanError::refused(what).because(why).hint(hint))
    };
    match role.kind {
        RoleKind::Certificate if role.issuer.is_some() => Ok(role),
        RoleKind::Certificate => refused("nothing says which CA signs it", ""),
        RoleKind::Authority => refused(
            "it is a CA, and all that it signed would have to follow",
            "setup makes those that are missing; --profile authority makes one below another",
        ),
        RoleKind::Kubeconfig => refused(
            "its certificate lies in a kubeconfig",
            "setup makes a kubeconfig that is missing, renew renews one",
        ),
        RoleKind::KeyPair => refused("it is a key pair without a certificate", ""),
    }
}

/// Where the layout has this role's files.
fn places(inventory: &Inventory, role: &Role) -> Result<Destination, PlanError> {
    match place_of_role(inventory, role) {
        RolePlace::Free { certificate, key } => Ok(Destination::Places { certificate, key }),
        RolePlace::Taken { certificate, item } => Err(PlanError::refused(format!(
            "{certificate} is there already"
        ))
        .hint(format!(
            "a new one in its place: {}",
            inventory.mounted.kubepki(&format!("renew {item}"))
        ))),
        RolePlace::Nowhere => {
            let layout = inventory.known_layout();
            let what = format!("the layout {} has no place for {}", layout.name, role.name);
            Err(PlanError::refused(what).hint("--out PREFIX makes PREFIX.crt and PREFIX.key"))
        }
    }
}

/// A beginning of names of files on this machine, fit for that.
fn prefix(out: &str) -> Result<String, PlanError> {
    check_out(out).map_err(|why| {
        PlanError::refused(format!("{} is no place for these files", printable(out))).because(why)
    })?;
    Ok(out.to_owned())
}

/// The usual beginning of its files' names in this home: a folder of its own; `None`: it has places
/// of its own, or nothing to be named by yet.
pub fn usual_out(home: &str, request: &IssueRequest, own_node: Option<&str>) -> Option<String> {
    let name = match &request.purpose {
        Purpose::Role { node: None, .. } => return None,
        Purpose::Role {
            node: Some(node), ..
        } if own_node == Some(node) => return None,
        Purpose::Role {
            role,
            node: Some(node),
        } => format!("{role}-{node}"),
        Purpose::Profile(profile) => usual_name(*profile, request),
    };
    folder_of(home, &name)
}

/// The beginning of the names of files that are made for somebody else, in a folder of their own in
/// this home; `None`: there is nothing to be named by, or no home.
pub fn folder_of(home: &str, name: &str) -> Option<String> {
    let name: String = name
        .trim_start_matches("*.")
        .chars()
        .map(|one| {
            if one.is_alphanumeric() || "-_.@".contains(one) {
                one
            } else {
                '-'
            }
        })
        .filter(|one| !is_hidden(*one))
        .collect();
    let name = name.trim_matches(['.', '-']);
    let home = home.trim_end_matches('/');
    (!name.is_empty() && !home.is_empty()).then(|| format!("{home}/{FOLDER}/{name}/{name}"))
}

/// What its files are called by.
fn usual_name(profile: Profile, request: &IssueRequest) -> String {
    let service = request.service.as_ref().map(|service| service.name.clone());
    let common = Some(request.common_name.clone()).filter(|name| !name.is_empty());
    let first = || request.names.first().cloned();
    let named = if profile.is_served() {
        service.or(common)
    } else {
        common
    };
    named.or_else(first).unwrap_or_default()
}
