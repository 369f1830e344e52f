//! The disk.

mod error;
pub mod read;

pub use error::Error;
