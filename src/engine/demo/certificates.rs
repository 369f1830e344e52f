//! The demo's certificates and keys by name.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use time::{Duration, OffsetDateTime};

use super::NODE;
use super::leaves::{HELD, LEAVES, Leaf};
use crate::pki::issue::{CertificateSpec, Issuer, issue, self_sign};
use crate::pki::key::PrivateKey;
use crate::pki::{Certificate, Error, ExtendedKeyUsage, GeneralName, Name, pem, sha256};
use crate::plan::BACKDATE;

/// The throwaway keys, each under its name: public, and good for nothing else.
const KEYS: &str = include_str!("../../../assets/demo/keys.pem");

/// The names of the keys in the file, in its order.
const KEY_NAMES: [&str; 29] = [
    "ca",
    "front-proxy-ca",
    "etcd-ca",
    "apiserver",
    "apiserver-kubelet-client",
    "apiserver-etcd-client",
    "front-proxy-client",
    "front-proxy-client-other",
    "etcd-server",
    "etcd-peer",
    "etcd-healthcheck-client",
    "sa",
    "admin",
    "admin-old",
    "super-admin",
    "controller-manager",
    "scheduler",
    "kubelet-client",
    "kubelet-serving-ca",
    "kubelet-serving",
    "request-w3",
    "request-w1",
    "request-ci-deployer",
    "etcd-server-old",
    "etcd-peer-old",
    "controller-manager-serving-ca",
    "controller-manager-serving",
    "scheduler-serving-ca",
    "scheduler-serving",
];

/// kubeadm's lifetimes: 10 years for a CA, one for a leaf, both begun [`BACKDATE`] before.
const AUTHORITY_DAYS: i64 = 3650;
const LEAF_DAYS: i64 = 365;

/// How many days the CAs have left: 8 years and 120 days.
const AUTHORITY_LEFT: i64 = 3040;

/// Hours beyond full days, so that "12 d" stays "12 d" for a while after the start.
const MARGIN: Duration = Duration::hours(5);

/// Its first and its last second.
type Lifetime = (OffsetDateTime, OffsetDateTime);

/// Certificates that a component makes for itself: the CA that is thrown away, and the leaf.
pub(super) type OwnNames = (&'static str, &'static str);

const KUBELET: OwnNames = ("kubelet-serving-ca", "kubelet-serving");

/// All that the demo's files are made of.
pub(super) struct DemoMaster {
    keys: BTreeMap<&'static str, PrivateKey>,
    certificates: BTreeMap<&'static str, Certificate>,
}

impl DemoMaster {
    pub(super) fn new(moment: OffsetDateTime) -> Result<Self, Error> {
        let mut master = Self::with_leaves(moment, &LEAVES)?;
        master.make_own(KUBELET, NODE, lifetime(end(moment, 178)?, LEAF_DAYS)?)?;
        Ok(master)
    }

    /// What etcd got before its files were renewed, for the same moment.
    pub(super) fn held(moment: OffsetDateTime) -> Result<Self, Error> {
        Self::with_leaves(moment, &HELD)
    }

    /// What a component makes in memory when it starts at `moment`, for connections from its own
    /// machine (apiserver secure_serving.go, MaybeDefaultWithSelfSignedCerts: an hour old, for a
    /// year).
    pub(super) fn own(names: OwnNames, moment: OffsetDateTime) -> Result<Self, Error> {
        let mut master = Self {
            keys: keys()?,
            certificates: BTreeMap::new(),
        };
        let begun = moved(moment, -Duration::HOUR)?;
        master.make_own(
            names,
            "localhost",
            (begun, moved(begun, Duration::days(LEAF_DAYS))?),
        )?;
        Ok(master)
    }

    fn with_leaves(moment: OffsetDateTime, leaves: &[Leaf]) -> Result<Self, Error> {
        let mut master = Self {
            keys: keys()?,
            certificates: BTreeMap::new(),
        };
        let authority_end = end(moment, AUTHORITY_LEFT)?;
        for (name, common_name) in [
            ("ca", "kubernetes"),
            ("front-proxy-ca", "front-proxy-ca"),
            ("etcd-ca", "etcd-ca"),
        ] {
            let subject = Name::with_groups(common_name, &[])?;
            let spec =
                CertificateSpec::authority(subject, lifetime(authority_end, AUTHORITY_DAYS)?);
            master.self_sign(name, spec)?;
        }
        for leaf in leaves {
            master.leaf(leaf, moment)?;
        }
        Ok(master)
    }

    /// The key of this name.
    pub(super) fn key(&self, name: &str) -> Result<&PrivateKey, Error> {
        self.keys
            .get(name)
            .ok_or_else(|| Error::NotAKey(format!("the demo has no key {name}")))
    }

    /// The certificate of this name.
    pub(super) fn certificate(&self, name: &str) -> Result<&Certificate, Error> {
        self.certificates
            .get(name)
            .ok_or_else(|| Error::NotACertificate(format!("the demo has no {name}")))
    }

    fn self_sign(&mut self, name: &'static str, mut spec: CertificateSpec) -> Result<(), Error> {
        spec.serial_number
            .get_or_insert_with(|| serial_number(name));
        let certificate = self_sign(&spec, self.key(name)?)?;
        self.certificates.insert(name, certificate);
        Ok(())
    }

    fn issue(
        &mut self,
        name: &'static str,
        issuer: &str,
        mut spec: CertificateSpec,
    ) -> Result<(), Error> {
        spec.serial_number
            .get_or_insert_with(|| serial_number(name));
        let issuer = Issuer {
            certificate: self.certificate(issuer)?,
            key: self.key(issuer)?,
        };
        let certificate = issue(&spec, self.key(name)?.public(), issuer)?;
        self.certificates.insert(name, certificate);
        Ok(())
    }

    fn leaf(&mut self, leaf: &Leaf, moment: OffsetDateTime) -> Result<(), Error> {
        let subject = Name::with_groups(leaf.common_name, leaf.organizations)?;
        let lifetime = lifetime(end(moment, leaf.days_left)?, LEAF_DAYS)?;
        let spec =
            CertificateSpec::leaf(subject, leaf.subject_alt_names(), leaf.usages(), lifetime);
        self.issue(leaf.name, leaf.issuer, spec)
    }

    /// As client-go makes it where nobody signs (cert.go, GenerateSelfSignedCertKey): a CA that is
    /// thrown away, and a leaf.
    fn make_own(&mut self, names: OwnNames, host: &str, lifetime: Lifetime) -> Result<(), Error> {
        let (authority, leaf) = names;
        let stamp = lifetime.0.unix_timestamp();
        let mut spec = CertificateSpec::authority(
            Name::with_groups(&format!("{host}-ca@{stamp}"), &[])?,
            lifetime,
        );
        spec.subject_alt_names.clear();
        // Each start makes another one.
        spec.serial_number = Some(serial_number(&format!("{authority} {stamp}")));
        self.self_sign(authority, spec)?;
        let mut names = vec![GeneralName::Dns(host.to_owned())];
        if host == "localhost" {
            names.push(GeneralName::Ip(Ipv4Addr::LOCALHOST.into()));
        }
        let subject = Name::with_groups(&format!("{host}@{stamp}"), &[])?;
        let mut spec =
            CertificateSpec::leaf(subject, names, &[ExtendedKeyUsage::ServerAuth], lifetime);
        spec.serial_number = Some(serial_number(&format!("{leaf} {stamp}")));
        self.issue(leaf, authority, spec)
    }
}

fn keys() -> Result<BTreeMap<&'static str, PrivateKey>, Error> {
    let blocks = pem::blocks(KEYS.as_bytes());
    KEY_NAMES
        .into_iter()
        .zip(blocks)
        .map(|(name, block)| Ok((name, PrivateKey::from_block(&block?)?)))
        .collect()
}

fn end(moment: OffsetDateTime, left: i64) -> Result<OffsetDateTime, Error> {
    let margin = if left < 0 { -MARGIN } else { MARGIN };
    moved(moment, Duration::days(left) + margin)
}

fn lifetime(end: OffsetDateTime, days: i64) -> Result<Lifetime, Error> {
    Ok((moved(end, -Duration::days(days) - BACKDATE)?, end))
}

fn moved(moment: OffsetDateTime, by: Duration) -> Result<OffsetDateTime, Error> {
    moment
        .checked_add(by)
        .ok_or_else(|| Error::Refused(format!("{moment} is too far away")))
}

/// Fixed, positive, and looking like the random ones of kubeadm.
fn serial_number(name: &str) -> u64 {
    let digest = sha256(format!("kubepki demo {name}").as_bytes());
    digest[..8]
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
        >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_file_names_its_keys_in_this_order() {
        let named: Vec<&str> = KEYS
            .lines()
            .filter(|line| KEY_NAMES.contains(line))
            .collect();
        assert_eq!(named, KEY_NAMES);
        assert_eq!(keys().unwrap().len(), KEY_NAMES.len());
        assert!(KEYS.starts_with("THROWAWAY"));
    }
}
