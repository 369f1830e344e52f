//! One request before it is decided on: who signs, and where each file goes.

use std::sync::Arc;

use super::DecideTask;
use crate::inventory::{Inventory, ItemIndex};
use crate::kubernetes::controller_signer::ControllerSigner;
use crate::kubernetes::signing_request::Decision;
use crate::pki::hex;
use crate::pki::sha256;
use crate::pki::text::printable;
use crate::plan::PlanError;
use crate::plan::authority::living;
use crate::plan::issue::{CanSign, authorities, can_sign_here, check_out};
use crate::plan::request::{ApproveRequest, AskedDecision, AskedRequest, RequestSource};
use crate::record::{Place, decided_request};
use crate::verdict::authority::authority_of;
use crate::words::request as told;

/// The reason of an approval where nobody gives one, as kubectl's `KubectlApprove`.
pub const APPROVED_REASON: &str = "KubepkiApprove";

/// The same of a denial.
pub const DENIED_REASON: &str = "KubepkiDeny";

/// Everything that follows from a request and a decision before anything is read.
#[derive(Debug)]
pub(super) struct DecideOutline {
    /// The CA that signs, or would.
    pub(super) authority: Option<ItemIndex>,
    /// The file of its key, where it shall sign.
    pub(super) key_path: Option<Arc<str>>,
    /// The controller manager's signer that the object names.
    pub(super) controller: Option<ControllerSigner>,
    /// spec.signerName; `None`: it is no object.
    pub(super) signer_name: Option<String>,
    /// The request's own file.
    pub(super) own: Option<(Place, String)>,
    /// Where the certificate goes.
    pub(super) certificate: Option<(Place, String)>,
    /// Where the object with its new status goes.
    pub(super) object: Option<(Place, String)>,
    /// Where the decision is kept, below kubepki's own folder: of what is no object.
    pub(super) kept_path: Option<String>,
}

impl DecideOutline {
    /// Works it out.
    ///
    /// # Errors
    /// [`PlanError::Refused`] where it cannot be decided on.
    pub(super) fn of(
        task: DecideTask<'_>,
        asked: &AskedRequest,
        several: bool,
    ) -> Result<Self, PlanError> {
        let item = &asked.item;
        let own = match &asked.source {
            RequestSource::Master => Some((Place::Master, item.path.to_string())),
            RequestSource::Local(path) => Some((Place::Local, path.clone())),
            RequestSource::Given(_) => None,
        };
        let approve = match &task.request.decision {
            AskedDecision::Approve(approve) => Some(approve),
            AskedDecision::Deny { .. } | AskedDecision::Delete => None,
        };
        refuse_decided(asked, &task.request.decision)?;
        let signer_name = signer_name(asked, approve)?;
        let mut outline = Self {
            authority: authority_of(task.inventory, item),
            key_path: None,
            controller: signer_name.as_deref().and_then(ControllerSigner::of_name),
            signer_name,
            certificate: None,
            object: None,
            kept_path: kept_path(asked, &task.request.decision),
            own,
        };
        if let Some(approve) = approve {
            outline.sign_with(task, approve)?;
            let (place, prefix) = outline.prefix(asked, approve, several)?;
            outline.certificate = Some((place, format!("{prefix}.crt")));
            // Without another place an object says itself how it was decided.
            let own = outline.own.clone().filter(|_| approve.out.is_none());
            let object = own.unwrap_or_else(|| (place, format!("{prefix}.yaml")));
            outline.object = item.object.as_ref().map(|_| object);
        } else if let (Some(_), AskedDecision::Deny { .. }) = (&item.object, &task.request.decision)
        {
            outline.object.clone_from(&outline.own);
        }
        Ok(outline)
    }

    /// Finds the CA and its key.
    fn sign_with(
        &mut self,
        task: DecideTask<'_>,
        approve: &ApproveRequest,
    ) -> Result<(), PlanError> {
        let DecideTask {
            inventory, context, ..
        } = task;
        if let Some(id) = &approve.authority {
            let found = authorities(inventory).find(|(_, item)| item.id == *id);
            let found = found
                .ok_or_else(|| PlanError::refused(format!("there is no CA {}", printable(id))))?;
            self.authority = Some(found.0);
        } else if let Some(usual) = self.authority {
            self.authority = Some(living(inventory, usual, context.moment));
        }
        let item = self.authority.and_then(|index| inventory.item(index));
        let item = item.ok_or_else(|| {
            PlanError::refused("nothing says which CA shall sign").hint("--authority ID names it")
        })?;
        self.key_path = match can_sign_here(inventory, item, context.moment) {
            CanSign::Here(key_path) => Some(key_path),
            CanSign::Elsewhere => {
                return Err(PlanError::refused(format!(
                    "the key of the CA {} is not here",
                    printable(&item.id)
                ))
                .hint("it can be signed where that key is, or by another CA: --authority ID"));
            }
            CanSign::Refused(why) => {
                return Err(PlanError::refused("nothing can be signed")
                    .because(why)
                    .hint("another CA may sign it: --authority ID"));
            }
        };
        Ok(())
    }

    /// The common beginning of what is made, and on whose disk.
    fn prefix(
        &self,
        asked: &AskedRequest,
        approve: &ApproveRequest,
        several: bool,
    ) -> Result<(Place, String), PlanError> {
        if let Some(out) = &approve.out {
            if several {
                return Err(
                    PlanError::refused("the files of several requests cannot begin alike")
                        .hint("without --out each goes beside its request"),
                );
            }
            check_out(out).map_err(|why| {
                let what = format!("{} is no place for these files", printable(out));
                PlanError::refused(what).because(why)
            })?;
            return Ok((Place::Local, out.clone()));
        }
        let (place, path) = self.own.clone().ok_or_else(|| {
            PlanError::refused("nothing says where the certificate shall go")
                .hint("--out PREFIX makes PREFIX.crt")
        })?;
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
        let stem = match &asked.item.object {
            // An object's name is fit for a file's (RFC 1123 subdomain).
            Some(_) if is_file_name(&asked.item.name) => &asked.item.name,
            _ => file.rsplit_once('.').map_or(file, |(stem, _)| stem),
        };
        // Of several in one file each has its place.
        let of_several = asked
            .item
            .object
            .is_none()
            .then(|| asked.item.id.rsplit_once('#'));
        let number = of_several.flatten().map(|(_, number)| format!("-{number}"));
        let number = number.unwrap_or_default();
        Ok((place, format!("{folder}/{stem}{number}")))
    }

    /// What it reads or writes on the master.
    pub(super) fn master_paths(&self, inventory: &Inventory) -> Vec<String> {
        let signer = self.key_path.iter().flat_map(|key_path| {
            let item = self.authority.and_then(|index| inventory.item(index));
            let own = item.map(|item| item.path.to_string());
            [Some(key_path.to_string()), own].into_iter().flatten()
        });
        self.paths(Place::Master).chain(signer).collect()
    }

    /// The same on this machine.
    pub(super) fn local_paths(&self) -> Vec<String> {
        self.paths(Place::Local).collect()
    }

    fn paths(&self, wanted: Place) -> impl Iterator<Item = String> {
        let all = [&self.own, &self.certificate, &self.object]
            .into_iter()
            .flatten();
        all.filter(move |(place, _)| *place == wanted)
            .map(|(_, path)| path.clone())
    }
}

/// What was decided already is not decided again: the API server would not take it (4.1).
fn refuse_decided(asked: &AskedRequest, decision: &AskedDecision) -> Result<(), PlanError> {
    let Some(object) = &asked.item.object else {
        return Ok(());
    };
    let name = printable(&asked.item.name);
    let is_delete = matches!(decision, AskedDecision::Delete);
    if object.pod.is_some() && !is_delete {
        let what = format!("{name} is a PodCertificateRequest: nobody decides on it");
        return Err(PlanError::refused(what).because(told::NO_APPROVAL_STEP));
    }
    let decided = match (object.condition.decision, decision) {
        (Decision::Denied, AskedDecision::Approve(_)) => "it is denied",
        (Decision::Denied, AskedDecision::Deny { .. }) => "it is denied already",
        (Decision::Approved, AskedDecision::Deny { .. }) => "it is approved",
        (_, AskedDecision::Approve(_)) if object.condition.is_issued => {
            "it has its certificate already"
        }
        _ => return Ok(()),
    };
    Err(
        PlanError::refused(format!("{name} cannot be decided on any more"))
            .because(decided)
            .hint("a decision is not taken back: the asker sends a new request"),
    )
}

/// The signer that an object names; v1beta1 has none, and then it must be said.
fn signer_name(
    asked: &AskedRequest,
    approve: Option<&ApproveRequest>,
) -> Result<Option<String>, PlanError> {
    let Some(object) = &asked.item.object else {
        return Ok(None);
    };
    let said = approve.and_then(|approve| approve.signer.clone());
    match (object.signer_name.as_str(), said, approve) {
        ("", Some(said), _) => Ok(Some(said)),
        ("", None, Some(_)) => Err(PlanError::refused(format!(
            "{} names no signer",
            printable(&asked.item.name)
        ))
        .because("certificates.k8s.io/v1 asks for one, v1beta1 did not")
        .hint("--signer NAME, as kubernetes.io/kubelet-serving")),
        (named, Some(said), _) if said != named => Err(PlanError::refused(format!(
            "{} names the signer {}",
            printable(&asked.item.name),
            printable(named)
        ))
        .because("the spec of a request cannot be changed")),
        (named, _, _) => Ok(Some(named.to_owned())),
    }
}

/// Where a decision on what is no object is kept.
fn kept_path(asked: &AskedRequest, decision: &AskedDecision) -> Option<String> {
    let is_kept = asked.item.object.is_none() && *decision != AskedDecision::Delete;
    let request = asked.item.request.as_ref().ok().filter(|_| is_kept)?;
    Some(decided_request::path_of(&hex(&sha256(&request.der))))
}

fn is_file_name(name: &str) -> bool {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "-.".contains(one);
    !name.is_empty() && !name.starts_with('.') && name.len() <= 200 && name.chars().all(is_plain)
}
