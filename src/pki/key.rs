//! Private and public keys: made, read and written as Kubernetes expects them.
