//! Which of the processes of a name are the components of this master.

use std::path::Path;

use super::{ADDRESSES, PATHS, Process};
use crate::inventory::{Inventory, Unread};
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::layout::{KeptBy, manifest_folders};

/// The flags, and fields of its configuration, by which the kubelet is told the folder of static
/// pods.
pub const MANIFEST_FLAGS: [&str; 2] = ["pod-manifest-path", "staticPodPath"];

/// Whether static pods' manifests could not be read: what `flags` say of a component may be
/// another's then, as those of a unit that nobody starts.
pub fn lacks_manifests(flags: &[FlagFact], unread: &[Unread]) -> bool {
    let told = flags
        .iter()
        .filter(|fact| MANIFEST_FLAGS.contains(&fact.flag.as_str()));
    let told = told
        .map(|fact| fact.value.as_str())
        .filter(|folder| folder.starts_with('/'));
    let folders: Vec<&Path> = told
        .chain(manifest_folders().iter().map(String::as_str))
        .map(Path::new)
        .collect();
    let mut unread = unread.iter().map(|unread| Path::new(&unread.path));
    unread.any(|path| {
        folders
            .iter()
            .any(|folder| path.starts_with(folder) || folder.starts_with(path))
    })
}

/// The processes of `component`: those whose flags agree with the flags in `inventory`'s files, or,
/// where there is none, those of which nothing says the contrary, or, where its manifest could not
/// be read, any. In some distributions one process is all components.
pub fn of_component<'a>(
    inventory: &Inventory,
    processes: &'a [Process],
    component: Component,
) -> Vec<&'a Process> {
    let of = |name: Component| -> Vec<&'a Process> {
        let certain = surely_of_component(inventory, processes, name);
        if !certain.is_empty() {
            return certain;
        }
        let all = || processes.iter().filter(|process| process.component == name);
        let likely: Vec<_> = all()
            .filter(|process| process.fits(&inventory.flags).is_none())
            .collect();
        if likely.is_empty() && lacks_manifests(&inventory.flags, &inventory.unread) {
            all().collect()
        } else {
            likely
        }
    };
    let own = of(component);
    let layout = inventory.known_layout();
    match layout.keeper {
        KeptBy::Unit {
            one_process: true, ..
        } if own.is_empty() => {
            let programs = layout
                .programs
                .iter()
                .filter_map(|program| Component::of_program(program));
            programs.flat_map(of).collect()
        }
        _ => own,
    }
}

/// The processes of `component` whose flags agree with the flags in `inventory`'s files: what may
/// be told to end.
pub fn surely_of_component<'a>(
    inventory: &Inventory,
    processes: &'a [Process],
    component: Component,
) -> Vec<&'a Process> {
    let own = processes
        .iter()
        .filter(|process| process.component == component);
    own.filter(|process| process.fits(&inventory.flags) == Some(true))
        .collect()
}

/// The one of them that began first.
pub fn oldest<'a>(
    inventory: &Inventory,
    processes: &'a [Process],
    component: Component,
) -> Option<&'a Process> {
    of_component(inventory, processes, component)
        .into_iter()
        .min_by_key(|process| process.started_at)
}

/// The process whose start tells since when `component` runs: the oldest that surely is it, or,
/// where no file says by what it is told apart, the oldest of its name. `None`: none is seen, or
/// what is seen may be somebody's namesake.
pub fn telling<'a>(
    inventory: &Inventory,
    processes: &'a [Process],
    component: Component,
) -> Option<&'a Process> {
    let mut sure = surely_of_component(inventory, processes, component);
    if sure.is_empty() {
        let tells = |fact: &FlagFact| {
            let flag = fact.flag.as_str();
            let is_own = fact.component == component && !fact.file.starts_with("/proc/");
            is_own && (ADDRESSES.contains(&flag) || PATHS.contains(&flag))
        };
        sure = processes
            .iter()
            .filter(|process| process.component == component)
            .collect();
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
    use crate::inventory::process::tests::{facts, process};

    #[test]
    fn what_tells_nothing_of_itself_is_the_component_only_where_no_other_is() {
        let flags = facts(
            Component::Etcd,
            "/etc/kubernetes/manifests/etcd.yaml",
            "data-dir=/d",
        );
        let inventory = Inventory {
            flags,
            ..Inventory::default()
        };
        let (own, other, silent) = (
            process(5, Component::Etcd, "data-dir=/d"),
            process(6, Component::Etcd, "data-dir=/e"),
            process(7, Component::Etcd, ""),
        );
        for (processes, expected) in [
            (&[silent.clone(), own, other.clone()][..], &[5][..]),
            (&[silent, other.clone()], &[7]),
            (&[other], &[]),
        ] {
            let found: Vec<u32> = of_component(&inventory, processes, Component::Etcd)
                .iter()
                .map(|one| one.pid)
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn without_manifests_any_process_may_be_the_component() {
        let unread = |path: &str| {
            vec![Unread {
                path: path.to_owned(),
                why: Trouble::Denied.into(),
            }]
        };
        // Debian's unit lies beside the static pod.
        let mut flags = facts(
            Component::Etcd,
            "/usr/lib/systemd/system/etcd.service",
            "data-dir=/var/lib/etcd/default",
        );
        let runs = [process(5, Component::Etcd, "data-dir=/var/lib/etcd")];
        let found = |flags: &[FlagFact], path: &str| {
            let inventory = Inventory {
                flags: flags.to_vec(),
                unread: unread(path),
                ..Inventory::default()
            };
            of_component(&inventory, &runs, Component::Etcd).len()
        };
        for (path, expected) in [
            ("/etc/kubernetes/manifests/etcd.yaml", 1),
            ("/etc/kubernetes", 1),
            ("/etc/kubernetes/admin.conf", 0),
        ] {
            assert_eq!(found(&flags, path), expected, "{path}");
        }
        assert_eq!(found(&flags, "/srv/pods"), 0);
        flags.extend(facts(
            Component::Kubelet,
            "/var/lib/kubelet/config.yaml",
            "staticPodPath=/srv/pods",
        ));
        assert_eq!(found(&flags, "/srv/pods"), 1);
    }

    /// A master whose etcd has its data in /d, as a file says.
    fn configured() -> Inventory {
        Inventory {
            flags: facts(Component::Etcd, "/etc/etcd.conf", "data-dir=/d"),
            ..Inventory::default()
        }
    }

    /// Three, of which two fit.
    fn several() -> [Process; 3] {
        [(3, "data-dir=/e"), (9, "data-dir=/d"), (5, "data-dir=/d")]
            .map(|(pid, flags)| process(pid, Component::Etcd, flags))
    }

    #[test]
    fn the_oldest_that_fits_is_the_component() {
        let (inventory, processes) = (configured(), several());
        let found = |component| oldest(&inventory, &processes, component).map(|found| found.pid);
        assert_eq!(found(Component::Etcd), Some(5));
        assert_eq!(found(Component::Kubelet), None);
        // One that says nothing counts only where no other does.
        let silent = [
            process(2, Component::Etcd, ""),
            process(9, Component::Etcd, "data-dir=/d"),
        ];
        assert_eq!(
            oldest(&inventory, &silent, Component::Etcd).map(|found| found.pid),
            Some(9)
        );
        assert_eq!(
            oldest(&inventory, &silent[..1], Component::Etcd).map(|found| found.pid),
            Some(2)
        );
        assert_eq!(
            surely_of_component(&inventory, &silent[..1], Component::Etcd),
            [&silent[0]; 0]
        );
    }

    #[test]
    fn where_files_say_by_what_it_is_told_apart_a_stranger_tells_nothing() {
        let inventory = configured();
        let told = |inventory: &Inventory, processes: &[Process]| {
            telling(inventory, processes, Component::Etcd).map(|found| found.pid)
        };
        let strangers = [
            process(3, Component::Etcd, "data-dir=/e"),
            process(4, Component::Etcd, ""),
        ];
        assert_eq!(
            [told(&inventory, &several()), told(&inventory, &strangers)],
            [Some(5), None]
        );
        let bare = Inventory {
            flags: facts(Component::Etcd, "/proc/5/cmdline", "data-dir=/d"),
            ..Inventory::default()
        };
        assert_eq!(
            told(&bare, &strangers),
            Some(3),
            "which of them it is nothing says"
        );
        assert_eq!(
            told(&inventory, &[process(3, Component::Kubelet, "")]),
            None
        );
    }

    #[test]
    fn where_one_process_is_all_components_it_is_each_of_them() {
        let inventory = Inventory {
            layout: "k3s".to_owned(),
            ..configured()
        };
        let k3s = [process(4, Component::Distribution("k3s"), "")];
        for found in [oldest, telling] {
            assert_eq!(
                found(&inventory, &k3s, Component::Kubelet).map(|found| found.pid),
                Some(4)
            );
        }
    }
}
