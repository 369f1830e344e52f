//! The layouts' YAML as it is embedded (`assets/layouts/`).

/// Every layout, in no order that means anything.
pub(super) static TEXTS: &[&str] = include!(concat!(env!("OUT_DIR"), "/layouts.rs"));

/// What all of them have in common.
pub(super) const COMMON: &str = include_str!("../../assets/layouts/common.yaml");
