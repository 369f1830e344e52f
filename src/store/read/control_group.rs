//! What a process's control group says (cgroups(7)): who keeps it, and whether it is of another
//! node.

use crate::inventory::process::Keeper;

/// Who keeps a process of this control group. What it shares with kubepki itself keeps neither: a
/// session, or the container in which both run.
pub(super) fn keeper(cgroup: &str, own: &str) -> Keeper {
    let found = keepers(cgroup)
        .pop()
        .map_or(Keeper::Unknown, |(_, keeper)| keeper);
    let is_own = keepers(own).iter().any(|(_, keeper)| *keeper == found);
    if is_own { Keeper::Unknown } else { found }
}

/// True for what runs in a container that is a whole node of its own, such as kind's: there a unit,
/// or a second container, stands below the container. Not so where kubepki runs in there too.
pub(super) fn is_of_another_node(cgroup: &str, own: &str) -> bool {
    let keepers = keepers(cgroup);
    let outer = keepers
        .iter()
        .rev()
        .skip(1)
        .filter(|(_, keeper)| matches!(keeper, Keeper::Container(_)));
    outer.into_iter().any(|(segment, _)| !own.contains(segment))
}

/// The parts of the control group's path that say who keeps it, the outermost first. Of several
/// hierarchies (version 1) the one counts that ends in a container: some name only the unit of the
/// engine.
fn keepers(cgroup: &str) -> Vec<(&str, Keeper)> {
    let paths = cgroup.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    // The unit of a user's own systemd is none of the machine's.
    let paths = paths.filter(|path| !path.starts_with("/user.slice/"));
    let keepers = paths.map(|path| {
        path.split('/')
            .filter_map(|part| Some((part, keeper_of(part)?)))
            .collect()
    });
    let telling = |keepers: &Vec<(&str, Keeper)>| {
        (
            matches!(keepers.last(), Some((_, Keeper::Container(_)))),
            keepers.len(),
        )
    };
    keepers.max_by_key(telling).unwrap_or_default()
}

/// What one part of a control group's path names: `kubelet.service`; `cri-containerd-<id>.scope`,
/// `docker-<id>.scope`, `….slice:cri-containerd:<id>`, `<id>`.
fn keeper_of(part: &str) -> Option<Keeper> {
    if part.ends_with(".service") {
        return Some(Keeper::Unit(part.to_owned()));
    }
    let part = part.strip_suffix(".scope").unwrap_or(part);
    // What watches over a container stands beside it.
    if part.starts_with("crio-conmon-") || part.starts_with("libpod-conmon-") {
        return None;
    }
    let id = part.rsplit(['-', ':']).next()?;
    let is_id = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| Keeper::Container(id.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3f2a9c1e5b7d4860a1c2e3f405162738495a6b7c8d9eafb0c1d2e3f405162738";
    const OUTER: &str = "00aa9c1e5b7d4860a1c2e3f405162738495a6b7c8d9eafb0c1d2e3f4051627ff";

    /// As a kubepki that somebody runs in a session sees it.
    fn kept_by(cgroup: &str) -> Keeper {
        keeper(cgroup, "0::/user.slice/user-0.slice/session-1.scope\n")
    }

    fn unit(name: &str) -> Keeper {
        Keeper::Unit(name.to_owned())
    }

    #[test]
    fn control_groups_say_who_keeps_a_process() {
        for (cgroup, expected) in [
            (
                "0::/system.slice/kubelet.service\n",
                unit("kubelet.service"),
            ),
            (
                "4:memory:/system.slice/etcd.service\n1:name=systemd:/system.slice/etcd.service\n",
                unit("etcd.service"),
            ),
            (
                "4:memory:/system.slice/etcd.service\n",
                unit("etcd.service"),
            ),
            (
                "0::/user.slice/user-0.slice/user@0.service/app.slice/etcd.service\n",
                Keeper::Unknown,
            ),
            (
                "0::/user.slice/user-0.slice/session-3.scope\n",
                Keeper::Unknown,
            ),
            ("0::/\n", Keeper::Unknown),
            ("garbage\n::\n", Keeper::Unknown),
            ("", Keeper::Unknown),
        ] {
            assert_eq!(kept_by(cgroup), expected, "{cgroup}");
        }
    }

    #[test]
    fn a_container_is_known_by_its_id_however_its_runtime_writes_it() {
        for cgroup in [
            format!(
                "0::/kubepods.slice/kubepods-besteffort-pod1a.slice/cri-containerd-{ID}.scope\n"
            ),
            format!("0::/kubepods.slice/kubepods-pod1a.slice/crio-{ID}.scope\n"),
            format!("0::/system.slice/docker-{ID}.scope\n"),
            format!(
                "0::/system.slice/containerd.service/kubepods-burstable-pod1a.slice:cri-containerd:{ID}\n"
            ),
            format!(
                "12:pids:/docker/{ID}\n1:name=systemd:/docker/{ID}\n0::/system.slice/containerd.service\n"
            ),
            format!(
                "12:pids:/kubepods/burstable/pod1a/{ID}\n1:name=systemd:/kubepods/burstable/pod1a/{ID}\n0::/\n"
            ),
        ] {
            assert_eq!(
                kept_by(&cgroup),
                Keeper::Container(ID.to_owned()),
                "{cgroup}"
            );
        }
        let watcher = format!("0::/kubepods.slice/kubepods-pod1a.slice/crio-conmon-{ID}.scope\n");
        assert_eq!(kept_by(&watcher), Keeper::Unknown);
    }

    #[test]
    fn what_kubepki_shares_keeps_nothing() {
        for own in [
            format!("0::/docker/{ID}\n"),
            "0::/system.slice/ssh.service\n".to_owned(),
        ] {
            assert_eq!(keeper(&own, &own), Keeper::Unknown);
        }
    }

    #[test]
    fn a_node_in_a_container_is_another_one() {
        let outer = format!("docker-{OUTER}.scope");
        let inside = |path: &str| format!("0::/system.slice/{outer}/{path}\n");
        let here = "0::/user.slice/user-0.slice/session-1.scope\n".to_owned();
        for (cgroup, own, expected) in [
            (inside("kubelet.slice/kubelet.service"), &here, true),
            (
                inside(&format!(
                    "kubelet.slice/kubelet-kubepods.slice/cri-containerd-{ID}.scope"
                )),
                &here,
                true,
            ),
            (
                inside("kubelet.slice/kubelet.service"),
                &inside("system.slice/ssh.service"),
                false,
            ),
            (inside(""), &here, false),
            (
                format!("0::/system.slice/containerd.service/a.slice:cri-containerd:{ID}\n"),
                &here,
                false,
            ),
            (
                "0::/system.slice/kubelet.service\n".to_owned(),
                &here,
                false,
            ),
        ] {
            assert_eq!(is_of_another_node(&cgroup, own), expected, "{cgroup}");
        }
    }
}
