//! May it bear these names?

use core::net::IpAddr;

use super::Case;
use super::answers::AnswerSheet;
use super::rule::Rule;
use crate::kubernetes::address::range;
use crate::kubernetes::privileged::NODE_USER;
use crate::kubernetes::signing_request::SigningRequestKind;
use crate::pki::GeneralName;
use crate::pki::text::printable;

/// The API server's own names inside the cluster (kubeadm pkiutil, GetAPIServerAltNames).
const API_SERVER: [&str; 3] = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];

/// What is told of the node and of the names.
pub(super) fn answer(case: Case<'_>, answers: &mut AnswerSheet) {
    if let Some(node) = node_of(case) {
        self::node(case, node, answers);
    }
    match case.kind {
        SigningRequestKind::SelfNodeServer | SigningRequestKind::Service => {
            for name in &case.asked.subject_alt_names {
                self::name(case, name, answers);
            }
            if case.asked.subject_alt_names.is_empty() {
                answers.red(
                    Rule::Names,
                    "a server without subject alternative names is believed by no client",
                );
            }
        }
        SigningRequestKind::User
        | SigningRequestKind::NodeClient
        | SigningRequestKind::SelfNodeClient
        | SigningRequestKind::Other => {
            if !case.asked.subject_alt_names.is_empty() && case.is_client() {
                answers.amber(
                    Rule::Names,
                    "a client's certificate with names: where it also serves, it serves under these",
                );
            }
        }
    }
}

/// The node that it is for, by its CN.
fn node_of(case: Case<'_>) -> Option<&str> {
    case.asked.subject.common_name()?.strip_prefix(NODE_USER)
}

fn node(case: Case<'_>, node: &str, answers: &mut AnswerSheet) {
    let rule = Rule::Node;
    let shown = printable(node);
    match case.evidence.is_node(node) {
        None => answers.not_known(
            rule,
            &format!("whether {shown} is a node of this cluster (settings.yaml, approval.nodeNames)"),
        ),
        Some(false) => answers.red(
            rule,
            format!("{shown} is none of the nodes in approval.nodeNames"),
        ),
        Some(true) if case.kind == SigningRequestKind::NodeClient => answers.amber(
            rule,
            format!(
                "{shown} is a node of this cluster: a first certificate for one that is there makes its holder that node"
            ),
        ),
        Some(true) => answers.green(rule, format!("{shown} is a node of this cluster")),
    }
}

fn name(case: Case<'_>, name: &GeneralName, answers: &mut AnswerSheet) {
    let rule = Rule::Names;
    match name {
        GeneralName::Dns(dns) => self::dns(case, dns, answers),
        GeneralName::Ip(address) => self::address(case, *address, answers),
        GeneralName::Email(_) | GeneralName::Uri(_) => {
            answers.amber(
                rule,
                format!("{name}: clients of a server look for no such name"),
            );
        }
        GeneralName::Other(_) => {
            answers.amber(rule, format!("{name}: a name of this kind is not signed"));
        }
    }
}

fn dns(case: Case<'_>, dns: &str, answers: &mut AnswerSheet) {
    let rule = Rule::Names;
    let shown = printable(dns);
    let lower = dns.to_ascii_lowercase();
    let is_api =
        API_SERVER.contains(&lower.as_str()) || lower.starts_with(&format!("{}.", API_SERVER[2]));
    if is_api {
        answers.red(
            rule,
            format!("{shown} is a name of the API server: its holder can stand in its place"),
        );
    } else if lower.starts_with("*.") {
        answers.amber(
            rule,
            format!("{shown} stands for every name there: {NOT_LISTED}"),
        );
    } else if lower == "localhost" {
        answers.amber(rule, "localhost is every machine's own name");
    } else if case.kind == SigningRequestKind::SelfNodeServer {
        match case.evidence.is_node(dns) {
            Some(true) if node_of(case) == Some(dns) => {
                answers.green(rule, format!("{shown} is the node's own name"));
            }
            Some(true) => {
                answers.red(rule, format!("{shown} is the name of another node"));
            }
            Some(false) => answers.amber(
                rule,
                format!("{shown} is none of the names in approval.nodeNames"),
            ),
            None => answers.not_known(
                rule,
                &format!("whether {shown} is a name of this node (approval.nodeNames)"),
            ),
        }
    } else if case.evidence.is_node(dns) == Some(true) {
        answers.amber(rule, format!("{shown} is the name of a node"));
    } else if is_of_service(&lower) {
        answers.not_known(
            rule,
            &format!(
                "whether {shown} is a Service or pod of who asked (kubectl get services,pods --all-namespaces)"
            ),
        );
    } else {
        answers.not_known(
            rule,
            &format!("whether {shown} may be asked for: {NOT_LISTED}"),
        );
    }
}

/// What is said of names that nothing here can confirm.
const NOT_LISTED: &str = "nothing here lists the names that may be served";

fn is_of_service(name: &str) -> bool {
    let mut labels = name.split('.');
    labels.any(|label| label == "svc" || label == "pod")
}

fn address(case: Case<'_>, address: IpAddr, answers: &mut AnswerSheet) {
    let rule = Rule::Names;
    let services = case
        .evidence
        .server_flag("service-cluster-ip-range")
        .unwrap_or_default();
    let is_in = |text: &str| range(text).is_some_and(|range| range.contains(&address));
    if address.is_loopback() {
        answers.amber(rule, format!("{address} is every machine's own address"));
    } else if address.is_unspecified() || address.is_multicast() {
        answers.red(rule, format!("{address} is nobody's address"));
    } else if case.evidence.ranges.is_empty() {
        answers.not_known(
            rule,
            &format!("whether {address} is an address of this cluster (approval.addressRanges)"),
        );
    } else if case
        .evidence
        .ranges
        .iter()
        .any(|range| range.contains(&address))
    {
        answers.green(rule, format!("{address} lies in approval.addressRanges"));
    } else if services.split(',').any(is_in) {
        answers.not_known(
            rule,
            &format!("whether {address}, of the Services' range, is that of who asked (kubectl get services -A)"),
        );
    } else {
        answers.red(
            rule,
            format!("{address} lies in none of approval.addressRanges"),
        );
    }
}
