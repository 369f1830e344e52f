//! Kubeconfigs: the client's certificate and key, the CA where it is the signer's, and nothing
//! else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::edits::{Edits, changed, places_of};
use crate::kubernetes::kubeconfig::{self, Edit, Kubeconfig, KubeconfigEntry};
use crate::pki::key::{PrivateKey, PublicHalf};
use crate::pki::text::printable;
use crate::pki::{Certificate, pem};
use crate::plan::PlanError;
use crate::record::Left;

const CERTIFICATE_DATA: &str = "client-certificate-data";
const KEY_DATA: &str = "client-key-data";
const AUTHORITY_DATA: &str = "certificate-authority-data";

/// What a kubeconfig's user gets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Renewed<'a> {
    pub(super) old: &'a Certificate,
    pub(super) new: &'a Certificate,
    /// `None`: the old key stays.
    pub(super) key: Option<&'a PrivateKey>,
    /// The CA that signed, and its file.
    pub(super) authority: (&'a Certificate, &'a [u8]),
}

/// What became of the CA data.
#[derive(Debug, Default)]
pub(super) struct AuthorityData {
    /// Clusters that get the signer's file.
    pub(super) clusters: Vec<String>,
    /// What stays although it may surprise.
    pub(super) left: Vec<Left>,
}

/// Edits the user of place `at` in the file `path`.
///
/// # Errors
/// [`PlanError::Refused`] where the file is not what the inventory knows.
pub(super) fn renew(
    edits: &mut Edits<'_>,
    path: &str,
    at: usize,
    renewed: Renewed<'_>,
) -> Result<AuthorityData, PlanError> {
    let text = std::str::from_utf8(edits.content(path)?).map_err(|_| changed(path))?;
    let read = kubeconfig::parse(text).map_err(|_| changed(path))?;
    let user = read.users.get(at).ok_or_else(|| changed(path))?;
    let mut fields = Vec::new();
    if let Some(data) = &user.certificate {
        let data = data.as_ref().map_err(|_| changed(path))?;
        let places = places_of(data, renewed.old);
        let blocks: Vec<_> = places
            .iter()
            .map(|place| (*place, "CERTIFICATE", renewed.new.der()))
            .collect();
        if blocks.is_empty() {
            return Err(changed(path));
        }
        fields.push(field(
            KubeconfigEntry::User(at),
            CERTIFICATE_DATA,
            &pem::replace(data, &blocks)?,
        ));
    }
    // A key in a file of its own is exchanged there. Where the certificate only is named, the old
    // key must be here: naming a certificate gives nobody its key.
    let is_old = |half: &PublicHalf| half.spki_sha256 == *renewed.old.spki_sha256();
    let holds_old = user
        .key
        .as_ref()
        .is_some_and(|key| key.as_ref().is_ok_and(is_old));
    let is_own = user.certificate.is_some() && (user.key.is_some() || user.key_file.is_none());
    if let Some(key) = renewed.key.filter(|_| is_own || holds_old) {
        fields.push(field(
            KubeconfigEntry::User(at),
            KEY_DATA,
            key.to_pem().as_bytes(),
        ));
    }
    let note = match (user.certificate.is_some(), renewed.key.is_some()) {
        (true, true) => "new client certificate and key",
        (true, false) => "new client certificate",
        (false, _) => "new client key",
    };
    edits.fields(path, fields, note);
    let (fields, authorities) = authority_data(path, &read, &user.name, renewed.authority);
    edits.fields(path, fields, "CA data");
    Ok(authorities)
}

/// Points the user of place `at` to the file `target` in place of its own data.
///
/// # Errors
/// As [`renew`].
pub(super) fn point(
    edits: &mut Edits<'_>,
    path: &str,
    at: usize,
    target: &str,
) -> Result<(), PlanError> {
    let text = std::str::from_utf8(edits.content(path)?).map_err(|_| changed(path))?;
    let read = kubeconfig::parse(text).map_err(|_| changed(path))?;
    if read
        .users
        .get(at)
        .is_none_or(|user| user.certificate.is_none())
    {
        return Err(changed(path));
    }
    let named = |field| Edit {
        entry: KubeconfigEntry::User(at),
        field,
        value: Some(Zeroizing::new(target.to_owned())),
    };
    let removed = |field| Edit {
        entry: KubeconfigEntry::User(at),
        field,
        value: None,
    };
    let fields = vec![
        named("client-certificate"),
        named("client-key"),
        removed(CERTIFICATE_DATA),
        removed(KEY_DATA),
    ];
    edits.fields(path, fields, "points to the kubelet's own certificate");
    Ok(())
}

fn field(entry: KubeconfigEntry, field: &'static str, content: &[u8]) -> Edit {
    Edit {
        entry,
        field,
        value: Some(Zeroizing::new(STANDARD.encode(content))),
    }
}

/// The CA data of the clusters that the user's contexts reach: where it holds a certificate with
/// the signer's subject or key it becomes the signer's file; any other stays and is named.
fn authority_data(
    path: &str,
    read: &Kubeconfig,
    user: &str,
    (authority, file): (&Certificate, &[u8]),
) -> (Vec<Edit>, AuthorityData) {
    let (mut edits, mut found) = (Vec::new(), AuthorityData::default());
    let reached = |name: &str| {
        read.contexts
            .iter()
            .any(|context| context.user == user && context.cluster == name)
    };
    for (at, cluster) in read
        .clusters
        .iter()
        .enumerate()
        .filter(|(_, cluster)| reached(&cluster.name))
    {
        let Some(data) = &cluster.authority else {
            continue;
        };
        let content = data.as_ref().map_or(&[][..], Vec::as_slice);
        let held: Vec<Certificate> = certificates(content);
        let is_signers = |one: &Certificate| {
            one.subject_key() == authority.subject_key()
                || one.spki_sha256() == authority.spki_sha256()
        };
        if held.iter().any(is_signers) && cluster.rancher_cluster().is_none() {
            if content.trim_ascii() != file.trim_ascii() {
                edits.push(field(KubeconfigEntry::Cluster(at), AUTHORITY_DATA, file));
                found.clusters.push(cluster.name.clone());
            }
            continue;
        }
        let of = held
            .first()
            .and_then(Certificate::common_name)
            .unwrap_or("something unreadable");
        found.left.push(Left::new(
            format!("{path}: {AUTHORITY_DATA} of {}", printable(&cluster.name)),
            format!(
                "it holds {}, which does not sign the client's certificate",
                printable(of)
            ),
        ));
    }
    (edits, found)
}

fn certificates(content: &[u8]) -> Vec<Certificate> {
    let blocks = pem::blocks(content)
        .into_iter()
        .flatten()
        .filter(|block| block.label == "CERTIFICATE");
    blocks
        .filter_map(|block| Certificate::from_der(&block.der).ok())
        .collect()
}

/// The CA's file as it goes into a kubeconfig: whole, but never with a key in it.
pub(super) fn authority_pem(content: &[u8], authority: &Certificate) -> Zeroizing<Vec<u8>> {
    let blocks = pem::blocks(content);
    let is_key = |block: &Result<pem::Block, _>| {
        block.as_ref().map_or(true, |block: &pem::Block| {
            crate::pki::key::is_private_key(&block.label)
        })
    };
    if blocks.is_empty() {
        return Zeroizing::new(authority.to_pem().into_bytes());
    }
    if !blocks.iter().any(is_key) {
        return Zeroizing::new(content.to_vec());
    }
    let kept: String = certificates(content)
        .iter()
        .map(Certificate::to_pem)
        .collect();
    Zeroizing::new(kept.into_bytes())
}
