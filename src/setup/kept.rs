//! The answers as they are kept: one YAML file for each cluster, without secrets.

use super::ClusterSpec;
use crate::kubernetes::yaml;

/// The folder of the kept answers, in kubepki's own.
pub const FOLDER: &str = "clusters";

/// The ending of their files.
const ENDING: &str = ".yaml";

/// The name of the file in which the answers for the cluster `name` are kept.
pub fn file_name(name: &str) -> String {
    format!("{name}{ENDING}")
}

/// The cluster whose answers a file of this name keeps; `None`: it is no such file.
pub fn cluster_of(file_name: &str) -> Option<&str> {
    file_name
        .strip_suffix(ENDING)
        .filter(|name| !name.is_empty() && !name.starts_with('.'))
}

/// The answers that a setup begins with: those that are kept of the cluster of this name, or where
/// none is named, of the only one.
pub fn base<'a>(clusters: &'a [ClusterSpec], name: Option<&str>) -> Option<&'a ClusterSpec> {
    match (name, clusters) {
        (Some(name), _) => clusters.iter().find(|cluster| cluster.name == name),
        (None, [only]) => Some(only),
        (None, _) => None,
    }
}

/// The text to keep.
///
/// # Errors
/// A sentence's end; no answers are known that cannot be written.
pub fn to_yaml(cluster: &ClusterSpec) -> Result<String, String> {
    serde_yaml::to_string(cluster).map_err(|error| error.to_string())
}

/// Reads what [`to_yaml`] wrote, or a person. Whether the answers can be used is another question
/// ([`ClusterSpec::faults`]).
///
/// # Errors
/// A sentence's end.
pub fn from_yaml(text: &str) -> Result<ClusterSpec, String> {
    let value = yaml::value(text).map_err(|error| error.to_string())?;
    if !value.is_mapping() {
        return Err("it holds no answers".to_owned());
    }
    serde_yaml::from_value(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::bootstrap::BootstrapIdentity;
    use crate::pki::key::KeyAlgorithm;
    use crate::setup::{AuthorityKeys, Etcd, ExternalEtcd, Node, NodeRole};

    #[test]
    fn what_is_kept_comes_back() {
        let full = ClusterSpec {
            name: "1.30".to_owned(),
            layout: "single-ca".to_owned(),
            kubernetes_version: "1.30".parse().unwrap(),
            nodes: vec![Node {
                name: "on".to_owned(),
                addresses: vec!["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()],
                roles: vec![NodeRole::ControlPlane, NodeRole::Etcd],
            }],
            control_plane_endpoint: Some("[fd00::9]:443".to_owned()),
            api_server_sans: vec!["*.example.org".to_owned(), "null".to_owned()],
            etcd: Etcd {
                external: Some(ExternalEtcd {
                    endpoints: vec!["https://e:2379".to_owned()],
                    ..Default::default()
                }),
                peer_authority: true,
                ..Default::default()
            },
            key_algorithm: KeyAlgorithm::EcdsaP384,
            service_account_key_algorithm: Some(KeyAlgorithm::Rsa4096),
            authority_keys: AuthorityKeys::Apart,
            bootstrap: BootstrapIdentity::TokenFile,
            subject: vec![
                ("C".to_owned(), "NO".to_owned()),
                ("O".to_owned(), "a: b # c".to_owned()),
            ],
            ..Default::default()
        };
        for cluster in [ClusterSpec::default(), full] {
            assert_eq!(from_yaml(&to_yaml(&cluster).unwrap()), Ok(cluster));
        }
    }

    #[test]
    fn what_is_no_answer_is_named() {
        for (text, word) in [
            ("", "no answers"),
            ("- a", "no answers"),
            ("nam: prod", "nam"),
            ("name: [prod]", "string"),
            ("keyAlgorithm: rot13", "rot13"),
            (
                "nodes: [{name: a, addresses: [x], roles: []}]",
                "IP address",
            ),
            ("name: a\nname: b", "YAML"),
        ] {
            let error = from_yaml(text).unwrap_err();
            assert!(error.contains(word), "{text:?}: {error}");
        }
        assert_eq!(
            from_yaml("name: prod").map(|cluster| cluster.bind_port),
            Ok(6443)
        );
    }

    #[test]
    fn a_setup_begins_with_the_cluster_that_is_named_or_the_only_one() {
        let named = |name: &str| ClusterSpec {
            name: name.to_owned(),
            ..ClusterSpec::default()
        };
        let (one, two) = ([named("prod")], [named("prod"), named("dev")]);
        let name = |clusters, name| base(clusters, name).map(|cluster| cluster.name.as_str());
        assert_eq!(
            (name(&one, None), name(&one, Some("dev"))),
            (Some("prod"), None)
        );
        assert_eq!(
            (name(&two, None), name(&two, Some("dev"))),
            (None, Some("dev"))
        );
        assert_eq!(name(&[], None), None);
    }

    #[test]
    fn names_of_files() {
        assert_eq!(cluster_of(&file_name("prod")), Some("prod"));
        for name in ["prod", ".yaml", ".kubepki-1.yaml", "prod.yml"] {
            assert_eq!(cluster_of(name), None, "{name}");
        }
    }
}
