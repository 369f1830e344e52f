//! The disk.

pub mod apply;
mod error;
mod file;
pub mod journal;
mod lock;
pub mod read;
pub mod recover;
mod standing;
pub mod state;

pub use error::Error;
