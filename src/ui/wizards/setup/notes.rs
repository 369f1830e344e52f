//! What follows from answers, said below them.

use time::Duration;

use super::answers::{cluster, has_files, member_faults};
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::model::theme::Tone;
use crate::setup::{AuthorityKeys, ClusterField, ClusterSpec, SignedBy, check};
use crate::ui::text;
use crate::ui::wizards::{Context, Note, nothing};
use crate::words::{count, date};

/// What is said below a question.
pub(super) fn of(field: ClusterField) -> fn(&Context<'_>) -> Vec<Note> {
    match field {
        ClusterField::Name => name,
        ClusterField::Layout => layout,
        ClusterField::Nodes => nodes,
        ClusterField::ControlPlaneEndpoint => endpoint,
        ClusterField::ApiServerSans => sans,
        ClusterField::EtcdEndpoints
        | ClusterField::EtcdCaFile
        | ClusterField::EtcdCertFile
        | ClusterField::EtcdKeyFile => external_etcd,
        ClusterField::OneAuthority => one_authority,
        ClusterField::SignedBy => signed_by,
        ClusterField::AuthorityKeys => authority_keys,
        ClusterField::CertificateHours => certificate_hours,
        ClusterField::AuthorityHours => authority_hours,
        ClusterField::Bootstrap => bootstrap,
        _ => nothing,
    }
}

fn name(context: &Context<'_>) -> Vec<Note> {
    let words = "a PKI is here: what fits stays and is verified, what is missing is made";
    has_files(context)
        .then(|| (words.to_owned(), Tone::Text))
        .into_iter()
        .collect()
}

fn layout(context: &Context<'_>) -> Vec<Note> {
    let setup = cluster(context)
        .known_layout()
        .and_then(|layout| layout.setup.as_ref());
    setup
        .into_iter()
        .flat_map(|setup| &setup.words)
        .map(|words| (words.clone(), Tone::Text))
        .collect()
}

fn nodes(context: &Context<'_>) -> Vec<Note> {
    let machine = &context.world.reading.machine;
    let cluster = cluster(context);
    let mut notes = Vec::new();
    let known = |address| {
        cluster
            .nodes
            .iter()
            .any(|node| node.addresses.contains(address))
    };
    let others: Vec<String> = machine
        .addresses
        .iter()
        .filter(|one| !known(one))
        .map(ToString::to_string)
        .collect();
    if !others.is_empty() {
        notes.push((
            format!("this machine also has {}", others.join(", ")),
            Tone::Dim,
        ));
    }
    let masters = cluster.masters().count();
    if masters == 0 {
        return notes;
    }
    let mut words = count::of(masters, "master");
    if cluster.etcd.external.is_none() {
        let members: Vec<String> = cluster
            .members()
            .map(|node| text::show(&node.name))
            .collect();
        let whose = if cluster.has_etcd_nodes() {
            "on "
        } else {
            "beside the API server on "
        };
        words = format!("{words}; etcd runs {whose}{}", members.join(", "));
    }
    notes.push((words, Tone::Text));
    let faults = member_faults(&cluster).into_iter();
    notes.extend(faults.map(|fault| {
        (
            format!("{}, or an etcd that somebody else keeps", fault.why),
            Tone::Warn,
        )
    }));
    notes
}

fn endpoint(context: &Context<'_>) -> Vec<Note> {
    let cluster = cluster(context);
    let is_one = cluster.masters().count() < 2;
    if is_one || cluster.needs_endpoint() || cluster.control_plane_endpoint.is_some() {
        return Vec::new();
    }
    vec![(
        "without it each kubeconfig names one master, and its users stop with that one".to_owned(),
        Tone::Warn,
    )]
}

fn sans(context: &Context<'_>) -> Vec<Note> {
    check::many_sans(cluster(context).api_server_sans.len())
        .map(|words| (words, Tone::Warn))
        .into_iter()
        .collect()
}

fn external_etcd(context: &Context<'_>) -> Vec<Note> {
    let external = cluster(context).etcd.external.unwrap_or_default();
    external
        .lack()
        .map(|why| (why.to_owned(), Tone::Warn))
        .into_iter()
        .collect()
}

fn one_authority(context: &Context<'_>) -> Vec<Note> {
    if !cluster(context).one_authority {
        return Vec::new();
    }
    let words = "any client certificate is then one for etcd too, and without --requestheader-allowed-names one to pass for \
                 any user: take one for each, unless something asks for one";
    vec![(words.to_owned(), Tone::Warn)]
}

fn signed_by(context: &Context<'_>) -> Vec<Note> {
    let words = match cluster(context).signed_by() {
        SignedBy::Itself => return Vec::new(),
        SignedBy::Root => "the root's key goes into an archive of its own: keep that offline",
        SignedBy::SomebodyElse => {
            "keys and requests are made; send the requests to that CA, and place its answers with I"
        }
    };
    vec![(words.to_owned(), Tone::Text)]
}

fn authority_keys(context: &Context<'_>) -> Vec<Note> {
    let cluster = cluster(context);
    let words = match cluster.authority_keys {
        AuthorityKeys::Apart => {
            "in an archive of their own: renewing means to bring them back for that time"
        }
        AuthorityKeys::Here if cluster.nodes.len() > 1 => {
            "in no archive: the other masters cannot renew their own certificates"
        }
        AuthorityKeys::EveryMaster if cluster.nodes.len() > 1 => {
            "as kubeadm does it: each master can renew its own"
        }
        AuthorityKeys::Here | AuthorityKeys::EveryMaster => return Vec::new(),
    };
    vec![(words.to_owned(), Tone::Text)]
}

/// The hours of a field; `None` where what is typed is no lifetime.
fn hours(context: &Context<'_>, field: ClusterField, hours: u32) -> Option<u32> {
    let typed = context.text(field.question().name);
    (typed.is_empty() || check::hours(typed).is_ok()).then_some(hours)
}

/// When that ends which is made now.
fn end(context: &Context<'_>, hours: u32) -> Option<String> {
    let end = context
        .world
        .now
        .checked_add(Duration::hours(i64::from(hours)))?;
    Some(if hours < 48 {
        date::second(end)
    } else {
        date::day(end)
    })
}

fn certificate_hours(context: &Context<'_>) -> Vec<Note> {
    let cluster = cluster(context);
    let own = hours(
        context,
        ClusterField::CertificateHours,
        cluster.certificate_hours,
    );
    let Some((own, end)) = own.and_then(|own| Some((own, end(context, own)?))) else {
        return Vec::new();
    };
    let mut notes = vec![(format!("until {end}"), Tone::Text)];
    // Where they would outlive their CAs, those stop first.
    let authority = hours(
        context,
        ClusterField::AuthorityHours,
        cluster.authority_hours,
    );
    if authority.is_some_and(|authority| check::lifetimes(own, authority).is_ok()) {
        let words = format!(
            "first to stop, on {end}: the API server and etcd, and with them all; renew before"
        );
        notes.push((words, Tone::Dim));
    }
    notes
}

fn authority_hours(context: &Context<'_>) -> Vec<Note> {
    let own = hours(
        context,
        ClusterField::AuthorityHours,
        cluster(context).authority_hours,
    );
    let end = own.and_then(|own| end(context, own));
    end.map(|end| (format!("until {end}"), Tone::Text))
        .into_iter()
        .collect()
}

fn usual_identity(cluster: &ClusterSpec) -> BootstrapIdentity {
    let setup = cluster
        .known_layout()
        .and_then(|layout| layout.setup.as_ref());
    setup.map_or(BootstrapIdentity::None, |setup| setup.bootstrap)
}

fn bootstrap(context: &Context<'_>) -> Vec<Note> {
    let cluster = cluster(context);
    let identity = cluster.bootstrap;
    let words = match identity.or_usual(usual_identity(&cluster)) {
        BootstrapIdentity::None if identity == BootstrapIdentity::Usual => {
            "kubeadm makes a token for each join: none now"
        }
        BootstrapIdentity::Bootstrapper => {
            "a line of token.csv with the user system:bootstrapper, and the kubeconfig that holds it"
        }
        BootstrapIdentity::Usual | BootstrapIdentity::TokenFile => {
            "a line of token.csv with the user kubelet-bootstrap, and the kubeconfig that holds it"
        }
        BootstrapIdentity::Token => {
            "a bootstrap token, as a Secret to apply once the API server runs"
        }
        BootstrapIdentity::None => "the Join screen makes them later",
    };
    vec![(words.to_owned(), Tone::Text)]
}
