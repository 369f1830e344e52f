//! States: what an item is at a given moment. The full doctor is a later issue.

mod broken;

use time::{Duration, OffsetDateTime};

use super::life::{Life, beyond, life};
use super::{Inventory, Item, ItemIndex, KeyState};
use crate::pki::Certificate;
use broken::{broken, dead_anchors, has_no_issuer};

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
    /// One sentence; empty where ok, but for a CA that could not be looked for, or one beyond those
    /// that are trusted.
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
pub fn judge(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    moment: OffsetDateTime,
) -> State {
    let certificate = match &item.content {
        Ok(certificate) => certificate,
        Err(fault) => {
            let status = if fault.is_unread() {
                Status::Unknown
            } else {
                Status::Broken
            };
            return State {
                status,
                why: fault.to_string(),
                days_left: None,
                life: None,
            };
        }
    };
    let life = life(inventory, index, certificate, moment);
    let days_left = Some(days_between(moment, certificate.not_after()));
    let (status, why) = if moment > certificate.not_after() {
        (
            Status::Expired,
            format!("expired on {}", certificate.not_after().date()),
        )
    } else if let Some(why) = dead_authority(inventory, index, life, moment) {
        (Status::DeadAuthority, why)
    } else if let Some(why) =
        broken(inventory, index, item).or_else(|| dead_anchors(inventory, item, moment))
    {
        (Status::Broken, why)
    } else if moment < certificate.not_before() {
        (
            Status::NotYetValid,
            format!("valid only from {}", certificate.not_before().date()),
        )
    } else if let Some(why) = ends_soon(inventory, index, life, certificate, moment) {
        (Status::Expiring, why)
    } else if has_no_issuer(inventory, index, item) {
        (Status::Ok, NO_ISSUER.to_owned())
    } else {
        (
            Status::Ok,
            dead_beyond(inventory, index, item, moment).unwrap_or_default(),
        )
    };
    State {
        status,
        why,
        days_left,
        life: Some(life),
    }
}

const NO_ISSUER: &str = "its CA was not found in what could be read";

/// The CA above it that has ended, or has not begun while it has itself.
fn dead_authority(
    inventory: &Inventory,
    index: ItemIndex,
    life: Life,
    moment: OffsetDateTime,
) -> Option<String> {
    let id = |at: ItemIndex| inventory.item(at).map(|item| &*item.id).unwrap_or_default();
    if moment > life.end && life.ends_with != index {
        return Some(format!(
            "its CA {} expired on {}",
            id(life.ends_with),
            life.end.date()
        ));
    }
    let has_begun = inventory.item(index)?.certificate()?.not_before() <= moment;
    let is_early = moment < life.begin && life.begins_with != index && has_begun;
    is_early.then(|| {
        format!(
            "its CA {} is valid only from {}",
            id(life.begins_with),
            life.begin.date()
        )
    })
}

/// Its end, or that of the CA with which it ends, where that is near.
fn ends_soon(
    inventory: &Inventory,
    index: ItemIndex,
    life: Life,
    own: &Certificate,
    moment: OffsetDateTime,
) -> Option<String> {
    if let Some(authority) = inventory
        .item(life.ends_with)
        .filter(|_| life.ends_with != index)
        && is_near(authority.certificate()?, moment)
    {
        return Some(format!(
            "its CA {} ends on {}",
            authority.id,
            life.end.date()
        ));
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

/// The last moment at which the end of a life from `begin` to `end` is not near; `None`: it always
/// is.
pub fn near_after(begin: OffsetDateTime, end: OffsetDateTime) -> Option<OffsetDateTime> {
    end.checked_sub(warning_time(end - begin))
}

/// How a certificate stands by its own dates alone, whoever signed it.
pub fn by_dates(certificate: &Certificate, moment: OffsetDateTime) -> Status {
    if moment > certificate.not_after() {
        Status::Expired
    } else if moment < certificate.not_before() {
        Status::NotYetValid
    } else if is_near(certificate, moment) {
        Status::Expiring
    } else {
        Status::Ok
    }
}

/// A CA that is trusted itself, below one whose dates are past: Go takes it, and others do not.
fn dead_beyond(
    inventory: &Inventory,
    index: ItemIndex,
    item: &Item,
    moment: OffsetDateTime,
) -> Option<String> {
    if !item.is_authority() || !inventory.tree.is_anchor(index) {
        return None;
    }
    let above = beyond(inventory, index, moment).filter(|above| !above.holds(moment))?;
    let (at, what) = if moment > above.end {
        (above.ends_with, format!("expired on {}", above.end.date()))
    } else {
        (
            above.begins_with,
            format!("is valid only from {}", above.begin.date()),
        )
    };
    let root = &inventory.item(at)?.id;
    Some(format!(
        "{root} above it {what}: Kubernetes trusts this one itself, OpenSSL wants the root too"
    ))
}

/// How long before its end a certificate counts as expiring: the smaller of the warning time and a
/// third of its life.
pub fn warning_time(life: Duration) -> Duration {
    Duration::days(WARNING_DAYS).min(life / 3)
}

/// Whether something about a certificate is not known, so that nobody may say that all of it is
/// well: its CA was not found in what could be read, or its key is there and nobody can tell whose
/// it is.
pub fn is_unsure(inventory: &Inventory, index: ItemIndex, item: &Item) -> bool {
    let is_key_there = matches!(item.key.state, KeyState::Present | KeyState::Encrypted);
    item.content.is_ok()
        && (has_no_issuer(inventory, index, item) || (is_key_there && item.key.matches.is_none()))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_end_that_is_past_is_near_whatever_the_begin_says() {
        let (early, end, late) = (
            datetime!(2025-06-01 0:00 UTC),
            datetime!(2026-06-01 0:00 UTC),
            datetime!(2027-06-01 0:00 UTC),
        );
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
