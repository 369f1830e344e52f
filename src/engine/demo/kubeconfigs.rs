//! The demo's kubeconfigs, as kubeadm writes them (kubeconfig.go; names of cluster, user and
//! context).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::certificates::DemoMaster;
use super::entry::{DemoEntry, secret};
use super::{ADDRESS, CLUSTER, NODE};
use crate::pki::Error;

/// File, name of certificate and key, user.
const FILES: [(&str, &str, &str); 5] = [
    ("etc/kubernetes/admin.conf", "admin", "kubernetes-admin"),
    (
        "etc/kubernetes/super-admin.conf",
        "super-admin",
        "kubernetes-super-admin",
    ),
    (
        "etc/kubernetes/controller-manager.conf",
        "controller-manager",
        "system:kube-controller-manager",
    ),
    (
        "etc/kubernetes/scheduler.conf",
        "scheduler",
        "system:kube-scheduler",
    ),
    ("root/.kube/config", "admin-old", "kubernetes-admin"),
];

pub(super) fn entries(master: &DemoMaster) -> Result<Vec<DemoEntry>, Error> {
    let mut all = Vec::new();
    for (path, name, user) in FILES {
        let certificate = STANDARD.encode(master.certificate(name)?.to_pem());
        let key = Zeroizing::new(STANDARD.encode(master.key(name)?.to_pem().as_bytes()));
        let credentials = Zeroizing::new(format!(
            "    client-certificate-data: {certificate}\n    client-key-data: {key}\n",
            key = key.as_str()
        ));
        all.push(secret(path, kubeconfig(master, user, &credentials)?));
    }
    let pem = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    let references = format!("    client-certificate: {pem}\n    client-key: {pem}\n");
    all.push(secret(
        "etc/kubernetes/kubelet.conf",
        kubeconfig(master, &format!("system:node:{NODE}"), &references)?,
    ));
    Ok(all)
}

fn kubeconfig(
    master: &DemoMaster,
    user: &str,
    credentials: &str,
) -> Result<Zeroizing<String>, Error> {
    let authority = STANDARD.encode(master.certificate("ca")?.to_pem());
    let context = format!("{user}@{CLUSTER}");
    Ok(Zeroizing::new(format!(
        "apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {authority}
    server: https://{ADDRESS}:6443
  name: {CLUSTER}
contexts:
- context:
    cluster: {CLUSTER}
    user: {user}
  name: {context}
current-context: {context}
kind: Config
preferences: {{}}
users:
- name: {user}
  user:
{credentials}"
    )))
}
