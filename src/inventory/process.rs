//! The components that run on this machine.

mod own;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use own::{
    MANIFEST_FLAGS, lacks_manifests, of_component, oldest, surely_of_component, telling,
};

use crate::kubernetes::component::Component;
use crate::kubernetes::flags::FlagFact;

/// A running component of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Which it is.
    pub component: Component,
    /// When it began, to the hundredth of a second: never later than it was.
    pub started_at: OffsetDateTime,
    /// The same by the kernel's own clock, where it can be read.
    pub since_boot: Option<SinceBoot>,
    /// Who starts it again when it ends.
    pub keeper: Keeper,
    /// What it was told on its command line, as it sees the paths itself.
    pub flags: Vec<FlagFact>,
}

/// A moment by the clock that the kernel starts with the machine (CLOCK_BOOTTIME,
/// clock_gettime(2)): nobody sets it, so of two moments of one boot it tells the earlier whatever
/// was done to the date between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SinceBoot {
    /// Which start of the machine it was (/proc/sys/kernel/random/boot_id).
    pub boot: String,
    /// How long after it.
    pub milliseconds: u64,
}

impl SinceBoot {
    /// Whether it is surely later than `other`; `None`: they are of two boots, and this clock does
    /// not tell.
    pub fn is_after(&self, other: &Self) -> Option<bool> {
        (self.boot == other.boot).then_some(self.milliseconds > other.milliseconds)
    }
}

/// Who starts a process again when it ends, as its control group says (/proc/PID/cgroup).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// systemd: the unit, as "kube-apiserver.service".
    Unit(String),
    /// A container runtime: the container's id.
    Container(String),
    /// Nothing says so.
    Unknown,
}

/// Flags by which processes of one component are told apart, those that no mount of a container
/// changes first.
const ADDRESSES: [&str; 4] = [
    "listen-client-urls",
    "advertise-client-urls",
    "initial-advertise-peer-urls",
    "advertise-address",
];
const PATHS: [&str; 6] = [
    "kubeconfig",
    "config",
    "config-file",
    "tls-cert-file",
    "cert-file",
    "data-dir",
];

impl Process {
    /// Whether it is that very process, seen once more: numbers are given again.
    pub fn is_same(&self, other: &Self) -> bool {
        let began = self.since_boot.as_ref().zip(other.since_boot.as_ref());
        self.pid == other.pid && began.is_none_or(|(one, other)| one == other)
    }

    /// Whether this is the component that `configured` describes (flags from files), and not
    /// another one of the same name on the machine: an etcd of a test, a node in a container.
    /// Addresses decide where both sides say some; then paths, of which one equal is enough: a unit
    /// may have changed since the process began. `None`: nothing can be compared, as with an etcd
    /// that is told everything by its environment.
    pub fn fits(&self, configured: &[FlagFact]) -> Option<bool> {
        let compared = |flags: &[&str]| {
            let own = self
                .flags
                .iter()
                .filter(|fact| flags.contains(&fact.flag.as_str()));
            let pairs = own.flat_map(|own| {
                let is_same = |fact: &&FlagFact| {
                    fact.component == self.component
                        && fact.flag == own.flag
                        && !fact.file.starts_with("/proc/")
                };
                configured
                    .iter()
                    .filter(is_same)
                    .map(|fact| fact.value == own.value)
            });
            pairs.reduce(|one, other| one || other)
        };
        compared(&ADDRESSES).or_else(|| compared(&PATHS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn facts(component: Component, file: &str, flags: &str) -> Vec<FlagFact> {
        let fact = |flag: &str| {
            let (flag, value) = flag.split_once('=').unwrap_or((flag, ""));
            let file = file.to_owned();
            FlagFact {
                component,
                flag: flag.to_owned(),
                value: value.to_owned(),
                file,
                line: 1,
            }
        };
        flags.split_whitespace().map(fact).collect()
    }

    pub(super) fn process(pid: u32, component: Component, flags: &str) -> Process {
        Process {
            pid,
            component,
            started_at: OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(pid.into()),
            since_boot: None,
            keeper: Keeper::Unknown,
            flags: facts(component, "/proc/7/cmdline", flags),
        }
    }

    #[test]
    fn a_process_fits_its_own_flags() {
        for (configured, runs, expected) in [
            (
                "cert-file=/a listen-client-urls=u",
                "cert-file=/a listen-client-urls=u",
                Some(true),
            ),
            // Mounted under another path.
            (
                "cert-file=/host/a listen-client-urls=u",
                "cert-file=/a listen-client-urls=u",
                Some(true),
            ),
            // kind has the same paths.
            (
                "cert-file=/a advertise-client-urls=u",
                "cert-file=/a advertise-client-urls=v",
                Some(false),
            ),
            (
                "cert-file=/a data-dir=/d",
                "cert-file=/b data-dir=/e",
                Some(false),
            ),
            // The unit was changed and the process not started anew.
            (
                "cert-file=/new data-dir=/d",
                "cert-file=/old data-dir=/d",
                Some(true),
            ),
            ("cert-file=/a", "", None),
            ("", "cert-file=/a", None),
            ("name=x", "name=y", None),
        ] {
            let configured = facts(
                Component::Etcd,
                "/etc/kubernetes/manifests/etcd.yaml",
                configured,
            );
            assert_eq!(
                process(7, Component::Etcd, runs).fits(&configured),
                expected,
                "{configured:?} {runs}"
            );
            assert_eq!(
                process(7, Component::Kubelet, runs).fits(&configured),
                None,
                "another component: {runs}"
            );
        }
        let own = facts(Component::Etcd, "/proc/9/cmdline", "cert-file=/b");
        assert_eq!(
            process(7, Component::Etcd, "cert-file=/a").fits(&own),
            None,
            "what runs is no configuration"
        );
    }
}
