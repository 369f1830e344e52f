//! What the clipboard takes of a page.

use super::super::document::Copies;
use super::super::panes::{self, PaneRow};
use super::super::{text, words};
use crate::inventory::{Item, KubeconfigItem, RequestItem};
use crate::model::world::World;
use crate::model::{Action, Effect};
use crate::pki::{self, Certificate};

/// What `y` and `Y` copy on a row of the first screen.
pub(crate) fn copy(world: &World, row: PaneRow, action: Action) -> Option<Effect> {
    let copies = match row {
        PaneRow::Item(index, _) => world
            .inventory()
            .item(index)
            .and_then(|item| item_copies(world, item)),
        PaneRow::Request(at) => panes::request(world, at).and_then(request_copies),
        PaneRow::Kubeconfig(at) => {
            let user = panes::kubeconfig(world, at).and_then(KubeconfigItem::current_user);
            let item = user
                .and_then(|user| user.certificate)
                .and_then(|index| world.inventory().item(index));
            item.and_then(|item| item_copies(world, item))
        }
        PaneRow::Key(..) => None,
    };
    copies.map(|copies| copied(&copies, action))
}

/// A certificate for the clipboard.
pub(crate) fn item_copies(world: &World, item: &Item) -> Option<Copies> {
    item.certificate()
        .map(|certificate| copies_of(certificate, words::item_name(world, item)))
}

/// A certificate that is called `of`, for the clipboard.
pub(super) fn copies_of(certificate: &Certificate, of: String) -> Copies {
    Copies {
        of,
        pem: certificate.to_pem(),
        sha256: pki::hex(certificate.sha256()),
    }
}

/// A request for the clipboard.
pub(crate) fn request_copies(request: &RequestItem) -> Option<Copies> {
    let asked = request.request.as_ref().ok()?;
    let sha256 = pki::hex(&pki::sha256(&asked.der));
    Some(Copies {
        of: text::show(&request.name),
        pem: asked.to_pem(),
        sha256,
    })
}

pub(super) fn copied(copies: &Copies, action: Action) -> Effect {
    if action == Action::CopyPem {
        Effect::Copy {
            text: copies.pem.clone(),
            what: format!("the PEM of {}", copies.of),
        }
    } else {
        Effect::Copy {
            text: copies.sha256.clone(),
            what: format!("the SHA-256 of {}", copies.of),
        }
    }
}
