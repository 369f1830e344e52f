//! With what nodes join, as far as files here say it: tokens, bindings, kubeconfigs of those who
//! have no certificate yet.

mod joining;

use std::sync::Arc;

use time::OffsetDateTime;

pub use joining::{authorities, endpoint, hashes, join, server, takes_kubeadm};

use super::{Fault, Inventory};
use crate::kubernetes::bootstrap::{Binding, BootstrapIdentity, LineFault, bindings, flags};
use crate::kubernetes::component::Component;
use crate::kubernetes::layout::{PlacePart, layout};
use crate::kubernetes::role::RoleId;

/// Tokens and bindings in files. What a cluster holds beside them only its API server knows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bootstrap {
    /// Bootstrap tokens in manifests of Secrets, then lines of token files, in the order of files.
    pub tokens: Vec<TokenItem>,
    /// ClusterRoleBindings in manifests.
    pub bindings: Vec<BindingItem>,
    /// Token files: those that the API server is told to read, and what lies where one is usual.
    pub token_files: Vec<TokenFileItem>,
}

/// A token file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFileItem {
    /// The file, as on the master.
    pub path: Arc<str>,
    /// File and line of the API server's `--token-auth-file` that names it; `None`: nothing does,
    /// nobody reads it.
    pub named_in: Option<(Arc<str>, u32)>,
    /// Why it could not be read; `None`: it was.
    pub fault: Option<Fault>,
    /// As [`crate::inventory::Item::changed_at`].
    pub changed_at: Option<OffsetDateTime>,
    /// What the API server stumbles over in it, by line.
    pub faults: Vec<(u32, LineFault)>,
}

impl TokenFileItem {
    /// Why the API server does not start with it, as far as it is told to read it: a sentence.
    pub fn stops(&self) -> Option<String> {
        self.named_in.as_ref()?;
        if let Some(Fault::Absent(_)) = self.fault {
            return Some(format!(
                "{} is not there, and --token-auth-file names it",
                self.path
            ));
        }
        let fatal = self.faults.iter().find(|(_, fault)| fault.stops());
        fatal.map(|(line, fault)| format!("{}:{line}: {fault}", self.path))
    }
}

/// A token that lets a kubelet in; never the token itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenItem {
    /// The id of a bootstrap token; empty for a line of a token file, of which nothing is public.
    pub id: String,
    /// Whether it is a manifest of a Secret or a line of a token file.
    pub kind: TokenKind,
    /// The file, as on the master.
    pub path: Arc<str>,
    /// Its line, counted from 1; of a manifest the first one.
    pub line: u32,
    /// The user that it stands for, as "system:bootstrap:abcdef".
    pub user: String,
    /// His groups.
    pub groups: Vec<String>,
    /// When it ends; `None`: never.
    pub expires: Option<OffsetDateTime>,
    /// Whether it lets in (usage-bootstrap-authentication); a line always does.
    pub authenticates: bool,
    /// Whether it signs `kube-public/cluster-info` (usage-bootstrap-signing), which `kubeadm join`
    /// needs.
    pub signs: bool,
    /// What it is for; may be empty.
    pub description: String,
    /// What is wrong with it, a sentence's end each; never a token.
    pub faults: Vec<String>,
    /// The kubeconfigs here that hold it.
    pub kubeconfigs: Vec<Arc<str>>,
}

impl TokenItem {
    /// What it is called: its id, or whose it is; never the token.
    pub fn name(&self) -> &str {
        if self.id.is_empty() {
            &self.user
        } else {
            &self.id
        }
    }

    /// How it stands at `moment`.
    pub fn state(&self, moment: OffsetDateTime) -> TokenState {
        match self.expires {
            Some(end) if end <= moment => TokenState::Expired,
            _ if !self.faults.is_empty() => TokenState::Faulty,
            Some(_) => TokenState::Valid,
            None => TokenState::Endless,
        }
    }
}

/// How a token stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// It has ended.
    Expired,
    /// Something is wrong with it.
    Faulty,
    /// It lets in until it is deleted.
    Endless,
    /// It lets in until its end.
    Valid,
}

impl TokenState {
    /// Whether it lets nobody in.
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Expired | Self::Faulty)
    }

    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Faulty => "faulty",
            Self::Endless | Self::Valid => "valid",
        }
    }
}

/// Where a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// The manifest of a Secret `bootstrap-token-<id>`: it is valid once the cluster has it.
    Secret,
    /// A line of the file that the API server reads at its start (`--token-auth-file`).
    Line,
}

impl Bootstrap {
    /// All tokens, the worst first: those that let nobody in, then those that never end, then by
    /// their end.
    pub fn worst_first(&self, moment: OffsetDateTime) -> Vec<&TokenItem> {
        let mut tokens: Vec<&TokenItem> = self.tokens.iter().collect();
        tokens.sort_by_key(|token| {
            (
                !token.state(moment).is_dead(),
                token.expires.is_some(),
                token.expires,
            )
        });
        tokens
    }
}

/// A ClusterRoleBinding in a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingItem {
    /// Its name.
    pub name: String,
    /// The ClusterRole.
    pub cluster_role: String,
    /// Whom it binds: "Group", "User" or "ServiceAccount", and the name.
    pub subjects: Vec<(String, String)>,
    /// The file, as on the master.
    pub path: Arc<str>,
}

/// The bindings of an identity, each with the manifest here that has it: one to the same
/// ClusterRole for one of the same subjects, whatever its name. What stands in the cluster only its
/// API server knows.
pub fn bindings_state(
    inventory: &Inventory,
    identity: BootstrapIdentity,
) -> Vec<(Binding, Option<Arc<str>>)> {
    let has = |binding: &Binding| {
        let mut found = inventory.bootstrap.bindings.iter();
        found.find(|found| {
            found.cluster_role == binding.grant.cluster_role() && found.binds_one_of(binding)
        })
    };
    let all = bindings(identity).iter();
    all.map(|binding| (*binding, has(binding).map(|found| Arc::clone(&found.path))))
        .collect()
}

impl BindingItem {
    fn binds_one_of(&self, binding: &Binding) -> bool {
        let is_bound = |(kind, name): &(String, String)| {
            binding
                .subjects
                .iter()
                .any(|subject| subject.kind.word() == kind && subject.name == name)
        };
        self.subjects.iter().any(is_bound)
    }
}

/// The file of tokens that the API server reads, or would where a flag names it; and whether one
/// does.
pub fn token_file(inventory: &Inventory) -> Option<&TokenFileItem> {
    let files = &inventory.bootstrap.token_files;
    files
        .iter()
        .find(|file| file.named_in.is_some())
        .or(files.first())
}

/// Whether the API server reads the token file at `path` although no flag says it: none of its
/// flags was found, and the layout is one in which it does.
pub fn is_read_by_habit(inventory: &Inventory, path: &str) -> bool {
    let has_flags = inventory
        .flags
        .iter()
        .any(|fact| fact.component == Component::KubeApiserver);
    let is_usual = inventory
        .known_layout()
        .usual_identity()
        .token_user()
        .is_some();
    !has_flags
        && is_usual
        && place(inventory, |part| part == PlacePart::TokenFile, None)
            .is_some_and(|usual| usual == path)
}

/// Where a token file belongs: the one that is there or named by a flag, else the layout's place.
pub fn token_file_path(inventory: &Inventory) -> String {
    let place = || place(inventory, |part| part == PlacePart::TokenFile, None);
    let known = token_file(inventory)
        .map(|file| file.path.to_string())
        .or_else(place);
    known.unwrap_or_else(|| "/etc/kubernetes/token.csv".to_owned())
}

/// Where the kubeconfig of a kubelet without a certificate belongs: the kubelet's flag, else the
/// layout's place.
pub fn kubeconfig_path(inventory: &Inventory) -> String {
    let is_it = |flag: &str| flag.ends_with("bootstrap-kubeconfig");
    let mut facts = inventory
        .flags
        .iter()
        .filter(|fact| fact.component == Component::Kubelet && is_it(&fact.flag));
    let flagged = facts
        .next()
        .map(|fact| fact.value.clone())
        .filter(|value| value.starts_with('/'));
    let place = || {
        place(
            inventory,
            |part| part == PlacePart::Kubeconfig,
            Some(RoleId::BootstrapKubeletConf),
        )
    };
    flagged
        .or_else(place)
        .unwrap_or_else(|| "/etc/kubernetes/bootstrap-kubelet.conf".to_owned())
}

fn place(
    inventory: &Inventory,
    is_part: impl Fn(PlacePart) -> bool,
    role: Option<RoleId>,
) -> Option<String> {
    let places = layout(&inventory.layout)?
        .places
        .iter()
        .filter(|place| is_part(place.part) && !place.is_pattern());
    let mut places = places
        .filter(|place| role.is_none_or(|role| place.roles.iter().any(|found| found.id == role)));
    places.next().map(|place| place.path.clone())
}

/// The flags that each component needs for an identity, with the paths of this master.
pub fn needed_flags(
    inventory: &Inventory,
    identity: BootstrapIdentity,
) -> Vec<(Component, &'static str, String)> {
    let identity = identity.or_usual(inventory.known_layout().usual_identity());
    flags(
        identity,
        &kubeconfig_path(inventory),
        &token_file_path(inventory),
    )
}
