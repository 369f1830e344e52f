//! Plain data that is kept or given: what a user writes for a moment, a duration, a period.

pub mod moment;
