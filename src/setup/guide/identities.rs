//! The identity sheet.

use super::super::blueprint::{Identity, Thing, What};
use super::left_out::is_set;
use super::{IdentityGuide, Page};
use crate::kubernetes::component::Component;
use crate::kubernetes::role::rights_of;
use crate::pki::ExtendedKeyUsage;

impl Page<'_> {
    pub(super) fn identities(&self) -> Vec<IdentityGuide> {
        let is_shown = |thing: &&Thing| !self.shown(&thing.on).is_empty();
        self.blueprint
            .things
            .iter()
            .filter(is_shown)
            .filter_map(|thing| self.identity(thing))
            .collect()
    }

    fn identity(&self, thing: &Thing) -> Option<IdentityGuide> {
        if let What::TokenFile { user, groups, .. } = &thing.what {
            let groups: Vec<String> = groups
                .iter()
                .map(|group| format!(", group {group}"))
                .collect();
            return Some(IdentityGuide {
                id: thing.id.clone(),
                kind: "token".to_owned(),
                subject: format!("user {user}{}", groups.concat()),
                purpose: "lets a new kubelet ask for its first certificate".to_owned(),
                right: right(user, &[]),
                owner: self.owner(thing, &[Component::KubeApiserver]),
            });
        }
        let identity = thing.identity()?;
        let purposes: Vec<&str> = thing.roles.iter().map(|role| role.purpose).collect();
        let is_user = thing.roles.iter().any(|role| role.is_for_the_api);
        let right = if is_user {
            right(&identity.common_name, &identity.organizations)
        } else {
            String::new()
        };
        let mut readers = Vec::new();
        for role in &thing.roles {
            for rule in role
                .readers
                .iter()
                .filter(|rule| is_set(self.cluster, role, rule))
            {
                if !readers.contains(&rule.component) {
                    readers.push(rule.component);
                }
            }
        }
        Some(IdentityGuide {
            id: thing.id.clone(),
            kind: kind(thing, identity).to_owned(),
            subject: subject(identity),
            purpose: if purposes.is_empty() {
                "signs the CAs below it".to_owned()
            } else {
                purposes.join("; ")
            },
            right,
            owner: self.owner(thing, &readers),
        })
    }

    fn owner(&self, thing: &Thing, readers: &[Component]) -> String {
        let nodes = self.shown(&thing.on).join(", ");
        let readers: Vec<&str> = readers.iter().map(|reader| reader.as_str()).collect();
        if readers.is_empty() {
            nodes
        } else {
            format!("{} on {nodes}", readers.join(", "))
        }
    }
}

fn kind(thing: &Thing, identity: &Identity) -> &'static str {
    let has = |usage| identity.extended_key_usage.contains(&usage);
    let (server, client) = (
        has(ExtendedKeyUsage::ServerAuth),
        has(ExtendedKeyUsage::ClientAuth),
    );
    match &thing.what {
        What::Authority { .. } => "CA",
        _ if server && client => "both",
        _ if server => "server",
        _ => "client",
    }
}

fn subject(identity: &Identity) -> String {
    let groups = identity
        .organizations
        .iter()
        .map(|group| format!("O={group}"));
    let more = identity
        .more
        .iter()
        .map(|(attribute, value)| format!("{attribute}={value}"));
    [format!("CN={}", identity.common_name)]
        .into_iter()
        .chain(groups)
        .chain(more)
        .collect::<Vec<_>>()
        .join(", ")
}

/// What a user may, and through which binding.
fn right(user: &str, groups: &[String]) -> String {
    let rights: Vec<String> = rights_of(user, groups)
        .map(|right| match right.binding {
            "" => right.cluster_role.to_owned(),
            binding => format!("{} through {binding}", right.cluster_role),
        })
        .collect();
    rights.join("; ")
}
