//! "To today's specification": what the role table and kubeadm's rules say of a certificate, added
//! to what it has.

use crate::inventory::{Inventory, Item, KubeconfigItem, Reaches};
use crate::kubernetes::address::Address;
use crate::kubernetes::role::RoleId;
use crate::pki::GeneralName;
use crate::pki::issue::CertificateSpec;
use crate::plan::PlanError;
use crate::plan::names::names;

use super::notes::Notes;

/// Adds usages, groups and names. Nothing is taken away.
///
/// # Errors
/// [`PlanError::Pki`] where the subject cannot be written.
pub(super) fn add(
    inventory: &Inventory,
    item: &Item,
    spec: &mut CertificateSpec,
    notes: &mut Notes,
) -> Result<(), PlanError> {
    for role in &item.roles {
        for usage in role.extended_key_usage {
            // A certificate without any such extension may be used for all.
            if !spec.extended_key_usage.is_empty() && !spec.extended_key_usage.contains(usage) {
                spec.extended_key_usage.push(usage.clone());
            }
        }
        let own = spec.subject.organizations();
        let today = role
            .organizations
            .first()
            .map_or(&[][..], |variant| variant.organizations);
        let missing: Vec<&str> = today
            .iter()
            .filter(|group| !own.contains(*group))
            .copied()
            .collect();
        if !missing.is_empty() {
            spec.subject = spec.subject.and_groups(&missing)?;
        }
        for name in names(inventory, role) {
            match name.parse() {
                Ok(name) => add_name(spec, name),
                Err(_) => notes.warn(format!(
                    "{}: {name:?} cannot be a subject alternative name",
                    item.id
                )),
            }
        }
    }
    Ok(())
}

/// Who reaches what `item` serves by this name, as far as is known here.
pub(super) fn needed_by(inventory: &Inventory, item: &Item, name: &GeneralName) -> Option<String> {
    let is_it = |text: &str| text.parse::<GeneralName>().as_ref() == Ok(name);
    let serves_the_api = item.roles.iter().any(|role| role.id == RoleId::Apiserver);
    let reaches = |one: &&KubeconfigItem| {
        let here = |cluster: &str| {
            let mut contexts = one
                .contexts
                .iter()
                .filter(|context| context.cluster == cluster);
            contexts.any(|context| context.reaches != Reaches::AnotherCluster)
        };
        one.clusters.iter().any(|cluster| {
            here(&cluster.name)
                && Address::parse(&cluster.server).is_some_and(|address| is_it(address.host))
        })
    };
    let users = inventory
        .kubeconfigs
        .iter()
        .filter(|_| serves_the_api)
        .filter(reaches);
    let mut users: Vec<&str> = users
        .map(|one| one.path.rsplit('/').next().unwrap_or(&one.path))
        .collect();
    users.dedup();
    if !users.is_empty() {
        let reach = if users.len() == 1 { "reaches" } else { "reach" };
        return Some(format!("{} {reach} the API server by it", users.join(", ")));
    }
    let role = item
        .roles
        .iter()
        .find(|role| names(inventory, role).iter().any(|wanted| is_it(wanted)))?;
    Some(format!(
        "{} is reached by it inside the cluster or on this master",
        role.name
    ))
}

pub(super) fn add_name(spec: &mut CertificateSpec, name: GeneralName) {
    if !spec.subject_alt_names.contains(&name) {
        spec.subject_alt_names.push(name);
    }
}
