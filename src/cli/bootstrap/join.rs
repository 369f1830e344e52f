//! What a new machine is told: the discovery hash, the line to type, the flags of each component.

use zeroize::Zeroizing;

use super::document::{BindingDocument, FlagDocument, HashDocument, JoinDocument};
use crate::cli::arguments::{Form, Global};
use crate::cli::changer::changer;
use crate::cli::exit_of;
use crate::cli::failure::Failure;
use crate::cli::master::Master;
use crate::cli::output;
use crate::inventory::bootstrap::{self as joining, TokenItem, TokenKind};
use crate::kubernetes::bootstrap::{BootstrapIdentity, NO_APPROVER, join_line};
use crate::kubernetes::flags;
use crate::pki::text::{printable, quoted};

/// What stands for a token that is not told.
const NO_TOKEN: &str = "<token>";

/// What stands for the key of the uploaded certificates, which only the cluster has.
const NO_KEY: &str = "<certificate-key>";

/// `bootstrap hash`: one hash a line.
pub(super) fn hash(master: &Master, form: Form) -> Result<(String, u8), Failure> {
    let hashes = joining::hashes(&master.inventory);
    if hashes.is_empty() {
        return Err(Failure::unable("there is no CA of the cluster here"));
    }
    let document = || HashDocument {
        head: master.head("DiscoveryHash"),
        hashes: hashes.clone(),
    };
    let text = match form {
        Form::Json => output::json(&document())?,
        Form::Yaml => output::yaml(&document())?,
        _ => hashes
            .iter()
            .fold(String::new(), |out, hash| out + hash + "\n"),
    };
    Ok((text, exit_of(master)))
}

/// `bootstrap join`: the line on standard output, all else beside it.
pub(super) fn join(
    global: &Global,
    master: &Master,
    token: Option<&str>,
    control_plane: bool,
    form: Form,
) -> Result<(String, u8), Failure> {
    let inventory = &master.inventory;
    let item = token.map(|id| of_id(master, id)).transpose()?;
    let is_kubeadms = joining::takes_kubeadm(inventory, item);
    let line = if is_kubeadms {
        Some(line(global, master, item, control_plane)?)
    } else {
        None
    };
    let text = match form {
        Form::Json => output::json(&document(master, token, control_plane, line.as_deref()))?,
        Form::Yaml => output::yaml(&document(master, token, control_plane, line.as_deref()))?,
        _ => {
            tell(master, item, control_plane, is_kubeadms);
            line.map_or_else(|| flag_lines(master), |line| format!("{}\n", line.as_str()))
        }
    };
    Ok((text, exit_of(master)))
}

fn of_id<'a>(master: &'a Master, id: &str) -> Result<&'a TokenItem, Failure> {
    let mut tokens = master.inventory.bootstrap.tokens.iter().rev();
    tokens
        .find(|token| token.kind == TokenKind::Secret && token.id == id)
        .ok_or_else(|| {
            let list = master.inventory.mounted.kubepki("bootstrap token --list");
            Failure::usage(format!("no manifest here has the bootstrap token {id:?}")).hint(
                format!("see: {list}; a token that only the cluster has is put in by hand"),
            )
        })
}

fn line(
    global: &Global,
    master: &Master,
    item: Option<&TokenItem>,
    control_plane: bool,
) -> Result<Zeroizing<String>, Failure> {
    let join = joining::join(&master.inventory, control_plane).ok_or_else(|| {
        Failure::unable("the API server's address is not known").because(
            "no kubeconfig here and no flag of kube-apiserver names one that other machines reach",
        )
    })?;
    if join.hashes.is_empty() {
        return Err(Failure::unable("there is no CA of the cluster here"));
    }
    let token = match item {
        Some(item) => changer(global, None)?.token(item)?,
        None => Zeroizing::new(NO_TOKEN.to_owned()),
    };
    Ok(join_line(&join, &token, control_plane.then_some(NO_KEY)))
}

/// What stands beside the line, or, where kubeadm does not make this cluster, beside the flags.
fn tell(master: &Master, item: Option<&TokenItem>, control_plane: bool, is_kubeadms: bool) {
    let mut words = String::new();
    let mut say = |text: &str| words.extend(["kubepki: ", &printable(text), "\n"]);
    match item {
        None if !is_kubeadms => {
            say(
                "no kubeadm made this cluster: a kubelet joins with these flags and what bootstrap kubeconfig writes",
            );
        }
        None => {
            let new = master.inventory.mounted.kubepki("bootstrap token");
            say(&format!(
                "the token is left out: --token ID puts it in, {new} makes one"
            ));
        }
        Some(item) => {
            say("the line holds the token: whoever reads it can join");
            if item.expires.is_some_and(|end| end <= master.at) {
                say(&format!("the token {} has ended", item.id));
            }
            if !item.authenticates || !item.signs {
                say(&format!(
                    "the token {} has not both usages, authentication and signing: kubeadm join needs them",
                    item.id
                ));
            }
        }
    }
    if control_plane && is_kubeadms {
        say(
            "kubeadm init phase upload-certs --upload-certs, on this master, prints the certificate key",
        );
    }
    for line in flag_lines(master).lines().filter(|_| is_kubeadms) {
        say(line);
    }
    for (binding, path) in joining::bindings_state(&master.inventory, identity(master)) {
        let place = path.map_or_else(
            || "no manifest here has it".to_owned(),
            |path| path.to_string(),
        );
        say(&format!(
            "{} is bound by {}: {place}",
            binding.grant.word(),
            binding.name
        ));
    }
    say(NO_APPROVER);
    output::tell(&words);
}

fn identity(master: &Master) -> BootstrapIdentity {
    master.inventory.known_layout().usual_identity()
}

/// The flags, a line each.
fn flag_lines(master: &Master) -> String {
    let flags = joining::needed_flags(&master.inventory, identity(master));
    flags
        .iter()
        .fold(String::new(), |out, (component, flag, value)| {
            let separator = if flags::is_field(flag) { ": " } else { "=" };
            format!(
                "{out}{component} {}{separator}{}\n",
                flags::written(flag),
                quoted(value)
            )
        })
}

fn document(
    master: &Master,
    token: Option<&str>,
    control_plane: bool,
    line: Option<&String>,
) -> JoinDocument {
    let inventory = &master.inventory;
    let flags = joining::needed_flags(inventory, identity(master)).into_iter();
    let bindings = joining::bindings_state(inventory, identity(master)).into_iter();
    JoinDocument {
        head: master.head("JoinCommand"),
        server: joining::server(inventory),
        endpoint: joining::endpoint(inventory),
        hashes: joining::hashes(inventory),
        token: token.map(str::to_owned),
        control_plane,
        command: line.cloned(),
        flags: flags
            .map(|(component, flag, value)| FlagDocument {
                component,
                flag: flags::written(flag),
                value,
            })
            .collect(),
        bindings: bindings
            .map(|(binding, path)| BindingDocument {
                grant: binding.grant.word(),
                name: binding.name,
                cluster_role: binding.grant.cluster_role(),
                path: path.map(|path| path.to_string()),
            })
            .collect(),
    }
}
