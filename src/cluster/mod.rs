//! The network: what a running cluster shows.

pub mod probe;
