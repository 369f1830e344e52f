//! How one component is restarted: printed, and run.

use crate::inventory::Inventory;
use crate::inventory::process::Keeper;
use crate::kubernetes::component::Component;
use crate::kubernetes::distribution;
use crate::kubernetes::layout::{KeptBy, is_manifest};
use crate::pki::text::quoted;

/// Seconds that a container has to end by itself; without them `crictl stop` kills it at once.
const GRACE: &str = "30";

/// How a component is restarted: printed, and run, from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestartTarget {
    /// A static pod: its container is stopped, and the kubelet starts it again.
    StaticPod(Component),
    /// A unit of systemd, as "kubelet" or "k3s".
    Unit(String),
    /// A container of Docker.
    Docker(String),
}

impl RestartTarget {
    /// The means for `component`. `keeper`: who keeps its process, where that was seen.
    pub fn of(inventory: &Inventory, component: Component, keeper: Option<&Keeper>) -> Self {
        let kept = &inventory.known_layout().keeper;
        match kept {
            // One process holds all components, or starts its static pods anew.
            KeptBy::Unit { name, .. } => return Self::Unit(name.clone()),
            KeptBy::Docker => return Self::Docker(component.to_string()),
            KeptBy::StaticPods | KeptBy::Units => {}
        }
        let told = inventory
            .flags
            .iter()
            .filter(|fact| fact.component == component)
            .map(|fact| &*fact.file);
        let told: Vec<&str> = told.filter(|file| !file.starts_with("/proc/")).collect();
        if told.iter().any(|file| is_manifest(file)) {
            return Self::StaticPod(component);
        }
        if let Some(Keeper::Unit(unit)) = keeper
            && is_of_component(unit, component)
        {
            return Self::Unit(unit.trim_end_matches(".service").to_owned());
        }
        let is_container =
            matches!(keeper, Some(Keeper::Container(_))) && component != Component::Kubelet;
        // Where nothing is known of what is one by habit it is a static pod.
        let is_pod_by_habit =
            component < Component::Kubelet && *kept == KeptBy::StaticPods && told.is_empty();
        match told.iter().find_map(|file| unit_of(file)) {
            Some(unit) => Self::Unit(unit.to_owned()),
            None if is_container || is_pod_by_habit => Self::StaticPod(component),
            None => Self::Unit(component.to_string()),
        }
    }

    /// What one types.
    pub fn command(&self) -> String {
        let line = |words: &[&str]| {
            words
                .iter()
                .map(|word| quoted(word))
                .collect::<Vec<_>>()
                .join(" ")
        };
        match self {
            Self::StaticPod(component) => {
                let list = Self::list(*component);
                let list: Vec<&str> = list.iter().map(String::as_str).collect();
                format!(
                    "crictl {} | xargs -r crictl {}",
                    line(&list),
                    line(&Self::STOP)
                )
            }
            Self::Unit(unit) => format!("systemctl {}", line(&["restart", unit])),
            Self::Docker(container) => format!("docker {}", line(&["restart", container])),
        }
    }

    /// The arguments of `crictl` that list the containers of a component, one id a line: those of
    /// the master's own namespace, for an application's etcd may have that name too.
    pub fn list(component: Component) -> [String; 6] {
        let name = format!("^{component}$");
        [
            "ps",
            "--name",
            &name,
            "--label",
            "io.kubernetes.pod.namespace=kube-system",
            "-q",
        ]
        .map(str::to_owned)
    }

    /// The arguments of `crictl` that stop containers; their ids follow.
    pub const STOP: [&str; 3] = ["stop", "--timeout", GRACE];
}

/// Whether a unit is the component's own: a shell's or an engine's control group holds other things
/// too.
fn is_of_component(unit: &str, component: Component) -> bool {
    // MicroK8s has all of them in one, which no layout here describes.
    let several = distribution::programs()
        .iter()
        .map(String::as_str)
        .chain(["kubelite"]);
    unit.contains(component.short_name()) || several.into_iter().any(|name| unit.contains(name))
}

/// The unit in whose file, or drop-in, a flag stands, as "kubelet".
fn unit_of(file: &str) -> Option<&str> {
    let mut names = file.split('/').filter(|name| !name.is_empty());
    names.find_map(|name| {
        name.strip_suffix(".service")
            .or_else(|| name.strip_suffix(".service.d"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::flags::FlagFact;

    fn fact(component: Component, file: &str) -> FlagFact {
        let (flag, value) = ("v".to_owned(), "2".to_owned());
        FlagFact {
            component,
            flag,
            value,
            file: file.to_owned(),
            line: 1,
        }
    }

    const POD: &str = "/etc/kubernetes/manifests/etcd.yaml";

    const ETCD: &str = "crictl ps --name '^etcd$' --label io.kubernetes.pod.namespace=kube-system -q \
                        | xargs -r crictl stop --timeout 30";

    fn unit(name: &str) -> Keeper {
        Keeper::Unit(name.to_owned())
    }

    fn container() -> Keeper {
        Keeper::Container("0".repeat(64))
    }

    /// What one types for a component of which a flag stands in `file`.
    fn command(layout: &str, component: Component, file: &str, keeper: Option<&Keeper>) -> String {
        let flags = if file.is_empty() {
            Vec::new()
        } else {
            vec![fact(component, file)]
        };
        let inventory = Inventory {
            layout: layout.to_owned(),
            flags,
            ..Inventory::default()
        };
        RestartTarget::of(&inventory, component, keeper).command()
    }

    #[test]
    fn means_and_commands() {
        for (file, keeper, expected) in [
            (POD, None, ETCD),
            ("", None, ETCD),
            ("/proc/7/cmdline", None, ETCD),
            (
                "/etc/systemd/system/etcd.service",
                None,
                "systemctl restart etcd",
            ),
            (POD, Some(unit("user@0.service")), ETCD),
            (POD, Some(unit("etcd.service")), ETCD),
            (POD, Some(container()), ETCD),
        ] {
            let found = command("kubeadm", Component::Etcd, file, keeper.as_ref());
            assert_eq!(found, expected, "{file} {keeper:?}");
        }
    }

    #[test]
    fn what_runs_on_every_node_is_a_unit() {
        let drop_in = "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf";
        for (component, file, keeper, expected) in [
            (
                Component::Kubelet,
                drop_in,
                None,
                "systemctl restart kubelet",
            ),
            (
                Component::Kubelet,
                "/var/lib/kubelet/config.yaml",
                Some(container()),
                "systemctl restart kubelet",
            ),
            (
                Component::KubeProxy,
                "",
                None,
                "systemctl restart kube-proxy",
            ),
        ] {
            let found = command("kubeadm", component, file, keeper.as_ref());
            assert_eq!(found, expected, "{component} {file} {keeper:?}");
        }
    }

    #[test]
    fn where_components_are_units_the_one_that_keeps_the_process_is_restarted() {
        let member = Some(unit("etcd-member.service"));
        for (component, file, keeper, expected) in [
            (Component::Etcd, "", None, "systemctl restart etcd"),
            (Component::Etcd, "", Some(container()), ETCD),
            (
                Component::Etcd,
                "/proc/7/cmdline",
                member,
                "systemctl restart etcd-member",
            ),
            (
                Component::KubeApiserver,
                "",
                Some(unit("apiserver.service")),
                "systemctl restart apiserver",
            ),
            (
                Component::Etcd,
                "",
                Some(unit("a b;etcd.service")),
                "systemctl restart 'a b;etcd'",
            ),
        ] {
            let found = command("split", component, file, keeper.as_ref());
            assert_eq!(found, expected, "{component} {file} {keeper:?}");
        }
    }

    #[test]
    fn a_distribution_has_means_of_its_own() {
        for (layout, file, keeper, expected) in [
            ("k3s", POD, None, "systemctl restart k3s"),
            (
                "rke2",
                POD,
                Some(container()),
                "systemctl restart rke2-server",
            ),
            (
                "rke1",
                "",
                Some(container()),
                "docker restart kube-apiserver",
            ),
        ] {
            let found = command(layout, Component::KubeApiserver, file, keeper.as_ref());
            assert_eq!(found, expected, "{layout} {file} {keeper:?}");
        }
    }
}
