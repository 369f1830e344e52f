//! How moments, and lengths of time, are written where certificates, Kubernetes' objects and
//! journals name them.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, UtcOffset};

/// Below this many days a length is told in days alone: most certificates live for a year, and
/// their ages compare at a glance.
pub const DAYS_ALONE: u64 = 2 * 365;

/// As "2026-11-22T03:12:09Z" (RFC 3339): UTC, whole seconds.
pub fn rfc3339(moment: OffsetDateTime) -> String {
    let moment = utc(moment).truncate_to_second();
    moment
        .format(&Rfc3339)
        .unwrap_or_else(|_| moment.to_string())
}

/// As "2026-11-22 03:12:09Z".
pub fn second(moment: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");
    let moment = utc(moment);
    moment.format(form).unwrap_or_else(|_| moment.to_string())
}

/// The same moment in UTC.
pub fn utc(moment: OffsetDateTime) -> OffsetDateTime {
    moment.checked_to_offset(UtcOffset::UTC).unwrap_or(moment)
}

/// A length of time in at most two units, rounded down: "40 min", "5 h", "12 d", "8 y 120 d". Years
/// have 365 days. The sign is dropped.
pub fn span(length: Duration) -> String {
    let seconds = length.whole_seconds().unsigned_abs();
    let days = seconds / 86_400;
    match (days, seconds / 3600) {
        (0, 0) => format!("{} min", seconds / 60),
        (0, hours) => format!("{hours} h"),
        (1..DAYS_ALONE, _) => format!("{days} d"),
        _ if days.is_multiple_of(365) => format!("{} y", days / 365),
        _ => format!("{} y {} d", days / 365, days % 365),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn moments_are_told_in_utc() {
        let moment = datetime!(2026-11-22 05:12:09.7 +2);
        assert_eq!(rfc3339(moment), "2026-11-22T03:12:09Z");
        assert_eq!(second(moment), "2026-11-22 03:12:09Z");
    }
}
