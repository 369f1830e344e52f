//! What follows from the disk alone, on masters made by kubeadm.

use kubepki::inventory::{Inventory, ItemIndex, Trouble, Unread};
use kubepki::kubernetes::component::Component;
use kubepki::kubernetes::flags::FlagFact;
use kubepki::running::{
    Observation, Remedy, SeenOnPort, Silence, kubeconfig_views, ports, statuses,
};
use time::macros::datetime;

use crate::truth_masters::{MOMENT, answer, masters, truth};

#[test]
fn without_a_look_the_disk_is_judged() {
    let Some(masters) = masters() else { return };
    let statuses = statuses(&masters.now, &Observation::default(), MOMENT);
    let names: Vec<&str> = statuses.iter().map(|truth| &*truth.name).collect();
    assert_eq!(
        names,
        [
            "etcd",
            "etcd-peer",
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "kubelet"
        ]
    );
    for truth in &statuses {
        assert_eq!(
            (truth.remedy, &truth.served),
            (Remedy::Nothing, &SeenOnPort::NotAsked),
            "{truth:?}"
        );
        assert!(!truth.is_known(), "nobody looked: {truth:?}");
        assert!(
            truth.trusted.iter().all(|one| one.answer.is_ok()) && truth.stale.is_empty(),
            "{truth:?}"
        );
    }
    let who: Vec<(&str, bool)> = statuses[2]
        .trusted
        .iter()
        .map(|one| (&*one.who, one.answer == Ok(true)))
        .collect();
    assert_eq!(who.len(), 6, "five kubeconfigs and the pods: {who:?}");
    assert!(
        who.contains(&("/etc/kubernetes/controller-manager.conf", true)),
        "{who:?}"
    );
}

#[test]
fn dates_are_those_of_the_moment() {
    let Some(masters) = masters() else { return };
    for (moment, expected) in [
        (datetime!(2027-11-21 23:31:00 UTC), None),
        (
            datetime!(2027-11-21 23:31:01 UTC),
            Some("apiserver.crt on the disk expired on 2027-11-21"),
        ),
        (
            datetime!(2026-11-21 23:25:59 UTC),
            Some("apiserver.crt on the disk is valid only from 2026-11-21"),
        ),
    ] {
        let statuses = statuses(&masters.now, &Observation::default(), moment);
        let truth = statuses
            .iter()
            .find(|truth| &*truth.name == "kube-apiserver")
            .expect("it");
        let replaced = (truth.remedy == Remedy::Replace).then_some(truth.why.as_str());
        assert_eq!(replaced, expected, "{moment}");
    }
}

/// As for who is not root: the certificate can be read, the manifests not.
#[test]
fn where_manifests_cannot_be_read_a_port_is_a_guess() {
    let Some(masters) = masters() else { return };
    let mut inventory = masters.now;
    inventory
        .flags
        .retain(|fact| fact.component != Component::Etcd);
    let manifests = "/etc/kubernetes/manifests".to_owned();
    inventory.unread.push(Unread {
        path: manifests,
        why: Trouble::Denied.into(),
    });
    let silent = answer("etcd-peer", MOMENT, Err(Silence::Refused));
    let observation = Observation {
        answers: vec![silent],
        processes: Some(Vec::new()),
    };
    let why = |inventory: &Inventory| truth(inventory, &observation, "etcd-peer").why;
    let expected =
        "etcd-peer:1, which is a guess, for manifests could not be read: nobody listens there";
    assert_eq!(why(&inventory), expected);
    // What runs is told where it listens, and everybody may read that.
    let told = FlagFact {
        component: Component::Etcd,
        flag: "listen-peer-urls".to_owned(),
        value: "https://10.0.0.10:2380".to_owned(),
        file: "/proc/7/cmdline".to_owned(),
        line: 1,
    };
    inventory.flags.push(told);
    assert!(!why(&inventory).contains("guess"), "{}", why(&inventory));
    let ports = ports(&inventory);
    let peer = ports
        .iter()
        .find(|port| port.rule.name == "etcd-peer")
        .expect("it");
    assert_eq!(peer.local, ["10.0.0.10"]);
}

#[test]
fn an_item_that_is_not_there_is_no_panic() {
    let Some(masters) = masters() else { return };
    let mut inventory = masters.now;
    inventory.items.truncate(2);
    assert!(
        ports(&inventory)
            .iter()
            .flat_map(|port| &port.on_disk)
            .all(|ItemIndex(at)| *at < 2)
    );
    let _ = statuses(&inventory, &Observation::default(), MOMENT);
    let _ = kubeconfig_views(&inventory, &Observation::default(), MOMENT);
}
