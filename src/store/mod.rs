//! The disk.

mod error;
pub mod read;
pub mod state;

pub use error::Error;
