//! Lengths of time, and what is left of one.

use time::{Duration, OffsetDateTime};

pub use crate::pki::moment::span;

use crate::pki::moment::DAYS_ALONE;

/// What is left until `end`, as "12 d", "8 y 120 d", "5 h", "expired 2 d".
pub fn left(end: OffsetDateTime, at: OffsetDateTime) -> String {
    told(end, at, span)
}

/// The same in one unit, for a narrow column: "8 y", "expired 2 y".
pub fn shortly_left(end: OffsetDateTime, at: OffsetDateTime) -> String {
    told(end, at, short)
}

fn told(end: OffsetDateTime, at: OffsetDateTime, words: fn(Duration) -> String) -> String {
    let difference = end - at;
    if difference.is_negative() {
        format!("expired {}", words(difference))
    } else {
        words(difference)
    }
}

/// A length of time in one unit.
pub fn short(length: Duration) -> String {
    match length.whole_days().unsigned_abs() {
        days @ DAYS_ALONE.. => format!("{} y", days / 365),
        _ => span(length),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn lengths_of_time_read_well() {
        for (seconds, expected, in_short) in [
            (59, "0 min", "0 min"),
            (-3_599, "59 min", "59 min"),
            (5 * 3600, "5 h", "5 h"),
            (-2 * 86_400, "2 d", "2 d"),
            (365 * 86_400, "365 d", "365 d"),
            (729 * 86_400, "729 d", "729 d"),
            (730 * 86_400, "2 y", "2 y"),
            (3650 * 86_400, "10 y", "10 y"),
            ((8 * 365 + 120) * 86_400, "8 y 120 d", "8 y"),
        ] {
            let length = Duration::seconds(seconds);
            assert_eq!(
                (span(length).as_str(), short(length).as_str()),
                (expected, in_short)
            );
        }
    }

    #[test]
    fn what_is_left_and_what_is_past() {
        let at = datetime!(2026-11-22 01:00 UTC);
        for (end, expected, in_short) in [
            (
                datetime!(2026-11-20 01:00 UTC),
                "expired 2 d",
                "expired 2 d",
            ),
            (
                datetime!(2026-11-22 00:30 UTC),
                "expired 30 min",
                "expired 30 min",
            ),
            (datetime!(2026-11-22 06:59 UTC), "5 h", "5 h"),
            (datetime!(2026-12-04 02:00 UTC), "12 d", "12 d"),
            (datetime!(2028-05-11 01:00 UTC), "536 d", "536 d"),
            (datetime!(2034-11-22 01:00 UTC), "8 y 2 d", "8 y"),
            (
                datetime!(2018-11-22 01:00 UTC),
                "expired 8 y 2 d",
                "expired 8 y",
            ),
        ] {
            assert_eq!(
                (left(end, at).as_str(), shortly_left(end, at).as_str()),
                (expected, in_short)
            );
        }
    }
}
