//! Writing: what kubeadm knows of the answers.

use std::fmt::Write as _;

use super::TOKEN_FILE;
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::yaml::{quoted, scalar};
use crate::setup::ClusterSpec;
use crate::setup::blueprint::Blueprint;
use crate::setup::question::{Document, KubeadmValue, Question, Versions, questions};

/// The fields that stand before all others, in this order.
const FIRST: [&str; 6] = [
    "kubernetesVersion",
    "clusterName",
    "certificatesDir",
    "controlPlaneEndpoint",
    "networking",
    "apiServer",
];

/// The configuration for these answers and the first control plane node: v1beta4, or v1beta3 for a
/// release that reads no v1beta4.
pub fn write(cluster: &ClusterSpec) -> String {
    let is_new = Versions::New.have(cluster.kubernetes_version);
    let version = if is_new { "v1beta4" } else { "v1beta3" };
    let (mut init, mut whole) = (Section::default(), Section::default());
    for path in FIRST {
        whole.put(path, String::new());
    }
    for question in questions() {
        for field in question
            .kubeadm
            .iter()
            .filter(|field| field.versions.have(cluster.kubernetes_version))
        {
            let section = if field.document == Document::Init {
                &mut init
            } else {
                &mut whole
            };
            if let Some(written) = (field.write)(question, cluster) {
                section.put(field.path, format!(" {}", text(&written)));
            }
        }
    }
    write_token_file(&mut whole, cluster, is_new);
    let mut out = format!("apiVersion: kubeadm.k8s.io/{version}\nkind: InitConfiguration\n");
    init.write(&mut out, 0);
    let _ = writeln!(
        out,
        "---\napiVersion: kubeadm.k8s.io/{version}\nkind: ClusterConfiguration"
    );
    whole.write(&mut out, 0);
    out
}

fn text(written: &KubeadmValue) -> String {
    match written {
        KubeadmValue::Text(text) => scalar(text).into_owned(),
        KubeadmValue::Texts(texts) => {
            format!(
                "[{}]",
                texts
                    .iter()
                    .map(|text| quoted(text))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        KubeadmValue::Bare(text) => text.clone(),
    }
}

/// Fields in order, each with what stands behind its colon, or with fields below it.
#[derive(Default)]
struct Section(Vec<(String, String, Section)>);

impl Section {
    /// Puts a value at a path, as "etcd.local.serverCertSANs".
    fn put(&mut self, path: &str, value: String) {
        let (name, rest) = path
            .split_once('.')
            .map_or((path, None), |(name, rest)| (name, Some(rest)));
        let at = self
            .0
            .iter()
            .position(|(known, ..)| known == name)
            .unwrap_or_else(|| {
                self.0
                    .push((name.to_owned(), String::new(), Self::default()));
                self.0.len() - 1
            });
        match rest {
            Some(rest) => self.0[at].2.put(rest, value),
            None => self.0[at].1 = value,
        }
    }

    fn write(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        for (name, value, below) in self
            .0
            .iter()
            .filter(|(_, value, below)| !value.is_empty() || !below.0.is_empty())
        {
            let _ = writeln!(out, "{indent}{name}:{value}");
            below.write(out, depth + 1);
        }
    }
}

/// Makes kubeadm's API server read the tokens.
fn write_token_file(section: &mut Section, cluster: &ClusterSpec, is_new: bool) {
    let Some(path) = token_file(cluster) else {
        return;
    };
    let path = scalar(&path);
    let argument = if is_new {
        format!("\n  - name: {TOKEN_FILE}\n    value: {path}")
    } else {
        format!("\n    {TOKEN_FILE}: {path}")
    };
    section.put("apiServer.extraArgs", argument);
    // The static pod sees nothing of /etc/kubernetes but the certificates (manifests/volumes.go).
    section.put(
        "apiServer.extraVolumes",
        format!(
            "\n  - name: {TOKEN_FILE}\n    hostPath: {path}\n    mountPath: {path}\n    readOnly: true\n    pathType: File"
        ),
    );
}

/// Where `token.csv` lies, if kubeadm's API server shall read one.
fn token_file(cluster: &ClusterSpec) -> Option<String> {
    let is_asked = matches!(
        cluster.bootstrap,
        BootstrapIdentity::TokenFile | BootstrapIdentity::Bootstrapper
    );
    let blueprint = Some(cluster)
        .filter(|_| is_asked && cluster.is_kubeadm())
        .map(Blueprint::of)?;
    blueprint.ok()?.token_file().map(str::to_owned)
}

/// What of the answers has no field in kubeadm's configuration, by the flags that say it.
pub fn unwritten(cluster: &ClusterSpec) -> Vec<String> {
    let mut lost: Vec<_> = questions()
        .filter(|question| (question.is_lost)(question, cluster))
        .collect();
    lost.sort_by_key(|question| question.field);
    lost.into_iter().map(Question::told_by_one).collect()
}
