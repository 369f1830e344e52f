//! Whether a component would come back from a restart with the files that lie on the disk.

use time::OffsetDateTime;

use super::dates::death;
use super::verdict::fault_of_key;
use super::{Observation, Remedy, SeenOnPort, statuses};
use crate::inventory::bootstrap::TokenFileItem;
use crate::inventory::process::of_component;
use crate::inventory::{Inventory, Item, KeyState, Reader, Source, confirmed};
use crate::kubernetes::component::Component;
use crate::kubernetes::role::RoleId;
use crate::pki::text::file_name;

/// Why `component`, which is alive as `observation` shows, would not come back well with the files
/// that lie on the disk: a sentence. `None`: nothing speaks against a restart, or it is dead
/// anyway.
pub fn obstacle(
    inventory: &Inventory,
    observation: &Observation,
    component: Component,
    moment: OffsetDateTime,
) -> Option<String> {
    let statuses = statuses(inventory, observation, moment);
    let own = || {
        statuses
            .iter()
            .filter(|status| status.component == Some(component))
    };
    let answers = own().any(|status| matches!(status.served, SeenOnPort::Served { .. }));
    let processes = observation.processes.as_deref().unwrap_or_default();
    if !answers && of_component(inventory, processes, component).is_empty() {
        return None;
    }
    let worse = || {
        let is_other = |seen: &SeenOnPort| {
            matches!(
                seen,
                SeenOnPort::Served {
                    is_on_disk: Some(false),
                    ..
                }
            )
        };
        own()
            .find(|status| status.remedy == Remedy::Replace && is_other(&status.served))
            .map(|status| status.why.clone())
    };
    unloadable(inventory, component, moment).or_else(worse)
}

/// What keeps a component from starting, among the files that it reads.
fn unloadable(
    inventory: &Inventory,
    component: Component,
    moment: OffsetDateTime,
) -> Option<String> {
    let reads = |readers: &[Reader]| confirmed(readers).any(|reader| reader.component == component);
    let items = inventory
        .items
        .iter()
        .filter(|item| item.in_use && reads(&item.read_by));
    let mut in_items = items.filter_map(|item| fault_of(item, component, moment));
    let kubeconfigs = inventory
        .kubeconfigs
        .iter()
        .filter(|kubeconfig| reads(&kubeconfig.read_by));
    let mut in_kubeconfigs =
        kubeconfigs.filter_map(|one| Some(format!("{}: {}", one.path, one.fault.as_ref()?)));
    let keys = inventory
        .keys
        .iter()
        .filter(|key| reads(&key.read_by) && key.state != KeyState::Present);
    let mut in_keys = keys.map(|key| format!("{} cannot be read as a key", key.path));
    let token_files = inventory
        .bootstrap
        .token_files
        .iter()
        .filter(|_| component == Component::KubeApiserver);
    let mut in_token_files = token_files.filter_map(TokenFileItem::stops);
    in_items
        .next()
        .or_else(|| in_kubeconfigs.next())
        .or_else(|| in_keys.next())
        .or_else(|| in_token_files.next())
}

fn fault_of(item: &Item, component: Component, moment: OffsetDateTime) -> Option<String> {
    let certificate = match &item.content {
        Ok(certificate) => certificate,
        // What may not be looked at is no fault of the file.
        Err(fault) if fault.is_unread() => return None,
        Err(fault) => return Some(format!("{}: {fault}", item.path)),
    };
    if certificate.is_authority() {
        return None;
    }
    let is_gone = item
        .key
        .path
        .as_deref()
        .filter(|_| item.key.state == KeyState::Absent);
    let key = fault_of_key(item).or_else(|| is_gone.map(|key| format!("{key} is not there")));
    let dead = || death(certificate, moment).filter(|_| must_be_alive(item, component));
    key.or_else(|| dead().map(|dead| format!("{} on the disk {dead}", file_name(&item.path))))
}

/// Client certificates without which a component ends soon after its start. The kubelet asks for a
/// new one.
fn must_be_alive(item: &Item, component: Component) -> bool {
    let is_own = item.source != Source::File && component != Component::Kubelet;
    is_own
        || item
            .roles
            .iter()
            .any(|role| role.id == RoleId::ApiserverEtcdClient)
}
