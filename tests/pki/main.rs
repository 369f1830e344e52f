//! X.509 itself: what is parsed, made and judged, with openssl and certtool as judges.

mod chain;
mod corpus;
mod interop_encrypted_keys;
mod interop_issue;
mod interop_keys;
mod interop_openssl_text;
mod interop_requests;
mod properties;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "each of these programs uses a part of it")]
mod support;
#[path = "../../fuzz/src/lib.rs"]
pub mod targets;
mod tree_masters;
mod tree_openssl;
mod trust;
