//! What is there already: whether it can stay. kubeadm keeps what fits, refuses what does not, and
//! never writes over it (certs.go, kubeconfig.go).

use time::OffsetDateTime;

use crate::inventory::file::{Content, Expectation, FoundKey, parse};
use crate::kubernetes::kubeconfig::{Credential, Kubeconfig, Token};
use crate::kubernetes::role::Role;
use crate::pki::path::{Relation, relation};
use crate::pki::text::printable;
use crate::pki::{Certificate, KeyUsage, Secret, key, pem};
use crate::plan::PlanError;
use crate::setup::blueprint::Identity;

/// Something that is there does not fit.
pub(super) fn refused(path: &str, why: impl Into<String>) -> PlanError {
    let path = printable(path);
    PlanError::refused(format!("{path} is there and cannot stay as it is"))
        .because(why)
        .hint(format!(
            "look at it; to have it made anew: --replace {}",
            crate::pki::text::quoted(&path)
        ))
}

fn content(bytes: &Secret, is_kubeconfig: bool) -> Content {
    parse(
        bytes.expose(),
        Expectation {
            kubeconfig: is_kubeconfig,
            tokens: false,
        },
    )
}

/// The first certificate of a file.
pub(super) fn certificate(path: &str, bytes: &Secret) -> Result<Certificate, PlanError> {
    let found = content(bytes, false);
    match found.certificates.into_iter().next() {
        Some(Ok(certificate)) => Ok(certificate),
        Some(Err(fault)) => Err(refused(
            path,
            format!("its certificate cannot be read: {fault}"),
        )),
        None => {
            let why = found.fault.map_or_else(
                || "it holds no certificate".to_owned(),
                |fault| fault.to_string(),
            );
            Err(refused(path, why))
        }
    }
}

/// The private key of a file: its public half, `None` for an encrypted one.
pub(super) fn private_key(
    path: &str,
    bytes: &Secret,
) -> Result<Option<key::PublicHalf>, PlanError> {
    match content(bytes, false).keys.into_iter().next() {
        Some(FoundKey::Readable(half)) => Ok(Some(half)),
        Some(FoundKey::Encrypted) => Ok(None),
        Some(FoundKey::Unreadable(why)) => {
            Err(refused(path, format!("its key cannot be read: {why}")))
        }
        Some(FoundKey::NotSeen) | None => key::inspect_der(bytes.expose())
            .map(Some)
            .map_err(|_| refused(path, "it holds no private key")),
    }
}

/// Whether the private key of `path` is that of `certificate`, as far as it can be seen.
pub(super) fn is_key_of(
    path: &str,
    bytes: &Secret,
    certificate: &Certificate,
) -> Result<(), PlanError> {
    match private_key(path, bytes)? {
        Some(half) if half.spki_sha256 != *certificate.spki_sha256() => Err(refused(
            path,
            "it is not the key of the certificate beside it",
        )),
        _ => Ok(()),
    }
}

/// Whether a CA can stay.
pub(super) fn check_authority(
    path: &str,
    authority: &Certificate,
    moment: OffsetDateTime,
) -> Result<(), PlanError> {
    let usage = authority.details().key_usage;
    if !authority.is_authority() {
        return Err(refused(path, "it is not a CA (basic constraints)"));
    }
    if !usage.is_empty() && !usage.contains(&KeyUsage::CertSign) {
        return Err(refused(
            path,
            "it may not sign certificates (key usage without cert sign)",
        ));
    }
    if authority.not_after() < moment {
        return Err(refused(
            path,
            format!("the CA expired on {}", authority.not_after().date()),
        ));
    }
    Ok(())
}

/// Whether a service account's public key is that of the private one.
pub(super) fn check_public_key(
    path: &str,
    bytes: &Secret,
    private: &key::PublicHalf,
) -> Result<(), PlanError> {
    let halves = content(bytes, false).public_keys;
    if halves
        .iter()
        .any(|half| half.spki_sha256 == private.spki_sha256)
    {
        return Ok(());
    }
    Err(refused(
        path,
        "it is not the public half of the key beside it",
    ))
}

/// What a leaf must be.
#[derive(Clone, Copy)]
pub(super) struct Expected<'a> {
    /// Where it lies.
    pub(super) path: &'a str,
    pub(super) identity: &'a Identity,
    pub(super) roles: &'a [&'static Role],
    pub(super) authority: &'a Certificate,
    pub(super) moment: OffsetDateTime,
}

impl Expected<'_> {
    /// Whether the leaf can stay; what can surprise of it.
    ///
    /// # Errors
    /// Where it is not signed by the CA here, or is somebody else.
    pub(super) fn check(&self, leaf: &Certificate) -> Result<Vec<String>, PlanError> {
        let refuse = |why: String| refused(self.path, why);
        let authority = self
            .authority
            .common_name()
            .map(printable)
            .unwrap_or_default();
        match relation(leaf, self.authority) {
            Relation::Issued => {}
            Relation::NotSigned => {
                return Err(refuse(format!("the CA {authority} here did not sign it")));
            }
            Relation::Refused(why) => {
                return Err(refuse(format!(
                    "it does not chain to the CA {authority}: {why}"
                )));
            }
        }
        let details = leaf.details();
        let missing = self
            .identity
            .subject_alt_names
            .iter()
            .filter(|name| !details.subject_alt_names.contains(name));
        let missing: Vec<String> = missing.map(ToString::to_string).collect();
        if !missing.is_empty() {
            return Err(refuse(format!(
                "its subject alternative names lack {}",
                missing.join(", ")
            )));
        }
        let mut usages = self.identity.extended_key_usage.iter();
        if let Some(usage) = usages.find(|usage| !usage.is_allowed_by(&details.extended_key_usage))
        {
            return Err(refuse(format!("its extended key usage lacks {usage}")));
        }
        let mut warnings = self.check_subject(leaf)?;
        let path = printable(self.path);
        if leaf.not_after() < self.moment {
            let end = leaf.not_after().date();
            warnings.push(format!(
                "{path} expired on {end} and stays as it is: renew it, or have it made anew"
            ));
        } else if leaf.not_before() > self.moment {
            warnings.push(format!(
                "{path} is valid only from {}",
                leaf.not_before().date()
            ));
        }
        Ok(warnings)
    }

    fn check_subject(&self, leaf: &Certificate) -> Result<Vec<String>, PlanError> {
        let subject = leaf.details().subject;
        let common_name = subject.common_name().unwrap_or_default();
        if common_name != self.identity.common_name {
            let (is, wanted) = (printable(common_name), &self.identity.common_name);
            return Err(refused(
                self.path,
                format!("its CN is {is:?}, not {wanted:?}"),
            ));
        }
        let groups = subject.organizations();
        let is_same = |wanted: &[&str]| {
            wanted.iter().all(|group| groups.contains(group))
                && groups.iter().all(|group| wanted.contains(group))
        };
        let wanted: Vec<&str> = self
            .identity
            .organizations
            .iter()
            .map(String::as_str)
            .collect();
        if is_same(&wanted) {
            return Ok(Vec::new());
        }
        let list = |groups: &[&str]| {
            if groups.is_empty() {
                "none".to_owned()
            } else {
                printable(&groups.join(", ")).into_owned()
            }
        };
        let difference = format!(
            "its groups (O) are {}, not {}",
            list(&groups),
            list(&wanted)
        );
        let role = self.roles.first().into_iter();
        if role
            .flat_map(|role| role.organizations)
            .any(|variant| is_same(variant.organizations))
        {
            return Ok(vec![format!(
                "{}: {difference}: those of another release",
                printable(self.path)
            )]);
        }
        Err(refused(self.path, difference))
    }
}

/// A kubeconfig that is there.
///
/// # Errors
/// Where it is none, or does not trust the CA here.
pub(super) fn kubeconfig(
    path: &str,
    bytes: &Secret,
    server: &str,
    authority: &Certificate,
) -> Result<(Kubeconfig, Vec<String>), PlanError> {
    let read = match content(bytes, true).kubeconfig {
        Some(Ok(read)) => *read,
        Some(Err(fault)) => return Err(refused(path, fault.to_string())),
        None => return Err(refused(path, "it is no kubeconfig")),
    };
    let context = read
        .current_context()
        .cloned()
        .ok_or_else(|| refused(path, "it has no current context"))?;
    let cluster = read
        .cluster(&context.cluster)
        .ok_or_else(|| refused(path, "its current context names no cluster"))?;
    let mut warnings = Vec::new();
    match (&cluster.authority, &cluster.authority_file) {
        (Some(Ok(data)), _) => {
            let mut found = pem::blocks(data).into_iter().flatten();
            if !found.any(|block| *block.der == *authority.der()) {
                return Err(refused(
                    path,
                    "the CA in it is not the one here (certificate-authority-data)",
                ));
            }
        }
        (Some(Err(fault)), _) => {
            return Err(refused(
                path,
                format!("certificate-authority-data: {fault}"),
            ));
        }
        // Which file that is, and what is in it, the inventory says once it is read.
        (None, Some(_)) => {}
        (None, None) => return Err(refused(path, "it names no CA")),
    }
    if cluster.server != server {
        let path = printable(path);
        warnings.push(format!(
            "{path} stays as it is: its server is {}, not {server}",
            printable(&cluster.server)
        ));
    }
    Ok((read, warnings))
}

/// The client certificate in a kubeconfig; `None` where it names files, or shows itself by other
/// means.
///
/// # Errors
/// Where it cannot be read, or the key is another's.
pub(super) fn client(path: &str, read: &Kubeconfig) -> Result<Option<Certificate>, PlanError> {
    let user = read
        .current_context()
        .and_then(|context| read.user(&context.user));
    let user = user.ok_or_else(|| refused(path, "its current context names no user"))?;
    let Some(data) = &user.certificate else {
        return match user.credential() {
            Credential::None => Err(refused(
                path,
                "its user has neither a certificate nor a token",
            )),
            _ => Ok(None),
        };
    };
    let data = data
        .as_ref()
        .map_err(|fault| refused(path, format!("client-certificate-data: {fault}")))?;
    let certificate = certificate(path, &Secret::new(data.clone()))?;
    match &user.key {
        Some(Ok(half)) if half.spki_sha256 != *certificate.spki_sha256() => Err(refused(
            path,
            "the key in it is not that of its certificate",
        )),
        Some(Err(fault)) => Err(refused(path, format!("client-key-data: {fault}"))),
        _ => Ok(Some(certificate)),
    }
}

/// The token in a kubeconfig.
pub(super) fn token<'a>(path: &str, read: &'a Kubeconfig) -> Result<&'a Token, PlanError> {
    let user = read
        .current_context()
        .and_then(|context| read.user(&context.user));
    let token = user.and_then(|user| user.token.as_ref());
    token.ok_or_else(|| refused(path, "there is no token in it"))
}
