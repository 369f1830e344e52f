//! Who dials a port: the components that the table names, whoever has a kubeconfig, the pods.

use core::net::IpAddr;
use std::sync::Arc;

use super::known::Known;
use super::port::{Caller, Port, Trust};
use crate::inventory::{Cluster, Item, ItemIndex, KubeconfigItem, Reaches};
use crate::kubernetes::address::{Address, first_service_address, is_loopback};
use crate::kubernetes::component::Component;
use crate::kubernetes::port::CallerRule;
use crate::kubernetes::role::RoleId;
use crate::pki::Certificate;

/// The name under which pods reach the API server (kubernetes.default.svc) has its CA from the
/// controller manager.
const PODS: &str = "pods";

/// The name of the API server's service, without the cluster's domain, which not every certificate
/// has.
const SERVICE: &str = "kubernetes.default.svc";

pub(super) fn callers(known: &Known<'_>, port: &Port) -> Vec<Caller> {
    let mut callers: Vec<Caller> = port
        .rule
        .callers
        .iter()
        .filter_map(|rule| component(known, port, rule))
        .collect();
    if port.rule.is_for_kubeconfigs {
        callers.extend(
            known
                .inventory
                .kubeconfigs
                .iter()
                .flat_map(|kubeconfig| kubeconfig_callers(known, port, kubeconfig)),
        );
        callers.extend(pods(known));
    }
    callers
}

fn component(known: &Known<'_>, port: &Port, rule: &CallerRule) -> Option<Caller> {
    if !known.has(rule.component) {
        return None;
    }
    let dials = if rule.dials.is_empty() {
        port.remote.clone()
    } else {
        let fact = known.running(rule.component, &[rule.dials]);
        let addresses: Vec<Address<'_>> = fact
            .map_or("", |fact| &fact.value)
            .split(',')
            .filter_map(Address::parse)
            .collect();
        let here = addresses
            .iter()
            .filter(|address| is_here(port, address.host));
        let dials: Vec<String> = here.map(|address| address.host.to_owned()).collect();
        // It asks other members only.
        if dials.is_empty() && !addresses.is_empty() && !port.remote.is_empty() {
            return None;
        }
        dials
    };
    Some(Caller {
        who: rule.component.as_str().into(),
        dials,
        trust: trust(known, rule),
        is_user: false,
    })
}

/// Whether a host is this port's, not another member's.
pub(super) fn is_here(port: &Port, host: &str) -> bool {
    is_loopback(host) || port.local.iter().chain(&port.remote).any(|own| own == host)
}

fn trust(known: &Known<'_>, rule: &CallerRule) -> Trust {
    const KUBELETS: &str = "kubelet-certificate-authority";
    let read = known.read_through(rule.component, rule.trusts);
    // Of kubeadm's layout alone it does not follow that the API server verifies kubelets: kubeadm
    // does not tell it to.
    let is_told = known.has_flags(rule.component);
    match read {
        Some((file, items))
            if is_told
                || rule.trusts != KUBELETS
                || !known.of_role(RoleId::ServerCa).is_empty() =>
        {
            anchors(known, file, &items)
        }
        _ if rule.trusts == KUBELETS && is_told => Trust::Everything,
        _ if is_told => Trust::Unknown(format!(
            "--{} is not given: it trusts the system's CAs",
            rule.trusts
        )),
        _ => Trust::Unknown(format!("the flags of {} are not known", rule.component)),
    }
}

fn anchors(known: &Known<'_>, file: &str, items: &[ItemIndex]) -> Trust {
    let certificates = items
        .iter()
        .filter_map(|index| known.inventory.item(*index)?.certificate());
    let anchors: Arc<[Certificate]> = certificates.cloned().collect();
    if !anchors.is_empty() {
        return Trust::Anchors {
            anchors,
            file: file.into(),
        };
    }
    let fault = items
        .iter()
        .filter_map(|index| known.inventory.item(*index))
        .find_map(|item: &Item| item.content.as_ref().err());
    Trust::Unknown(match fault {
        Some(fault) => format!("{file}: {fault}"),
        None => format!("{file} was not read"),
    })
}

/// One for each cluster of a kubeconfig that leads to this master's API server.
fn kubeconfig_callers<'a>(
    known: &'a Known<'_>,
    port: &'a Port,
    kubeconfig: &'a KubeconfigItem,
) -> impl Iterator<Item = Caller> + 'a {
    let clusters =
        used_clusters(kubeconfig).filter(|(_, reaches)| leads_here(kubeconfig, *reaches));
    clusters.filter_map(|(cluster, _)| {
        let address =
            Address::parse(&cluster.server).filter(|address| is_behind(known, port, *address))?;
        Some(Caller {
            who: Arc::clone(&kubeconfig.path),
            dials: dialled(port, kubeconfig, cluster, address),
            trust: trust_of(kubeconfig, cluster),
            is_user: kubeconfig.roles.is_empty(),
        })
    })
}

/// Whether the port may stand behind a server's address: a load balancer may have any port, but a
/// distribution that answers itself has two.
pub(super) fn is_behind(known: &Known<'_>, port: &Port, address: Address<'_>) -> bool {
    !known.layout().api_server.is_behind() || address.port_or_default() == port.number
}

/// The name that must stand in the certificate. None for a user who dials another master, in whose
/// certificate it stands.
pub(super) fn dialled(
    port: &Port,
    kubeconfig: &KubeconfigItem,
    cluster: &Cluster,
    address: Address<'_>,
) -> Vec<String> {
    let is_address = address.host.parse::<IpAddr>().is_ok();
    if kubeconfig.roles.is_empty() && is_address && !is_here(port, address.host) {
        return Vec::new();
    }
    vec![
        cluster
            .tls_server_name
            .as_deref()
            .unwrap_or(address.host)
            .to_owned(),
    ]
}

/// The clusters that a context uses, each once, with what the context reaches.
pub(super) fn used_clusters(
    kubeconfig: &KubeconfigItem,
) -> impl Iterator<Item = (&Cluster, Reaches)> {
    // Of two with one name kubectl takes the last.
    let last = |name: &str| {
        kubeconfig
            .clusters
            .iter()
            .rposition(|cluster| cluster.name == name)
    };
    kubeconfig
        .clusters
        .iter()
        .enumerate()
        .filter_map(move |(at, cluster)| {
            let mut contexts = kubeconfig
                .contexts
                .iter()
                .filter(|context| context.cluster == cluster.name);
            let context = contexts
                .next()
                .filter(|_| last(&cluster.name) == Some(at))?;
            Some((cluster, context.reaches))
        })
}

/// A kubeconfig in a place of this master leads to it even if its CA is another's: that is what is
/// wrong with it then.
pub(super) fn leads_here(kubeconfig: &KubeconfigItem, reaches: Reaches) -> bool {
    match reaches {
        Reaches::ThisMaster => true,
        Reaches::AnotherCluster | Reaches::Unknown => !kubeconfig.roles.is_empty(),
        Reaches::ThroughRancher => false,
    }
}

/// By what a kubeconfig judges the server of one of its clusters.
pub(super) fn trust_of(kubeconfig: &KubeconfigItem, cluster: &Cluster) -> Trust {
    if cluster.insecure {
        Trust::Everything
    } else if !cluster.names_authority {
        Trust::Unknown("it names no CA: those of the system count".to_owned())
    } else if cluster.anchors.is_empty() {
        Trust::Unknown(format!(
            "its CA is not known here: {}",
            cluster.authority_text
        ))
    } else {
        Trust::Anchors {
            anchors: Arc::clone(&cluster.anchors),
            file: Arc::clone(&kubeconfig.path),
        }
    }
}

/// Every pod has the CA of the controller manager's `--root-ca-file` (ConfigMap kube-root-ca.crt).
fn pods(known: &Known<'_>) -> Option<Caller> {
    let (file, items) = known.read_through(Component::KubeControllerManager, "root-ca-file")?;
    // They reach the distribution's own port then, not the API server's behind it.
    if known.layout().api_server.is_behind() {
        return None;
    }
    let ranges = known.running(Component::KubeApiserver, &["service-cluster-ip-range"]);
    let address = ranges.and_then(|fact| first_service_address(&fact.value));
    let dials = std::iter::once(SERVICE.to_owned())
        .chain(address.map(|address| address.to_string()))
        .collect();
    Some(Caller {
        who: PODS.into(),
        dials,
        trust: anchors(known, file, &items),
        is_user: false,
    })
}
