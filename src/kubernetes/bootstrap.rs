//! Bootstrap tokens and token files.
