//! etcd, and who signs.

use super::answers::{self, AUTHORITY_KEYS, base, is_external_authority, is_external_etcd, is_of_one_authority, nodes};
use super::cluster::unit;
use crate::kubernetes::cluster::{AuthorityKeys, ExternalEtcd, check};
use crate::model::theme::Role;
use crate::ui::wizards::{Context, Field, Kind, Line, Note, Step, always, nothing};

pub(super) const STEP: Step = Step {
    title: "etcd and CAs",
    fields: &[
        Field {
            name: "etcd.external",
            label: "etcd",
            help: "the database of the API server; on machines of its own where some have the role etcd",
            kind: Kind::Choice {
                options: |_| vec!["on the machines of the table".to_owned(), "somebody else keeps it".to_owned()],
                start: |context| usize::from(base(context).etcd.external.is_some()),
            },
            asked: always,
            notes: nothing,
        },
        Field {
            name: "etcdEndpoints",
            label: "its URLs",
            help: "of each member, as https://10.0.0.20:2379",
            kind: Kind::Table {
                start: |context| (Vec::new(), external(context).endpoints),
                one: "URL",
                check: |_, text| check::etcd_endpoint(text),
            },
            asked: is_external_etcd,
            notes: lack_notes,
        },
        file("etcdCaFile", "its CA", "the file on the masters that holds the CA of its servers", |context| {
            external(context).ca_file
        }),
        file(
            "etcdCertFile",
            "certificate",
            "the API server's client certificate for it: a file on the masters",
            |context| external(context).cert_file,
        ),
        file("etcdKeyFile", "its key", "the private key of that certificate", |context| external(context).key_file),
        Field {
            name: "etcd.peerAuthority",
            label: "etcd's peers",
            help: "with a CA of their own no client of etcd passes for a member",
            kind: Kind::Toggle {
                words: ["a CA of their own", "etcd's CA"],
                start: |context| base(context).etcd.peer_authority,
            },
            asked: |context| {
                !is_external_etcd(context) && !is_of_one_authority(context) && !context.is_on("oneAuthority")
            },
            notes: nothing,
        },
        Field {
            name: "oneAuthority",
            label: "CAs",
            help: "for the cluster, for etcd where it is set up here too, for the front proxy of aggregated APIs",
            kind: Kind::Toggle { words: ["one for all", "one for each"], start: |context| base(context).one_authority },
            asked: |context| !is_of_one_authority(context),
            notes: one_notes,
        },
        Field {
            name: "authorities",
            label: "signed by",
            help: "who signs the CAs: each itself is kubeadm's way; a root's key goes to no machine, and can replace them \
                   one day",
            kind: Kind::Choice {
                options: |_| ["each CA itself", "a root made here", "somebody else's CA"].map(str::to_owned).to_vec(),
                start: |context| match base(context) {
                    cluster if cluster.external_authority => 2,
                    cluster => usize::from(cluster.intermediate_authorities),
                },
            },
            asked: always,
            notes: authority_notes,
        },
        Field {
            name: "authorityKeys",
            label: "CA keys",
            help: "who has the key of the cluster's CA is the cluster's master; renewing needs it",
            kind: Kind::Choice { options: |_| KEY_PLACES.map(str::to_owned).to_vec(), start: key_place },
            asked: |context| !is_external_authority(context),
            notes: key_notes,
        },
    ],
};

const KEY_PLACES: [&str; 3] = ["on every master", "here alone", "on no machine"];

/// A file of the etcd that somebody else keeps.
const fn file(name: &'static str, label: &'static str, help: &'static str, start: fn(&Context<'_>) -> String) -> Field {
    Field {
        name,
        label,
        help,
        kind: Kind::Text(Line { start, usual: |_| "not said".to_owned(), unit, check: |_, text| check::file(text) }),
        asked: is_external_etcd,
        notes: lack_notes,
    }
}

fn external(context: &Context<'_>) -> ExternalEtcd {
    base(context).etcd.external.unwrap_or_default()
}

fn key_place(context: &Context<'_>) -> usize {
    let place = base(context).authority_keys;
    AUTHORITY_KEYS.iter().position(|one| *one == place).unwrap_or(0)
}

fn lack_notes(context: &Context<'_>) -> Vec<Note> {
    let external = answers::external_etcd(context);
    external.lack().map(|why| (why.to_owned(), Role::Warn)).into_iter().collect()
}

fn one_notes(context: &Context<'_>) -> Vec<Note> {
    if !context.is_on("oneAuthority") {
        return Vec::new();
    }
    let words = "any client certificate is then one for etcd too, and without --requestheader-allowed-names one to pass for \
                 any user: take one for each, unless something asks for one";
    vec![(words.to_owned(), Role::Warn)]
}

fn authority_notes(context: &Context<'_>) -> Vec<Note> {
    match context.choice("authorities") {
        1 => vec![("the root's key goes into an archive of its own: keep that offline".to_owned(), Role::Text)],
        2 => vec![(
            "keys and requests are made; send the requests to that CA, and place its answers with I".to_owned(),
            Role::Text,
        )],
        _ => Vec::new(),
    }
}

fn key_notes(context: &Context<'_>) -> Vec<Note> {
    let words = match AUTHORITY_KEYS.get(context.choice("authorityKeys")) {
        Some(AuthorityKeys::Apart) => "in an archive of their own: renewing means to bring them back for that time",
        Some(AuthorityKeys::Here) if nodes(context).len() > 1 => {
            "in no archive: the other masters cannot renew their own certificates"
        }
        Some(AuthorityKeys::EveryMaster) if nodes(context).len() > 1 => {
            "as kubeadm does it: each master can renew its own"
        }
        _ => return Vec::new(),
    };
    vec![(words.to_owned(), Role::Text)]
}
