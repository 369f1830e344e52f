//! How long a new certificate lives: a number of days, as wizards ask for it.

use super::Context;
use crate::kubernetes::layout;
use crate::record::moment::{self, parse_duration};

/// More days than these are no lifetime: as the command's flag has it.
const MOST_DAYS: u32 = 36_500;

/// The days that an empty line stands for, of a certificate that Kubernetes knows.
pub(super) fn usual(context: &Context<'_>) -> String {
    let layouts = || {
        layout::layout(&context.world.inventory().layout).map_or(365, |layout| layout.lifetime_days)
    };
    context
        .world
        .settings
        .lifetime_days
        .unwrap_or_else(layouts)
        .to_string()
}

/// The word behind a bare number.
pub(super) fn unit(text: &str) -> &'static str {
    match text.parse() {
        Ok(1_u64) => "day",
        Ok(_) => "days",
        Err(_) => "",
    }
}

/// Whether a text is a lifetime.
pub(super) fn check(_: &Context<'_>, text: &str) -> Result<(), String> {
    days(text).map(drop)
}

/// Whole days, as a bare number or as a duration of the command line.
pub(super) fn days(text: &str) -> Result<u32, String> {
    let is_bare = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let duration = if is_bare {
        parse_duration(&format!("{text}d"))
    } else {
        parse_duration(text)
    };
    let duration = match duration {
        Ok(duration) => duration,
        Err(moment::MomentError::TooFar(_)) => return Err(too_many()),
        Err(_) => {
            return Err(format!(
                "{text:?} is no lifetime: write a number of days, or 90d, 12w, 1y"
            ));
        }
    };
    if duration.whole_seconds() % 86_400 != 0 {
        return Err(format!("{text:?} is not a number of whole days"));
    }
    u32::try_from(duration.whole_days())
        .ok()
        .filter(|days| (1..=MOST_DAYS).contains(days))
        .ok_or_else(too_many)
}

fn too_many() -> String {
    format!("a lifetime is 1 to {MOST_DAYS} days")
}
