//! Which CA would sign a request, and whether kube-controller-manager does so by itself.

use std::sync::Arc;

use time::Duration;

use crate::inventory::{Inventory, Item, ItemIndex, RequestItem, expected};
use crate::kubernetes::component::Component;
use crate::kubernetes::controller_signer::{ControllerSigner, USUAL_DURATION};
use crate::kubernetes::flags::FlagFact;
use crate::kubernetes::role::RoleId;
use crate::kubernetes::signing_request::{SigningRequestKind, SigningRequestSpec, recognise};

/// The flags of the certificate and of its key that stand for every signer
/// (cmd/kube-controller-manager/app/options/csrsigningcontroller.go).
const GENERIC: [&str; 2] = ["cluster-signing-cert-file", "cluster-signing-key-file"];

/// How long it signs for.
const DURATION: &str = "cluster-signing-duration";

/// The same before 1.22.
const OLD_DURATION: &str = "experimental-cluster-signing-duration";

/// What the controller manager of this master signs a signer's requests with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControllerSigning<'a> {
    /// By this certificate and key.
    With {
        /// The certificate's file, and where that is said.
        certificate: &'a FlagFact,
        /// The key's file, and where that is said.
        key: &'a FlagFact,
    },
    /// By nothing: the flags that it would need.
    Without {
        /// Without dashes.
        flags: Vec<String>,
    },
    /// No flags of it were read.
    NotSeen,
}

/// What it signs this signer's requests with, by its flags.
pub fn controller_signing(
    inventory: &Inventory,
    signer: ControllerSigner,
) -> ControllerSigning<'_> {
    let own = ["cert", "key"].map(|half| format!("cluster-signing-{}-{half}-file", signer.flag()));
    let generic = GENERIC.map(str::to_owned);
    for flags in [&own, &generic] {
        let [certificate, key] = flags.each_ref().map(|flag| value_of(inventory, flag));
        if let (Some(certificate), Some(key)) = (certificate, key) {
            return ControllerSigning::With { certificate, key };
        }
        // Its own pair stands for the generic one, and half a pair for none.
        if certificate.or(key).is_some() {
            let missing = |flag: &&String| value_of(inventory, flag).is_none();
            return ControllerSigning::Without {
                flags: flags.iter().filter(missing).cloned().collect(),
            };
        }
    }
    if manager_flags(inventory).next().is_some() {
        ControllerSigning::Without {
            flags: generic.to_vec(),
        }
    } else {
        ControllerSigning::NotSeen
    }
}

/// How long the controller manager signs for at most, and where that is said.
pub fn controller_duration(inventory: &Inventory) -> (Duration, Option<&FlagFact>) {
    let said = value_of(inventory, DURATION).or_else(|| value_of(inventory, OLD_DURATION));
    let read = said.and_then(|fact| Some((go_duration(&fact.value)?, Some(fact))));
    read.unwrap_or((USUAL_DURATION, None))
}

/// The CA that would sign this request here where nobody names one; `None`: nothing says which.
pub fn authority_of(inventory: &Inventory, request: &RequestItem) -> Option<ItemIndex> {
    let object = request.object.as_ref();
    if object.is_some_and(|object| object.pod.is_some()) {
        return None;
    }
    let signer_name = object.map(|object| &*object.signer_name);
    let signer = signer_name.and_then(ControllerSigner::of_name);
    if let Some(signer) = signer
        && let ControllerSigning::With { certificate, .. } = controller_signing(inventory, signer)
    {
        return item_at(inventory, &certificate.value);
    }
    let wanted: &[RoleId] = match kind_of(request)? {
        SigningRequestKind::SelfNodeServer | SigningRequestKind::Service => {
            &[RoleId::ServerCa, RoleId::Ca]
        }
        SigningRequestKind::NodeClient
        | SigningRequestKind::SelfNodeClient
        | SigningRequestKind::User => &[RoleId::ClientCa, RoleId::Ca],
        SigningRequestKind::Other => &[RoleId::Ca],
    };
    expected::authority_for_others(inventory, wanted)
}

/// What it asks for; `None`: it cannot be read.
pub fn kind_of(request: &RequestItem) -> Option<SigningRequestKind> {
    let asked = request.request.as_ref().ok()?;
    let spec = request.object.as_ref().map(|object| SigningRequestSpec {
        signer: &object.signer_name,
        username: &object.username,
        usages: &object.usages,
    });
    Some(recognise(asked, spec))
}

fn item_at(inventory: &Inventory, path: &str) -> Option<ItemIndex> {
    let is_there = |(_, item): &(ItemIndex, &Item)| &*item.path == path && item.is_authority();
    inventory.indexed().find(is_there).map(|(index, _)| index)
}

fn manager_flags(inventory: &Inventory) -> impl Iterator<Item = &FlagFact> {
    let is_its = |fact: &&FlagFact| fact.component == Component::KubeControllerManager;
    inventory.flags.iter().filter(is_its)
}

fn value_of<'a>(inventory: &'a Inventory, flag: &str) -> Option<&'a FlagFact> {
    let is_it = |fact: &&FlagFact| fact.flag == flag && !fact.value.is_empty();
    manager_flags(inventory).filter(is_it).last()
}

/// A duration as Go writes it, whole units only: "8760h", "1h30m" (time.ParseDuration).
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut sum = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.len()
            - rest
                .trim_start_matches(|one: char| one.is_ascii_digit())
                .len();
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.len()
            - after
                .trim_start_matches(|one: char| one.is_ascii_alphabetic())
                .len();
        let (unit, after) = after.split_at_checked(letters)?;
        let seconds = match unit {
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            _ => return None,
        };
        let number: i64 = number.parse().ok()?;
        sum = sum.checked_add(Duration::seconds(number.checked_mul(seconds)?))?;
        rest = after;
    }
    (sum > Duration::ZERO).then_some(sum)
}

/// The file of a component's flags, for whoever shall add some.
pub fn file_of_flags(inventory: &Inventory) -> Option<Arc<str>> {
    let is_file = |fact: &&FlagFact| !fact.file.starts_with("/proc/");
    manager_flags(inventory)
        .find(is_file)
        .map(|fact| Arc::from(fact.file.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory(flags: &[(&str, &str)]) -> Inventory {
        let fact = |(flag, value): &(&str, &str)| FlagFact {
            component: Component::KubeControllerManager,
            flag: (*flag).to_owned(),
            value: (*value).to_owned(),
            file: "/etc/kubernetes/manifests/kube-controller-manager.yaml".to_owned(),
            line: 1,
        };
        Inventory {
            flags: flags.iter().map(fact).collect(),
            ..Inventory::default()
        }
    }

    #[test]
    fn a_signers_own_pair_stands_for_the_generic_one_and_half_a_pair_for_none() {
        let generic = [
            ("cluster-signing-cert-file", "/ca.crt"),
            ("cluster-signing-key-file", "/ca.key"),
        ];
        let own = [
            ("cluster-signing-kubelet-serving-cert-file", "/s.crt"),
            ("cluster-signing-kubelet-serving-key-file", "/s.key"),
        ];
        let with =
            |flags: &[(&str, &str)], signer| match controller_signing(&inventory(flags), signer) {
                ControllerSigning::With { certificate, .. } => certificate.value.clone(),
                ControllerSigning::Without { flags } => flags.join(" "),
                ControllerSigning::NotSeen => "not seen".to_owned(),
            };
        let both = [generic, own].concat();
        for (flags, signer, expected) in [
            (&both[..], ControllerSigner::KubeletServing, "/s.crt"),
            (&both, ControllerSigner::KubeletClient, "/ca.crt"),
            (&own, ControllerSigner::KubeletServing, "/s.crt"),
            (
                &own,
                ControllerSigner::ApiserverClient,
                "cluster-signing-cert-file cluster-signing-key-file",
            ),
            (
                &generic[..1],
                ControllerSigner::ApiserverClient,
                "cluster-signing-key-file",
            ),
            (&[], ControllerSigner::ApiserverClient, "not seen"),
            (
                &[("cluster-signing-cert-file", ""), ("leader-elect", "true")],
                ControllerSigner::ApiserverClient,
                "cluster-signing-cert-file cluster-signing-key-file",
            ),
        ] {
            assert_eq!(with(flags, signer), expected);
        }
    }

    #[test]
    fn durations_are_those_of_go() {
        for (text, hours) in [
            ("8760h", 8760),
            ("87600h0m0s", 87_600),
            ("90m", 1),
            ("1d", 8760),
            ("", 8760),
            ("x", 8760),
        ] {
            let inventory = inventory(&[("cluster-signing-duration", text)]);
            assert_eq!(
                controller_duration(&inventory).0.whole_hours(),
                hours,
                "{text}"
            );
        }
    }
}
