//! One file, reduced to what it holds.
