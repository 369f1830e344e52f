//! The disk.

pub mod apply;
mod error;
pub mod history;
pub mod journal;
pub mod materials;
pub mod read;
pub mod recover;
pub mod settings;
pub mod state;

pub use error::Error;
