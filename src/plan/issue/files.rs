//! The files of a new certificate.

use super::MadeIssue;
use super::draft::{IssueDraft, KEY_MODE, NewFile};
use super::handing;
use super::outline::{Destination, FileKind, Outline};
use crate::inventory::{Inventory, Item};
use crate::pki::key::{self, PrivateKey};
use crate::pki::text::{printable, quoted};
use crate::pki::{Secret, pem};
use crate::plan::files::Changes;
use crate::plan::{Change, Materials, PlanError};
use crate::record::waiting_request::WaitingRequest;
use crate::record::{PathState, Place};

/// The key that lies at a role's place already: a certificate that is lost does not cost its key.
///
/// # Errors
/// [`PlanError::Refused`] where something is there that cannot be used.
pub(super) fn kept_key(
    inventory: &Inventory,
    outline: &Outline,
    materials: &Materials,
) -> Result<Option<PrivateKey>, PlanError> {
    let Destination::Places { key, .. } = &outline.destination else {
        return Ok(None);
    };
    let Some(material) = materials.files.get(key) else {
        return Ok(None);
    };
    if material.path_state == PathState::Absent {
        return Ok(None);
    }
    let refused = || PlanError::refused(format!("the key {key} is there, and cannot be used"));
    let content = material
        .content
        .as_ref()
        .map_err(|why| refused().unread(why))?;
    let blocks = pem::blocks(content.expose());
    let mut keys = blocks
        .iter()
        .flatten()
        .filter(|block| key::is_private_key(&block.label));
    let block = keys
        .next()
        .ok_or_else(|| refused().because("it holds no private key"))?;
    let key =
        PrivateKey::from_block(block).map_err(|error| refused().because(error.to_string()))?;
    let is_its = |item: &&Item| {
        let certificate = item.certificate();
        certificate.is_some_and(|one| *one.spki_sha256() == key.public().spki_sha256)
    };
    if let Some(other) = inventory.items.iter().find(is_its) {
        return Err(refused().because(format!("it is the key of {}", printable(&other.id))));
    }
    Ok(Some(key))
}

impl IssueDraft<'_> {
    /// All changes: a key before its certificate.
    ///
    /// # Errors
    /// [`PlanError::Refused`] where something is in the way.
    pub(super) fn changes(&self) -> Result<Vec<Change>, PlanError> {
        let place = match self.outline.destination {
            Destination::Prefix(_) => Place::Local,
            Destination::Places { .. } => Place::Master,
        };
        let mut changes = Changes::new(self.materials, place);
        let mut state = Changes::new(self.materials, Place::Local);
        let files = self.files()?;
        let paths = files.iter().filter_map(|file| self.outline.path(file.kind));
        self.refuse_replaced(place, paths)?;
        for file in files {
            let Some(path) = self.outline.path(file.kind) else {
                continue;
            };
            changes.file(&path, (file.content, file.mode), &file.summary)?;
        }
        if let Some((path, waiting)) = self.waiting()? {
            state.file(&path, (waiting, KEY_MODE), "where the answer goes")?;
        }
        Ok(changes.finish().chain(state.finish()).collect())
    }

    fn files(&self) -> Result<Vec<NewFile>, PlanError> {
        let name = &self.identity.name;
        let mut files = Vec::new();
        if !self.is_kept {
            let content = Secret::from(self.key.to_pem());
            files.push(NewFile {
                mode: KEY_MODE,
                ..NewFile::new(FileKind::Key, content, format!("private key of {name}"))
            });
        }
        match self.made {
            MadeIssue::Request(request) => {
                let content = Secret::new(request.to_pem().into_bytes());
                files.push(NewFile::new(
                    FileKind::Request,
                    content,
                    format!("request for {name}"),
                ));
                if let Some(asked) = &self.task.request.object {
                    let text = self.object(asked, request);
                    files.push(NewFile::new(
                        FileKind::Object,
                        Secret::new(text.into_bytes()),
                        format!("CertificateSigningRequest {}", self.object_name(asked)),
                    ));
                }
            }
            MadeIssue::Certificate(certificate) => {
                let chain = Secret::new(self.served_chain(certificate).into_bytes());
                files.push(NewFile::new(
                    FileKind::Certificate,
                    chain,
                    format!("certificate of {name}"),
                ));
                let root = self
                    .root()
                    .map(|root| Secret::new(root.to_pem().into_bytes()));
                files.extend(root.map(|root| {
                    NewFile::new(
                        FileKind::Authority,
                        root,
                        "the CA that others must know".to_owned(),
                    )
                }));
                files.extend(handing::files(self, certificate)?);
            }
        }
        Ok(files)
    }

    /// What lies there is replaced only where that very path is named.
    fn refuse_replaced(
        &self,
        place: Place,
        paths: impl Iterator<Item = String>,
    ) -> Result<(), PlanError> {
        let files = match place {
            Place::Local => &self.materials.local,
            Place::Master => &self.materials.files,
        };
        let replace = &self.task.request.replace;
        let lies = |path: &String| {
            let state = files.get(path).map(|material| &material.path_state);
            state.is_some_and(|state| *state != PathState::Absent) && !replace.contains(path)
        };
        let lying: Vec<String> = paths.filter(lies).collect();
        let Some(first) = lying.first() else {
            return Ok(());
        };
        let flags: Vec<String> = lying
            .iter()
            .map(|path| format!("--replace {}", quoted(path)))
            .collect();
        let refused = PlanError::refused(format!("{} is there already", printable(first)));
        Err(refused.hint(format!("another --out, or {}", flags.join(" "))))
    }

    /// What is kept of a request, and where.
    fn waiting(&self) -> Result<Option<(String, Secret)>, PlanError> {
        let MadeIssue::Request(request) = self.made else {
            return Ok(None);
        };
        let (Destination::Prefix(_), Some(state), Some(path)) = (
            &self.outline.destination,
            &self.materials.state,
            self.outline.waiting_path(),
        ) else {
            return Ok(None);
        };
        let of = |kind| self.outline.path(kind).unwrap_or_default();
        let waiting = WaitingRequest {
            name: self.identity.name.clone(),
            certificate: of(FileKind::Certificate),
            key: of(FileKind::Key),
            request: of(FileKind::Request),
            pem: request.to_pem(),
            made_at: self.task.context.moment,
            note: self.task.request.note.clone(),
        };
        let text = waiting.to_yaml().map_err(|why| {
            PlanError::refused("what is asked for cannot be remembered").because(why)
        })?;
        Ok(Some((
            format!("{state}/{path}"),
            Secret::new(text.into_bytes()),
        )))
    }
}
