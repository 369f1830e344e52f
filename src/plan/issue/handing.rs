//! What lies beside a server's certificate for those who use it in the cluster, and for those who
//! dial it.

use super::draft::{IssueDraft, NewFile};
use super::outline::{Destination, FileKind};
use crate::kubernetes::ingress::{ingress_tls, tls_secret};
use crate::pki::text::{file_name, printable};
use crate::pki::{Certificate, GeneralName, Secret};
use crate::plan::{PlanError, SecretName};
use crate::setup::check;
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
    checked(secret)?;
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

/// A Secret's name is an RFC 1123 subdomain, a namespace an RFC 1123 label.
fn checked(secret: &SecretName) -> Result<(), PlanError> {
    for (what, name) in [("Secret", &secret.name), ("namespace", &secret.namespace)] {
        let is_label = what == "Secret" || !name.contains('.');
        if check::node_name(name).is_err() || !is_label {
            return Err(PlanError::refused(format!(
                "{:?} is no name of a {what}",
                printable(name)
            ))
            .because("lower-case letters, digits and dashes are (RFC 1123)"));
        }
    }
    Ok(())
}
