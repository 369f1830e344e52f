//! Dates as the user types them into the lens.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, Time};

/// The moment that `text` means: `+90d`, `-10d`, `+12h`, `+1y`, `2027-01-01`, RFC 3339; empty or `now`: `None`.
pub fn parse(text: &str, now: OffsetDateTime) -> Result<Option<OffsetDateTime>, String> {
    let text = text.trim();
    if text.is_empty() || text == "now" {
        return Ok(None);
    }
    if let Some(rest) = text.strip_prefix(['+', '-']) {
        let duration = duration(rest).ok_or_else(|| format!("{text}: a number and h, d, w, m or y, as +90d"))?;
        let moved = if text.starts_with('+') { now.checked_add(duration) } else { now.checked_sub(duration) };
        return moved.map(Some).ok_or_else(|| format!("{text} is too far away"));
    }
    if let Ok(date) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        return Ok(Some(date.with_time(Time::MIDNIGHT).assume_utc()));
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .map(|moment| Some(moment.to_offset(time::UtcOffset::UTC)))
        .map_err(|_| format!("{text} is no date: +90d, 2027-01-01 or 2027-01-01T00:00:00Z"))
}

fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?;
    let number: i64 =
        text[..text.len() - unit.len_utf8()].parse().ok().filter(|number| (0..=100_000).contains(number))?;
    match unit {
        'h' => Some(Duration::hours(number)),
        'd' => Some(Duration::days(number)),
        'w' => Some(Duration::weeks(number)),
        'm' => Some(Duration::days(30 * number)),
        'y' => Some(Duration::days(365 * number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn dates_are_read() {
        let now = datetime!(2026-11-22 03:12 UTC);
        for (text, expected) in [
            ("", None),
            ("now", None),
            ("+90d", Some(datetime!(2027-02-20 03:12 UTC))),
            ("-10d", Some(datetime!(2026-11-12 03:12 UTC))),
            ("+12h", Some(datetime!(2026-11-22 15:12 UTC))),
            ("+1y", Some(datetime!(2027-11-22 03:12 UTC))),
            ("2027-01-01", Some(datetime!(2027-01-01 0:00 UTC))),
            (" 2027-01-01T02:00:00+02:00 ", Some(datetime!(2027-01-01 0:00 UTC))),
        ] {
            assert_eq!(parse(text, now), Ok(expected), "{text}");
        }
        for text in ["90", "+d", "+", "+9x", "+99999y", "-99999y", "2027-13-01", "+ä", "tomorrow", "+-5d"] {
            assert!(parse(text, now).is_err(), "{text}");
        }
    }
}
