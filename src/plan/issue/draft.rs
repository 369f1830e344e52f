//! Everything of which a plan to issue is made, and what follows from it.

use super::identity::NewIdentity;
use super::outline::{Destination, FileKind, Outline};
use super::{IssueTask, MadeIssue};
use crate::inventory::Item;
use crate::pki::key::PrivateKey;
use crate::pki::{Certificate, Secret};
use crate::plan::Materials;

/// Permission bits of what holds a private key.
pub(super) const KEY_MODE: u32 = 0o600;

/// Permission bits of what holds none (kubeadm pkiutil, WriteCert).
const PUBLIC_MODE: u32 = 0o644;

/// Everything of which the plan is made.
pub(super) struct IssueDraft<'a> {
    pub(super) task: IssueTask<'a>,
    pub(super) materials: &'a Materials,
    pub(super) outline: &'a Outline,
    pub(super) identity: &'a NewIdentity,
    pub(super) key: &'a PrivateKey,
    /// Whether the key was there, and stays.
    pub(super) is_kept: bool,
    pub(super) made: &'a MadeIssue,
}

impl IssueDraft<'_> {
    /// The CAs above the new certificate, its signer first, as far as they are here.
    pub(super) fn authorities(&self) -> Vec<&Item> {
        let inventory = self.task.inventory;
        let signer = self.outline.signer.item();
        let chain = signer
            .map(|signer| inventory.tree.chain(signer))
            .unwrap_or_default();
        chain
            .into_iter()
            .filter_map(|at| inventory.item(at))
            .collect()
    }

    /// The highest CA of them: whoever shall trust the certificate needs that one.
    pub(super) fn root(&self) -> Option<&Certificate> {
        self.authorities()
            .last()
            .and_then(|item| item.certificate())
    }

    /// What a server shows: the certificate, and the CAs above it that are no roots (RFC 8446
    /// §4.4.2). A role's file holds the certificate alone, as kubeadm's does.
    pub(super) fn served_chain(&self, certificate: &Certificate) -> String {
        let mut text = certificate.to_pem();
        if let Destination::Prefix(_) = self.outline.destination {
            let above = self.authorities();
            let between = above.iter().filter_map(|item| item.certificate());
            for authority in between.filter(|one| !one.is_self_issued()) {
                text.push_str(&authority.to_pem());
            }
        }
        text
    }
}

/// One file that shall be there.
pub(super) struct NewFile {
    pub(super) kind: FileKind,
    pub(super) content: Secret,
    pub(super) mode: u32,
    pub(super) summary: String,
}

impl NewFile {
    /// One that holds no secret.
    pub(super) fn new(kind: FileKind, content: Secret, summary: String) -> Self {
        Self {
            kind,
            content,
            mode: PUBLIC_MODE,
            summary,
        }
    }

    /// One that holds a private key.
    pub(super) fn private(self) -> Self {
        Self {
            mode: KEY_MODE,
            ..self
        }
    }
}
