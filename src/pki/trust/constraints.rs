//! For which names a CA may sign (RFC 5280 §4.2.1.10), as Go's crypto/x509 judges DNS names and IP
//! addresses (verify.go, checkNameConstraints, matchDomainConstraint, matchIPConstraint). E-mail
//! addresses and URIs are not looked at: no server is dialled by one.

use core::net::IpAddr;

use x509_parser::extensions::{GeneralName as Parsed, GeneralSubtree, ParsedExtension};

use crate::pki::certificate::parse;
use crate::pki::{Certificate, GeneralName};

/// The first name of the certificates below `authority` for which it may not sign.
pub(super) fn forbidden(authority: &Certificate, below: &[&Certificate]) -> Option<GeneralName> {
    let parsed = parse(authority.der()).ok()?;
    let constraints = parsed.name_constraints().ok()??.value;
    let permitted = constraints
        .permitted_subtrees
        .as_deref()
        .unwrap_or_default();
    let excluded = constraints.excluded_subtrees.as_deref().unwrap_or_default();
    let is_forbidden = |name: &GeneralName| {
        let mut of_kind = permitted
            .iter()
            .filter(|subtree| is_of_kind(name, subtree))
            .peekable();
        excluded
            .iter()
            .any(|subtree| is_within(name, subtree, true))
            || of_kind.peek().is_some() && !of_kind.any(|subtree| is_within(name, subtree, false))
    };
    below
        .iter()
        .flat_map(|certificate| certificate.details().subject_alt_names)
        .find(is_forbidden)
}

/// Whether it constrains other names too, of which Go knows nothing (parser.go,
/// parseNameConstraintsExtension).
pub(super) fn are_unknown(authority: &Certificate) -> bool {
    let Ok(parsed) = parse(authority.der()) else {
        return false;
    };
    let constraints =
        parsed
            .extensions()
            .iter()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::NameConstraints(constraints) => Some(constraints),
                _ => None,
            });
    let Some(constraints) = constraints else {
        return false;
    };
    let mut subtrees = constraints
        .permitted_subtrees
        .iter()
        .chain(&constraints.excluded_subtrees)
        .flatten();
    subtrees.any(|subtree| {
        !matches!(
            subtree.base,
            Parsed::DNSName(_) | Parsed::IPAddress(_) | Parsed::RFC822Name(_) | Parsed::URI(_)
        )
    })
}

fn is_of_kind(name: &GeneralName, subtree: &GeneralSubtree<'_>) -> bool {
    matches!(
        (name, &subtree.base),
        (GeneralName::Dns(_), Parsed::DNSName(_)) | (GeneralName::Ip(_), Parsed::IPAddress(_))
    )
}

fn is_within(name: &GeneralName, subtree: &GeneralSubtree<'_>, is_excluded: bool) -> bool {
    match (name, &subtree.base) {
        (GeneralName::Dns(name), Parsed::DNSName(domain)) => is_below(name, domain, is_excluded),
        (GeneralName::Ip(IpAddr::V4(own)), Parsed::IPAddress(range)) => is_in(&own.octets(), range),
        (GeneralName::Ip(IpAddr::V6(own)), Parsed::IPAddress(range)) => is_in(&own.octets(), range),
        _ => false,
    }
}

/// Whether the last labels of a name are those of `domain`; a domain that begins with a dot wants
/// one more. A wildcard may stand for the label that is excluded.
fn is_below(name: &str, domain: &str, is_excluded: bool) -> bool {
    if domain.is_empty() {
        return true;
    }
    let (bare, least) = domain
        .strip_prefix('.')
        .map_or((domain, 0), |bare| (bare, 1));
    let (own, wanted): (Vec<&str>, Vec<&str>) =
        (name.rsplit('.').collect(), bare.rsplit('.').collect());
    let is_met = |(own, wanted): (&&str, &&str)| {
        own.eq_ignore_ascii_case(wanted) || is_excluded && *own == "*"
    };
    own.len() >= wanted.len() + least && own.iter().zip(&wanted).all(is_met)
}

/// Whether an address is in a range: an address and its mask, one after the other.
fn is_in(own: &[u8], range: &[u8]) -> bool {
    let (address, mask) = range.split_at(range.len() / 2);
    let mut bytes = own.iter().zip(address).zip(mask);
    range.len() == 2 * own.len() && bytes.all(|((own, address), mask)| own & mask == address & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_end_at_a_label() {
        for (name, domain, is_excluded, expected) in [
            ("api.example.com", "example.com", false, true),
            ("API.Example.COM", "example.com", false, true),
            ("example.com", "example.com", false, true),
            ("badexample.com", "example.com", false, false),
            ("example.com", ".example.com", false, false),
            ("a.example.com", ".example.com", false, true),
            ("com", "example.com", false, false),
            ("kubernetes", "", false, true),
            ("*.example.com", "example.com", false, true),
            ("*.example.com", "api.example.com", false, false),
            ("*.example.com", "api.example.com", true, true),
            ("*.example.com", "b.api.example.com", true, false),
        ] {
            assert_eq!(
                is_below(name, domain, is_excluded),
                expected,
                "{name} {domain}"
            );
        }
    }

    #[test]
    fn ranges_are_of_the_address_kind() {
        let (own, range) = ([10, 1, 2, 3], [10, 0, 0, 0, 255, 0, 0, 0]);
        assert!(is_in(&own, &range));
        assert!(!is_in(&[11, 1, 2, 3], &range));
        for wrong in [&range[..7], &[][..], &[0; 32]] {
            assert!(!is_in(&own, wrong), "{wrong:?}");
        }
    }
}
