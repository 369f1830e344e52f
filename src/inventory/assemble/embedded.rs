//! The users of one kubeconfig, and the certificates that it embeds for them.

use std::sync::Arc;

use super::users::Identities;
use super::{Builder, NewItem};
use crate::inventory::file::{Expectation, ParsedFile, parse};
use crate::inventory::{
    Fault, Item, ItemIndex, KeyFact, KeyState, KubeconfigContext, KubeconfigItem, Reaches, Source,
    User,
};
use crate::kubernetes::kubeconfig::{self, DataFault, Kubeconfig};
use crate::kubernetes::role::Part;
use crate::pki::Certificate;

/// One kubeconfig whose certificates become items.
pub(super) struct EmbeddedCertificates<'e, 'b> {
    builder: &'e mut Builder<'b>,
    file: &'e ParsedFile,
    /// The file's place among all.
    at: usize,
    /// How many of its certificates are items already.
    pushed: usize,
}

impl<'e, 'b> EmbeddedCertificates<'e, 'b> {
    pub(super) fn of(builder: &'e mut Builder<'b>, file: &'e ParsedFile, at: usize) -> Self {
        Self {
            builder,
            file,
            at,
            pushed: 0,
        }
    }

    /// Adds the users' certificates, and says who each user is.
    pub(super) fn add_users(
        mut self,
        kubeconfig: &Kubeconfig,
        item: &KubeconfigItem,
        identities: &Identities<'_>,
    ) -> Vec<User> {
        let current = kubeconfig
            .current_context()
            .map(|context| context.user.as_str());
        let principal = current
            .and_then(|name| kubeconfig.users.iter().rposition(|user| user.name == name))
            .or((kubeconfig.users.len() == 1).then_some(0));
        let mut users = Vec::new();
        for (number, user) in kubeconfig.users.iter().enumerate() {
            let certificate =
                self.add_certificates(user, principal == Some(number), is_foreign(item, user));
            let named = user
                .certificate_file_in_use()
                .map(|path| self.file.resolve(path));
            let certificate = certificate.or_else(|| named.and_then(|path| self.item_at(&path)));
            users.push(identities.user(user, certificate, self.builder.inventory));
        }
        users
    }

    /// Adds what the file embeds for a user, and gives the first of it: his own certificate.
    fn add_certificates(
        &mut self,
        user: &kubeconfig::User,
        plays: bool,
        is_foreign: bool,
    ) -> Option<ItemIndex> {
        let mut certificate = None;
        for (place, content) in certificates_of(user).into_iter().enumerate() {
            if place > 0 && self.is_copy_of_authority(&content) {
                continue;
            }
            let key = if place == 0 {
                self.key(user, &content)
            } else {
                KeyFact::default()
            };
            let pushed = self.push(&user.name, content, key, plays && place == 0);
            if let Some(item) = self.builder.inventory.items.last_mut() {
                item.in_use &= !is_foreign;
            }
            certificate = certificate.or(Some(pushed));
        }
        certificate
    }

    /// Adds the reason why the file has nothing to embed.
    pub(super) fn add_fault(mut self, fault: Fault) {
        self.push("", Err(fault), KeyFact::default(), true);
    }

    fn push(
        &mut self,
        user: &str,
        content: Result<Certificate, Fault>,
        key: KeyFact,
        plays: bool,
    ) -> ItemIndex {
        let roles = if plays {
            self.builder
                .uses
                .get(self.at)
                .roles_as(&[Part::Certificate])
        } else {
            Vec::new()
        };
        let source = Source::Kubeconfig {
            user: user.to_owned(),
        };
        let (file, at, index) = (self.file, self.at, self.pushed);
        self.pushed += 1;
        self.builder.push(NewItem {
            file,
            at,
            index,
            source,
            roles,
            copies: &[],
            content,
            key,
        })
    }

    /// The key that a user has for its certificate.
    fn key(&self, user: &kubeconfig::User, certificate: &Result<Certificate, Fault>) -> KeyFact {
        let file = self.file;
        let spki = certificate.as_ref().ok().map(Certificate::spki_sha256);
        let own = |state, matches| KeyFact {
            path: Some(Arc::clone(&file.path)),
            state,
            matches,
            mode: Some(file.mode),
        };
        match &user.key {
            Some(Ok(half)) => own(
                KeyState::Present,
                spki.map(|spki| half.spki_sha256 == *spki),
            ),
            Some(Err(DataFault::Key(crate::pki::Error::EncryptedKey))) => {
                own(KeyState::Encrypted, None)
            }
            Some(Err(_)) => own(KeyState::Unreadable, None),
            None => match user.key_file_in_use() {
                Some(path) => self.builder.keys.judge(&file.resolve(path).into(), spki),
                None => KeyFact::default(),
            },
        }
    }

    /// True for a CA that has its own file here and is carried behind a leaf.
    fn is_copy_of_authority(&self, content: &Result<Certificate, Fault>) -> bool {
        let Ok(certificate) = content else {
            return false;
        };
        let is_it = |other: &Certificate| other.sha256() == certificate.sha256();
        certificate.is_authority()
            && self
                .builder
                .inventory
                .items
                .iter()
                .filter_map(Item::certificate)
                .any(is_it)
    }

    /// The certificate of a file, by its own name before another one's.
    fn item_at(&self, path: &str) -> Option<ItemIndex> {
        let own = |item: &Item| *item.path == *path;
        let copied = |item: &Item| item.copies.iter().any(|copy| **copy == *path);
        let files = || {
            self.builder
                .inventory
                .indexed()
                .filter(|(_, item)| !matches!(item.source, Source::Kubeconfig { .. }))
        };
        let found = files()
            .find(|(_, item)| own(item))
            .or_else(|| files().find(|(_, item)| copied(item)));
        found.map(|(index, _)| index)
    }
}

/// Whether a user reaches other clusters alone: what plays no role here is then none of this
/// master's.
fn is_foreign(item: &KubeconfigItem, user: &kubeconfig::User) -> bool {
    let mut reached = item
        .contexts
        .iter()
        .filter(|context| context.user == user.name)
        .peekable();
    let elsewhere = |context: &KubeconfigContext| {
        matches!(
            context.reaches,
            Reaches::AnotherCluster | Reaches::ThroughRancher
        )
    };
    item.roles.is_empty() && reached.peek().is_some() && reached.all(elsewhere)
}

/// The certificates of a user's data: the first is its own.
fn certificates_of(user: &kubeconfig::User) -> Vec<Result<Certificate, Fault>> {
    match &user.certificate {
        None => Vec::new(),
        Some(Err(fault)) => vec![Err(Fault::Other(format!(
            "client-certificate-data: {fault}"
        )))],
        Some(Ok(pem)) => {
            let content = parse(pem, Expectation::default());
            if content.certificates.is_empty() {
                vec![Err(Fault::Other(
                    "client-certificate-data holds no certificate".to_owned(),
                ))]
            } else {
                content.certificates
            }
        }
    }
}
