//! What the user asks for, as plain data: a wizard and its command make the same.

use std::sync::Arc;

use crate::pki::Secret;
use crate::pki::key::KeyAlgorithm;

/// A request for a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// New certificates for old ones.
    Renew(RenewRequest),
    /// Take an operation back; `None`: the newest that can be.
    Undo(Option<String>),
    /// Drop the old files of operations that are past keeping.
    Prune,
}

/// New certificates for old ones.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent answers, each a toggle of the wizard and a flag")]
pub struct RenewRequest {
    /// Which.
    pub what: Selection,
    /// How long they live, from now; `None`: the settings', else the layout's default.
    pub days: Option<u32>,
    /// Keep the keys. `false`: new ones are made.
    pub keep_key: bool,
    /// The algorithm of new keys; `None`: as the old one.
    pub key_algorithm: Option<KeyAlgorithm>,
    /// Names to add and to take away.
    pub sans: Vec<SanChange>,
    /// Add what the role table says today: names, organizations, usages. Nothing is taken away.
    pub to_specification: bool,
    /// Whether stale copies of a renewed kubeconfig are refreshed too.
    pub refresh_copies: bool,
    /// Whether private keys that others can read become 0600.
    pub tighten_modes: bool,
    /// For encrypted CA keys: each is tried on each.
    pub passphrases: Vec<Passphrase>,
}

/// What may open an encrypted key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passphrase {
    /// The key's file that it was asked for; `None`: given unasked.
    pub asked_for: Option<String>,
    /// The passphrase.
    pub text: Secret,
}

/// Which certificates.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Selection {
    /// What is due.
    Due,
    /// Every leaf in use that can be renewed.
    All,
    /// These items, by id.
    Items(Vec<Arc<str>>),
}

/// One name more or less, as the user writes it: a DNS name, an IP address, an e-mail address or a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SanChange {
    /// One more.
    Add(String),
    /// One less.
    Remove(String),
}

impl RenewRequest {
    /// As it is: new keys like the old ones, same names, default lifetime.
    pub fn new(what: Selection) -> Self {
        Self {
            what,
            days: None,
            keep_key: false,
            key_algorithm: None,
            sans: Vec::new(),
            to_specification: false,
            refresh_copies: true,
            tighten_modes: false,
            passphrases: Vec::new(),
        }
    }
}
