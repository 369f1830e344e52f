//! The components that run on this machine.

use std::path::Path;
use std::sync::Arc;

use time::OffsetDateTime;

use super::writer::{Account, Accounts};
use super::{Inventory, Unread};
use crate::kubernetes::flags::FlagFact;

/// A running component of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// As "kube-apiserver".
    pub component: Arc<str>,
    /// When it began, to the hundredth of a second.
    pub started_at: OffsetDateTime,
    /// Who starts it again when it ends.
    pub keeper: Keeper,
    /// What it was told on its command line, as it sees the paths itself.
    pub flags: Vec<FlagFact>,
}

/// What runs on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Running {
    /// The components that root has started, or that a unit or static pod keeps under its account.
    pub components: Vec<Process>,
    /// What processes say of themselves that nothing of root's confirms: anybody can start one under any name.
    pub claims: Vec<FlagFact>,
}

/// Who could have started a process, and chosen its flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starter {
    /// Root alone: what it says counts as what root's files say.
    Root,
    /// The account of a component, in the unit or static pod that runs it: it is the component, and what it says counts as
    /// far as root's files say the same.
    Account,
    /// Any user, or any pod.
    Anybody,
}

/// What the system says of a process, beside its command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Its real, effective, saved and file system user (proc_pid_status(5)).
    pub users: [u32; 4],
    /// Whether its program gives whoever starts it other rights (setuid, setgid): then root's number says nothing of who chose the
    /// flags. What cannot be seen counts as such.
    pub is_privileged_program: bool,
    /// Its control group (/proc/PID/cgroup).
    pub cgroup: &'a str,
    /// Who starts it again.
    pub keeper: &'a Keeper,
}

impl Origin<'_> {
    /// Who could have started it as `component`; `caller`: the user who runs kubepki.
    pub fn starter(&self, component: &str, accounts: &Accounts, caller: u32) -> Starter {
        let [user, ..] = self.users;
        let is_one = self.users.iter().all(|one| *one == user);
        let pod = pod_of(self.cgroup);
        let is_outside =
            pod == Pod::None && (!matches!(self.keeper, Keeper::Container(_)) || is_of_engine(self.cgroup));
        let is_ours = is_one && (user == 0 || user == caller) && !self.is_privileged_program;
        if is_ours && (is_outside || pod == Pod::Static) {
            return Starter::Root;
        }
        let keeps = |account: &Account| match (&account.unit, self.keeper) {
            (Some(unit), Keeper::Unit(name)) => **unit == **name,
            (None, _) => pod == Pod::Static,
            _ => false,
        };
        let is_account = |account: &Account| account.user == Some(user) && keeps(account);
        if is_one && accounts.of_component(component).any(is_account) { Starter::Account } else { Starter::Anybody }
    }
}

/// In which kind of pod a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pod {
    None,
    /// From a manifest on this machine.
    Static,
    /// Somebody has made it in the cluster.
    Other,
}

/// The kubelet gives a static pod the MD5 of its manifest, 32 digits, for a UID (pkg/kubelet/config/common.go,
/// applyDefaults); the API server gives every other one an UUID, whose dashes the control group's name keeps or writes
/// as underscores.
fn pod_of(cgroup: &str) -> Pod {
    let parts = || cgroup.lines().flat_map(|line| line.split(['/', ':']));
    if !parts().any(|part| part.starts_with("kubepods")) {
        return Pod::None;
    }
    let uid = |part: &'_ str| {
        let part = part.strip_suffix(".slice").unwrap_or(part);
        part.rsplit_once("pod").map(|(_, uid)| uid.to_owned())
    };
    let is_digest = |uid: &String| uid.len() == 32 && uid.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut uids = parts().filter(|part| part.starts_with("pod") || part.starts_with("kubepods-")).filter_map(uid);
    // Those of the classes of service end in "pods", or name the class alone.
    if uids.any(|uid| is_digest(&uid)) { Pod::Static } else { Pod::Other }
}

/// True for a container that an engine of this machine was asked for: whoever may ask it is root (docker, "Docker daemon
/// attack surface"). A runtime that pods come from as well proves nothing.
fn is_of_engine(cgroup: &str) -> bool {
    let paths = cgroup.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let of_engine = ["/docker/", "/system.slice/docker-", "/machine.slice/libpod-"];
    let mut containers = paths.filter(|path| *path != "/" && !path.is_empty()).peekable();
    containers.peek().is_some() && containers.any(|path| of_engine.iter().any(|prefix| path.starts_with(prefix)))
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
    /// Whether this is the component that `configured` describes (flags from files), and not another one of the same
    /// name on the machine: an etcd of a test, a node in a container. Addresses decide where both sides say some; then
    /// paths, of which one equal is enough: a unit may have changed since the process began. `None`: nothing can be
    /// compared, as with an etcd that is told everything by its environment.
    pub fn fits(&self, configured: &[FlagFact]) -> Option<bool> {
        let compared = |flags: &[&str]| {
            let own = self.flags.iter().filter(|fact| flags.contains(&fact.flag.as_str()));
            let pairs = own.flat_map(|own| {
                let is_same = |fact: &&FlagFact| {
                    *fact.component == *self.component && fact.flag == own.flag && !fact.file.starts_with("/proc/")
                };
                configured.iter().filter(is_same).map(|fact| fact.value == own.value)
            });
            pairs.reduce(|one, other| one || other)
        };
        compared(&ADDRESSES).or_else(|| compared(&PATHS))
    }
}

/// Folders of static pods where no kubelet says otherwise: kubeadm's, RKE2's.
pub const MANIFEST_FOLDERS: [&str; 2] = ["/etc/kubernetes/manifests", "/var/lib/rancher/rke2/agent/pod-manifests"];

/// The flags, and fields of its configuration, by which the kubelet is told the folder of static pods.
pub const MANIFEST_FLAGS: [&str; 2] = ["pod-manifest-path", "staticPodPath"];

/// Whether static pods' manifests could not be read: what `flags` say of a component may be another's then, as those of
/// a unit that nobody starts.
pub fn lacks_manifests(flags: &[FlagFact], unread: &[Unread]) -> bool {
    let told = flags.iter().filter(|fact| MANIFEST_FLAGS.contains(&fact.flag.as_str()));
    let told = told.map(|fact| fact.value.as_str()).filter(|folder| folder.starts_with('/'));
    let folders: Vec<&Path> = told.chain(MANIFEST_FOLDERS).map(Path::new).collect();
    let mut unread = unread.iter().map(|unread| Path::new(&unread.path));
    unread.any(|path| folders.iter().any(|folder| path.starts_with(folder) || folder.starts_with(path)))
}

/// The processes of `component`: those whose flags agree with the flags in `inventory`'s files, or, where there is none,
/// those of which nothing says the contrary, or, where its manifest could not be read, any. In k3s one process is all
/// components.
pub fn of_component<'a>(inventory: &Inventory, processes: &'a [Process], component: &str) -> Vec<&'a Process> {
    let of = |name: &str| -> Vec<&'a Process> {
        let certain = surely_of_component(inventory, processes, name);
        if !certain.is_empty() {
            return certain;
        }
        let all = || processes.iter().filter(|process| *process.component == *name);
        let likely: Vec<_> = all().filter(|process| process.fits(&inventory.flags).is_none()).collect();
        if likely.is_empty() && lacks_manifests(&inventory.flags, &inventory.unread) { all().collect() } else { likely }
    };
    let own = of(component);
    if own.is_empty() && inventory.layout == "k3s" { of("k3s") } else { own }
}

/// The processes of `component` whose flags agree with the flags in `inventory`'s files: what may be told to end.
pub fn surely_of_component<'a>(inventory: &Inventory, processes: &'a [Process], component: &str) -> Vec<&'a Process> {
    let own = processes.iter().filter(|process| *process.component == *component);
    own.filter(|process| process.fits(&inventory.flags) == Some(true)).collect()
}

/// The one of them that began first.
pub fn oldest<'a>(inventory: &Inventory, processes: &'a [Process], component: &str) -> Option<&'a Process> {
    of_component(inventory, processes, component).into_iter().min_by_key(|process| process.started_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINER: &str = "3f2a9c1e5b7d4860a1c2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738";

    #[test]
    fn only_root_and_accounts_in_their_places_start_components() {
        let digest = "5ef8b3b1c3ef6b1ac5d1b5bbd8e9e0a3";
        let fixed = |user, unit: Option<&str>| Account {
            component: Some("etcd".into()),
            unit: unit.map(Into::into),
            user: Some(user),
            group: None,
        };
        let accounts = Accounts { known: vec![fixed(998, Some("etcd.service")), fixed(65_001, None)] };
        let unit = |name: &str| Keeper::Unit(name.to_owned());
        let container = || Keeper::Container(CONTAINER.to_owned());
        let static_pod = format!("0::/kubepods/burstable/pod{digest}/{CONTAINER}\n");
        let static_slice = format!(
            "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{digest}.slice/crio-{CONTAINER}.scope\n"
        );
        let pod = format!("0::/kubepods/burstable/pod5ef8b3b1-c3ef-6b1a-c5d1-b5bbd8e9e0a3/{CONTAINER}\n");
        let slice = format!(
            "0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod5ef8b3b1_c3ef_6b1a_c5d1_b5bbd8e9e0a3.slice/\
             cri-containerd-{CONTAINER}.scope\n"
        );
        let docker = format!("0::/system.slice/docker-{CONTAINER}.scope\n");
        let old_docker = format!("2:cpu:/docker/{CONTAINER}\n1:name=systemd:/docker/{CONTAINER}\n0::/\n");
        let containerd = format!("0::/k8s.io/{CONTAINER}\n");
        for (users, is_privileged_program, cgroup, keeper, expected) in [
            ([0; 4], false, "0::/\n", Keeper::Unknown, Starter::Root),
            ([0; 4], false, "0::/system.slice/etcd.service\n", unit("etcd.service"), Starter::Root),
            ([0; 4], false, &*static_pod, container(), Starter::Root),
            ([0; 4], false, &*static_slice, container(), Starter::Root),
            ([0; 4], false, &*docker, container(), Starter::Root),
            ([0; 4], false, &*old_docker, container(), Starter::Root),
            ([7; 4], false, "0::/user.slice\n", Keeper::Unknown, Starter::Root),
            // A pod's root is the machine's where nothing else is said.
            ([0; 4], false, &*pod, container(), Starter::Anybody),
            ([0; 4], false, &*slice, container(), Starter::Anybody),
            ([0; 4], false, &*containerd, container(), Starter::Anybody),
            // sudo asks for a password under whatever name it was called.
            ([0; 4], true, "0::/\n", Keeper::Unknown, Starter::Anybody),
            ([1000, 0, 0, 0], false, "0::/\n", Keeper::Unknown, Starter::Anybody),
            ([1000; 4], false, "0::/\n", Keeper::Unknown, Starter::Anybody),
            ([998; 4], false, "0::/system.slice/etcd.service\n", unit("etcd.service"), Starter::Account),
            ([998; 4], false, "0::/system.slice/cron.service\n", unit("cron.service"), Starter::Anybody),
            ([998; 4], false, "0::/\n", Keeper::Unknown, Starter::Anybody),
            ([999; 4], false, "0::/system.slice/etcd.service\n", unit("etcd.service"), Starter::Anybody),
            ([65_001; 4], false, &*static_pod, container(), Starter::Account),
            ([65_001; 4], false, &*pod, container(), Starter::Anybody),
        ] {
            let origin = Origin { users, is_privileged_program, cgroup, keeper: &keeper };
            assert_eq!(origin.starter("etcd", &accounts, 7), expected, "{users:?} {cgroup} {keeper:?}");
        }
        let keeper = unit("etcd.service");
        let origin = Origin { users: [998; 4], is_privileged_program: false, cgroup: "", keeper: &keeper };
        assert_eq!(origin.starter("kube-apiserver", &accounts, 7), Starter::Anybody, "etcd's account is etcd's");
    }

    fn facts(component: &str, file: &str, flags: &str) -> Vec<FlagFact> {
        let fact = |flag: &str| {
            let (flag, value) = flag.split_once('=').unwrap_or((flag, ""));
            let (component, file) = (component.to_owned(), file.to_owned());
            FlagFact { component, flag: flag.to_owned(), value: value.to_owned(), file, line: 1 }
        };
        flags.split_whitespace().map(fact).collect()
    }

    fn process(pid: u32, component: &str, flags: &str) -> Process {
        Process {
            pid,
            component: component.into(),
            started_at: OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(pid.into()),
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
            let configured = facts("etcd", "/etc/kubernetes/manifests/etcd.yaml", configured);
            assert_eq!(process(7, "etcd", runs).fits(&configured), expected, "{configured:?} {runs}");
            assert_eq!(process(7, "kubelet", runs).fits(&configured), None, "another component: {runs}");
        }
        let own = facts("etcd", "/proc/9/cmdline", "cert-file=/b");
        assert_eq!(process(7, "etcd", "cert-file=/a").fits(&own), None, "what runs is no configuration");
    }

    #[test]
    fn what_tells_nothing_of_itself_is_the_component_only_where_no_other_is() {
        let flags = facts("etcd", "/etc/kubernetes/manifests/etcd.yaml", "data-dir=/d");
        let inventory = Inventory { flags, ..Inventory::default() };
        let (own, other, silent) =
            (process(5, "etcd", "data-dir=/d"), process(6, "etcd", "data-dir=/e"), process(7, "etcd", ""));
        for (processes, expected) in
            [(&[silent.clone(), own, other.clone()][..], &[5][..]), (&[silent, other.clone()], &[7]), (&[other], &[])]
        {
            let found: Vec<u32> = of_component(&inventory, processes, "etcd").iter().map(|one| one.pid).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn without_manifests_any_process_may_be_the_component() {
        let unread = |path: &str| vec![Unread { path: path.to_owned(), why: "permission denied".to_owned() }];
        // Debian's unit lies beside the static pod.
        let mut flags = facts("etcd", "/usr/lib/systemd/system/etcd.service", "data-dir=/var/lib/etcd/default");
        let runs = [process(5, "etcd", "data-dir=/var/lib/etcd")];
        let found = |flags: &[FlagFact], path: &str| {
            let inventory = Inventory { flags: flags.to_vec(), unread: unread(path), ..Inventory::default() };
            of_component(&inventory, &runs, "etcd").len()
        };
        for (path, expected) in
            [("/etc/kubernetes/manifests/etcd.yaml", 1), ("/etc/kubernetes", 1), ("/etc/kubernetes/admin.conf", 0)]
        {
            assert_eq!(found(&flags, path), expected, "{path}");
        }
        assert_eq!(found(&flags, "/srv/pods"), 0);
        flags.extend(facts("kubelet", "/var/lib/kubelet/config.yaml", "staticPodPath=/srv/pods"));
        assert_eq!(found(&flags, "/srv/pods"), 1);
    }

    #[test]
    fn the_oldest_that_fits_is_the_component() {
        let flags = facts("etcd", "/etc/etcd.conf", "data-dir=/d");
        let mut inventory = Inventory { flags, ..Inventory::default() };
        let processes =
            [process(3, "etcd", "data-dir=/e"), process(9, "etcd", "data-dir=/d"), process(5, "etcd", "data-dir=/d")];
        let found = |inventory: &Inventory, component| oldest(inventory, &processes, component).map(|found| found.pid);
        assert_eq!(found(&inventory, "etcd"), Some(5));
        assert_eq!(found(&inventory, "kubelet"), None);
        // One that says nothing counts only where no other does.
        let silent = [process(2, "etcd", ""), process(9, "etcd", "data-dir=/d")];
        assert_eq!(oldest(&inventory, &silent, "etcd").map(|found| found.pid), Some(9));
        assert_eq!(oldest(&inventory, &silent[..1], "etcd").map(|found| found.pid), Some(2));
        assert_eq!(surely_of_component(&inventory, &silent[..1], "etcd"), [&silent[0]; 0]);
        inventory.layout = "k3s".to_owned();
        let k3s = [process(4, "k3s", "")];
        assert_eq!(oldest(&inventory, &k3s, "kubelet").map(|found| found.pid), Some(4));
    }
}
