//! The CertificateSigningRequest beside key and request: what a cluster is asked with.

use super::draft::IssueDraft;
use super::naming::USUAL_DOMAIN;
use crate::inventory::Inventory;
use crate::kubernetes::controller_signer::ControllerSigner;
use crate::kubernetes::role::RoleId;
use crate::kubernetes::signing_request::{RequestedUsage, written};
use crate::pki::{CertificationRequest, ExtendedKeyUsage, KeyUsage};
use crate::plan::issue::key_usage_of_leaf;
use crate::plan::names::cluster_domain;
use crate::plan::{AskedObject, Profile, Purpose};

/// Seconds of a day.
const DAY: u32 = 86_400;

/// The longest name of an object (RFC 1123 subdomain).
const LONGEST: usize = 253;

/// The signer of a purpose: Kubernetes' own where there is one.
pub fn signer_of_purpose(inventory: &Inventory, purpose: &Purpose) -> String {
    let controller = match purpose {
        Purpose::Profile(Profile::Client | Profile::User) => ControllerSigner::ApiserverClient,
        Purpose::Profile(Profile::Server | Profile::Peer | Profile::Authority) => {
            let domain = cluster_domain(inventory);
            return format!("{}/serving", domain.as_deref().unwrap_or(USUAL_DOMAIN));
        }
        Purpose::Role { role, .. } => match role {
            RoleId::KubeletServing => ControllerSigner::KubeletServing,
            RoleId::KubeletClient => ControllerSigner::KubeletClient,
            _ => ControllerSigner::ApiserverClient,
        },
    };
    controller.name().to_owned()
}

impl IssueDraft<'_> {
    /// The object's name, which the next commands need.
    pub(super) fn object_name(&self, asked: &AskedObject) -> String {
        let name = if asked.name.is_empty() {
            &self.identity.name
        } else {
            &asked.name
        };
        object_name(name)
    }

    /// The manifest.
    pub(super) fn object(&self, asked: &AskedObject, request: &CertificationRequest) -> String {
        let signer = if asked.signer_name.is_empty() {
            signer_of_purpose(self.task.inventory, &self.task.request.purpose)
        } else {
            asked.signer_name.clone()
        };
        let usages: Vec<String> = self
            .usages(request)
            .iter()
            .map(ToString::to_string)
            .collect();
        let seconds = self.task.request.days.map(|days| days.saturating_mul(DAY));
        written(
            &self.object_name(asked),
            &signer,
            &request.to_pem(),
            &usages,
            seconds,
        )
    }

    /// What it is for: as the request says, else as its purpose has it.
    fn usages(&self, request: &CertificationRequest) -> Vec<RequestedUsage> {
        let asked = self.task.request;
        let of_purpose: Vec<ExtendedKeyUsage> = match &asked.purpose {
            Purpose::Profile(profile) => profile.extended_key_usage().to_vec(),
            Purpose::Role { role, .. } => role.role().extended_key_usage.to_vec(),
        };
        let mut extended = request.extended_key_usage.clone();
        if extended.is_empty() {
            extended = of_purpose;
            let more = asked
                .usages
                .iter()
                .filter(|usage| !extended.contains(usage));
            let more: Vec<ExtendedKeyUsage> = more.cloned().collect();
            extended.extend(more);
        }
        let key: Vec<KeyUsage> = if request.key_usage.is_empty() {
            key_usage_of_leaf(&request.key_algorithm)
        } else {
            request.key_usage.clone()
        };
        let key = key.into_iter().map(RequestedUsage::Key);
        key.chain(extended.into_iter().map(RequestedUsage::Extended))
            .collect()
    }
}

/// A name that an object may have: an RFC 1123 subdomain, made of whatever it is called.
pub fn object_name(name: &str) -> String {
    let plain: String = name
        .to_ascii_lowercase()
        .chars()
        .map(|one| {
            if one.is_ascii_alphanumeric() || one == '.' {
                one
            } else {
                '-'
            }
        })
        .take(LONGEST)
        .collect();
    let labels = plain.split('.').map(|label| label.trim_matches('-'));
    let labels: Vec<&str> = labels.filter(|label| !label.is_empty()).collect();
    if labels.is_empty() {
        return "request".to_owned();
    }
    labels.join(".")
}
