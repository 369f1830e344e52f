//! The demo's files, as data.

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::certificates::DemoMaster;
use super::entry::{Content, DemoEntry, file, secret};
use super::{NODE, bootstrap, kubeconfigs, requests};
use crate::kubernetes::component::Component;
use crate::pki::Error;
use crate::plan::BACKDATE;

/// Folders and their modes, as kubeadm and the kubelet make them.
const FOLDERS: [(&str, u32); 11] = [
    ("etc", 0o755),
    ("etc/kubernetes", 0o755),
    ("etc/kubernetes/manifests", 0o700),
    ("etc/kubernetes/pki", 0o755),
    ("etc/kubernetes/pki/etcd", 0o755),
    ("etc/kubernetes/requests", 0o700),
    ("etc/kubernetes/bootstrap", 0o700),
    ("var/lib/kubelet", 0o750),
    ("var/lib/kubelet/pki", 0o755),
    ("root", 0o700),
    ("root/.kube", 0o750),
];

const MANIFESTS: [(Component, &str); 4] = [
    (
        Component::Etcd,
        include_str!("../../../assets/demo/manifests/etcd.yaml"),
    ),
    (
        Component::KubeApiserver,
        include_str!("../../../assets/demo/manifests/kube-apiserver.yaml"),
    ),
    (
        Component::KubeControllerManager,
        include_str!("../../../assets/demo/manifests/kube-controller-manager.yaml"),
    ),
    (
        Component::KubeScheduler,
        include_str!("../../../assets/demo/manifests/kube-scheduler.yaml"),
    ),
];

const KUBELET_CONFIG: &str = include_str!("../../../assets/demo/kubelet-config.yaml");

/// The certificates' files below `etc/kubernetes/pki`, by the name of certificate and key.
const PAIRS: [&str; 10] = [
    "ca",
    "apiserver",
    "apiserver-kubelet-client",
    "front-proxy-ca",
    "front-proxy-client",
    "etcd-ca",
    "etcd-server",
    "etcd-peer",
    "etcd-healthcheck-client",
    "apiserver-etcd-client",
];

/// Everything, in an order in which it can be written.
pub(super) fn entries(moment: OffsetDateTime) -> Result<Vec<DemoEntry>, Error> {
    let moment = moment
        .checked_to_offset(time::UtcOffset::UTC)
        .unwrap_or(moment);
    let moment = moment.replace_nanosecond(0).unwrap_or(moment);
    let master = DemoMaster::new(moment)?;
    let mut all: Vec<DemoEntry> = FOLDERS
        .iter()
        .map(|(path, mode)| DemoEntry {
            path: path.into(),
            mode: *mode,
            content: Content::Folder,
        })
        .collect();
    all.push(file("etc/hostname", 0o644, format!("{NODE}\n")));
    for (name, text) in MANIFESTS {
        all.push(file(
            &format!("etc/kubernetes/manifests/{name}.yaml"),
            0o600,
            text.to_owned(),
        ));
    }
    for name in PAIRS {
        // kubeadm's etcd-server lies in etcd/server.
        let path = format!(
            "etc/kubernetes/pki/{}",
            name.replacen("etcd-", "etcd/", usize::from(name.starts_with("etcd-")))
        );
        all.push(file(
            &format!("{path}.crt"),
            0o644,
            master.certificate(name)?.to_pem(),
        ));
        // The fault to be found: the key beside front-proxy-client.crt is another one.
        let key = if name == "front-proxy-client" {
            "front-proxy-client-other"
        } else {
            name
        };
        all.push(secret(&format!("{path}.key"), master.key(key)?.to_pem()));
    }
    all.push(secret(
        "etc/kubernetes/pki/sa.key",
        master.key("sa")?.to_pem(),
    ));
    all.push(file(
        "etc/kubernetes/pki/sa.pub",
        0o600,
        master.key("sa")?.public_pem(),
    ));
    all.extend(kubeconfigs::entries(&master)?);
    all.extend(kubelet(&master)?);
    all.extend(requests::entries(&master, moment)?);
    all.extend(bootstrap::entries(moment)?);
    Ok(all)
}

fn kubelet(master: &DemoMaster) -> Result<Vec<DemoEntry>, Error> {
    let folder = "var/lib/kubelet/pki";
    // The certificate manager names the file after the moment at which it got the certificate.
    let got = master.certificate("kubelet-client")?.not_before() + BACKDATE;
    let format = time::macros::format_description!("[year]-[month]-[day]-[hour]-[minute]-[second]");
    let stamp = got
        .format(format)
        .map_err(|error| Error::Refused(error.to_string()))?;
    let dated = format!("{folder}/kubelet-client-{stamp}.pem");
    let mut pair = Zeroizing::new(master.certificate("kubelet-client")?.to_pem());
    pair.push_str(&master.key("kubelet-client")?.to_pem());
    let serving = [
        master.certificate("kubelet-serving")?.to_pem(),
        master.certificate("kubelet-serving-ca")?.to_pem(),
    ];
    Ok(vec![
        file(
            "var/lib/kubelet/config.yaml",
            0o644,
            KUBELET_CONFIG.to_owned(),
        ),
        secret(&dated, pair),
        DemoEntry {
            path: format!("{folder}/kubelet-client-current.pem").into(),
            mode: 0,
            // Absolute, as the kubelet writes it: on a mounted disk it must be followed below the
            // root.
            content: Content::Link(format!("/{dated}")),
        },
        file(&format!("{folder}/kubelet.crt"), 0o644, serving.concat()),
        secret(
            &format!("{folder}/kubelet.key"),
            master.key("kubelet-serving")?.to_pem(),
        ),
    ])
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn contents(moment: OffsetDateTime) -> Vec<(PathBuf, u32, Vec<u8>)> {
        let all = entries(moment).unwrap().into_iter().map(|entry| {
            let bytes = match entry.content {
                Content::Folder => Vec::new(),
                Content::File(bytes) => bytes.to_vec(),
                Content::Link(target) => target.into_bytes(),
            };
            (entry.path, entry.mode, bytes)
        });
        all.collect()
    }

    #[test]
    fn the_same_moment_gives_the_same_bytes() {
        let moment = time::macros::datetime!(2026-11-22 03:12 UTC);
        assert!(contents(moment) == contents(moment));
        assert!(contents(moment) != contents(moment + time::Duration::SECOND));
        // Fractions of a second are not seen, and the offset does not matter.
        let odd = (moment + time::Duration::milliseconds(7)).to_offset(time::macros::offset!(+5));
        assert!(contents(moment) == contents(odd));
    }

    #[test]
    fn moments_out_of_x509_are_errors() {
        for moment in [
            time::macros::datetime!(1970-06-01 0:00 UTC),
            time::macros::datetime!(9999-12-31 0:00 UTC),
        ] {
            assert!(entries(moment).is_err(), "{moment}");
        }
    }
}
