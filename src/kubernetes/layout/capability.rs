//! What a distribution is beyond its paths: who keeps its components running, where its API server
//! listens, what its CAs sign, what else makes or keeps its certificates.

use serde::Deserialize;

use crate::kubernetes::port::API_PORT;

/// Who starts the components, and starts them again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeptBy {
    /// systemd, a unit for each component, where no static pod is seen.
    #[default]
    Units,
    /// The kubelet: those of the control plane and etcd are static pods where nothing says
    /// otherwise.
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

/// Where the API server listens while no flag says it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiServer {
    /// The port at which clients reach it; `None`: [`API_PORT`].
    port: Option<u16>,
    /// Its own port, on the loopback address, where the distribution itself answers on the other
    /// one with a certificate that it makes in memory, and passes on what it is asked.
    behind: Option<u16>,
}

impl ApiServer {
    /// The port at which clients reach it.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(API_PORT)
    }

    /// The port at which it listens itself.
    pub fn own_port(&self) -> u16 {
        self.behind.unwrap_or_else(|| self.port())
    }

    /// Whether the distribution itself answers where clients reach it.
    pub fn is_behind(&self) -> bool {
        self.behind.is_some()
    }
}

/// Which of its CAs signs what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authorities {
    /// Nothing is known of it: a role's issuer, as the role table has it, signs where it is here,
    /// and another one may.
    #[default]
    Unknown,
    /// One for each part, as kubeadm has them: what another one signed than the role's issuer is
    /// wrong.
    ForEachPart,
    /// One CA for everything, whatever a role's issuer is called.
    One,
    /// Others than kubeadm's, as one for servers and one for clients: a role's issuer says nothing.
    Others,
}

/// That the distribution signs its leaves itself when it starts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenewsItself {
    /// Where so many days or fewer are left.
    pub days_left: u32,
}

/// A file that holds the same certificates, and from which a program puts them back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlsoKept {
    /// Who keeps it, as "RKE".
    pub by: String,
    /// Its name.
    pub file: String,
    /// The command that puts them back.
    pub command: String,
}
