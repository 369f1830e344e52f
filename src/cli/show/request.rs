//! Requests as documents.

use crate::cli::certificate::AlternativeNames;
use crate::cli::document::{PodDocument, RequestDocument, RequesterDocument, some_text};
use crate::inventory::RequestItem;
use crate::inventory::mounted::Mounted;
use crate::pki::hex;
use crate::words::shell;

/// A request as the contract has it, as far as this issue knows it.
pub(in crate::cli) fn document(mounted: &Mounted, item: &RequestItem) -> RequestDocument {
    let request = item.request.as_ref().ok();
    let object = item.object.as_ref();
    let names = request
        .map(|request| AlternativeNames::of(&request.subject_alt_names))
        .unwrap_or_default();
    RequestDocument {
        id: item.id.to_string(),
        path: some_text(&item.path),
        name: item.name.clone(),
        subject: request.map(|request| request.subject.to_rfc4514()),
        key_algorithm: request.map(|request| request.key_algorithm.to_string()),
        signature_algorithm: request.map(|request| request.signature_algorithm.clone()),
        signature_valid: request.and_then(|request| request.signature_valid),
        dns_names: names.dns,
        ip_addresses: names.ip,
        email_addresses: names.email,
        uris: names.uri,
        key_usage: request
            .map(|request| request.key_usage.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        extended_key_usage: request
            .map(|request| {
                request
                    .extended_key_usage
                    .iter()
                    .map(ToString::to_string)
                    .collect()
            })
            .unwrap_or_default(),
        spki_sha256: request.map(|request| hex(&request.spki_sha256)),
        key_path: item.key_path.as_deref().map(ToOwned::to_owned),
        why: item.request.as_ref().err().map(ToString::to_string),
        signer_name: object.and_then(|object| some_text(&object.signer_name)),
        pod: object
            .and_then(|object| object.pod.as_ref())
            .map(|pod| PodDocument {
                namespace: pod.namespace.clone(),
                name: pod.name.clone(),
                service_account: pod.service_account.clone(),
                node: pod.node.clone(),
            }),
        requester: object
            .filter(|object| object.pod.is_none())
            .map(|object| RequesterDocument {
                username: object.username.clone(),
                groups: object.groups.clone(),
            }),
        usages: object
            .map(|object| object.usages.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        expiration_seconds: object.and_then(|object| object.expiration_seconds),
        created: object.and_then(|object| object.created.clone()),
        state: object.map(|object| object.condition.to_string()),
        commands: commands(mounted, item),
    }
}

/// The shell commands that show the same: none for what does not lie in a file, or is no request.
fn commands(mounted: &Mounted, item: &RequestItem) -> Vec<String> {
    let has_file = &*item.path != super::INPUT && !item.path.is_empty();
    if has_file && item.request.is_ok() {
        shell::request(mounted, item)
    } else {
        Vec::new()
    }
}
