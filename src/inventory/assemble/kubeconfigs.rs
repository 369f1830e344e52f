//! Kubeconfigs: their certificates, and which cluster they reach.

use std::sync::Arc;

use super::usage::{Reference, Usage, Usages, normal};
use super::users::Identities;
use super::{Builder, FileNames, last_index};
use crate::inventory::file::{Expectation, ParsedFile, parse};
use crate::inventory::{
    Cluster, Fault, FileFault, Item, ItemIndex, KeyFact, KeyState, KubeconfigContext, KubeconfigItem, Reaches, Reader,
    Source, User,
};
use crate::kubernetes::component::Component;
use crate::kubernetes::kubeconfig::{self, DataFault, Kubeconfig};
use crate::kubernetes::role::{Part, Role, RoleId, RoleKind};
use crate::pki::text::printable;
use crate::pki::{Certificate, Digest, sha256};

/// The roles of the CAs that sign API servers.
const CLUSTER_AUTHORITIES: [RoleId; 2] = [RoleId::Ca, RoleId::ServerCa];

/// Adds what kubeconfigs say of the files that they name.
pub(super) fn add_references(files: &[ParsedFile], names: &FileNames, usages: &mut Usages<'_>) {
    for (at, file) in files.iter().enumerate() {
        let Some(Ok(kubeconfig)) = &file.content.kubeconfig else { continue };
        // What others than root write gives nothing to a file of root's: no use, no key, no role.
        let usage = usages.of(&names.all(at, file));
        if !usage.in_use || file.writers.is_some() {
            continue;
        }
        let client = usage.roles.iter().filter_map(|(role, _)| role.client).map(RoleId::role).collect::<Vec<_>>();
        for user in &kubeconfig.users {
            let (certificate, key) = (user.certificate_file_in_use(), user.key_file_in_use());
            for (path, field, part) in
                [(certificate, "client-certificate", Part::Certificate), (key, "client-key", Part::Key)]
            {
                let Some(path) = path else { continue };
                add_reference(file, &usage, usages, (path, field, part), &client);
            }
            if let (Some(certificate), Some(key)) = (certificate, key) {
                usages.add_reference_key(&file.resolve(certificate), &file.resolve(key));
            }
        }
        for path in kubeconfig.clusters.iter().filter_map(kubeconfig::Cluster::authority_file_in_use) {
            add_reference(file, &usage, usages, (path, "certificate-authority", Part::Certificate), &[]);
        }
    }
}

fn add_reference(
    file: &ParsedFile,
    usage: &Usage,
    usages: &mut Usages<'_>,
    (path, field, part): (&str, &'static str, Part),
    roles: &[&'static Role],
) {
    let line = file.content.named_files.iter().find(|named| named.field == field && named.path == path);
    let told = usage.readers.first().map(|reader| reader.component);
    let habit = || usage.roles.iter().flat_map(|(role, _)| role.readers).map(|rule| rule.component).next();
    let component = told.or_else(habit).unwrap_or(Component::Kubectl);
    let reader = Reader {
        component,
        flag: field.into(),
        file: Arc::clone(&file.path),
        line: line.map_or(1, |named| named.line),
        is_claim: false,
    };
    usages.add_reference(&file.resolve(path), Reference { reader, part, roles: roles.to_vec() });
}

impl Builder<'_> {
    /// Adds a kubeconfig and the certificates that it embeds.
    pub(super) fn add_kubeconfig(
        &mut self,
        file: &ParsedFile,
        at: usize,
        kubeconfig: &Result<Box<Kubeconfig>, Fault>,
        identities: &Identities<'_>,
    ) {
        let usage = self.uses.get(at);
        let roles: Vec<_> =
            usage.roles.iter().map(|(role, _)| *role).filter(|role| role.kind == RoleKind::Kubeconfig).collect();
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
                item.clusters = kubeconfig.clusters.iter().map(|cluster| self.cluster(file, cluster)).collect();
                item.contexts =
                    kubeconfig.contexts.iter().map(|context| self.context(kubeconfig, context, &item)).collect();
                item.users = self.add_users(file, at, kubeconfig, &item, identities);
                item.fault = FileFault::of_parts(&kubeconfig.faults);
            }
            Err(fault) => {
                let fault = fault.clone().named_by(&usage.readers);
                item.fault = Some(FileFault::Whole(fault.clone()));
                // What may not be looked at is no fault of the file.
                if usage.in_use && !roles.is_empty() && !fault.is_unread() {
                    self.push_embedded(file, at, 0, "", Err(fault), KeyFact::default(), true);
                }
            }
        }
        self.inventory.kubeconfigs.push(item);
    }

    fn add_users(
        &mut self,
        file: &ParsedFile,
        at: usize,
        kubeconfig: &Kubeconfig,
        item: &KubeconfigItem,
        identities: &Identities<'_>,
    ) -> Vec<User> {
        let current = kubeconfig.current_context().map(|context| context.user.as_str());
        let principal = current
            .and_then(|name| kubeconfig.users.iter().rposition(|user| user.name == name))
            .or((kubeconfig.users.len() == 1).then_some(0));
        let (mut users, mut index) = (Vec::new(), 0);
        for (number, user) in kubeconfig.users.iter().enumerate() {
            let reached = item.contexts.iter().filter(|context| context.user == user.name);
            let elsewhere = |context: &KubeconfigContext| {
                matches!(context.reaches, Reaches::AnotherCluster | Reaches::ThroughRancher)
            };
            let is_foreign =
                item.roles.is_empty() && reached.clone().next().is_some() && reached.into_iter().all(elsewhere);
            let mut certificate = None;
            for (place, content) in certificates_of(user).into_iter().enumerate() {
                if place > 0 && self.is_copy_of_authority(&content) {
                    continue;
                }
                let key = if place == 0 { self.embedded_key(file, user, &content) } else { KeyFact::default() };
                let plays = principal == Some(number) && place == 0;
                let pushed = self.push_embedded(file, at, index, &user.name, content, key, plays);
                if let Some(item) = self.inventory.items.last_mut() {
                    item.in_use &= !is_foreign;
                }
                certificate = certificate.or(Some(pushed));
                index += 1;
            }
            let named = user.certificate_file_in_use().map(|path| file.resolve(path));
            let certificate = certificate.or_else(|| named.and_then(|path| self.item_at(&path)));
            users.push(identities.user(user, certificate, self.inventory));
        }
        users
    }

    #[expect(clippy::too_many_arguments, reason = "an item has these parts")]
    fn push_embedded(
        &mut self,
        file: &ParsedFile,
        at: usize,
        index: u32,
        user: &str,
        content: Result<Certificate, Fault>,
        key: KeyFact,
        plays: bool,
    ) -> ItemIndex {
        let usage = self.uses.get(at);
        let changed_at = self.keys.changed_at(file, &key);
        let writers = self.keys.writers(file, &key);
        self.inventory.items.push(Item {
            id: Arc::clone(&file.path),
            roles: if plays { usage.roles_as(&[Part::Certificate]) } else { Vec::new() },
            path: Arc::clone(&file.path),
            path_bytes: file.path_bytes.clone(),
            index,
            source: Source::Kubeconfig { user: user.to_owned() },
            in_use: usage.in_use,
            is_claimed: usage.is_claimed && !usage.in_use,
            writers,
            copies: Vec::new(),
            content,
            key,
            read_by: usage.readers.clone(),
            changed_at,
        });
        last_index(self.inventory)
    }

    fn embedded_key(
        &self,
        file: &ParsedFile,
        user: &kubeconfig::User,
        certificate: &Result<Certificate, Fault>,
    ) -> KeyFact {
        let spki = certificate.as_ref().ok().map(Certificate::spki_sha256);
        let own =
            |state, matches| KeyFact { path: Some(Arc::clone(&file.path)), state, matches, mode: Some(file.mode) };
        match &user.key {
            Some(Ok(half)) => own(KeyState::Present, spki.map(|spki| half.spki_sha256 == *spki)),
            Some(Err(DataFault::Key(crate::pki::Error::EncryptedKey))) => own(KeyState::Encrypted, None),
            Some(Err(_)) => own(KeyState::Unreadable, None),
            None => match user.key_file_in_use() {
                Some(path) => self.keys.judge(&file.resolve(path).into(), spki),
                None => KeyFact::default(),
            },
        }
    }

    /// True for a CA that has its own file here and is carried behind a leaf.
    fn is_copy_of_authority(&self, content: &Result<Certificate, Fault>) -> bool {
        let Ok(certificate) = content else { return false };
        let is_it = |other: &Certificate| other.sha256() == certificate.sha256();
        certificate.is_authority() && self.inventory.items.iter().filter_map(Item::certificate).any(is_it)
    }

    /// The certificate of a file, by its own name before another one's.
    fn item_at(&self, path: &str) -> Option<ItemIndex> {
        let own = |item: &Item| *item.path == *path;
        let copied = |item: &Item| item.copies.iter().any(|copy| **copy == *path);
        let files = || self.inventory.indexed().filter(|(_, item)| !matches!(item.source, Source::Kubeconfig { .. }));
        let found = files().find(|(_, item)| own(item)).or_else(|| files().find(|(_, item)| copied(item)));
        found.map(|(index, _)| index)
    }

    fn cluster(&mut self, file: &ParsedFile, cluster: &kubeconfig::Cluster) -> Cluster {
        let mut anchors: Arc<[Certificate]> = Arc::default();
        let (certificate_authority, authority_text) = match &cluster.authority {
            Some(Ok(pem)) => {
                anchors = self.anchors(pem);
                self.authority(&anchors)
            }
            Some(Err(fault)) => (Vec::new(), format!("certificate-authority-data: {fault}")),
            None => match cluster.authority_file_in_use().map(|path| file.resolve(path)) {
                Some(path) => {
                    let found = self.authority_file(&path);
                    let items = found.0.iter().filter_map(|index| self.inventory.item(*index)?.certificate());
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
            authority_text: if cluster.insecure { "skips verification".to_owned() } else { authority_text },
            names_authority: cluster.authority.is_some() || cluster.authority_file_in_use().is_some(),
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
            return Some("certificate-authority and certificate-authority-data both stand there".to_owned());
        }
        if cluster.insecure && (cluster.authority.is_some() || named.is_some()) {
            return Some("it names a CA and skips verification".to_owned());
        }
        let path = file.resolve(named?);
        let mut own = self.inventory.items.iter().filter(|item| *item.path == *path);
        let fault = own.find_map(|item| item.content.as_ref().err())?;
        matches!(fault, Fault::Absent(_)).then(|| format!("{} does not exist", printable(&path)))
    }

    /// The certificates of CA data, which most kubeconfigs of a master share.
    fn anchors(&mut self, pem: &[u8]) -> Arc<[Certificate]> {
        let known = self.anchors.entry(sha256(pem));
        let anchors = known.or_insert_with(|| {
            parse(pem, Expectation::default()).certificates.into_iter().filter_map(Result::ok).collect()
        });
        Arc::clone(anchors)
    }

    fn authority_file(&self, path: &str) -> (Vec<ItemIndex>, String) {
        let found = self
            .inventory
            .indexed()
            .filter(|(_, item)| *item.path == *path || item.copies.iter().any(|copy| **copy == *path));
        let found: Vec<ItemIndex> =
            found.filter(|(_, item)| item.certificate().is_some()).map(|(index, _)| index).collect();
        let absent = |item: &Item| *item.path == *path && matches!(item.content.as_ref().err(), Some(Fault::Absent(_)));
        let text = match found.first() {
            Some(_) => path.to_owned(),
            None if self.inventory.items.iter().any(absent) => format!("{} does not exist", printable(path)),
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
                && item.certificate().is_some_and(|certificate| digests.contains(&certificate.sha256()))
        });
        let mut own: Vec<(ItemIndex, &Item)> = own.collect();
        // The CA's own file first, before files that carry it as a chain.
        own.sort_by_key(|(index, item)| (item.roles.is_empty(), *index));
        let text = match (own.first(), certificates.first()) {
            (Some((_, item)), _) => {
                format!("{} of this master", printable(item.path.rsplit('/').next().unwrap_or_default()))
            }
            (None, Some(certificate)) => {
                format!("another CA: CN={}", printable(certificate.common_name().unwrap_or_default()))
            }
            (None, None) => "no certificate in it".to_owned(),
        };
        (own.into_iter().map(|(index, _)| index).collect(), text)
    }

    fn context(
        &self,
        kubeconfig: &Kubeconfig,
        context: &kubeconfig::Context,
        item: &KubeconfigItem,
    ) -> KubeconfigContext {
        let at = kubeconfig.clusters.iter().rposition(|cluster| cluster.name == context.cluster);
        KubeconfigContext {
            name: context.name.clone(),
            cluster: context.cluster.clone(),
            user: context.user.clone(),
            namespace: context.namespace.clone(),
            reaches: at.map_or(Reaches::Unknown, |at| self.reaches(&kubeconfig.clusters[at], &item.clusters[at])),
        }
    }

    /// By the CA, since a master has many addresses. A CA that was renewed with its key is still this master's.
    fn reaches(&self, read: &kubeconfig::Cluster, cluster: &Cluster) -> Reaches {
        if read.rancher_cluster().is_some() {
            return Reaches::ThroughRancher;
        }
        if !cluster.certificate_authority.is_empty() {
            return Reaches::ThisMaster;
        }
        let keys: Vec<&Digest> = cluster.anchors.iter().map(Certificate::spki_sha256).collect();
        let mut authorities = self.inventory.items.iter().filter(|item| item.in_use && item.is_authority());
        let is_clusters = |item: &Item| item.roles.iter().any(|role| CLUSTER_AUTHORITIES.contains(&role.id));
        // Without the cluster's own CA there is nothing to compare with.
        if keys.is_empty() || !authorities.clone().any(is_clusters) {
            return Reaches::Unknown;
        }
        let is_own = authorities.by_ref().filter_map(Item::certificate).any(|own| keys.contains(&own.spki_sha256()));
        if is_own { Reaches::ThisMaster } else { Reaches::AnotherCluster }
    }
}

/// The certificates of a user's data: the first is its own.
fn certificates_of(user: &kubeconfig::User) -> Vec<Result<Certificate, Fault>> {
    match &user.certificate {
        None => Vec::new(),
        Some(Err(fault)) => vec![Err(Fault::Other(format!("client-certificate-data: {fault}")))],
        Some(Ok(pem)) => {
            let content = parse(pem, Expectation::default());
            if content.certificates.is_empty() {
                vec![Err(Fault::Other("client-certificate-data holds no certificate".to_owned()))]
            } else {
                content.certificates
            }
        }
    }
}

/// The path `named` in a file of `folder`.
pub(super) fn resolve(folder: &str, named: &str) -> String {
    if named.starts_with('/') { normal(named) } else { normal(&format!("{folder}/{named}")) }
}

impl ParsedFile {
    /// A path that stands in this kubeconfig, made absolute (client-go: relative to the kubeconfig's folder).
    fn resolve(&self, named: &str) -> String {
        resolve(self.path.rsplit_once('/').map_or("", |(folder, _)| folder), named)
    }

    /// The files that it names, if it is a kubeconfig: absolute paths.
    pub fn references(&self) -> Vec<String> {
        let Some(Ok(kubeconfig)) = &self.content.kubeconfig else { return Vec::new() };
        let users = kubeconfig.users.iter().flat_map(|user| [user.certificate_file_in_use(), user.key_file_in_use()]);
        let authorities = kubeconfig.clusters.iter().map(kubeconfig::Cluster::authority_file_in_use);
        users.chain(authorities).flatten().map(|path| self.resolve(path)).collect()
    }
}
