//! What stands at the beginning: whether there is a PKI at all, and on what machine one looks.

use core::net::IpAddr;

use super::Inventory;

/// Whether a PKI is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Beginning {
    /// Something of a master is there: it is shown.
    #[default]
    Master,
    /// A worker: nothing but its kubelet's files.
    Worker,
    /// Nothing anywhere the layouts name, and all of it could be looked at.
    Nothing {
        /// Whether `/etc/kubernetes` is absent or empty: the setup may open by itself.
        untouched: bool,
    },
    /// Nothing was seen, and not everything could be looked at.
    Denied,
}

impl Inventory {
    /// Whether nothing of a PKI was found: no certificate, key, kubeconfig or request.
    pub fn is_bare(&self) -> bool {
        self.items.is_empty()
            && self.kubeconfigs.is_empty()
            && self.keys.is_empty()
            && self.requests.is_empty()
    }
}

/// The machine, as far as it offers answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Machine {
    /// Its name; empty where that is not known.
    pub name: String,
    /// Its addresses but loopback and link-local ones, that of the default route first.
    pub addresses: Vec<IpAddr>,
    /// The folder in which kubepki was started, absolute: archives are offered there.
    pub folder: String,
    /// The home folder of who runs it, absolute; empty where there is none: what is made for others
    /// is offered there.
    pub home: String,
}
