//! What a setup takes from kubeadm's configuration, compared with the master that kubeadm made of
//! it.

use std::collections::BTreeSet;
use std::fs;

use kubepki::kubernetes::component::Component;
use kubepki::kubernetes::flags::from_manifest;
use kubepki::pki::key::KeyAlgorithm;
use kubepki::setup::guide::flags;
use kubepki::setup::kubeadm;

use crate::kubeadm_masters::sample;

/// The answers and flags that a setup takes from kubeadm's configuration are those with which
/// kubeadm made the sample.
#[test]
fn the_configuration_gives_the_flags_of_the_manifests() {
    for (name, algorithm) in [
        ("kubeadm-1.36-rsa", KeyAlgorithm::Rsa2048),
        ("kubeadm-1.36-ecdsa", KeyAlgorithm::EcdsaP256),
    ] {
        let Some(sample) = sample(name) else { return };
        let root = &sample.root;
        let text = fs::read_to_string(root.join("kubeadm.yaml")).expect("a configuration");
        let read = kubeadm::read(&text, "another").expect("it is kubeadm's");
        let cluster = &read.cluster;
        assert_eq!(cluster.faults(), [], "{name}");
        assert_eq!(
            read.notes,
            ["bootstrapTokens: passed over, `kubeadm init` makes them"]
        );
        assert_eq!(
            (cluster.nodes[0].name.as_str(), cluster.key_algorithm),
            ("master-1", algorithm)
        );
        assert_eq!(cluster.api_server_sans, ["k8s.example.com", "192.0.2.10"]);
        assert_eq!(
            kubeadm::read(&kubeadm::write(cluster), "")
                .map(|again| again.cluster)
                .as_ref(),
            Ok(cluster)
        );
        for component in &Component::RESTARTED[..4] {
            let path = format!("/etc/kubernetes/manifests/{component}.yaml");
            let manifest = fs::read_to_string(root.join(&path[1..])).expect("a manifest");
            let facts = from_manifest(&path, &manifest).expect("a pod");
            let made: BTreeSet<_> = facts
                .iter()
                .map(|fact| (fact.flag.clone(), fact.value.clone()))
                .collect();
            let mut told: BTreeSet<_> =
                flags(cluster, "master-1", *component).into_iter().collect();
            // A new cluster is what etcd takes it for anyway.
            told.remove(&("initial-cluster-state".to_owned(), "new".to_owned()));
            assert!(
                told.is_subset(&made),
                "{component}: {:?}",
                told.difference(&made).collect::<Vec<_>>()
            );
            for fact in facts.iter().filter(|fact| !fact.files().is_empty()) {
                assert!(
                    told.contains(&(fact.flag.clone(), fact.value.clone())),
                    "{component}: {fact:?}"
                );
            }
        }
    }
}
