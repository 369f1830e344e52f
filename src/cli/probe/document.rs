//! `kind: ProbeList`.

use serde::Serialize;
use time::OffsetDateTime;

use super::ProbeRow;
use crate::cli::certificate::AlternativeNames;
use crate::cli::document::some_text;
use crate::cli::master::Master;
use crate::inventory::state::days_between;
use crate::inventory::{Item, process::Process};
use crate::kubernetes::component::Component;
use crate::pki::{Certificate, hex};
use crate::running::{Remedy, SeenOnPort, Served, Trusted};
use crate::words::date;

/// One port, component or server.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProbeDocument {
    name: String,
    /// `null` for a server that is no port of the master.
    component: Option<Component>,
    /// What was dialled.
    address: Option<String>,
    port: Option<u16>,
    /// When it answered.
    at: Option<String>,
    served: Option<ServedDocument>,
    /// Why no certificate came.
    silence: Option<String>,
    on_disk: Option<OnDiskDocument>,
    is_on_disk: Option<bool>,
    trusted: Vec<TrustedDocument>,
    process: Option<ProcessDocument>,
    stale: Vec<StaleFileDocument>,
    /// `null` where nothing was seen to tell by, and for a server that is no port of the master.
    remedy: Option<&'static str>,
    why: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ServedDocument {
    serial_number: String,
    subject: String,
    issuer: String,
    not_before: String,
    not_after: String,
    days_left: i64,
    sha256: String,
    dns_names: Vec<String>,
    ip_addresses: Vec<String>,
    /// SHA-256 of all that was presented, the server's own first.
    chain: Vec<String>,
    tls_version: Option<String>,
    demands_client: bool,
    fault: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OnDiskDocument {
    id: String,
    path: String,
    serial_number: Option<String>,
    not_after: Option<String>,
    days_left: Option<i64>,
    sha256: Option<String>,
}

#[derive(Debug, Serialize)]
struct TrustedDocument {
    who: String,
    answer: &'static str,
    why: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ProcessDocument {
    pid: u32,
    started_at: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StaleFileDocument {
    path: String,
    changed_at: String,
}

/// A row as a document.
pub(super) fn item(master: &Master, row: &ProbeRow) -> ProbeDocument {
    let (status, answer) = (&row.status, row.answer.as_ref());
    let served = answer.and_then(|answer| answer.result.as_ref().ok());
    let item = status
        .on_disk
        .and_then(|index| master.inventory.item(index));
    ProbeDocument {
        name: status.name.to_string(),
        component: status.component,
        address: row.address().map(str::to_owned),
        port: status.port,
        at: answer.map(|answer| date::rfc3339(answer.at)),
        served: served.and_then(|served| served_document(served, master.at)),
        silence: answer
            .and_then(|answer| answer.result.as_ref().err())
            .map(ToString::to_string),
        on_disk: item.map(|item| on_disk(item, master.at)),
        is_on_disk: match &status.served {
            SeenOnPort::Served { is_on_disk, .. } => *is_on_disk,
            SeenOnPort::NotAsked | SeenOnPort::Silent(_) => None,
        },
        trusted: status.trusted.iter().map(trusted).collect(),
        process: status.process.as_ref().map(process),
        stale: status
            .stale
            .iter()
            .map(|stale| StaleFileDocument {
                path: stale.path.to_string(),
                changed_at: date::rfc3339(stale.changed_at),
            })
            .collect(),
        remedy: row.remedy().map(Remedy::word),
        why: some_text(&status.why),
    }
}

fn served_document(served: &Served, at: OffsetDateTime) -> Option<ServedDocument> {
    let leaf = served.leaf()?;
    let details = leaf.details();
    let names = AlternativeNames::of(&details.subject_alt_names);
    Some(ServedDocument {
        serial_number: details.serial_number,
        subject: details.subject.to_rfc4514(),
        issuer: details.issuer.to_rfc4514(),
        not_before: date::rfc3339(leaf.not_before()),
        not_after: date::rfc3339(leaf.not_after()),
        days_left: days_between(at, leaf.not_after()),
        sha256: hex(leaf.sha256()),
        dns_names: names.dns,
        ip_addresses: names.ip,
        chain: served
            .chain
            .iter()
            .map(|certificate| hex(certificate.sha256()))
            .collect(),
        tls_version: some_text(served.version),
        demands_client: served.demands_client,
        fault: served.fault.clone(),
    })
}

fn on_disk(item: &Item, at: OffsetDateTime) -> OnDiskDocument {
    let certificate = item.certificate();
    let end = certificate.map(Certificate::not_after);
    OnDiskDocument {
        id: item.id.to_string(),
        path: item.path.to_string(),
        serial_number: certificate.map(|certificate| certificate.details().serial_number),
        not_after: end.map(date::rfc3339),
        days_left: end.map(|end| days_between(at, end)),
        sha256: certificate.map(|certificate| hex(certificate.sha256())),
    }
}

fn trusted(one: &Trusted) -> TrustedDocument {
    let (answer, why) = match &one.answer {
        Ok(true) => ("accepted", None),
        Ok(false) => ("unverified", None),
        Err(why) => ("refused", Some(why.clone())),
    };
    TrustedDocument {
        who: one.who.to_string(),
        answer,
        why,
    }
}

fn process(process: &Process) -> ProcessDocument {
    ProcessDocument {
        pid: process.pid,
        started_at: date::rfc3339(process.started_at),
    }
}
