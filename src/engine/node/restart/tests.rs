use super::*;
use crate::progress::silent;

fn process(pid: u32, component: Component) -> Process {
    let (started_at, keeper) = (
        OffsetDateTime::UNIX_EPOCH,
        crate::inventory::process::Keeper::Unknown,
    );
    Process {
        pid,
        component,
        started_at,
        since_boot: None,
        keeper,
        flags: Vec::new(),
    }
}

#[test]
fn one_restart_is_proven_for_all_that_it_restarts() {
    let rke2 = Inventory {
        layout: "rke2".to_owned(),
        ..Inventory::default()
    };
    let now = |processes: &[(u32, Component)]| Observation {
        processes: Some(
            processes
                .iter()
                .map(|(pid, component)| process(*pid, *component))
                .collect(),
        ),
        ..Observation::default()
    };
    let before = now(&[(5, Component::Etcd), (6, Component::Kubelet)]);
    let proof = |component| Proof::new(&rke2, component, &[], &before);
    let (proof, others) = (
        proof(Component::Kubelet),
        vec![proof(Component::Etcd).along(&before)],
    );
    let target = RestartTarget::Unit("rke2-server".to_owned());
    let restart = Restart {
        node: &Node::Elsewhere,
        inventory: &rke2,
        component: Component::Kubelet,
        target,
        proof,
        others,
        before,
    };
    // The kubelet is a new one, the container of etcd ran on.
    let seen = restart.judge(&now(&[(5, Component::Etcd), (9, Component::Kubelet)]));
    assert_eq!(
        seen,
        RestartVerdict::NotYet("etcd: its old process (5) still runs".to_owned())
    );
    let seen = restart.judge(&now(&[(10, Component::Etcd), (9, Component::Kubelet)]));
    assert!(matches!(seen, RestartVerdict::Proven { running, .. } if running == [9, 10]));
}

#[test]
fn in_k3s_one_restart_is_that_of_all() {
    for (layout, expected) in [
        ("k3s", true),
        ("rke2", true),
        ("rke1", false),
        ("kubeadm", false),
    ] {
        let inventory = Inventory {
            layout: layout.to_owned(),
            ..Inventory::default()
        };
        let restart =
            Node::Elsewhere.look(&inventory, Component::Etcd, &[Component::Kubelet], &silent);
        assert_eq!(restart.includes(Component::Kubelet), expected, "{layout}");
        assert_eq!(
            restart.along().contains(&Component::Kubelet),
            expected,
            "{layout}: it is proven with it"
        );
        assert!(!restart.includes(Component::Etcd), "{layout}: itself");
    }
}
