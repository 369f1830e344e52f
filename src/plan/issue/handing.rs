//! What lies beside a server's certificate for those who use it in the cluster, and for those who
//! dial it.

use super::asked::{check_namespace, check_secret};
use super::draft::{IssueDraft, NewFile};
use super::outline::{Destination, FileKind};
use crate::kubernetes::ingress::{ingress_tls, tls_secret};
use crate::pki::text::{file_name, printable};
use crate::pki::{Certificate, GeneralName, Secret};
use crate::plan::PlanError;
use crate::words::trust;

/// The Secret, the Ingress' part and the page about trust, where a Secret is asked for.
///
/// # Errors
/// [`PlanError::Refused`] for names that no Secret can have, and where no host is among the names.
pub(super) fn files(
    draft: &IssueDraft<'_>,
    certificate: &Certificate,
) -> Result<Vec<NewFile>, PlanError> {
    let (Some(secret), Destination::Prefix(_)) =
        (&draft.task.request.ingress, &draft.outline.destination)
    else {
        return Ok(Vec::new());
    };
    check_secret(&secret.name)
        .and_then(|()| check_namespace(&secret.namespace))
        .map_err(PlanError::refused)?;
    let hosts: Vec<&str> = draft
        .identity
        .names
        .iter()
        .filter_map(|name| match name {
            GeneralName::Dns(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    if hosts.is_empty() {
        return Err(
            PlanError::refused("an Ingress has hosts, and no DNS name is asked for")
                .hint("--san HOST for each"),
        );
    }
    let manifest = tls_secret(
        &secret.name,
        &secret.namespace,
        &draft.served_chain(certificate),
        &draft.key.to_pem(),
    );
    let mut files = vec![
        NewFile::new(
            FileKind::Secret,
            Secret::from(manifest),
            "the Secret for the Ingress, key in it".to_owned(),
        )
        .private(),
        NewFile::new(
            FileKind::Ingress,
            Secret::new(ingress_tls(&secret.name, &hosts).into_bytes()),
            "the Ingress' spec.tls".to_owned(),
        ),
    ];
    files.extend(trust_page(draft));
    Ok(files)
}

/// How systems learn to know the CA.
fn trust_page(draft: &IssueDraft<'_>) -> Option<NewFile> {
    let path = draft.outline.path(FileKind::Authority)?;
    let file = file_name(&path);
    let authority = draft.root()?.details().subject.to_rfc4514();
    let name = file.strip_suffix(".crt").unwrap_or(file);
    let page = trust::page(file, name, &printable(&authority));
    Some(NewFile::new(
        FileKind::Trust,
        Secret::new(page.into_bytes()),
        "how systems learn to know the CA".to_owned(),
    ))
}
