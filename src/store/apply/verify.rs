//! Do the new files hold what they should? Looked at as any reader of the master would, before one
//! takes its place.

use std::collections::BTreeMap;
use std::path::Path;

use super::{ApplyError, Folders};
use crate::inventory::Fault;
use crate::inventory::file::{Content, Expectation, FoundKey, parse};
use crate::kubernetes::kubeconfig::KubeconfigFault;
use crate::pki::{Certificate, Digest};
use crate::plan::archive::{Member, read};
use crate::plan::{After, Change, Plan};
use crate::record::{IssueSummary, NodeFile, Place};
use crate::store::path_state::{SeenAtPath, look};

/// No new file is worse than the old one, and each issued certificate lies beside its key.
pub(super) fn verify(
    plan: &Plan,
    seen: &[SeenAtPath],
    folders: &Folders<'_>,
) -> Result<(), ApplyError> {
    // What is taken back may be as faulty as it was.
    if plan.undoes.is_none() {
        plan.changes
            .iter()
            .zip(seen)
            .try_for_each(|(change, seen)| not_worse(change, seen))?;
    }
    let written = WrittenFiles::of(plan)?;
    plan.summary
        .issues
        .iter()
        .try_for_each(|issue| issued(&written, issue, folders))
}

fn wrong(path: &str, why: impl Into<String>) -> ApplyError {
    ApplyError::StagedWrong {
        path: path.to_owned(),
        why: why.into(),
    }
}

fn not_worse(change: &Change, seen: &SeenAtPath) -> Result<(), ApplyError> {
    let After::File { content, .. } = &change.after else {
        return Ok(());
    };
    let new = parse(content.expose(), Expectation::default());
    let old = seen
        .content
        .as_ref()
        .map(|old| parse(old.expose(), Expectation::default()));
    // What was no file of the PKI need not become one.
    let old = old
        .as_ref()
        .filter(|old| !old.is_empty())
        .map(faults)
        .unwrap_or_default();
    let new = faults(&new);
    match new.iter().find(|fault| !old.contains(fault)) {
        Some(fault) if new.len() > old.len() => Err(wrong(&change.path, fault.to_string())),
        _ => Ok(()),
    }
}

/// One thing that is wrong with a file by itself.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Wrong<'a> {
    /// A certificate in it, or that it is no kubeconfig.
    #[error("{0}")]
    File(&'a Fault),
    /// A key in it.
    #[error("{0}")]
    Key(&'a crate::pki::Error),
    /// Its key and its certificate are of two pairs.
    #[error("its key does not belong to its certificate")]
    ForeignKey,
    /// What kubectl stumbles over.
    #[error("{0}")]
    Kubeconfig(&'a KubeconfigFault),
    /// Key and certificate of a user are of two pairs.
    #[error("the key of user {0} does not belong to its certificate")]
    ForeignKeyOf(&'a str),
    /// The certificate of a user.
    #[error("the certificate of user {0} cannot be read")]
    CertificateOf(&'a str),
    /// The key of a user.
    #[error("the key of user {0} cannot be read")]
    KeyOf(&'a str),
}

/// All that is wrong with a file by itself.
fn faults(content: &Content) -> Vec<Wrong<'_>> {
    let mut faults = Vec::new();
    faults.extend(
        content
            .certificates
            .iter()
            .filter_map(|one| one.as_ref().err())
            .map(Wrong::File),
    );
    faults.extend(content.keys.iter().filter_map(|key| match key {
        FoundKey::Unreadable(why) => Some(Wrong::Key(why)),
        _ => None,
    }));
    if let (Some(Ok(certificate)), [FoundKey::Readable(half)]) =
        (content.certificates.first(), &content.keys[..])
        && *certificate.spki_sha256() != half.spki_sha256
    {
        faults.push(Wrong::ForeignKey);
    }
    match &content.kubeconfig {
        Some(Err(why)) => faults.push(Wrong::File(why)),
        Some(Ok(kubeconfig)) => {
            faults.extend(kubeconfig.faults.iter().map(Wrong::Kubeconfig));
            for user in &kubeconfig.users {
                let certificate = user
                    .certificate
                    .as_ref()
                    .map(|data| data.as_ref().map(|pem| first(pem)));
                match (certificate, &user.key) {
                    (Some(Ok(Some(certificate))), Some(Ok(half)))
                        if *certificate.spki_sha256() != half.spki_sha256 =>
                    {
                        faults.push(Wrong::ForeignKeyOf(&user.name));
                    }
                    (Some(Ok(None) | Err(_)), _) => faults.push(Wrong::CertificateOf(&user.name)),
                    (_, Some(Err(_))) => faults.push(Wrong::KeyOf(&user.name)),
                    _ => {}
                }
            }
        }
        None => {}
    }
    faults
}

fn first(pem: &[u8]) -> Option<Certificate> {
    parse(pem, Expectation::default())
        .certificates
        .into_iter()
        .next()?
        .ok()
}

/// What a plan writes for this master and into the archives of others, archives opened once.
struct WrittenFiles<'a> {
    plan: &'a Plan,
    archives: BTreeMap<&'a str, Vec<Member>>,
}

impl<'a> WrittenFiles<'a> {
    fn of(plan: &'a Plan) -> Result<Self, ApplyError> {
        let names = plan
            .summary
            .nodes
            .iter()
            .filter_map(|node| node.archive.as_ref());
        let archives = names.map(|archive| -> Result<_, ApplyError> {
            let change = plan
                .changes
                .iter()
                .find(|change| change.place == Place::Local && change.path == archive.path);
            let Some(After::File { content, .. }) = change.map(|change| &change.after) else {
                return Ok((archive.path.as_str(), Vec::new()));
            };
            let members = read(content).map_err(|error| wrong(&archive.path, error.to_string()))?;
            Ok((archive.path.as_str(), members))
        });
        Ok(Self {
            plan,
            archives: archives.collect::<Result<_, ApplyError>>()?,
        })
    }

    /// Every place of the issue's path: on this master, or in the archives of the nodes that get
    /// it.
    fn places(
        &self,
        issue: &IssueSummary,
        path: &str,
        folders: &Folders<'_>,
    ) -> Vec<(Content, bool)> {
        let nodes = self.plan.summary.nodes.iter().filter(|node| {
            let is_its = |file: &NodeFile| match &issue.node {
                Some(name) => *name == node.name,
                None => node.archive.is_none() || file.shared,
            };
            node.files
                .iter()
                .any(|file| file.path == path && is_its(file))
        });
        let archives: Vec<_> = nodes
            .clone()
            .filter_map(|node| node.archive.as_ref())
            .collect();
        let members = archives
            .iter()
            .filter_map(|archive| self.archives.get(archive.path.as_str()))
            .flatten();
        let members = members
            .filter(|member| member.path == path)
            .filter_map(|member| member.content.as_ref());
        let mut places: Vec<_> = members
            .map(|content| (parse(content.expose(), Expectation::default()), true))
            .collect();
        // Where no node is named all is on this master.
        if self.plan.summary.nodes.is_empty() || nodes.clone().any(|node| node.archive.is_none()) {
            places.extend(self.here(path, folders));
        }
        places
    }

    fn here(&self, path: &str, folders: &Folders<'_>) -> Option<(Content, bool)> {
        let change = self
            .plan
            .changes
            .iter()
            .find(|change| change.path == *path && change.place == Place::Master);
        match change.map(|change| &change.after) {
            Some(After::File { content, .. }) => {
                Some((parse(content.expose(), Expectation::default()), true))
            }
            Some(After::Link(_) | After::Absent | After::Directory(_)) => None,
            // A key that is kept must be the right one too.
            Some(After::Attributes(_)) => Some((on_disk(path, folders)?, true)),
            None => Some((on_disk(path, folders)?, false)),
        }
    }
}

/// Every file of the issue that holds certificates holds this one; every one that holds keys, its
/// key.
fn issued(
    written: &WrittenFiles<'_>,
    issue: &IssueSummary,
    folders: &Folders<'_>,
) -> Result<(), ApplyError> {
    for path in &issue.paths {
        for (content, is_written) in written.places(issue, path, folders) {
            let (certificates, keys) = held(&content);
            if !certificates.is_empty()
                && is_written
                && !certificates.contains(issue.after.sha256())
            {
                return Err(wrong(path, "it does not hold the new certificate"));
            }
            if !keys.is_empty() && !keys.contains(issue.after.spki_sha256()) {
                return Err(wrong(
                    path,
                    "its key does not belong to the new certificate",
                ));
            }
        }
    }
    Ok(())
}

fn on_disk(path: &str, folders: &Folders<'_>) -> Option<Content> {
    let spot = folders.spot(Place::Master, Path::new(path), true).ok()?;
    let seen = look(&spot.folder, &spot.name).ok()?;
    Some(parse(seen.content?.expose(), Expectation::default()))
}

/// The digests of the certificates and of the keys' public halves in a file, a kubeconfig's own
/// too.
fn held(content: &Content) -> (Vec<Digest>, Vec<Digest>) {
    let own = content
        .certificates
        .iter()
        .flatten()
        .map(|certificate| *certificate.sha256());
    let halves = content.keys.iter().filter_map(|key| match key {
        FoundKey::Readable(half) => Some(half.spki_sha256),
        _ => None,
    });
    let users = || {
        content
            .kubeconfig
            .iter()
            .flatten()
            .flat_map(|kubeconfig| &kubeconfig.users)
    };
    let embedded = users().filter_map(|user| first(user.certificate.as_ref()?.as_ref().ok()?));
    let embedded_keys =
        users().filter_map(|user| Some(user.key.as_ref()?.as_ref().ok()?.spki_sha256));
    (
        own.chain(embedded.map(|certificate| *certificate.sha256()))
            .collect(),
        halves.chain(embedded_keys).collect(),
    )
}
