//! Facts from flags: which component was told which file, and where that stands. Pure parsers of
//! what the components read: static pods, units of systemd, environment files, configurations.

mod account;
mod arguments;
mod configuration;
mod environment;
mod form;
mod manifest;
mod mounts;
mod pattern;
mod unit;
mod words;
mod wrapper;

use super::role::{Part, ROLES, Role};
use crate::kubernetes::component::Component;

pub use account::{RunsAs, accounts_of_manifest, accounts_of_units};
pub use configuration::{from_component_config, from_etcd_config, from_kubelet_config};
pub use environment::from_environment;
pub use form::FlagForm;
pub use manifest::from_manifest;
pub use pattern::{is_pattern, matches};
pub use unit::{ReadEnvironment, UnitFile, from_unit, from_units};

/// One flag (or configuration field, or variable) with its value and the place where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagFact {
    /// Who is told.
    pub component: Component,
    /// Without dashes, as "tls-cert-file"; `ETCD_CERT_FILE` is given as "cert-file".
    pub flag: String,
    /// The value as it stands, variables expanded; a path that a static pod mounts from the host is
    /// the host's.
    pub value: String,
    /// The file in which it stands, as on the master; `/proc/<pid>/cmdline` for a running process.
    pub file: String,
    /// The line in that file, counted from 1.
    pub line: u32,
}

/// Why a file gives no facts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FlagsError {
    /// No YAML: the component ignores or refuses the file.
    #[error(transparent)]
    Yaml(#[from] super::yaml::YamlError),
    /// YAML, and something else than what belongs there.
    #[error("this is no {0}")]
    Other(&'static str),
}

impl FlagFact {
    /// The files that the flag names, each with its part. Empty where the flag names no file of the
    /// PKI.
    pub fn files(&self) -> Vec<(&str, Part)> {
        // `crt,key:name,name`: the only flag that names two files.
        if self.flag == "tls-sni-cert-key" {
            let pair = self.value.split(':').next().unwrap_or_default();
            return pair
                .split(',')
                .zip([Part::Certificate, Part::Key])
                .collect();
        }
        let part = candidates(self).first().map(|(_, part)| *part);
        part.filter(|_| !self.value.is_empty())
            .map(|part| (self.value.as_str(), part))
            .into_iter()
            .collect()
    }
}

/// True for a field of a configuration file, as "authentication.x509.clientCAFile", or of a
/// kubeconfig. Flags have no capitals and no dots, and none of a component of Kubernetes is named
/// as a kubeconfig's fields are.
pub fn is_field(flag: &str) -> bool {
    flag.contains(|character: char| character.is_ascii_uppercase() || character == '.')
        || super::kubeconfig::FILE_FIELDS.contains(&flag)
}

/// A flag as one writes it: with dashes, but a field as it stands.
pub fn written(flag: &str) -> String {
    if flag.is_empty() || is_field(flag) {
        flag.to_owned()
    } else {
        format!("--{flag}")
    }
}

/// The component that a command line runs, its program first: etcd for `/usr/bin/etcd-3.5
/// --name=a`.
pub fn component_of_command(arguments: &[String]) -> Option<Component> {
    arguments::component_of(&placed("", arguments)).map(|(component, _)| component)
}

/// The flags of a running process. `file` is `/proc/<pid>/cmdline`, `arguments` its arguments, the
/// program first. Empty where it is none of Kubernetes' components.
pub fn from_command_line(file: &str, arguments: &[String]) -> Vec<FlagFact> {
    // What a shell or an engine runs is a process of its own.
    arguments::facts(&placed(file, arguments))
}

fn placed(file: &str, arguments: &[String]) -> Vec<arguments::Argument> {
    let placed = |text: &String| arguments::Argument {
        text: text.clone(),
        file: file.to_owned(),
        line: 1,
    };
    arguments.iter().map(placed).collect()
}

/// Every role that the flag's component reads through it, those of distributions too.
pub(super) fn candidates(fact: &FlagFact) -> Vec<(&'static Role, Part)> {
    let rules = |role: &'static Role| {
        role.readers
            .iter()
            .filter(|rule| {
                rule.component == fact.component && !rule.flag.is_empty() && rule.flag == fact.flag
            })
            .map(move |rule| (role, rule.part))
    };
    ROLES.iter().flat_map(rules).collect()
}

/// The roles that a flag gives to the file it names, as kubeadm has them. In a layout use
/// [`super::layout::Layout::roles_by_flag`], which knows the CAs of k3s and RKE2 apart.
pub fn roles_by_flag(fact: &FlagFact) -> Vec<(&'static Role, Part)> {
    let mut found = candidates(fact);
    found.retain(|(role, _)| !role.is_of_distribution());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_name_files() {
        for (component, flag, value, expected) in [
            (
                Component::KubeApiserver,
                "tls-cert-file",
                "/a.crt",
                vec![("/a.crt", Part::Certificate)],
            ),
            (
                Component::KubeApiserver,
                "service-account-key-file",
                "/sa.pub",
                vec![("/sa.pub", Part::PublicKey)],
            ),
            (
                Component::KubeApiserver,
                "tls-sni-cert-key",
                "/a.crt,/a.key:*.example.com,b",
                vec![("/a.crt", Part::Certificate), ("/a.key", Part::Key)],
            ),
            (
                Component::KubeControllerManager,
                "cluster-signing-cert-file",
                "",
                vec![],
            ),
            (
                Component::KubeApiserver,
                "advertise-address",
                "10.0.0.1",
                vec![],
            ),
            (
                Component::Kubelet,
                "authentication.x509.clientCAFile",
                "/ca.crt",
                vec![("/ca.crt", Part::Certificate)],
            ),
        ] {
            let fact = FlagFact {
                component,
                flag: flag.to_owned(),
                value: value.to_owned(),
                file: String::new(),
                line: 1,
            };
            assert_eq!(fact.files(), expected, "{flag}");
        }
    }

    #[test]
    fn fields_have_no_dashes() {
        for (flag, expected) in [
            ("tls-cert-file", "--tls-cert-file"),
            (
                "authentication.x509.clientCAFile",
                "authentication.x509.clientCAFile",
            ),
            ("tlsCertFile", "tlsCertFile"),
            ("client-certificate", "client-certificate"),
            ("kubelet-client-certificate", "--kubelet-client-certificate"),
            ("", ""),
        ] {
            assert_eq!(written(flag), expected);
        }
    }

    #[test]
    fn processes_have_flags() {
        let facts = |line: &str| -> Vec<String> {
            let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
            from_command_line("/proc/7/cmdline", &arguments)
                .iter()
                .map(|fact| format!("{} {}={}", fact.component, fact.flag, fact.value))
                .collect()
        };
        for (line, expected) in [
            (
                "/usr/bin/kubelet --config=/c --kubeconfig /k",
                &["kubelet config=/c", "kubelet kubeconfig=/k"][..],
            ),
            (
                "etcd -cert-file=/c --client-cert-auth --key-file /k",
                &[
                    "etcd cert-file=/c",
                    "etcd client-cert-auth=true",
                    "etcd key-file=/k",
                ],
            ),
            (
                "hyperkube apiserver --tls_cert_file=/c",
                &["kube-apiserver tls-cert-file=/c"],
            ),
            ("/hyperkube kubelet --v=2", &["kubelet v=2"]),
            (
                "kube-apiserver --a=1 --b --a_a=2 --a 3 --a-a=4",
                &[
                    "kube-apiserver b=true",
                    "kube-apiserver a=3",
                    "kube-apiserver a-a=4",
                ],
            ),
            (
                "kube-apiserver --service-account-key-file=1 --service-account-key-file=2",
                &[
                    "kube-apiserver service-account-key-file=1",
                    "kube-apiserver service-account-key-file=2",
                ],
            ),
            ("kube-apiserver --a=b=c -- --d=e", &["kube-apiserver a=b=c"]),
            ("bash --tls-cert-file=/c", &[]),
            ("/opt/kube-apiserver-v1.30 --a=1", &["kube-apiserver a=1"]),
            (
                "kube-controller-manager_1.9.2 --a=1",
                &["kube-controller-manager a=1"],
            ),
            ("etcd-3.5.12 --a=1", &["etcd a=1"]),
            ("etcd-backup --a=1", &[]),
            ("kubelet-v --a=1", &[]),
            ("", &[]),
        ] {
            assert_eq!(facts(line), expected, "{line}");
        }
    }
}
