//! Which way a restart takes, of those that this machine has.

use std::path::PathBuf;

use crate::inventory::Inventory;
use crate::inventory::process::{Process, of_component, surely_of_component};
use crate::kubernetes::component::Component;
use crate::plan::restart::RestartTarget;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RestartMethod {
    /// The containers are stopped by this `crictl`; where it cannot tell them, this process is asked to end.
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
        _ => Err(format!("which process named {component} is this master's cannot be told")),
    }
}

/// Why what is stopped would stay so, and what comes first.
pub(super) fn nobody_starts_again(
    target: &RestartTarget,
    inventory: &Inventory,
    processes: Option<&[Process]>,
) -> Option<String> {
    let RestartTarget::StaticPod(component) = target else { return None };
    let is_down = processes.is_some_and(|processes| of_component(inventory, processes, Component::Kubelet).is_empty());
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
                Ok(Self::Systemctl { program, unit: unit.clone() })
            }
            RestartTarget::StaticPod(component) => {
                let process = own(inventory, processes.unwrap_or_default(), *component);
                match (find("crictl"), process) {
                    (Some(program), process) => Ok(Self::Crictl { program, process }),
                    (None, Ok(Some(process))) => Ok(Self::Signal(process)),
                    (None, Ok(None)) => Err("crictl is not found, and no process of it is seen".to_owned()),
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
        let flags = if flag.is_empty() { Vec::new() } else { vec![fact(component, flag, "/proc/7/cmdline")] };
        Process { pid, component, started_at, since_boot: None, keeper, flags }
    }

    fn fact(component: Component, value: &str, file: &str) -> FlagFact {
        let flag = "data-dir".to_owned();
        FlagFact { component, flag, value: value.to_owned(), file: file.to_owned(), line: 1 }
    }

    #[test]
    fn ways() {
        let manifest = "/etc/kubernetes/manifests/etcd.yaml";
        let inventory = Inventory { flags: vec![fact(Component::Etcd, "/d", manifest)], ..Inventory::default() };
        let kubelet = || process(7, Component::Kubelet, "");
        let [own, twin] = [8, 9].map(|pid| process(pid, Component::Etcd, "/d"));
        let silent = || process(10, Component::Etcd, "");
        let (alone, both, bare) = ([own.clone()], [kubelet(), silent(), own.clone()], [kubelet()]);
        let (twins, foreign) = ([kubelet(), own, twin], [kubelet(), silent()]);
        let other = [kubelet(), process(11, Component::Etcd, "/e")];
        let pod = RestartTarget::StaticPod(Component::Etcd);
        let unit = RestartTarget::Unit("k3s".to_owned());
        let crictl = |process: Own| Ok(RestartMethod::Crictl { program: "/bin/crictl".into(), process });
        let systemctl = Ok(RestartMethod::Systemctl { program: "/bin/systemctl".into(), unit: "k3s".to_owned() });
        let unclear = "which process named etcd is this master's cannot be told";
        let neither = format!("crictl is not found, and {unclear}");
        for (target, processes, programs, expected) in [
            (&pod, Some(&both[..]), &["crictl"][..], crictl(Ok(Some(8)))),
            // One whose flags say nothing is none of this master's.
            (&pod, Some(&both), &["systemctl"], Ok(RestartMethod::Signal(8))),
            (&pod, Some(&foreign), &["crictl"], crictl(Err(unclear.to_owned()))),
            (&pod, Some(&foreign), &[], Err(&*neither)),
            (&pod, Some(&twins), &[], Err(&neither)),
            (&pod, Some(&other), &["crictl"], crictl(Ok(None))),
            (&pod, Some(&bare), &["crictl"], crictl(Ok(None))),
            (&pod, Some(&bare), &[], Err("crictl is not found, and no process of it is seen")),
            (&pod, None, &["crictl"], crictl(Ok(None))),
            (&unit, Some(&[]), &["systemctl"], systemctl),
            (&unit, Some(&both), &["crictl"], Err("systemctl is not found")),
            (&RestartTarget::Docker("etcd".to_owned()), None, &["docker"], Err("kubepki restarts nothing by Docker")),
        ] {
            let find = |name: &str| programs.contains(&name).then(|| PathBuf::from(format!("/bin/{name}")));
            let expected = expected.map_err(str::to_owned);
            let found = RestartMethod::choose(target, &inventory, processes, &find);
            assert_eq!(found, expected, "{target:?} {processes:?} {programs:?}");
        }
        let stays = |target, processes| nobody_starts_again(target, &inventory, processes);
        let why = stays(&pod, Some(&alone)).unwrap_or_default();
        assert!(why.contains("nobody would start etcd again") && why.ends_with("systemctl start kubelet"), "{why}");
        assert_eq!([stays(&pod, Some(&both)), stays(&pod, None), stays(&unit, Some(&alone))], [None, None, None]);
    }
}
