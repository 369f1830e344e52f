//! The demo master.
