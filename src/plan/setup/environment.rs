//! Files of variables with flags, which the units of the recipes read (`EnvironmentFile`).

use crate::kubernetes::cluster::{ClusterSpec, guide};

/// The text of the file for this component on this node; an empty component: what all have in common.
pub(super) fn text(cluster: &ClusterSpec, node: &str, component: &str) -> String {
    let flags = guide::flags(cluster, node, component);
    let flags: Vec<String> = flags.into_iter().map(|(flag, value)| format!("--{flag}={value}")).collect();
    let variable = match component {
        "kube-apiserver" => "KUBE_API_ARGS",
        "kube-controller-manager" => "KUBE_CONTROLLER_MANAGER_ARGS",
        "kube-scheduler" => "KUBE_SCHEDULER_ARGS",
        "kubelet" => "KUBELET_ARGS",
        "kube-proxy" => "KUBE_PROXY_ARGS",
        _ => return "# What all components have in common.\nKUBE_LOG_LEVEL=\"--v=0\"\n".to_owned(),
    };
    format!("# {component}\n{variable}=\"{}\"\n", flags.join(" "))
}
