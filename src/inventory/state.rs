//! States: what an item is at a given moment. The full doctor is a later issue.

use time::{Duration, OffsetDateTime};

use super::tree::Issuer;
use super::{Inventory, Item, ItemIndex, KeyState, NoIssuer};

/// How an item stands at a moment. The order is from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Past notAfter.
    Expired,
    /// Key mismatch, unreadable, no issuer found.
    Broken,
    /// Before notBefore.
    NotYetValid,
    /// Less than the warning time is left.
    Expiring,
    /// None of these.
    Ok,
}

impl Status {
    /// The word in headless output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Broken => "broken",
            Self::NotYetValid => "not-yet-valid",
            Self::Expiring => "expiring",
            Self::Ok => "ok",
        }
    }
}

/// A status, and the sentence that says why where it is not ok.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The status.
    pub status: Status,
    /// One sentence; empty where ok.
    pub why: String,
    /// Floor of the difference to notAfter in days; `None` without a certificate.
    pub days_left: Option<i64>,
}

/// Days before the end at which an item counts as expiring, at most.
pub const WARNING_DAYS: i64 = 30;

/// The floor of a difference in days: 23 hours past the end are -1.
pub fn days_between(from: OffsetDateTime, to: OffsetDateTime) -> i64 {
    (to - from).whole_seconds().div_euclid(86_400)
}

/// How `item` stands at `moment`.
pub fn judge(inventory: &Inventory, index: ItemIndex, item: &Item, moment: OffsetDateTime) -> State {
    let certificate = match &item.content {
        Ok(certificate) => certificate,
        Err(fault) => return State { status: Status::Broken, why: fault.to_string(), days_left: None },
    };
    let days_left = Some(days_between(moment, certificate.not_after()));
    let (status, why) = if moment > certificate.not_after() {
        (Status::Expired, format!("expired on {}", certificate.not_after().date()))
    } else if let Some(why) = broken(inventory, index, item) {
        (Status::Broken, why)
    } else if moment < certificate.not_before() {
        (Status::NotYetValid, format!("valid only from {}", certificate.not_before().date()))
    } else if certificate.not_after() - moment < warning_time(certificate.not_after() - certificate.not_before()) {
        (Status::Expiring, format!("ends on {}", certificate.not_after().date()))
    } else {
        (Status::Ok, String::new())
    };
    State { status, why, days_left }
}

/// The smaller of the warning time and a third of the life.
fn warning_time(life: Duration) -> Duration {
    Duration::days(WARNING_DAYS).min(life / 3)
}

fn broken(inventory: &Inventory, index: ItemIndex, item: &Item) -> Option<String> {
    if item.key.matches == Some(false) {
        return Some(match key_path(item) {
            Some(path) => format!("{path} is not its private key"),
            None => "the private key in it belongs to another certificate".to_owned(),
        });
    }
    if lacks_its_key(item) {
        return Some(format!("its private key {} is not there", key_path(item).unwrap_or_default()));
    }
    if item.in_use && item.key.state == KeyState::Unreadable {
        return Some(match key_path(item) {
            Some(path) => format!("its key {path} cannot be read as a private key"),
            None => "the private key in it cannot be read".to_owned(),
        });
    }
    match inventory.tree.issuer(index) {
        Issuer::None(NoIssuer::Refused(_, refusal)) => Some(refusal.to_string()),
        Issuer::None(NoIssuer::OtherKey) => Some("another CA of the same name signed it".to_owned()),
        Issuer::None(NoIssuer::NotHere) if item.in_use => Some("the CA that signed it is not here".to_owned()),
        _ => None,
    }
}

/// Whether a flag or the layout names the key of a certificate in use, and no such file is there. A CA's key may be
/// kept elsewhere.
fn lacks_its_key(item: &Item) -> bool {
    item.in_use && !item.is_authority() && item.key.state == KeyState::Absent && key_path(item).is_some()
}

/// The file of its key; `None` where that is its own, as in a kubeconfig.
fn key_path(item: &Item) -> Option<&str> {
    item.key.path.as_deref().filter(|path| **path != *item.path)
}
