//! Issuing: self-signed authorities, leafs, requests; after each signature what was asked is compared with what came.
