//! A master's disk to [`Gathered`](crate::inventory::assemble::Gathered): configuration, layout, files.

mod root;

pub use root::{Entry, Facts, Root, Trouble, shown};
