//! Moments, durations and periods as a user writes them: `+90d`, `2027-01-01`, `2026Q4`.
//! Nothing here knows the time: the caller says what "now" is.

use time::format_description::well_known::Rfc3339;
use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// What is wrong with such a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MomentError {
    /// No moment.
    #[error(
        "{0:?} is no moment: write RFC 3339 (2027-01-01T00:00:00Z), a date (2027-01-01), +90d or -10d"
    )]
    Moment(String),
    /// No duration.
    #[error("{0:?} is no duration: write a number and h, d, w or y, as 90d, 12h, 1y")]
    Duration(String),
    /// No period.
    #[error(
        "{0:?} is no period: write a year (2026), a quarter (2026Q4), a month (2026-12) or a day (2026-12-31)"
    )]
    Period(String),
    /// Beyond the years that a certificate can name.
    #[error("{0:?} is too far away: certificates know the years 0000 to 9999")]
    TooFar(String),
}

/// A span of time: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment.
    pub start: OffsetDateTime,
    /// The first moment after it.
    pub end: OffsetDateTime,
}

impl Period {
    /// True where `moment` lies in it.
    pub fn contains(&self, moment: OffsetDateTime) -> bool {
        self.start <= moment && moment < self.end
    }
}

/// Reads RFC 3339, a date (its midnight UTC), or `+90d`, `-10d` from `now`. The answer is in UTC.
///
/// # Errors
/// For what is none of these, and for years that neither a certificate nor RFC 3339 can name.
pub fn parse_moment(text: &str, now: OffsetDateTime) -> Result<OffsetDateTime, MomentError> {
    let text = text.trim();
    let moment = any_moment(text, now)?;
    if (0..=9999).contains(&moment.year()) {
        Ok(moment)
    } else {
        Err(MomentError::TooFar(text.to_owned()))
    }
}

fn any_moment(text: &str, now: OffsetDateTime) -> Result<OffsetDateTime, MomentError> {
    let too_far = || MomentError::TooFar(text.to_owned());
    if let Some(rest) = text.strip_prefix('+') {
        return now.checked_add(parse_duration(rest)?).ok_or_else(too_far);
    }
    if let Some(rest) = text.strip_prefix('-') {
        return now.checked_sub(parse_duration(rest)?).ok_or_else(too_far);
    }
    if text == "now" {
        return Ok(now);
    }
    if let Some(date) = parse_date(text) {
        return Ok(midnight(date));
    }
    let moment =
        OffsetDateTime::parse(text, &Rfc3339).map_err(|_| MomentError::Moment(text.to_owned()))?;
    moment.checked_to_offset(UtcOffset::UTC).ok_or_else(too_far)
}

/// Reads a number with `h` (hours), `d` (days), `w` (7 days) or `y` (365 days).
pub fn parse_duration(text: &str) -> Result<Duration, MomentError> {
    let text = text.trim();
    let wrong = || MomentError::Duration(text.to_owned());
    let unit = text.chars().last().ok_or_else(wrong)?;
    let hours: i64 = match unit {
        'h' => 1,
        'd' => 24,
        'w' => 7 * 24,
        'y' => 365 * 24,
        _ => return Err(wrong()),
    };
    let digits = &text[..text.len() - 1];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let too_far = || MomentError::TooFar(text.to_owned());
    let number: i64 = digits.parse().map_err(|_| too_far())?;
    let seconds = number
        .checked_mul(hours)
        .and_then(|hours| hours.checked_mul(3600))
        .ok_or_else(too_far)?;
    Ok(Duration::seconds(seconds))
}

/// Reads a year, quarter, month or day, all of UTC.
pub fn parse_period(text: &str) -> Result<Period, MomentError> {
    let text = text.trim();
    let wrong = || MomentError::Period(text.to_owned());
    if let Some(date) = parse_date(text) {
        let end = date.next_day().map_or_else(end_of_time, midnight);
        return Ok(Period {
            start: midnight(date),
            end,
        });
    }
    let (year, rest) = text.split_at_checked(4).ok_or_else(wrong)?;
    let year = number(year).ok_or_else(wrong)?;
    let (first, months) = match rest {
        "" => (1, 12),
        "Q1" | "q1" => (1, 3),
        "Q2" | "q2" => (4, 3),
        "Q3" | "q3" => (7, 3),
        "Q4" | "q4" => (10, 3),
        _ => {
            let month = rest
                .strip_prefix('-')
                .filter(|month| month.len() == 2)
                .and_then(number)
                .ok_or_else(wrong)?;
            (month, 1)
        }
    };
    let start = first_of(year, first).ok_or_else(wrong)?;
    let after = if first + months > 12 {
        first_of(year + 1, 1)
    } else {
        first_of(year, first + months)
    };
    let end = after.map_or_else(end_of_time, midnight);
    Ok(Period {
        start: midnight(start),
        end,
    })
}

/// Reads `FROM..TO`, either of which may be absent, or one period; both ends belong to it.
///
/// # Errors
/// As [`parse_period`]; where it would end before it begins.
pub fn parse_range(text: &str) -> Result<Period, MomentError> {
    let Some((from, to)) = text.split_once("..") else {
        return parse_period(text);
    };
    let edge = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| parse_period(text)).transpose()
    };
    let (first, last) = (edge(from)?, edge(to)?);
    let start = first.map_or_else(|| midnight(Date::MIN), |first| first.start);
    let end = last.map_or_else(end_of_time, |last| last.end);
    if start >= end {
        return Err(MomentError::Period(text.to_owned()));
    }
    Ok(Period { start, end })
}

/// Behind the last second that a certificate can name, which is that of one without an end
/// (RFC 5280 §4.1.2.5).
fn end_of_time() -> OffsetDateTime {
    PrimitiveDateTime::MAX.assume_utc()
}

fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let month = Month::try_from(u8::try_from(number(month)?).ok()?).ok()?;
    Date::from_calendar_date(number(year)?, month, u8::try_from(number(day)?).ok()?).ok()
}

fn number(digits: &str) -> Option<i32> {
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())?
}

fn first_of(year: i32, month: i32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year, month, 1).ok()
}

fn midnight(date: Date) -> OffsetDateTime {
    date.with_time(Time::MIDNIGHT).assume_utc()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-22 01:06:32 UTC);

    #[test]
    fn years_that_no_certificate_can_name_are_refused() {
        for text in [
            "-3000y",
            "+9000y",
            "0000-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert_eq!(
                parse_moment(text, NOW),
                Err(MomentError::TooFar(text.to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn moments_as_users_write_them() {
        for (text, expected) in [
            ("2027-01-01T00:00:00Z", datetime!(2027-01-01 0:00 UTC)),
            ("2027-01-01T02:00:00+02:00", datetime!(2027-01-01 0:00 UTC)),
            ("2027-01-01", datetime!(2027-01-01 0:00 UTC)),
            ("+90d", datetime!(2027-02-20 01:06:32 UTC)),
            ("-10d", datetime!(2026-11-12 01:06:32 UTC)),
            ("+12h", datetime!(2026-11-22 13:06:32 UTC)),
            ("+1y", datetime!(2027-11-22 01:06:32 UTC)),
            ("now", NOW),
        ] {
            assert_eq!(parse_moment(text, NOW), Ok(expected), "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "+d",
            "+1",
            "+1x",
            "2027-13-01",
            "2027-1-1",
            "+-3d",
            "90d",
            "+٣d",
            "2027-02-30",
        ] {
            assert!(parse_moment(text, NOW).is_err(), "{text}");
        }
        for text in [
            "+9999y",
            "+99999999999999999999d",
            "-9999999999999h",
            "+9223372036854775807y",
        ] {
            assert!(
                matches!(parse_moment(text, NOW), Err(MomentError::TooFar(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_range_holds_the_days_at_both_ends() {
        for (text, first, last) in [
            (
                "2026-11-22..2026-11-23",
                datetime!(2026-11-22 0:00 UTC),
                datetime!(2026-11-23 23:59:59 UTC),
            ),
            (
                " 2026Q4 .. 2027 ",
                datetime!(2026-10-01 0:00 UTC),
                datetime!(2027-12-31 23:59:59 UTC),
            ),
            (
                "..2026-02",
                datetime!(0000-01-01 0:00 UTC),
                datetime!(2026-02-28 23:59:59 UTC),
            ),
        ] {
            let range = parse_range(text).unwrap();
            assert!(range.contains(first) && range.contains(last), "{text}");
            assert!(!range.contains(last + Duration::SECOND), "{text}");
        }
        for text in [
            "2027..2026",
            "2026-11-23..2026-11-22",
            "a..",
            "2026...2027",
            "2026..2027..2028",
            "",
        ] {
            assert!(parse_range(text).is_err(), "{text}");
        }
    }

    #[test]
    fn periods_hold_their_first_second_and_not_the_next_period() {
        for (text, start, end) in [
            (
                "2026",
                datetime!(2026-01-01 0:00 UTC),
                datetime!(2027-01-01 0:00 UTC),
            ),
            (
                "2026Q4",
                datetime!(2026-10-01 0:00 UTC),
                datetime!(2027-01-01 0:00 UTC),
            ),
            (
                "2026q1",
                datetime!(2026-01-01 0:00 UTC),
                datetime!(2026-04-01 0:00 UTC),
            ),
            (
                "2026-12",
                datetime!(2026-12-01 0:00 UTC),
                datetime!(2027-01-01 0:00 UTC),
            ),
            (
                "2026-02",
                datetime!(2026-02-01 0:00 UTC),
                datetime!(2026-03-01 0:00 UTC),
            ),
            (
                "2026-12-31",
                datetime!(2026-12-31 0:00 UTC),
                datetime!(2027-01-01 0:00 UTC),
            ),
        ] {
            let period = parse_period(text).unwrap();
            assert_eq!((period.start, period.end), (start, end), "{text}");
            assert!(period.contains(start) && !period.contains(end), "{text}");
        }
        // That of a certificate without an end.
        for text in ["9999", "9999Q4", "9999-12", "9999-12-31", "2027..", ".."] {
            let period = parse_range(text).unwrap();
            assert!(
                period.contains(datetime!(9999-12-31 23:59:59 UTC)),
                "{text}"
            );
        }
        for text in [
            "", "26", "2026Q5", "2026-13", "2026-00", "2026-1", "Q4", "2026Q", "٢٠٢٦", "20265",
        ] {
            assert!(parse_period(text).is_err(), "{text}");
        }
    }
}
