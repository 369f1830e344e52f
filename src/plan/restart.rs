//! Which programs hold changed files, and how they are restarted.

use crate::inventory::{Inventory, Item, Reader};
use crate::kubernetes::role::{Part, Restart};
use crate::record::RestartSummary;

/// The order in which programs are restarted (design: etcd before who asks it).
const ORDER: [&str; 6] =
    ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"];

/// Programs that read their files each time they are called.
const CALLED: [&str; 2] = ["kubectl", "etcdctl"];

/// One program and what it reads of the changed files.
#[derive(Debug, Default)]
struct Holder<'a> {
    component: &'a str,
    at_start: Vec<&'a str>,
    by_itself: Vec<&'a str>,
    /// Its own client certificate was dead: it can do nothing before it is restarted.
    was_dead: bool,
}

/// The programs that read `items`, those that must be restarted first. `dead`: a client certificate of the kubelet
/// that had ended.
pub(super) fn of(inventory: &Inventory, items: &[&Item], is_dead: impl Fn(&Item) -> bool) -> Vec<RestartSummary> {
    let mut holders: Vec<Holder<'_>> = Vec::new();
    for item in items {
        for reader in readers(item).iter().filter(|reader| !CALLED.contains(&reader.component)) {
            let at = holders.iter().position(|holder| holder.component == reader.component).unwrap_or_else(|| {
                holders.push(Holder { component: reader.component, ..Holder::default() });
                holders.len() - 1
            });
            let holder = &mut holders[at];
            let files = if reader.restart == Restart::Required { &mut holder.at_start } else { &mut holder.by_itself };
            if !files.contains(&file_name(&item.path)) {
                files.push(file_name(&item.path));
            }
            holder.was_dead |= reader.component == "kubelet" && is_of_kubelet(item) && is_dead(item);
        }
    }
    holders.sort_by_key(|holder| {
        let place = ORDER.iter().position(|name| *name == holder.component).unwrap_or(ORDER.len());
        (holder.at_start.is_empty(), !holder.was_dead, place)
    });
    holders.iter().map(|holder| holder.to_summary(inventory)).collect()
}

/// The programs that read `item`, each once and with what it needs most.
pub(super) fn programs(item: &Item) -> Vec<&str> {
    readers(item).into_iter().map(|reader| reader.component).collect()
}

struct Reads<'a> {
    component: &'a str,
    restart: Restart,
}

fn readers(item: &Item) -> Vec<Reads<'_>> {
    let mut found: Vec<Reads<'_>> = Vec::new();
    for reader in &item.read_by {
        let restart = needs(item, reader);
        match found.iter_mut().find(|known| known.component == &*reader.component) {
            Some(known) if restart == Restart::Required => known.restart = restart,
            Some(_) => {}
            None => found.push(Reads { component: &reader.component, restart }),
        }
    }
    found
}

/// True for the kubelet's own client certificate.
fn is_of_kubelet(item: &Item) -> bool {
    item.roles.iter().any(|role| matches!(role.name, "kubelet-client" | "kubelet.conf"))
}

/// What the role table says of this reader. The kubelet knows the certificates of its store from its start on and looks
/// at the files only when it has asked for new ones itself (client-go certificate_manager.go).
fn needs(item: &Item, reader: &Reader) -> Restart {
    let is_stored = is_of_kubelet(item) || item.path.ends_with("/kubelet-server-current.pem");
    if *reader.component == *"kubelet" && is_stored {
        return Restart::Required;
    }
    let by_flag = item.roles.iter().find_map(|role| role.reader(&reader.component, &reader.flag));
    let by_habit = || {
        let mut rules = item.roles.iter().flat_map(|role| role.readers);
        rules.find(|rule| rule.component == &*reader.component && rule.part == Part::Certificate)
    };
    by_flag.or_else(by_habit).map_or(Restart::Required, |rule| rule.restart)
}

impl Holder<'_> {
    fn to_summary(&self, inventory: &Inventory) -> RestartSummary {
        let required = !self.at_start.is_empty();
        let reason = if self.was_dead {
            format!("its own client certificate was dead: it holds {} since its start", self.at_start.join(", "))
        } else if required {
            format!("it reads {} only at its start", self.at_start.join(", "))
        } else {
            format!("it reads {} again by itself", self.by_itself.join(", "))
        };
        let how = if required { vec![command(inventory, self.component)] } else { Vec::new() };
        RestartSummary { component: self.component.to_owned(), required, reason, how }
    }
}

/// What one types to restart `component`.
fn command(inventory: &Inventory, component: &str) -> String {
    match inventory.layout.as_str() {
        // One process holds all components; RKE2 starts its static pods anew.
        "k3s" => return "systemctl restart k3s".to_owned(),
        "rke2" => return "systemctl restart rke2-server".to_owned(),
        "rke1" => return format!("docker restart {component}"),
        _ => {}
    }
    let mut facts = inventory.flags.iter().filter(|fact| fact.component == component);
    let in_manifest = |file: &str| file.contains("/manifests/") || file.contains("/pod-manifests/");
    let told = facts.clone().any(|fact| in_manifest(&fact.file));
    // Where nothing is known of kubeadm's own it is a static pod.
    let by_habit = inventory.layout == "kubeadm"
        && matches!(component, "etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler")
        && !facts.any(|fact| !fact.file.starts_with("/proc/"));
    if told || by_habit {
        format!("crictl ps --name '^{component}$' -q | xargs -r crictl stop")
    } else {
        format!("systemctl restart {component}")
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
