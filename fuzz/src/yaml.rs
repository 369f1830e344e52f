//! What else is YAML: kubeadm's configuration, kept answers, bindings, the files of the config
//! folder.

use kubepki::kubernetes::bootstrap::bindings_from_yaml;
use kubepki::model::keymap::Keymap;
use kubepki::model::theme::{Base, Theme};
use kubepki::setup::blueprint::Blueprint;
use kubepki::setup::guide::guide;
use kubepki::setup::kubeadm;
use kubepki::setup::{ClusterSpec, kept};

/// Any YAML that is no kubeconfig. True where it is something that is known.
///
/// # Panics
/// Where what was read is not what is known of it.
pub fn yaml(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return false;
    };
    let answers = [
        kubeadm::read(text, "node").ok().map(|read| read.cluster),
        kept::from_yaml(text).ok(),
    ];
    answers.iter().flatten().for_each(can_be_used);
    let overlays = [
        Keymap::with_overlay(Some(text)).is_ok(),
        Theme::with_overlay(Base::Dark, Some(text)).is_ok(),
    ];
    let bindings = bindings_from_yaml(text).is_ok_and(|found| !found.is_empty());
    answers.iter().any(Option::is_some) || bindings || overlays.contains(&true)
}

/// What is kept comes back as it was, and answers without a fault have a blueprint.
fn can_be_used(cluster: &ClusterSpec) {
    let kept = kept::to_yaml(cluster).expect("all answers can be kept");
    assert_eq!(kept::from_yaml(&kept).as_ref(), Ok(cluster));
    let _ = cluster.warnings();
    if !cluster.faults().is_empty() {
        return;
    }
    assert_eq!(Blueprint::of(cluster).err(), None);
    let _ = guide(cluster, None).to_markdown();
    if kubeadm::unwritten(cluster).is_empty() {
        let node = cluster
            .nodes
            .first()
            .map_or("node", |node| node.name.as_str());
        let again = kubeadm::read(&kubeadm::write(cluster), node).map(|read| read.cluster);
        assert_eq!(again.as_ref(), Ok(cluster));
    }
}
