//! The demo's waiting requests: two CertificateSigningRequest objects as `kubectl get csr -o yaml`
//! gives them, and one PKCS#10 file with its key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::certificates::DemoMaster;
use super::entry::{DemoEntry, file, secret};
use crate::pki::issue::RequestSpec;
use crate::pki::{CertificationRequest, Error, ExtendedKeyUsage, GeneralName, Name};

struct Object {
    name: &'static str,
    key: &'static str,
    node: &'static str,
    address: Option<&'static str>,
    signer: &'static str,
    usage: ExtendedKeyUsage,
    username: &'static str,
    groups: &'static [&'static str],
    waiting: Duration,
}

const OBJECTS: [Object; 2] = [
    Object {
        name: "node-csr-x7Kq2vZc8YtLw4mJ1nRb6sHd0pFgEa3uXi5oTyNkM9Q",
        key: "request-w3",
        node: "w3",
        address: None,
        signer: "kubernetes.io/kube-apiserver-client-kubelet",
        usage: ExtendedKeyUsage::ClientAuth,
        username: "system:bootstrap:x7kq2v",
        groups: &[
            "system:bootstrappers",
            "system:bootstrappers:kubeadm:default-node-token",
            "system:authenticated",
        ],
        waiting: Duration::minutes(41),
    },
    Object {
        name: "csr-9f2k1",
        key: "request-w1",
        node: "w1",
        address: Some("10.0.0.21"),
        signer: "kubernetes.io/kubelet-serving",
        usage: ExtendedKeyUsage::ServerAuth,
        username: "system:node:w1",
        groups: &["system:nodes", "system:authenticated"],
        waiting: Duration::hours(7),
    },
];

pub(super) fn entries(
    master: &DemoMaster,
    moment: OffsetDateTime,
) -> Result<Vec<DemoEntry>, Error> {
    let mut all = Vec::new();
    for object in &OBJECTS {
        let path = format!("etc/kubernetes/requests/{}.yaml", object.name);
        all.push(file(&path, 0o600, object.yaml(master, moment)?));
    }
    let (name, key) = ("ci-deployer", "request-ci-deployer");
    let request = signed(
        master,
        key,
        Name::with_groups(name, &["deployers"])?,
        Vec::new(),
    )?;
    all.push(file(
        &format!("etc/kubernetes/pki/{name}.csr"),
        0o600,
        request.to_pem(),
    ));
    all.push(secret(
        &format!("etc/kubernetes/pki/{name}.key"),
        master.key(key)?.to_pem(),
    ));
    Ok(all)
}

fn signed(
    master: &DemoMaster,
    key: &str,
    subject: Name,
    names: Vec<GeneralName>,
) -> Result<CertificationRequest, Error> {
    let spec = RequestSpec {
        subject,
        subject_alt_names: names,
        key_usage: Vec::new(),
        extended_key_usage: Vec::new(),
    };
    spec.sign(master.key(key)?)
}

impl Object {
    fn yaml(&self, master: &DemoMaster, moment: OffsetDateTime) -> Result<String, Error> {
        let subject = Name::with_groups(&format!("system:node:{}", self.node), &["system:nodes"])?;
        let address = self
            .address
            .and_then(|address| address.parse().ok())
            .map(GeneralName::Ip);
        let names = address
            .into_iter()
            .flat_map(|address| [GeneralName::Dns(self.node.to_owned()), address])
            .collect();
        let request = STANDARD.encode(signed(master, self.key, subject, names)?.to_pem());
        let created = moment
            .checked_sub(self.waiting)
            .and_then(|created| created.format(&Rfc3339).ok())
            .ok_or_else(|| Error::Refused(format!("{moment} is too far away")))?;
        let Self {
            name,
            signer,
            usage,
            username,
            ..
        } = self;
        let groups: String = self
            .groups
            .iter()
            .map(|group| ["  - ", group, "\n"].concat())
            .collect();
        Ok(format!(
            "apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata:
  creationTimestamp: \"{created}\"
  name: {name}
spec:
  groups:
{groups}  request: {request}
  signerName: {signer}
  usages:
  - digital signature
  - key encipherment
  - {usage}
  username: {username}
status: {{}}
"
        ))
    }
}
