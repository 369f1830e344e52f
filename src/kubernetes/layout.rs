//! Layouts: which path is which role (`assets/layouts/`).
