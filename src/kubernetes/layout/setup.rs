//! What a setup makes at the places of a layout, as `assets/layouts/` says it. A layout without
//! such facts cannot be set up.

use serde::Deserialize;

use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::component::Component;

/// What holds for a layout as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayoutSetup {
    /// The folder of certificates that may lie elsewhere (kubeadm's certificatesDir); `None`: none
    /// may.
    #[serde(default)]
    pub certificates_directory: Option<String>,
    /// What [`BootstrapIdentity::Usual`] means.
    pub bootstrap: BootstrapIdentity,
    /// How its components are started.
    pub starts: Starts,
    /// Whether subjects have more than CN and O: C, ST, L, O and OU are asked for.
    #[serde(default)]
    pub subject: bool,
    /// The kubelet's `--cert-dir`; `None`: its own.
    #[serde(default)]
    pub kubelet_directory: Option<String>,
    /// What is said to who chooses it, a line each.
    pub words: Vec<String>,
}

/// How components are started, and where they are told their flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Starts {
    /// kubeadm does both; machines join by it.
    Kubeadm,
    /// By hand: units of systemd that hold the flags, etcd with a file of variables.
    Units,
    /// By hand: units that read a file of variables for each component.
    EnvironmentFiles,
}

impl LayoutSetup {
    /// The path where certificates lie in `folder`; `None`: in the layout's own.
    pub fn moved(&self, path: &str, folder: Option<&str>) -> String {
        let usual = self.certificates_directory.as_deref();
        let rest = usual
            .and_then(|usual| path.strip_prefix(usual))
            .filter(|rest| rest.starts_with('/'));
        match (folder, rest) {
            (Some(folder), Some(rest)) => format!("{}{rest}", folder.trim_end_matches('/')),
            _ => path.to_owned(),
        }
    }
}

/// What a setup makes at a place.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceSetup {
    /// The machines that get it.
    pub on: Vec<Machine>,
    /// Whether all of them get the very same.
    #[serde(default)]
    pub once: bool,
    /// How the thing is called that has no role.
    pub name: Option<String>,
    /// The options without which it is not made.
    pub only_with: Option<Extra>,
    /// The releases in which it is made, as the role table says them.
    #[serde(default = "all")]
    pub releases: String,
    /// Permission bits; `None`: the usual ones of its kind.
    pub mode: Option<u32>,
    /// CN, where it is not the role's.
    pub common_name: Option<String>,
    /// O values, where they are not the role's.
    pub organizations: Option<Vec<String>>,
    /// Whether all addresses of the machine are among its names, not only the one that it
    /// advertises.
    #[serde(default)]
    pub every_address: bool,
    /// The context of a kubeconfig; `None`: kubeadm's `<user>@<cluster>`.
    pub context: Option<String>,
    /// Whose flags variables hold; `None`: what all have in common.
    pub component: Option<Component>,
}

fn all() -> String {
    "all".to_owned()
}

/// Which machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Machine {
    /// The first control plane node.
    FirstMaster,
    /// Every control plane node.
    Master,
    /// Every member of an etcd that is not somebody else's.
    Etcd,
    /// Every machine for pods.
    Worker,
    /// Every machine for pods that is no control plane node.
    WorkerOnly,
}

/// What is made only where somebody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extra {
    /// A CA of etcd's members for each other.
    PeerAuthority,
    /// CAs that a root signs.
    IntermediateAuthorities,
}
