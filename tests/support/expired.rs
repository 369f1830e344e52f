//! Masters of the zoo that were made so long ago that their leaves have expired, and their CAs have
//! not.

use std::path::Path;

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::changing::Master;
use super::zoo;

/// The master `case`, below this folder. `None` where Python cannot make it.
pub(crate) fn master(folder: &Path, case: &str) -> Option<Master> {
    let made = (OffsetDateTime::now_utc() - Duration::days(400))
        .replace_nanosecond(0)
        .expect("a moment");
    let zoo = folder.join("zoo");
    zoo::make(&zoo, &made.format(&Rfc3339).expect("a date"), &[case])?;
    Some(Master::at(&zoo.join(case)))
}
