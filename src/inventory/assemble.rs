//! Files to inventory.
