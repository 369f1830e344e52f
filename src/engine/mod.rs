//! The sequences that both faces share.

pub mod change;
pub mod demo;
mod ground;
pub mod machine;
pub mod node;
pub mod open;
