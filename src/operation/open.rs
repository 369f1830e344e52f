//! Opening a master.
