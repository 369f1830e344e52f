//! Whether a verifier takes what a server presents, as Go's crypto/x509 judges it (verify.go), for
//! Go is what every component of Kubernetes and etcd is written in.
//!
//! What is not looked at: policies, revocation.
//!
//! Where OpenSSL judges otherwise: it demands a self-signed root unless `-partial_chain` is given,
//! while Go takes every certificate among the anchors for an end of the path, the server's own too;
//! it compares names as RFC 5280 §7.1 wants, Go byte for byte; it minds authorityKeyIdentifier, Go
//! does not; it takes a CN for a name where there is no DNS name, Go never does.

mod constraints;
mod host;

use std::fmt;

use time::OffsetDateTime;

pub use host::matches_host;

use super::certificate::Details;
use super::extension::Extension;
use super::path::{Refusal, Relation, relation};
use super::{Certificate, ExtendedKeyUsage, GeneralName, KeyUsage, Name};

/// The extensions that Go knows (parser.go, processExtensions).
const EXTENSIONS: [&str; 13] = [
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    NAME_CONSTRAINTS,
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.33",
    "2.5.29.35",
    "2.5.29.36",
    "2.5.29.37",
    "2.5.29.54",
    "1.3.6.1.5.5.7.1.1",
];

const NAME_CONSTRAINTS: &str = "2.5.29.30";

/// As many signatures Go checks for one server (verify.go, maxChainSignatureChecks).
const SIGNATURES: usize = 100;

/// Why a verifier does not take what a server presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// No certificate was presented.
    Nothing,
    /// No anchor signed it, nor a CA that was presented with it; the issuer's name as RFC 4514
    /// text.
    UnknownAuthority {
        /// Who signed, as the certificate says.
        issuer: String,
    },
    /// An anchor bears the issuer's name, and it was signed with another key: a CA that was made
    /// anew under its old name.
    OtherKey {
        /// Who signed, as the certificate says: RFC 4514 text.
        issuer: String,
    },
    /// An anchor bears the issuer's name and is not taken for its issuer.
    Refused(Refusal),
    /// It, or a CA above it, is signed with SHA-1, which Go refuses since 1.18.
    Weak {
        /// As "SHA1-RSA".
        algorithm: String,
    },
    /// A CA of the path has more intermediates below it than it allows (RFC 5280 §4.2.1.9,
    /// pathLenConstraint).
    TooLong {
        /// Whose path length it is: RFC 4514 text.
        authority: String,
    },
    /// A certificate of the path had ended.
    Expired {
        /// Whose: RFC 4514 text.
        subject: String,
        /// When.
        on: OffsetDateTime,
    },
    /// A certificate of the path had not begun.
    NotYetValid {
        /// Whose: RFC 4514 text.
        subject: String,
        /// When it begins.
        from: OffsetDateTime,
    },
    /// A certificate of the path has a critical extension that nobody knows.
    UnknownExtension {
        /// Whose: RFC 4514 text.
        subject: String,
        /// The extension: dotted OID.
        oid: String,
    },
    /// A CA of the path may not sign for one of the names (RFC 5280 §4.2.1.10).
    NotPermitted {
        /// The CA: RFC 4514 text.
        authority: String,
        /// The name.
        name: GeneralName,
    },
    /// Its extended key usage, or that of a CA above it, lacks server authentication.
    NotForServers,
    /// None of its names is the one that is dialled.
    OtherName {
        /// What is dialled.
        dialled: String,
    },
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing was presented"),
            Self::UnknownAuthority { issuer } => {
                write!(f, "it is signed by {issuer}, which is not trusted")
            }
            Self::OtherKey { issuer } => {
                write!(
                    f,
                    "it is signed by another {issuer} than the trusted one (same name, another key)"
                )
            }
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Weak { algorithm } => {
                write!(f, "its signature's algorithm, {algorithm}, is too weak")
            }
            Self::TooLong { authority } => {
                write!(f, "{authority} allows fewer CAs below it (path length)")
            }
            Self::Expired { subject, on } => write!(f, "{subject} expired on {}", on.date()),
            Self::NotYetValid { subject, from } => {
                write!(f, "{subject} is valid only from {}", from.date())
            }
            Self::UnknownExtension { subject, oid } => {
                write!(
                    f,
                    "{subject} has the critical extension {oid}, which nobody knows"
                )
            }
            Self::NotPermitted { authority, name } => {
                write!(f, "{authority} may not sign for {name} (name constraints)")
            }
            Self::NotForServers => f.write_str("it is not for servers (extended key usage)"),
            Self::OtherName { dialled } => write!(f, "{dialled} is not among its names"),
        }
    }
}

/// Whether who trusts `anchors` takes `chain` (the server's own certificate first, the others in
/// any order) at `moment`, dialled as each of `hosts` (IP addresses without brackets, or DNS
/// names).
///
/// # Errors
/// [`Distrust`]: the first reason that a verifier would give: its dates, its names, then the path.
pub fn trusts(
    anchors: &[Certificate],
    chain: &[Certificate],
    hosts: &[String],
    moment: OffsetDateTime,
) -> Result<(), Distrust> {
    let (leaf, others) = chain.split_first().ok_or(Distrust::Nothing)?;
    is_valid(leaf, moment)?;
    if let Some(host) = hosts.iter().find(|host| !matches_host(leaf, host)) {
        return Err(Distrust::OtherName {
            dialled: host.clone(),
        });
    }
    Search {
        anchors,
        others,
        moment,
        signatures: 0,
    }
    .ascend(&mut vec![leaf])
}

/// Whether it is in time, and its critical extensions are known (isValid).
fn is_valid(certificate: &Certificate, moment: OffsetDateTime) -> Result<(), Distrust> {
    let subject = || rfc4514(certificate.subject_der());
    let unknown = |extension: &Extension| {
        let is_known = || EXTENSIONS.contains(&extension.oid.as_str());
        let is_judged =
            || extension.oid != NAME_CONSTRAINTS || !constraints::are_unknown(certificate);
        extension.critical && !(is_known() && is_judged())
    };
    if let Some(extension) = certificate.details().extensions.into_iter().find(unknown) {
        return Err(Distrust::UnknownExtension {
            subject: subject(),
            oid: extension.oid,
        });
    }
    if moment < certificate.not_before() {
        return Err(Distrust::NotYetValid {
            subject: subject(),
            from: certificate.not_before(),
        });
    }
    if moment > certificate.not_after() {
        return Err(Distrust::Expired {
            subject: subject(),
            on: certificate.not_after(),
        });
    }
    Ok(())
}

/// The way from the server's certificate up to an anchor.
struct Search<'a> {
    anchors: &'a [Certificate],
    others: &'a [Certificate],
    moment: OffsetDateTime,
    /// How many signatures were checked.
    signatures: usize,
}

impl<'a> Search<'a> {
    /// Whether a path leads from the last of `path` to an anchor; else the reason at the first dead
    /// end.
    fn ascend(&mut self, path: &mut Vec<&'a Certificate>) -> Result<(), Distrust> {
        let Some(&child) = path.last() else {
            return Err(Distrust::Nothing);
        };
        if self.anchors.contains(child) {
            return for_servers(path);
        }
        let (anchors, others) = (self.anchors.iter(), self.others.iter());
        let mut refused = None;
        for (authority, is_anchor) in anchors
            .map(|one| (one, true))
            .chain(others.map(|one| (one, false)))
        {
            let result = match self.step(path, authority, is_anchor) {
                Ok(false) => continue,
                Ok(true) => {
                    path.push(authority);
                    let result = if is_anchor {
                        for_servers(path)
                    } else {
                        self.ascend(path)
                    };
                    path.pop();
                    result
                }
                // A namesake among what was presented says nothing about the anchors.
                Err(Distrust::OtherKey { .. }) if !is_anchor => continue,
                Err(reason) => Err(reason),
            };
            match (result, &refused) {
                (Ok(()), _) => return Ok(()),
                (Err(reason), None | Some(Distrust::OtherKey { .. })) => refused = Some(reason),
                (Err(_), Some(_)) => {}
            }
        }
        Err(refused.unwrap_or_else(|| Distrust::UnknownAuthority {
            issuer: rfc4514(child.issuer_der()),
        }))
    }

    /// Whether `authority` signed the last of `path` and may stand above it. `Ok(false)`: it bears
    /// another name, or stands in the path already.
    fn step(
        &mut self,
        path: &[&Certificate],
        authority: &Certificate,
        is_anchor: bool,
    ) -> Result<bool, Distrust> {
        let Some(child) = path.last() else {
            return Ok(false);
        };
        if child.issuer_der() != authority.subject_der()
            || path.contains(&authority)
            || self.signatures >= SIGNATURES
        {
            return Ok(false);
        }
        let algorithm = child.details().signature_algorithm;
        if algorithm.contains("SHA1") {
            return Err(Distrust::Weak { algorithm });
        }
        self.signatures += 1;
        match relation(child, authority) {
            Relation::NotSigned => {
                return Err(Distrust::OtherKey {
                    issuer: rfc4514(child.issuer_der()),
                });
            }
            Relation::Refused(refusal @ (Refusal::UnknownAlgorithm | Refusal::BadSignature)) => {
                return Err(Distrust::Refused(refusal));
            }
            // The signature is good; what else is asked of an issuer, Go asks in its own way.
            Relation::Issued
            | Relation::Refused(
                Refusal::AuthorityKeyIdentifier | Refusal::NotAnAuthority | Refusal::NoCertSign,
            ) => {}
        }
        let said = authority.details();
        may_sign(&said, is_anchor).map_err(Distrust::Refused)?;
        is_valid(authority, self.moment)?;
        if let Some(name) = constraints::forbidden(authority, path) {
            return Err(Distrust::NotPermitted {
                authority: said.subject.to_rfc4514(),
                name,
            });
        }
        let allowed = said
            .basic_constraints
            .and_then(|constraints| constraints.path_length);
        if allowed.is_some_and(|allowed| path.len() - 1 > allowed as usize) {
            return Err(Distrust::TooLong {
                authority: said.subject.to_rfc4514(),
            });
        }
        Ok(true)
    }
}

/// What Go asks of an issuer (CheckSignatureFrom, isValid). A certificate of version 1 has no
/// extensions to say that it is a CA: only as an anchor may it sign.
fn may_sign(authority: &Details, is_anchor: bool) -> Result<(), Refusal> {
    let is_authority = match authority.basic_constraints {
        Some(constraints) => constraints.authority,
        None => is_anchor && authority.version < 3,
    };
    if !is_authority {
        return Err(Refusal::NotAnAuthority);
    }
    if !authority.key_usage.is_empty() && !authority.key_usage.contains(&KeyUsage::CertSign) {
        return Err(Refusal::NoCertSign);
    }
    Ok(())
}

/// Whether every certificate of the path allows server authentication: one without extended key
/// usage allows all.
fn for_servers(path: &[&Certificate]) -> Result<(), Distrust> {
    let allows = |certificate: &&Certificate| {
        ExtendedKeyUsage::ServerAuth.is_allowed_by(&certificate.details().extended_key_usage)
    };
    if path.iter().all(allows) {
        Ok(())
    } else {
        Err(Distrust::NotForServers)
    }
}

fn rfc4514(name: &[u8]) -> String {
    Name::from_der(name)
        .map(|name| name.to_rfc4514())
        .unwrap_or_default()
}
