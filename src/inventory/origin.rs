//! Who could have started a process: anybody can give one a component's name, and flags of his own.

use super::process::{Keeper, Process};
use super::writer::{Account, Accounts};
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::FlagFact;

/// What runs on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Running {
    /// The components that root has started, or that a unit or static pod keeps under its account.
    pub components: Vec<Process>,
    /// What processes say of themselves that nothing of root's confirms: anybody can start one
    /// under any name.
    pub claims: Vec<FlagFact>,
}

/// Who could have started a process, and chosen its flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starter {
    /// Root alone: what it says counts as what root's files say.
    Root,
    /// The account of a component, in the unit or static pod that runs it: it is the component, and
    /// what it says counts as far as root's files say the same.
    Account,
    /// Any user, or any pod.
    Anybody,
}

/// What the system says of a process, beside its command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Its real, effective, saved and file system user (proc_pid_status(5)).
    pub users: [u32; 4],
    /// Whether its program gives whoever starts it other rights (setuid, setgid): then root's
    /// number says nothing of who chose the flags. What cannot be seen counts as such.
    pub is_privileged_program: bool,
    /// Its control group (/proc/PID/cgroup).
    pub cgroup: &'a str,
    /// Who starts it again.
    pub keeper: &'a Keeper,
}

impl Origin<'_> {
    /// Who could have started it as `component`; `caller`: the user who runs kubepki.
    pub fn starter(&self, component: Component, accounts: &Accounts, caller: u32) -> Starter {
        let [user, ..] = self.users;
        let is_one = self.users.iter().all(|one| *one == user);
        let pod = pod_of(self.cgroup);
        let is_outside = pod == Pod::None
            && (!matches!(self.keeper, Keeper::Container(_)) || is_of_engine(self.cgroup));
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
        if is_one && accounts.of_component(component).any(is_account) {
            Starter::Account
        } else {
            Starter::Anybody
        }
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

/// The kubelet gives a static pod the MD5 of its manifest, 32 digits, for a UID
/// (pkg/kubelet/config/common.go, applyDefaults); the API server gives every other one an UUID,
/// whose dashes the control group's name keeps or writes as underscores.
fn pod_of(cgroup: &str) -> Pod {
    let parts = || cgroup.lines().flat_map(|line| line.split(['/', ':']));
    if !parts().any(|part| part.starts_with("kubepods")) {
        return Pod::None;
    }
    let uid = |part: &'_ str| {
        let part = part.strip_suffix(".slice").unwrap_or(part);
        part.rsplit_once("pod").map(|(_, uid)| uid.to_owned())
    };
    let is_hex = |uid: &str| uid.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_uid =
        |uid: &String| matches!(uid.len(), 32 | 36) && is_hex(&uid.replace(['-', '_'], ""));
    // The outermost counts: a pod may make groups below its own, and name them as it likes.
    let mut uids = parts()
        .filter(|part| part.starts_with("pod") || part.starts_with("kubepods-"))
        .filter_map(uid);
    if uids
        .find(is_uid)
        .is_some_and(|uid| uid.len() == 32 && is_hex(&uid))
    {
        Pod::Static
    } else {
        Pod::Other
    }
}

/// True for a container that an engine of this machine was asked for: whoever may ask it is root
/// (docker, "Docker daemon attack surface"). A runtime that pods come from as well proves nothing.
fn is_of_engine(cgroup: &str) -> bool {
    let paths = cgroup.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let of_engine = [
        "/docker/",
        "/system.slice/docker-",
        "/machine.slice/libpod-",
    ];
    let mut containers = paths
        .filter(|path| *path != "/" && !path.is_empty())
        .peekable();
    containers.peek().is_some()
        && containers.any(|path| of_engine.iter().any(|prefix| path.starts_with(prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINER: &str = "3f2a9c1e5b7d4860a1c2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738";

    /// The UID of a static pod, and one that the API server gave.
    const DIGEST: &str = "5ef8b3b1c3ef6b1ac5d1b5bbd8e9e0a3";
    const UUID: &str = "5ef8b3b1-c3ef-6b1a-c5d1-b5bbd8e9e0a3";

    /// etcd runs under 998 in its unit, and under 65001 in a static pod.
    fn accounts() -> Accounts {
        let fixed = |user, unit: Option<&str>| Account {
            component: Some(Component::Etcd),
            unit: unit.map(Into::into),
            user: Some(user),
            group: None,
        };
        Accounts {
            known: vec![fixed(998, Some("etcd.service")), fixed(65_001, None)],
        }
    }

    fn unit(name: &str) -> Keeper {
        Keeper::Unit(name.to_owned())
    }

    fn static_pod() -> String {
        format!("0::/kubepods/burstable/pod{DIGEST}/{CONTAINER}\n")
    }

    fn pod() -> String {
        format!("0::/kubepods/burstable/pod{UUID}/{CONTAINER}\n")
    }

    /// Who could have started such a process as `component`, for the user 7.
    fn started(component: Component, users: [u32; 4], cgroup: &str, keeper: &Keeper) -> Starter {
        let origin = Origin {
            users,
            is_privileged_program: false,
            cgroup,
            keeper,
        };
        origin.starter(component, &accounts(), 7)
    }

    #[test]
    fn only_root_and_accounts_in_their_places_start_components() {
        let none = Keeper::Unknown;
        let (etcd, cron) = (
            "0::/system.slice/etcd.service\n",
            "0::/system.slice/cron.service\n",
        );
        for (users, cgroup, keeper, expected) in [
            ([0; 4], "0::/\n", &none, Starter::Root),
            ([0; 4], etcd, &unit("etcd.service"), Starter::Root),
            ([7; 4], "0::/user.slice\n", &none, Starter::Root),
            ([1000, 0, 0, 0], "0::/\n", &none, Starter::Anybody),
            ([1000; 4], "0::/\n", &none, Starter::Anybody),
            ([998; 4], etcd, &unit("etcd.service"), Starter::Account),
            ([998; 4], cron, &unit("cron.service"), Starter::Anybody),
            ([998; 4], "0::/\n", &none, Starter::Anybody),
            ([999; 4], etcd, &unit("etcd.service"), Starter::Anybody),
        ] {
            assert_eq!(
                started(Component::Etcd, users, cgroup, keeper),
                expected,
                "{users:?} {cgroup} {keeper:?}"
            );
        }
        let as_another = started(
            Component::KubeApiserver,
            [998; 4],
            "",
            &unit("etcd.service"),
        );
        assert_eq!(as_another, Starter::Anybody, "etcd's account is etcd's");
    }

    #[test]
    fn a_privileged_program_says_nothing_of_who_started_it() {
        // sudo asks for a password under whatever name it was called.
        let origin = Origin {
            users: [0; 4],
            is_privileged_program: true,
            cgroup: "0::/\n",
            keeper: &Keeper::Unknown,
        };
        assert_eq!(
            origin.starter(Component::Etcd, &accounts(), 7),
            Starter::Anybody
        );
    }

    #[test]
    fn containers_of_static_pods_and_of_an_engine_are_roots() {
        let keeper = Keeper::Container(CONTAINER.to_owned());
        let burstable = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable";
        for cgroup in [
            static_pod(),
            format!("0::{burstable}-pod{DIGEST}.slice/crio-{CONTAINER}.scope\n"),
            format!("0::/system.slice/docker-{CONTAINER}.scope\n"),
            format!("2:cpu:/docker/{CONTAINER}\n1:name=systemd:/docker/{CONTAINER}\n0::/\n"),
        ] {
            assert_eq!(
                started(Component::Etcd, [0; 4], &cgroup, &keeper),
                Starter::Root,
                "{cgroup}"
            );
        }
        assert_eq!(
            started(Component::Etcd, [65_001; 4], &static_pod(), &keeper),
            Starter::Account
        );
    }

    #[test]
    fn containers_of_other_pods_are_anybodys() {
        // A pod's root is the machine's where nothing else is said.
        let keeper = Keeper::Container(CONTAINER.to_owned());
        let best_effort = "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort";
        let underscored = UUID.replace('-', "_");
        for cgroup in [
            pod(),
            format!("0::{best_effort}-pod{underscored}.slice/cri-containerd-{CONTAINER}.scope\n"),
            format!("0::/k8s.io/{CONTAINER}\n"),
            format!("0::/kubepods/burstable/pod{UUID}/{CONTAINER}/pod{DIGEST}/{CONTAINER}\n"),
        ] {
            assert_eq!(
                started(Component::Etcd, [0; 4], &cgroup, &keeper),
                Starter::Anybody,
                "{cgroup}"
            );
        }
        assert_eq!(
            started(Component::Etcd, [65_001; 4], &pod(), &keeper),
            Starter::Anybody
        );
    }
}
