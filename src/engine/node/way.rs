//! Which way a restart takes, of those that this machine has.

use std::path::PathBuf;

use crate::inventory::Inventory;
use crate::inventory::process::{Process, of_component, surely_of_component};
use crate::kubernetes::component::Component;
use crate::plan::restart::RestartTarget;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RestartMethod {
    /// The containers are stopped by this `crictl`; where it cannot tell them, this process is
    /// asked to end.
    Crictl { program: PathBuf, process: Own },
    /// This process is asked to end.
    Signal(u32),
    /// This `systemctl` restarts the unit.
    Systemctl { program: PathBuf, unit: String },
}

/// The one process that surely is the component of this master; `Ok(None)`: none runs.
pub(super) type Own = Result<Option<u32>, String>;

/// An application's etcd is never asked to end: what stopped it might not start it again.
fn own(inventory: &Inventory, processes: &[Process], component: Component) -> Own {
    match surely_of_component(inventory, processes, component)[..] {
        [process] => Ok(Some(process.pid)),
        [] if of_component(inventory, processes, component).is_empty() => Ok(None),
        _ => Err(format!(
            "which process named {component} is this master's cannot be told"
        )),
    }
}

/// Why what is stopped would stay so, and what comes first.
pub(super) fn nobody_starts_again(
    target: &RestartTarget,
    inventory: &Inventory,
    processes: Option<&[Process]>,
) -> Option<String> {
    let RestartTarget::StaticPod(component) = target else {
        return None;
    };
    let is_down = processes
        .is_some_and(|processes| of_component(inventory, processes, Component::Kubelet).is_empty());
    is_down.then(|| {
        format!("the kubelet does not run: nobody would start {component} again; first: systemctl start kubelet")
    })
}

impl RestartMethod {
    /// Chooses. `find` knows where programs lie.
    ///
    /// # Errors
    /// Why there is none: a sentence without its end.
    pub(super) fn choose(
        target: &RestartTarget,
        inventory: &Inventory,
        processes: Option<&[Process]>,
        find: &dyn Fn(&str) -> Option<PathBuf>,
    ) -> Result<Self, String> {
        match target {
            RestartTarget::Docker(_) => Err("kubepki restarts nothing by Docker".to_owned()),
            RestartTarget::Unit(unit) => {
                let program = find("systemctl").ok_or("systemctl is not found")?;
                Ok(Self::Systemctl {
                    program,
                    unit: unit.clone(),
                })
            }
            RestartTarget::StaticPod(component) => {
                let process = own(inventory, processes.unwrap_or_default(), *component);
                match (find("crictl"), process) {
                    (Some(program), process) => Ok(Self::Crictl { program, process }),
                    (None, Ok(Some(process))) => Ok(Self::Signal(process)),
                    (None, Ok(None)) => {
                        Err("crictl is not found, and no process of it is seen".to_owned())
                    }
                    (None, Err(why)) => Err(format!("crictl is not found, and {why}")),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::inventory::process::Keeper;
    use crate::kubernetes::flags::FlagFact;

    fn process(pid: u32, component: Component, flag: &str) -> Process {
        let (started_at, keeper) = (OffsetDateTime::UNIX_EPOCH, Keeper::Unknown);
        let flags = if flag.is_empty() {
            Vec::new()
        } else {
            vec![fact(component, flag, "/proc/7/cmdline")]
        };
        Process {
            pid,
            component,
            started_at,
            since_boot: None,
            keeper,
            flags,
        }
    }

    fn fact(component: Component, value: &str, file: &str) -> FlagFact {
        let flag = "data-dir".to_owned();
        FlagFact {
            component,
            flag,
            value: value.to_owned(),
            file: file.to_owned(),
            line: 1,
        }
    }

    const UNCLEAR: &str = "which process named etcd is this master's cannot be told";

    /// A master whose etcd has its data in /d.
    fn inventory() -> Inventory {
        let manifest = "/etc/kubernetes/manifests/etcd.yaml";
        Inventory {
            flags: vec![fact(Component::Etcd, "/d", manifest)],
            ..Inventory::default()
        }
    }

    fn kubelet() -> Process {
        process(7, Component::Kubelet, "")
    }

    /// An etcd with its data there; with "" one that says nothing.
    fn etcd(pid: u32, data: &str) -> Process {
        process(pid, Component::Etcd, data)
    }

    fn pod() -> RestartTarget {
        RestartTarget::StaticPod(Component::Etcd)
    }

    fn unit() -> RestartTarget {
        RestartTarget::Unit("k3s".to_owned())
    }

    /// The way on a machine that has these programs.
    fn chosen(
        target: &RestartTarget,
        processes: Option<&[Process]>,
        programs: &[&str],
    ) -> Result<RestartMethod, String> {
        let find = |name: &str| {
            programs
                .contains(&name)
                .then(|| PathBuf::from(format!("/bin/{name}")))
        };
        RestartMethod::choose(target, &inventory(), processes, &find)
    }

    #[test]
    fn ways() {
        let both = [kubelet(), etcd(10, ""), etcd(8, "/d")];
        let systemctl = RestartMethod::Systemctl {
            program: "/bin/systemctl".into(),
            unit: "k3s".to_owned(),
        };
        for (target, processes, programs, expected) in [
            (&unit(), &both[..], "crictl", Err("systemctl is not found")),
            (&unit(), &[], "systemctl", Ok(systemctl)),
        ] {
            let found = chosen(target, Some(processes), &[programs]);
            assert_eq!(
                found,
                expected.map_err(str::to_owned),
                "{target:?} {processes:?} {programs}"
            );
        }
        let docker = chosen(&RestartTarget::Docker("etcd".to_owned()), None, &["docker"]);
        assert_eq!(docker, Err("kubepki restarts nothing by Docker".to_owned()));
    }

    #[test]
    fn crictl_stops_the_containers_of_a_pod_and_knows_the_process_that_is_surely_it() {
        let crictl = |process: Own| {
            Ok(RestartMethod::Crictl {
                program: "/bin/crictl".into(),
                process,
            })
        };
        for (processes, expected) in [
            (
                Some(&[kubelet(), etcd(10, ""), etcd(8, "/d")][..]),
                Ok(Some(8)),
            ),
            (Some(&[kubelet(), etcd(10, "")]), Err(UNCLEAR.to_owned())),
            (Some(&[kubelet(), etcd(11, "/e")]), Ok(None)),
            (Some(&[kubelet()]), Ok(None)),
            (None, Ok(None)),
        ] {
            assert_eq!(
                chosen(&pod(), processes, &["crictl"]),
                crictl(expected),
                "{processes:?}"
            );
        }
    }

    #[test]
    fn without_crictl_the_process_of_a_pod_is_asked_to_end() {
        let neither = format!("crictl is not found, and {UNCLEAR}");
        // One whose flags say nothing is none of this master's.
        let both = [kubelet(), etcd(10, ""), etcd(8, "/d")];
        assert_eq!(
            chosen(&pod(), Some(&both), &["systemctl"]),
            Ok(RestartMethod::Signal(8))
        );
        for (processes, expected) in [
            (&[kubelet(), etcd(10, "")][..], &*neither),
            (&[kubelet(), etcd(8, "/d"), etcd(9, "/d")], &neither),
            (
                &[kubelet()],
                "crictl is not found, and no process of it is seen",
            ),
        ] {
            assert_eq!(
                chosen(&pod(), Some(processes), &[]),
                Err(expected.to_owned()),
                "{processes:?}"
            );
        }
    }

    #[test]
    fn without_a_kubelet_nobody_starts_a_pod_again() {
        let (alone, both) = ([etcd(8, "/d")], [kubelet(), etcd(10, ""), etcd(8, "/d")]);
        let stays = |target: RestartTarget, processes| {
            nobody_starts_again(&target, &inventory(), processes)
        };
        let why = stays(pod(), Some(&alone)).unwrap_or_default();
        assert!(
            why.contains("nobody would start etcd again")
                && why.ends_with("systemctl start kubelet"),
            "{why}"
        );
        assert_eq!(
            [
                stays(pod(), Some(&both)),
                stays(pod(), None),
                stays(unit(), Some(&alone))
            ],
            [None, None, None]
        );
    }
}
