//! How nodes join, and what else is written.

use super::answers::{IDENTITIES, base, files_elsewhere, has_files, is_external_authority, layout, layout_setup};
use super::cluster::unit;
use crate::kubernetes::bootstrap::BootstrapIdentity;
use crate::kubernetes::cluster::check;
use crate::model::theme::Role;
use crate::ui::wizards::{Context, Field, Kind, Line, Note, Step, always, has_encrypted_authority, nothing};

pub(super) const STEP: Step = Step {
    title: "joining",
    fields: &[
        Field {
            name: "bootstrap",
            label: "nodes join by",
            help: "who a new kubelet is until it has its certificate; the Join screen makes more of them",
            kind: Kind::Choice {
                options: |_| {
                    ["as usual", "a token", "token.csv", "token.csv, bootstrapper", "nothing yet"]
                        .map(str::to_owned)
                        .to_vec()
                },
                start: |context| {
                    let own = base(context).bootstrap;
                    IDENTITIES.iter().position(|one| *one == own).unwrap_or(0)
                },
            },
            asked: always,
            notes: identity_notes,
        },
        Field {
            name: "archives",
            label: "archives",
            help: "the folder on this machine for what goes to others: owners and modes are in the archive",
            kind: path(|context| context.world.reading.machine.folder.clone()),
            asked: files_elsewhere,
            notes: nothing,
        },
        Field {
            name: "guide",
            label: "guide file",
            help: "a file for what comes next, in Markdown: flags, copies, secrets, who is who; the key C shows it too",
            kind: path(|_| "none".to_owned()),
            asked: always,
            notes: nothing,
        },
        Field {
            name: "kubeadmConfig",
            label: "kubeadm.yaml",
            help: "a file for the same answers as kubeadm's own configuration, for kubeadm init --config",
            kind: path(|_| "none".to_owned()),
            asked: |context| layout(context).is_of_kubeadm(),
            notes: nothing,
        },
        Field {
            name: "replace",
            label: "make anew",
            help: "paths of the master, one a line: what lies there is replaced, all else that is there is kept and verified",
            kind: Kind::Table { start: |_| (Vec::new(), Vec::new()), one: "path", check: |_, text| check::file(text) },
            asked: has_files,
            notes: nothing,
        },
        Field {
            name: "passphrase",
            label: "passphrase",
            help: "of the encrypted CA key that is here: used once and kept nowhere; leave it empty to be asked later",
            kind: Kind::Secret,
            asked: |context| has_encrypted_authority(context) && !is_external_authority(context),
            notes: nothing,
        },
    ],
};

/// A path of this machine.
const fn path(usual: fn(&Context<'_>) -> String) -> Kind {
    Kind::Text(Line { start: |_| String::new(), usual, unit, check: |_, text| check::file(text) })
}

fn identity_notes(context: &Context<'_>) -> Vec<Note> {
    let identity = IDENTITIES[context.choice("bootstrap").min(IDENTITIES.len() - 1)];
    let usual = layout_setup(context).map_or(BootstrapIdentity::None, |setup| setup.bootstrap);
    let words = match identity.or_usual(usual) {
        BootstrapIdentity::None if identity == BootstrapIdentity::Usual => {
            "kubeadm makes a token for each join: none now"
        }
        BootstrapIdentity::Bootstrapper => {
            "a line of token.csv with the user system:bootstrapper, and the kubeconfig that holds it"
        }
        BootstrapIdentity::Usual | BootstrapIdentity::TokenFile => {
            "a line of token.csv with the user kubelet-bootstrap, and the kubeconfig that holds it"
        }
        BootstrapIdentity::Token => "a bootstrap token, as a Secret to apply once the API server runs",
        BootstrapIdentity::None => "the Join screen makes them later",
    };
    vec![(words.to_owned(), Role::Text)]
}
