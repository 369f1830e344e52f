//! The PKI of a new cluster: what only a person can know, explained while it is asked. Enter on every page is kubeadm's
//! usual cluster with this machine as its one master.

mod answers;
mod authorities;
mod cluster;
mod joining;
mod keys;
mod machines;
mod network;

use super::{Context, Step, Wizard};
use crate::kubernetes::cluster::ClusterField;
use crate::kubernetes::cluster::check::Fault;
use crate::plan::{Passphrase, Request, SetupRequest};
use crate::ui::text;

/// What the pages ask, for the page that offers them.
static STEPS: &[Step] = &[cluster::STEP, machines::STEP, network::STEP, authorities::STEP, keys::STEP, joining::STEP];

pub(super) static WIZARD: Wizard = Wizard { title, steps: STEPS, request };

fn title(context: &Context<'_>) -> String {
    format!("Set up {}", text::show(&answers::name(context)))
}

fn request(context: &Context<'_>) -> Request {
    let machine = &context.world.reading.machine;
    let usual = SetupRequest::new(answers::cluster(context), machine);
    let given = |name: &str| Some(context.text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    Request::Setup(Box::new(SetupRequest {
        here: answers::here(context, &usual),
        archives: given("archives").filter(|_| answers::files_elsewhere(context)).or_else(|| usual.archives.clone()),
        guide: given("guide"),
        kubeadm_config: given("kubeadmConfig").filter(|_| usual.cluster.is_kubeadm()),
        replace: if answers::has_files(context) { context.rows("replace") } else { Vec::new() },
        passphrases: context
            .secret("passphrase")
            .map(|text| Passphrase { asked_for: None, text })
            .into_iter()
            .collect(),
        ..usual
    }))
}

/// What is wrong with the answers together, each where it can be mended.
pub(super) fn faults(context: &Context<'_>) -> Vec<(&'static str, String)> {
    let at = |field: ClusterField| match field.question().said_at() {
        ClusterField::EtcdEndpoints => "etcdEndpoints",
        other => other.question().name,
    };
    let members = answers::member_faults(context);
    let whole = answers::cluster(context).faults().into_iter();
    // Whose etcd it is, is asked after the machines: what is wrong with its members waits for that.
    let field = |fault: &Fault| if members.contains(fault) { "etcd.external" } else { at(fault.field) };
    whole.map(|fault| (field(&fault), fault.why)).collect()
}
