//! What is decided of requests.

use std::sync::Arc;

use super::Passphrase;
use crate::inventory::RequestItem;
use crate::pki::{ExtendedKeyUsage, Secret};

/// A decision on one request or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecideRequest {
    /// On which.
    pub asked: Vec<AskedRequest>,
    /// What is decided.
    pub decision: AskedDecision,
    /// The names of red ones that were typed once more.
    pub confirmed: Vec<String>,
    /// Files of this machine that may be replaced.
    pub replace: Vec<String>,
    /// For encrypted CA keys: each is tried on each.
    pub passphrases: Vec<Passphrase>,
}

/// A request, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedRequest {
    /// As it was read.
    pub item: RequestItem,
    /// Where its text is.
    pub source: RequestSource,
}

/// Where the text of a request is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestSource {
    /// In the item's file on the master.
    Master,
    /// In this file of this machine, absolute.
    Local(String),
    /// It was pasted, or came through standard input; beside it may stand what is secret.
    Given(Secret),
}

/// What is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedDecision {
    /// It is signed here.
    Approve(ApproveRequest),
    /// It is refused.
    Deny {
        /// In a word, as kubectl's `KubectlDeny`.
        reason: String,
        /// In a sentence; may be empty.
        message: String,
    },
    /// Its file is taken away.
    Delete,
}

/// How it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApproveRequest {
    /// The id of the CA that signs; `None`: the one of the request's signer.
    pub authority: Option<Arc<str>>,
    /// How long it lives, from now; `None`: as the request and its signer say.
    pub days: Option<u32>,
    /// Names that are left out, as they are written.
    pub drop_names: Vec<String>,
    /// What it is for, where the request says nothing of that.
    pub usages: Vec<ExtendedKeyUsage>,
    /// The signer of an object that names none (certificates.k8s.io/v1beta1).
    pub signer: Option<String>,
    /// The files' common beginning on this machine, absolute; `None`: beside the request.
    pub out: Option<String>,
}

impl DecideRequest {
    /// This decision, with nothing else said.
    pub fn new(asked: Vec<AskedRequest>, decision: AskedDecision) -> Self {
        Self {
            asked,
            decision,
            confirmed: Vec::new(),
            replace: Vec::new(),
            passphrases: Vec::new(),
        }
    }
}
