//! `setup`: the PKI of a new cluster, a node more, what comes next.

mod answers;
mod document;
mod request;

use super::arguments::{ChangeArguments, Form, Global, SetupArguments, SetupCommand};
use super::change::Change;
use super::changer::changer;
use super::failure::Failure;
use super::master::{Master, open_options};
use super::output;
use super::table::{Cell, Style, Table};
use crate::engine::machine::machine;
use crate::pki::text::{printable, quoted};
use crate::plan::{Request, SetupRequest};
use crate::setup::ClusterSpec;
use crate::setup::guide::guide;
use crate::setup::kubeadm;
use document::{ClusterGuide, ClusterSpecList};

/// `setup` and the commands below it: the text for standard output, and the exit code.
pub(super) fn run(
    global: &Global,
    arguments: &SetupArguments,
    form: Form,
    style: Style,
) -> Result<(String, u8), Failure> {
    refuse_misplaced(arguments)?;
    let machine = |master: &Master| machine(&open_options(global, None), &master.inventory);
    // Which layout is wanted says nothing of which one is here.
    let as_found = Global {
        layout: None,
        ..global.clone()
    };
    match &arguments.command {
        None => {
            let usual = ChangeArguments::default();
            let change = Change::new(
                &as_found,
                arguments.change.as_ref().unwrap_or(&usual),
                form,
                style,
            );
            let kept = kept(global)?;
            set_up(&change, &|master| {
                request::setup(global, arguments, kept.clone(), master, &machine(master))
            })
        }
        Some(SetupCommand::AddNode {
            name,
            addresses,
            roles,
            cluster,
            archives,
            here,
            replace,
            change,
        }) => {
            let kept = one(global, cluster.as_deref())?;
            let asked = request::Asked {
                name,
                addresses: addresses.as_deref(),
                roles: roles.as_deref(),
                archives: archives.as_deref(),
                here: here.as_deref(),
                is_known: *replace,
            };
            let request =
                |master: &Master| request::add_node(kept.clone(), &asked, master, &machine(master));
            set_up(&Change::new(&as_found, change, form, style), &request)
        }
        Some(SetupCommand::Guide {
            cluster,
            node,
            kubeadm_config,
        }) => {
            let cluster = one(global, cluster.as_deref())?;
            if *kubeadm_config {
                return Ok((configuration(&cluster)?, 0));
            }
            Ok((what_comes_next(&cluster, node.as_deref(), form)?, 0))
        }
        Some(SetupCommand::List) => Ok((list(&kept(global)?, form, style)?, 0)),
    }
}

fn refuse_misplaced(arguments: &SetupArguments) -> Result<(), Failure> {
    if arguments.command.is_some() && arguments.has_flags() {
        return Err(Failure::usage("flags of setup stand before a command that does not take them")
            .hint("flags follow the command whose they are, as: kubepki setup add-node NAME ADDRESS --dry-run"));
    }
    Ok(())
}

/// Sets up what `request` says, and where that was done names what comes next.
fn set_up(
    change: &Change<'_>,
    request: &dyn Fn(&Master) -> Result<SetupRequest, Failure>,
) -> Result<(String, u8), Failure> {
    let mut next = String::new();
    let (mut text, code) = change.run(|master| {
        let request = request(master)?;
        next = format!("setup guide {}", quoted(&request.cluster.name));
        Ok(Request::Setup(Box::new(request)))
    })?;
    let is_told = matches!(change.form, Form::Table | Form::Wide) && !change.arguments.dry_run;
    if is_told && !text.is_empty() {
        let next = changer(change.global, None)?.records().command(&next);
        text.push_str(&(next + " says what comes next\n"));
    }
    Ok((text, code))
}

/// The clusters that were set up here; what cannot be used of them is told.
pub(super) fn kept(global: &Global) -> Result<Vec<ClusterSpec>, Failure> {
    let kept = changer(global, None)?.records().clusters()?;
    tell_unusable("kept answers cannot be used", &kept.faults);
    Ok(kept.all)
}

/// What of the state folder cannot be used.
pub(super) fn tell_unusable(what: &str, faults: &[String]) {
    for fault in faults {
        output::tell(&Failure::unable(what).because(fault).to_words());
    }
}

/// The cluster of this name, or the only one.
fn one(global: &Global, name: Option<&str>) -> Result<ClusterSpec, Failure> {
    let mut clusters = kept(global)?;
    let names: Vec<String> = clusters
        .iter()
        .map(|cluster| cluster.name.clone())
        .collect();
    let place = match name {
        Some(name) => clusters.iter().position(|cluster| cluster.name == name),
        None if clusters.len() == 1 => Some(0),
        None => None,
    };
    match (place, name) {
        (Some(place), _) => Ok(clusters.swap_remove(place)),
        _ if names.is_empty() => {
            let setup = open_options(global, None).command("setup");
            let hint = format!(
                "{setup} makes one; its answers lie in the state folder of the root that --root names"
            );
            Err(Failure::usage("no cluster was set up here").hint(hint))
        }
        (None, Some(name)) => {
            Err(Failure::usage(format!("there is no cluster {name:?}")).because_all(names))
        }
        (None, None) => Err(Failure::usage("several clusters were set up here").because_all(names)),
    }
}

/// The answers as kubeadm's own configuration.
fn configuration(cluster: &ClusterSpec) -> Result<String, Failure> {
    answers::refuse(cluster.faults_while_growing())?;
    Ok(kubeadm::write(cluster))
}

/// The page of what comes next: Markdown, which is text for people too.
fn what_comes_next(
    cluster: &ClusterSpec,
    node: Option<&str>,
    form: Form,
) -> Result<String, Failure> {
    answers::refuse(cluster.faults_while_growing())?;
    if let Some(name) = node.filter(|name| cluster.node(name).is_none()) {
        return Err(answers::no_node(cluster, name));
    }
    let guide = guide(cluster, node);
    let document = || ClusterGuide::new(&guide, &cluster.name, node);
    match form {
        Form::Json => output::json(&document()),
        Form::Yaml => output::yaml(&document()),
        Form::Name => Ok(guide.components.iter().fold(String::new(), |out, one| {
            out + one.component.as_str() + "\n"
        })),
        _ => Ok(guide
            .to_markdown()
            .lines()
            .fold(String::new(), |out, line| out + &printable(line) + "\n")),
    }
}

fn list(clusters: &[ClusterSpec], form: Form, style: Style) -> Result<String, Failure> {
    let document = || ClusterSpecList::new(clusters);
    match form {
        Form::Json => output::json(&document()),
        Form::Yaml => output::yaml(&document()),
        Form::Name => Ok(clusters
            .iter()
            .fold(String::new(), |out, one| out + &printable(&one.name) + "\n")),
        _ => {
            let mut table = Table::new(&["NAME", "LAYOUT", "KUBERNETES", "NODES", "ENDPOINT"]);
            for cluster in clusters {
                let nodes: Vec<&str> = cluster
                    .nodes
                    .iter()
                    .map(|node| node.name.as_str())
                    .collect();
                table.push(vec![
                    Cell::new(&cluster.name),
                    Cell::new(&cluster.layout),
                    Cell::new(cluster.kubernetes_version.to_string()),
                    Cell::new(nodes.join(" ")),
                    Cell::new(
                        cluster
                            .control_plane_endpoint
                            .as_deref()
                            .unwrap_or_default(),
                    ),
                ]);
            }
            Ok(table.without_empty_columns().render(style))
        }
    }
}
