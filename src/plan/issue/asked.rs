//! What can be said of a request for a certificate before anything is read: plans refuse by these,
//! and a wizard says them at the field.

use std::sync::Arc;

use crate::inventory::Inventory;
use crate::kubernetes::layout::PlacePart;
use crate::kubernetes::role::Role;
use crate::pki::text::printable;
use crate::pki::{GeneralName, Name};
use crate::plan::{IssueRequest, Profile, Purpose};
use crate::setup::check;

/// Upper bounds of CN and O (RFC 5280 appendix A.1, ub-common-name, ub-organization-name).
pub(super) const LONGEST: usize = 64;

/// Apple's systems refuse a server's certificate that lives longer, whoever signed it
/// (support.apple.com/HT210176).
const LONGEST_SERVER_DAYS: u32 = 825;

/// The folder of a master in which nothing lies but what its components read.
pub(crate) const OF_COMPONENTS: &str = "/etc/kubernetes";

/// How the place of a role's certificate stands on a master.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RolePlace {
    /// No certificate lies there.
    Free {
        /// The certificate's file.
        certificate: String,
        /// Its key's.
        key: String,
    },
    /// One lies there.
    Taken {
        /// The certificate's file.
        certificate: String,
        /// Its item's id.
        item: Arc<str>,
    },
    /// The layout has none.
    Nowhere,
}

/// Where the layout has this role's files, and what lies there.
pub fn place_of_role(inventory: &Inventory, role: &Role) -> RolePlace {
    let layout = inventory.known_layout();
    let of = |part: PlacePart| {
        let mut places = layout
            .places
            .iter()
            .filter(|place| place.part == part && !place.is_pattern());
        places
            .find(|place| place.roles.first().is_some_and(|first| first.id == role.id))
            .map(|place| place.path.clone())
    };
    let (Some(certificate), Some(key)) = (of(PlacePart::Certificate), of(PlacePart::Key)) else {
        return RolePlace::Nowhere;
    };
    let lies = inventory
        .items
        .iter()
        .find(|item| *item.path == *certificate && item.content.is_ok());
    match lies {
        None => RolePlace::Free { certificate, key },
        Some(item) => RolePlace::Taken {
            certificate,
            item: item.id.clone(),
        },
    }
}

/// Why nobody could be meant: a sentence; `None`: a name is there.
pub fn missing_name(request: &IssueRequest) -> Option<&'static str> {
    let Purpose::Profile(profile) = request.purpose else {
        return None;
    };
    let asked = request.common_name.trim();
    if profile.is_served() {
        let names_itself = matches!(asked.parse(), Ok(GeneralName::Dns(_) | GeneralName::Ip(_)));
        let is_nameless = request.names.is_empty() && request.service.is_none() && !names_itself;
        return is_nameless.then_some("a server that has no name can be verified by nobody");
    }
    let what = match profile {
        Profile::User => "a user has a name",
        Profile::Authority => "a CA has a name",
        _ => "a client has a name",
    };
    asked.is_empty().then_some(what)
}

/// Whether readers of certificates take this CN or O.
///
/// # Errors
/// A sentence where they do not.
pub fn check_attribute(attribute: &str, value: &str) -> Result<(), String> {
    if value.chars().count() > LONGEST {
        return Err(format!(
            "{attribute}={} is longer than {LONGEST} characters: many readers refuse such a subject (RFC 5280 appendix A.1)",
            printable(value)
        ));
    }
    let made = Name::with_attributes(&[(attribute, value)]);
    made.map(drop).map_err(|error| error.to_string())
}

/// What is refused of a server's certificate that lives so long; `None`: nothing.
pub fn too_long(profile: Profile, days: u32) -> Option<String> {
    (profile.is_served() && days > LONGEST_SERVER_DAYS).then(|| {
        format!(
            "Apple's systems refuse a server's certificate that lives longer than {LONGEST_SERVER_DAYS} days: this one has {days}"
        )
    })
}

/// Whether files that are made for others may begin so on this machine.
///
/// # Errors
/// A sentence where they may not.
pub fn check_out(out: &str) -> Result<(), String> {
    let name = out.rsplit('/').next().unwrap_or_default();
    if check::file(out).is_err() || name.starts_with('.') {
        return Err(
            "an absolute path without \"..\" is meant, as /root/kubepki/web/web".to_owned(),
        );
    }
    if out == OF_COMPONENTS || out.starts_with(&format!("{OF_COMPONENTS}/")) {
        return Err(
            "what lies there is read by the master's components, and by whatever looks for them"
                .to_owned(),
        );
    }
    Ok(())
}

/// Whether a Secret can have this name: an RFC 1123 subdomain.
///
/// # Errors
/// A sentence where it cannot.
pub fn check_secret(name: &str) -> Result<(), String> {
    check_object("Secret", name, true)
}

/// Whether a CertificateSigningRequest can have this name: an RFC 1123 subdomain.
///
/// # Errors
/// A sentence where it cannot.
pub fn check_request(name: &str) -> Result<(), String> {
    check_object("CertificateSigningRequest", name, true)
}

/// Whether a namespace can have this name: an RFC 1123 label.
///
/// # Errors
/// A sentence where it cannot.
pub fn check_namespace(name: &str) -> Result<(), String> {
    check_object("namespace", name, false)
}

/// Whether a service can have this name: an RFC 1123 label.
///
/// # Errors
/// A sentence where it cannot.
pub fn check_service(name: &str) -> Result<(), String> {
    check_object("service", name, false)
}

fn check_object(what: &str, name: &str, may_have_dots: bool) -> Result<(), String> {
    if check::node_name(name).is_err() || (!may_have_dots && name.contains('.')) {
        return Err(format!(
            "{:?} is no name of a {what}: lower-case letters, digits and dashes are (RFC 1123)",
            printable(name)
        ));
    }
    Ok(())
}
