//! A master made by kubeadm, what the same master was before its certificates were renewed, and
//! what is seen of it.

use kubepki::inventory::Inventory;
use kubepki::inventory::process::{Keeper, Process};
use kubepki::kubernetes::component::Component;
use kubepki::pki::Certificate;
use kubepki::running::{ComponentStatus, Observation, PortAnswer, Served, Silence, statuses};
use time::OffsetDateTime;
use time::macros::datetime;

use crate::kubeadm_masters::{item, read, sample};

/// Between the first and the last second of the samples' certificates.
pub(crate) const MOMENT: OffsetDateTime = datetime!(2026-11-22 03:12 UTC);

/// A master, and what stood there before: the same one not renewed, and one with other CAs.
pub(crate) struct Masters {
    pub(crate) now: Inventory,
    pub(crate) before: Inventory,
    pub(crate) stranger: Inventory,
}

pub(crate) fn masters() -> Option<Masters> {
    let read = |name| Some(read(&sample(name)?.root));
    let (now, before) = (read("kubeadm-1.36-rsa-renewed")?, read("kubeadm-1.36-rsa")?);
    Some(Masters {
        now,
        before,
        stranger: read("kubeadm-1.36-ecdsa")?,
    })
}

pub(crate) fn certificate(inventory: &Inventory, id: &str) -> Certificate {
    item(inventory, id)
        .certificate()
        .expect("a certificate")
        .clone()
}

/// The moment at which the file of an item changed.
pub(crate) fn changed_at(inventory: &Inventory, id: &str) -> OffsetDateTime {
    item(inventory, id).changed_at.expect("a file's date")
}

pub(crate) fn answer(
    of: &str,
    at: OffsetDateTime,
    result: Result<Vec<Certificate>, Silence>,
) -> PortAnswer {
    let served = |chain| Served {
        chain,
        version: "TLS 1.3",
        demands_client: false,
        fault: None,
    };
    PortAnswer {
        of: of.into(),
        address: format!("{of}:1"),
        at,
        result: result.map(served),
    }
}

pub(crate) fn process(component: Component, started_at: OffsetDateTime) -> Process {
    let (keeper, flags) = (Keeper::Unknown, Vec::new());
    Process {
        pid: 7,
        component,
        started_at,
        since_boot: None,
        keeper,
        flags,
    }
}

pub(crate) fn truth(
    inventory: &Inventory,
    observation: &Observation,
    name: &str,
) -> ComponentStatus {
    let all = statuses(inventory, observation, MOMENT);
    all.into_iter()
        .find(|truth| &*truth.name == name)
        .expect("a truth of that name")
}

/// What one answer of the API server's port means.
pub(crate) fn of_api_server(
    inventory: &Inventory,
    at: OffsetDateTime,
    result: Result<Vec<Certificate>, Silence>,
) -> ComponentStatus {
    let observation = Observation {
        answers: vec![answer("kube-apiserver", at, result)],
        processes: None,
    };
    truth(inventory, &observation, "kube-apiserver")
}
