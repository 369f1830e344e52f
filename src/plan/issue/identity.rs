//! Who a new certificate is, and what it is for.

use time::{Duration, OffsetDateTime};

use super::IssueTask;
use super::asked::{
    LONGEST, check_attribute, check_namespace, check_service, missing_name, too_long,
};
use super::naming::{USUAL_DOMAIN, add, names_of_role, names_of_service, parsed};
use super::outline::{Outline, is_of_a_node};
use crate::kubernetes::role::{Role, RoleId};
use crate::pki::issue::{Authority, CertificateSpec, LEAF_KEY_USAGE, RequestSpec};
use crate::pki::key::PrivateKey;
use crate::pki::text::printable;
use crate::pki::{Certificate, ExtendedKeyUsage, GeneralName, KeyKind, KeyUsage, Name};
use crate::plan::{BACKDATE, IssueRequest, PlanError, Profile, Purpose, WrittenRequest};

/// Everything that the certificate says but its dates, its key and its issuer.
#[derive(Debug)]
pub(super) struct NewIdentity {
    /// As it is called in words and for the ledger.
    pub(super) name: String,
    subject: Name,
    pub(super) names: Vec<GeneralName>,
    key_usage: Vec<KeyUsage>,
    extended_key_usage: Vec<ExtendedKeyUsage>,
    authority: Option<Authority>,
    /// Whether it says its key's identifier, which kubeadm's leaves do not.
    says_key_identifier: bool,
    days: u32,
}

/// Works it out; what surprises goes to `warnings`.
///
/// # Errors
/// [`PlanError::Refused`] for what cannot be said in a certificate, and for a server that nobody
/// could verify.
pub(super) fn of(
    task: IssueTask<'_>,
    outline: &Outline,
    key: &PrivateKey,
    warnings: &mut Vec<String>,
) -> Result<NewIdentity, PlanError> {
    let request = task.request;
    if let Some(written) = &request.as_written {
        return Ok(as_written(request, written, warnings));
    }
    let mut identity = match (&request.purpose, outline.role) {
        (Purpose::Profile(profile), _) => of_profile(task, *profile, warnings)?,
        (Purpose::Role { .. }, role) => {
            let role = role.ok_or_else(|| PlanError::refused("there is no such role"))?;
            of_role(task, role, outline.node.as_deref(), warnings)?
        }
    };
    for usage in &request.usages {
        if !identity.extended_key_usage.contains(usage) {
            identity.extended_key_usage.push(usage.clone());
        }
    }
    identity.key_usage = key_usage(identity.authority, &key.public().algorithm);
    Ok(identity)
}

/// Word by word as it was written. Its usages are not in the request: an object says them.
fn as_written(
    request: &IssueRequest,
    written: &WrittenRequest,
    warnings: &mut Vec<String>,
) -> NewIdentity {
    let common_name = written.subject.common_name().unwrap_or_default();
    let is_a_name = |name: &GeneralName| match name {
        GeneralName::Dns(name) => name == common_name,
        GeneralName::Ip(address) => address.to_string() == common_name,
        GeneralName::Email(_) | GeneralName::Uri(_) | GeneralName::Other(_) => false,
    };
    if !common_name.is_empty() && !written.names.iter().any(is_a_name) {
        warnings.push(format!(
            "the CN {} is not added to the names, as cfssl does not do it either: no client finds it there (RFC 9525 §2)",
            printable(common_name)
        ));
    }
    warnings.extend(written.passed_over.iter().cloned());
    let first = || written.names.first().map(ToString::to_string);
    let name = Some(common_name.to_owned()).filter(|name| !name.is_empty());
    NewIdentity {
        name: name.or_else(first).unwrap_or_default(),
        subject: written.subject.clone(),
        names: written.names.clone(),
        key_usage: Vec::new(),
        extended_key_usage: Vec::new(),
        authority: None,
        says_key_identifier: true,
        days: request.days.unwrap_or_default(),
    }
}

/// Key encipherment is for the key transport of RSA alone; other keys have no use of it (RFC 8813
/// §3, RFC 8410 §5; client-go and kubeadm from 1.38 on).
fn key_usage(authority: Option<Authority>, kind: &KeyKind) -> Vec<KeyUsage> {
    if authority.is_some() {
        return vec![
            KeyUsage::DigitalSignature,
            KeyUsage::CertSign,
            KeyUsage::CrlSign,
        ];
    }
    key_usage_of_leaf(kind)
}

/// The usages of a leaf's key of this kind.
pub(in crate::plan) fn key_usage_of_leaf(kind: &KeyKind) -> Vec<KeyUsage> {
    let is_transported =
        |usage: &KeyUsage| *usage != KeyUsage::KeyEncipherment || matches!(kind, KeyKind::Rsa(_));
    LEAF_KEY_USAGE.into_iter().filter(is_transported).collect()
}

fn of_profile(
    task: IssueTask<'_>,
    profile: Profile,
    warnings: &mut Vec<String>,
) -> Result<NewIdentity, PlanError> {
    let request = task.request;
    if let Some(what) = missing_name(request) {
        let refused = PlanError::refused(what);
        return Err(if profile.is_served() {
            refused
                .because("clients look for the name they dial among the subject alternative names, and nowhere else")
                .hint("--san NAME, once for each DNS name and address")
        } else {
            refused.hint("--cn NAME")
        });
    }
    let mut names = parsed(&request.names)?;
    if let Some(service) = &request.service {
        check_service(&service.name)
            .and_then(|()| check_namespace(&service.namespace))
            .map_err(PlanError::refused)?;
        let (own, is_known) = names_of_service(task.inventory, service);
        add(&mut names, parsed(&own)?);
        if !is_known {
            warnings.push(format!(
                "nothing here says the cluster's DNS domain: {USUAL_DOMAIN} is taken for it"
            ));
        }
    }
    let common_name = common_name(request, profile, &mut names, warnings);
    let days = request.days.unwrap_or_else(|| profile.usual_days());
    warnings.extend(too_long(profile, days));
    let authority = (profile == Profile::Authority).then_some(Authority {
        path_length: Some(0),
    });
    let name = if common_name.is_empty() {
        names.first().map(ToString::to_string).unwrap_or_default()
    } else {
        common_name.clone()
    };
    Ok(NewIdentity {
        subject: subject(&common_name, &request.organizations)?,
        name,
        names,
        key_usage: Vec::new(),
        extended_key_usage: profile.extended_key_usage().to_vec(),
        authority,
        says_key_identifier: true,
        days,
    })
}

/// The CN: as asked; else, of a server, its first DNS name that fits. A server's CN is one of its
/// names too.
fn common_name(
    request: &IssueRequest,
    profile: Profile,
    names: &mut Vec<GeneralName>,
    warnings: &mut Vec<String>,
) -> String {
    let asked = request.common_name.trim();
    if asked.is_empty() {
        let first = names.iter().find_map(|name| match name {
            GeneralName::Dns(name) if name.len() <= LONGEST => Some(name.clone()),
            _ => None,
        });
        return first.unwrap_or_default();
    }
    if profile.is_served() {
        match asked.parse::<GeneralName>() {
            Ok(name) if names.contains(&name) => {}
            Ok(name @ (GeneralName::Dns(_) | GeneralName::Ip(_))) if names.is_empty() => {
                names.push(name);
            }
            _ => warnings.push(format!(
                "no client looks for {} in a CN (RFC 9525 §2): it dials one of the names",
                printable(asked)
            )),
        }
    }
    asked.to_owned()
}

fn of_role(
    task: IssueTask<'_>,
    role: &'static Role,
    node: Option<&str>,
    warnings: &mut Vec<String>,
) -> Result<NewIdentity, PlanError> {
    let (inventory, request) = (task.inventory, task.request);
    let needs_node = is_of_a_node(role);
    let node = match node {
        Some(node) => node,
        None if needs_node => {
            return Err(PlanError::refused(format!("{} is for one node", role.name))
                .because("nothing here says this one's name")
                .hint("--node NAME"));
        }
        None => "",
    };
    let mut bears = parsed(&names_of_role(inventory, role, node))?;
    add(&mut bears, parsed(&request.names)?);
    let is_server = role
        .extended_key_usage
        .contains(&ExtendedKeyUsage::ServerAuth);
    if is_server
        && !bears
            .iter()
            .any(|name| matches!(name, GeneralName::Ip(ip) if !ip.is_loopback()))
    {
        warnings.push(
            "it has no address among its names: who dials the node by an address refuses it (--san adds one)".to_owned(),
        );
    }
    let common_name = if request.common_name.is_empty() && role.id == RoleId::KubeletServing {
        // The signer kubernetes.io/kubelet-serving asks for it, and for the group.
        format!("system:node:{node}")
    } else if request.common_name.is_empty() {
        role.common_name.replace("{node}", node)
    } else {
        request.common_name.clone()
    };
    let organizations = groups(request, role, warnings);
    let usual = inventory.known_layout().lifetime_days;
    let days = request
        .days
        .or(task.context.settings.lifetime_days)
        .unwrap_or(usual);
    Ok(NewIdentity {
        subject: subject(&common_name, &organizations)?,
        name: role.name.to_owned(),
        names: bears,
        key_usage: Vec::new(),
        extended_key_usage: role.extended_key_usage.to_vec(),
        authority: None,
        says_key_identifier: false,
        days,
    })
}

/// The O values of a role: as asked, else those of the newest releases, which may not be this
/// cluster's.
fn groups(request: &IssueRequest, role: &Role, warnings: &mut Vec<String>) -> Vec<String> {
    if !request.organizations.is_empty() {
        return request.organizations.clone();
    }
    let Some(newest) = role.organizations.first() else {
        return Vec::new();
    };
    if role.organizations.len() > 1 {
        let of = |groups: &[&str]| {
            if groups.is_empty() {
                "no O".to_owned()
            } else {
                format!("O={}", groups.join(", O="))
            }
        };
        let others: Vec<String> = role.organizations[1..]
            .iter()
            .map(|variant| format!("{} in {}", of(variant.organizations), variant.releases))
            .collect();
        warnings.push(format!(
            "{} has {} as in releases {}; where this cluster is older it was {}: --org says so",
            role.name,
            of(newest.organizations),
            newest.releases,
            others.join(", ")
        ));
    }
    newest
        .organizations
        .iter()
        .map(|group| (*group).to_owned())
        .collect()
}

/// O values first, then the CN, as kubeadm and the recipes order them.
fn subject(common_name: &str, organizations: &[String]) -> Result<Name, PlanError> {
    let mut parts: Vec<(&str, &str)> = organizations
        .iter()
        .map(|group| ("O", group.as_str()))
        .collect();
    parts.extend((!common_name.is_empty()).then_some(("CN", common_name)));
    for (attribute, value) in &parts {
        check_attribute(attribute, value).map_err(PlanError::refused)?;
    }
    Ok(Name::with_attributes(&parts)?)
}

impl NewIdentity {
    /// From five minutes ago for as many days as asked, and never outside the lives of the CAs above
    /// it, that which signs first.
    ///
    /// # Errors
    /// [`PlanError::Refused`] for no days, or more than a date can hold.
    pub(super) fn lifetime(
        &self,
        task: IssueTask<'_>,
        chain: &[&Certificate],
        warnings: &mut Vec<String>,
    ) -> Result<(OffsetDateTime, OffsetDateTime), PlanError> {
        let (moment, days) = (task.context.moment, self.days);
        if days == 0 {
            return Err(PlanError::refused("a certificate cannot live for 0 days"));
        }
        let end = moment.checked_add(Duration::days(i64::from(days)));
        let end = end.ok_or_else(|| {
            PlanError::refused(format!("{days} days are more than a date can hold"))
        })?;
        let (living, ended): (Vec<&Certificate>, Vec<&Certificate>) =
            chain.iter().partition(|one| one.not_after() > moment);
        if let Some(dead) = ended.first() {
            warnings.push(format!(
                "the CA {} above it ended on {}: whoever looks up to that one believes nothing below it",
                printable(&dead.details().subject.to_rfc4514()),
                dead.not_after().date()
            ));
        }
        let last = living
            .iter()
            .map(|one| one.not_after())
            .min()
            .unwrap_or(end);
        if end > last {
            warnings.push(format!(
                "a CA above it ends first: what is signed now ends with that on {}, not after {days} days",
                last.date()
            ));
        }
        let first = chain.first().map_or(moment, |one| one.not_before());
        let begin = moment.saturating_sub(BACKDATE).max(first);
        Ok((begin, end.min(last)))
    }

    /// As a certificate that lives so long.
    pub(super) fn certificate(
        &self,
        lifetime: (OffsetDateTime, OffsetDateTime),
    ) -> CertificateSpec {
        CertificateSpec {
            key_usage: self.key_usage.clone(),
            authority: self.authority,
            subject_key_identifier: self.says_key_identifier,
            ..CertificateSpec::leaf(
                self.subject.clone(),
                self.names.clone(),
                &self.extended_key_usage,
                lifetime,
            )
        }
    }

    /// As a request. That it asks for a CA is said beside it: requests have no field for that here.
    pub(super) fn request(&self) -> RequestSpec {
        RequestSpec {
            subject: self.subject.clone(),
            subject_alt_names: self.names.clone(),
            key_usage: self.key_usage.clone(),
            extended_key_usage: self.extended_key_usage.clone(),
        }
    }

    /// The subject.
    pub(super) fn subject(&self) -> &Name {
        &self.subject
    }

    /// Whether it is a CA's.
    pub(super) fn is_authority(&self) -> bool {
        self.authority.is_some()
    }
}
