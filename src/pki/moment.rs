//! How moments are written where certificates, Kubernetes' objects and journals name them.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

/// As "2026-11-22T03:12:09Z" (RFC 3339): UTC, whole seconds.
pub fn rfc3339(moment: OffsetDateTime) -> String {
    let moment = utc(moment).truncate_to_second();
    moment.format(&Rfc3339).unwrap_or_else(|_| moment.to_string())
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
