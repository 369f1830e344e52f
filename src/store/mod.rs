//! The disk.

pub mod apply;
pub mod approval;
pub mod clusters;
pub mod decisions;
mod error;
mod file;
mod folder;
pub mod guarded;
pub mod history;
pub mod journal;
pub mod kept;
pub mod ledger;
mod lock;
pub mod materials;
mod path_state;
mod places;
pub mod read;
pub mod recover;
pub mod requests;
pub mod settings;
pub mod state;
pub mod survey;
pub mod users;

pub use error::StoreError;
