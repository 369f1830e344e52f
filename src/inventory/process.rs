//! The components that run on this machine.

use std::path::Path;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Inventory, Unread};
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::layout::{KeptBy, manifest_folders};

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

/// A moment by the clock that the kernel starts with the machine (CLOCK_BOOTTIME, clock_gettime(2)): nobody sets it, so of
/// two moments of one boot it tells the earlier whatever was done to the date between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SinceBoot {
    /// Which start of the machine it was (/proc/sys/kernel/random/boot_id).
    pub boot: String,
    /// How long after it.
    pub milliseconds: u64,
}

impl SinceBoot {
    /// Whether it is surely later than `other`; `None`: they are of two boots, and this clock does not tell.
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

/// Flags by which processes of one component are told apart, those that no mount of a container changes first.
const ADDRESSES: [&str; 4] =
    ["listen-client-urls", "advertise-client-urls", "initial-advertise-peer-urls", "advertise-address"];
const PATHS: [&str; 6] = ["kubeconfig", "config", "config-file", "tls-cert-file", "cert-file", "data-dir"];

impl Process {
    /// Whether it is that very process, seen once more: numbers are given again.
    pub fn is_same(&self, other: &Self) -> bool {
        let began = self.since_boot.as_ref().zip(other.since_boot.as_ref());
        self.pid == other.pid && began.is_none_or(|(one, other)| one == other)
    }

    /// Whether this is the component that `configured` describes (flags from files), and not another one of the same
    /// name on the machine: an etcd of a test, a node in a container. Addresses decide where both sides say some; then
    /// paths, of which one equal is enough: a unit may have changed since the process began. `None`: nothing can be
    /// compared, as with an etcd that is told everything by its environment.
    pub fn fits(&self, configured: &[FlagFact]) -> Option<bool> {
        let compared = |flags: &[&str]| {
            let own = self.flags.iter().filter(|fact| flags.contains(&fact.flag.as_str()));
            let pairs = own.flat_map(|own| {
                let is_same = |fact: &&FlagFact| {
                    fact.component == self.component && fact.flag == own.flag && !fact.file.starts_with("/proc/")
                };
                configured.iter().filter(is_same).map(|fact| fact.value == own.value)
            });
            pairs.reduce(|one, other| one || other)
        };
        compared(&ADDRESSES).or_else(|| compared(&PATHS))
    }
}

/// The flags, and fields of its configuration, by which the kubelet is told the folder of static pods.
pub const MANIFEST_FLAGS: [&str; 2] = ["pod-manifest-path", "staticPodPath"];

/// Whether static pods' manifests could not be read: what `flags` say of a component may be another's then, as those of
/// a unit that nobody starts.
pub fn lacks_manifests(flags: &[FlagFact], unread: &[Unread]) -> bool {
    let told = flags.iter().filter(|fact| MANIFEST_FLAGS.contains(&fact.flag.as_str()));
    let told = told.map(|fact| fact.value.as_str()).filter(|folder| folder.starts_with('/'));
    let folders: Vec<&Path> = told.chain(manifest_folders().iter().map(String::as_str)).map(Path::new).collect();
    let mut unread = unread.iter().map(|unread| Path::new(&unread.path));
    unread.any(|path| folders.iter().any(|folder| path.starts_with(folder) || folder.starts_with(path)))
}

/// The processes of `component`: those whose flags agree with the flags in `inventory`'s files, or, where there is none,
/// those of which nothing says the contrary, or, where its manifest could not be read, any. In some distributions one
/// process is all components.
pub fn of_component<'a>(inventory: &Inventory, processes: &'a [Process], component: Component) -> Vec<&'a Process> {
    let of = |name: Component| -> Vec<&'a Process> {
        let certain = surely_of_component(inventory, processes, name);
        if !certain.is_empty() {
            return certain;
        }
        let all = || processes.iter().filter(|process| process.component == name);
        let likely: Vec<_> = all().filter(|process| process.fits(&inventory.flags).is_none()).collect();
        if likely.is_empty() && lacks_manifests(&inventory.flags, &inventory.unread) { all().collect() } else { likely }
    };
    let own = of(component);
    let layout = inventory.known_layout();
    match layout.keeper {
        KeptBy::Unit { one_process: true, .. } if own.is_empty() => {
            let programs = layout.programs.iter().filter_map(|program| Component::of_program(program));
            programs.flat_map(of).collect()
        }
        _ => own,
    }
}

/// The processes of `component` whose flags agree with the flags in `inventory`'s files: what may be told to end.
pub fn surely_of_component<'a>(
    inventory: &Inventory,
    processes: &'a [Process],
    component: Component,
) -> Vec<&'a Process> {
    let own = processes.iter().filter(|process| process.component == component);
    own.filter(|process| process.fits(&inventory.flags) == Some(true)).collect()
}

/// The one of them that began first.
pub fn oldest<'a>(inventory: &Inventory, processes: &'a [Process], component: Component) -> Option<&'a Process> {
    of_component(inventory, processes, component).into_iter().min_by_key(|process| process.started_at)
}

/// The process whose start tells since when `component` runs: the oldest that surely is it, or, where no file says by what
/// it is told apart, the oldest of its name. `None`: none is seen, or what is seen may be somebody's namesake.
pub fn telling<'a>(inventory: &Inventory, processes: &'a [Process], component: Component) -> Option<&'a Process> {
    let mut sure = surely_of_component(inventory, processes, component);
    if sure.is_empty() {
        let tells = |fact: &FlagFact| {
            let flag = fact.flag.as_str();
            let is_own = fact.component == component && !fact.file.starts_with("/proc/");
            is_own && (ADDRESSES.contains(&flag) || PATHS.contains(&flag))
        };
        sure = processes.iter().filter(|process| process.component == component).collect();
        if sure.is_empty() {
            return oldest(inventory, processes, component);
        }
        sure.retain(|_| !inventory.flags.iter().any(tells));
    }
    sure.into_iter().min_by_key(|process| process.started_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Trouble;

    fn facts(component: Component, file: &str, flags: &str) -> Vec<FlagFact> {
        let fact = |flag: &str| {
            let (flag, value) = flag.split_once('=').unwrap_or((flag, ""));
            let file = file.to_owned();
            FlagFact { component, flag: flag.to_owned(), value: value.to_owned(), file, line: 1 }
        };
        flags.split_whitespace().map(fact).collect()
    }

    fn process(pid: u32, component: Component, flags: &str) -> Process {
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
            ("cert-file=/a listen-client-urls=u", "cert-file=/a listen-client-urls=u", Some(true)),
            // Mounted under another path.
            ("cert-file=/host/a listen-client-urls=u", "cert-file=/a listen-client-urls=u", Some(true)),
            // kind has the same paths.
            ("cert-file=/a advertise-client-urls=u", "cert-file=/a advertise-client-urls=v", Some(false)),
            ("cert-file=/a data-dir=/d", "cert-file=/b data-dir=/e", Some(false)),
            // The unit was changed and the process not started anew.
            ("cert-file=/new data-dir=/d", "cert-file=/old data-dir=/d", Some(true)),
            ("cert-file=/a", "", None),
            ("", "cert-file=/a", None),
            ("name=x", "name=y", None),
        ] {
            let configured = facts(Component::Etcd, "/etc/kubernetes/manifests/etcd.yaml", configured);
            assert_eq!(process(7, Component::Etcd, runs).fits(&configured), expected, "{configured:?} {runs}");
            assert_eq!(process(7, Component::Kubelet, runs).fits(&configured), None, "another component: {runs}");
        }
        let own = facts(Component::Etcd, "/proc/9/cmdline", "cert-file=/b");
        assert_eq!(process(7, Component::Etcd, "cert-file=/a").fits(&own), None, "what runs is no configuration");
    }

    #[test]
    fn what_tells_nothing_of_itself_is_the_component_only_where_no_other_is() {
        let flags = facts(Component::Etcd, "/etc/kubernetes/manifests/etcd.yaml", "data-dir=/d");
        let inventory = Inventory { flags, ..Inventory::default() };
        let (own, other, silent) = (
            process(5, Component::Etcd, "data-dir=/d"),
            process(6, Component::Etcd, "data-dir=/e"),
            process(7, Component::Etcd, ""),
        );
        for (processes, expected) in
            [(&[silent.clone(), own, other.clone()][..], &[5][..]), (&[silent, other.clone()], &[7]), (&[other], &[])]
        {
            let found: Vec<u32> =
                of_component(&inventory, processes, Component::Etcd).iter().map(|one| one.pid).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn without_manifests_any_process_may_be_the_component() {
        let unread = |path: &str| vec![Unread { path: path.to_owned(), why: Trouble::Denied.into() }];
        // Debian's unit lies beside the static pod.
        let mut flags =
            facts(Component::Etcd, "/usr/lib/systemd/system/etcd.service", "data-dir=/var/lib/etcd/default");
        let runs = [process(5, Component::Etcd, "data-dir=/var/lib/etcd")];
        let found = |flags: &[FlagFact], path: &str| {
            let inventory = Inventory { flags: flags.to_vec(), unread: unread(path), ..Inventory::default() };
            of_component(&inventory, &runs, Component::Etcd).len()
        };
        for (path, expected) in
            [("/etc/kubernetes/manifests/etcd.yaml", 1), ("/etc/kubernetes", 1), ("/etc/kubernetes/admin.conf", 0)]
        {
            assert_eq!(found(&flags, path), expected, "{path}");
        }
        assert_eq!(found(&flags, "/srv/pods"), 0);
        flags.extend(facts(Component::Kubelet, "/var/lib/kubelet/config.yaml", "staticPodPath=/srv/pods"));
        assert_eq!(found(&flags, "/srv/pods"), 1);
    }

    #[test]
    fn the_oldest_that_fits_is_the_component() {
        let flags = facts(Component::Etcd, "/etc/etcd.conf", "data-dir=/d");
        let mut inventory = Inventory { flags, ..Inventory::default() };
        let processes = [
            process(3, Component::Etcd, "data-dir=/e"),
            process(9, Component::Etcd, "data-dir=/d"),
            process(5, Component::Etcd, "data-dir=/d"),
        ];
        let found = |inventory: &Inventory, component| oldest(inventory, &processes, component).map(|found| found.pid);
        assert_eq!(found(&inventory, Component::Etcd), Some(5));
        assert_eq!(found(&inventory, Component::Kubelet), None);
        // One that says nothing counts only where no other does.
        let silent = [process(2, Component::Etcd, ""), process(9, Component::Etcd, "data-dir=/d")];
        assert_eq!(oldest(&inventory, &silent, Component::Etcd).map(|found| found.pid), Some(9));
        assert_eq!(oldest(&inventory, &silent[..1], Component::Etcd).map(|found| found.pid), Some(2));
        assert_eq!(surely_of_component(&inventory, &silent[..1], Component::Etcd), [&silent[0]; 0]);
        // Where files say by what it is told apart, one that tells nothing, or another thing, may be anybody's.
        let told = |inventory: &Inventory, processes: &[Process]| {
            telling(inventory, processes, Component::Etcd).map(|found| found.pid)
        };
        let strangers = [process(3, Component::Etcd, "data-dir=/e"), process(4, Component::Etcd, "")];
        assert_eq!([told(&inventory, &processes), told(&inventory, &strangers)], [Some(5), None]);
        let bare =
            Inventory { flags: facts(Component::Etcd, "/proc/5/cmdline", "data-dir=/d"), ..Inventory::default() };
        assert_eq!(told(&bare, &strangers), Some(3), "which of them it is nothing says");
        assert_eq!(told(&inventory, &[process(3, Component::Kubelet, "")]), None);
        inventory.layout = "k3s".to_owned();
        let k3s = [process(4, Component::Distribution("k3s"), "")];
        for found in [oldest, telling] {
            assert_eq!(found(&inventory, &k3s, Component::Kubelet).map(|found| found.pid), Some(4));
        }
    }
}
