//! The answers as a [`ClusterSpec`], and what they are at first.

use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::cluster::{
    AuthorityKeys, ClusterField, ClusterSpec, Etcd, ExternalEtcd, Node, check, check::Fault, kept,
};
use crate::kubernetes::layout::{Authorities, Layout, LayoutSetup, fallback, settable};
use crate::pki::key::KeyAlgorithm;
use crate::plan::SetupRequest;
use crate::ui::text;
use crate::ui::wizards::Context;

/// What kubeadm and etcd make and read.
pub(super) const ALGORITHMS: [KeyAlgorithm; 5] = [
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcdsaP256,
    KeyAlgorithm::EcdsaP384,
];

pub(super) const AUTHORITY_KEYS: [AuthorityKeys; 3] =
    [AuthorityKeys::EveryMaster, AuthorityKeys::Here, AuthorityKeys::Apart];

pub(super) const IDENTITIES: [BootstrapIdentity; 5] = [
    BootstrapIdentity::Usual,
    BootstrapIdentity::Token,
    BootstrapIdentity::TokenFile,
    BootstrapIdentity::Bootstrapper,
    BootstrapIdentity::None,
];

/// The answers at first: those that are kept, else what this master says of itself.
pub(super) fn base(context: &Context<'_>) -> ClusterSpec {
    if let Some(kept) = kept(context) {
        return kept.clone();
    }
    let usual = ClusterSpec::default();
    let inventory = context.world.inventory();
    let layout = settable().find(|layout| layout.name == inventory.layout).map(|layout| layout.name.clone());
    let name = inventory.cluster.clone().filter(|name| check::name(name).is_ok());
    ClusterSpec { name: name.unwrap_or(usual.name.clone()), layout: layout.unwrap_or(usual.layout.clone()), ..usual }
}

/// The answers of the cluster that was set up here before.
pub(super) fn kept<'a>(context: &Context<'a>) -> Option<&'a ClusterSpec> {
    let clusters = &context.world.reading.clusters;
    kept::base(clusters, context.world.inventory().cluster.as_deref()).or_else(|| clusters.first())
}

/// What an empty line stands for.
fn usual(context: &Context<'_>) -> ClusterSpec {
    let own = base(context);
    ClusterSpec { name: own.name, ..ClusterSpec::default() }
}

/// The cluster's name.
pub(super) fn name(context: &Context<'_>) -> String {
    Some(context.text("name")).filter(|text| !text.is_empty()).map_or_else(|| base(context).name, str::to_owned)
}

/// The machines, as far as their lines can be read.
pub(super) fn nodes(context: &Context<'_>) -> Vec<Node> {
    context.rows("nodes").iter().filter_map(|line| check::node(line).ok()).collect()
}

/// The layout that was chosen.
pub(super) fn layout(context: &Context<'_>) -> &'static Layout {
    let able: Vec<&Layout> = settable().collect();
    able.get(context.choice("layout")).or(able.last()).copied().unwrap_or_else(fallback)
}

/// How it is set up.
pub(super) fn layout_setup(context: &Context<'_>) -> Option<&'static LayoutSetup> {
    layout(context).setup.as_ref()
}

/// Whether it has one CA for everything.
pub(super) fn is_of_one_authority(context: &Context<'_>) -> bool {
    layout(context).authorities == Authorities::One
}

/// Whether there is more in its subjects than CN and O.
pub(super) fn has_subject(context: &Context<'_>) -> bool {
    layout_setup(context).is_some_and(|setup| setup.subject)
}

/// Whether somebody else keeps etcd.
pub(super) fn is_external_etcd(context: &Context<'_>) -> bool {
    context.choice("etcd.external") == 1
}

/// What is wrong with the machines only where etcd runs on them.
pub(super) fn member_faults(context: &Context<'_>) -> Vec<Fault> {
    let cluster = cluster(context);
    let elsewhere = Etcd { external: Some(ExternalEtcd::default()), ..Etcd::default() };
    let without = ClusterSpec { etcd: elsewhere, ..cluster.clone() }.faults();
    cluster
        .faults()
        .into_iter()
        .filter(|fault| fault.field == ClusterField::Nodes && !without.contains(fault))
        .collect()
}

/// Whether somebody else's CA answers.
pub(super) fn is_external_authority(context: &Context<'_>) -> bool {
    context.choice("authorities") == 2
}

/// Whether something of a PKI is there already.
pub(super) fn has_files(context: &Context<'_>) -> bool {
    let inventory = context.world.inventory();
    !(inventory.items.is_empty() && inventory.keys.is_empty())
}

/// Which machine this may be: what is usual first.
pub(super) fn choices(context: &Context<'_>) -> Vec<(String, Option<String>)> {
    let nodes = nodes(context);
    let cluster = ClusterSpec { nodes: nodes.clone(), ..ClusterSpec::default() };
    let usual = SetupRequest::new(cluster, &context.world.reading.machine).here;
    let words = |here: &Option<String>| here.as_deref().map_or_else(|| "none of them".to_owned(), text::show);
    let names = nodes.into_iter().map(|node| Some(node.name)).chain([None]);
    let others = names.filter(|name| *name != usual).collect::<Vec<_>>();
    std::iter::once(usual).chain(others).map(|here| (words(&here), here)).collect()
}

/// The node whose files are written here.
pub(super) fn here(context: &Context<'_>, usual: &SetupRequest) -> Option<String> {
    if usual.cluster.nodes.len() < 2 {
        return usual.here.clone();
    }
    choices(context).into_iter().nth(context.choice("here")).map_or_else(|| usual.here.clone(), |(_, here)| here)
}

/// Whether some file goes to another machine than this, or to none.
pub(super) fn files_elsewhere(context: &Context<'_>) -> bool {
    let machine = &context.world.reading.machine;
    let usual = SetupRequest::new(cluster(context), machine);
    nodes(context).len() > 1 || here(context, &usual).is_none() || usual.cluster.authority_keys == AuthorityKeys::Apart
}

/// All answers.
pub(super) fn cluster(context: &Context<'_>) -> ClusterSpec {
    let (base, usual) = (base(context), usual(context));
    let text = |field: &str| Some(context.text(field)).filter(|text| !text.is_empty()).map(str::to_owned);
    let text_of_hours = |field: &str| text(field).filter(|_| !is_external_authority(context));
    let hours =
        |field: &str, usual: u32| text_of_hours(field).and_then(|text| check::hours(&text).ok()).unwrap_or(usual);
    let can_move = layout_setup(context).is_some_and(|setup| setup.certificates_directory.is_some());
    ClusterSpec {
        name: name(context),
        layout: layout(context).name.clone(),
        kubernetes_version: text("kubernetesVersion")
            .and_then(|text| check::version(&text).ok())
            .unwrap_or(usual.kubernetes_version),
        nodes: nodes(context),
        control_plane_endpoint: text("controlPlaneEndpoint"),
        bind_port: text("bindPort").and_then(|text| check::port(&text).ok()).unwrap_or(usual.bind_port),
        service_subnet: text("serviceSubnet").unwrap_or(usual.service_subnet),
        pod_subnet: text("podSubnet").unwrap_or(usual.pod_subnet),
        dns_domain: text("dnsDomain").unwrap_or(usual.dns_domain),
        api_server_sans: sans(context, &base),
        certificates_directory: base.certificates_directory.filter(|_| can_move),
        etcd: etcd(context, base.etcd),
        one_authority: context.is_on("oneAuthority") && !is_of_one_authority(context),
        intermediate_authorities: context.choice("authorities") == 1,
        external_authority: is_external_authority(context),
        key_algorithm: ALGORITHMS[context.choice("keyAlgorithm").min(ALGORITHMS.len() - 1)],
        service_account_key_algorithm: context
            .choice("serviceAccountKeyAlgorithm")
            .checked_sub(1)
            .and_then(|at| ALGORITHMS.get(at))
            .copied(),
        certificate_hours: hours("certificateHours", usual.certificate_hours),
        authority_hours: hours("authorityHours", usual.authority_hours),
        authority_keys: AUTHORITY_KEYS[context.choice("authorityKeys").min(AUTHORITY_KEYS.len() - 1)],
        bootstrap: IDENTITIES[context.choice("bootstrap").min(IDENTITIES.len() - 1)],
        subject: if has_subject(context) { subject(context) } else { Vec::new() },
    }
}

fn subject(context: &Context<'_>) -> Vec<(String, String)> {
    context.rows("subject").iter().filter_map(|part| check::subject(part).ok()).collect()
}

fn sans(context: &Context<'_>, base: &ClusterSpec) -> Vec<String> {
    let (added, removed) = context.list("apiServerSans");
    let kept = base.api_server_sans.iter().filter(|name| !removed.contains(name)).cloned();
    kept.chain(added).collect()
}

fn etcd(context: &Context<'_>, base: Etcd) -> Etcd {
    if !is_external_etcd(context) {
        let has_own = !is_of_one_authority(context) && !context.is_on("oneAuthority");
        return Etcd { external: None, peer_authority: has_own && context.is_on("etcd.peerAuthority"), ..base };
    }
    Etcd { external: Some(external_etcd(context)), ..Etcd::default() }
}

/// The etcd that somebody else keeps.
pub(super) fn external_etcd(context: &Context<'_>) -> ExternalEtcd {
    let file = |field: &str| context.text(field).to_owned();
    ExternalEtcd {
        endpoints: context.rows("etcdEndpoints"),
        ca_file: file("etcdCaFile"),
        cert_file: file("etcdCertFile"),
        key_file: file("etcdKeyFile"),
    }
}
