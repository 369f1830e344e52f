//! Certificates in files.

use super::usage::Usage;
use super::{Builder, NewItem};
use crate::inventory::file::{Content, ParsedFile};
use crate::inventory::{Fault, KeyFact, Reader, Source};
use crate::kubernetes::role::{Part, Role};

/// Adds the certificates of a file, or the reason why it has none where it should have some.
pub(super) fn add(builder: &mut Builder<'_>, at: usize, file: &mut ParsedFile) {
    let usage = builder.uses.get(at);
    let certificates = std::mem::take(&mut file.content.certificates);
    let roles = usage.roles_as(&[Part::Certificate, Part::PublicKey]);
    let (file, copies) = (&*file, builder.names.others(at));
    if certificates.is_empty() {
        if let Some(fault) = fault_of(file, usage) {
            let key = builder.keys.absent(builder.usages, file);
            let source = source_of(file, &roles);
            builder.push(NewItem {
                file,
                at,
                index: 0,
                source,
                roles,
                copies,
                content: Err(fault),
                key,
            });
        }
        return;
    }
    let found = builder.keys.pair(
        builder.usages,
        &builder.names.all(at, file),
        usage,
        &certificates,
    );
    for (index, content) in certificates.into_iter().enumerate() {
        let is_principal = index == found.principal;
        let roles = if is_principal {
            roles.clone()
        } else {
            Vec::new()
        };
        let key = if is_principal {
            found.key.clone()
        } else {
            KeyFact::default()
        };
        builder.push(NewItem {
            file,
            at,
            index,
            source: source_of(file, &roles),
            roles,
            copies,
            content,
            key,
        });
    }
}

fn source_of(file: &ParsedFile, roles: &[&Role]) -> Source {
    let is_kubelets =
        file.path.starts_with("/var/lib/kubelet/") || roles.iter().any(|role| role.is_of_kubelet());
    if is_kubelets {
        Source::Kubelet
    } else {
        Source::File
    }
}

/// Why a file without any certificate is an item all the same.
fn fault_of(file: &ParsedFile, usage: &Usage) -> Option<Fault> {
    let content = &file.content;
    let is_absent = matches!(content.fault, Some(Fault::Absent(_))) && file.link.is_none();
    if is_absent && !usage.demanded {
        return None;
    }
    if usage.wants_certificate {
        return Some(content.fault.clone().map_or_else(
            || Fault::Other(instead(content).to_owned()),
            |fault| fault.named_by(&usage.readers),
        ));
    }
    let plays_another_part = usage.is_other || !usage.roles.is_empty();
    if plays_another_part
        || is_absent
        || !has_certificate_ending(&file.path)
        || looks_like_key(&file.path)
    {
        return None;
    }
    // DH parameters and CRLs lie in `.pem` files too, and are what they should be.
    content
        .fault
        .clone()
        .filter(|fault| !(*fault == Fault::OtherBlocks && file.path.ends_with(".pem")))
}

impl Fault {
    /// What is absent, with the flag that names it and where that stands.
    pub(super) fn named_by(self, readers: &[Reader]) -> Self {
        match (self, readers.iter().find(|reader| !reader.file.is_empty())) {
            (Self::Absent(why), Some(reader)) => {
                let Reader {
                    component,
                    file,
                    line,
                    ..
                } = reader;
                Self::Absent(format!(
                    "{why}: {} of {component} names it in {file}:{line}",
                    reader.written_flag()
                ))
            }
            (fault, _) => fault,
        }
    }
}

fn instead(content: &Content) -> &'static str {
    if !content.keys.is_empty() {
        "it holds a private key, not a certificate"
    } else if !content.public_keys.is_empty() {
        "it holds a public key, not a certificate"
    } else if !content.requests.is_empty() {
        "it holds a certification request, not a certificate"
    } else {
        "it holds no certificate"
    }
}

fn has_certificate_ending(path: &str) -> bool {
    let ending = path.rsplit('.').next().unwrap_or_default();
    ["crt", "cer", "der", "pem", "cert"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

/// True for the names that openssl's and cfssl's users give to private keys.
pub(super) fn looks_like_key(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("key"))
        || path.ends_with("-key.pem")
        || path.ends_with("/key.pem")
}
