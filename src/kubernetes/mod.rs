//! What Kubernetes makes of X.509: roles, layouts, flags, kubeconfigs, requests, tokens.

pub mod address;
pub mod bootstrap;
pub mod cfssl;
pub mod component;
pub mod controller_signer;
pub mod distribution;
pub mod flags;
pub mod ingress;
pub mod kubeconfig;
pub mod kubectl;
pub mod layout;
pub mod nodes;
pub mod port;
pub mod privileged;
pub mod release;
pub mod role;
pub mod signing_request;
pub mod yaml;
