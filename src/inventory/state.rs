//! States: what an item is at a given moment. The full doctor is a later issue.

use time::{Duration, OffsetDateTime};

use super::assemble::naming_flag;
use super::tree::Issuer;
use super::{Inventory, Item, ItemIndex, KeyState, NoIssuer, Source, expected};
use crate::kubernetes::flags::{self, FlagFact};
use crate::kubernetes::role::RoleKind;

/// How an item stands at a moment. The order is from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Past notAfter.
    Expired,
    /// Key mismatch or absent, unreadable, no issuer found or the wrong one.
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
    /// One sentence; empty where ok, but for a CA that could not be looked for.
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
    } else if has_no_issuer(inventory, index, item) {
        (Status::Ok, "its CA was not found in what could be read".to_owned())
    } else {
        (Status::Ok, String::new())
    };
    State { status, why, days_left }
}

/// How long before its end a certificate counts as expiring: the smaller of the warning time and a third of its life.
pub fn warning_time(life: Duration) -> Duration {
    Duration::days(WARNING_DAYS).min(life / 3)
}

fn broken(inventory: &Inventory, index: ItemIndex, item: &Item) -> Option<String> {
    broken_key(inventory, item)
        .or_else(|| match inventory.tree.issuer(index) {
            Issuer::None(NoIssuer::Refused(_, refusal)) => Some(refusal.to_string()),
            Issuer::None(NoIssuer::OtherKey) => Some("another CA of the same name signed it".to_owned()),
            Issuer::None(NoIssuer::NotHere) if has_no_issuer(inventory, index, item) && all_was_seen(inventory) => {
                Some("the CA that signed it is not here".to_owned())
            }
            Issuer::Item(_) => wrong_issuer(inventory, index, item),
            _ => None,
        })
        .or_else(|| kubeconfig_fault(inventory, item))
}

fn broken_key(inventory: &Inventory, item: &Item) -> Option<String> {
    if item.key.matches == Some(false) {
        return Some(match key_path(item) {
            Some(path) => format!("{path} is not its private key"),
            None => "the private key in it belongs to another certificate".to_owned(),
        });
    }
    match item.key.state {
        KeyState::Unreadable if item.in_use => Some(match key_path(item) {
            Some(path) => format!("its key {path} cannot be read as a private key"),
            None => "the private key in it cannot be read".to_owned(),
        }),
        KeyState::Absent if item.in_use => {
            let path = key_path(item)?;
            let named_by = naming(inventory, item, path)?;
            Some(format!("its key {path} does not exist: {named_by}"))
        }
        _ => None,
    }
}

/// What names the key `path` of `item`, where something does: a layout's place alone demands no key (external CA).
fn naming(inventory: &Inventory, item: &Item, path: &str) -> Option<String> {
    if let Some(fact) = naming_flag(&inventory.flags, path) {
        let FlagFact { component, file, line, .. } = fact;
        return Some(format!("{} of {component} names it in {file}:{line}", flags::written(&fact.flag)));
    }
    if matches!(item.source, Source::Kubeconfig { .. }) {
        return Some("the kubeconfig names it".to_owned());
    }
    let reader = item.read_by.iter().find(|reader| *reader.flag == *"client-certificate")?;
    Some(format!("client-key in {} names it", reader.file))
}

/// True for what is in use and was signed by something that is not among the items.
fn has_no_issuer(inventory: &Inventory, index: ItemIndex, item: &Item) -> bool {
    item.in_use && inventory.tree.issuer(index) == Issuer::None(NoIssuer::NotHere)
}

/// False where a CA may lie in what was not looked at.
fn all_was_seen(inventory: &Inventory) -> bool {
    inventory.unread.is_empty() && !inventory.is_part
}

/// Where one CA signs for several parts by design, roles say nothing about who must sign.
const ONE_CA_PER_PART: [&str; 2] = ["kubeadm", "split"];

/// The CA that a role wants is here, in use, and another one that is in use signed.
fn wrong_issuer(inventory: &Inventory, index: ItemIndex, item: &Item) -> Option<String> {
    if !item.in_use || !ONE_CA_PER_PART.contains(&inventory.layout.as_str()) {
        return None;
    }
    let [role] = item.roles[..] else { return None };
    let wanted = expected::issuer(inventory, role)?;
    let plays = |item: &Item, name: &str| item.in_use && item.roles.iter().any(|role| role.name == name);
    let wanted_items: Vec<&Item> = inventory.items.iter().filter(|item| plays(item, wanted)).collect();
    if wanted_items.is_empty() || wanted_items.iter().any(|item| item.content.is_err()) {
        return None;
    }
    // A bundle holds more than the certificate that plays the role, and a CA renewed with its key has several.
    let is_wanted = |one: &Item| {
        wanted_items.iter().any(|wanted| {
            let key = |item: &Item| item.certificate().map(|certificate| *certificate.spki_sha256());
            wanted.path == one.path || key(wanted) == key(one)
        })
    };
    let chain = inventory.tree.chain(index);
    let mut signers = chain.iter().skip(1).filter_map(|index| inventory.item(*index));
    if signers.clone().any(is_wanted) {
        return None;
    }
    let is_other = |item: &&Item| item.in_use && item.roles.iter().any(|role| role.kind == RoleKind::Authority);
    let signer = signers.find(is_other)?;
    Some(format!("signed by {}, its role {} wants {wanted}", signer.id, role.name))
}

/// What is wrong with the kubeconfig around a certificate: whoever reads the file reads all of it.
fn kubeconfig_fault(inventory: &Inventory, item: &Item) -> Option<String> {
    if !item.in_use || !matches!(item.source, Source::Kubeconfig { .. }) {
        return None;
    }
    let kubeconfigs = &inventory.kubeconfigs;
    let at = kubeconfigs.binary_search_by(|kubeconfig| (*kubeconfig.path).cmp(&item.path)).ok()?;
    let faults = kubeconfigs[at].fault.as_deref()?.split("; ");
    let stopping: Vec<&str> = faults.filter(|fault| STOPPING.iter().any(|word| fault.contains(word))).collect();
    (!stopping.is_empty()).then(|| stopping.join("; "))
}

/// Words of the faults for which kubectl does not use a kubeconfig; the others cost a context, or nothing.
const STOPPING: [&str; 3] = ["kubectl refuses", "cannot be used", "the current context"];

/// The file of its key; `None` where that is its own, as in a kubeconfig.
fn key_path(item: &Item) -> Option<&str> {
    item.key.path.as_deref().filter(|path| **path != *item.path)
}
