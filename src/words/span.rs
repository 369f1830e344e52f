//! Times and spans for people.

use time::{Duration, OffsetDateTime};

/// What is left until `end`, as "12 d", "8 y 120 d", "5 h", "expired 2 d".
pub fn left(end: OffsetDateTime, at: OffsetDateTime) -> String {
    let difference = end - at;
    if difference.is_negative() { format!("expired {}", span(-difference)) } else { span(difference) }
}

/// A span, rounded down: whole days and years of 365 days; hours and minutes below a day.
pub fn span(span: Duration) -> String {
    let (days, hours, minutes) = (span.whole_days(), span.whole_hours(), span.whole_minutes());
    match (days / 365, days % 365) {
        (0, 0) if hours == 0 => format!("{minutes} min"),
        (0, 0) => format!("{hours} h"),
        (0, days) => format!("{days} d"),
        (years, 0) => format!("{years} y"),
        (years, days) => format!("{years} y {days} d"),
    }
}

/// As "2026-11-22 01:06Z".
pub fn minute(moment: OffsetDateTime) -> String {
    format!("{} {:02}:{:02}Z", moment.date(), moment.hour(), moment.minute())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn spans_for_people() {
        let at = datetime!(2026-11-22 01:00 UTC);
        for (end, expected) in [
            (datetime!(2026-11-20 01:00 UTC), "expired 2 d"),
            (datetime!(2026-11-22 00:30 UTC), "expired 30 min"),
            (datetime!(2026-11-22 06:59 UTC), "5 h"),
            (datetime!(2026-12-04 02:00 UTC), "12 d"),
            (datetime!(2027-11-22 01:00 UTC), "1 y"),
            (datetime!(2034-11-22 01:00 UTC), "8 y 2 d"),
        ] {
            assert_eq!(left(end, at), expected);
        }
        assert_eq!(minute(at), "2026-11-22 01:00Z");
    }
}
