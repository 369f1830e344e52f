//! The sequences that both faces share.

pub mod change;
pub mod demo;
pub mod machine;
pub mod node;
pub mod open;
