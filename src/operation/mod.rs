//! The sequences that both faces share.

pub mod demo;
pub mod open;
