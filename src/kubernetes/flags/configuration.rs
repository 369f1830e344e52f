//! Configurations in YAML: the kubelet's (and kube-proxy's, the scheduler's), and etcd's own.

use std::collections::HashMap;

use serde_yaml::Value;

use super::{FlagFact, FlagsError, environment};
use crate::kubernetes::component::Component;
use crate::kubernetes::yaml;

/// The fields of a KubeletConfiguration as flags by their dotted path:
/// `authentication.x509.clientCAFile`. `path` is the file's own. Lists of scalars are joined by
/// commas.
pub fn from_kubelet_config(path: &str, text: &str) -> Result<Vec<FlagFact>, FlagsError> {
    let facts = from_component_config(path, text)?;
    if facts
        .iter()
        .all(|fact| fact.component == Component::Kubelet)
    {
        Ok(facts)
    } else {
        Err(FlagsError::Other("KubeletConfiguration"))
    }
}

/// The same for every component that has a configuration of this kind.
pub fn from_component_config(path: &str, text: &str) -> Result<Vec<FlagFact>, FlagsError> {
    let value = yaml::value(text)?;
    let component = match value.get("kind").and_then(Value::as_str) {
        Some("KubeletConfiguration") => Component::Kubelet,
        Some("KubeProxyConfiguration") => Component::KubeProxy,
        Some("KubeSchedulerConfiguration") => Component::KubeScheduler,
        _ => return Err(FlagsError::Other("configuration of a component")),
    };
    let mut facts = Facts {
        component,
        file: path,
        lines: lines_by_path(text),
        found: Vec::new(),
    };
    facts.walk(&value, "");
    Ok(facts.found)
}

/// The flags of etcd's configuration, in either form: variables (`/etc/etcd/etcd.conf`), or YAML
/// (`--config-file`), whose `peer-transport-security.cert-file` is `--peer-cert-file`.
pub fn from_etcd_config(path: &str, text: &str) -> Result<Vec<FlagFact>, FlagsError> {
    let says = |line: &&str| !line.trim_start().starts_with(['#', ';']) && !line.trim().is_empty();
    let mut lines = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .lines()
        .filter(says);
    // No YAML of etcd's begins with an assignment, and without a line either form says nothing.
    if lines.next().is_none_or(environment::is_assignment) {
        return Ok(environment::from_environment(path, text));
    }
    let value = yaml::value(text)?;
    if !value.is_mapping() {
        return Err(FlagsError::Other("configuration of etcd"));
    }
    let mut facts = Facts {
        component: Component::Etcd,
        file: path,
        lines: lines_by_path(text),
        found: Vec::new(),
    };
    facts.walk(&value, "");
    for fact in &mut facts.found {
        if let Some(flag) = fact.flag.strip_prefix("client-transport-security.") {
            fact.flag = flag.to_owned();
        } else if let Some(flag) = fact.flag.strip_prefix("peer-transport-security.") {
            fact.flag = format!("peer-{flag}");
        }
    }
    Ok(facts.found)
}

struct Facts<'a> {
    component: Component,
    file: &'a str,
    lines: HashMap<String, u32>,
    found: Vec<FlagFact>,
}

impl Facts<'_> {
    // Deep nesting was refused when the text was parsed.
    fn walk(&mut self, value: &Value, path: &str) {
        let Value::Mapping(fields) = value else {
            if let Some(value) = text_of(value) {
                self.found.push(FlagFact {
                    component: self.component,
                    flag: path.to_owned(),
                    value,
                    file: self.file.to_owned(),
                    line: self.lines.get(path).copied().unwrap_or(1),
                });
            }
            return;
        };
        for (name, value) in fields {
            if let Some(name) = name.as_str()
                && !(path.is_empty() && matches!(name, "apiVersion" | "kind"))
            {
                let path = if path.is_empty() {
                    name.to_owned()
                } else {
                    format!("{path}.{name}")
                };
                self.walk(value, &path);
            }
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Sequence(items) => {
            let items: Option<Vec<String>> = items
                .iter()
                .map(|item| {
                    if item.is_sequence() {
                        None
                    } else {
                        text_of(item)
                    }
                })
                .collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}

/// The line of each key of a block mapping by its dotted path.
fn lines_by_path(text: &str) -> HashMap<String, u32> {
    let mut lines = HashMap::new();
    let mut open: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if trimmed.starts_with(['#', '-']) {
            continue;
        }
        let Some((key, _)) = trimmed.split_once(':') else {
            continue;
        };
        while open.last().is_some_and(|(outer, _)| *outer >= indent) {
            open.pop();
        }
        let key = key.trim().trim_matches(['"', '\'']);
        let path = open
            .last()
            .map_or_else(|| key.to_owned(), |(_, outer)| format!("{outer}.{key}"));
        lines.entry(path.clone()).or_insert(number);
        // A file of many deep keys costs no more than its own length squared at this depth.
        if open.len() < 32 {
            open.push((indent, path));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(facts: Result<Vec<FlagFact>, FlagsError>) -> Vec<String> {
        facts
            .unwrap_or_default()
            .iter()
            .map(|fact| {
                format!(
                    "{} {}={} {}",
                    fact.component, fact.flag, fact.value, fact.line
                )
            })
            .collect()
    }

    #[test]
    fn fields_have_dotted_paths() {
        let config = "apiVersion: kubelet.config.k8s.io/v1beta1\nauthentication:\n  anonymous:\n    enabled: false\n  \
                      x509:\n    # comment: x\n    clientCAFile: /ca.crt\nclusterDNS:\n- 10.96.0.10\n- 10.96.0.11\n\
                      kind: KubeletConfiguration\nrotateCertificates: true\nevictionHard: {}\n";
        let found = text(from_kubelet_config("/c", config));
        assert_eq!(
            found,
            [
                "kubelet authentication.anonymous.enabled=false 4",
                "kubelet authentication.x509.clientCAFile=/ca.crt 7",
                "kubelet clusterDNS=10.96.0.10,10.96.0.11 8",
                "kubelet rotateCertificates=true 12",
            ]
        );
        let proxy = "kind: KubeProxyConfiguration\nclientConnection: {kubeconfig: /p}\n";
        assert_eq!(
            text(from_component_config("/c", proxy)),
            ["kube-proxy clientConnection.kubeconfig=/p 1"]
        );
        assert_eq!(
            from_kubelet_config("/c", proxy),
            Err(FlagsError::Other("KubeletConfiguration"))
        );
        assert!(
            from_kubelet_config("/c", "kind: Pod\n").is_err()
                && from_kubelet_config("/c", "{").is_err()
        );
    }

    #[test]
    fn etcd_has_two_forms() {
        let yaml = "name: cp1\nclient-transport-security:\n  cert-file: /s.crt\n  client-cert-auth: true\n\
                    peer-transport-security:\n  cert-file: /p.crt\n";
        assert_eq!(
            text(from_etcd_config("/e", yaml)),
            [
                "etcd name=cp1 1",
                "etcd cert-file=/s.crt 3",
                "etcd client-cert-auth=true 4",
                "etcd peer-cert-file=/p.crt 6",
            ]
        );
        assert_eq!(
            text(from_etcd_config("/e", "# x\nETCD_CERT_FILE=/c\n")),
            ["etcd cert-file=/c 2"]
        );
        assert_eq!(
            text(from_etcd_config(
                "/etc/default/etcd",
                "DAEMON_ARGS=\"--key-file=/k\"\n"
            )),
            ["etcd key-file=/k 1"]
        );
        for nothing in ["", "\n", "#[member]\n# ETCD_NAME=x\n", "NOTHING=\n"] {
            assert_eq!(from_etcd_config("/e", nothing), Ok(Vec::new()), "{nothing}");
        }
        for other in ["- a", "x", "a b=c", "- ETCD_NAME=x"] {
            assert!(from_etcd_config("/e", other).is_err(), "{other}");
        }
    }
}
