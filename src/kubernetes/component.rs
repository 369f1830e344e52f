//! The programs of Kubernetes that read a PKI: a closed set, and the order in which they are
//! restarted.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::distribution;

/// A program that is told which files of a PKI to read. Its word is its program's name, as in
/// flags, journals and JSON.
///
/// The order is the one in which they are restarted: whoever is asked comes before those who ask
/// it. etcd goes first, for the API server starts only where etcd answers; then the API server, for
/// all others are its clients; the kubelet after what it keeps as static pods, and kube-proxy, on
/// which nothing waits, last. Programs that nothing restarts by their own name follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The store of the API server.
    Etcd,
    /// The API server.
    KubeApiserver,
    /// The controller manager.
    KubeControllerManager,
    /// The scheduler.
    KubeScheduler,
    /// The node's agent.
    Kubelet,
    /// The node's proxy for Services.
    KubeProxy,
    /// A distribution's program that is all of them in one process, or starts them: one that a
    /// layout names ([`distribution::programs`]).
    Distribution(&'static str),
    /// The program of people, which reads its files whenever it is called.
    Kubectl,
    /// etcd's own, called as well.
    Etcdctl,
}

impl Component {
    /// Every one but the programs of distributions, in the order of restarts.
    pub const ALL: [Self; 8] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::KubeControllerManager,
        Self::KubeScheduler,
        Self::Kubelet,
        Self::KubeProxy,
        Self::Kubectl,
        Self::Etcdctl,
    ];

    /// Those of which it is known what runs and what it holds, in the order in which they are
    /// restarted.
    pub const RESTARTED: [Self; 6] = [
        Self::Etcd,
        Self::KubeApiserver,
        Self::KubeControllerManager,
        Self::KubeScheduler,
        Self::Kubelet,
        Self::KubeProxy,
    ];

    fn every() -> impl Iterator<Item = Self> {
        let of_distributions = distribution::programs()
            .iter()
            .map(|program| Self::Distribution(program));
        Self::ALL.into_iter().chain(of_distributions)
    }

    /// Its program's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::KubeApiserver => "kube-apiserver",
            Self::KubeControllerManager => "kube-controller-manager",
            Self::KubeScheduler => "kube-scheduler",
            Self::Kubelet => "kubelet",
            Self::KubeProxy => "kube-proxy",
            Self::Distribution(program) => program,
            Self::Kubectl => "kubectl",
            Self::Etcdctl => "etcdctl",
        }
    }

    /// The name without "kube-", as recipes name units and environment files.
    pub fn short_name(self) -> &'static str {
        let name = self.as_str();
        name.strip_prefix("kube-").unwrap_or(name)
    }

    /// Whether it reads its files each time it is called: nothing of it runs that would hold them.
    pub const fn is_called(self) -> bool {
        matches!(self, Self::Kubectl | Self::Etcdctl)
    }

    /// The one whose program has this name, a version behind it or not: "etcd-v3.5" is etcd. `None`
    /// too for what is only called: its command line says nothing of a master.
    pub fn of_program(name: &str) -> Option<Self> {
        let is_version = |rest: &str| {
            let version = rest
                .strip_prefix(['-', '_'])
                .map(|rest| rest.strip_prefix('v').unwrap_or(rest));
            version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
        };
        let is_named = |component: &Self| {
            name.strip_prefix(component.as_str())
                .is_some_and(|rest| rest.is_empty() || is_version(rest))
        };
        Self::every()
            .filter(|component| !component.is_called())
            .find(is_named)
    }

    /// The same for a name that may stand without "kube-", as "apiserver".
    pub fn of_short_name(name: &str) -> Option<Self> {
        Self::of_program(name).or_else(|| Self::of_program(&format!("kube-{name}")))
    }
}

/// Their names in this order, with `between` between them.
pub fn joined(components: impl IntoIterator<Item = Component>, between: &str) -> String {
    components
        .into_iter()
        .map(Component::as_str)
        .collect::<Vec<_>>()
        .join(between)
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A word that is no component's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no component of Kubernetes has this name")]
pub struct UnknownComponent;

impl FromStr for Component {
    type Err = UnknownComponent;

    fn from_str(word: &str) -> Result<Self, UnknownComponent> {
        Self::every()
            .find(|component| component.as_str() == word)
            .ok_or(UnknownComponent)
    }
}

impl Serialize for Component {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Component {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_everywhere() {
        for component in Component::every() {
            assert_eq!(component.as_str().parse(), Ok(component));
            assert_eq!(
                serde_json::to_string(&component).unwrap(),
                format!("\"{component}\"")
            );
            assert_eq!(
                serde_json::from_str::<Component>(&format!("\"{component}\"")).unwrap(),
                component
            );
        }
        for word in [
            "",
            "Etcd",
            "kubelet ",
            "kube_proxy",
            "apiserver",
            "kube-apiserver\u{1b}[2J",
        ] {
            assert_eq!(word.parse::<Component>(), Err(UnknownComponent), "{word:?}");
        }
    }

    #[test]
    fn the_order_is_that_of_restarts() {
        assert!(Component::ALL.is_sorted());
        assert!(Component::ALL.starts_with(&Component::RESTARTED));
        let before = |one: Component, other| {
            assert!(one < other, "{one} must be there before {other} begins");
        };
        before(Component::Etcd, Component::KubeApiserver);
        for client in &Component::RESTARTED[2..] {
            before(Component::KubeApiserver, *client);
        }
    }

    #[test]
    fn programs_have_versions_and_short_names() {
        for (name, program, short) in [
            (
                "kubelet",
                Some(Component::Kubelet),
                Some(Component::Kubelet),
            ),
            ("etcd-v3.5", Some(Component::Etcd), Some(Component::Etcd)),
            (
                "kube-controller-manager_1.9.2",
                Some(Component::KubeControllerManager),
                Some(Component::KubeControllerManager),
            ),
            ("apiserver", None, Some(Component::KubeApiserver)),
            ("proxy-1.2", None, Some(Component::KubeProxy)),
            ("etcd-backup", None, None),
            ("kubectl", None, None),
            (
                "k3s",
                Some(Component::Distribution("k3s")),
                Some(Component::Distribution("k3s")),
            ),
            ("", None, None),
        ] {
            assert_eq!(
                (Component::of_program(name), Component::of_short_name(name)),
                (program, short),
                "{name}"
            );
        }
        assert_eq!(
            Component::ALL.map(Component::short_name)[1..4],
            ["apiserver", "controller-manager", "scheduler"]
        );
    }
}
