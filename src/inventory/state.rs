//! States: what an item is at a given moment. The full doctor is a later issue.

use time::{Duration, OffsetDateTime};

use super::assemble::naming_flag;
use super::life::{Life, beyond, life};
use super::tree::Issuer;
use super::{Inventory, Item, ItemIndex, KeyState, KubeconfigItem, NoIssuer, Source, expected};
use crate::kubernetes::flags::{self, FlagFact};
use crate::kubernetes::layout::Authorities;
use crate::kubernetes::role::{RoleId, RoleKind};
use crate::pki::Certificate;

/// How an item stands at a moment. The order is from worst to best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Past notAfter.
    Expired,
    /// Within its own dates, while a CA above it has ended or has not begun: nobody takes it.
    DeadAuthority,
    /// Key mismatch or absent, no certificate in it, no issuer found or the wrong one.
    Broken,
    /// It may not or cannot be read: nothing is known of it, neither good nor bad.
    Unknown,
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
            Self::DeadAuthority => "dead-authority",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
            Self::NotYetValid => "not-yet-valid",
            Self::Expiring => "expiring",
            Self::Ok => "ok",
        }
    }

    /// Whether the dates are such that nobody takes it any more.
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Expired | Self::DeadAuthority)
    }
}

/// A status, and the sentence that says why where it is not ok.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The status.
    pub status: Status,
    /// One sentence; empty where ok, but for a CA that could not be looked for, or one beyond those that are trusted.
    pub why: String,
    /// Floor of the difference to notAfter in days; `None` without a certificate.
    pub days_left: Option<i64>,
    /// How long it is taken; `None` without a certificate.
    pub life: Option<Life>,
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
        Err(fault) => {
            let status = if fault.is_unread() { Status::Unknown } else { Status::Broken };
            return State { status, why: fault.to_string(), days_left: None, life: None };
        }
    };
    let life = life(inventory, index, certificate, moment);
    let days_left = Some(days_between(moment, certificate.not_after()));
    let (status, why) = if moment > certificate.not_after() {
        (Status::Expired, format!("expired on {}", certificate.not_after().date()))
    } else if let Some(why) = dead_authority(inventory, index, life, moment) {
        (Status::DeadAuthority, why)
    } else if let Some(why) = broken(inventory, index, item).or_else(|| dead_anchors(inventory, item, moment)) {
        (Status::Broken, why)
    } else if moment < certificate.not_before() {
        (Status::NotYetValid, format!("valid only from {}", certificate.not_before().date()))
    } else if let Some(why) = ends_soon(inventory, index, life, certificate, moment) {
        (Status::Expiring, why)
    } else if has_no_issuer(inventory, index, item) {
        (Status::Ok, NO_ISSUER.to_owned())
    } else {
        (Status::Ok, dead_beyond(inventory, index, item, moment).unwrap_or_default())
    };
    State { status, why, days_left, life: Some(life) }
}

const NO_ISSUER: &str = "its CA was not found in what could be read";

/// The CA above it that has ended, or has not begun while it has itself.
fn dead_authority(inventory: &Inventory, index: ItemIndex, life: Life, moment: OffsetDateTime) -> Option<String> {
    let id = |at: ItemIndex| inventory.item(at).map(|item| &*item.id).unwrap_or_default();
    if moment > life.end && life.ends_with != index {
        return Some(format!("its CA {} expired on {}", id(life.ends_with), life.end.date()));
    }
    let has_begun = inventory.item(index)?.certificate()?.not_before() <= moment;
    let is_early = moment < life.begin && life.begins_with != index && has_begun;
    is_early.then(|| format!("its CA {} is valid only from {}", id(life.begins_with), life.begin.date()))
}

/// Its end, or that of the CA with which it ends, where that is near.
fn ends_soon(
    inventory: &Inventory,
    index: ItemIndex,
    life: Life,
    own: &Certificate,
    moment: OffsetDateTime,
) -> Option<String> {
    if let Some(authority) = inventory.item(life.ends_with).filter(|_| life.ends_with != index)
        && is_near(authority.certificate()?, moment)
    {
        return Some(format!("its CA {} ends on {}", authority.id, life.end.date()));
    }
    is_near(own, moment).then(|| format!("ends on {}", own.not_after().date()))
}

/// Whether a certificate's own end is near, or past.
pub fn is_near(certificate: &Certificate, moment: OffsetDateTime) -> bool {
    ends_near(certificate.not_before(), certificate.not_after(), moment)
}

/// Dates in the wrong order give no time in which the end is near; past it is past all the same.
fn ends_near(begin: OffsetDateTime, end: OffsetDateTime, moment: OffsetDateTime) -> bool {
    moment > end || end - moment < warning_time(end - begin)
}

/// The last moment at which the end of a life from `begin` to `end` is not near; `None`: it always is.
pub fn near_after(begin: OffsetDateTime, end: OffsetDateTime) -> Option<OffsetDateTime> {
    end.checked_sub(warning_time(end - begin))
}

/// How a certificate stands by its own dates alone, whoever signed it.
pub fn by_dates(certificate: &Certificate, moment: OffsetDateTime) -> Status {
    match () {
        () if moment > certificate.not_after() => Status::Expired,
        () if moment < certificate.not_before() => Status::NotYetValid,
        () if is_near(certificate, moment) => Status::Expiring,
        () => Status::Ok,
    }
}

/// A CA that is trusted itself, below one whose dates are past: Go takes it, and others do not.
fn dead_beyond(inventory: &Inventory, index: ItemIndex, item: &Item, moment: OffsetDateTime) -> Option<String> {
    if !item.is_authority() || !inventory.tree.is_anchor(index) {
        return None;
    }
    let above = beyond(inventory, index, moment).filter(|above| !above.holds(moment))?;
    let (at, what) = if moment > above.end {
        (above.ends_with, format!("expired on {}", above.end.date()))
    } else {
        (above.begins_with, format!("is valid only from {}", above.begin.date()))
    };
    let root = &inventory.item(at)?.id;
    Some(format!("{root} above it {what}: Kubernetes trusts this one itself, OpenSSL wants the root too"))
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

/// Whether something about a certificate is not known, so that nobody may say that all of it is well: its CA was not
/// found in what could be read, or its key is there and nobody can tell whose it is.
pub fn is_unsure(inventory: &Inventory, index: ItemIndex, item: &Item) -> bool {
    let is_key_there = matches!(item.key.state, KeyState::Present | KeyState::Encrypted);
    item.content.is_ok() && (has_no_issuer(inventory, index, item) || (is_key_there && item.key.matches.is_none()))
}

/// True for what is in use and was signed by something that is not among the items.
fn has_no_issuer(inventory: &Inventory, index: ItemIndex, item: &Item) -> bool {
    item.in_use && inventory.tree.issuer(index) == Issuer::None(NoIssuer::NotHere)
}

/// False where a CA may lie in what was not looked at.
fn all_was_seen(inventory: &Inventory) -> bool {
    inventory.unread.is_empty() && !inventory.is_part
}

/// The CA that a role wants is here, in use, and another one that is in use signed. Where one CA signs for several parts by
/// design, roles say nothing about who must sign.
fn wrong_issuer(inventory: &Inventory, index: ItemIndex, item: &Item) -> Option<String> {
    if !item.in_use || inventory.known_layout().authorities != Authorities::ForEachPart {
        return None;
    }
    let [role] = item.roles[..] else { return None };
    let wanted = expected::issuer(inventory, role)?;
    let plays = |item: &Item, id: RoleId| item.in_use && item.roles.iter().any(|role| role.id == id);
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
    let is_other = |item: &&Item| item.in_use && item.has_role_of(RoleKind::Authority);
    let signer = signers.find(is_other)?;
    Some(format!("signed by {}, its role {} wants {wanted}", signer.id, role.name))
}

/// What is wrong with the kubeconfig around a certificate: whoever reads the file reads all of it.
fn kubeconfig_fault(inventory: &Inventory, item: &Item) -> Option<String> {
    if !item.in_use || !matches!(item.source, Source::Kubeconfig { .. }) {
        return None;
    }
    kubeconfig_of(inventory, item)?.fault.as_ref()?.stopping()
}

/// What a kubeconfig trusts for its current context, where all of that is out of its dates: kubectl takes no server then.
fn dead_anchors(inventory: &Inventory, item: &Item, moment: OffsetDateTime) -> Option<String> {
    let Source::Kubeconfig { user } = &item.source else { return None };
    let kubeconfig = kubeconfig_of(inventory, item)?;
    let current = kubeconfig.contexts.iter().find(|context| context.name == kubeconfig.current);
    let context = current.filter(|context| context.user == *user)?;
    let cluster = kubeconfig.clusters.iter().find(|cluster| cluster.name == context.cluster)?;
    let is_alive = |one: &Certificate| one.not_before() <= moment && moment <= one.not_after();
    let last = cluster.anchors.iter().max_by_key(|one| one.not_after()).filter(|_| !cluster.insecure)?;
    // Before its own beginning nothing is the CA's fault.
    let is_early = item.certificate()?.not_before() > moment;
    if is_early || cluster.anchors.iter().any(is_alive) {
        return None;
    }
    let when = if moment > last.not_after() {
        format!("expired on {}", last.not_after().date())
    } else {
        format!("is valid only from {}", last.not_before().date())
    };
    Some(format!("the CA that it trusts {when}: kubectl takes no server with it"))
}

fn kubeconfig_of<'a>(inventory: &'a Inventory, item: &Item) -> Option<&'a KubeconfigItem> {
    let kubeconfigs = &inventory.kubeconfigs;
    let at = kubeconfigs.binary_search_by(|kubeconfig| (*kubeconfig.path).cmp(&item.path)).ok()?;
    kubeconfigs.get(at)
}

/// The file of its key; `None` where that is its own, as in a kubeconfig.
fn key_path(item: &Item) -> Option<&str> {
    item.key.path.as_deref().filter(|path| **path != *item.path)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_end_that_is_past_is_near_whatever_the_begin_says() {
        let (early, end, late) =
            (datetime!(2025-06-01 0:00 UTC), datetime!(2026-06-01 0:00 UTC), datetime!(2027-06-01 0:00 UTC));
        for (begin, moment, expected) in [
            (early, datetime!(2025-12-01 0:00 UTC), false),
            (early, datetime!(2026-05-20 0:00 UTC), true),
            (early, datetime!(2026-06-02 0:00 UTC), true),
            (late, datetime!(2026-06-02 0:00 UTC), true),
            (late, datetime!(2028-01-01 0:00 UTC), true),
        ] {
            assert_eq!(ends_near(begin, end, moment), expected, "{begin} {moment}");
        }
    }
}
