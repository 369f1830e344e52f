//! Flags as lines to paste: static pods for kubeadm, units and `etcd.conf`, or environment files,
//! for what is started by hand.

use std::borrow::Cow;

use super::super::ClusterSpec;
use super::ComponentGuide;
use crate::kubernetes::component::Component;
use crate::kubernetes::flags::{is_field, written};
use crate::kubernetes::layout::Starts;
use crate::kubernetes::yaml;
use crate::pki::text::{printable, quoted};

/// The environment files, where units read such: component, file, variable.
const ENVIRONMENT: [(Component, &str, &str); 5] = [
    (
        Component::KubeApiserver,
        "/etc/kubernetes/apiserver",
        "KUBE_API_ARGS",
    ),
    (
        Component::KubeControllerManager,
        "/etc/kubernetes/controller-manager",
        "KUBE_CONTROLLER_MANAGER_ARGS",
    ),
    (
        Component::KubeScheduler,
        "/etc/kubernetes/scheduler",
        "KUBE_SCHEDULER_ARGS",
    ),
    (
        Component::Kubelet,
        "/etc/kubernetes/kubelet",
        "KUBELET_ARGS",
    ),
    (
        Component::KubeProxy,
        "/etc/kubernetes/proxy",
        "KUBE_PROXY_ARGS",
    ),
];

/// The component's guides: one, or two where a configuration stands beside its flags.
pub(super) fn guides(
    cluster: &ClusterSpec,
    nodes: &str,
    component: Component,
    flags: Vec<(String, String)>,
) -> Vec<ComponentGuide> {
    let (fields, flags): (Vec<_>, Vec<_>) = flags.into_iter().partition(|(flag, _)| is_field(flag));
    let guide = |flags: Vec<(String, String)>, (snippet_title, snippet): (String, Vec<String>)| {
        ComponentGuide {
            component,
            nodes: nodes.to_owned(),
            flags,
            snippet_title,
            snippet,
        }
    };
    let mut guides = Vec::new();
    if !flags.is_empty() {
        let snippet = snippet(cluster, component, &flags);
        guides.push(guide(flags, snippet));
    }
    if !fields.is_empty() {
        let title = "/var/lib/kubelet/config.yaml".to_owned();
        let snippet = (title, configuration(&fields));
        guides.push(guide(fields, snippet));
    }
    guides
}

fn snippet(
    cluster: &ClusterSpec,
    component: Component,
    flags: &[(String, String)],
) -> (String, Vec<String>) {
    let of_environment = ENVIRONMENT.iter().find(|(whose, ..)| *whose == component);
    let starts = cluster
        .known_layout()
        .and_then(|layout| layout.setup.as_ref())
        .map(|setup| setup.starts);
    match (starts, of_environment) {
        (Some(Starts::Kubeadm), _) if component == Component::Kubelet => {
            let words: Vec<_> = flags.iter().map(word).collect();
            let lines = vec![
                "[Service]".to_owned(),
                format!(
                    "Environment=\"KUBELET_KUBECONFIG_ARGS={}\"",
                    words.join(" ")
                ),
            ];
            ("/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf (kubeadm's package has it)".to_owned(), lines)
        }
        (Some(Starts::Kubeadm), _) => {
            let title = format!(
                "/etc/kubernetes/manifests/{component}.yaml, under spec.containers[0].command (kubeadm writes it)"
            );
            let lines = flags
                .iter()
                .map(|flag| format!("- {}", yaml_text(&argument(flag))));
            (
                title,
                [format!("- {component}")]
                    .into_iter()
                    .chain(lines)
                    .collect(),
            )
        }
        _ if component == Component::Etcd => {
            let line = |(flag, value): &(String, String)| {
                format!(
                    "ETCD_{}={}",
                    flag.to_ascii_uppercase().replace('-', "_"),
                    double_quoted(value)
                )
            };
            (
                "/etc/etcd/etcd.conf".to_owned(),
                flags.iter().map(line).collect(),
            )
        }
        (Some(Starts::EnvironmentFiles), Some((_, file, variable))) => {
            ((*file).to_owned(), environment_lines(variable, flags))
        }
        _ => (
            format!("/etc/systemd/system/{component}.service"),
            unit(component, flags),
        ),
    }
}

/// The text of an environment file; no `component`: of the one that all units read.
pub(super) fn environment(component: Option<Component>, flags: &[(String, String)]) -> String {
    let lines = match ENVIRONMENT
        .iter()
        .find(|(whose, ..)| Some(*whose) == component)
    {
        Some((_, _, variable)) => environment_lines(variable, flags),
        None => vec![
            "# What every unit of Kubernetes here reads.".to_owned(),
            "KUBE_LOG_LEVEL=\"--v=2\"".to_owned(),
        ],
    };
    lines.join("\n") + "\n"
}

/// An assignment, a flag on each line.
fn environment_lines(variable: &str, flags: &[(String, String)]) -> Vec<String> {
    let Some((last, others)) = flags.split_last() else {
        return vec![format!("{variable}=\"\"")];
    };
    let inner = |flag| escaped(&word(flag));
    let mut lines = vec![format!("{variable}=\"\\")];
    lines.extend(others.iter().map(|flag| format!("  {} \\", inner(flag))));
    lines.push(format!("  {}\"", inner(last)));
    lines
}

fn unit(component: Component, flags: &[(String, String)]) -> Vec<String> {
    // "%" and "$" mean something in units (systemd.unit(5), systemd.service(5)).
    let in_unit = |flag| word(flag).replace('%', "%%").replace('$', "$$");
    let mut lines = vec![
        "[Service]".to_owned(),
        format!("ExecStart=/usr/local/bin/{component} \\"),
    ];
    let last = flags.len().saturating_sub(1);
    lines.extend(flags.iter().enumerate().map(|(index, flag)| {
        let more = if index < last { " \\" } else { "" };
        format!("  {}{more}", in_unit(flag))
    }));
    lines
}

/// Fields by their dotted path as nested YAML, for a KubeletConfiguration.
fn configuration(fields: &[(String, String)]) -> Vec<String> {
    let mut lines = vec![
        "apiVersion: kubelet.config.k8s.io/v1beta1".to_owned(),
        "kind: KubeletConfiguration".to_owned(),
    ];
    let mut open: Vec<&str> = Vec::new();
    for (path, value) in fields {
        let mut steps: Vec<&str> = path.split('.').collect();
        let field = steps.pop().unwrap_or_default();
        let common = open
            .iter()
            .zip(&steps)
            .take_while(|(one, other)| one == other)
            .count();
        for (depth, step) in steps.iter().enumerate().skip(common) {
            lines.push(format!("{}{step}:", "  ".repeat(depth)));
        }
        let value = if matches!(value.as_str(), "true" | "false") {
            value.clone()
        } else {
            yaml_text(value).into_owned()
        };
        lines.push(format!("{}{field}: {value}", "  ".repeat(steps.len())));
        open = steps;
    }
    lines
}

fn argument((flag, value): &(String, String)) -> String {
    format!("{}={}", written(flag), printable(value))
}

fn word(flag: &(String, String)) -> String {
    quoted(&argument(flag)).into_owned()
}

fn double_quoted(text: &str) -> String {
    format!("\"{}\"", escaped(&printable(text)))
}

/// For double quotes of environment files (systemd.exec(5)).
fn escaped(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            matches!(character, '"' | '\\' | '`' | '$')
                .then_some('\\')
                .into_iter()
                .chain([character])
        })
        .collect()
}

/// A YAML scalar: bare where no reader can take it for something else.
fn yaml_text(text: &str) -> Cow<'_, str> {
    let is_plain = text.starts_with(['/', '-']) && yaml::is_plain(text, "/-", "._+:@%,=*[]");
    if is_plain {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(yaml::quoted(text))
    }
}
