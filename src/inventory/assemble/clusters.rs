//! Which cluster a kubeconfig reaches, and which CA it trusts there.

use std::collections::HashMap;
use std::sync::Arc;

use crate::inventory::file::{Expectation, ParsedFile, parse};
use crate::inventory::{
    Cluster, Fault, Inventory, Item, ItemIndex, KubeconfigContext, KubeconfigItem, Reaches, Source,
};
use crate::kubernetes::kubeconfig::{self, Kubeconfig};
use crate::kubernetes::role::RoleId;
use crate::pki::text::printable;
use crate::pki::{Certificate, Digest, sha256};

/// The roles of the CAs that sign API servers.
const CLUSTER_AUTHORITIES: [RoleId; 2] = [RoleId::Ca, RoleId::ServerCa];

/// Judges clusters by the items that are there.
pub(super) struct ClusterJudge<'a> {
    pub(super) inventory: &'a Inventory,
    /// The certificates of kubeconfigs' CA data, by the digest of the data.
    pub(super) anchors: &'a mut HashMap<Digest, Arc<[Certificate]>>,
}

impl ClusterJudge<'_> {
    pub(super) fn cluster(&mut self, file: &ParsedFile, cluster: &kubeconfig::Cluster) -> Cluster {
        let mut anchors: Arc<[Certificate]> = Arc::default();
        let (certificate_authority, authority_text) = match &cluster.authority {
            Some(Ok(pem)) => {
                anchors = self.anchors(pem);
                self.authority(&anchors)
            }
            Some(Err(fault)) => (Vec::new(), format!("certificate-authority-data: {fault}")),
            None => match cluster
                .authority_file_in_use()
                .map(|path| file.resolve(path))
            {
                Some(path) => {
                    let found = self.authority_file(&path);
                    let items = found
                        .0
                        .iter()
                        .filter_map(|index| self.inventory.item(*index)?.certificate());
                    anchors = items.cloned().collect();
                    found
                }
                None => (Vec::new(), "none".to_owned()),
            },
        };
        Cluster {
            name: cluster.name.clone(),
            server: cluster.server.clone(),
            certificate_authority,
            authority_text: if cluster.insecure {
                "skips verification".to_owned()
            } else {
                authority_text
            },
            names_authority: cluster.authority.is_some()
                || cluster.authority_file_in_use().is_some(),
            anchors,
            insecure: cluster.insecure,
            tls_server_name: cluster.tls_server_name.clone(),
            proxy: cluster.proxy.clone(),
            fault: self.cluster_fault(file, cluster),
        }
    }

    /// Why kubectl does not use a cluster (clientcmd validateClusterInfo, rest TLSConfigFor).
    fn cluster_fault(&self, file: &ParsedFile, cluster: &kubeconfig::Cluster) -> Option<String> {
        let named = cluster.authority_file.as_deref();
        if cluster.authority.is_some() && named.is_some() {
            return Some(
                "certificate-authority and certificate-authority-data both stand there".to_owned(),
            );
        }
        if cluster.insecure && (cluster.authority.is_some() || named.is_some()) {
            return Some("it names a CA and skips verification".to_owned());
        }
        let path = file.resolve(named?);
        let mut own = self
            .inventory
            .items
            .iter()
            .filter(|item| *item.path == *path);
        let fault = own.find_map(|item| item.content.as_ref().err())?;
        matches!(fault, Fault::Absent(_)).then(|| format!("{} does not exist", printable(&path)))
    }

    /// The certificates of CA data, which most kubeconfigs of a master share.
    fn anchors(&mut self, pem: &[u8]) -> Arc<[Certificate]> {
        let known = self.anchors.entry(sha256(pem));
        let anchors = known.or_insert_with(|| {
            parse(pem, Expectation::default())
                .certificates
                .into_iter()
                .filter_map(Result::ok)
                .collect()
        });
        Arc::clone(anchors)
    }

    fn authority_file(&self, path: &str) -> (Vec<ItemIndex>, String) {
        let found = self.inventory.indexed().filter(|(_, item)| {
            *item.path == *path || item.copies.iter().any(|copy| **copy == *path)
        });
        let found: Vec<ItemIndex> = found
            .filter(|(_, item)| item.certificate().is_some())
            .map(|(index, _)| index)
            .collect();
        let absent = |item: &Item| {
            *item.path == *path && matches!(item.content.as_ref().err(), Some(Fault::Absent(_)))
        };
        let text = match found.first() {
            Some(_) => path.to_owned(),
            None if self.inventory.items.iter().any(absent) => {
                format!("{} does not exist", printable(path))
            }
            None => format!("{} holds no certificate", printable(path)),
        };
        (found, text)
    }

    /// The CA items that are equal to one of `certificates`, and that in words.
    fn authority(&self, certificates: &[Certificate]) -> (Vec<ItemIndex>, String) {
        let digests: Vec<&Digest> = certificates.iter().map(Certificate::sha256).collect();
        let own = self.inventory.indexed().filter(|(_, item)| {
            item.in_use
                && !matches!(item.source, Source::Kubeconfig { .. })
                && item
                    .certificate()
                    .is_some_and(|certificate| digests.contains(&certificate.sha256()))
        });
        let mut own: Vec<(ItemIndex, &Item)> = own.collect();
        // The CA's own file first, before files that carry it as a chain.
        own.sort_by_key(|(index, item)| (item.roles.is_empty(), *index));
        let text = match (own.first(), certificates.first()) {
            (Some((_, item)), _) => {
                format!(
                    "{} of this master",
                    printable(item.path.rsplit('/').next().unwrap_or_default())
                )
            }
            (None, Some(certificate)) => {
                format!(
                    "another CA: CN={}",
                    printable(certificate.common_name().unwrap_or_default())
                )
            }
            (None, None) => "no certificate in it".to_owned(),
        };
        (own.into_iter().map(|(index, _)| index).collect(), text)
    }

    pub(super) fn context(
        &self,
        kubeconfig: &Kubeconfig,
        context: &kubeconfig::Context,
        item: &KubeconfigItem,
    ) -> KubeconfigContext {
        let at = kubeconfig
            .clusters
            .iter()
            .rposition(|cluster| cluster.name == context.cluster);
        KubeconfigContext {
            name: context.name.clone(),
            cluster: context.cluster.clone(),
            user: context.user.clone(),
            namespace: context.namespace.clone(),
            reaches: at.map_or(Reaches::Unknown, |at| {
                self.reaches(&kubeconfig.clusters[at], &item.clusters[at])
            }),
        }
    }

    /// By the CA, since a master has many addresses. A CA that was renewed with its key is still
    /// this master's.
    fn reaches(&self, read: &kubeconfig::Cluster, cluster: &Cluster) -> Reaches {
        if read.rancher_cluster().is_some() {
            return Reaches::ThroughRancher;
        }
        if !cluster.certificate_authority.is_empty() {
            return Reaches::ThisMaster;
        }
        let keys: Vec<&Digest> = cluster
            .anchors
            .iter()
            .map(Certificate::spki_sha256)
            .collect();
        let mut authorities = self
            .inventory
            .items
            .iter()
            .filter(|item| item.in_use && item.is_authority());
        let is_clusters = |item: &Item| {
            item.roles
                .iter()
                .any(|role| CLUSTER_AUTHORITIES.contains(&role.id))
        };
        // Without the cluster's own CA there is nothing to compare with.
        if keys.is_empty() || !authorities.clone().any(is_clusters) {
            return Reaches::Unknown;
        }
        let is_own = authorities
            .by_ref()
            .filter_map(Item::certificate)
            .any(|own| keys.contains(&own.spki_sha256()));
        if is_own {
            Reaches::ThisMaster
        } else {
            Reaches::AnotherCluster
        }
    }
}
