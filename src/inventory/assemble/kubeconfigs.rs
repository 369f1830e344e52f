//! Kubeconfigs: what each of them says, and the certificates that it embeds.

use std::sync::Arc;

use super::Builder;
use super::clusters::ClusterJudge;
use super::embedded::EmbeddedCertificates;
use super::users::Identities;
use crate::inventory::file::ParsedFile;
use crate::inventory::{Fault, FileFault, KubeconfigItem};
use crate::kubernetes::kubeconfig::Kubeconfig;
use crate::kubernetes::role::{Part, RoleKind};

/// Adds a kubeconfig and the certificates that it embeds.
pub(super) fn add(
    builder: &mut Builder<'_>,
    file: &ParsedFile,
    at: usize,
    kubeconfig: &Result<Box<Kubeconfig>, Fault>,
    identities: &Identities<'_>,
) {
    let usage = builder.uses.get(at);
    let mut item = KubeconfigItem {
        path: Arc::clone(&file.path),
        roles: usage.roles_as(&[Part::Certificate]),
        current: String::new(),
        contexts: Vec::new(),
        users: Vec::new(),
        clusters: Vec::new(),
        read_by: usage.readers.clone(),
        fault: None,
        changed_at: file.changed_at,
        writers: file.writers.clone(),
    };
    match kubeconfig {
        Ok(kubeconfig) => {
            item.current.clone_from(&kubeconfig.current);
            let mut judge = ClusterJudge {
                inventory: builder.inventory,
                anchors: &mut builder.anchors,
            };
            item.clusters = kubeconfig
                .clusters
                .iter()
                .map(|cluster| judge.cluster(file, cluster))
                .collect();
            item.contexts = kubeconfig
                .contexts
                .iter()
                .map(|context| judge.context(kubeconfig, context, &item))
                .collect();
            item.users = EmbeddedCertificates::of(builder, file, at)
                .add_users(kubeconfig, &item, identities);
            item.fault = FileFault::of_parts(&kubeconfig.faults);
        }
        Err(fault) => {
            let fault = fault.clone().named_by(&usage.readers);
            item.fault = Some(FileFault::Whole(fault.clone()));
            let has_role = usage
                .roles
                .iter()
                .any(|(role, _)| role.kind == RoleKind::Kubeconfig);
            // What may not be looked at is no fault of the file.
            if usage.in_use && has_role && !fault.is_unread() {
                EmbeddedCertificates::of(builder, file, at).add_fault(fault);
            }
        }
    }
    builder.inventory.kubeconfigs.push(item);
}
