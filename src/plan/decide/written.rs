//! What is written: certificates, objects with their new status, and what is remembered.

use super::outline::{APPROVED_REASON, DENIED_REASON, DecideOutline};
use super::signing::text_of;
use super::{DecideTask, DecidedOne};
use crate::kubernetes::signing_request::{
    NewCondition, NewStatus, in_place_with_status, is_alone, with_status,
};
use crate::pki::text::{printable, quoted};
use crate::pki::{Secret, hex, sha256};
use crate::plan::files::{Changes, path_state};
use crate::plan::request::{AskedDecision, AskedRequest};
use crate::plan::{After, Change, Materials, PlanError};
use crate::record::decided_request::DecidedRequest;
use crate::record::{Decided, PathState, Place};

/// Permission bits of what holds no key.
const PUBLIC_MODE: u32 = 0o644;

/// Permission bits of what kubepki remembers.
const OWN_MODE: u32 = 0o600;

/// The files of one decision, beside those of the others.
struct Writing<'a> {
    task: DecideTask<'a>,
    materials: &'a Materials,
    master: Changes<'a>,
    local: Changes<'a>,
    state: Changes<'a>,
    removed: Vec<Change>,
}

/// All changes of all decisions.
///
/// # Errors
/// [`PlanError::Refused`] where something is in the way.
pub(super) fn changes(
    task: DecideTask<'_>,
    materials: &Materials,
    all: &[DecidedOne<'_>],
) -> Result<Vec<Change>, PlanError> {
    let mut writing = Writing {
        task,
        materials,
        master: Changes::new(materials, Place::Master),
        local: Changes::new(materials, Place::Local),
        state: Changes::new(materials, Place::Local),
        removed: Vec::new(),
    };
    for one in all {
        writing.write(one)?;
    }
    let Writing {
        master,
        local,
        state,
        removed,
        ..
    } = writing;
    let files = master.finish().chain(local.finish()).chain(state.finish());
    Ok(files.chain(removed).collect())
}

impl Writing<'_> {
    fn write(&mut self, one: &DecidedOne<'_>) -> Result<(), PlanError> {
        let name = &one.asked.item.name;
        match (&self.task.request.decision, &one.signed) {
            (AskedDecision::Delete, _) => return self.remove(one.asked, &one.outline),
            (AskedDecision::Deny { reason, message }, _) => {
                let status = self.status(NewCondition::Denied, reason, message, None);
                self.object(one, &status)?;
            }
            (AskedDecision::Approve(_), Some(signed)) => {
                let chain = one.chain(self.task.inventory, &signed.certificate);
                if let Some((place, path)) = &one.outline.certificate {
                    self.refuse_replaced(*place, path)?;
                    let content = Secret::new(chain.clone().into_bytes());
                    let summary = format!("certificate for {name}");
                    self.file(*place, path, (content, PUBLIC_MODE), &summary)?;
                }
                let message = "signed by kubepki from the CA's key on the disk";
                let status = self.status(NewCondition::Approved, "", message, Some(chain));
                self.object(one, &status)?;
            }
            (AskedDecision::Approve(_), None) => {}
        }
        self.remember(one)
    }

    fn status(
        &self,
        condition: NewCondition,
        reason: &str,
        message: &str,
        certificate: Option<String>,
    ) -> NewStatus {
        let usual = match condition {
            NewCondition::Approved => APPROVED_REASON,
            NewCondition::Denied => DENIED_REASON,
        };
        NewStatus {
            condition,
            reason: if reason.is_empty() { usual } else { reason }.to_owned(),
            message: message.to_owned(),
            at: self.task.context.moment,
            certificate,
        }
    }

    /// The object, where it is one, with its new status.
    fn object(&mut self, one: &DecidedOne<'_>, status: &NewStatus) -> Result<(), PlanError> {
        let Some((place, path)) = &one.outline.object else {
            return Ok(());
        };
        let text = text_of(one.asked, &one.outline, self.materials)?;
        let name = &one.asked.item.name;
        let refused = |why: String| {
            PlanError::refused(format!(
                "the status of {} cannot be written",
                printable(name)
            ))
            .because(why)
        };
        let is_own = one.outline.own.as_ref() == one.outline.object.as_ref();
        if is_own && !is_alone(&text).map_err(|why| refused(why.to_string()))? {
            return Err(
                refused(format!("{} holds other objects too", printable(path)))
                    .hint("with a file of its own, or --out PREFIX, it can"),
            );
        }
        if !is_own {
            self.refuse_replaced(*place, path)?;
        }
        let signer = one.outline.signer_name.as_deref();
        let write = if is_own {
            in_place_with_status
        } else {
            with_status
        };
        let written = write(&text, name, signer, status).map_err(|why| refused(why.to_string()))?;
        let content = Secret::new(written.into_bytes());
        let summary = format!("{name} with its new status");
        self.file(*place, path, (content, PUBLIC_MODE), &summary)
    }

    fn file(
        &mut self,
        place: Place,
        path: &str,
        content: (Secret, u32),
        summary: &str,
    ) -> Result<(), PlanError> {
        match place {
            Place::Master => self.master.file(path, content, summary),
            Place::Local => self.local.file(path, content, summary),
        }
    }

    /// What lies there is replaced only where that very path is named.
    fn refuse_replaced(&self, place: Place, path: &str) -> Result<(), PlanError> {
        let state = self.path_state(place, path);
        let is_named = self.task.request.replace.iter().any(|named| named == path);
        if state == PathState::Absent || is_named {
            return Ok(());
        }
        let what = format!("{} is there already", printable(path));
        Err(PlanError::refused(what).hint(format!("another --out, or --replace {}", quoted(path))))
    }

    fn path_state(&self, place: Place, path: &str) -> PathState {
        let files = match place {
            Place::Master => &self.materials.files,
            Place::Local => &self.materials.local,
        };
        path_state(files, path)
    }

    fn remove(&mut self, asked: &AskedRequest, outline: &DecideOutline) -> Result<(), PlanError> {
        let name = printable(&asked.item.name);
        let refused = || PlanError::refused(format!("{name} cannot be taken away"));
        let (place, path) = outline
            .own
            .clone()
            .ok_or_else(|| refused().because("it lies in no file"))?;
        let text = text_of(asked, outline, self.materials)?;
        if asked.item.object.is_some() && !is_alone(&text).unwrap_or(false) {
            let why = format!("{} holds other objects too", printable(&path));
            return Err(refused().because(why));
        }
        self.removed.push(Change {
            place,
            before: self.path_state(place, &path),
            path,
            summary: format!("the request {name}"),
            after: After::Absent,
        });
        Ok(())
    }

    /// Keeps the decision on what is no object.
    fn remember(&mut self, one: &DecidedOne<'_>) -> Result<(), PlanError> {
        let (Some(state), Some(path), Ok(request)) = (
            &self.materials.state,
            &one.outline.kept_path,
            &one.asked.item.request,
        ) else {
            return Ok(());
        };
        let (decided, reason, message) = match &self.task.request.decision {
            AskedDecision::Deny { reason, message } => {
                (Decided::Denied, reason.clone(), message.clone())
            }
            AskedDecision::Approve(_) | AskedDecision::Delete => {
                (Decided::Signed, String::new(), String::new())
            }
        };
        let path = format!("{state}/{path}");
        // An object says so itself.
        if self.path_state(Place::Local, &path) != PathState::Absent {
            let name = printable(&one.asked.item.name);
            return Err(
                PlanError::refused(format!("{name} cannot be decided on any more"))
                    .because("it was decided on already, in this form or another")
                    .hint("undo of that decision lets it be decided on anew"),
            );
        }
        let certificate = one.outline.certificate.as_ref();
        let kept = DecidedRequest {
            name: one.asked.item.name.clone(),
            sha256: hex(&sha256(&request.der)),
            decided,
            at: self.task.context.moment,
            reason,
            message,
            certificate: certificate
                .map(|(_, path)| path.clone())
                .unwrap_or_default(),
        };
        let text = kept
            .to_yaml()
            .map_err(|why| PlanError::refused("the decision cannot be remembered").because(why))?;
        let content = Secret::new(text.into_bytes());
        self.state
            .file(&path, (content, OWN_MODE), "what was decided")
    }
}
