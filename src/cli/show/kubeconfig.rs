//! Kubeconfigs as documents.

use super::text;
use crate::cli::certificate::{readers, role_names};
use crate::cli::document::{
    ClusterDocument, ContextDocument, KubeconfigDocument, OneDocument, UserDocument, some_text,
};
use crate::cli::master::Master;
use crate::cli::table::Style;
use crate::inventory::{
    Cluster, Inventory, ItemIndex, KubeconfigContext, KubeconfigItem, Reaches, User, UserKind,
};
use crate::words::shell;

/// The document of one kubeconfig.
pub(in crate::cli) fn one_document(
    master: &Master,
    item: &KubeconfigItem,
) -> OneDocument<KubeconfigDocument> {
    OneDocument {
        head: master.head("Kubeconfig"),
        thing: document(&master.inventory, item),
    }
}

/// A kubeconfig for people, with the commands that show the same.
pub(in crate::cli) fn text(master: &Master, item: &KubeconfigItem, style: Style) -> String {
    let mounted = &master.inventory.mounted;
    let commands = if master.is_input() {
        Vec::new()
    } else {
        shell::kubeconfig(mounted, &item.path)
    };
    text::kubeconfig(&master.inventory, item, commands, style)
}

/// A kubeconfig as the contract has it.
pub(in crate::cli) fn document(inventory: &Inventory, item: &KubeconfigItem) -> KubeconfigDocument {
    KubeconfigDocument {
        path: item.path.to_string(),
        roles: role_names(&item.roles),
        current: some_text(&item.current),
        contexts: item
            .contexts
            .iter()
            .map(|context| context_document(item, context))
            .collect(),
        users: item
            .users
            .iter()
            .map(|user| user_document(inventory, user))
            .collect(),
        clusters: item
            .clusters
            .iter()
            .map(|cluster| cluster_document(inventory, cluster))
            .collect(),
        read_by: readers(&item.read_by),
        why: item.fault.as_ref().map(ToString::to_string),
    }
}

fn context_document(item: &KubeconfigItem, context: &KubeconfigContext) -> ContextDocument {
    let cluster = item
        .clusters
        .iter()
        .find(|cluster| cluster.name == context.cluster);
    ContextDocument {
        name: context.name.clone(),
        cluster: context.cluster.clone(),
        server: cluster.and_then(|cluster| some_text(&cluster.server)),
        user: context.user.clone(),
        namespace: context.namespace.clone(),
        reaches: reaches_word(context.reaches),
    }
}

fn user_document(inventory: &Inventory, user: &User) -> UserDocument {
    UserDocument {
        name: user.name.clone(),
        kind: kind_word(user.kind),
        certificate: user.certificate.and_then(|index| id(inventory, index)),
        identity: user.identity.clone(),
        groups: user.groups.clone(),
        note: user.note.clone(),
    }
}

fn cluster_document(inventory: &Inventory, cluster: &Cluster) -> ClusterDocument {
    ClusterDocument {
        name: cluster.name.clone(),
        server: some_text(&cluster.server),
        certificate_authority: cluster
            .certificate_authority
            .first()
            .and_then(|index| id(inventory, *index)),
        certificate_authority_text: some_text(&cluster.authority_text),
    }
}

fn id(inventory: &Inventory, index: ItemIndex) -> Option<String> {
    inventory.item(index).map(|item| item.id.to_string())
}

/// The contract's word for where a context leads.
fn reaches_word(reaches: Reaches) -> &'static str {
    match reaches {
        Reaches::ThisMaster => "this-master",
        Reaches::AnotherCluster => "another-cluster",
        Reaches::ThroughRancher => "through-rancher",
        Reaches::Unknown => "unknown",
    }
}

/// The contract's word for how a user shows who it is.
fn kind_word(kind: UserKind) -> &'static str {
    match kind {
        UserKind::Certificate => "certificate",
        UserKind::BootstrapToken => "bootstrap-token",
        UserKind::StaticToken => "static-token",
        UserKind::ServiceAccountToken => "service-account-token",
        UserKind::Password => "password",
        UserKind::Exec => "exec",
        UserKind::None => "none",
    }
}
