//! Keys and lifetimes.

use time::Duration;

use super::answers::{ALGORITHMS, base, cluster, is_external_authority, is_of_one_authority};
use super::cluster::{changed, unit};
use crate::kubernetes::cluster::{ClusterSpec, check};
use crate::model::theme::Role;
use crate::ui::wizards::{Context, Field, Kind, Line, Note, Step, always, nothing};
use crate::words::date;

pub(super) const STEP: Step = Step {
    title: "keys",
    fields: &[
        Field {
            name: "keyAlgorithm",
            label: "keys",
            help: "of all certificates; ECDSA is made and checked faster, RSA-2048 is kubeadm's own",
            kind: Kind::Choice {
                options: |_| ALGORITHMS.map(|algorithm| algorithm.to_string()).to_vec(),
                start: |context| {
                    let own = base(context).key_algorithm;
                    ALGORITHMS.iter().position(|one| *one == own).unwrap_or(0)
                },
            },
            asked: always,
            notes: nothing,
        },
        Field {
            name: "serviceAccountKeyAlgorithm",
            label: "tokens' key",
            help: "signs the tokens of service accounts: a bare pair, sa.key and sa.pub, the same on every master",
            kind: Kind::Choice {
                options: |_| {
                    let all = ALGORITHMS.map(|algorithm| algorithm.to_string());
                    std::iter::once("as the others".to_owned()).chain(all).collect()
                },
                start: |context| {
                    let own = base(context).service_account_key_algorithm;
                    own.and_then(|own| ALGORITHMS.iter().position(|one| *one == own)).map_or(0, |at| at + 1)
                },
            },
            asked: |context| !is_of_one_authority(context),
            notes: nothing,
        },
        Field {
            name: "certificateHours",
            label: "certificates",
            help: "live so long: 365d, 1y or 8760h; r renews each of them before",
            kind: Kind::Text(Line {
                start: |context| changed(context, |cluster| check::hours_text(cluster.certificate_hours)),
                usual: |_| check::hours_text(ClusterSpec::default().certificate_hours),
                unit,
                check: |_, text| check::hours(text).map(drop),
            }),
            asked: |context| !is_external_authority(context),
            notes: certificate_notes,
        },
        Field {
            name: "authorityHours",
            label: "CAs",
            help: "live so long; a certificate that outlived its CA would be dead with it",
            kind: Kind::Text(Line {
                start: |context| changed(context, |cluster| check::hours_text(cluster.authority_hours)),
                usual: |_| check::hours_text(ClusterSpec::default().authority_hours),
                unit,
                check: |_, text| check::hours(text).map(drop),
            }),
            asked: |context| !is_external_authority(context),
            notes: authority_notes,
        },
    ],
};

/// The hours of a field; `None` where what is typed is no lifetime.
fn hours(context: &Context<'_>, field: &str, usual: u32) -> Option<u32> {
    let is_wrong = !context.text(field).is_empty() && check::hours(context.text(field)).is_err();
    (!is_wrong).then_some(usual)
}

/// When that ends which is made now.
fn end(context: &Context<'_>, hours: u32) -> Option<String> {
    let end = context.world.now.checked_add(Duration::hours(i64::from(hours)))?;
    Some(if hours < 48 { date::second(end) } else { date::day(end) })
}

fn certificate_notes(context: &Context<'_>) -> Vec<Note> {
    let cluster = cluster(context);
    let own = hours(context, "certificateHours", cluster.certificate_hours);
    let Some((own, end)) = own.and_then(|own| Some((own, end(context, own)?))) else { return Vec::new() };
    let mut notes = vec![(format!("until {end}"), Role::Text)];
    // Where they would outlive their CAs, those stop first.
    let authority = hours(context, "authorityHours", cluster.authority_hours);
    if authority.is_some_and(|authority| check::lifetimes(own, authority).is_ok()) {
        let words = format!("first to stop, on {end}: the API server and etcd, and with them all; renew before");
        notes.push((words, Role::Dim));
    }
    notes
}

fn authority_notes(context: &Context<'_>) -> Vec<Note> {
    let own = hours(context, "authorityHours", cluster(context).authority_hours);
    let end = own.and_then(|own| end(context, own));
    end.map(|end| (format!("until {end}"), Role::Text)).into_iter().collect()
}
