//! A certificate that did not exist before: for a service, a person, a node, a CA below another.

mod asked;
mod draft;
mod files;
mod handing;
mod identity;
mod naming;
mod object;
mod outline;
mod review;
mod rights;
mod script;
mod signer;

pub(crate) use asked::OF_COMPONENTS;
pub use asked::{
    RolePlace, check_attribute, check_namespace, check_out, check_request, check_secret,
    check_service, missing_name, place_of_role, too_long,
};
pub(super) use identity::key_usage_of_leaf;
pub use naming::{names_of_machine, names_of_role, names_of_service};
pub use object::{object_name, signer_of_purpose};
pub(super) use outline::FileKind;
pub use outline::{folder_of, is_of_a_node, issuable_roles, usual_out};
pub use rights::{Sensitive, opens, sensitive};
pub use signer::{CanSign, authorities, can_sign_here, chosen_authority, usual_authority};

use super::files::add_folders;
use super::signing::SigningAuthority;
use super::{IssueRequest, Materials, Needs, Plan, PlanContext, PlanError, keys};
use crate::inventory::Inventory;
use crate::pki::issue::{Issuer, issue};
use crate::pki::key::PrivateKey;
use crate::pki::{Certificate, CertificationRequest};
use crate::record::waiting_request;
use outline::Outline;
use signer::Signer;

/// What is asked, and of what.
#[derive(Clone, Copy)]
struct IssueTask<'a> {
    inventory: &'a Inventory,
    request: &'a IssueRequest,
    context: PlanContext<'a>,
}

/// What was made for it.
enum MadeIssue {
    /// A certificate that a CA here has signed.
    Certificate(Box<Certificate>),
    /// A request for a CA whose key is elsewhere.
    Request(Box<CertificationRequest>),
}

/// The files that are read, and the key that is made.
///
/// # Errors
/// [`PlanError::Refused`] where it is clear already that nothing can be issued.
pub(super) fn needs(
    inventory: &Inventory,
    request: &IssueRequest,
    context: PlanContext<'_>,
) -> Result<Needs, PlanError> {
    let outline = Outline::of(IssueTask {
        inventory,
        request,
        context,
    })?;
    let mut files = outline.master_paths();
    add_folders(&mut files);
    let mut local = outline.local_paths();
    add_folders(&mut local);
    if let Signer::Here { item, key_path } = &outline.signer {
        files.push(key_path.to_string());
        files.extend(inventory.item(*item).map(|item| item.path.to_string()));
    }
    files.sort();
    files.dedup();
    let waiting = outline.waiting_path();
    let folder = waiting.iter().map(|_| waiting_request::FOLDER.to_owned());
    Ok(Needs {
        files,
        local,
        state: folder.chain(waiting.clone()).collect(),
        new_keys: vec![request.key_algorithm()],
        ..Needs::default()
    })
}

/// The plan: key, certificate or request, and what the other side needs beside them.
///
/// # Errors
/// [`PlanError`] where nothing may or can be issued.
pub(super) fn plan(
    inventory: &Inventory,
    mut materials: Materials,
    request: &IssueRequest,
    context: PlanContext<'_>,
) -> Result<Plan, PlanError> {
    let task = IssueTask {
        inventory,
        request,
        context,
    };
    let outline = Outline::of(task)?;
    let kept = files::kept_key(inventory, &outline, &materials)?;
    let is_kept = kept.is_some();
    let key = match kept {
        Some(key) => key,
        None => keys::new_key(request.key_algorithm(), &mut materials.new_keys)?,
    };
    let mut warnings = Vec::new();
    let identity = identity::of(task, &outline, &key, &mut warnings)?;
    let made = match &outline.signer {
        Signer::Here { item, key_path } => {
            let signing = SigningAuthority {
                inventory,
                materials: &materials,
                context,
                item: *item,
                key_path,
            };
            let certificate = sign(task, signing, (&identity, &key), &mut warnings)?;
            MadeIssue::Certificate(Box::new(certificate))
        }
        Signer::Elsewhere { .. } => MadeIssue::Request(Box::new(identity.request().sign(&key)?)),
    };
    let draft = draft::IssueDraft {
        task,
        materials: &materials,
        outline: &outline,
        identity: &identity,
        key: &key,
        is_kept,
        made: &made,
    };
    let changes = draft.changes()?;
    Ok(review::plan(&draft, changes, warnings))
}

/// Signs it by a CA here.
fn sign(
    task: IssueTask<'_>,
    signing: SigningAuthority<'_>,
    (identity, key): (&identity::NewIdentity, &PrivateKey),
    warnings: &mut Vec<String>,
) -> Result<Certificate, PlanError> {
    let (authority, signing_key) = signing.open(&task.request.passphrases)?;
    let lifetime = identity.lifetime(task, &signing.chain(), warnings)?;
    let issuer = Issuer {
        certificate: authority,
        key: &signing_key,
    };
    issue(&identity.certificate(lifetime), key.public(), issuer).map_err(|error| {
        PlanError::refused(format!("{} cannot be issued", identity.name)).because(error.to_string())
    })
}
