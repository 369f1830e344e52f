//! The screen stack and the one update.
