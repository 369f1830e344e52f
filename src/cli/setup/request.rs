//! What the flags ask for: the same requests that the wizards make.

use std::collections::BTreeSet;
use std::path::Path;

use super::answers;
use crate::cli::arguments::{Global, SetupArguments, WrittenArguments};
use crate::cli::failure::Failure;
use crate::cli::input::absolute;
use crate::cli::master::Master;
use crate::inventory::beginning::Machine;
use crate::plan::SetupRequest;
use crate::setup::ClusterSpec;
use crate::setup::blueprint::{Blueprint, Thing};
use crate::setup::check;

/// What stands for no node.
const NOWHERE: &str = "none";

/// The request of `setup`.
pub(super) fn setup(
    global: &Global,
    arguments: &SetupArguments,
    kept: Vec<ClusterSpec>,
    master: &Master,
    machine: &Machine,
) -> Result<SetupRequest, Failure> {
    let cluster = answers::cluster(arguments, global, kept, machine)?;
    answers::refuse(cluster.faults())?;
    let mut request = SetupRequest::new(cluster, machine);
    request.here = here(&request, arguments.answers.machines.here.as_deref())?;
    if let Some(arguments) = &arguments.written {
        written(&mut request, arguments, master)?;
    }
    Ok(request)
}

fn written(
    request: &mut SetupRequest,
    arguments: &WrittenArguments,
    master: &Master,
) -> Result<(), Failure> {
    let path = |flag: &Option<String>| flag.as_deref().map(absolute).transpose();
    request.archives = path(&arguments.archives)?.or(request.archives.take());
    request.guide = path(&arguments.guide)?;
    request.kubeadm_config = path(&arguments.write_config)?;
    let made = made(request)?;
    for path in &arguments.replace {
        let local = absolute(path)?;
        let path = if is_written_here(request, &local) {
            local
        } else {
            on_the_master(path, master, &made)?
        };
        request.replace.push(path);
    }
    Ok(())
}

/// Every path that the setup makes on some node.
fn made(request: &SetupRequest) -> Result<BTreeSet<String>, Failure> {
    let blueprint = Blueprint::of(&request.cluster)
        .map_err(|why| Failure::usage("these answers cannot be used").because(why))?;
    let files = blueprint.things.iter().flat_map(Thing::files);
    Ok(files.map(|(placed, _)| placed.path.clone()).collect())
}

/// True for an archive, the guide, or the configuration: files of this machine, not of the master.
fn is_written_here(request: &SetupRequest, path: &str) -> bool {
    let path = Path::new(path);
    let is_archive = |folder: &String| {
        path.parent() == Some(Path::new(folder)) && path.extension() == Some("tar".as_ref())
    };
    let files = [&request.guide, &request.kubeadm_config];
    files
        .into_iter()
        .flatten()
        .any(|file| Path::new(file) == path)
        || request.archives.as_ref().is_some_and(is_archive)
}

/// A path as it is on the master, in whatever way it was written: what is named fully or from the
/// current folder comes before what ends so.
fn on_the_master(path: &str, master: &Master, made: &BTreeSet<String>) -> Result<String, Failure> {
    let (candidates, end) = (master.paths_of(path), format!("/{path}"));
    let mut found: Vec<&String> = made
        .iter()
        .filter(|made| candidates.contains(made))
        .collect();
    if found.is_empty() {
        found.extend(made.iter().filter(|made| made.ends_with(&end)));
    }
    let setup = |words: &str| master.inventory.mounted.kubepki(words);
    match found[..] {
        [only] => Ok(only.clone()),
        [] => Err(Failure::usage(format!(
            "--replace: no setup of this cluster makes {path:?}"
        ))
        .hint(format!(
            "the paths that it makes: {}",
            setup("setup … --dry-run -o name")
        ))),
        _ => Err(Failure::usage(format!("--replace: {path:?} is ambiguous"))
            .because_all(found.into_iter().cloned())),
    }
}

/// A node that gets its files alone.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) addresses: Option<&'a str>,
    pub(super) roles: Option<&'a str>,
    pub(super) archives: Option<&'a str>,
    pub(super) here: Option<&'a str>,
    /// It is in the cluster already, and gets new ones.
    pub(super) is_known: bool,
}

/// A node more, or a known one anew, and the answers that are kept.
pub(super) fn add_node(
    mut cluster: ClusterSpec,
    asked: &Asked<'_>,
    master: &Master,
    machine: &Machine,
) -> Result<SetupRequest, Failure> {
    let known = cluster
        .nodes
        .iter()
        .position(|node| node.name == asked.name)
        .filter(|_| asked.is_known);
    if asked.is_known && known.is_none() {
        return Err(answers::no_node(&cluster, asked.name));
    }
    if let Some(addresses) = asked.addresses {
        let line = format!(
            "{} {addresses} {}",
            asked.name,
            asked.roles.unwrap_or_default()
        );
        let mut node =
            check::node(&line).map_err(|why| Failure::usage("that is no node").because(why))?;
        match known {
            Some(place) if asked.roles.is_none() => {
                node.roles.clone_from(&cluster.nodes[place].roles);
                cluster.nodes[place] = node;
            }
            Some(place) => cluster.nodes[place] = node,
            None => cluster.nodes.push(node),
        }
    }
    answers::refuse(cluster.faults_while_growing())?;
    let mut request = SetupRequest::new(cluster, machine);
    request.here = here(&request, asked.here)?;
    if request.here.as_deref() == Some(asked.name) {
        let setup = master.inventory.mounted.kubepki("setup");
        return Err(Failure::usage(format!(
            "{:?} is the node here: its files lie below the root",
            asked.name
        ))
        .hint(format!(
            "{setup} makes what is missing, and anew what --replace names"
        )));
    }
    request.archives = asked
        .archives
        .map(absolute)
        .transpose()?
        .or(request.archives);
    request.only = vec![asked.name.to_owned()];
    request.replace = if asked.is_known {
        request.only.clone()
    } else {
        Vec::new()
    };
    Ok(request)
}

/// The node here: the one that is named, else what is known.
fn here(request: &SetupRequest, named: Option<&str>) -> Result<Option<String>, Failure> {
    match named {
        None => Ok(request.here.clone()),
        Some(NOWHERE) => Ok(None),
        Some(name) if request.cluster.node(name).is_some() => Ok(Some(name.to_owned())),
        Some(name) => Err(answers::no_node(&request.cluster, name)),
    }
}
