//! The flags of `setup` as answers, over those of a configuration or those that are kept; and what
//! is wrong with them, by the flags' names.

use crate::cli::arguments::{Global, MachineArguments, SetupArguments};
use crate::cli::failure::Failure;
use crate::cli::input::{INPUT, shown, text_of};
use crate::cli::output;
use crate::inventory::beginning::Machine;
use crate::pki::text::printable;
use crate::setup::check::{Fault, nodes};
use crate::setup::kubeadm;
use crate::setup::{ClusterField, ClusterSpec, Node, NodeRole, kept};

/// What the flags say, over what is kept.
pub(super) fn cluster(
    arguments: &SetupArguments,
    global: &Global,
    kept: Vec<ClusterSpec>,
    machine: &Machine,
) -> Result<ClusterSpec, Failure> {
    one_input(arguments)?;
    let mut cluster = beginning(arguments, kept, machine)?;
    if let Some(layout) = &global.layout {
        cluster.layout.clone_from(layout);
    }
    for (question, texts) in arguments.answers.given() {
        let refused = |why| Failure::usage(format!("{}: {why}", question.told()));
        question
            .check_given(texts)
            .and_then(|()| question.take(&mut cluster, texts))
            .map_err(refused)?;
    }
    machines(&mut cluster, &arguments.answers.machines, machine)?;
    Ok(cluster)
}

/// Standard input is read once.
fn one_input(arguments: &SetupArguments) -> Result<(), Failure> {
    let files = [&arguments.config, &arguments.answers.machines.nodes].into_iter();
    let passphrases = arguments
        .change
        .iter()
        .map(|change| &change.passphrase_file);
    if files
        .chain(passphrases)
        .filter(|file| file.as_deref() == Some(INPUT))
        .count()
        > 1
    {
        return Err(
            Failure::usage("two flags read standard input").hint("- may be given for one file")
        );
    }
    Ok(())
}

/// The answers of `--config`, else those that are kept of the cluster, else the usual ones.
fn beginning(
    arguments: &SetupArguments,
    kept: Vec<ClusterSpec>,
    machine: &Machine,
) -> Result<ClusterSpec, Failure> {
    let Some(file) = &arguments.config else {
        let name = arguments.answers.text(ClusterField::Name);
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
    let node = arguments
        .answers
        .machines
        .node
        .as_ref()
        .unwrap_or(&machine.name);
    let read = kubeadm::read(&text_of(file)?, node);
    let configuration = read.map_err(|error| {
        Failure::usage(format!("{} cannot be used", shown(file))).because(error.to_string())
    })?;
    for note in &configuration.notes {
        output::tell(&format!(
            "kubepki: {}: {}\n",
            printable(shown(file)),
            printable(note)
        ));
    }
    Ok(configuration.cluster)
}

fn machines(
    cluster: &mut ClusterSpec,
    arguments: &MachineArguments,
    machine: &Machine,
) -> Result<(), Failure> {
    if let Some(file) = &arguments.nodes {
        cluster.nodes = nodes(&text_of(file)?).map_err(|(line, why)| {
            Failure::usage(format!("{}: line {line} is no node", shown(file)))
                .because(why)
                .hint("a line for each node: name address[,address] roles; as: master-1 10.0.0.10 master,etcd")
        })?;
        return Ok(());
    }
    if cluster.nodes.is_empty() {
        let node = Node {
            name: machine.name.clone(),
            addresses: Vec::new(),
            roles: vec![NodeRole::ControlPlane],
        };
        cluster.nodes.push(node);
    }
    let place = meant(cluster, arguments, machine)?;
    let Some(node) = cluster.nodes.get_mut(place) else {
        return Ok(());
    };
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
    let unknown =
        || Failure::usage("nothing says what this machine is called, and where it is reached");
    if is_known {
        Ok(())
    } else {
        Err(unknown().hint("--node NAME --address ADDRESS, or --nodes FILE for several"))
    }
}

/// The place of the node that `--node` and `--address` are about: of several it is the one of that
/// name.
fn meant(
    cluster: &ClusterSpec,
    arguments: &MachineArguments,
    machine: &Machine,
) -> Result<usize, Failure> {
    let name = arguments.node.as_ref().unwrap_or(&machine.name);
    let is_told = arguments.node.is_some() || !arguments.address.is_empty();
    match cluster.nodes.iter().position(|node| node.name == *name) {
        None if is_told && cluster.nodes.len() > 1 => Err(no_node(cluster, name)),
        place => Ok(place.unwrap_or(0)),
    }
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
    let names: Vec<&str> = cluster
        .nodes
        .iter()
        .map(|node| node.name.as_str())
        .collect();
    Failure::usage(format!("there is no node {name:?}"))
        .hint(format!("the nodes are {}", names.join(", ")))
}
