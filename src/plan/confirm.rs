//! What the keeper of a cluster confirms of it, so that requests can be judged: kept in the state
//! folder, by one answer to one question.

use core::net::IpAddr;

use super::files::Changes;
use super::{Change, Materials, Needs, Plan, PlanContext, PlanError};
use crate::inventory::Inventory;
use crate::kubernetes::address::{Address, range};
use crate::kubernetes::component::Component;
use crate::kubernetes::nodes::FoundNode;
use crate::pki::Secret;
use crate::record::{APPROVAL_FILE, Approval, Place, PlanKind, PlanSummary, Reason};
use crate::setup::ClusterSpec;

/// Permission bits of what kubepki keeps.
const OWN_MODE: u32 = 0o600;

/// The file that is written.
pub(super) fn needs() -> Needs {
    Needs {
        state: vec![APPROVAL_FILE.to_owned()],
        ..Needs::default()
    }
}

/// The plan: one file of kubepki's own.
///
/// # Errors
/// [`PlanError::Refused`] for what cannot be meant, and where there is no folder of its own.
pub(super) fn plan(
    materials: &Materials,
    approval: &Approval,
    context: PlanContext<'_>,
) -> Result<Plan, PlanError> {
    let refused = || PlanError::refused("this cannot be confirmed");
    if let Some(why) = approval.fault() {
        return Err(refused().because(why));
    }
    let state = materials
        .state
        .as_ref()
        .ok_or_else(|| refused().because("kubepki's own folder lies on another machine's disk"))?;
    let text = approval.to_yaml().map_err(|why| refused().because(why))?;
    let written = Secret::new(text.into_bytes());
    let mut changes = Changes::new(materials, Place::Local);
    let path = format!("{state}/{APPROVAL_FILE}");
    changes.file(&path, (written, OWN_MODE), "by what requests are judged")?;
    let changes: Vec<Change> = changes.finish().collect();
    let summary = PlanSummary {
        title: "Confirm by what requests are judged".to_owned(),
        kind: Some(PlanKind::Confirm),
        changes: changes.iter().map(Change::to_summary).collect(),
        warnings: told(approval),
        asks: vec![Reason::Look(
            "requests that fit it are green, and greens may be signed by a timer".to_owned(),
        )],
        ..PlanSummary::default()
    };
    Ok(Plan {
        summary,
        changes,
        made_from: Vec::new(),
        undoes: None,
        moment: context.moment,
    })
}

/// What is confirmed, a sentence each.
fn told(approval: &Approval) -> Vec<String> {
    let all = |what: &str, of: &[String]| {
        if of.is_empty() {
            format!("{what}: none are confirmed")
        } else {
            format!("{what}: {}", of.join(", "))
        }
    };
    let days = approval.maximum_days.map_or_else(
        || "the longest life: none is confirmed".to_owned(),
        |days| format!("the longest life: {days} days"),
    );
    vec![
        all("the cluster's nodes", &approval.node_names),
        all("their addresses", &approval.address_ranges),
        days,
    ]
}

/// What is proposed: the nodes that `kubectl get nodes` told of, those of clusters that were set up
/// here, this one, and the addresses that flags here name. Never what requests ask for.
pub fn propose(inventory: &Inventory, clusters: &[ClusterSpec], nodes: &[FoundNode]) -> Approval {
    let kept = clusters.iter().flat_map(|cluster| &cluster.nodes);
    let kept = kept.map(|node| (node.name.clone(), node.addresses.clone()));
    let told = nodes
        .iter()
        .map(|node| (node.name.clone(), node.addresses.clone()));
    let own = inventory.node.iter().map(|name| (name.clone(), Vec::new()));
    let mut approval = Approval::default();
    for (name, addresses) in told.chain(kept).chain(own) {
        add(&mut approval.node_names, name);
        for address in addresses {
            add(&mut approval.address_ranges, address.to_string());
        }
    }
    for address in addresses_of_flags(inventory) {
        add(&mut approval.address_ranges, address.to_string());
    }
    approval.node_names.sort();
    approval
        .address_ranges
        .sort_by_key(|text| range(text).map(|range| range.addr()));
    approval
}

fn add(to: &mut Vec<String>, one: String) {
    if !to.contains(&one) {
        to.push(one);
    }
}

/// Addresses of this master's and other members of etcd, by flags.
fn addresses_of_flags(inventory: &Inventory) -> Vec<IpAddr> {
    let is_told = |component: Component, flag: &str| {
        matches!(
            (component, flag),
            (
                Component::KubeApiserver,
                "advertise-address" | "etcd-servers"
            ) | (
                Component::Etcd,
                "initial-cluster" | "initial-advertise-peer-urls"
            )
        )
    };
    let facts = inventory.flags.iter();
    let facts = facts.filter(|fact| is_told(fact.component, &fact.flag));
    let parts = facts.flat_map(|fact| fact.value.split(','));
    // A member is named in front of its address.
    let parts = parts.map(|part| part.split_once('=').map_or(part, |(_, address)| address));
    let addresses = parts.filter_map(|part| Address::parse(part)?.host.parse().ok());
    addresses
        .filter(|address: &IpAddr| !address.is_loopback())
        .collect()
}
