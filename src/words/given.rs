//! What was given beside the master, as far as it could not be decoded. Nothing of its text is
//! repeated: it may be secret.

use crate::inventory::given::{Damage, Meant, Undecoded};
use crate::kubernetes::cfssl::CfsslRequest;

/// What can be given.
pub const READABLE: &str = "readable are PEM, DER, base64 of these, kubeconfigs, Secrets and \
    CertificateSigningRequests as YAML or JSON, cfssl's JSON, lines of a token file";

/// What a text is meant to be, and why it could not be decoded: a sentence without its full stop.
fn undecoded(one: &Undecoded) -> String {
    let name = if one.name.is_empty() {
        String::new()
    } else {
        format!("{}: ", one.name)
    };
    let meant = one.meant.map(|meant| format!("it looks like {meant}"));
    // What it is said to hold nothing of is not what it is meant to be.
    let is_told = one.meant.is_some_and(|meant| meant != Meant::Cfssl) && !one.damages.is_empty();
    let fault = one.fault.clone().filter(|_| !is_told);
    let damages = one.damages.iter().map(ToString::to_string);
    let told: Vec<String> = meant.into_iter().chain(damages).chain(fault).collect();
    format!("{name}{}", told.join("; "))
}

/// How many of a text's parts are told one by one.
const MOST_TOLD: usize = 20;

/// The same of each, a line each; of many the first ones.
pub fn all_undecoded(all: &[Undecoded]) -> Vec<String> {
    let mut told: Vec<String> = all.iter().take(MOST_TOLD).map(undecoded).collect();
    if all.len() > MOST_TOLD {
        told.push(format!("and {} more", all.len() - MOST_TOLD));
    }
    told
}

/// What was taken out before it could be decoded.
pub fn mended(damage: Damage) -> String {
    format!("{damage}: it was decoded without that")
}

/// What can be done with a request of cfssl's.
pub const CFSSL: &str = "neither a key nor a PKCS#10 is there yet: request create makes both of it";

/// The names that it asks for, or that it asks for none.
pub fn cfssl_names(request: &CfsslRequest) -> String {
    if request.names.is_empty() {
        return "none: cfssl does not take the CN for one".to_owned();
    }
    let names: Vec<String> = request.names.iter().map(ToString::to_string).collect();
    names.join(", ")
}
