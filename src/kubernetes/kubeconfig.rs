//! Kubeconfigs: contexts, users, clusters.
