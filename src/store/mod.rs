//! The disk.

pub mod read;
