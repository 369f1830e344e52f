//! Which way a restart takes, of those that this machine has.

use std::path::PathBuf;

use crate::inventory::Inventory;
use crate::inventory::process::{Process, of_component};
use crate::plan::restart::Means;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// The containers are stopped by this `crictl`; where it knows of none, these processes are asked to end.
    Crictl { program: PathBuf, pids: Vec<u32> },
    /// These processes are asked to end.
    Signal(Vec<u32>),
    /// This `systemctl` restarts the unit.
    Systemctl { program: PathBuf, unit: String },
}

impl Way {
    /// Chooses. `find` knows where programs lie; of a component's processes those are asked to end that surely fit its flags.
    ///
    /// # Errors
    /// Why there is none: a sentence without its end.
    pub(super) fn choose(
        means: &Means,
        inventory: &Inventory,
        processes: Option<&[Process]>,
        find: &dyn Fn(&str) -> Option<PathBuf>,
    ) -> Result<Self, String> {
        match means {
            Means::Docker(_) => Err("kubepki restarts nothing by Docker".to_owned()),
            Means::Unit(unit) => {
                let program = find("systemctl").ok_or("systemctl is not found")?;
                Ok(Self::Systemctl { program, unit: unit.clone() })
            }
            Means::StaticPod(component) => {
                let of = |name: &str| of_component(inventory, processes.unwrap_or_default(), name);
                // What is stopped then would stay so.
                if processes.is_some() && of("kubelet").is_empty() {
                    return Err(format!("the kubelet does not run: nobody would start {component} again"));
                }
                let seen = of(component);
                // Another's etcd, of which nothing says whose it is, would stay stopped.
                let own = seen.iter().filter(|process| process.fits(&inventory.flags) == Some(true));
                let pids: Vec<u32> = own.map(|process| process.pid).collect();
                match find("crictl") {
                    Some(program) => Ok(Self::Crictl { program, pids }),
                    None if seen.is_empty() => Err("crictl is not found, and no process of it is seen".to_owned()),
                    None if pids.is_empty() => {
                        Err(format!("crictl is not found, and no flag says that process {} is it", seen[0].pid))
                    }
                    None => Ok(Self::Signal(pids)),
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

    fn process(pid: u32, component: &str) -> Process {
        let (started_at, keeper) = (OffsetDateTime::UNIX_EPOCH, Keeper::Unknown);
        Process { pid, component: component.into(), started_at, keeper, flags: facts(component, "/proc/7/cmdline") }
    }

    fn facts(component: &str, file: &str) -> Vec<FlagFact> {
        let (component, flag, value, file) = (component.into(), "data-dir".into(), "/d".into(), file.into());
        vec![FlagFact { component, flag, value, file, line: 1 }]
    }

    #[test]
    fn ways() {
        let both = [process(7, "kubelet"), process(8, "etcd"), process(9, "etcd")];
        let flags = facts("etcd", "/etc/kubernetes/manifests/etcd.yaml");
        let inventory = Inventory { flags, ..Inventory::default() };
        let told_nothing = [both[0].clone(), Process { flags: Vec::new(), ..process(6, "etcd") }];
        let (alone, kubelet) = (&both[1..2], &both[..1]);
        let pod = Means::StaticPod("etcd".to_owned());
        let unit = Means::Unit("k3s".to_owned());
        let crictl = |pids: &[u32]| Ok(Way::Crictl { program: "/bin/crictl".into(), pids: pids.to_vec() });
        let systemctl = Ok(Way::Systemctl { program: "/bin/systemctl".into(), unit: "k3s".to_owned() });
        let no_kubelet = "the kubelet does not run: nobody would start etcd again";
        for (means, processes, programs, expected) in [
            (&pod, Some(&both[..]), &["crictl"][..], crictl(&[8, 9])),
            (&pod, Some(&both), &["systemctl"], Ok(Way::Signal(vec![8, 9]))),
            (&pod, Some(&told_nothing), &["crictl"], crictl(&[])),
            (&pod, Some(&told_nothing), &[], Err("crictl is not found, and no flag says that process 6 is it")),
            (&pod, Some(kubelet), &["crictl"], crictl(&[])),
            (&pod, Some(kubelet), &[], Err("crictl is not found, and no process of it is seen")),
            (&pod, Some(alone), &["crictl"], Err(no_kubelet)),
            (&pod, None, &["crictl"], crictl(&[])),
            (&unit, Some(&[]), &["systemctl"], systemctl),
            (&unit, Some(&both), &["crictl"], Err("systemctl is not found")),
            (&Means::Docker("etcd".to_owned()), None, &["docker"], Err("kubepki restarts nothing by Docker")),
        ] {
            let find = |name: &str| programs.contains(&name).then(|| PathBuf::from(format!("/bin/{name}")));
            let expected = expected.map_err(str::to_owned);
            assert_eq!(
                Way::choose(means, &inventory, processes, &find),
                expected,
                "{means:?} {processes:?} {programs:?}"
            );
        }
    }
}
