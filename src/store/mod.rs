//! The disk.

pub mod apply;
mod error;
pub mod journal;
pub mod read;
pub mod recover;
pub mod state;

pub use error::Error;
