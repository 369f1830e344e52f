//! Moments: in full where one is looked up, in few cells where many stand below each other. All are
//! in UTC.

use time::OffsetDateTime;
use time::macros::format_description;

pub use crate::pki::moment::{rfc3339, second, utc};

/// As "22 Nov 2026".
pub fn day(moment: OffsetDateTime) -> String {
    utc(moment)
        .format(format_description!(
            "[day padding:none] [month repr:short] [year]"
        ))
        .unwrap_or_default()
}

/// As "2026-11-22 01:06Z".
pub fn minute(moment: OffsetDateTime) -> String {
    let moment = utc(moment);
    format!("{} {}", moment.date(), clock(moment))
}

/// As "03:12Z".
pub fn clock(moment: OffsetDateTime) -> String {
    utc(moment)
        .format(format_description!("[hour]:[minute]Z"))
        .unwrap_or_default()
}

/// As "22 Nov 03:12Z", or "22 Nov 2027 03:12Z" where the year is not `year`.
pub fn near(moment: OffsetDateTime, year: i32) -> String {
    let moment = utc(moment);
    let short = format_description!("[day padding:none] [month repr:short]");
    let day = if moment.year() == year {
        moment.format(short).unwrap_or_default()
    } else {
        day(moment)
    };
    format!("{day} {}", clock(moment))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn moments_in_full_and_in_few_cells() {
        let moment = datetime!(2026-11-02 03:12:09 UTC);
        assert_eq!(day(moment), "2 Nov 2026");
        assert_eq!(minute(moment), "2026-11-02 03:12Z");
        assert_eq!(near(moment, 2026), "2 Nov 03:12Z");
        assert_eq!(near(moment, 2027), "2 Nov 2026 03:12Z");
        assert_eq!(clock(datetime!(2026-11-02 03:12:09 +2)), "01:12Z");
    }
}
