//! Where the API server is reached, and the addresses that the cluster uses inside.

use super::answers::{base, cluster, layout, nodes};
use super::cluster::{changed, unit};
use crate::kubernetes::cluster::{ClusterSpec, NodeRole, check};
use crate::model::theme::Role;
use crate::ui::wizards::{Context, Field, Kind, Line, Note, Step, always, nothing};

pub(super) const STEP: Step = Step {
    title: "network",
    fields: &[
        Field {
            name: "controlPlaneEndpoint",
            label: "endpoint",
            help: "what all clients call, HOST or HOST:PORT: a name or a balancer in front of the masters; IPv6 in brackets",
            kind: Kind::Text(Line {
                start: |context| changed(context, |cluster| cluster.control_plane_endpoint.clone().unwrap_or_default()),
                usual: |context| {
                    let usual = if needs_endpoint(context) { "kubeadm wants one" } else { "each master's own address" };
                    usual.to_owned()
                },
                unit,
                check: |_, text| check::endpoint(text),
            }),
            asked: always,
            notes: endpoint_notes,
        },
        Field {
            name: "bindPort",
            label: "port",
            help: "on which each API server listens",
            kind: Kind::Text(Line {
                start: |context| changed(context, |cluster| cluster.bind_port.to_string()),
                usual: |_| ClusterSpec::default().bind_port.to_string(),
                unit,
                check: |_, text| check::port(text).map(drop),
            }),
            asked: always,
            notes: nothing,
        },
        Field {
            name: "serviceSubnet",
            label: "services",
            help: "a CIDR, or two between a comma; its first address is the API server's inside the cluster",
            kind: Kind::Text(Line {
                start: |context| changed(context, |cluster| cluster.service_subnet.clone()),
                usual: |_| ClusterSpec::default().service_subnet,
                unit,
                check: |_, text| check::service_subnet(text).map(drop),
            }),
            asked: always,
            notes: nothing,
        },
        Field {
            name: "podSubnet",
            label: "pods",
            help: "nothing is issued for it: given, it is checked against the others, and stands in the page of what comes next",
            kind: Kind::Text(Line {
                start: |context| changed(context, |cluster| cluster.pod_subnet.clone()),
                usual: |_| "not said".to_owned(),
                unit,
                check: |_, text| check::pod_subnet(text).map(drop),
            }),
            asked: always,
            notes: nothing,
        },
        Field {
            name: "dnsDomain",
            label: "DNS domain",
            help: "the API server is also kubernetes.default.svc.DOMAIN",
            kind: Kind::Text(Line {
                start: |context| changed(context, |cluster| cluster.dns_domain.clone()),
                usual: |_| ClusterSpec::default().dns_domain,
                unit,
                check: |_, text| check::dns_domain(text),
            }),
            asked: always,
            notes: nothing,
        },
        Field {
            name: "apiServerSans",
            label: "more names",
            help: "of the API server: DNS names and addresses under which people reach it, as that of a VIP; adding one \
                   later means a new certificate",
            kind: Kind::List {
                base: |context| base(context).api_server_sans,
                start: |_| (Vec::new(), Vec::new()),
                one: "name",
                check: check_san,
            },
            asked: always,
            notes: san_notes,
        },
    ],
};

fn has_masters(context: &Context<'_>) -> bool {
    nodes(context).iter().filter(|node| node.is(NodeRole::ControlPlane)).count() > 1
}

/// True where the field cannot stay empty, which is said as its fault.
fn needs_endpoint(context: &Context<'_>) -> bool {
    has_masters(context) && layout(context).is_of_kubeadm()
}

fn endpoint_notes(context: &Context<'_>) -> Vec<Note> {
    let is_given = !context.text("controlPlaneEndpoint").is_empty();
    if !has_masters(context) || needs_endpoint(context) || is_given {
        return Vec::new();
    }
    vec![("without it each kubeconfig names one master, and its users stop with that one".to_owned(), Role::Warn)]
}

fn san_notes(context: &Context<'_>) -> Vec<Note> {
    check::many_sans(cluster(context).api_server_sans.len()).map(|words| (words, Role::Warn)).into_iter().collect()
}

fn check_san(context: &Context<'_>, text: &str) -> Result<(), String> {
    let name = check::san(text)?;
    let (added, _) = context.list("apiServerSans");
    let is_there = base(context).api_server_sans.iter().chain(&added).any(|one| check::san(one).as_ref() == Ok(&name));
    if is_there { Err(format!("{} is there already", crate::ui::text::show(text))) } else { Ok(()) }
}
