//! What a distribution is beyond its paths: who keeps its components running.

use serde::Deserialize;

/// Who starts the components, and starts them again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeptBy {
    /// systemd, a unit for each component, where no static pod is seen.
    #[default]
    Units,
    /// The kubelet: those of the control plane and etcd are static pods where nothing says otherwise.
    StaticPods,
    /// Docker: each component is a container of its own name.
    Docker,
    /// systemd, one unit for all of them.
    Unit {
        /// As "rke2-server".
        name: String,
        /// Whether one process is all components: one of [`super::Layout::programs`].
        #[serde(default)]
        one_process: bool,
    },
}
