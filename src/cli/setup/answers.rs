//! The flags of `setup` as answers, over those of a configuration or those that are kept; and what is wrong with them, by the flags' names.

use super::input::{INPUT, shown, text_of};
use crate::cli::arguments::{EtcdArguments, Global, KeyArguments, MachineArguments, NetworkArguments, SetupArguments};
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::inventory::beginning::Machine;
use crate::kubernetes::cluster::check::{Fault, nodes};
use crate::kubernetes::cluster::{ClusterSpec, ExternalEtcd, Node, NodeRole, kept};
use crate::kubernetes::kubeadm;
use crate::pki::text::printable;

/// Hours of a day: flags say days, answers hours.
const DAY: u32 = 24;

/// What the flags say, over what is kept.
pub(super) fn cluster(
    arguments: &SetupArguments,
    global: &Global,
    kept: Vec<ClusterSpec>,
    machine: &Machine,
) -> Result<ClusterSpec, Failure> {
    one_input(arguments)?;
    let usual = MachineArguments::default();
    let named = arguments.machines.as_ref().unwrap_or(&usual);
    let mut cluster = beginning(named, kept, machine)?;
    if let Some(layout) = &global.layout {
        cluster.layout.clone_from(layout);
    }
    machines(&mut cluster, named, machine)?;
    if let Some(arguments) = &arguments.network {
        network(&mut cluster, arguments);
    }
    if let Some(arguments) = &arguments.etcd {
        etcd(&mut cluster, arguments);
    }
    if let Some(arguments) = &arguments.keys {
        keys(&mut cluster, arguments);
    }
    Ok(cluster)
}

/// Standard input is read once.
fn one_input(arguments: &SetupArguments) -> Result<(), Failure> {
    let machines = arguments.machines.as_ref();
    let files = machines.into_iter().flat_map(|machines| [&machines.config, &machines.nodes]);
    let passphrases = arguments.change.iter().map(|change| &change.passphrase_file);
    if files.chain(passphrases).filter(|file| file.as_deref() == Some(INPUT)).count() > 1 {
        return Err(Failure::usage("two flags read standard input").hint("- may be given for one file"));
    }
    Ok(())
}

/// The answers of `--config`, else those that are kept of the cluster, else the usual ones.
fn beginning(arguments: &MachineArguments, kept: Vec<ClusterSpec>, machine: &Machine) -> Result<ClusterSpec, Failure> {
    let Some(file) = &arguments.config else {
        let name = arguments.cluster_name.as_deref();
        return match kept::base(&kept, name) {
            Some(cluster) => Ok(cluster.clone()),
            None if name.is_none() && !kept.is_empty() => {
                let names = kept.into_iter().map(|cluster| cluster.name);
                Err(Failure::usage("several clusters were set up here")
                    .because_all(names)
                    .hint("--cluster-name NAME says which is meant, or names a new one"))
            }
            None => Ok(ClusterSpec::default()),
        };
    };
    let node = arguments.node.as_ref().unwrap_or(&machine.name);
    let read = kubeadm::read(&text_of(file)?, node);
    let configuration =
        read.map_err(|error| Failure::usage(format!("{} cannot be used", shown(file))).because(error.to_string()))?;
    for note in &configuration.notes {
        output::tell(&format!("kubepki: {}: {}\n", printable(shown(file)), printable(note)));
    }
    Ok(configuration.cluster)
}

fn machines(cluster: &mut ClusterSpec, arguments: &MachineArguments, machine: &Machine) -> Result<(), Failure> {
    if let Some(name) = &arguments.cluster_name {
        cluster.name.clone_from(name);
    }
    cluster.kubernetes_version = arguments.kubernetes_version.unwrap_or(cluster.kubernetes_version);
    if let Some(file) = &arguments.nodes {
        cluster.nodes = nodes(&text_of(file)?).map_err(|(line, why)| {
            Failure::usage(format!("{}: line {line} is no node", shown(file)))
                .because(why)
                .hint("a line for each node: name address[,address] roles; as: master-1 10.0.0.10 master,etcd")
        })?;
        return Ok(());
    }
    if cluster.nodes.is_empty() {
        let node = Node { name: machine.name.clone(), addresses: Vec::new(), roles: vec![NodeRole::ControlPlane] };
        cluster.nodes.push(node);
    }
    let place = meant(cluster, arguments, machine)?;
    let Some(node) = cluster.nodes.get_mut(place) else { return Ok(()) };
    if let Some(name) = &arguments.node {
        node.name.clone_from(name);
    }
    if !arguments.address.is_empty() {
        node.addresses.clone_from(&arguments.address);
    }
    // As kubeadm: the address of the default route.
    if node.addresses.is_empty() {
        node.addresses.extend(machine.addresses.first());
    }
    let is_known = !node.name.is_empty() && !node.addresses.is_empty();
    let unknown = || Failure::usage("nothing says what this machine is called, and where it is reached");
    if is_known { Ok(()) } else { Err(unknown().hint("--node NAME --address ADDRESS, or --nodes FILE for several")) }
}

/// The place of the node that `--node` and `--address` are about: of several it is the one of that name.
fn meant(cluster: &ClusterSpec, arguments: &MachineArguments, machine: &Machine) -> Result<usize, Failure> {
    let name = arguments.node.as_ref().unwrap_or(&machine.name);
    let is_told = arguments.node.is_some() || !arguments.address.is_empty();
    match cluster.nodes.iter().position(|node| node.name == *name) {
        None if is_told && cluster.nodes.len() > 1 => Err(no_node(cluster, name)),
        place => Ok(place.unwrap_or(0)),
    }
}

fn network(cluster: &mut ClusterSpec, arguments: &NetworkArguments) {
    cluster.control_plane_endpoint = arguments.endpoint.clone().or(cluster.control_plane_endpoint.take());
    cluster.bind_port = arguments.bind_port.unwrap_or(cluster.bind_port);
    for (flag, answer) in [
        (&arguments.service_subnet, &mut cluster.service_subnet),
        (&arguments.pod_subnet, &mut cluster.pod_subnet),
        (&arguments.dns_domain, &mut cluster.dns_domain),
    ] {
        if let Some(flag) = flag {
            answer.clone_from(flag);
        }
    }
    said(&mut cluster.api_server_sans, &arguments.san);
}

/// A list that was given stands in place of the configuration's.
fn said<T: Clone>(answer: &mut Vec<T>, flag: &[T]) {
    if !flag.is_empty() {
        answer.clear();
        answer.extend_from_slice(flag);
    }
}

fn etcd(cluster: &mut ClusterSpec, arguments: &EtcdArguments) {
    let etcd = &mut cluster.etcd;
    said(&mut etcd.server_sans, &arguments.etcd_server_san);
    said(&mut etcd.peer_sans, &arguments.etcd_peer_san);
    etcd.peer_authority |= arguments.peer_authority;
    let files = [&arguments.etcd_ca_file, &arguments.etcd_cert_file, &arguments.etcd_key_file];
    if arguments.etcd_endpoint.is_empty() && files.iter().all(|file| file.is_none()) {
        return;
    }
    let external = etcd.external.get_or_insert_with(ExternalEtcd::default);
    said(&mut external.endpoints, &arguments.etcd_endpoint);
    let answers = [&mut external.ca_file, &mut external.cert_file, &mut external.key_file];
    for (flag, answer) in files.into_iter().zip(answers) {
        if let Some(flag) = flag {
            answer.clone_from(flag);
        }
    }
}

fn keys(cluster: &mut ClusterSpec, arguments: &KeyArguments) {
    cluster.one_authority |= arguments.one_authority;
    cluster.intermediate_authorities |= arguments.intermediate_authorities;
    cluster.external_authority |= arguments.external_authority;
    cluster.authority_keys = arguments.authority_keys.unwrap_or(cluster.authority_keys);
    cluster.key_algorithm = arguments.key_algorithm.unwrap_or(cluster.key_algorithm);
    cluster.service_account_key_algorithm =
        arguments.service_account_key_algorithm.or(cluster.service_account_key_algorithm);
    cluster.certificate_hours = arguments.days.map_or(cluster.certificate_hours, |days| days * DAY);
    cluster.authority_hours = arguments.authority_days.map_or(cluster.authority_hours, |days| days * DAY);
    cluster.bootstrap = arguments.bootstrap.unwrap_or(cluster.bootstrap);
    said(&mut cluster.subject, &arguments.subject);
}

/// Refuses answers that cannot be used: everything that is wrong, by the names of the flags.
pub(super) fn refuse(faults: Vec<Fault>) -> Result<(), Failure> {
    let told = |Fault { field, why }| format!("{}: {why}", field.question().told());
    if faults.is_empty() {
        return Ok(());
    }
    Err(Failure::usage("these answers cannot be used").because_all(faults.into_iter().map(told)))
}

/// A name that no node has.
pub(super) fn no_node(cluster: &ClusterSpec, name: &str) -> Failure {
    let names: Vec<&str> = cluster.nodes.iter().map(|node| node.name.as_str()).collect();
    Failure::usage(format!("there is no node {name:?}")).hint(format!("the nodes are {}", names.join(", ")))
}
